/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../support/thaw-test.h"
#include "thaw-recent.h"
#include "thaw-widget-test.h"
#include "widgets/thaw-welcome.h"

static char *opened;

static void
open_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_free (opened);
  opened = g_variant_dup_string (parameter, NULL);
}

/* The window's action that a row of the list activates */
static GtkWidget *
create_window (GtkWidget *child)
{
  static const GActionEntry entries[] = { { "open-recent", open_cb, "s" } };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  GtkWidget *window = gtk_window_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (group), entries, G_N_ELEMENTS (entries), NULL);
  gtk_widget_insert_action_group (window, "win", G_ACTION_GROUP (group));
  gtk_window_set_child (GTK_WINDOW (window), child);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
add_project (GListStore *projects, const char *uri)
{
  g_autoptr (ThawRecentProject) project = thaw_recent_project_new (uri);

  g_list_store_append (projects, project);
}

/* A project that is there opens; one that is gone says so and cannot be opened */
static void
test_recent (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *there = g_build_filename (folder, "Bees & <ants>.thaw", NULL);
  g_autofree char *there_uri = NULL;
  g_autofree char *gone_uri = g_strconcat ("file://", folder, "/Gone.thaw", NULL);
  g_autofree char *gone_words = g_strconcat ("No longer in ", folder, NULL);
  GListStore *projects = g_list_store_new (THAW_TYPE_RECENT_PROJECT);
  GtkWidget *welcome = g_object_ref_sink (thaw_welcome_new ());
  GtkWidget *window, *row, *gone;

  g_file_set_contents (there, "x", -1, NULL);
  there_uri = g_filename_to_uri (there, NULL, NULL);
  add_project (projects, there_uri);
  add_project (projects, gone_uri);
  thaw_welcome_set_recent (THAW_WELCOME (welcome), G_LIST_MODEL (projects));
  window = create_window (welcome);
  thaw_widget_settle (300);

  row = thaw_widget_find (welcome, ADW_TYPE_ACTION_ROW, "Bees & <ants>");
  gone = thaw_widget_find (welcome, ADW_TYPE_ACTION_ROW, "Gone");
  g_assert_true (gtk_widget_is_sensitive (row));
  g_assert_false (gtk_widget_is_sensitive (gone));
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (gone)), ==, gone_words);
  gtk_widget_activate (row);
  thaw_widget_settle (50);
  g_assert_cmpstr (opened, ==, there_uri);

  g_list_store_remove_all (projects);
  thaw_widget_settle (50);
  g_assert_false (gtk_widget_get_mapped (thaw_widget_find (welcome, GTK_TYPE_LIST_BOX, NULL)));
  gtk_window_destroy (GTK_WINDOW (window));
  thaw_widget_settle (50);
  g_assert_finalize_object (welcome);
  g_assert_finalize_object (projects);
  g_clear_pointer (&opened, g_free);
}

/* The list of the settings: the latest first, each once, ten at most */
static void
test_list (void)
{
  g_autoptr (GSettingsSchemaSource) source
      = g_settings_schema_source_new_from_directory (THAW_SCHEMAS, g_settings_schema_source_get_default (), TRUE, NULL);
  g_autoptr (GSettingsSchema) schema = g_settings_schema_source_lookup (source, "org.thaw.Thaw", FALSE);
  g_autoptr (GSettings) settings = g_settings_new_full (schema, NULL, NULL);
  GListModel *list = thaw_recent_new (settings);
  g_autoptr (ThawRecentProject) first = NULL;
  g_autoptr (GFile) again = g_file_new_for_path ("/nowhere/3.thaw");

  for (int i = 0; i < 15; i++)
    {
      g_autofree char *path = g_strdup_printf ("/nowhere/%d.thaw", i);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      thaw_recent_add (settings, "recent", file);
    }
  thaw_widget_settle (50);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 10);
  thaw_recent_remove (settings, "recent", again);
  thaw_recent_add (settings, "recent", again);
  thaw_recent_add (settings, "recent", again);
  thaw_widget_settle (50);
  first = g_list_model_get_item (list, 0);
  g_assert_cmpstr (thaw_recent_project_get_name (first), ==, "3");
  g_assert_cmpstr (thaw_recent_project_get_folder (first), ==, "/nowhere");
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 10);
  g_clear_object (&first);
  g_assert_finalize_object (list);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/welcome/recent", test_recent);
  g_test_add_func ("/welcome/list", test_list);
  return g_test_run ();
}
