/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-export.h"

#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-csv.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-text.h>

#define MARGIN 12
#define SAMPLE 26

/* The legend of a picture: names in rows. Draws where @cr is there; returns its height */
static double
legend (ThawPlotCanvas *canvas, cairo_t *cr, double top, double width)
{
  double x = MARGIN, y = top, line;

  thaw_plot_text_size (canvas->scene.pango, "0", NULL, &line);
  for (guint i = 0; i < canvas->scene.series->len; i++)
    {
      ThawPlotSeries *series = canvas->scene.series->pdata[i];
      g_autofree char *name = thaw_plot_canvas_name (canvas, series);
      g_autoptr (PangoLayout) layout = thaw_plot_text (canvas->scene.pango, name);
      int wide;

      if (!series->shown)
        continue;
      pango_layout_get_pixel_size (layout, &wide, NULL);
      if (x > MARGIN && x + SAMPLE + wide > width - MARGIN)
        {
          x = MARGIN;
          y += line + 4;
        }
      if (cr)
        {
          thaw_plot_draw_sample (cr, series, canvas->scene.dark, x, y + line / 2, SAMPLE - 6);
          gdk_cairo_set_source_rgba (cr, &canvas->scene.text);
          cairo_move_to (cr, x + SAMPLE, y);
          pango_cairo_show_layout (cr, layout);
        }
      x += SAMPLE + wide + 18;
    }
  return y + line - top;
}

static double
draw_title (ThawPlotCanvas *canvas, cairo_t *cr, double width)
{
  g_autoptr (PangoLayout) layout = pango_layout_new (canvas->scene.pango);
  PangoAttrList *attributes;
  int height;

  if (!canvas->title || !*canvas->title)
    return 0;
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (layout, canvas->title, -1);
  pango_layout_set_width (layout, (int) (width - 2 * MARGIN) * PANGO_SCALE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_size (layout, NULL, &height);
  gdk_cairo_set_source_rgba (cr, &canvas->scene.text);
  cairo_move_to (cr, MARGIN, MARGIN);
  pango_cairo_show_layout (cr, layout);
  return height + 6;
}

/* @scale: device pixels per unit, 0: vectors */
static void
draw_picture (ThawPlotCanvas *canvas, cairo_t *cr, int width, int height, int scale)
{
  ThawPlotScene scene;
  double title, names;
  GdkRGBA back;

  thaw_plot_canvas_update (canvas);
  back = canvas->scene.dark ? (GdkRGBA){ .12, .12, .12, 1 } : (GdkRGBA){ 1, 1, 1, 1 };
  gdk_cairo_set_source_rgba (cr, &back);
  cairo_paint (cr);
  title = draw_title (canvas, cr, width);
  names = legend (canvas, NULL, 0, width);
  scene = canvas->scene;
  thaw_plot_scene_measure (&scene, width - 2 - MARGIN, height - 2 * MARGIN - title - names - 8);
  thaw_plot_scene_lay_out (&scene, MARGIN, MARGIN + title, width - 2, height - MARGIN - names - 8);
  thaw_plot_draw_axes (&scene, cr);
  thaw_plot_draw_curves (&scene, cr, THAW_PLOT_RAW, -1, scale, scene.left);
  thaw_plot_draw_curves (&scene, cr, THAW_PLOT_SMOOTHED, -1, scale, scene.left);
  thaw_plot_draw_marks (&scene, cr);
  legend (canvas, cr, height - MARGIN - names, width);
}

GdkTexture *
thaw_plot_export_texture (ThawPlotCanvas *canvas, int width, int height, int scale)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width * scale, height * scale);
  cairo_t *cr;

  cairo_surface_set_device_scale (surface, scale, scale);
  cr = cairo_create (surface);
  draw_picture (canvas, cr, width, height, scale);
  cairo_destroy (cr);
  return thaw_plot_texture (surface);
}

static cairo_status_t
take_bytes (void *data, const unsigned char *bytes, unsigned int length)
{
  g_byte_array_append (data, bytes, length);
  return CAIRO_STATUS_SUCCESS;
}

GBytes *
thaw_plot_export_svg (ThawPlotCanvas *canvas, int width, int height)
{
  GByteArray *bytes = g_byte_array_new ();
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (take_bytes, bytes, width, height);
  cairo_t *cr;

  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
  cr = cairo_create (surface);
  draw_picture (canvas, cr, width, height, 0);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
  return g_byte_array_free_to_bytes (bytes);
}

static void
append_value (GString *csv, double value)
{
  if (isfinite (value))
    thaw_json_append_double (csv, value);
  else
    g_string_append (csv, isnan (value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static void
append_series (GString *csv, ThawPlotSeries *series)
{
  g_autoptr (GString) names = g_string_new (NULL);

  thaw_csv_append_text (names, series->group);
  g_string_append_c (names, ',');
  thaw_csv_append_text (names, series->name);
  for (gsize i = 0; i < series->n_points; i++)
    {
      g_string_append_len (csv, names->str, names->len);
      for (guint unit = 0; unit < THAW_PLOT_N_UNITS; unit++)
        {
          g_string_append_c (csv, ',');
          append_value (csv, thaw_plot_series_x (series, unit, i));
        }
      g_string_append_c (csv, ',');
      append_value (csv, thaw_plot_series_y (series, i));
      g_string_append_c (csv, '\n');
    }
}

GBytes *
thaw_plot_export_csv (GPtrArray *series)
{
  GString *csv = g_string_new ("run,series,epoch,step,seconds,value\n");

  for (guint i = 0; i < series->len; i++)
    append_series (csv, series->pdata[i]);
  return g_string_free_to_bytes (csv);
}

/* What the thread needs: one of the three */
typedef struct
{
  GFile      *file;
  GBytes     *svg;
  GdkTexture *picture;
  GPtrArray  *series;
} Save;

static void
save_free (Save *save)
{
  g_object_unref (save->file);
  g_clear_pointer (&save->svg, g_bytes_unref);
  g_clear_object (&save->picture);
  g_clear_pointer (&save->series, g_ptr_array_unref);
  g_free (save);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  g_autoptr (GBytes) bytes = save->svg       ? g_bytes_ref (save->svg)
                             : save->picture ? gdk_texture_save_to_png_bytes (save->picture)
                                             : thaw_plot_export_csv (save->series);
  GError *error = NULL;

  if (g_file_replace_contents (save->file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                               cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    {
      g_autofree char *path = g_file_get_parse_name (save->file);

      g_prefix_error (&error, "%s: ", path);
      g_task_return_error (task, error);
    }
}

static GPtrArray *
frozen_series (ThawPlotCanvas *canvas)
{
  GPtrArray *frozen = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_plot_series_unref);

  for (guint i = 0; i < canvas->scene.series->len; i++)
    {
      ThawPlotSeries *series = canvas->scene.series->pdata[i];

      if (series->shown)
        g_ptr_array_add (frozen, thaw_plot_series_freeze (series));
    }
  return frozen;
}

void
thaw_plot_export_size (ThawPlotCanvas *canvas, int *width, int *height)
{
  *width = MAX (gtk_widget_get_width (GTK_WIDGET (canvas)), 640);
  *height = MAX (gtk_widget_get_height (GTK_WIDGET (canvas)) + 60, 400);
}

void
thaw_plot_save_async (ThawPlotCanvas *canvas, ThawPlotFile kind, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (canvas, cancellable, callback, data);
  Save *save = g_new0 (Save, 1);
  int width, height;

  thaw_plot_export_size (canvas, &width, &height);
  save->file = g_object_ref (file);
  if (kind == THAW_PLOT_SVG)
    save->svg = thaw_plot_export_svg (canvas, width, height);
  else if (kind == THAW_PLOT_PNG)
    save->picture = thaw_plot_export_texture (canvas, width, height, 2);
  else
    save->series = frozen_series (canvas);
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  g_task_run_in_thread (task, save_thread);
}

gboolean
thaw_plot_save_finish (ThawPlotCanvas *canvas, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
