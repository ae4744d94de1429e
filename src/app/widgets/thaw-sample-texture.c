/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-sample-texture.h"
#include "widgets/thaw-thumbnails.h"

#include <math.h>
#include <thaw/thaw-dataset.h>

/* what a thread reads */
typedef struct
{
  ThawSample     *sample;
  int             side;
  ThawTextureKind kind;
} Reading;

static void
reading_free_cb (gpointer data)
{
  Reading *self = data;

  thaw_sample_free (self->sample);
  g_free (self);
}

static GdkTexture *
texture_of (const ThawImage *image)
{
  g_autoptr (GBytes) bytes = g_bytes_new (image->pixels, (gsize) image->width * (gsize) image->height * 3);

  return gdk_memory_texture_new (image->width, image->height, GDK_MEMORY_R8G8B8, bytes, (gsize) image->width * 3);
}

static GdkTexture *
scaled (const ThawImage *image, int side)
{
  const double scale = MIN ((double) side / MAX (image->width, image->height), 1);
  const int width = MAX ((int) lround (image->width * scale), 1), height = MAX ((int) lround (image->height * scale), 1);
  g_autoptr (ThawImage) small = scale < 1 ? thaw_image_resample (image, width, height, THAW_FILTER_BILINEAR, NULL) : NULL;

  return texture_of (small ? small : image);
}

static GdkTexture *
read_texture (const Reading *self, GError **error)
{
  g_autoptr (ThawImage) image = NULL;

  if (self->kind == THAW_TEXTURE_FOR_PEOPLE)
    return thaw_thumbnail_decode (self->sample, self->side, error);
  image = thaw_sample_load (self->sample, error);
  return image ? scaled (image, self->side) : NULL;
}

static void
read_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture;

  if (g_task_return_error_if_cancelled (task))
    return;
  texture = read_texture (data, &error);
  if (texture)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
thaw_sample_texture_async (gpointer owner, ThawSample *sample, int side, ThawTextureKind kind, GCancellable *cancellable, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (owner, cancellable, callback, NULL);
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading){ sample, side, kind };
  g_task_set_task_data (task, reading, reading_free_cb);
  g_task_run_in_thread (task, read_cb);
}

GdkTexture *
thaw_sample_texture_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
