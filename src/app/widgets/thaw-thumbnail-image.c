/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-thumbnail-image.h"

#include <math.h>

struct _ThawThumbnailImage
{
  GtkWidget   parent_instance;
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (ThawThumbnailImage, thaw_thumbnail_image, GTK_TYPE_WIDGET)

void
thaw_thumbnail_image_set_texture (ThawThumbnailImage *self, GdkTexture *texture)
{
  if (g_set_object (&self->texture, texture))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
thaw_thumbnail_image_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  const ThawThumbnailImage *self = THAW_THUMBNAIL_IMAGE (widget);
  float width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget), w, h, scale;

  if (!self->texture)
    return;
  w = gdk_texture_get_width (self->texture);
  h = gdk_texture_get_height (self->texture);
  scale = MIN (width / w, height / h);
  gtk_snapshot_append_texture (snapshot, self->texture, &GRAPHENE_RECT_INIT (floorf ((width - w * scale) / 2), floorf ((height - h * scale) / 2), w * scale, h * scale));
}

static void
thaw_thumbnail_image_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline)
{
  *minimum = *natural = THAW_THUMBNAIL_SIDE;
}

static void
thaw_thumbnail_image_finalize (GObject *object)
{
  g_clear_object (&THAW_THUMBNAIL_IMAGE (object)->texture);
  G_OBJECT_CLASS (thaw_thumbnail_image_parent_class)->finalize (object);
}

static void
thaw_thumbnail_image_class_init (ThawThumbnailImageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = thaw_thumbnail_image_finalize;
  widget_class->snapshot = thaw_thumbnail_image_snapshot;
  widget_class->measure = thaw_thumbnail_image_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
thaw_thumbnail_image_init (ThawThumbnailImage *self)
{
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}
