/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-view.h"

#include <glib/gi18n.h>

#define THAW_TYPE_PICTURE_VIEWER (thaw_picture_viewer_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureViewer, thaw_picture_viewer, THAW, PICTURE_VIEWER, AdwWindow)

struct _ThawPictureViewer
{
  AdwWindow        parent_instance;
  GListModel      *model;
  guint            position;

  /* of the template */
  AdwWindowTitle  *heading;
  ThawPictureView *view;
};

G_DEFINE_FINAL_TYPE (ThawPictureViewer, thaw_picture_viewer, ADW_TYPE_WINDOW)

static void
show (ThawPictureViewer *self)
{
  guint n = g_list_model_get_n_items (self->model);
  g_autoptr (ThawPicture) picture = g_list_model_get_item (self->model, self->position);
  g_autofree char *place = picture ? g_strdup_printf (_("%s, %u of %u"), thaw_class_get_name (thaw_picture_get_class (picture)),
                                                      self->position + 1, n)
                                   : NULL;

  thaw_picture_view_set_picture (self->view, picture);
  adw_window_title_set_title (self->heading, picture ? thaw_picture_get_name (picture) : "");
  adw_window_title_set_subtitle (self->heading, place ? place : "");
  gtk_window_set_title (GTK_WINDOW (self), picture ? thaw_picture_get_name (picture) : _("Picture"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "viewer.previous", self->position > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "viewer.next", self->position + 1 < n);
}

static void
step_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawPictureViewer *self = THAW_PICTURE_VIEWER (widget);
  guint n = g_list_model_get_n_items (self->model);

  if (g_str_equal (name, "viewer.next") && self->position + 1 < n)
    self->position++;
  else if (g_str_equal (name, "viewer.previous") && self->position > 0)
    self->position--;
  show (self);
}

static void
thaw_picture_viewer_dispose (GObject *object)
{
  g_clear_object (&THAW_PICTURE_VIEWER (object)->model);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PICTURE_VIEWER);
  G_OBJECT_CLASS (thaw_picture_viewer_parent_class)->dispose (object);
}

static void
thaw_picture_viewer_class_init (ThawPictureViewerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_picture_viewer_dispose;
  g_type_ensure (THAW_TYPE_PICTURE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-picture-viewer.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawPictureViewer, heading);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureViewer, view);
  gtk_widget_class_install_action (widget_class, "viewer.previous", NULL, step_cb);
  gtk_widget_class_install_action (widget_class, "viewer.next", NULL, step_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, 0, "viewer.previous", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Right, 0, "viewer.next", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
thaw_picture_viewer_init (ThawPictureViewer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
thaw_picture_viewer_new (GtkWindow *parent, GListModel *model, guint position)
{
  ThawPictureViewer *self = g_object_new (THAW_TYPE_PICTURE_VIEWER, "transient-for", parent, "modal", TRUE, NULL);

  self->model = g_object_ref (model);
  self->position = position;
  show (self);
  return GTK_WINDOW (self);
}
