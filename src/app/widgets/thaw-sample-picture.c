/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-sample-picture.h"
#include "widgets/thaw-sample-texture.h"
#include "widgets/thaw-thumbnails.h"
#include "widgets/thaw-tooltip.h"

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

static void
show (ThawSamplePicture *self, GdkTexture *texture, const char *why)
{
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  adw_bin_set_child (ADW_BIN (self), texture ? self->picture : self->icon);
  thaw_tooltip_set (GTK_WIDGET (self), why);
}

static void
read_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSamplePicture *self = THAW_SAMPLE_PICTURE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = thaw_sample_texture_finish (result, &error);

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
  self->request = thaw_thumbnails_request (thaw_thumbnails_get_default (), picture, thumbnail_cb, self);
  if (self->request)
    show (self, NULL, NULL);
}

void
thaw_sample_picture_set (ThawSamplePicture *self, const char *path, gint64 index)
{
  ThawSample *sample;

  if (g_strcmp0 (self->path, path) == 0 && self->index == index)
    return;
  stop_reading (self);
  show (self, NULL, NULL);
  g_free (self->path);
  self->path = g_strdup (path);
  self->index = index;
  if (!path)
    return;
  sample = thaw_sample_new ();
  sample->path = g_strdup (path);
  sample->index = index;
  self->cancellable = g_cancellable_new ();
  thaw_sample_texture_async (self, sample, self->side, self->side <= SMALL ? THAW_TEXTURE_FOR_PEOPLE : THAW_TEXTURE_FOR_NETWORK, self->cancellable,
                             read_done_cb);
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
