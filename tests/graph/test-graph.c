/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>

#include "graph/thaw-layout.h"
#include "thaw-test.h"

static ThawNode *
conv (ThawBuilder *b, ThawNode *x, const char *name, gint64 out, int stride)
{
  return thaw_nn_conv (
      b, x, name,
      &(ThawConvSpec){ .out = out, .kernel = 3, .stride = stride, .pad = 1, .bias = TRUE });
}

static ThawGraph *
small_net (void)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  ThawNode *x = thaw_graph_add_input (b.graph, "input", &THAW_SHAPE (1, 8, 6, 3));

  x = conv (&b, x, "a", 4, 1);
  conv (&b, x, "unused", 7, 1);
  x = conv (&b, x, "b", 5, 2);
  x = thaw_nn_flatten (&b, x, "flatten");
  thaw_graph_add_output (b.graph, thaw_nn_linear (&b, x, "fc", 2, TRUE));
  g_assert_no_error (b.error);
  return b.graph;
}

static void
test_build (void)
{
  g_autoptr (ThawGraph) graph = small_net ();
  const ThawNode *b = thaw_graph_find (graph, "b");

  g_assert_cmpint (thaw_graph_find (graph, "a.weight")->op, ==, THAW_OP_PARAMETER);
  g_assert_false (thaw_graph_find (graph, "a.weight")->batched);
  g_assert_true (b->batched);
  g_assert_true (thaw_shape_equal (&b->shape, &THAW_SHAPE (1, 4, 3, 5)));
  g_assert_true (thaw_shape_equal (&thaw_graph_output (graph, 0)->shape, &THAW_SHAPE (1, 2)));
  g_assert_null (thaw_graph_find (graph, "c"));
  g_assert_cmpuint (thaw_graph_n_inputs (graph), ==, 1);
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      g_assert_cmpuint (node->id, ==, id);
      for (guint i = 0; i < node->n_inputs; i++)
        g_assert_true (!node->inputs[i] || node->inputs[i]->id < id);
    }
}

/* A shape that does not fit names the layer; what hangs on it is NULL in silence. */
static void
test_errors (void)
{
  g_autoptr (ThawGraph) graph = small_net ();
  guint size = thaw_graph_size (graph);
  ThawNode *inputs[] = { thaw_graph_find (graph, "a"), thaw_graph_find (graph, "fc.weight") };
  g_autoptr (GError) error = NULL;
  ThawNode *wrong = thaw_graph_add (graph, THAW_OP_LINEAR, "wrong", NULL, inputs, 2, &error);

  g_assert_null (wrong);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "wrong"));
  g_assert_null (strchr (error->message, '\n'));
  g_clear_error (&error);

  g_assert_null (thaw_graph_add (graph, THAW_OP_RELU, "after", NULL, &wrong, 1, &error));
  g_assert_no_error (error);

  g_assert_null (thaw_graph_add (graph, THAW_OP_RELU, "a", NULL, inputs, 1, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_assert_null (thaw_graph_add_parameter (graph, "a.weight", &THAW_SHAPE (1)));
  g_assert_cmpuint (thaw_graph_size (graph), ==, size);
}

static void
test_names (void)
{
  g_autoptr (ThawGraph) graph = small_net ();
  ThawNode *x = thaw_graph_find (graph, "a");
  ThawNode *one = thaw_graph_add (graph, THAW_OP_RELU, NULL, NULL, &x, 1, NULL);
  ThawNode *two = thaw_graph_add (graph, THAW_OP_RELU, NULL, NULL, &x, 1, NULL);

  g_assert_nonnull (one->name);
  g_assert_cmpstr (one->name, !=, two->name);
  g_assert_true (thaw_graph_find (graph, two->name) == two);
}

static void
test_prune (void)
{
  g_autoptr (ThawGraph) graph = small_net ();
  g_autoptr (ThawGraph) pruned = thaw_graph_prune (graph);
  guint last = 0;

  g_assert_cmpuint (thaw_graph_size (pruned), ==, thaw_graph_size (graph) - 3);
  g_assert_null (thaw_graph_find (pruned, "unused"));
  g_assert_null (thaw_graph_find (pruned, "unused.weight"));
  for (guint id = 0; id < thaw_graph_size (pruned); id++)
    {
      const ThawNode *node = thaw_graph_at (pruned, id);
      const ThawNode *old = thaw_graph_find (graph, node->name);

      g_assert_true (id == 0 || old->id > last);
      g_assert_true (thaw_shape_equal (&node->shape, &old->shape));
      g_assert_true (node != old);
      last = old->id;
    }
  g_assert_cmpstr (thaw_graph_output (pruned, 0)->name, ==, "fc");
}

static void
test_resize (void)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  g_autoptr (ThawGraph) free_size = b.graph;
  g_autoptr (ThawGraph) fixed = small_net ();
  g_autoptr (ThawGraph) resized = NULL;
  g_autoptr (GError) error = NULL;
  ThawNode *x = thaw_graph_add_input (b.graph, "input", &THAW_SHAPE (1, 8, 6, 3));

  x = conv (&b, x, "a", 4, 2);
  x = thaw_nn_global_pool (&b, x, "pool");
  x = thaw_nn_flatten (&b, x, "flatten");
  thaw_graph_add_output (b.graph, x);
  g_assert_no_error (b.error);

  resized = thaw_graph_resize (free_size, 31, 17, &error);
  g_assert_no_error (error);
  g_assert_true (
      thaw_shape_equal (&thaw_graph_find (resized, "a")->shape, &THAW_SHAPE (1, 16, 9, 4)));
  g_assert_true (
      thaw_shape_equal (&thaw_graph_find (free_size, "a")->shape, &THAW_SHAPE (1, 4, 3, 4)));

  g_assert_null (thaw_graph_resize (fixed, 31, 17, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "17 x 31"));
  g_clear_error (&error);
  g_assert_null (thaw_graph_resize (fixed, 0, 4, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

static void
test_multiply_adds (void)
{
  g_autoptr (ThawGraph) graph = small_net ();
  double a = 8 * 6 * 4 * 9 * 3;
  double b = 4 * 3 * 5 * 9 * 4;
  double unused = 8 * 6 * 7 * 9 * 4;
  double fc = 60 * 2;

  g_assert_cmpfloat (thaw_node_multiply_adds (thaw_graph_find (graph, "a")), ==, a);
  g_assert_cmpfloat (thaw_graph_multiply_adds (graph), ==, a + b + unused + fc);
}

/* Blocks in use at one time never overlap, and the arena is not much larger than what is in use at
 * most. */
static void
test_layout (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);

  for (int round = 0; round < 200; round++)
    {
      ThawBlock blocks[60];
      guint n = g_rand_int_range (random, 0, 60);
      gsize total, most = 0;

      for (guint i = 0; i < n; i++)
        {
          blocks[i].start = g_rand_int_range (random, 0, 50);
          blocks[i].end = blocks[i].start + g_rand_int_range (random, 0, 10);
          blocks[i].bytes = g_rand_int_range (random, 1, 5000);
        }
      total = thaw_layout (blocks, n);
      for (guint time = 0; time < 60; time++)
        {
          gsize live = 0;

          for (guint i = 0; i < n; i++)
            live += blocks[i].start <= time && time <= blocks[i].end ? blocks[i].bytes : 0;
          most = MAX (most, live);
        }
      for (guint i = 0; i < n; i++)
        for (guint k = 0; k < i; k++)
          g_assert_true (blocks[i].end < blocks[k].start || blocks[k].end < blocks[i].start
                         || blocks[i].offset + blocks[i].bytes <= blocks[k].offset
                         || blocks[k].offset + blocks[k].bytes <= blocks[i].offset);
      for (guint i = 0; i < n; i++)
        g_assert_cmpuint (blocks[i].offset % THAW_BLOCK_ALIGNMENT, ==, 0);
      g_assert_cmpuint (total, >=, most);
      g_assert_cmpuint (total, <=, most + most / 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/build", test_build);
  g_test_add_func ("/graph/errors", test_errors);
  g_test_add_func ("/graph/names", test_names);
  g_test_add_func ("/graph/prune", test_prune);
  g_test_add_func ("/graph/resize", test_resize);
  g_test_add_func ("/graph/multiply-adds", test_multiply_adds);
  g_test_add_func ("/graph/layout", test_layout);
  return g_test_run ();
}
