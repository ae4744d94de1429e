/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-freeze.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>

#include "thaw-test.h"

/* stem.conv, stem.norm, act | branch a: a.conv, a.norm; the sum with act; sum_act | fc
 *
 *   input - stem.conv - stem.norm - act -+- a.conv - a.norm -+- sum - sum_act - pool - flatten -
 * drop - fc
 *                                        +-------------------+ */
static ThawGraph *
residual_net (void)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  ThawNode *x = thaw_graph_add_input (b.graph, "input", &THAW_SHAPE (1, 8, 8, 3));
  ThawNode *y;

  x = thaw_nn_conv (&b, x, "stem.conv", &(ThawConvSpec){ .out = 4, .kernel = 3, .pad = 1 });
  x = thaw_nn_batchnorm (&b, x, "stem.norm", 1e-5f);
  x = thaw_nn_activation (&b, x, "act", THAW_ACTIVATION_RELU);
  y = thaw_nn_conv (&b, x, "a.conv",
                    &(ThawConvSpec){ .out = 4, .kernel = 3, .pad = 1, .bias = TRUE });
  y = thaw_nn_batchnorm (&b, y, "a.norm", 1e-5f);
  x = thaw_nn_add (&b, y, x, "sum");
  x = thaw_nn_activation (&b, x, "sum_act", THAW_ACTIVATION_HARDSWISH);
  x = thaw_nn_global_pool (&b, x, "pool");
  x = thaw_nn_flatten (&b, x, "flatten");
  x = thaw_nn_dropout (&b, x, "drop", .5f);
  thaw_graph_add_output (b.graph, thaw_nn_linear (&b, x, "fc", 2, TRUE));
  g_assert_no_error (b.error);
  return b.graph;
}

/* The names of what trains, in network order, with spaces between (transfer full) */
static char *
trainable (const ThawFreeze *freeze, const ThawGraph *graph)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (node->op == THAW_OP_PARAMETER && thaw_freeze_is_trainable (freeze, node->name))
        g_string_append_printf (names, "%s%s", names->len ? " " : "", node->name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

typedef guint (*Rule) (ThawFreeze *, const ThawGraph *, const char *, gboolean);

static guint
train_from (ThawFreeze *self, const ThawGraph *graph, const char *name, gboolean unused)
{
  return thaw_freeze_train_from (self, graph, name);
}

static void
test_names (void)
{
  static const struct
  {
    Rule        rule;
    const char *name;
    guint       n;
    const char *trains;
  } cases[] = {
    { thaw_freeze_set_trainable, "a", 4, "a.conv.weight a.conv.bias a.norm.weight a.norm.bias" },
    { thaw_freeze_set_trainable, "a.conv", 2, "a.conv.weight a.conv.bias" },
    { thaw_freeze_set_trainable, "a.conv.bias", 1, "a.conv.bias" },
    { thaw_freeze_set_trainable, "a.co", 0, "" },
    { thaw_freeze_set_trainable, "act", 0, "" },
    { thaw_freeze_set_trainable, "a.norm.running_mean", 0, "" },
    { thaw_freeze_set_trainable, "", 9,
      "stem.conv.weight stem.norm.weight stem.norm.bias a.conv.weight a.conv.bias a.norm.weight "
      "a.norm.bias fc.weight fc.bias" },
    { thaw_freeze_set_pattern, "*.bias", 4, "stem.norm.bias a.conv.bias a.norm.bias fc.bias" },
    { thaw_freeze_set_pattern, "?.conv.*", 2, "a.conv.weight a.conv.bias" },
    { thaw_freeze_set_pattern, "a", 0, "" },
    { thaw_freeze_set_pattern, "*running*", 0, "" },
    { train_from, "a.norm", 4, "a.norm.weight a.norm.bias fc.weight fc.bias" },
    { train_from, "fc.bias", 1, "fc.bias" },
    { train_from, "nothing", 0, "" },
  };
  g_autoptr (ThawGraph) graph = residual_net ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
      g_autoptr (ThawFreeze) copy = NULL;
      g_autofree char *names = NULL;

      g_assert_cmpuint (cases[i].rule (freeze, graph, cases[i].name, TRUE), ==, cases[i].n);
      copy = thaw_freeze_copy (freeze);
      thaw_freeze_set_trainable (freeze, graph, "", FALSE);
      names = trainable (copy, graph);
      g_assert_cmpstr (names, ==, cases[i].trains);
      g_free (g_steal_pointer (&names));
      names = trainable (freeze, graph);
      g_assert_cmpstr (names, ==, "");
    }
}

static void
test_matches (void)
{
  static const struct
  {
    const char *name, *pattern;
    gboolean    matches;
  } cases[] = {
    { "blocks.5.0.conv", "blocks.5", TRUE },
    { "blocks.50.conv", "blocks.5", FALSE },
    { "blocks.5", "blocks.5", TRUE },
    { "blocks.5.0.conv", "", TRUE },
    { "blocks.5.0.conv", "*.conv", TRUE },
    { "blocks.5.0.convs", "*.conv", FALSE },
    { "blocks.5.0.conv", "blocks.?.0.*", TRUE },
    { "blocks", "blocks.5", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (thaw_name_matches (cases[i].name, cases[i].pattern), ==, cases[i].matches);
}

static void
test_statistics (void)
{
  g_autoptr (ThawGraph) graph = residual_net ();
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawGraph) copy = NULL;

  g_assert_cmpuint (thaw_freeze_set_batch_statistics (freeze, graph, "", TRUE), ==, 2);
  g_assert_cmpuint (thaw_freeze_set_batch_statistics (freeze, graph, "fc", TRUE), ==, 0);
  g_assert_false (thaw_freeze_uses_batch_statistics (freeze, "a.norm")); /* nothing of it trains */
  thaw_freeze_set_trainable (freeze, graph, "a.norm.bias", TRUE);
  g_assert_true (thaw_freeze_uses_batch_statistics (freeze, "a.norm"));
  g_assert_false (thaw_freeze_uses_batch_statistics (freeze, "stem.norm"));
  copy = thaw_graph_with_statistics (graph, freeze);
  g_assert_true (thaw_graph_find (copy, "a.norm")->params.norm.batch_statistics);
  g_assert_false (thaw_graph_find (copy, "stem.norm")->params.norm.batch_statistics);
  g_assert_false (thaw_graph_find (graph, "a.norm")->params.norm.batch_statistics);
  thaw_freeze_set_batch_statistics (freeze, graph, "*.norm", FALSE);
  g_assert_false (thaw_freeze_uses_batch_statistics (freeze, "a.norm"));
}

static void
test_weights (void)
{
  g_autoptr (ThawGraph) graph = residual_net ();
  ThawNode *one = thaw_graph_add_parameter (graph, "one", &THAW_SHAPE (1));
  ThawNode *loose = thaw_graph_add_parameter (graph, "loose", &THAW_SHAPE (4));

  thaw_graph_add (graph, THAW_OP_MUL, "scaled", NULL,
                  (ThawNode *[]){ thaw_graph_find (graph, "fc"), one }, 2, NULL);
  g_assert_true (thaw_graph_is_weight (graph, thaw_graph_find (graph, "a.norm.weight")));
  g_assert_false (thaw_graph_is_weight (graph, thaw_graph_find (graph, "a.norm.running_var")));
  g_assert_false (thaw_graph_is_weight (graph, one));
  g_assert_false (thaw_graph_is_weight (graph, loose));
  g_assert_false (thaw_graph_is_weight (graph, thaw_graph_find (graph, "a.conv")));
}

/* The operations of a graph, without parameters: "conv:stem.conv relu:act" (transfer full) */
static char *
operations (const ThawGraph *graph)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint id = 0; graph && id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (node->op != THAW_OP_PARAMETER)
        g_string_append_printf (text, "%s%s:%s", text->len ? " " : "", thaw_op_name (node->op),
                                node->name);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
output_names (const ThawGraph *graph)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; graph && i < thaw_graph_n_outputs (graph); i++)
    g_string_append_printf (text, "%s%s", i ? " " : "", thaw_graph_output (graph, i)->name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define FOLDS_STEM "fold-bias:stem.conv.folded_bias fold-weight:stem.conv.folded_weight "
#define FOLDS_A "fold-bias:a.conv.folded_bias fold-weight:a.conv.folded_weight "

/* One row a freezing: what lies on either side of the cut. */
static void
test_cut (void)
{
  static const struct
  {
    const char *train;   /* names, with spaces between */
    gboolean    batch;
    const char *before, *values, *after;
  } cases[] = {
    /* only the head: everything up to the random layer is done once */
    { "fc", FALSE,
      "input:input " FOLDS_STEM "conv:act " FOLDS_A "conv:sum_act global-pool:pool reshape:flatten",
      "flatten", "input:flatten dropout:drop linear:fc" },
    /* a layer in the branch: its input is wanted twice, and is one value */
    { "a.conv fc", FALSE, "input:input " FOLDS_STEM "conv:act", "act",
      "input:act " FOLDS_A
      "conv:sum hardswish:sum_act global-pool:pool reshape:flatten dropout:drop linear:fc" },
    /* the end of the branch: the convolution's value and what goes around it */
    { "a.norm", FALSE, "input:input " FOLDS_STEM "conv:act conv:a.conv", "act a.conv",
      "input:act input:a.conv batchnorm:a.norm add:sum hardswish:sum_act global-pool:pool "
      "reshape:flatten dropout:drop linear:fc" },
    /* everything: the picture is the cut */
    { "stem a fc", FALSE, "", "",
      "input:input " FOLDS_STEM "conv:act " FOLDS_A
      "conv:sum hardswish:sum_act global-pool:pool reshape:flatten dropout:drop linear:fc" },
    { "stem a fc", TRUE, "", "",
      "input:input conv:stem.conv batchnorm:act conv:a.conv batchnorm:a.norm "
      "add:sum hardswish:sum_act "
      "global-pool:pool reshape:flatten dropout:drop linear:fc" },
    /* batch statistics in one layer, a frozen one before it in the moving part */
    { "stem.conv a.norm", TRUE, "", "",
      "input:input " FOLDS_STEM "conv:act conv:a.conv batchnorm:a.norm add:sum hardswish:sum_act "
      "global-pool:pool reshape:flatten dropout:drop linear:fc" },
    /* nothing: the logits themselves */
    { "", FALSE,
      "input:input " FOLDS_STEM "conv:act " FOLDS_A
      "conv:sum_act global-pool:pool reshape:flatten linear:fc",
      "fc", "input:fc" },
  };
  g_autoptr (ThawGraph) graph = residual_net ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) names = g_strsplit (cases[i].train, " ", -1);
      g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
      g_autoptr (ThawGraph) before = NULL;
      g_autoptr (ThawGraph) after = NULL;
      g_autofree char *operations_before = NULL;
      g_autofree char *operations_after = NULL;
      g_autofree char *values = NULL;

      for (guint k = 0; names[k]; k++)
        g_assert_cmpuint (thaw_freeze_set_trainable (freeze, graph, names[k], TRUE), >, 0);
      thaw_freeze_set_batch_statistics (freeze, graph, "", cases[i].batch);
      thaw_graph_cut (graph, freeze, &before, &after);
      operations_before = operations (before);
      operations_after = operations (after);
      values = output_names (before);
      g_assert_cmpstr (operations_before, ==, cases[i].before);
      g_assert_cmpstr (operations_after, ==, cases[i].after);
      g_assert_cmpstr (values, ==, cases[i].values);
      for (guint k = 0; before && k < thaw_graph_n_outputs (before); k++)
        {
          g_assert_cmpstr (thaw_graph_output (before, k)->name, ==,
                           thaw_graph_input (after, k)->name);
          g_assert_true (thaw_shape_equal (&thaw_graph_output (before, k)->shape,
                                           &thaw_graph_input (after, k)->shape));
        }
      g_assert_cmpstr (thaw_graph_output (after, 0)->name, ==, "fc");
    }
}

/* A picture that is wanted on both sides, a value that is joined with a trained one, and an output
 * that stands still. */
static void
test_cut_concat (void)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  g_autoptr (ThawGraph) graph = b.graph;
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autofree char *operations_after = NULL;
  g_autofree char *values = NULL;
  ThawNode *input = thaw_graph_add_input (graph, "input", &THAW_SHAPE (1, 8, 8, 3));
  ThawNode *still = thaw_nn_conv (&b, input, "still", &(ThawConvSpec){ .out = 2, .kernel = 1 });
  ThawNode *moving = thaw_nn_conv (&b, input, "moving", &(ThawConvSpec){ .out = 2, .kernel = 1 });
  ThawNode *joined = thaw_nn_concat (&b, (ThawNode *[]){ still, moving, still }, 3, "joined", 3);

  thaw_graph_add_output (graph, joined);
  thaw_graph_add_output (graph, thaw_nn_activation (&b, still, "act", THAW_ACTIVATION_TANH));
  g_assert_no_error (b.error);
  thaw_freeze_set_trainable (freeze, graph, "moving", TRUE);
  thaw_graph_cut (graph, freeze, &before, &after);
  values = output_names (before);
  operations_after = operations (after);
  g_assert_cmpstr (values, ==, "input still act");
  g_assert_cmpstr (operations_after, ==,
                   "input:input input:still input:act conv:moving concat:joined");
  g_assert_cmpstr (thaw_graph_output (after, 1)->name, ==, "act");
}

/* The value of a fused layer carries the name of the last layer in it, and only what nobody else
 * looks at is fused. */
static void
test_optimise (void)
{
  g_autoptr (ThawGraph) graph = residual_net ();
  g_autoptr (ThawGraph) plain = thaw_graph_optimise (graph);
  g_autoptr (ThawGraph) again = thaw_graph_optimise (plain);
  g_autoptr (ThawGraph) watched = NULL;
  g_autofree char *once = operations (plain);
  g_autofree char *twice = operations (again);
  g_autofree char *seen = NULL;

  g_assert_cmpstr (once, ==,
                   "input:input " FOLDS_STEM "conv:act " FOLDS_A
                   "conv:sum_act global-pool:pool reshape:flatten linear:fc");
  g_assert_cmpstr (twice, ==, once);
  g_assert_cmpint (thaw_graph_find (plain, "sum_act")->params.window.activation, ==,
                   THAW_ACTIVATION_HARDSWISH);
  g_assert_true (thaw_graph_find (plain, "sum_act")->inputs[3] == thaw_graph_find (plain, "act"));
  thaw_graph_add_output (graph, thaw_graph_find (graph, "stem.norm"));
  watched = thaw_graph_optimise (graph);
  seen = operations (watched);
  g_assert_cmpstr (seen, ==,
                   "input:input " FOLDS_STEM "conv:stem.norm relu:act " FOLDS_A
                   "conv:sum_act global-pool:pool reshape:flatten linear:fc");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/freeze/names", test_names);
  g_test_add_func ("/freeze/matches", test_matches);
  g_test_add_func ("/freeze/statistics", test_statistics);
  g_test_add_func ("/freeze/weights", test_weights);
  g_test_add_func ("/freeze/cut", test_cut);
  g_test_add_func ("/freeze/cut-concat", test_cut_concat);
  g_test_add_func ("/freeze/optimise", test_optimise);
  return g_test_run ();
}
