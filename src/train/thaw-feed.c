/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-feed.h"

#include <math.h>
#include <string.h>

struct _ThawFeed
{
  ThawFeedOptions options;
  gsize        size;

  float        table[3][256]; /* what a byte becomes */
  guint8     **kept;          /* [samples] (nullable) */
  gsize        kept_bytes;    /* atomic */

  const ThawLoaderItem *items;
  gsize        n_items;
  ThawLoader  *loader;        /* (nullable): for the items that are not kept */
  guint32     *place;         /* [n_items]: in the loader, NONE when not there or taken */
};

#define NONE G_MAXUINT32

/* Sends all bytes through the preparation itself. */
static void
fill_table (ThawFeed *self)
{
  ThawPreprocessing identity = *self->options.preprocessing;
  g_autoptr (ThawImage) image = thaw_image_new (256, 1);
  g_autofree float *values = g_new (float, 256 * 3);

  identity.resize = 0;
  identity.stretch = TRUE;
  identity.width = 256;
  identity.height = 1;
  for (guint i = 0; i < 256 * 3; i++)
    image->pixels[i] = (guint8) (i / 3);
  thaw_image_prepare (image, &identity, values);
  for (guint i = 0; i < 256 * 3; i++)
    self->table[i % 3][i / 3] = values[i];
}

ThawFeed *
thaw_feed_new (const ThawFeedOptions *options)
{
  ThawFeed *self = g_new0 (ThawFeed, 1);

  self->options = *options;
  self->size = (gsize) options->preprocessing->width * (gsize) options->preprocessing->height * 3;
  self->kept = g_new0 (guint8 *, MAX (options->dataset->samples->len, 1));
  fill_table (self);
  return self;
}

void
thaw_feed_free (ThawFeed *self)
{
  if (!self)
    return;
  thaw_feed_end (self);
  for (guint i = 0; i < self->options.dataset->samples->len; i++)
    g_free (self->kept[i]);
  g_free (self->kept);
  g_free (self);
}

gsize
thaw_feed_size (const ThawFeed *self)
{
  return self->size;
}

static gboolean
is_kept (const ThawFeed *self, const ThawLoaderItem *item)
{
  return item->variant == 0 && self->kept[item->sample];
}

void
thaw_feed_end (ThawFeed *self)
{
  g_clear_pointer (&self->loader, thaw_loader_free);
  g_clear_pointer (&self->place, g_free);
  self->items = NULL;
  self->n_items = 0;
}

void
thaw_feed_begin (ThawFeed *self, const ThawLoaderItem *items, gsize n, gsize from, const guint8 *skip)
{
  const ThawFeedOptions *o = &self->options;
  g_autofree ThawLoaderItem *wanted = g_new (ThawLoaderItem, MAX (n, 1));
  guint32 n_wanted = 0;

  thaw_feed_end (self);
  self->items = items;
  self->n_items = n;
  self->place = g_new (guint32, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    {
      gboolean load = i >= from && !(skip && skip[i]) && !is_kept (self, &items[i]) && !thaw_left_out_has (o->left_out, items[i].sample);

      self->place[i] = load ? n_wanted : NONE;
      if (load)
        wanted[n_wanted++] = items[i];
    }
  if (n_wanted)
    self->loader = thaw_loader_new (o->dataset, o->preprocessing, o->augmentation, o->seed, wanted, n_wanted, o->n_threads, o->ahead);
}

static void
unpack (const ThawFeed *self, const guint8 *bytes, float *output)
{
  for (gsize i = 0; i < self->size; i += 3)
    for (gsize c = 0; c < 3; c++)
      output[i + c] = self->table[c][bytes[i + c]];
}

/* FALSE when a value is none that a byte becomes */
static gboolean
pack (const ThawFeed *self, const float *values, guint8 *bytes)
{
  const ThawPreprocessing *p = self->options.preprocessing;

  for (gsize i = 0; i < self->size; i++)
    {
      gsize c = i % 3;
      long byte = lrintf (values[i] * p->std[c] + p->mean[c]);

      if (byte < 0 || byte > 255 || self->table[c][byte] != values[i])
        return FALSE;
      bytes[i] = (guint8) byte;
    }
  return TRUE;
}

static void
keep (ThawFeed *self, const ThawLoaderItem *item, const float *values)
{
  guint8 *bytes;

  if (item->variant || self->kept[item->sample])
    return;
  if ((gsize) g_atomic_pointer_add (&self->kept_bytes, self->size) + self->size > self->options.keep)
    {
      g_atomic_pointer_add (&self->kept_bytes, -(gssize) self->size);
      return;
    }
  bytes = g_malloc (self->size);
  if (pack (self, values, bytes))
    self->kept[item->sample] = bytes;
  else
    {
      g_free (bytes);
      g_atomic_pointer_add (&self->kept_bytes, -(gssize) self->size);
    }
}

/* Without the loader: an item that is wanted again */
static gboolean
load (ThawFeed *self, const ThawLoaderItem *item, float *output, GError **error)
{
  const ThawFeedOptions *o = &self->options;
  g_autoptr (ThawImage) image = thaw_sample_load (g_ptr_array_index (o->dataset->samples, item->sample), error);

  if (!image)
    return FALSE;
  if (item->variant && o->augmentation)
    thaw_image_augment (image, o->preprocessing, o->augmentation, o->seed, item->variant, item->sample, output);
  else
    thaw_image_prepare (image, o->preprocessing, output);
  return TRUE;
}

gboolean
thaw_feed_take (ThawFeed *self, gsize i, float *output)
{
  const ThawLoaderItem *item = &self->items[i];
  g_autoptr (GError) error = NULL;
  guint32 place = self->place[i];
  gboolean good;

  if (is_kept (self, item))
    {
      unpack (self, self->kept[item->sample], output);
      return TRUE;
    }
  self->place[i] = NONE;
  good = place != NONE ? thaw_loader_take (self->loader, place, output, &error) : load (self, item, output, &error);
  if (good)
    keep (self, item, output);
  else
    {
      thaw_left_out_add (self->options.left_out, item->sample, error->message);
      memset (output, 0, self->size * sizeof (float));
    }
  return good;
}
