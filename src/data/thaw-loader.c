/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-dataset.h>

/* What keeps it from deadlock: a thread that has begun an item waits for nothing before it is done
 * with it. Own threads wait for room before they begin, and whoever takes an item that nobody has
 * begun does it himself. */
typedef enum
{
  WAITING,
  BEGUN,
  READY,
  TAKEN,
} State;

typedef struct
{
  ThawLoaderItem item;
  State state;
  float *pixels; /* READY without an error */
  GError *error; /* READY with one */
} Slot;

struct _ThawLoader
{
  ThawDataset *dataset;
  ThawPreprocessing preprocessing;
  ThawAugmentation augmentation;
  guint64 seed;

  guint n_threads;
  GThread **threads;

  GMutex mutex;
  GCond room;  /* for own threads: a buffer may be used again, or it is over */
  GCond ready; /* for takers: an item is ready */
  gboolean stop;
  Slot *slots;
  gsize n_slots;
  gsize next;    /* no slot before it is WAITING */
  gsize n_ahead; /* begun or ready by own threads */
  gsize most_ahead;
  GPtrArray *spare; /* float *: buffers to use again, most_ahead together with those in use */
};

static gsize
output_count (const ThawLoader *self)
{
  return 3 * (gsize) self->preprocessing.width * self->preprocessing.height;
}

static gboolean
decode_item (const ThawLoader *self, const ThawLoaderItem *item, float *output, GError **error)
{
  g_autoptr (ThawImage) image
      = thaw_sample_load (self->dataset->samples->pdata[item->sample], error);

  if (!image)
    return FALSE;
  if (item->variant == 0)
    thaw_image_prepare (image, &self->preprocessing, output);
  else
    thaw_image_augment (image, &self->preprocessing, &self->augmentation, self->seed, item->variant,
                        item->sample, output);
  return TRUE;
}

/* Waits for room; the next item that nobody has begun, or NULL when it is over. The mutex is held.
 */
static Slot *
begin_next (ThawLoader *self)
{
  while (TRUE)
    {
      while (self->next < self->n_slots && self->slots[self->next].state != WAITING)
        self->next++;
      if (self->stop || self->next == self->n_slots)
        return NULL;
      if (self->n_ahead < self->most_ahead)
        break;
      g_cond_wait (&self->room, &self->mutex);
    }
  self->n_ahead++;
  self->slots[self->next].state = BEGUN;
  return &self->slots[self->next];
}

static float *
take_buffer (ThawLoader *self)
{
  if (self->spare->len > 0)
    return g_ptr_array_steal_index_fast (self->spare, self->spare->len - 1);
  return g_new (float, output_count (self));
}

static gpointer
loader_main (gpointer data)
{
  ThawLoader *self = data;
  Slot *slot;

  g_mutex_lock (&self->mutex);
  while ((slot = begin_next (self)))
    {
      float *pixels = take_buffer (self);
      GError *error = NULL;

      g_mutex_unlock (&self->mutex);
      decode_item (self, &slot->item, pixels, &error);
      g_mutex_lock (&self->mutex);
      slot->pixels = pixels;
      slot->error = error;
      slot->state = READY;
      g_cond_broadcast (&self->ready);
    }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

ThawLoader *
thaw_loader_new (ThawDataset *dataset, const ThawPreprocessing *preprocessing,
                 const ThawAugmentation *augmentation, guint64 seed, const ThawLoaderItem *items,
                 gsize n_items, guint n_threads, gsize budget)
{
  ThawLoader *self = g_new0 (ThawLoader, 1);

  self->dataset = thaw_dataset_ref (dataset);
  self->preprocessing = *preprocessing;
  if (augmentation)
    self->augmentation = *augmentation;
  self->seed = seed;
  self->n_slots = n_items;
  self->slots = g_new0 (Slot, n_items);
  for (gsize i = 0; i < n_items; i++)
    self->slots[i].item = items[i];
  self->most_ahead = budget / (output_count (self) * sizeof (float));
  self->spare = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->room);
  g_cond_init (&self->ready);
  self->n_threads = self->most_ahead > 0 ? n_threads : 0;
  self->threads = g_new0 (GThread *, self->n_threads);
  for (guint i = 0; i < self->n_threads; i++)
    self->threads[i] = g_thread_new ("thaw-loader", loader_main, self);
  return self;
}

/* The mutex is held at the beginning and not at the end. */
static gboolean
take_ready (ThawLoader *self, Slot *slot, float *output, GError **error)
{
  float *pixels = g_steal_pointer (&slot->pixels);
  GError *slot_error = g_steal_pointer (&slot->error);

  slot->state = TAKEN;
  g_mutex_unlock (&self->mutex);
  if (!slot_error)
    memcpy (output, pixels, output_count (self) * sizeof (float));
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->spare, pixels);
  self->n_ahead--;
  g_cond_signal (&self->room);
  g_mutex_unlock (&self->mutex);
  if (!slot_error)
    return TRUE;
  g_propagate_error (error, slot_error);
  return FALSE;
}

gboolean
thaw_loader_take (ThawLoader *self, gsize i, float *output, GError **error)
{
  Slot *slot;

  g_return_val_if_fail (i < self->n_slots, FALSE);
  slot = &self->slots[i];
  g_mutex_lock (&self->mutex);
  while (slot->state == BEGUN)
    g_cond_wait (&self->ready, &self->mutex);
  if (slot->state == READY)
    return take_ready (self, slot, output, error);
  slot->state = TAKEN;
  g_mutex_unlock (&self->mutex);
  return decode_item (self, &slot->item, output, error);
}

void
thaw_loader_free (ThawLoader *self)
{
  if (!self)
    return;
  g_mutex_lock (&self->mutex);
  self->stop = TRUE;
  g_cond_broadcast (&self->room);
  g_mutex_unlock (&self->mutex);
  for (guint i = 0; i < self->n_threads; i++)
    g_thread_join (self->threads[i]);
  for (gsize i = 0; i < self->n_slots; i++)
    {
      g_free (self->slots[i].pixels);
      g_clear_error (&self->slots[i].error);
    }
  g_free (self->slots);
  g_free (self->threads);
  g_ptr_array_unref (self->spare);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->room);
  g_cond_clear (&self->ready);
  thaw_dataset_unref (self->dataset);
  g_free (self);
}
