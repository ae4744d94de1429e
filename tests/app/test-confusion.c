/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-confusion.h"
#include "thaw-widget-test.h"

#include <string.h>

static GtkWidget *window;
static ThawConfusion *confusion;
static int chosen_label, chosen_prediction, n_chosen;

static void
chosen_cb (ThawConfusion *self, int label, int prediction)
{
  chosen_label = label;
  chosen_prediction = prediction;
  n_chosen++;
}

static void
set_up (void)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  confusion = THAW_CONFUSION (thaw_confusion_new ());
  n_chosen = 0;
  g_signal_connect (confusion, "chosen", G_CALLBACK (chosen_cb), NULL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (confusion));
  window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 500, 400);
  gtk_window_set_child (GTK_WINDOW (window), scrolled);
  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (300);
}

static void
tear_down (void)
{
  GtkWidget *own = GTK_WIDGET (g_object_ref (confusion));

  gtk_window_destroy (GTK_WINDOW (window));
  thaw_widget_settle (300);
  g_assert_finalize_object (own);
}

static void
set_two (void)
{
  thaw_confusion_set (confusion, (const guint64[]){ 67, 3, 4, 79 }, (const char *const[]){ "ants", "bees", NULL });
}

/* A class's pictures i times right, once the next class */
static void
set_many (guint n)
{
  g_autofree guint64 *counts = g_new0 (guint64, n * n);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      counts[i * n + i] = 100 + i;
      counts[i * n + (i + 1) % n] = 1;
      g_ptr_array_add (labels, g_strdup_printf ("class with a name %u", i));
    }
  g_ptr_array_add (labels, NULL);
  thaw_confusion_set (confusion, counts, (const char *const *) labels->pdata);
}

static void
check_text (int label, int prediction, const char *expected)
{
  g_autofree char *text = thaw_confusion_dup_text (confusion, label, prediction);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_words (void)
{
  set_up ();
  check_text (0, 0, NULL);
  set_two ();
  check_text (1, 0, "4 of 83 pictures of “bees” were called “ants” (4.8 %).");
  check_text (0, 0, "67 of 70 pictures of “ants” were recognised (95.7 %).");
  check_text (1, -1, "83 pictures of “bees”, 95.2 % of them recognised.");
  check_text (-1, 1, "82 pictures were called “bees”, 96.3 % of these rightly.");
  check_text (2, 0, NULL);
  check_text (-1, -1, NULL);
  thaw_confusion_set (confusion, (const guint64[]){ 0, 0, 0, 1 }, (const char *const[]){ "a", "b", NULL });
  check_text (0, 1, "There is no picture of “a” to measure it by.");
  check_text (-1, 0, "No picture was called “a”.");
  tear_down ();
}

static void
move (int down, int across)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (confusion), "confusion.move", "(ii)", down, across));
}

static void
check_cursor (int row, int column)
{
  int found_row, found_column;

  thaw_confusion_get_cursor (confusion, &found_row, &found_column);
  g_assert_cmpint (found_row, ==, row);
  g_assert_cmpint (found_column, ==, column);
}

/* The cursor goes as far as there are cells, says where it is, and chooses */
static void
test_keys (void)
{
  g_autofree char *text = NULL;

  set_up ();
  move (1, 0);
  check_cursor (-1, -1);
  set_two ();
  gtk_widget_activate_action (GTK_WIDGET (confusion), "confusion.choose", NULL);
  g_assert_cmpint (n_chosen, ==, 0);
  move (1, 0);
  check_cursor (0, 0);
  move (1, 0);
  move (1, 0);
  check_cursor (1, 0);
  g_object_get (confusion, "text", &text, NULL);
  g_assert_cmpstr (text, ==, "4 of 83 pictures of “bees” were called “ants” (4.8 %).");
  gtk_widget_activate_action (GTK_WIDGET (confusion), "confusion.choose", NULL);
  g_assert_cmpint (n_chosen, ==, 1);
  g_assert_cmpint (chosen_label, ==, 1);
  g_assert_cmpint (chosen_prediction, ==, 0);
  move (0, 32767);
  check_cursor (1, 1);
  thaw_confusion_set (confusion, NULL, NULL);
  check_cursor (-1, -1);
  tear_down ();
}

static GtkAdjustment *
adjustment_of (const char *name)
{
  g_autoptr (GtkAdjustment) adjustment = NULL;

  g_object_get (confusion, name, &adjustment, NULL);
  return adjustment;
}

/* Two classes fit; a hundred are scrolled, keep cells that can be read, and the cursor stays in sight */
static void
test_sizes (void)
{
  set_up ();
  set_two ();
  thaw_widget_settle (300);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment_of ("hadjustment")), <=, gtk_adjustment_get_page_size (adjustment_of ("hadjustment")));
  set_many (100);
  thaw_widget_settle (300);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment_of ("hadjustment")), >=, 100 * 22);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment_of ("vadjustment")), >=, 100 * 22);
  move (0, 0);
  move (90, 50);
  check_cursor (90, 50);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment_of ("vadjustment")), >, 0);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment_of ("hadjustment")), >, 0);
  set_two ();
  thaw_widget_settle (300);
  check_cursor (-1, -1);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment_of ("vadjustment")), ==, 0);
  tear_down ();
}

/* What is drawn (transfer full), premultiplied, blue first; NULL: nothing */
static guint8 *
draw (int width, int height)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (confusion));
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  guint8 *pixels;

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  if (!node)
    return NULL;
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (GTK_WIDGET (confusion))), node,
                                         &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  pixels = g_new (guint8, 4 * width * height);
  gdk_texture_download (texture, pixels, (gsize) width * 4);
  return pixels;
}

static gboolean
has_colour (gboolean (*is_it) (const GdkRGBA *colour))
{
  const int width = gtk_widget_get_width (GTK_WIDGET (confusion)), height = gtk_widget_get_height (GTK_WIDGET (confusion));
  g_autofree guint8 *pixels = draw (width, height);

  for (int i = 0; pixels && i < width * height; i++)
    {
      const GdkRGBA colour = { pixels[4 * i + 2] / 255.f, pixels[4 * i + 1] / 255.f, pixels[4 * i] / 255.f, pixels[4 * i + 3] / 255.f };

      if (is_it (&colour))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_blue (const GdkRGBA *colour)
{
  return colour->alpha > .8f && colour->blue > .6f && colour->red < .4f;
}

static gboolean
is_orange (const GdkRGBA *colour)
{
  return colour->red > .2f && colour->alpha > .2f && colour->red > 1.3f * colour->blue && colour->blue < .4f;
}

static void
test_colours (void)
{
  set_up ();
  g_assert_false (has_colour (is_blue));
  set_two ();
  thaw_widget_settle (300);
  g_assert_true (has_colour (is_blue));
  g_assert_true (has_colour (is_orange));
  thaw_confusion_set (confusion, (const guint64[]){ 5, 0, 0, 5 }, (const char *const[]){ "a", "b", NULL });
  thaw_widget_settle (300);
  g_assert_true (has_colour (is_blue));
  g_assert_false (has_colour (is_orange));
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/confusion/words", test_words);
  g_test_add_func ("/confusion/keys", test_keys);
  g_test_add_func ("/confusion/sizes", test_sizes);
  g_test_add_func ("/confusion/colours", test_colours);
  return g_test_run ();
}
