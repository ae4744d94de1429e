/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads every picture once, when the processor has nothing else to do, and looks whether files are still there. */
#include "thaw-pictures-private.h"

#include <sched.h>

#define BATCH 32
/* Batches between two looks for problems while it goes on */
#define LOOK_EVERY 64

/* What is known of a picture after it was read */
typedef struct
{
  ThawPicture *picture;
  ThawSample  *sample;
  gboolean     missing;
  char        *fault;
  int          width, height;
} Reading;

typedef struct
{
  GWeakRef   pictures;
  GArray    *readings;
} Batch;

static void
clear_reading_cb (gpointer data)
{
  Reading *self = data;

  g_object_unref (self->picture);
  thaw_sample_free (self->sample);
  g_free (self->fault);
}

static void
batch_free (gpointer data)
{
  Batch *self = data;

  g_weak_ref_clear (&self->pictures);
  g_array_unref (self->readings);
  g_free (self);
}

/* What is read by its content already only needs its header. */
static gboolean
read_picture (Reading *self, GError **error)
{
  g_autoptr (ThawImage) image = NULL;

  if (self->sample->hash && self->sample->index < 0)
    return thaw_image_size (self->sample->path, &self->width, &self->height, error);
  image = thaw_sample_load (self->sample, error);
  if (image)
    {
      self->width = image->width;
      self->height = image->height;
    }
  return image != NULL;
}

static void
take_reading (ThawPictures *self, Reading *reading)
{
  ThawPicture *picture = reading->picture;

  picture->scanned = TRUE;
  picture->width = reading->width;
  picture->height = reading->height;
  g_free (picture->fault);
  picture->fault = g_steal_pointer (&reading->fault);
  thaw_picture_set_missing (picture, reading->missing);
  if (picture->hash || !reading->sample->hash)
    return;
  picture->hash = g_steal_pointer (&reading->sample->hash);
  self->scan_found = TRUE;
}

static void begin_batch (ThawPictures *self);

static gboolean
batch_done_cb (gpointer data)
{
  Batch *batch = data;
  g_autoptr (ThawPictures) self = g_weak_ref_get (&batch->pictures);

  if (!self)
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < batch->readings->len; i++)
    take_reading (self, &g_array_index (batch->readings, Reading, i));
  self->in_scan = FALSE;
  if (++self->scan_batches % LOOK_EVERY == 0)
    thaw_pictures_look_for_problems (self);
  begin_batch (self);
  return G_SOURCE_REMOVE;
}

static gpointer
batch_main (gpointer data)
{
  Batch *self = data;

  sched_setscheduler (0, SCHED_IDLE, &(struct sched_param){ 0 });
  for (guint i = 0; i < self->readings->len; i++)
    {
      Reading *reading = &g_array_index (self->readings, Reading, i);
      g_autoptr (GError) error = NULL;

      if (read_picture (reading, &error))
        continue;
      reading->missing = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      if (!reading->missing)
        reading->fault = g_strdup (error->message);
    }
  g_idle_add_full (G_PRIORITY_LOW, batch_done_cb, self, batch_free);
  return NULL;
}

static Batch *
batch_new (ThawPictures *self)
{
  Batch *batch = g_new0 (Batch, 1);

  g_weak_ref_init (&batch->pictures, self);
  batch->readings = g_array_new (FALSE, TRUE, sizeof (Reading));
  g_array_set_clear_func (batch->readings, clear_reading_cb);
  while (self->scan_next < self->pictures->len && batch->readings->len < BATCH)
    {
      ThawPicture *picture = self->pictures->pdata[self->scan_next++];
      Reading reading = { .picture = picture };

      if (picture->scanned)
        continue;
      g_object_ref (picture);
      reading.sample = thaw_picture_to_sample (picture);
      g_array_append_val (batch->readings, reading);
    }
  return batch;
}

static void
end_scan (ThawPictures *self)
{
  gboolean found = self->scan_found;

  if (self->scan_batches == 0)
    return;
  self->scan_batches = 0;
  self->scan_found = FALSE;
  if (found)
    thaw_pictures_tell (self, TRUE);
  else
    thaw_pictures_look_for_problems (self);
}

static void
begin_batch (ThawPictures *self)
{
  Batch *batch;

  if (self->in_scan || self->busy)
    return;
  if (!self->scanning)
    {
      end_scan (self);
      return;
    }
  batch = batch_new (self);
  if (batch->readings->len == 0)
    {
      batch_free (batch);
      end_scan (self);
      return;
    }
  self->in_scan = TRUE;
  g_thread_unref (g_thread_new ("thaw-scan", batch_main, batch));
}

void
thaw_pictures_scan_on (ThawPictures *self)
{
  self->scan_next = 0;
  if (self->scanning)
    begin_batch (self);
}

void
thaw_pictures_set_scanning (ThawPictures *self, gboolean scanning)
{
  if (self->scanning == scanning)
    return;
  self->scanning = scanning;
  thaw_pictures_scan_on (self);
}

/* Every file once, with the pictures that are in it */
typedef struct
{
  GPtrArray *pictures; /* ThawPicture */
  GPtrArray *paths;    /* GRefString of each */
  guint8    *missing;  /* [pictures] */
} FileCheck;

static void
file_check_free (gpointer data)
{
  FileCheck *self = data;

  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->paths);
  g_free (self->missing);
  g_free (self);
}

static void
check_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  FileCheck *self = data;

  for (guint i = 0; i < self->paths->len; i++)
    if (i > 0 && self->paths->pdata[i] == self->paths->pdata[i - 1])
      self->missing[i] = self->missing[i - 1];
    else
      self->missing[i] = !g_file_test (self->paths->pdata[i], G_FILE_TEST_EXISTS);
  g_task_return_boolean (task, TRUE);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  FileCheck *check = g_task_get_task_data (G_TASK (result));
  gboolean changed = FALSE;

  for (guint i = 0; i < check->pictures->len; i++)
    {
      ThawPicture *picture = check->pictures->pdata[i];

      if (picture->state.path != check->paths->pdata[i] || picture->missing == check->missing[i])
        continue;
      thaw_picture_set_missing (picture, check->missing[i]);
      picture->scanned = picture->scanned && check->missing[i];
      changed = TRUE;
    }
  if (changed)
    thaw_pictures_tell (THAW_PICTURES (source), FALSE);
}

void
thaw_pictures_check_files (ThawPictures *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, checked_cb, NULL);
  FileCheck *check = g_new0 (FileCheck, 1);

  check->pictures = g_ptr_array_new_full (self->pictures->len, g_object_unref);
  check->paths = g_ptr_array_new_full (self->pictures->len, (GDestroyNotify) g_ref_string_release);
  check->missing = g_new0 (guint8, self->pictures->len + 1);
  for (guint i = 0; i < self->pictures->len; i++)
    {
      ThawPicture *picture = self->pictures->pdata[i];

      g_ptr_array_add (check->pictures, g_object_ref (picture));
      g_ptr_array_add (check->paths, g_ref_string_acquire (picture->state.path));
    }
  g_task_set_task_data (task, check, file_check_free);
  g_task_run_in_thread (task, check_thread);
}
