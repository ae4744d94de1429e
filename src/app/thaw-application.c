/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application.h"
#include "thaw-window.h"

#include <glib/gi18n.h>

struct _ThawApplication
{
  AdwApplication parent_instance;
  GSettings     *settings;
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

static void
thaw_application_activate (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (!window)
    window = GTK_WINDOW (thaw_window_new (THAW_APPLICATION (application)));
  gtk_window_present (window);
}

static void
thaw_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++)
    {
      ThawWindow *window = thaw_window_new (THAW_APPLICATION (application));

      thaw_window_open (window, files[i]);
      gtk_window_present (GTK_WINDOW (window));
    }
}

static void
thaw_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (thaw_application_parent_class)->startup (application);
  THAW_APPLICATION (application)->settings = open_settings ();
  thaw_window_set_accelerators (GTK_APPLICATION (application));
}

static void
thaw_application_finalize (GObject *object)
{
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
