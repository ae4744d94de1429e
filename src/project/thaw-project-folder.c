/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-project.h>

char *
thaw_project_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "thaw", "projects", NULL);
}

char *
thaw_project_new_path (const char *prefix)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  g_autofree char *folder = thaw_project_folder ();
  char *path = NULL;

  for (int i = 1; !path || g_file_test (path, G_FILE_TEST_EXISTS); i++)
    {
      g_autofree char *number = i > 1 ? g_strdup_printf ("-%d", i) : g_strdup ("");
      g_autofree char *base = g_strconcat (prefix, date, number, ".thaw", NULL);

      g_free (path);
      path = g_build_filename (folder, base, NULL);
    }
  return path;
}
