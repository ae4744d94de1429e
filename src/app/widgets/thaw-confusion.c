/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-confusion.h"

#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-text.h>

#define SMALLEST_CELL 24
#define LARGEST_CELL 150
/* A cell of this size has room for its share below its number */
#define SHARE_CELL 52
#define LONGEST_NAME 130
#define GAP 6

struct _ThawConfusion
{
  GtkWidget      parent_instance;
  guint64       *counts;   /* [n, n] (nullable) */
  guint64       *rows, *columns; /* their sums */
  char         **labels;
  int            n;

  /* of the layout */
  int            left, top; /* the names' width and height */
  int            cell;
  GtkAdjustment *horizontal, *vertical;
  guint          horizontal_policy : 1, vertical_policy : 1;

  /* of the person */
  int            hover_row, hover_column;
  int            row, column; /* the cursor */
  char          *text;
};

enum { PROP_0, PROP_TEXT, N_OWN_PROPS, PROP_HADJUSTMENT = N_OWN_PROPS, PROP_VADJUSTMENT, PROP_HSCROLL_POLICY, PROP_VSCROLL_POLICY };
enum { SIGNAL_CHOSEN, N_SIGNALS };

static GParamSpec *text_property;
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawConfusion, thaw_confusion, GTK_TYPE_WIDGET, G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* --- words --- */

static guint64
count_at (const ThawConfusion *self, int row, int column)
{
  return self->counts[(gsize) row * (gsize) self->n + (gsize) column];
}

static char *
row_text (const ThawConfusion *self, int row)
{
  g_autofree char *share = thaw_text_percent ((double) count_at (self, row, row) / MAX (self->rows[row], 1));

  if (self->rows[row] == 0)
    return g_strdup_printf (_ ("There is no picture of “%s” to measure it by."), self->labels[row]);
  return g_strdup_printf (ngettext ("%u picture of “%s”, %s of them recognised.", "%u pictures of “%s”, %s of them recognised.", (gulong) self->rows[row]), (guint) self->rows[row],
                          self->labels[row], share);
}

static char *
column_text (const ThawConfusion *self, int column)
{
  g_autofree char *share = thaw_text_percent ((double) count_at (self, column, column) / MAX (self->columns[column], 1));

  if (self->columns[column] == 0)
    return g_strdup_printf (_ ("No picture was called “%s”."), self->labels[column]);
  return g_strdup_printf (ngettext ("%u picture was called “%s”, %s of these rightly.", "%u pictures were called “%s”, %s of these rightly.", (gulong) self->columns[column]),
                          (guint) self->columns[column], self->labels[column], share);
}

char *
thaw_confusion_dup_text (ThawConfusion *self, int row, int column)
{
  g_autofree char *share = NULL;

  if (!self->counts || (row < 0 && column < 0) || row >= self->n || column >= self->n)
    return NULL;
  if (column < 0)
    return row_text (self, row);
  if (row < 0)
    return column_text (self, column);
  if (self->rows[row] == 0)
    return row_text (self, row);
  share = thaw_text_percent ((double) count_at (self, row, column) / self->rows[row]);
  if (row == column)
    return g_strdup_printf (ngettext ("%u of %u picture of “%s” was recognised (%s).", "%u of %u pictures of “%s” were recognised (%s).", self->rows[row]),
                            (guint) count_at (self, row, column), (guint) self->rows[row], self->labels[row], share);
  return g_strdup_printf (ngettext ("%u of %u picture of “%s” was called “%s” (%s).", "%u of %u pictures of “%s” were called “%s” (%s).", self->rows[row]),
                          (guint) count_at (self, row, column), (guint) self->rows[row], self->labels[row], self->labels[column], share);
}

static void
update_text (ThawConfusion *self)
{
  const gboolean hovered = self->hover_row >= 0 || self->hover_column >= 0;
  char *text = thaw_confusion_dup_text (self, hovered ? self->hover_row : self->row, hovered ? self->hover_column : self->column);
  g_autofree char *name = text ? g_strdup_printf (_ ("Confusion matrix: %s"), text)
                               : g_strdup_printf (ngettext ("Confusion matrix of %d class", "Confusion matrix of %d classes", (gulong) self->n), self->n);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (g_strcmp0 (text, self->text) == 0)
    {
      g_free (text);
      return;
    }
  g_free (self->text);
  self->text = text;
  g_object_notify_by_pspec (G_OBJECT (self), text_property);
}

/* --- layout --- */

static int
scrolled (GtkAdjustment *adjustment)
{
  return adjustment ? (int) floor (gtk_adjustment_get_value (adjustment)) : 0;
}

static int
text_width (ThawConfusion *self, const char *text)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

/* Names above stand upright where a column is too narrow for the longest. */
static void
lay_out (ThawConfusion *self, int width, int height)
{
  g_autoptr (PangoLayout) line = gtk_widget_create_pango_layout (GTK_WIDGET (self), "X");
  int longest = 0, line_height, room;

  pango_layout_get_pixel_size (line, NULL, &line_height);
  for (int i = 0; i < self->n; i++)
    longest = MAX (longest, text_width (self, self->labels[i]));
  longest = MIN (longest, LONGEST_NAME);
  self->left = MIN (longest, MAX (width / 3, 40)) + 2 * GAP;
  self->top = line_height + 2 * GAP;
  room = self->n ? MIN ((width - self->left) / self->n, (height - self->top) / self->n) : 0;
  if (room < longest + 2 * GAP)
    {
      self->top = MIN (longest, MAX (height / 3, 40)) + 2 * GAP;
      room = self->n ? MIN ((width - self->left) / self->n, (height - self->top) / self->n) : 0;
    }
  self->cell = CLAMP (room, SMALLEST_CELL, LARGEST_CELL);
}

static void
configure (GtkAdjustment *adjustment, int whole, int page)
{
  if (adjustment)
    gtk_adjustment_configure (adjustment, CLAMP (gtk_adjustment_get_value (adjustment), 0, MAX (whole - page, 0)), 0, MAX (whole, page), 24, MAX (page - 24, 1), page);
}

static void
thaw_confusion_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ThawConfusion *self = THAW_CONFUSION (widget);

  lay_out (self, width, height);
  configure (self->horizontal, self->left + self->n * self->cell, width);
  configure (self->vertical, self->top + self->n * self->cell, height);
}

static void
thaw_confusion_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  const ThawConfusion *self = THAW_CONFUSION (widget);

  *minimum = 120;
  *natural = MAX (120, LONGEST_NAME + 2 * GAP + self->n * (self->n <= 8 ? 72 : SMALLEST_CELL));
  *minimum_baseline = *natural_baseline = -1;
}

/* -1: a name; -2: beside everything */
static int
cell_at (int position, int names, int scroll, int cell, int n)
{
  const int i = (position - names + scroll) / MAX (cell, 1);

  if (position < 0)
    return -2;
  if (position < names)
    return -1;
  return i < n ? i : -2;
}

static gboolean
find (const ThawConfusion *self, double x, double y, int *row, int *column)
{
  *column = cell_at ((int) floor (x), self->left, scrolled (self->horizontal), self->cell, self->n);
  *row = cell_at ((int) floor (y), self->top, scrolled (self->vertical), self->cell, self->n);
  return self->counts && *row > -2 && *column > -2 && (*row >= 0 || *column >= 0);
}

/* --- drawing --- */

static GdkRGBA
faint (GdkRGBA colour, double alpha)
{
  colour.alpha = (float) alpha;
  return colour;
}

static gboolean
is_dark (const GdkRGBA *text)
{
  return text->red + text->green + text->blue > 1.5f;
}

/* Blue for what is right, orange for what is not: told apart by everybody, as is their lightness */
static GdkRGBA
cell_colour (const ThawConfusion *self, int row, int column, const GdkRGBA *text)
{
  static const GdkRGBA right = { .11f, .44f, .85f, 1 }, wrong = { .78f, .28f, 0, 1 };
  const guint64 count = count_at (self, row, column);
  const double share = (double) count / MAX (self->rows[row], 1);

  if (count == 0)
    return faint (*text, is_dark (text) ? .07 : .05);
  return faint (row == column ? right : wrong, .18 + .82 * sqrt (share));
}

static void
set_size (PangoLayout *layout, double scale)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  pango_layout_set_attributes (layout, attributes);
}

/* @y: the middle */
static void
draw_centred (GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, const GdkRGBA *colour)
{
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) floor (x - width / 2.), (float) floor (y - height / 2.)));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_numbers (ThawConfusion *self, GtkSnapshot *snapshot, PangoLayout *layout, int row, int column, double x, double y, const GdkRGBA *colour)
{
  const guint64 count = count_at (self, row, column);
  g_autofree char *number = g_strdup_printf ("%u", (guint) count), *share = thaw_text_percent ((double) count / MAX (self->rows[row], 1));
  const gboolean both = self->cell >= SHARE_CELL;
  int width;

  set_size (layout, both ? 1.15 : self->cell < 30 ? .75 : .9);
  pango_layout_set_text (layout, number, -1);
  pango_layout_get_pixel_size (layout, &width, NULL);
  if (width <= self->cell - 2)
    draw_centred (snapshot, layout, x, both ? y - 9 : y, colour);
  if (!both)
    return;
  set_size (layout, .8);
  pango_layout_set_text (layout, share, -1);
  draw_centred (snapshot, layout, x, y + 10, colour);
}

static void
draw_cell (ThawConfusion *self, GtkSnapshot *snapshot, PangoLayout *layout, int row, int column, const GdkRGBA *text)
{
  static const GdkRGBA white = { 1, 1, 1, 1 };
  const double x = self->left + column * self->cell - scrolled (self->horizontal), y = self->top + row * self->cell - scrolled (self->vertical);
  const GdkRGBA colour = cell_colour (self, row, column, text);
  const graphene_rect_t area = GRAPHENE_RECT_INIT ((float) x + 1, (float) y + 1, (float) self->cell - 2, (float) self->cell - 2);
  const gboolean here = row == self->hover_row && column == self->hover_column, cursor = row == self->row && column == self->column;

  gtk_snapshot_append_color (snapshot, &colour, &area);
  if (count_at (self, row, column) > 0)
    draw_numbers (self, snapshot, layout, row, column, x + self->cell / 2., y + self->cell / 2., colour.alpha > .7f ? &white : text);
  if (here || cursor)
    {
      GskRoundedRect outline;
      const float wide = cursor ? 2 : 1;

      gsk_rounded_rect_init_from_rect (&outline, &area, 2);
      gtk_snapshot_append_border (snapshot, &outline, (float[]){ wide, wide, wide, wide }, (GdkRGBA[]){ *text, *text, *text, *text });
    }
}

static void
draw_cells (ThawConfusion *self, GtkSnapshot *snapshot, int width, int height, const GdkRGBA *text)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  const int across = scrolled (self->horizontal) / self->cell, down = scrolled (self->vertical) / self->cell;

  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float) self->left, (float) self->top, (float) MAX (width - self->left, 0), (float) MAX (height - self->top, 0)));
  for (int row = down; row < self->n && row <= down + (height - self->top) / self->cell + 1; row++)
    for (int column = across; column < self->n && column <= across + (width - self->left) / self->cell + 1; column++)
      draw_cell (self, snapshot, layout, row, column, text);
  gtk_snapshot_pop (snapshot);
}

static void
draw_row_names (ThawConfusion *self, GtkSnapshot *snapshot, PangoLayout *layout, int height, const GdkRGBA *text)
{
  pango_layout_set_width (layout, (self->left - GAP) * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_RIGHT);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, (float) self->top, (float) self->left, (float) MAX (height - self->top, 0)));
  for (int row = scrolled (self->vertical) / self->cell; row < self->n; row++)
    {
      const int y = self->top + row * self->cell - scrolled (self->vertical);
      int line;

      if (y > height)
        break;
      pango_layout_set_text (layout, self->labels[row], -1);
      pango_layout_get_pixel_size (layout, NULL, &line);
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, (float) floor (y + (self->cell - line) / 2.)));
      gtk_snapshot_append_layout (snapshot, layout, text);
      gtk_snapshot_restore (snapshot);
    }
  gtk_snapshot_pop (snapshot);
}

static void
draw_column_name (ThawConfusion *self, GtkSnapshot *snapshot, PangoLayout *layout, int x, const GdkRGBA *text)
{
  const gboolean upright = self->top > 3 * GAP && self->cell < LONGEST_NAME && self->top > self->cell / 2;
  int width, line;

  pango_layout_get_pixel_size (layout, &width, &line);
  if (width <= self->cell - 2)
    {
      draw_centred (snapshot, layout, x + self->cell / 2., self->top - GAP - line / 2., text);
      return;
    }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) floor (x + (self->cell - line) / 2.), (float) (self->top - GAP)));
  if (upright)
    gtk_snapshot_rotate (snapshot, -90);
  gtk_snapshot_append_layout (snapshot, layout, text);
  gtk_snapshot_restore (snapshot);
}

static void
draw_column_names (ThawConfusion *self, GtkSnapshot *snapshot, PangoLayout *layout, int width, const GdkRGBA *text)
{
  pango_layout_set_alignment (layout, PANGO_ALIGN_LEFT);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float) self->left, 0, (float) MAX (width - self->left, 0), (float) self->top));
  for (int column = scrolled (self->horizontal) / self->cell; column < self->n; column++)
    {
      const int x = self->left + column * self->cell - scrolled (self->horizontal);

      if (x > width)
        break;
      pango_layout_set_width (layout, MAX (self->top - 2 * GAP, self->cell - 2) * PANGO_SCALE);
      pango_layout_set_text (layout, self->labels[column], -1);
      draw_column_name (self, snapshot, layout, x, text);
    }
  gtk_snapshot_pop (snapshot);
}

static void
thaw_confusion_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ThawConfusion *self = THAW_CONFUSION (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (PangoLayout) layout = NULL;
  GdkRGBA text;

  if (!self->counts || self->cell <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &text);
  draw_cells (self, snapshot, width, height, &text);
  layout = gtk_widget_create_pango_layout (widget, NULL);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  draw_row_names (self, snapshot, layout, height, &text);
  draw_column_names (self, snapshot, layout, width, &text);
}

/* --- the person --- */

static void
scroll_to (GtkAdjustment *adjustment, int names, int cell, int i)
{
  if (adjustment && i >= 0)
    gtk_adjustment_clamp_page (adjustment, i * cell, names + (i + 1) * cell);
}

static void
set_cursor (ThawConfusion *self, int row, int column)
{
  self->row = row;
  self->column = column;
  /* the pointer has nothing to say while the keys are used */
  self->hover_row = self->hover_column = -1;
  scroll_to (self->horizontal, self->left, self->cell, column);
  scroll_to (self->vertical, self->top, self->cell, row);
  update_text (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
choose (ThawConfusion *self, int row, int column)
{
  if (row >= 0 || column >= 0)
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, row, column);
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, ThawConfusion *self)
{
  int row, column;

  if (!find (self, x, y, &row, &column))
    row = column = -1;
  if (row == self->hover_row && column == self->hover_column)
    return;
  self->hover_row = row;
  self->hover_column = column;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), row >= 0 || column >= 0 ? "pointer" : NULL);
  update_text (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (GtkEventControllerMotion *motion, ThawConfusion *self)
{
  motion_cb (motion, -1, -1, self);
}

static void
pressed_cb (GtkGestureClick *gesture, int n, double x, double y, ThawConfusion *self)
{
  int row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!find (self, x, y, &row, &column))
    return;
  set_cursor (self, row, column);
  choose (self, row, column);
}

static void
move_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawConfusion *self = THAW_CONFUSION (widget);
  int down, across;

  if (!self->counts)
    return;
  g_variant_get (parameter, "(ii)", &down, &across);
  set_cursor (self, CLAMP (MAX (self->row, 0) + (self->row < 0 ? 0 : down), 0, self->n - 1), CLAMP (MAX (self->column, 0) + (self->column < 0 ? 0 : across), 0, self->n - 1));
}

static void
choose_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawConfusion *self = THAW_CONFUSION (widget);

  if (self->counts)
    choose (self, self->row, self->column);
}

void
thaw_confusion_get_cursor (ThawConfusion *self, int *row, int *column)
{
  *row = self->row;
  *column = self->column;
}

/* --- content --- */

static void
forget (ThawConfusion *self)
{
  g_clear_pointer (&self->counts, g_free);
  g_clear_pointer (&self->rows, g_free);
  g_clear_pointer (&self->columns, g_free);
  g_clear_pointer (&self->labels, g_strfreev);
  self->n = 0;
}

static void
take (ThawConfusion *self, const guint64 *counts, const char *const *labels)
{
  const gsize n = g_strv_length ((char **) labels);

  self->n = (int) n;
  self->labels = g_strdupv ((char **) labels);
  self->counts = g_memdup2 (counts, n * n * sizeof *counts);
  self->rows = g_new0 (guint64, n);
  self->columns = g_new0 (guint64, n);
  for (gsize i = 0; i < n * n; i++)
    {
      self->rows[i / n] += counts[i];
      self->columns[i % n] += counts[i];
    }
}

void
thaw_confusion_set (ThawConfusion *self, const guint64 *counts, const char *const *labels)
{
  forget (self);
  if (counts && labels && *labels)
    take (self, counts, labels);
  if (self->row >= self->n || self->column >= self->n)
    self->row = self->column = -1;
  self->hover_row = self->hover_column = -1;
  update_text (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* --- object --- */

static void
set_adjustment (ThawConfusion *self, GtkAdjustment **own, GtkAdjustment *adjustment)
{
  if (*own)
    g_signal_handlers_disconnect_by_data (*own, self);
  g_clear_object (own);
  if (!adjustment)
    return;
  *own = g_object_ref_sink (adjustment);
  g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (gtk_widget_queue_draw), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
thaw_confusion_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawConfusion *self = THAW_CONFUSION (object);

  switch (id)
    {
    case PROP_HADJUSTMENT:
      set_adjustment (self, &self->horizontal, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, &self->vertical, g_value_get_object (value));
      break;
    case PROP_HSCROLL_POLICY:
      self->horizontal_policy = g_value_get_enum (value);
      break;
    case PROP_VSCROLL_POLICY:
      self->vertical_policy = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_confusion_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawConfusion *self = THAW_CONFUSION (object);

  switch (id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->horizontal);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->vertical);
      break;
    case PROP_HSCROLL_POLICY:
      g_value_set_enum (value, self->horizontal_policy);
      break;
    case PROP_VSCROLL_POLICY:
      g_value_set_enum (value, self->vertical_policy);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_confusion_dispose (GObject *object)
{
  ThawConfusion *self = THAW_CONFUSION (object);

  set_adjustment (self, &self->horizontal, NULL);
  set_adjustment (self, &self->vertical, NULL);
  forget (self);
  g_clear_pointer (&self->text, g_free);
  G_OBJECT_CLASS (thaw_confusion_parent_class)->dispose (object);
}

static void
add_keys (GtkWidgetClass *klass)
{
  static const struct { guint key; int down, across; } moves[] = {
    { GDK_KEY_Up, -1, 0 }, { GDK_KEY_Down, 1, 0 }, { GDK_KEY_Left, 0, -1 }, { GDK_KEY_Right, 0, 1 },
    { GDK_KEY_KP_Up, -1, 0 }, { GDK_KEY_KP_Down, 1, 0 }, { GDK_KEY_KP_Left, 0, -1 }, { GDK_KEY_KP_Right, 0, 1 },
    { GDK_KEY_Page_Up, -10, 0 }, { GDK_KEY_Page_Down, 10, 0 }, { GDK_KEY_Home, 0, -G_MAXINT16 }, { GDK_KEY_End, 0, G_MAXINT16 },
  };
  static const guint choices[] = { GDK_KEY_Return, GDK_KEY_KP_Enter, GDK_KEY_space };

  gtk_widget_class_install_action (klass, "confusion.move", "(ii)", move_cb);
  gtk_widget_class_install_action (klass, "confusion.choose", NULL, choose_cb);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    gtk_widget_class_add_binding_action (klass, moves[i].key, 0, "confusion.move", "(ii)", moves[i].down, moves[i].across);
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    gtk_widget_class_add_binding_action (klass, choices[i], 0, "confusion.choose", NULL);
}

static void
thaw_confusion_class_init (ThawConfusionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = thaw_confusion_set_property;
  object_class->get_property = thaw_confusion_get_property;
  object_class->dispose = thaw_confusion_dispose;
  widget_class->measure = thaw_confusion_measure;
  widget_class->size_allocate = thaw_confusion_size_allocate;
  widget_class->snapshot = thaw_confusion_snapshot;
  text_property = g_param_spec_string ("text", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property (object_class, PROP_TEXT, text_property);
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", THAW_TYPE_CONFUSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  add_keys (widget_class);
  gtk_widget_class_set_css_name (widget_class, "confusion");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TABLE);
}

static void
thaw_confusion_init (ThawConfusion *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->hover_row = self->hover_column = self->row = self->column = -1;
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  update_text (self);
}

GtkWidget *
thaw_confusion_new (void)
{
  return g_object_new (THAW_TYPE_CONFUSION, NULL);
}
