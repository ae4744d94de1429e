/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to pictures and classes; each is an edit of the history. */
#include "pages/thaw-images-page-private.h"
#include "widgets/thaw-picture-view.h"

#include <glib/gi18n.h>
#include <thaw/thaw-picture-problem.h>

static void
open_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  GListModel *model = thaw_picture_grid_get_model (self->grid);
  guint n = g_list_model_get_n_items (model);

  for (guint i = 0; i < n; i++)
    if (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (model), i))
      {
        thaw_images_page_open_at (self, i);
        return;
      }
}

void
thaw_images_page_open_at (ThawImagesPage *self, guint position)
{
  gtk_window_present (thaw_picture_viewer_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), thaw_picture_grid_get_model (self->grid), position));
}

void
thaw_images_page_pictures_dropped (ThawImagesPage *self, ThawClass *to, GPtrArray *pictures)
{
  thaw_pictures_relabel (self->pictures, pictures, to);
}

void
thaw_images_page_class_dropped (ThawImagesPage *self, ThawClass *from, ThawClass *into)
{
  g_autofree char *text = g_strdup_printf (_("“%s” is part of “%s” now."), thaw_class_get_name (from), thaw_class_get_name (into));

  thaw_pictures_merge_classes (self->pictures, from, into);
  thaw_images_page_say (self, text, "win.undo", _("_Undo"));
}

/* The class of this name, made where there is none; NULL: it cannot be, which was said */
static ThawClass *
ensure_class (ThawImagesPage *self, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (!thaw_pictures_find_class (self->pictures, name) && !thaw_pictures_add_class (self->pictures, name, &error))
    thaw_session_tell (self->session, _("The class was not made"), error);
  return thaw_pictures_find_class (self->pictures, name);
}

static void
move_to_cb (ThawImagesPage *self, const char *name, gpointer data)
{
  ThawClass *to = ensure_class (self, name);

  if (to)
    thaw_pictures_relabel (self->pictures, data, to);
}

static void
move_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  GPtrArray *pictures = thaw_picture_grid_get_selection (self->grid);
  g_autofree char *heading = g_strdup_printf (ngettext ("Move %u Picture", "Move %u Pictures", pictures->len), pictures->len);
  const char *question = ngettext ("To which class does it belong?", "To which class do they belong?", pictures->len);

  thaw_images_page_ask_class (self, heading, question, _("_Move"), NULL, move_to_cb, pictures, (GDestroyNotify) g_ptr_array_unref);
}

static void
remove_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  g_autoptr (GPtrArray) pictures = thaw_picture_grid_get_selection (self->grid);
  g_autofree char *text = g_strdup_printf (ngettext ("Removed %u picture. The file stays where it is.", "Removed %u pictures. The files stay where they are.", pictures->len),
                                           pictures->len);

  if (pictures->len == 0)
    return;
  thaw_pictures_remove_many (self->pictures, pictures);
  thaw_images_page_say (self, text, "win.undo", _("_Undo"));
}

static void
use_for_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  static const char *const names[THAW_N_SPLITS] = { "train", "validation", "test" };
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  g_autoptr (GPtrArray) pictures = thaw_picture_grid_get_selection (self->grid);

  for (int split = 0; split < THAW_N_SPLITS; split++)
    if (g_str_equal (g_variant_get_string (parameter, NULL), names[split]))
      thaw_pictures_set_split (self->pictures, pictures, split);
}

static void
folder_shown_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawImagesPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (!answer && self->session)
    thaw_session_tell (self->session, _("No file manager shows the folder"), error);
}

static void
show_in_folder_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  g_autoptr (GPtrArray) pictures = thaw_picture_grid_get_selection (self->grid);
  GDBusConnection *bus = g_application_get_dbus_connection (g_application_get_default ());
  g_autoptr (GFile) file = pictures->len > 0 ? g_file_new_for_path (thaw_picture_get_path (pictures->pdata[0])) : NULL;
  g_autofree char *uri = file ? g_file_get_uri (file) : NULL;
  const char *uris[] = { uri, NULL };

  if (uri && bus)
    g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1", "ShowItems",
                            g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, folder_shown_cb, g_object_ref (self));
}

static void
add_named_cb (ThawImagesPage *self, const char *name, gpointer data)
{
  ThawClass *klass = ensure_class (self, name);

  if (klass)
    thaw_class_list_set_class (self->classes, klass);
}

static void
add_class_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  thaw_images_page_ask_name (THAW_IMAGES_PAGE (widget), _("Add a Class"), _("_Add"), NULL, add_named_cb, NULL, NULL);
}

static void
rename_to_cb (ThawImagesPage *self, const char *name, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!thaw_pictures_rename_class (self->pictures, data, name, &error))
    thaw_session_tell (self->session, _("The class was not renamed"), error);
}

static void
rename_class_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  ThawClass *klass = thaw_class_list_get_class (self->classes);

  if (klass)
    thaw_images_page_ask_name (self, _("Rename Class"), _("_Rename"), thaw_class_get_name (klass), rename_to_cb, g_object_ref (klass), g_object_unref);
}

static void
merge_into_cb (ThawImagesPage *self, const char *name, gpointer data)
{
  ThawClass *into = thaw_pictures_find_class (self->pictures, name);
  g_autoptr (GError) error = NULL;

  if (into)
    thaw_images_page_class_dropped (self, data, into);
  else if (!thaw_pictures_rename_class (self->pictures, data, name, &error))
    thaw_session_tell (self->session, _("The class was not renamed"), error);
}

static void
merge_class_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  ThawClass *klass = thaw_class_list_get_class (self->classes);
  g_autofree char *heading = klass ? g_strdup_printf (_("Merge “%s” Into"), thaw_class_get_name (klass)) : NULL;

  if (klass)
    thaw_images_page_ask_class (self, heading, _("Its pictures become part of the other class."), _("_Merge"), thaw_class_get_name (klass), merge_into_cb,
                                g_object_ref (klass), g_object_unref);
}

static void
delete_class_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  ThawClass *klass = thaw_class_list_get_class (self->classes);
  g_autofree char *text = klass ? g_strdup_printf (_("Deleted class “%s”. Its files stay where they are."), thaw_class_get_name (klass)) : NULL;

  if (!klass)
    return;
  thaw_pictures_delete_class (self->pictures, klass);
  thaw_images_page_say (self, text, "win.undo", _("_Undo"));
}

static void
menu_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  thaw_picture_grid_popup (THAW_IMAGES_PAGE (widget)->grid);
}

static void
class_menu_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  thaw_class_list_popup (THAW_IMAGES_PAGE (widget)->classes);
}

static void
show_problem_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  g_autoptr (ThawPictureProblem) problem
      = g_list_model_get_item (thaw_pictures_get_problems (self->pictures), g_variant_get_uint32 (parameter));

  if (!problem)
    return;
  thaw_class_list_set_class (self->classes, NULL);
  thaw_images_page_show_only (self, thaw_picture_problem_get_pictures (problem), thaw_picture_problem_get_title (problem));
}

static void
mend_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  g_autoptr (ThawPictureProblem) problem
      = g_list_model_get_item (thaw_pictures_get_problems (self->pictures), g_variant_get_uint32 (parameter));

  if (problem && thaw_picture_problem_get_kind (problem) == THAW_PROBLEM_MISSING)
    gtk_widget_activate_action (widget, "images.locate", NULL);
  else if (problem)
    thaw_pictures_mend (self->pictures, problem);
}

void
thaw_images_page_enable (ThawImagesPage *self)
{
  static const char *const of_selection[] = { "images.move", "images.remove", "images.use-for" };
  static const char *const of_class[] = { "images.rename-class", "images.merge-class", "images.delete-class" };
  static const char *const of_import[] = { "images.choose", "images.choose-pictures", "images.sample", "images.paste", "images.locate" };
  g_autofree char *locked = thaw_images_page_locked (self);
  g_autofree char *why = thaw_images_page_why_not (GTK_WIDGET (self), self);
  gboolean selected = thaw_picture_grid_count_selection (self->grid) > 0, klass = thaw_class_list_get_class (self->classes) != NULL;
  GtkWidget *widget = GTK_WIDGET (self);

  for (guint i = 0; i < G_N_ELEMENTS (of_selection); i++)
    gtk_widget_action_set_enabled (widget, of_selection[i], selected && !locked);
  for (guint i = 0; i < G_N_ELEMENTS (of_class); i++)
    gtk_widget_action_set_enabled (widget, of_class[i], klass && !locked);
  for (guint i = 0; i < G_N_ELEMENTS (of_import); i++)
    gtk_widget_action_set_enabled (widget, of_import[i], !why);
  gtk_widget_action_set_enabled (widget, "images.open", selected);
  gtk_widget_action_set_enabled (widget, "images.show-in-folder", selected);
  gtk_widget_action_set_enabled (widget, "images.add-class", !locked);
  gtk_widget_action_set_enabled (widget, "images.mend", !locked);
}

void
thaw_images_page_install_edit (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "images.open", NULL, open_cb);
  gtk_widget_class_install_action (klass, "images.move", NULL, move_cb);
  gtk_widget_class_install_action (klass, "images.remove", NULL, remove_cb);
  gtk_widget_class_install_action (klass, "images.use-for", "s", use_for_cb);
  gtk_widget_class_install_action (klass, "images.show-in-folder", NULL, show_in_folder_cb);
  gtk_widget_class_install_action (klass, "images.add-class", NULL, add_class_cb);
  gtk_widget_class_install_action (klass, "images.rename-class", NULL, rename_class_cb);
  gtk_widget_class_install_action (klass, "images.merge-class", NULL, merge_class_cb);
  gtk_widget_class_install_action (klass, "images.delete-class", NULL, delete_class_cb);
  gtk_widget_class_install_action (klass, "images.menu", NULL, menu_cb);
  gtk_widget_class_install_action (klass, "images.class-menu", NULL, class_menu_cb);
  gtk_widget_class_install_action (klass, "images.show-problem", "u", show_problem_cb);
  gtk_widget_class_install_action (klass, "images.mend", "u", mend_cb);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_F2, 0, "images.rename-class", NULL);
}
