/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-view.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-sample-texture.h"

#include <glib/gi18n.h>

/* As large as a screen shows */
#define SIDE 1600

struct _ThawPictureView
{
  AdwBin         parent_instance;
  GCancellable  *reading;

  /* of the template */
  GtkStack      *stack;
  GtkPicture    *image;
  AdwStatusPage *trouble;
};

G_DEFINE_FINAL_TYPE (ThawPictureView, thaw_picture_view, ADW_TYPE_BIN)

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawPictureView *self = THAW_PICTURE_VIEW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = thaw_sample_texture_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->image)
    return;
  g_clear_object (&self->reading);
  gtk_picture_set_paintable (self->image, GDK_PAINTABLE (texture));
  if (error)
    adw_status_page_set_description (self->trouble, error->message);
  gtk_stack_set_visible_child_name (self->stack, texture ? "image" : "trouble");
}

void
thaw_picture_view_set_picture (ThawPictureView *self, ThawPicture *picture)
{
  if (self->reading)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  thaw_name (GTK_WIDGET (self->image), picture ? thaw_picture_get_name (picture) : "");
  if (!picture)
    {
      gtk_picture_set_paintable (self->image, NULL);
      return;
    }
  self->reading = g_cancellable_new ();
  thaw_sample_texture_async (self, thaw_picture_to_sample (picture), SIDE, THAW_TEXTURE_FOR_PEOPLE, self->reading, read_cb);
}

static void
thaw_picture_view_dispose (GObject *object)
{
  ThawPictureView *self = THAW_PICTURE_VIEW (object);

  if (self->reading)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  /* the bin lets go of the stack before the template does */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PICTURE_VIEW);
  G_OBJECT_CLASS (thaw_picture_view_parent_class)->dispose (object);
}

static void
thaw_picture_view_class_init (ThawPictureViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_picture_view_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-picture-view.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawPictureView, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureView, image);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureView, trouble);
}

static void
thaw_picture_view_init (ThawPictureView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
