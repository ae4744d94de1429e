/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of backbones with a catalogue of three, which a server on the loopback interface has. */
#include "widgets/thaw-backbone-browser.h"
#include "widgets/thaw-backbone-chooser.h"
#include "widgets/thaw-backbone-row.h"

#include <libsoup/soup.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-network.h>

#include <glib/gstdio.h>
#include <string.h>

#include "thaw-test-model.h"
#include "thaw-test.h"
#include "thaw-widget-test.h"

/* small is what the server has; grand is more accurate, slower, and not for commerce */
#define ENTRY                                                                                                                                         \
  "{\"name\":\"%s\",\"architecture\":\"%s\",\"standard\":true,\"url\":\"https://files.invalid/%s.safetensors\",\"bytes\":%" G_GSIZE_FORMAT             \
  ",\"bytes_are\":\"exact\",\"sha256\":\"%.10s\",\"parameters\":%d,\"multiply_adds\":%d,\"top1\":%d,\"resize\":36,\"size\":32,"                        \
  "\"interpolation\":\"bilinear\",\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5],\"licence\":\"%s\"}"

typedef struct
{
  ThawBackbones       *backbones;
  GtkWindow           *window;
  ThawBackboneBrowser *browser;
  ThawBackboneItem    *chosen;
} Fixture;

static GBytes *file;
static guint requests;
static gboolean wrong, silent;

static void
serve_cb (SoupServer *self, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  requests++;
  soup_server_message_set_status (message, silent ? 503 : 200, NULL);
  if (!silent)
    soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_COPY, g_bytes_get_data (file, NULL),
                                      g_bytes_get_size (file) - (wrong ? 1 : 0));
}

static void
begin_server (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  SoupServer *server;
  GSList *uris;

  server = soup_server_new ("server-header", "test", NULL);
  soup_server_add_handler (server, NULL, serve_cb, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  address = g_uri_to_string (uris->data);
  g_setenv ("THAW_CATALOGUE_MIRROR", address, TRUE);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
write_catalogue (void)
{
  g_autofree char *folder = thaw_test_directory (), *path = g_build_filename (folder, "catalogue.json", NULL);
  g_autofree char *model = thaw_test_backbone ("mobilenet_v1_x0_25", 0, 1), *sum = NULL, *text = NULL, *content = NULL;
  const char *none = "0123456789abcdef";
  gsize size;

  g_assert_true (g_file_get_contents (model, &content, &size, NULL));
  file = g_bytes_new_take (g_steal_pointer (&content), size);
  sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, file);
  text = g_strdup_printf ("{\"weights\":[" ENTRY "," ENTRY "," ENTRY "]}", "small-1", "mobilenet_v1_x0_25", "small-1", size, sum, 470000, 1000000, 50, "MIT",
                          "grand-1", "vit_h_14", "grand-1", (gsize) 2000000, none, 99000000, 2000000000, 99, "CC-BY-NC-4.0", "middle-1", "resnet18", "middle-1",
                          (gsize) 1000000, none, 11000000, 3000000, 70, "BSD-3-Clause");
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_setenv ("THAW_CATALOGUE", path, TRUE);
  g_setenv ("THAW_BACKBONES", folder, TRUE);
}

static void
chosen_cb (Fixture *self, ThawBackboneItem *item)
{
  self->chosen = item;
}

static guint
n_rows (Fixture *self)
{
  return thaw_widget_count (GTK_WIDGET (self->browser), THAW_TYPE_BACKBONE_ROW);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  requests = 0;
  wrong = silent = FALSE;
  self->backbones = thaw_backbones_new ();
  self->browser = g_object_new (THAW_TYPE_BACKBONE_BROWSER, NULL);
  self->window = GTK_WINDOW (gtk_window_new ());
  g_signal_connect_swapped (self->browser, "chosen", G_CALLBACK (chosen_cb), self);
  thaw_backbone_browser_set_backbones (self->browser, self->backbones);
  gtk_window_set_child (self->window, GTK_WIDGET (self->browser));
  gtk_window_set_default_size (self->window, 460, 700);
  gtk_window_present (self->window);
  thaw_backbone_browser_show (self->browser, NULL, 500);
  /* three, and the packages */
  while (n_rows (self) < 6)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_ref (self->browser);
  gtk_window_destroy (self->window);
  thaw_widget_settle (50);
  g_assert_finalize_object (self->browser);
  g_assert_finalize_object (self->backbones);
}

static ThawBackboneRow *
row_at (Fixture *self, int i)
{
  GtkListBox *list = GTK_LIST_BOX (thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_LIST_BOX, NULL));

  return THAW_BACKBONE_ROW (gtk_list_box_get_row_at_index (list, i));
}

static const char *
name_at (Fixture *self, int i)
{
  return thaw_backbone_item_get_name (thaw_backbone_row_get_item (row_at (self, i)));
}

static void
act (Fixture *self, const char *action, const char *target)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->browser), action, "s", target));
}

static void
search (Fixture *self, const char *words)
{
  GtkWidget *entry = thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_SEARCH_ENTRY, NULL);

  gtk_editable_set_text (GTK_EDITABLE (entry), words);
  thaw_widget_settle (300);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  /* packages, then by what is to compute */
  g_assert_cmpstr (name_at (self, 0), ==, "efficientnet_lite0");
  g_assert_cmpstr (name_at (self, 3), ==, "small-1");
  act (self, "backbone.order", "accuracy");
  g_assert_cmpstr (name_at (self, 0), ==, "grand-1");
  g_assert_cmpstr (name_at (self, 5), ==, "small-1");
  act (self, "backbone.order", "size");
  g_assert_cmpstr (name_at (self, 0), ==, "small-1");
  g_assert_cmpstr (name_at (self, 5), ==, "grand-1");
  act (self, "backbone.order", "speed");
  g_assert_cmpstr (name_at (self, 1), ==, "middle-1");
  search (self, "cc-by");
  g_assert_cmpuint (n_rows (self), ==, 1);
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_LABEL, "CC-BY-NC-4.0: no commercial use"));
  search (self, "no such thing");
  g_assert_cmpuint (n_rows (self), ==, 0);
  search (self, "");
  g_assert_cmpuint (n_rows (self), ==, 6);
  /* nothing was asked for, and so was nothing of the server */
  g_assert_cmpuint (requests, ==, 0);
}

/* The list is made anew, as when a backbone was imported meanwhile: who has come to a row with the keyboard stays there */
static void
test_focus (Fixture *self, gconstpointer data)
{
  GListModel *model = G_LIST_MODEL (self->backbones);
  const guint n = g_list_model_get_n_items (model);

  for (int i = 0; i < 6; i += 5)
    {
      g_autofree char *name = g_strdup (name_at (self, i));

      g_assert_true (gtk_widget_grab_focus (GTK_WIDGET (row_at (self, i))));
      g_list_model_items_changed (model, 0, n, n);
      g_assert_true (gtk_window_get_focus (self->window) == GTK_WIDGET (row_at (self, i)));
      g_assert_cmpstr (name_at (self, i), ==, name);
      while (n_rows (self) < 6)
        g_main_context_iteration (NULL, TRUE);
    }
}

static gboolean
is (ThawBackboneItem *item, const char *property)
{
  gboolean value;

  g_object_get (item, property, &value, NULL);
  return value;
}

static void
until_over (ThawBackboneItem *item)
{
  while (is (item, "downloading"))
    g_main_context_iteration (NULL, TRUE);
}

static char *
problem_of (ThawBackboneItem *item)
{
  char *problem;

  g_object_get (item, "problem", &problem, NULL);
  return problem;
}

/* A wrong file, one that is stopped, one that comes; then it can be chosen, and stands first */
static void
test_download (Fixture *self, gconstpointer data)
{
  ThawBackboneItem *item = thaw_backbones_find (self->backbones, "small-1");
  g_autofree char *problem = NULL, *path = NULL;
  gint64 received;

  g_assert_null (thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_LABEL, "On this machine"));
  g_assert_false (gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (row_at (self, 3))));
  wrong = TRUE;
  act (self, "backbone.download", "small-1");
  g_assert_true (is (item, "downloading"));
  until_over (item);
  problem = problem_of (item);
  g_assert_nonnull (strstr (problem, "the catalogue names one of"));
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_LABEL, problem));
  silent = TRUE;
  act (self, "backbone.download", "small-1");
  while (requests < 2)
    g_main_context_iteration (NULL, TRUE);
  act (self, "backbone.stop", "small-1");
  until_over (item);
  g_assert_false (is (item, "installed"));
  g_assert_null (problem_of (item));
  wrong = silent = FALSE;
  act (self, "backbone.download", "small-1");
  until_over (item);
  g_assert_true (is (item, "installed"));
  path = thaw_backbone_find ("small-1");
  g_assert_true (path && g_str_has_suffix (path, "/thaw/backbones/small-1.safetensors"));
  g_assert_cmpstr (name_at (self, 0), ==, "small-1");
  g_object_get (item, "received", &received, NULL);
  g_assert_cmpint (received, ==, 0);
  g_signal_emit_by_name (row_at (self, 0), "activate");
  g_assert_true (self->chosen == item);
  /* read again, it is still the same object, and installed */
  thaw_backbones_refresh (self->backbones);
  thaw_widget_settle (300);
  g_assert_true (thaw_backbones_find (self->backbones, "small-1") == item && is (item, "installed"));
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (self->browser), GTK_TYPE_LABEL, "On this machine"));
}

/* A project's own that is not here is offered beside the words that say so, and opened when it has come */
static void
test_missing (void)
{
  g_autoptr (ThawHistory) history = thaw_history_new ();
  g_autoptr (ThawNetwork) network = thaw_network_new (history);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  ThawBackboneChooser *chooser = g_object_new (THAW_TYPE_BACKBONE_CHOOSER, NULL);
  GtkWindow *window = GTK_WINDOW (gtk_window_new ());

  requests = 0;
  wrong = silent = FALSE;
  thaw_network_from_json (network, "{\"backbone\":\"small-1\",\"head\":\"dropout=0.5,linear\"}", &error);
  g_assert_no_error (error);
  thaw_backbone_chooser_set_network (chooser, network);
  gtk_window_set_child (window, GTK_WIDGET (chooser));
  gtk_window_present (window);
  while (thaw_widget_count (GTK_WIDGET (chooser), THAW_TYPE_BACKBONE_ROW) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (thaw_network_get_missing (network), ==, "small-1");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (chooser), "backbone.download", "s", "small-1"));
  while (!thaw_network_get_model (network))
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (thaw_network_get_missing (network));
  g_assert_cmpuint (requests, ==, 1);
  g_object_ref (chooser);
  gtk_window_destroy (window);
  thaw_widget_settle (50);
  g_assert_finalize_object (chooser);
  /* for the test after this */
  path = thaw_backbone_find ("small-1");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  /* before there are threads */
  begin_server ();
  write_catalogue ();
  gtk_test_init (&argc, &argv);
  adw_init ();
  g_test_add ("/app/backbone-browser/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/app/backbone-browser/focus", Fixture, NULL, set_up, test_focus, tear_down);
  g_test_add_func ("/app/backbone-browser/missing", test_missing);
  g_test_add ("/app/backbone-browser/download", Fixture, NULL, set_up, test_download, tear_down);
  return g_test_run ();
}
