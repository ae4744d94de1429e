/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-sample-picture.h"
#include "widgets/thaw-thumbnails.h"

#include <math.h>
#include <thaw/thaw-dataset.h>

/* Up to here a picture may be decoded at reduced scale */
#define SMALL 320

struct _ThawSamplePicture
{
  AdwBin        parent_instance;
  int           side;
  char         *path;       /* (nullable) */
  gint64        index;
  GCancellable *cancellable; /* of what is being read */
  guint         request;     /* to the thumbnails */
  GtkWidget    *picture, *icon;
};

G_DEFINE_FINAL_TYPE (ThawSamplePicture, thaw_sample_picture, ADW_TYPE_BIN)

/* what a thread reads */
typedef struct
{
  ThawSample *sample;
  int         side;
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
  g_autoptr (ThawImage) image = self->side <= SMALL ? NULL : thaw_sample_load (self->sample, error);

  if (self->side <= SMALL)
    return thaw_thumbnail_decode (self->sample, self->side, error);
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

static void
show (ThawSamplePicture *self, GdkTexture *texture, const char *why)
{
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  adw_bin_set_child (ADW_BIN (self), texture ? self->picture : self->icon);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), why);
}

static void
read_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSamplePicture *self = THAW_SAMPLE_PICTURE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->picture)
    show (self, texture, error ? error->message : NULL);
}

static void
stop_reading (ThawSamplePicture *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->request)
    thaw_thumbnails_cancel (thaw_thumbnails_get_default (), self->request);
  self->request = 0;
}

static void
thumbnail_cb (GdkTexture *texture, const GError *error, gpointer data)
{
  ThawSamplePicture *self = data;

  self->request = 0;
  show (self, texture, error ? error->message : NULL);
}

void
thaw_sample_picture_set_thumbnail (ThawSamplePicture *self, ThawPicture *picture)
{
  stop_reading (self);
  g_clear_pointer (&self->path, g_free);
  show (self, NULL, NULL);
  self->request = thaw_thumbnails_request (thaw_thumbnails_get_default (), picture, thumbnail_cb, self);
}

void
thaw_sample_picture_set (ThawSamplePicture *self, const char *path, gint64 index)
{
  g_autoptr (GTask) task = NULL;
  Reading *reading;

  if (g_strcmp0 (self->path, path) == 0 && self->index == index)
    return;
  stop_reading (self);
  show (self, NULL, NULL);
  g_free (self->path);
  self->path = g_strdup (path);
  self->index = index;
  if (!path)
    return;
  reading = g_new (Reading, 1);
  *reading = (Reading){ thaw_sample_new (), self->side };
  reading->sample->path = g_strdup (path);
  reading->sample->index = index;
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, read_done_cb, NULL);
  g_task_set_task_data (task, reading, reading_free_cb);
  g_task_run_in_thread (task, read_cb);
}

void
thaw_sample_picture_set_texture (ThawSamplePicture *self, GdkTexture *texture)
{
  stop_reading (self);
  g_clear_pointer (&self->path, g_free);
  show (self, texture, NULL);
}

static void
thaw_sample_picture_dispose (GObject *object)
{
  ThawSamplePicture *self = THAW_SAMPLE_PICTURE (object);

  stop_reading (self);
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->picture);
  g_clear_object (&self->icon);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (thaw_sample_picture_parent_class)->dispose (object);
}

static void
thaw_sample_picture_class_init (ThawSamplePictureClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = thaw_sample_picture_dispose;
}

static void
thaw_sample_picture_init (ThawSamplePicture *self)
{
  self->index = -1;
  self->picture = g_object_ref_sink (g_object_new (GTK_TYPE_PICTURE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, "can-shrink", TRUE, NULL));
  self->icon = g_object_ref_sink (g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, "icon-name", "image-x-generic-symbolic", "pixel-size", 32, NULL));
  gtk_widget_add_css_class (self->icon, "dim-label");
  adw_bin_set_child (ADW_BIN (self), self->icon);
}

GtkWidget *
thaw_sample_picture_new (int side)
{
  ThawSamplePicture *self = g_object_new (THAW_TYPE_SAMPLE_PICTURE, NULL);

  self->side = side;
  return GTK_WIDGET (self);
}
