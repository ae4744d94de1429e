/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-canvas.h"

#include <glib/gi18n.h>
#include <math.h>

#define NEAR 6      /* pixels: so near counts as there */
#define PADDING 8
#define SWATCH 20
#define MAX_ROWS 40
#define ASIDE 14

/* What is read at the cursor, line by line */
typedef struct
{
  ThawPlotSeries *series; /* (nullable): a line of its own */
  gsize           point;
  char           *name, *value;
} Row;

static void
row_clear (gpointer row)
{
  g_free (((Row *) row)->name);
  g_free (((Row *) row)->value);
}

static double
pixels_from_cursor (ThawPlotCanvas *self, double x)
{
  return fabs (thaw_plot_scale_place (&self->scene.x, x) - thaw_plot_scale_place (&self->scene.x, self->cursor_x));
}

/* Beyond its ends a series has no value */
static gboolean
has_value_there (ThawPlotCanvas *self, ThawPlotSeries *series)
{
  double first, last;

  if (!series->shown || series->n_points == 0)
    return FALSE;
  first = thaw_plot_series_x (series, self->scene.unit, 0);
  last = thaw_plot_series_x (series, self->scene.unit, series->n_points - 1);
  return (self->cursor_x >= first || pixels_from_cursor (self, first) <= NEAR) && (self->cursor_x <= last || pixels_from_cursor (self, last) <= NEAR);
}

static gboolean
has_groups (ThawPlotCanvas *self)
{
  const char *first = NULL;

  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      if (first && series->group && strcmp (first, series->group) != 0)
        return TRUE;
      first = first ? first : series->group;
    }
  return FALSE;
}

char *
thaw_plot_canvas_name (ThawPlotCanvas *self, ThawPlotSeries *series)
{
  return series->group && has_groups (self) ? g_strdup_printf ("%s: %s", series->group, series->name) : g_strdup (series->name);
}

/* "0.4123", or "0.4123, smoothed 0.3988" unless @brief, and where it stands if not at the cursor */
static char *
value_text (ThawPlotCanvas *self, ThawPlotSeries *series, gsize i, gboolean brief)
{
  double x = thaw_plot_series_x (series, self->scene.unit, i);
  g_autofree char *exact = thaw_plot_axis_text (self->scene.y.axis, thaw_plot_series_y (series, i));
  g_autofree char *smooth = NULL;
  g_autofree char *where = NULL;
  GString *text = g_string_new (exact);

  if (!brief && thaw_plot_series_is_smooth (series))
    {
      smooth = thaw_plot_axis_text (self->scene.y.axis, thaw_plot_series_smoothed (series, i));
      g_string_append (text, ", ");
      g_string_append_printf (text, _("smoothed %s"), smooth);
    }
  if (pixels_from_cursor (self, x) > NEAR)
    {
      where = thaw_plot_axis_text (self->scene.x.axis, x);
      g_string_append_printf (text, " (%s)", where);
    }
  return g_string_free (text, FALSE);
}

static void
add_series_row (ThawPlotCanvas *self, GArray *rows, ThawPlotSeries *series, gboolean brief)
{
  Row row = { series, thaw_plot_series_nearest (series, self->scene.unit, self->cursor_x), NULL, NULL };

  row.name = thaw_plot_canvas_name (self, series);
  row.value = value_text (self, series, row.point, brief);
  g_array_append_val (rows, row);
}

/* Where the pointer is; or what the keys' cursor has passed since the point before, so that a mark between two points is not missed */
static gboolean
mark_is_read (ThawPlotCanvas *self, double x)
{
  ThawPlotSeries *walked = self->cursor == THAW_PLOT_KEYS ? thaw_plot_canvas_find (self, self->cursor_series) : NULL;
  gsize i;

  if (pixels_from_cursor (self, x) <= NEAR)
    return TRUE;
  if (self->cursor == THAW_PLOT_POINTER)
    return fabs (thaw_plot_scale_place (&self->scene.x, x) - self->pointer_x) <= NEAR;
  if (!walked || walked->n_points == 0 || x > self->cursor_x)
    return FALSE;
  i = thaw_plot_series_nearest (walked, self->scene.unit, self->cursor_x);
  return i == 0 || x > thaw_plot_series_x (walked, self->scene.unit, i - 1);
}

static void
add_mark_rows (ThawPlotCanvas *self, GArray *rows)
{
  for (guint i = 0; i < self->scene.marks->len; i++)
    {
      ThawPlotMark *mark = &g_array_index (self->scene.marks, ThawPlotMark, i);
      Row row = { NULL, 0, NULL, NULL };

      if (!mark_is_read (self, mark->x[self->scene.unit]))
        continue;
      row.name = g_strdup (mark->text);
      g_array_append_val (rows, row);
    }
}

/* The first says where; the series whose points the keys walk comes next */
static GArray *
read_rows (ThawPlotCanvas *self, gboolean brief)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (Row));
  ThawPlotSeries *first = self->cursor == THAW_PLOT_KEYS ? thaw_plot_canvas_find (self, self->cursor_series) : NULL;
  Row where = { NULL, 0, thaw_plot_axis_text (self->scene.x.axis, self->cursor_x), NULL };

  g_array_set_clear_func (rows, row_clear);
  g_array_append_val (rows, where);
  if (first && has_value_there (self, first))
    add_series_row (self, rows, first, brief);
  for (guint i = 0; i < self->scene.series->len && rows->len < MAX_ROWS; i++)
    if (self->scene.series->pdata[i] != first && has_value_there (self, self->scene.series->pdata[i]))
      add_series_row (self, rows, self->scene.series->pdata[i], brief);
  add_mark_rows (self, rows);
  return rows;
}

char *
thaw_plot_canvas_read_out (ThawPlotCanvas *self)
{
  g_autoptr (GArray) rows = read_rows (self, FALSE);
  GString *text = g_string_new (g_array_index (rows, Row, 0).name);

  for (guint i = 1; i < rows->len; i++)
    {
      Row *row = &g_array_index (rows, Row, i);

      g_string_append_printf (text, "%s%s", i == 1 ? ": " : "; ", row->name);
      if (row->value)
        g_string_append_printf (text, " %s", row->value);
    }
  return g_string_free (text, FALSE);
}

/* A changed label is announced; the pointer's wanderings are not */
void
thaw_plot_canvas_tell (ThawPlotCanvas *self)
{
  const char *title = self->title ? self->title : _("Plot");
  g_autofree char *values = self->cursor == THAW_PLOT_KEYS ? thaw_plot_canvas_read_out (self) : NULL;
  g_autofree char *label = values ? g_strdup_printf ("%s, %s", title, values) : g_strdup (title);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _("Arrow keys read the values, plus and minus zoom, 0 shows everything"), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  values ? values : "", -1);
}

static void
take_cursor (ThawPlotCanvas *self, ThawPlotCursor cursor, double x)
{
  ThawPlotCursor before = self->cursor;

  self->cursor = cursor;
  self->cursor_x = x;
  if (cursor == THAW_PLOT_KEYS || before == THAW_PLOT_KEYS)
    thaw_plot_canvas_tell (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
thaw_plot_canvas_set_cursor (ThawPlotCanvas *self, ThawPlotCursor cursor, double x)
{
  if (cursor == THAW_PLOT_NO_CURSOR && self->cursor == THAW_PLOT_NO_CURSOR)
    return;
  take_cursor (self, cursor, x);
  if (self->peer)
    take_cursor (self->peer, cursor == THAW_PLOT_NO_CURSOR ? cursor : THAW_PLOT_PEER, x);
}

/* The box */
typedef struct
{
  GArray *rows;
  double  names, values, line; /* widths of the columns, height of a line */
  guint   n_rows;              /* that fit */
  double  x, y, width, height;
} Box;

static void
measure_box (ThawPlotCanvas *self, Box *box)
{
  double room = gtk_widget_get_height (GTK_WIDGET (self)) - 2 * PADDING - 4;

  thaw_plot_text_size (self->scene.pango, "0", NULL, &box->line);
  box->n_rows = CLAMP ((guint) MAX (room / box->line, 1), 1, box->rows->len);
  for (guint i = 0; i < box->n_rows; i++)
    {
      Row *row = &g_array_index (box->rows, Row, i);
      double name, value = 0;

      thaw_plot_text_size (self->scene.pango, row->name, &name, NULL);
      if (row->value)
        thaw_plot_text_size (self->scene.pango, row->value, &value, NULL);
      if (row->series)
        {
          box->names = MAX (box->names, name + SWATCH + 6);
          box->values = MAX (box->values, value + 12);
        }
      box->width = MAX (box->width, name);
    }
  box->width = MIN (MAX (box->width, box->names + box->values) + 2 * PADDING, gtk_widget_get_width (GTK_WIDGET (self)) - 4);
  box->names = MIN (box->names, MAX (box->width - 2 * PADDING - box->values, SWATCH));
  box->height = box->n_rows * box->line + 2 * PADDING - 4;
}

/* Beside the cursor, on the side that has room, and always inside */
static void
place_box (ThawPlotCanvas *self, Box *box)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double x = thaw_plot_scale_place (&self->scene.x, self->cursor_x);
  double y = self->cursor == THAW_PLOT_POINTER ? self->pointer_y : self->scene.top + 4;

  box->x = x + ASIDE + box->width <= width - 2 ? x + ASIDE : x - ASIDE - box->width;
  box->x = floor (CLAMP (box->x, 2, MAX (width - 2 - box->width, 2)));
  box->y = floor (CLAMP (y - box->height / 2, 2, MAX (height - 2 - box->height, 2)));
}

static void
draw_line (ThawPlotCanvas *self, cairo_t *cr, Box *box, guint i)
{
  Row *row = &g_array_index (box->rows, Row, i);
  g_autoptr (PangoLayout) name = thaw_plot_text (self->scene.pango, row->name);
  double y = PADDING - 2 + i * box->line;

  if (row->series)
    thaw_plot_draw_sample (cr, row->series, self->scene.dark, PADDING, floor (y + box->line / 2), SWATCH);
  pango_layout_set_width (name, (int) (row->series ? MAX (box->names - SWATCH - 6, 0) : box->width - 2 * PADDING) * PANGO_SCALE);
  pango_layout_set_ellipsize (name, PANGO_ELLIPSIZE_END);
  gdk_cairo_set_source_rgba (cr, &self->scene.text);
  cairo_move_to (cr, PADDING + (row->series ? SWATCH + 6 : 0), y);
  pango_cairo_show_layout (cr, name);
  if (row->value)
    {
      g_autoptr (PangoLayout) value = thaw_plot_text (self->scene.pango, row->value);

      cairo_move_to (cr, PADDING + box->names + 12, y);
      pango_cairo_show_layout (cr, value);
    }
}

/* Whether it fits beside the cursor, so that it does not lie over it */
static gboolean
fits_beside (ThawPlotCanvas *self, GArray *rows)
{
  Box box = { rows, 0, 0, 0, 0, 0, 0, 0, 0 };
  double x = thaw_plot_scale_place (&self->scene.x, self->cursor_x);

  measure_box (self, &box);
  return box.width + ASIDE + 2 <= MAX (x, gtk_widget_get_width (GTK_WIDGET (self)) - x);
}

static void
snapshot_box (ThawPlotCanvas *self, GtkSnapshot *snapshot, GArray *rows)
{
  Box box = { rows, 0, 0, 0, 0, 0, 0, 0, 0 };
  GskRoundedRect frame;
  GdkRGBA back = self->scene.dark ? (GdkRGBA){ .16, .16, .17, .95 } : (GdkRGBA){ 1, 1, 1, .95 }, edge = self->scene.text;
  cairo_t *cr;

  measure_box (self, &box);
  place_box (self, &box);
  edge.alpha *= .3;
  gsk_rounded_rect_init_from_rect (&frame, &GRAPHENE_RECT_INIT (box.x, box.y, box.width, box.height), 6);
  gtk_snapshot_push_rounded_clip (snapshot, &frame);
  gtk_snapshot_append_color (snapshot, &back, &frame.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ edge, edge, edge, edge });
  cr = gtk_snapshot_append_cairo (snapshot, &frame.bounds);
  cairo_translate (cr, box.x, box.y);
  for (guint i = 0; i < box.n_rows; i++)
    draw_line (self, cr, &box, i);
  cairo_destroy (cr);
}

static void
snapshot_dot (ThawPlotCanvas *self, GtkSnapshot *snapshot, Row *row)
{
  double x = thaw_plot_scale_place (&self->scene.x, thaw_plot_series_x (row->series, self->scene.unit, row->point));
  double value = thaw_plot_series_is_smooth (row->series) ? thaw_plot_series_smoothed (row->series, row->point)
                                                          : thaw_plot_series_y (row->series, row->point);
  double y = isfinite (value) ? thaw_plot_scale_place (&self->scene.y, value) : -1;
  GskRoundedRect dot;
  GdkRGBA color;

  if (x < self->scene.left - 1 || x > self->scene.right + 1 || y < self->scene.top - 1 || y > self->scene.bottom + 1)
    return;
  thaw_plot_color (row->series->color, self->scene.dark, &color);
  gsk_rounded_rect_init_from_rect (&dot, &GRAPHENE_RECT_INIT (x - 4, y - 4, 8, 8), 4);
  gtk_snapshot_push_rounded_clip (snapshot, &dot);
  gtk_snapshot_append_color (snapshot, &color, &dot.bounds);
  gtk_snapshot_pop (snapshot);
}

void
thaw_plot_canvas_snapshot_cursor (ThawPlotCanvas *self, GtkSnapshot *snapshot)
{
  double x = round (thaw_plot_scale_place (&self->scene.x, self->cursor_x));
  g_autoptr (GArray) rows = NULL;
  GdkRGBA color = self->scene.text;

  if (self->cursor == THAW_PLOT_NO_CURSOR || x < self->scene.left - 1 || x > self->scene.right + 1)
    return;
  color.alpha *= .5;
  gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (x, self->scene.top, 1, self->scene.bottom - self->scene.top));
  rows = read_rows (self, FALSE);
  if (!fits_beside (self, rows))
    {
      g_array_unref (rows);
      rows = read_rows (self, TRUE);
    }
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, Row, i).series)
      snapshot_dot (self, snapshot, &g_array_index (rows, Row, i));
  snapshot_box (self, snapshot, rows);
}
