/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-grid FOLDER: imports it into the Images page of a window, then scrolls the grid from end to end; the frame clock tells the gaps
 * between frames and what the main thread computed in each, /proc the memory. Best with 50 000 small pictures. */
#include "pages/thaw-images-page.h"
#include "widgets/thaw-picture-grid.h"

#include <stdio.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-text.h>

#define SCROLL_SECONDS 20

typedef struct
{
  const char    *name;
  GArray        *gaps;   /* ms */
  GArray        *work;   /* ms of the main thread's processor time in each */
  gint64         last;
  double         worked;
  GtkAdjustment *adjustment; /* scrolled while it is not NULL */
  gint64         began;
  gboolean       done;
} Watch;

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Watch *self = data;
  gint64 now = g_get_monotonic_time ();
  double gap = (now - self->last) / 1e3, worked = thaw_thread_seconds () * 1e3, work = worked - self->worked;

  if (self->last)
    {
      g_array_append_val (self->gaps, gap);
      g_array_append_val (self->work, work);
    }
  self->last = now;
  self->worked = worked;
  if (self->adjustment)
    {
      double share = (now - self->began) / (SCROLL_SECONDS * 1e6), end = gtk_adjustment_get_upper (self->adjustment);

      gtk_adjustment_set_value (self->adjustment, MIN (share, 1) * end);
      self->done = share >= 1;
    }
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

/* @share: 1 the longest */
static double
percentile (GArray *values, double share)
{
  return values->len ? g_array_index (values, double, (guint) (share * (values->len - 1))) : 0;
}

static void
report (Watch *self)
{
  g_array_sort (self->gaps, compare_cb);
  g_array_sort (self->work, compare_cb);
  printf ("%-8s %5u frames; gaps: longest %.1f ms, 99th percentile %.1f ms, median %.1f ms; main thread in one: %.1f, %.1f, %.1f ms; peak memory %.0f MiB\n",
          self->name, self->gaps->len, percentile (self->gaps, 1), percentile (self->gaps, .99), percentile (self->gaps, .5),
          percentile (self->work, 1), percentile (self->work, .99), percentile (self->work, .5), thaw_peak_rss_mib ());
  fflush (stdout);
  g_array_set_size (self->gaps, 0);
  g_array_set_size (self->work, 0);
  self->last = 0;
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawImportAccount) account = thaw_pictures_import_finish (THAW_PICTURES (source), result, &error);

  if (account)
    printf ("%u pictures\n", account->n_pictures);
  else
    printf ("%s\n", error->message);
  ((Watch *) data)->done = TRUE;
}

static void
run (Watch *watch)
{
  watch->done = FALSE;
  watch->began = g_get_monotonic_time ();
  while (!watch->done)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
done_cb (gpointer data)
{
  ((Watch *) data)->done = TRUE;
  return G_SOURCE_REMOVE;
}

static GtkWidget *
find (GtkWidget *root, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (root, type) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child && !found; child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

int
main (int argc, char **argv)
{
  g_autoptr (ThawSession) session = NULL;
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  GtkWidget *window, *page;
  Watch watch = { "import", g_array_new (FALSE, FALSE, sizeof (double)), g_array_new (FALSE, FALSE, sizeof (double)) };

  if (argc != 2)
    return 2;
  adw_init ();
  session = thaw_session_new ();
  page = g_object_new (THAW_TYPE_IMAGES_PAGE, NULL);
  thaw_images_page_set_session (THAW_IMAGES_PAGE (page), session);
  window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  gtk_window_set_child (GTK_WINDOW (window), page);
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_add_tick_callback (page, tick_cb, &watch, NULL);
  g_ptr_array_add (items, thaw_import_item_new (argv[1]));
  g_timeout_add (1000, done_cb, &watch);
  run (&watch);
  report (&watch);
  thaw_pictures_import_async (thaw_session_get_pictures (session), items, NULL, imported_cb, &watch);
  run (&watch);
  report (&watch);
  watch.name = "after";
  g_timeout_add (5000, done_cb, &watch);
  run (&watch);
  report (&watch);
  watch.name = "scroll";
  watch.adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (find (find (page, THAW_TYPE_PICTURE_GRID), GTK_TYPE_GRID_VIEW)));
  run (&watch);
  report (&watch);
  return 0;
}
