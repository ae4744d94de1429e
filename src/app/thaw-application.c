/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application-private.h"
#include "thaw-clicks.h"
#include "thaw-popovers.h"
#include "thaw-recent.h"
#include "thaw-window.h"
#include "widgets/thaw-names.h"

#include <glib/gi18n.h>

struct _ThawApplication
{
  AdwApplication parent_instance;
  GSettings     *settings;
  GListModel    *recent;
};

G_DEFINE_FINAL_TYPE (ThawApplication, thaw_application, ADW_TYPE_APPLICATION)

/* The folder of the program: where it was built, everything it needs lies below it. (transfer full) */
static char *
program_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return program ? g_path_get_dirname (program) : g_strdup (".");
}

void
thaw_application_set_up_translation (void)
{
  g_autofree char *folder = program_folder ();
  g_autofree char *built = g_build_filename (folder, "po", NULL);

  bindtextdomain (GETTEXT_PACKAGE, g_file_test (built, G_FILE_TEST_IS_DIR) ? built : THAW_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static GSettings *
open_settings (void)
{
  g_autofree char *folder = program_folder ();
  g_autofree char *built = g_build_filename (folder, "resources", NULL);
  g_autoptr (GSettingsSchemaSource) source
      = g_settings_schema_source_new_from_directory (built, g_settings_schema_source_get_default (), TRUE, NULL);
  g_autoptr (GSettingsSchema) schema = NULL;

  if (!source && g_settings_schema_source_get_default ())
    source = g_settings_schema_source_ref (g_settings_schema_source_get_default ());
  schema = source ? g_settings_schema_source_lookup (source, THAW_APPLICATION_ID, TRUE) : NULL;
  return schema ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

GSettings *
thaw_application_settings (ThawApplication *self)
{
  return self->settings;
}

GListModel *
thaw_application_recent (ThawApplication *self)
{
  return self->recent;
}

void
thaw_application_bind_session (ThawApplication *self, ThawSession *session)
{
  static const char *const names[] = { "threads", "memory", "disk" };

  for (guint i = 0; self->settings && i < G_N_ELEMENTS (names); i++)
    g_settings_bind (self->settings, names[i], session, names[i], G_SETTINGS_BIND_GET);
}

/* The project whose run was under way last time, where there is one: it can go on. (transfer full) (nullable) */
static GFile *
unfinished_project (ThawApplication *self)
{
  g_auto (GStrv) uris = self->settings ? g_settings_get_strv (self->settings, "unfinished") : NULL;

  return uris && uris[0] ? g_file_new_for_uri (uris[0]) : NULL;
}

static void
thaw_application_activate (GApplication *application)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (application));
  g_autoptr (GFile) unfinished = NULL;
  ThawWindow *window;

  if (windows)
    {
      gtk_window_present (windows->data);
      return;
    }
  window = thaw_window_new (THAW_APPLICATION (application));
  unfinished = unfinished_project (THAW_APPLICATION (application));
  if (unfinished)
    thaw_window_open (window, unfinished);
  gtk_window_present (GTK_WINDOW (window));
}

/* (nullable): one that shows a project */
static ThawWindow *
any_window (GtkApplication *application)
{
  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (THAW_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
thaw_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++)
    {
      ThawWindow *window = any_window (GTK_APPLICATION (application));

      thaw_window_open (window ? window : thaw_window_new (THAW_APPLICATION (application)), files[i]);
    }
}

static void
show_window_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  GtkWindow *window = gtk_application_get_window_by_id (application, g_variant_get_uint32 (parameter));

  if (window)
    gtk_window_present (window);
  else
    g_application_activate (application);
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  thaw_application_quit (application);
}

static void
thaw_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { "show-window", show_window_cb, "u" },
    { "quit", quit_cb },
  };
  ThawApplication *self = THAW_APPLICATION (application);

  G_APPLICATION_CLASS (thaw_application_parent_class)->startup (application);
  self->settings = open_settings ();
  self->recent = self->settings ? thaw_recent_new (self->settings) : G_LIST_MODEL (g_list_store_new (THAW_TYPE_RECENT_PROJECT));
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries), application);
  gtk_window_set_default_icon_name (THAW_APPLICATION_ID);
  thaw_clicks_keep ();
  thaw_application_quit_anywhere (self);
  thaw_popovers_set_up ();
  thaw_window_set_accelerators (GTK_APPLICATION (application));
  thaw_names_say_once ();
}

static void
thaw_application_finalize (GObject *object)
{
  g_clear_object (&THAW_APPLICATION (object)->recent);
  g_clear_object (&THAW_APPLICATION (object)->settings);
  G_OBJECT_CLASS (thaw_application_parent_class)->finalize (object);
}

static void
thaw_application_class_init (ThawApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = thaw_application_finalize;
  application_class->startup = thaw_application_startup;
  application_class->activate = thaw_application_activate;
  application_class->open = thaw_application_open;
}

static void
thaw_application_init (ThawApplication *self)
{
}

ThawApplication *
thaw_application_new (void)
{
  return g_object_new (THAW_TYPE_APPLICATION, "application-id", THAW_APPLICATION_ID, "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/org/thaw/Thaw", NULL);
}
