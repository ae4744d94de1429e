/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plot writes: SVG, PNG, CSV, with a point in every locale */
#include "widgets/thaw-plot-actions.h"
#include "widgets/thaw-plot-export.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static const double awkward[] = { .1, 1. / 3, 1e-300, 123456789.125, 5e-324, -0., 1e22, NAN, INFINITY, -INFINITY, .30000000000000004 };

static ThawPlot *
new_plot (void)
{
  ThawPlot *plot = THAW_PLOT (g_object_ref_sink (thaw_plot_new ()));
  guint first, second, hidden;

  thaw_plot_set_title (plot, "Loss & <accuracy>");
  thaw_plot_set_y_title (plot, "Loss");
  thaw_plot_set_smoothing (plot, .9);
  first = thaw_plot_add_series (plot, &(ThawPlotSeriesInfo){ "Training, \"raw\"", "Run 1", 0, 0, THAW_PLOT_LINE });
  second = thaw_plot_add_series (plot, &(ThawPlotSeriesInfo){ "Validation", "Run <2>", 1, 1, THAW_PLOT_POINTS });
  hidden = thaw_plot_add_series (plot, &(ThawPlotSeriesInfo){ "Hidden", NULL, 2, 0, THAW_PLOT_LINE });
  for (guint i = 0; i < 5000; i++)
    thaw_plot_append (plot, first, &(ThawPlotPoint){ { i / 7., i, i / 3. }, .5 + .2 * sin (i) }, 1);
  for (guint i = 0; i < G_N_ELEMENTS (awkward); i++)
    thaw_plot_append (plot, second, &(ThawPlotPoint){ { i + .1, 10 * i, i }, awkward[i] }, 1);
  thaw_plot_append (plot, hidden, &(ThawPlotPoint){ { 1, 1, 1 }, 1 }, 1);
  thaw_plot_show_series (plot, hidden, FALSE);
  thaw_plot_add_mark (plot, (double[]){ 3, 30, 3 }, "mark");
  return plot;
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
save (ThawPlot *plot, ThawPlotFile kind, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;

  thaw_plot_save_async (thaw_plot_get_canvas (plot), kind, file, NULL, saved_cb, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return thaw_plot_save_finish (thaw_plot_get_canvas (plot), result, error);
}

static char *
saved_text (ThawPlot *plot, ThawPlotFile kind, gsize *length)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-plot-XXXXXX", NULL), *path = g_build_filename (folder, "plot", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  save (plot, kind, path, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, length, NULL));
  g_remove (path);
  g_rmdir (folder);
  return text;
}

static void
count_element (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  ++*(guint *) data;
}

static void
test_svg (void)
{
  ThawPlot *plot = new_plot ();
  gsize length;
  g_autofree char *svg = saved_text (plot, THAW_PLOT_SVG, &length);
  guint n_elements = 0;
  GMarkupParser parser = { count_element };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &n_elements, NULL);
  g_autoptr (GError) error = NULL;

  g_markup_parse_context_parse (context, svg, length, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_elements, >, 50);
  g_assert_nonnull (strstr (svg, "<svg"));
  g_assert_nonnull (strstr (svg, "width=\"640\""));
  g_assert_null (strstr (svg, "<image")); /* lines, no pixels */
  g_assert_finalize_object (plot);
}

static void
test_png (void)
{
  ThawPlot *plot = new_plot ();
  gsize length;
  g_autofree char *png = saved_text (plot, THAW_PLOT_PNG, &length);
  g_autoptr (GBytes) bytes = g_bytes_new (png, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_bytes (bytes, &error);
  int width, height;

  g_assert_no_error (error);
  thaw_plot_export_size (thaw_plot_get_canvas (plot), &width, &height);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 2 * width);
  g_assert_cmpint (gdk_texture_get_height (texture), ==, 2 * height);
  g_assert_finalize_object (plot);
}

static void
check_csv (void)
{
  ThawPlot *plot = new_plot ();
  g_autofree char *csv = saved_text (plot, THAW_PLOT_CSV, NULL);
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);

  g_assert_cmpstr (lines[0], ==, "run,series,epoch,step,seconds,value");
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + 5000 + G_N_ELEMENTS (awkward) + 1);
  for (guint i = 0; i < 5000; i++)
    {
      char *rest = lines[i + 1] + strlen ("Run 1,\"Training, \"\"raw\"\"\",");

      g_assert_true (g_str_has_prefix (lines[i + 1], "Run 1,\"Training, \"\"raw\"\"\","));
      g_assert_cmpfloat (g_ascii_strtod (rest, &rest), ==, i / 7.);
      g_assert_cmpfloat (g_ascii_strtod (rest + 1, &rest), ==, i);
      g_assert_cmpfloat (g_ascii_strtod (rest + 1, &rest), ==, i / 3.);
      g_assert_cmpfloat (g_ascii_strtod (rest + 1, &rest), ==, .5 + .2 * sin (i));
      g_assert_cmpstr (rest, ==, "");
    }
  for (guint i = 0; i < G_N_ELEMENTS (awkward); i++)
    {
      double value = g_ascii_strtod (strrchr (lines[5001 + i], ',') + 1, NULL);

      g_assert_true (memcmp (&value, &awkward[i], sizeof value) == 0 || (isnan (value) && isnan (awkward[i])));
    }
  g_assert_finalize_object (plot);
}

/* Makes a locale with a decimal comma where the system can; FALSE: it cannot */
static gboolean
use_comma (const char *folder)
{
  g_autofree char *place = g_build_filename (folder, "de_DE.UTF-8", NULL);
  const char *arguments[] = { "localedef", "-i", "de_DE", "-f", "UTF-8", place, NULL };

  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    {
      g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                    NULL, NULL, NULL);
      g_setenv ("LOCPATH", folder, TRUE);
      setlocale (LC_ALL, "de_DE.UTF-8");
    }
  return strcmp (localeconv ()->decimal_point, ",") == 0;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_folder (child);
    }
  g_remove (path);
}

static void
test_csv (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-locale-XXXXXX", NULL);

  check_csv ();
  if (use_comma (folder))
    {
      gsize length;
      ThawPlot *plot = new_plot ();
      g_autofree char *svg = saved_text (plot, THAW_PLOT_SVG, &length), *tick = thaw_plot_axis_text (THAW_PLOT_AXIS_NUMBER, .5);

      check_csv ();
      g_assert_cmpstr (tick, ==, "0.5");
      g_assert_nonnull (strstr (svg, "stroke-width=\"1.25\"") ? svg : strstr (svg, "stroke-width:"));
      g_assert_null (strstr (svg, "stroke-width:1,"));
      g_assert_finalize_object (plot);
      setlocale (LC_ALL, "C");
    }
  else
    g_test_skip ("no locale with a decimal comma");
  remove_folder (folder);
}

/* The message has the file's name and the reason, and nothing is left lying about */
static void
test_failure (void)
{
  ThawPlot *plot = new_plot ();
  g_autoptr (GError) error = NULL;

  g_assert_false (save (plot, THAW_PLOT_CSV, "/nonexistent-folder/plot.csv", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/nonexistent-folder/plot.csv"));
  g_clear_error (&error);
  if (g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_assert_false (save (plot, THAW_PLOT_SVG, "/dev/full", &error));
      g_assert_nonnull (error);
    }
  g_assert_finalize_object (plot);
}

static void
failed_cb (ThawPlot *plot, const char *title, const GError *error, int *n)
{
  g_assert_nonnull (title);
  g_assert_nonnull (error);
  ++*n;
}

static void
test_failed_signal (void)
{
  ThawPlot *plot = new_plot ();
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "full");
  int n = 0;

  thaw_plot_fail (plot, "Not saved", error); /* nobody listens, and there is no window: nothing happens */
  g_signal_connect (plot, "failed", G_CALLBACK (failed_cb), &n);
  thaw_plot_fail (plot, "Not saved", error);
  g_assert_cmpint (n, ==, 1);
  g_assert_finalize_object (plot);
}

/* Appending while a thread writes what was there: the file has just that */
static void
test_while_growing (void)
{
  ThawPlot *plot = new_plot ();
  g_autofree char *folder = g_dir_make_tmp ("thaw-plot-XXXXXX", NULL), *path = g_build_filename (folder, "plot.csv", NULL), *text = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;
  guint lines = 0, step = 5000;

  thaw_plot_save_async (thaw_plot_get_canvas (plot), THAW_PLOT_CSV, file, NULL, saved_cb, &result);
  while (!result)
    {
      for (guint i = 0; i < 100; i++, step++)
        thaw_plot_append (plot, 1, &(ThawPlotPoint){ { step / 7., step, step / 3. }, 1 }, 1);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (thaw_plot_save_finish (thaw_plot_get_canvas (plot), result, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (char *c = text; *c; c++)
    lines += *c == '\n';
  g_assert_cmpuint (lines, ==, 1 + 5000 + G_N_ELEMENTS (awkward));
  remove_folder (folder);
  g_assert_finalize_object (plot);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot-export/svg", test_svg);
  g_test_add_func ("/plot-export/png", test_png);
  g_test_add_func ("/plot-export/csv", test_csv);
  g_test_add_func ("/plot-export/failure", test_failure);
  g_test_add_func ("/plot-export/failed-signal", test_failed_signal);
  g_test_add_func ("/plot-export/while-growing", test_while_growing);
  return g_test_run ();
}
