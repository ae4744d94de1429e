/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-features.h"

#include "thaw-samples.h"

#include <string.h>
#include <thaw/thaw-feature-cache.h>
#include <thaw/thaw-size.h>

struct _ThawFeatures
{
  ThawFeaturesOptions options;
  ThawExecutor       *executor;     /* (nullable): made when it is needed */

  guint               n_values;     /* at the cut */
  gsize              *counts;       /* [n_values] floats of a picture */
  gsize               record;       /* their sum */

  ThawFeatureCache   *cache;        /* (nullable) */
  gboolean            warned;
  float              *resident;     /* (nullable) [all that was prepared][record] */
  GHashTable         *slots;        /* sample, variant -> place in @resident + 1; NULL where nothing is kept */
  guint8             *have;         /* [n_resident]: is it there? */
  gsize               n_resident, n_have;

  const ThawLoaderItem *items;
  gsize                n_items;
  const float        **known;       /* [n_items] (nullable): the features that are in memory */

  float              *staging;      /* [n_staging][record]: those that are not in memory */
  gsize               n_staging;
  const float       **staged;       /* [n_staged]: what load() copies from */
  gsize               n_staged;
};

/* One run of what comes before the cut over some items */
typedef struct
{
  ThawFeatures  *self;
  const guint32 *positions;  /* [n] of items */
  float        **records;    /* [n] where the features go; an entry may be NULL: to the cache alone */
  gboolean       tell;       /* the observer */
  guint          total, cached;
  int            done;       /* atomic */
  GThread       *thread;
} Pass;

ThawFeatures *
thaw_features_new (const ThawFeaturesOptions *options)
{
  ThawFeatures *self = g_new0 (ThawFeatures, 1);

  self->options = *options;
  thaw_graph_ref (options->before);
  self->n_values = thaw_graph_n_outputs (options->before);
  self->counts = g_new (gsize, self->n_values);
  for (guint i = 0; i < self->n_values; i++)
    {
      self->counts[i] = (gsize) thaw_shape_count (&thaw_graph_output (options->before, i)->shape);
      self->record += self->counts[i];
    }
  return self;
}

void
thaw_features_free (ThawFeatures *self)
{
  if (!self)
    return;
  thaw_features_end (self);
  g_clear_pointer (&self->executor, thaw_executor_free);
  g_clear_pointer (&self->cache, thaw_feature_cache_close);
  g_clear_pointer (&self->slots, g_hash_table_unref);
  thaw_graph_unref (self->options.before);
  thaw_aligned_free (self->resident);
  g_free (self->have);
  thaw_aligned_free (self->staging);
  g_free (self->staged);
  g_free (self->counts);
  g_free (self);
}

static const ThawSample *
sample_of (const ThawFeatures *self, const ThawLoaderItem *item)
{
  return g_ptr_array_index (self->options.dataset->samples, item->sample);
}

static gpointer
slot_key (const ThawLoaderItem *item)
{
  return (gpointer) (guintptr) ((guint64) item->variant << 32 | item->sample);
}

/* 0: none; else from 1 */
static gsize
slot_of (const ThawFeatures *self, const ThawLoaderItem *item)
{
  return self->slots ? (gsize) g_hash_table_lookup (self->slots, slot_key (item)) : 0;
}

/* Where the features of @item are kept in memory, whether they are there or not; (nullable) */
static float *
resident_record (const ThawFeatures *self, const ThawLoaderItem *item)
{
  gsize slot = slot_of (self, item);

  return slot ? self->resident + (slot - 1) * self->record : NULL;
}

static gboolean
is_there (const ThawFeatures *self, const ThawLoaderItem *item)
{
  gsize slot = slot_of (self, item);

  return slot && self->have[slot - 1];
}

static void
mark_there (ThawFeatures *self, const ThawLoaderItem *item)
{
  gsize slot = slot_of (self, item);

  if (slot && !self->have[slot - 1])
    {
      self->have[slot - 1] = 1;
      self->n_have++;
    }
}

/* --- computing --- */

static gboolean
pass_load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Pass *pass = data;
  const ThawFeaturesOptions *options = &pass->self->options;
  ThawFeed *pictures = options->pictures;

  if (options->breathe && !options->breathe (options->breathe_data, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    thaw_feed_take (pictures, pass->positions[first + i], inputs[0] + (gsize) i * thaw_feed_size (pictures));
  return TRUE;
}

/* What the cache knows a record by; NULL while the picture was never read. An augmented variant is drawn by the picture's number, so that this
 * belongs to its key. (transfer full) */
static char *
cache_hash (const ThawFeatures *self, const ThawLoaderItem *item)
{
  const ThawSample *sample = sample_of (self, item);
  char text[128];

  if (!sample->hash || strlen (sample->hash) != 64 || item->variant == 0)
    return sample->hash && strlen (sample->hash) == 64 ? g_strdup (sample->hash) : NULL;
  g_snprintf (text, sizeof text, "%s %u", sample->hash, item->sample);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
put_in_cache (ThawFeatures *self, const ThawLoaderItem *item, const float *record)
{
  g_autofree char *hash = self->cache ? cache_hash (self, item) : NULL;

  /* a picture that changed since it was hashed must not be taken for the old one later */
  if (hash && !thaw_left_out_has (self->options.left_out, item->sample) && thaw_sample_is_current (sample_of (self, item)))
    thaw_feature_cache_put (self->cache, hash, item->variant, record);
}

static void
gather_record (const ThawFeatures *self, gint64 i, const float *const *outputs, float *record)
{
  for (guint v = 0; v < self->n_values; v++)
    {
      memcpy (record, outputs[v] + (gsize) i * self->counts[v], self->counts[v] * sizeof (float));
      record += self->counts[v];
    }
}

static void
pass_store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Pass *pass = data;
  ThawFeatures *self = pass->self;
  int done;

  for (gint64 i = 0; i < n; i++)
    {
      float *own = pass->records[first + i] ? NULL : g_new (float, self->record);
      float *record = own ? own : pass->records[first + i];

      gather_record (self, i, outputs, record);
      put_in_cache (self, &self->items[pass->positions[first + i]], record);
      g_free (own);
    }
  done = g_atomic_int_add (&pass->done, (int) n) + (int) n;
  if (pass->tell && g_thread_self () == pass->thread)
    self->options.observer->features (self->options.observer->data, pass->cached + (guint) done, pass->total, pass->cached);
}

static gboolean
pass_run (Pass *pass, gsize n, GCancellable *cancellable, GError **error)
{
  static const ThawExecutorIo io = { .load = pass_load_cb, .store = pass_store_cb };
  ThawFeatures *self = pass->self;
  const ThawExecutorOptions options = { .pool = self->options.pool };

  pass->thread = g_thread_self ();
  if (n == 0)
    return TRUE;
  if (!self->executor)
    self->executor = thaw_executor_new (self->options.before, self->options.model->parameters, &options, error);
  return self->executor && thaw_executor_forward (self->executor, (gint64) n, &io, pass, cancellable, error);
}

/* --- the pass --- */

/* Keeps everything in memory where that fits. */
static void
make_resident (ThawFeatures *self, const ThawLoaderItem *items, gsize n)
{
  gsize bytes;

  if (!thaw_size_mul (n, self->record * sizeof (float), &bytes) || bytes > self->options.memory)
    return;
  self->resident = thaw_aligned_alloc (bytes);
  self->slots = g_hash_table_new (NULL, NULL);
  self->have = g_new0 (guint8, MAX (n, 1));
  self->n_resident = n;
  for (gsize i = 0; i < n; i++)
    g_hash_table_insert (self->slots, slot_key (&items[i]), (gpointer) (i + 1));
}

static gboolean
open_cache (ThawFeatures *self, GError **error)
{
  const ThawTrainOptions *o = self->options.options;
  const gsize memory = self->resident ? 0 : self->options.memory;
  g_autofree char *key = NULL;

  if (o->disk == 0 && memory == 0)
    return TRUE;
  key = thaw_features_key (self->options.model, self->options.before, o);
  self->cache = thaw_feature_cache_open (o->cache_directory, key, self->record * sizeof (float), memory, o->disk, error);
  return self->cache != NULL;
}

static gboolean
find_in_cache (ThawFeatures *self, const ThawLoaderItem *item, float *record)
{
  g_autofree char *hash = self->cache ? cache_hash (self, item) : NULL;

  if (!hash)
    return FALSE;
  return record ? thaw_feature_cache_get (self->cache, hash, item->variant, record)
                : thaw_feature_cache_has (self->cache, hash, item->variant);
}

static void
warn_once (ThawFeatures *self)
{
  const ThawTrainObserver *observer = self->options.observer;
  const char *warning = self->cache ? thaw_feature_cache_warning (self->cache) : NULL;

  if (warning && !self->warned && observer->event)
    observer->event (observer->data, warning);
  self->warned |= warning != NULL;
}

/* The positions of the items that are not in the cache yet; those that are come into memory. */
static gsize
list_missing (ThawFeatures *self, const ThawLoaderItem *items, gsize n, guint32 *positions, float **records)
{
  gsize n_missing = 0;

  for (gsize i = 0; i < n; i++)
    {
      float *record = resident_record (self, &items[i]);

      if (thaw_left_out_has (self->options.left_out, items[i].sample) || find_in_cache (self, &items[i], record))
        continue;
      positions[n_missing] = (guint32) i;
      records[n_missing++] = record;
    }
  return n_missing;
}

gboolean
thaw_features_prepare (ThawFeatures *self, const ThawLoaderItem *items, gsize n, GCancellable *cancellable, GError **error)
{
  const ThawTrainObserver *observer = self->options.observer;
  g_autofree guint32 *positions = g_new (guint32, MAX (n, 1));
  g_autofree float **records = g_new (float *, MAX (n, 1));
  g_autofree ThawLoaderItem *missing = NULL;
  Pass pass = { .self = self, .records = records, .total = (guint) n, .tell = observer->features != NULL };
  gsize n_missing;
  gboolean good;

  make_resident (self, items, n);
  if (!thaw_samples_hash (self->options.dataset, items, n, self->options.pool, self->options.left_out, cancellable, error)
      || !open_cache (self, error))
    return FALSE;
  n_missing = list_missing (self, items, n, positions, records);
  missing = g_new (ThawLoaderItem, MAX (n_missing, 1));
  for (gsize i = 0; i < n_missing; i++)
    {
      missing[i] = items[positions[i]];
      positions[i] = (guint32) i;
    }
  pass.positions = positions;
  pass.cached = (guint) (n - n_missing);
  if (pass.tell)
    observer->features (observer->data, pass.cached, pass.total, pass.cached);
  self->items = missing;
  thaw_feed_begin (self->options.pictures, missing, n_missing, 0, NULL);
  good = pass_run (&pass, n_missing, cancellable, error);
  thaw_features_end (self);
  for (gsize i = 0; good && i < n; i++)
    mark_there (self, &items[i]);
  /* its buffers are worth more to what follows */
  g_clear_pointer (&self->executor, thaw_executor_free);
  if (good && pass.tell && n_missing)
    observer->features (observer->data, pass.total, pass.total, pass.cached);
  warn_once (self);
  return good;
}

gboolean
thaw_features_fill (ThawFeatures *self, const ThawLoaderItem *items, gsize n, GError **error)
{
  make_resident (self, items, n);
  if (!open_cache (self, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (resident_record (self, &items[i]) && find_in_cache (self, &items[i], resident_record (self, &items[i])))
      mark_there (self, &items[i]);
  warn_once (self);
  return TRUE;
}

/* --- taking --- */

void
thaw_features_begin (ThawFeatures *self, const ThawLoaderItem *items, gsize n, gsize from)
{
  g_autofree guint8 *skip = g_new (guint8, MAX (n, 1));
  gsize n_skip = 0;

  thaw_features_end (self);
  self->items = items;
  self->n_items = n;
  self->known = g_new (const float *, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    {
      self->known[i] = is_there (self, &items[i]) ? resident_record (self, &items[i]) : NULL;
      /* decoding ahead what nobody takes would fill the room for what is taken */
      skip[i] = self->known[i] || find_in_cache (self, &items[i], NULL);
      n_skip += skip[i];
    }
  if (n_skip < n)
    thaw_feed_begin (self->options.pictures, items, n, from, skip);
}

void
thaw_features_end (ThawFeatures *self)
{
  thaw_feed_end (self->options.pictures);
  g_clear_pointer (&self->known, g_free);
  self->items = NULL;
  self->n_items = 0;
}

gboolean
thaw_features_resident (const ThawFeatures *self)
{
  return self->resident != NULL && self->n_have == self->n_resident;
}

static void
reserve_staging (ThawFeatures *self, gsize n)
{
  if (n <= self->n_staging)
    return;
  thaw_aligned_free (self->staging);
  self->staging = thaw_aligned_alloc (n * self->record * sizeof (float));
  self->n_staging = n;
}

/* It was computed or read: where it has a place in memory it stays. */
static void
learn (ThawFeatures *self, guint32 position)
{
  if (!resident_record (self, &self->items[position]))
    return;
  mark_there (self, &self->items[position]);
  self->known[position] = resident_record (self, &self->items[position]);
}

/* The places of what is not in memory, and which of them have to be computed */
static gsize
list_unstaged (ThawFeatures *self, const guint32 *positions, gsize n, guint32 *missing, float **records)
{
  gsize n_missing = 0;

  for (gsize i = 0; i < n; i++)
    {
      const ThawLoaderItem *item = &self->items[positions[i]];
      float *record;

      self->staged[i] = self->known[positions[i]];
      if (self->staged[i])
        continue;
      record = resident_record (self, item);
      if (!record)
        {
          reserve_staging (self, n);
          record = self->staging + i * self->record;
        }
      self->staged[i] = record;
      if (find_in_cache (self, item, record))
        {
          learn (self, positions[i]);
          continue;
        }
      missing[n_missing] = positions[i];
      records[n_missing++] = record;
    }
  return n_missing;
}

gboolean
thaw_features_stage (ThawFeatures *self, const guint32 *positions, gsize n, GCancellable *cancellable, GError **error)
{
  g_autofree guint32 *missing = g_new (guint32, MAX (n, 1));
  g_autofree float **records = g_new (float *, MAX (n, 1));
  Pass pass = { .self = self, .positions = missing, .records = records };
  gsize n_missing;

  if (n > self->n_staged)
    {
      self->staged = g_renew (const float *, self->staged, n);
      self->n_staged = n;
    }
  n_missing = list_unstaged (self, positions, n, missing, records);
  if (!pass_run (&pass, n_missing, cancellable, error))
    return FALSE;
  for (gsize i = 0; i < n_missing; i++)
    learn (self, missing[i]);
  return TRUE;
}

void
thaw_features_load (const ThawFeatures *self, gsize first, gsize n, float *const *inputs)
{
  for (gsize i = 0; i < n; i++)
    {
      const float *record = self->staged[first + i];

      for (guint v = 0; v < self->n_values; v++)
        {
          memcpy (inputs[v] + i * self->counts[v], record, self->counts[v] * sizeof (float));
          record += self->counts[v];
        }
    }
}
