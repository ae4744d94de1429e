/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-recent.h"
#include "thaw-window-private.h"

#include <glib/gi18n.h>

#define SUFFIX ".thaw"

gboolean
thaw_window_is_pristine (ThawWindow *self)
{
  ThawPictures *pictures = thaw_session_get_pictures (self->session);
  ThawRuns *runs = thaw_session_get_runs (self->session);
  g_autofree char *path = thaw_window_dup_text (self, "path");

  return !path && !thaw_window_get_flag (self, "opening") && thaw_session_get_state (self->session) == THAW_SESSION_IDLE
         && g_list_model_get_n_items (G_LIST_MODEL (pictures)) == 0 && g_list_model_get_n_items (G_LIST_MODEL (runs)) == 0;
}

/* What is open may be found again next time: a project with something in it, or one that has a name */
void
thaw_window_note_project (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);
  g_autofree char *path = thaw_window_dup_text (self, "store-path");
  gboolean unfinished = thaw_session_get_state (self->session) != THAW_SESSION_IDLE || thaw_window_get_unfinished (self) != 0;

  if (!path || thaw_window_get_flag (self, "opening"))
    return;
  g_clear_object (&self->file);
  self->file = g_file_new_for_path (path);
  if (!settings || thaw_window_is_pristine (self))
    return;
  thaw_recent_add (settings, "recent", self->file);
  if (unfinished && !thaw_window_get_flag (self, "read-only"))
    thaw_recent_add (settings, "unfinished", self->file);
  else
    thaw_recent_remove (settings, "unfinished", self->file);
}

static void
offer_to_go_on (ThawWindow *self)
{
  if (thaw_window_get_unfinished (self) != 0 && !thaw_window_get_flag (self, "read-only"))
    thaw_window_tell (self, _("The last run is not finished"), _("It can go on exactly where it was."), FALSE, "win.go-on", _("_Go On"));
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (thaw_session_project_finish (self->session, result, &error))
    {
      thaw_window_note_project (self);
      offer_to_go_on (self);
    }
  else
    {
      GSettings *settings = thaw_window_settings (self);

      /* what is seen now is an empty window: that must not pass for the project */
      thaw_window_tell (self, _("The project could not be opened"), error->message, TRUE, NULL, NULL);
      if (settings && self->file)
        thaw_recent_remove (settings, "unfinished", self->file);
      g_clear_object (&self->file);
    }
  thaw_window_update_actions (self);
}

/* (nullable): the window that has @file */
static ThawWindow *
window_of (GtkApplication *application, GFile *file)
{
  for (GList *l = application ? gtk_application_get_windows (application) : NULL; l; l = l->next)
    if (THAW_IS_WINDOW (l->data) && THAW_WINDOW (l->data)->file && g_file_equal (THAW_WINDOW (l->data)->file, file))
      return l->data;
  return NULL;
}

void
thaw_window_open (ThawWindow *self, GFile *file)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  ThawWindow *window = window_of (application, file);

  if (!window)
    {
      window = thaw_window_is_pristine (self) ? self : thaw_window_new (THAW_APPLICATION (application));
      g_set_object (&window->file, file);
      thaw_session_open_async (window->session, file, NULL, opened_cb, g_object_ref (window));
    }
  gtk_window_present (GTK_WINDOW (window));
}

/* Choosers */
static GtkFileChooserNative *
create_chooser (ThawWindow *self, const char *title, GtkFileChooserAction action, const char *accept)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, accept, NULL);
  g_autoptr (GtkFileFilter) projects = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_filter_set_name (projects, _("Thaw projects"));
  gtk_file_filter_add_pattern (projects, "*" SUFFIX);
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), projects);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), all);
  g_set_object (&self->chooser, chooser);
  return chooser;
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, ThawWindow *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  g_clear_object (&self->chooser);
  if (file)
    thaw_window_open (self, file);
}

void
thaw_window_choose_project (ThawWindow *self)
{
  g_autoptr (GtkFileChooserNative) chooser = create_chooser (self, _("Open a Project"), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"));

  g_signal_connect_object (chooser, "response", G_CALLBACK (chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (thaw_session_project_finish (self->session, result, &error))
    thaw_window_note_project (self);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    thaw_session_tell (self->session, _("The project could not be saved there"), error);
  thaw_window_update_actions (self);
}

/* What the chooser did not ask about, because it did not know of the suffix, is not overwritten */
static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawWindow) self = data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);

  if (info)
    {
      g_autofree char *name = g_file_get_parse_name (G_FILE (source));
      g_autofree char *text = g_strdup_printf (_("%s is there already. Choose another name."), name);

      thaw_window_tell (self, _("The project was not saved"), text, FALSE, "win.save-as", _("_Save As…"));
    }
  else
    thaw_session_save_as_async (self->session, G_FILE (source), NULL, saved_cb, g_object_ref (self));
}

static void
named_cb (GtkFileChooserNative *chooser, int response, ThawWindow *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;
  g_autofree char *base = file ? g_file_get_basename (file) : NULL;

  g_clear_object (&self->chooser);
  if (!file)
    return;
  if (g_str_has_suffix (base, SUFFIX))
    thaw_session_save_as_async (self->session, file, NULL, saved_cb, g_object_ref (self));
  else
    {
      g_autofree char *name = g_strconcat (base, SUFFIX, NULL);
      g_autoptr (GFile) folder = g_file_get_parent (file);
      g_autoptr (GFile) named = g_file_get_child (folder, name);

      g_file_query_info_async (named, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, looked_cb,
                               g_object_ref (self));
    }
}

void
thaw_window_choose_name (ThawWindow *self)
{
  g_autoptr (GtkFileChooserNative) chooser = create_chooser (self, _("Save the Project As"), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"));
  g_autofree char *title = thaw_window_dup_text (self, "title");
  g_autofree char *name = g_strconcat (title && *title ? title : _("My pictures"), SUFFIX, NULL);

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  g_signal_connect_object (chooser, "response", G_CALLBACK (named_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* The menu of Open */
static void
append_recent (GMenu *menu, ThawRecentProject *project)
{
  g_autofree char *uri = g_file_get_uri (thaw_recent_project_get_file (project));
  g_autofree char *name = g_strdelimit (g_strdup (thaw_recent_project_get_name (project)), "\n", ' ');
  g_auto (GStrv) parts = g_strsplit (name, "_", -1);
  g_autofree char *label = g_strjoinv ("__", parts);
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "win.open-recent", "s", uri);
  g_menu_append_item (menu, item);
}

void
thaw_window_build_recent (ThawWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  GListModel *projects = THAW_IS_APPLICATION (application) ? thaw_application_recent (THAW_APPLICATION (application)) : NULL;
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) recent = g_menu_new ();

  for (guint i = 0; projects && i < g_list_model_get_n_items (projects); i++)
    {
      g_autoptr (ThawRecentProject) project = g_list_model_get_item (projects, i);

      if (!thaw_recent_project_get_missing (project))
        append_recent (recent, project);
    }
  if (g_menu_model_get_n_items (G_MENU_MODEL (recent)) > 0)
    g_menu_append_section (menu, _("Recent projects"), G_MENU_MODEL (recent));
  else
    g_menu_append (menu, _("No other project yet"), "win.none");
  adw_split_button_set_menu_model (self->open, G_MENU_MODEL (menu));
}
