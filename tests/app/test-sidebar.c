/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-backbone-chooser.h"
#include "widgets/thaw-footer.h"
#include "widgets/thaw-head-editor.h"
#include "widgets/thaw-layer-tree-private.h"

#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-pool.h>

#include "thaw-test.h"

/* 1 000 layers: 250 blocks of convolution, batch normalization, activation and sum */
#define BLOCKS 250

/* the parts of the sidebar on a made-up network */
typedef struct
{
  ThawHistory   *history;
  ThawNetwork   *network;
  GtkWindow     *window;
  ThawLayerTree *tree;
  ThawFooter    *footer;
  double         opening;  /* seconds */
} Fixture;

static void
spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Until a frame was drawn */
static void
tick_cb (GdkFrameClock *clock, gboolean *drawn)
{
  *drawn = TRUE;
}

static void
draw (Fixture *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  gboolean drawn = FALSE;
  gulong handler = g_signal_connect (clock, "after-paint", G_CALLBACK (tick_cb), &drawn);

  gtk_widget_queue_draw (GTK_WIDGET (self->window));
  while (!drawn)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (clock, handler);
  spin ();
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, guint i)
{
  const ThawConvSpec conv = { .out = 4, .kernel = 1 };
  g_autofree char *block = g_strdup_printf ("stages.%u.%u", i / 50, i % 50);
  g_autofree char *name = g_strconcat (block, ".conv", NULL), *norm = g_strconcat (block, ".bn", NULL),
                  *act = g_strconcat (block, ".act", NULL), *sum = g_strconcat (block, ".add", NULL);
  ThawNode *y = thaw_nn_batchnorm (b, thaw_nn_conv (b, x, name, &conv), norm, 1e-5);

  return thaw_nn_add (b, x, thaw_nn_activation (b, y, act, THAW_ACTIVATION_RELU), sum);
}

/* (transfer full) */
static char *
write_network (void)
{
  static char *path;
  g_autofree char *folder = NULL;
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  ThawTensorMap *parameters = thaw_tensor_map_new ();
  ThawBuilder b = { .graph = graph };
  const ThawShape input = { 4, { 1, 8, 8, 3 } };
  const ThawConvSpec stem = { .out = 4, .kernel = 3, .pad = 1 };
  ThawNode *x = thaw_graph_add_input (graph, "input", &input), *features;
  g_autoptr (ThawModel) model = NULL;
  GError *error = NULL;

  if (path)
    {
      thaw_tensor_map_unref (parameters);
      return g_strdup (path);
    }
  folder = thaw_test_directory ();
  path = g_build_filename (folder, "thousand.onnx", NULL);
  x = thaw_nn_conv (&b, x, "stem", &stem);
  for (guint i = 0; i < BLOCKS; i++)
    x = add_block (&b, x, i);
  features = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "pool"), "flatten");
  x = thaw_nn_linear (&b, features, "fc", 10, TRUE);
  g_assert_no_error (b.error);
  thaw_graph_add_output (graph, x);
  thaw_nn_initialise (graph, parameters, "", 1);
  model = thaw_model_new ("thousand", thaw_graph_ref (graph), parameters, features);
  model->preprocessing = (ThawPreprocessing){ .width = 8, .height = 8, .std = { 1, 1, 1 } };
  g_assert_true (thaw_onnx_save (model, FALSE, path, &error));
  g_assert_no_error (error);
  return g_strdup (path);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *path = write_network ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  double start;

  self->history = thaw_history_new ();
  self->network = thaw_network_new (self->history);
  self->window = GTK_WINDOW (gtk_window_new ());
  self->tree = g_object_new (THAW_TYPE_LAYER_TREE, "vexpand", TRUE, NULL);
  self->footer = g_object_new (THAW_TYPE_FOOTER, NULL);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tree));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->footer));
  gtk_window_set_child (self->window, box);
  gtk_window_set_default_size (self->window, 460, 700);
  thaw_layer_tree_set_network (self->tree, self->network);
  thaw_footer_set_network (self->footer, self->network);
  gtk_window_present (self->window);
  thaw_network_set_backbone (self->network, path);
  start = thaw_thread_seconds ();
  thaw_test_until_idle (self->network);
  g_assert_nonnull (thaw_network_get_model (self->network));
  draw (self);
  self->opening = thaw_thread_seconds () - start;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_ref (self->tree);
  g_object_ref (self->footer);
  gtk_window_destroy (self->window);
  spin ();
  g_assert_finalize_object (self->tree);
  g_assert_finalize_object (self->footer);
  g_assert_finalize_object (self->network);
  g_assert_finalize_object (self->history);
}

static void
act (Fixture *self, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->tree), action, NULL));
}

static ThawTrains
trains (Fixture *self, const char *name)
{
  ThawTrains state;

  g_object_get (thaw_network_find_layer (self->network, name), "trains", &state, NULL);
  return state;
}

static guint
n_rows (Fixture *self)
{
  thaw_layer_tree_fill (self->tree);
  return g_list_model_get_n_items (G_LIST_MODEL (self->tree->selection));
}

/* Actions are about the current row; presets show what is so; undo brings it back */
static void
test_actions (Fixture *self, gconstpointer data)
{
  g_autofree char *preset = NULL;

  thaw_layer_tree_show (self->tree, "stages.3.7");
  g_assert_cmpstr (thaw_layer_row_get_name (thaw_layer_tree_get_current (self->tree)), ==, "stages.3.7");
  act (self, "tree.toggle");
  g_assert_cmpint (trains (self, "stages.3.7"), ==, THAW_TRAINS_ALL);
  g_assert_cmpint (trains (self, "stages.3"), ==, THAW_TRAINS_SOME);
  g_object_get (self->tree, "preset", &preset, NULL);
  g_assert_cmpstr (preset, ==, "custom");
  act (self, "tree.train-from");
  g_assert_cmpint (trains (self, "stages.3.6"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (self, "stages.4"), ==, THAW_TRAINS_ALL);
  act (self, "tree.freeze-up-to");
  g_assert_cmpint (trains (self, "stages.3.7"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (self, "stages.3.8"), ==, THAW_TRAINS_ALL);
  gtk_widget_activate_action (GTK_WIDGET (self->tree), "tree.preset", "s", "all");
  g_assert_cmpint (trains (self, ""), ==, THAW_TRAINS_ALL);
  thaw_layer_tree_show (self->tree, "stages.3.7.bn");
  act (self, "tree.use-batch-statistics");
  for (int i = 0; i < 5; i++)
    thaw_history_undo (self->history);
  g_assert_cmpint (trains (self, "stages"), ==, THAW_TRAINS_NO);
  draw (self);
}

/* Rows stay open and where they are when something is toggled */
static void
test_stays (Fixture *self, gconstpointer data)
{
  guint rows, position;

  act (self, "tree.expand-all");
  rows = n_rows (self);
  g_assert_cmpuint (rows, >, 1000);
  thaw_layer_tree_show (self->tree, "stages.4.20.conv");
  draw (self);
  position = gtk_single_selection_get_selected (self->tree->selection);
  act (self, "tree.toggle");
  draw (self);
  g_assert_cmpuint (n_rows (self), ==, rows);
  g_assert_cmpuint (gtk_single_selection_get_selected (self->tree->selection), ==, position);
  act (self, "tree.collapse-all");
  g_assert_cmpuint (n_rows (self), <, 20);
}

static void
test_search (Fixture *self, gconstpointer data)
{
  const guint before = n_rows (self);
  gboolean found = FALSE;

  thaw_layer_tree_search (self->tree, "stages.2.31");
  for (guint i = 0; i < n_rows (self); i++)
    {
      g_autoptr (GtkTreeListRow) list_row = g_list_model_get_item (G_LIST_MODEL (self->tree->selection), i);
      g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);

      g_assert_true (g_str_has_prefix ("stages.2.31", thaw_layer_row_get_name (row)));
      found |= g_str_equal (thaw_layer_row_get_name (row), "stages.2.31");
    }
  g_assert_true (found);
  thaw_layer_tree_search (self->tree, "normalization");
  g_assert_cmpuint (n_rows (self), >, BLOCKS);
  thaw_layer_tree_search (self->tree, "nothing is called so");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->tree->stack), ==, "nothing");
  thaw_layer_tree_search (self->tree, "");
  g_assert_cmpuint (n_rows (self), ==, before);
  draw (self);
}

static void
test_sorting (Fixture *self, gconstpointer data)
{
  thaw_layer_tree_show (self->tree, "stages.0.0");
  gtk_column_view_sort_by_column (self->tree->view, self->tree->parameters, GTK_SORT_DESCENDING);
  g_assert_true (gtk_widget_get_visible (self->tree->order));
  act (self, "tree.network-order");
  g_assert_false (gtk_widget_get_visible (self->tree->order));
  draw (self);
}

/* A run trains: nothing of it can be had, and the boxes say why */
static void
test_problem (Fixture *self, gconstpointer data)
{
  thaw_layer_tree_show (self->tree, "stages.0");
  thaw_layer_tree_set_problem (self->tree, "Because.");
  gtk_widget_activate_action (GTK_WIDGET (self->tree), "tree.toggle", NULL);
  g_assert_cmpint (trains (self, "stages.0"), ==, THAW_TRAINS_NO);
  thaw_layer_tree_set_problem (self->tree, NULL);
  act (self, "tree.toggle");
  g_assert_cmpint (trains (self, "stages.0"), ==, THAW_TRAINS_ALL);
  draw (self);
}

static void
check_head (Fixture *self, const char *expected)
{
  g_autofree char *head = NULL;

  g_object_get (self->network, "head", &head, NULL);
  g_assert_cmpstr (head, ==, expected);
}

/* Buttons that cannot be pressed: each says why */
static void
find_dead (GtkWidget *widget, GPtrArray *dead)
{
  if (GTK_IS_BUTTON (widget) && gtk_widget_get_mapped (widget) && gtk_widget_has_css_class (widget, "flat")
      && gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_BOX_ROW) && !gtk_widget_get_sensitive (widget))
    {
      g_assert_cmpuint (strlen (gtk_widget_get_tooltip_text (widget)), >, 20);
      g_ptr_array_add (dead, widget);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    find_dead (child, dead);
}

static void
test_head_editor (Fixture *self, gconstpointer data)
{
  ThawHeadEditor *editor = thaw_head_editor_new (self->network, self->history, self->window);
  g_autoptr (GPtrArray) dead = g_ptr_array_new ();

  gtk_window_present (GTK_WINDOW (editor));
  spin ();
  /* the first cannot go up or down, the last can do nothing */
  find_dead (GTK_WIDGET (editor), dead);
  g_assert_cmpuint (dead->len, ==, 5);
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.add", "s", "linear");
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.add", "s", "activation");
  check_head (self, "dropout=0.2,linear=128,relu,linear");
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.move-at", "(uu)", 0, 2);
  check_head (self, "linear=128,relu,dropout=0.2,linear");
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.move-at", "(uu)", 2, 3);
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.remove-at", "u", 3);
  check_head (self, "linear=128,relu,dropout=0.2,linear");
  thaw_head_editor_show_layer (editor, 1);
  gtk_widget_activate_action (GTK_WIDGET (editor), "head.remove", NULL);
  check_head (self, "linear=128,dropout=0.2,linear");
  for (int i = 0; i < 4; i++)
    gtk_widget_activate_action (GTK_WIDGET (editor), "head.undo", NULL);
  check_head (self, THAW_HEAD_DEFAULT);
  spin ();
  g_object_ref (editor);
  gtk_window_destroy (GTK_WINDOW (editor));
  spin ();
  g_assert_finalize_object (editor);
}

static void
test_chooser (Fixture *self, gconstpointer data)
{
  ThawBackboneChooser *chooser = g_object_new (THAW_TYPE_BACKBONE_CHOOSER, NULL);

  g_object_ref_sink (chooser);
  thaw_backbone_chooser_set_network (chooser, self->network);
  thaw_backbone_chooser_set_problem (chooser, "A run trains.");
  spin ();
  thaw_backbone_chooser_set_problem (chooser, NULL);
  g_assert_finalize_object (chooser);
}

/* The most processor time that one turn of the main loop took until the view knows every row of what @wanted finds, milliseconds */
static double
longest_turn (Fixture *self, const char *wanted)
{
  double longest = 0;

  do
    {
      const double start = thaw_thread_seconds ();

      g_main_context_iteration (NULL, TRUE);
      longest = MAX (longest, thaw_thread_seconds () - start);
    }
  while (g_strcmp0 (self->tree->wanted, wanted) != 0 || self->tree->fill_idle);
  return longest * 1e3;
}

/* What is typed is searched for after a moment, in which rows are taken down already; typed and taken back, they all come again */
static void
test_typing (Fixture *self, gconstpointer data)
{
  GtkEditable *entry = GTK_EDITABLE (self->tree->entry);
  guint rows;

  act (self, "tree.expand-all");
  rows = n_rows (self);
  draw (self);
  gtk_editable_set_text (entry, "conv");
  g_test_message ("typed, 1 000 rows open: longest step %.1f ms", longest_turn (self, "conv"));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->tree->selection)), >, BLOCKS);
  gtk_editable_set_text (entry, "");
  g_test_message ("cleared: longest step %.1f ms", longest_turn (self, NULL));
  thaw_layer_tree_show (self->tree, "stages.3.40.bn");
  draw (self);
  gtk_editable_set_text (entry, "n");
  while (gtk_slice_list_model_get_size (self->tree->slice) == G_MAXUINT)
    g_main_context_iteration (NULL, TRUE);
  gtk_editable_set_text (entry, "");
  longest_turn (self, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->tree->selection)), ==, rows);
  gtk_editable_set_text (entry, "conv");
  g_test_message ("typed, in the middle of them: longest step %.1f ms", longest_turn (self, "conv"));
}

/* Not asserted: how long a person waits with 1 000 layers */
static void
test_figures (Fixture *self, gconstpointer data)
{
  double start = thaw_thread_seconds ();

  act (self, "tree.expand-all");
  draw (self);
  g_test_message ("1 000 layers: opened %.0f ms, expanded %.0f ms", self->opening * 1e3, (thaw_thread_seconds () - start) * 1e3);
  thaw_layer_tree_show (self->tree, "stages.2");
  draw (self);
  start = thaw_thread_seconds ();
  act (self, "tree.toggle");
  g_test_message ("toggle %.1f ms", (thaw_thread_seconds () - start) * 1e3);
  draw (self);
  g_test_message ("toggle and draw %.1f ms", (thaw_thread_seconds () - start) * 1e3);
  start = thaw_thread_seconds ();
  thaw_layer_tree_search (self->tree, "conv");
  g_test_message ("search %.1f ms", (thaw_thread_seconds () - start) * 1e3);
  draw (self);
  g_test_message ("search and draw %.1f ms", (thaw_thread_seconds () - start) * 1e3);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
#define ADD(path, test) g_test_add ("/sidebar/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("actions", test_actions);
  ADD ("stays", test_stays);
  ADD ("search", test_search);
  ADD ("typing", test_typing);
  ADD ("sorting", test_sorting);
  ADD ("problem", test_problem);
  ADD ("head-editor", test_head_editor);
  ADD ("chooser", test_chooser);
  ADD ("figures", test_figures);
#undef ADD
  return g_test_run ();
}
