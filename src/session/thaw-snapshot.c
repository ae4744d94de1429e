/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-snapshot.h"

#include "thaw-pictures-private.h"

/* Pictures that are copied between two looks at the clock, and how long a slice may take */
#define PIECE 64
#define SLICE_MICROSECONDS 4000

struct _ThawSnapshot
{
  ThawPictures    *pictures;
  ThawSnapshotFunc func;
  gpointer         data;
  guint            source;

  /* so far */
  ThawDataset     *dataset;
  guint            next;
  guint64          generation;
};

static void
begin (ThawSnapshot *self)
{
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  self->dataset = thaw_pictures_begin_snapshot (self->pictures);
  self->next = 0;
  self->generation = self->pictures->generation;
}

/* FALSE: that was the last */
static gboolean
copy_some (ThawSnapshot *self)
{
  const gint64 until = g_get_monotonic_time () + SLICE_MICROSECONDS;
  const GPtrArray *pictures = self->pictures->pictures;

  while (self->next < pictures->len && g_get_monotonic_time () < until)
    for (guint i = 0; i < PIECE && self->next < pictures->len; i++)
      thaw_dataset_take_sample (self->dataset, thaw_picture_to_sample (g_ptr_array_index (pictures, self->next++)));
  return self->next < pictures->len;
}

static void
snapshot_free (ThawSnapshot *self)
{
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_object_unref (self->pictures);
  g_free (self);
}

static gboolean
slice_cb (gpointer data)
{
  ThawSnapshot *self = data;

  if (!self->dataset || self->generation != self->pictures->generation)
    begin (self);
  if (copy_some (self))
    return G_SOURCE_CONTINUE;
  self->func (self->data, g_steal_pointer (&self->dataset), self->generation);
  snapshot_free (self);
  return G_SOURCE_REMOVE;
}

ThawSnapshot *
thaw_snapshot_start (ThawPictures *pictures, ThawSnapshotFunc func, gpointer data)
{
  ThawSnapshot *self = g_new0 (ThawSnapshot, 1);

  self->pictures = g_object_ref (pictures);
  self->func = func;
  self->data = data;
  self->source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, slice_cb, self, NULL);
  return self;
}

void
thaw_snapshot_cancel (ThawSnapshot *self)
{
  g_source_remove (self->source);
  snapshot_free (self);
}
