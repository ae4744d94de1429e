/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shape rules: the shapes they give, and that what does not fit is refused with a line that names
 * the layer and what is wrong.
 */
#include <string.h>

#include "op-trial.h"

typedef struct
{
  OpCase      row;
  const char *message; /* a part of it; NULL where the row is right */
  ThawShape   shape;
} ShapeCase;

#define WINDOW(...) { .window = { __VA_ARGS__ } }

static const ShapeCase cases[] = {
  { { "max-pool", THAW_OP_MAX_POOL, WINDOW (.kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 }), .inputs = { BATCHED (112, 112, 64) } },
    NULL, DIMS (1, 56, 56, 64) },
  { { "max-pool-ceil", THAW_OP_MAX_POOL, WINDOW (.kernel = { 3, 3 }, .stride = { 2, 2 }, .ceil_mode = TRUE), .inputs = { BATCHED (111, 110, 64) } },
    NULL, DIMS (1, 55, 55, 64) },
  { { "global", THAW_OP_GLOBAL_POOL, .inputs = { BATCHED (7, 9, 64) } }, NULL, DIMS (1, 1, 1, 64) },
  { { "mean", THAW_OP_MEAN, { .reduce = { 2, { 1, 2 } } }, .inputs = { BATCHED (7, 9, 64) } }, NULL, DIMS (1, 64) },
  { { "mean-kept", THAW_OP_MEAN, { .reduce = { 2, { 1, 2 }, TRUE } }, .inputs = { BATCHED (7, 9, 64) } }, NULL, DIMS (1, 1, 1, 64) },
  { { "add", THAW_OP_ADD, .inputs = { BATCHED (5, 1, 7), PARAMETER (6, 1) } }, NULL, DIMS (1, 5, 6, 7) },
  { { "concat", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { PARAMETER (1, 1, 8), BATCHED (49, 8) } }, NULL, DIMS (1, 50, 8) },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (1, -1, 8) } }, .inputs = { BATCHED (7, 7, 8) } }, NULL, DIMS (1, 49, 8) },
  { { "pad", THAW_OP_PAD, { .pad = { { 1, 2, 3, 4 } } }, .inputs = { BATCHED (7, 7, 8) } }, NULL, DIMS (1, 11, 13, 8) },
  { { "transpose", THAW_OP_TRANSPOSE, { .transpose = { 4, { 0, 3, 1, 2 } } }, .inputs = { BATCHED (5, 6, 7) } }, NULL, DIMS (1, 7, 5, 6) },
  { { "conv", THAW_OP_CONV, WINDOW (.stride = { 2, 2 }, .padding = THAW_PADDING_SAME), .inputs = { BATCHED (225, 224, 3), PARAMETER (32, 3, 3, 3) } },
    NULL, DIMS (1, 113, 112, 32) },
  { { "conv", THAW_OP_CONV, WINDOW (.dilation = { 2, 1 }, .groups = 2), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 2, 3, 5) } },
    NULL, DIMS (1, 5, 5, 6) },
  { { "depthwise", THAW_OP_DEPTHWISE, WINDOW (.stride = { 2, 1 }, .pad = { 1, 1, 1, 1 }), .inputs = { BATCHED (8, 8, 4), PARAMETER (4, 1, 3, 3) } },
    NULL, DIMS (1, 4, 8, 4) },
  { { "linear", THAW_OP_LINEAR, .inputs = { BATCHED (5, 4), PARAMETER (6, 4), PARAMETER (6) } }, NULL, DIMS (1, 5, 6) },
  { { "matmul", THAW_OP_MATMUL, { .matmul = { FALSE, TRUE } }, .inputs = { BATCHED (3, 5, 4), BATCHED (1, 6, 4) } }, NULL, DIMS (1, 3, 5, 6) },

  { { "conv", THAW_OP_CONV, .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 3, 3, 3) } }, "does not go with pictures of 1 x 9 x 9 x 4" },
  { { "conv", THAW_OP_CONV, WINDOW (.groups = 4), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 1, 3, 3) } }, "4 groups" },
  { { "conv", THAW_OP_CONV, WINDOW (.groups = -1), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3) } }, "at least 1" },
  { { "conv", THAW_OP_CONV, WINDOW (.kernel = { 5, 5 }), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3) } }, "windows of 5 x 5" },
  { { "conv", THAW_OP_CONV, WINDOW (.pad = { 0, -1, 0, 0 }), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3) } }, "padding at least 0" },
  { { "conv", THAW_OP_CONV, .inputs = { BATCHED (2, 9, 4), PARAMETER (6, 4, 3, 3) } }, "use larger pictures" },
  { { "conv", THAW_OP_CONV, .inputs = { PARAMETER (1, 9, 9, 4), PARAMETER (6, 4, 3, 3) } }, "needs one picture" },
  { { "conv", THAW_OP_CONV, .inputs = { BATCHED (4), PARAMETER (6, 4, 3, 3) } }, "does not go with pictures" },
  { { "conv", THAW_OP_CONV, .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3), PARAMETER (5) } }, "bias 'input' is 5 where 6" },
  { { "conv", THAW_OP_CONV, .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3), ABSENT, BATCHED (7, 7, 5) } }, "cannot be added to" },
  { { "conv", THAW_OP_CONV, WINDOW (.activation = THAW_N_ACTIVATIONS), .inputs = { BATCHED (9, 9, 4), PARAMETER (6, 4, 3, 3) } }, "no activation" },
  { { "depthwise", THAW_OP_DEPTHWISE, .inputs = { BATCHED (9, 9, 4), PARAMETER (5, 1, 3, 3) } }, "a kernel of 5 x 1 x 3 x 3" },
  { { "depthwise", THAW_OP_DEPTHWISE, .inputs = { BATCHED (9), PARAMETER (5, 1, 3, 3) } }, "takes pictures" },
  { { "linear", THAW_OP_LINEAR, .inputs = { BATCHED (5), PARAMETER (6, 4) } }, "a weight of 6 x 4" },
  { { "linear", THAW_OP_LINEAR, .inputs = { BATCHED (4), BATCHED (6, 4) } }, "a weight of" },
  { { "matmul", THAW_OP_MATMUL, .inputs = { BATCHED (3, 5), BATCHED (4, 5) } }, "1 x 3 x 5 times 1 x 4 x 5" },
  { { "matmul", THAW_OP_MATMUL, .inputs = { BATCHED (5), BATCHED (5) } }, "is not defined" },
  { { "matmul", THAW_OP_MATMUL, .inputs = { PARAMETER (2, 3, 4, 5), BATCHED (5, 2) } }, "is not defined" },

  { { "add", THAW_OP_ADD, .inputs = { BATCHED (5, 7), BATCHED (5, 6) } }, "add 'layer': 1 x 5 x 7" },
  { { "add", THAW_OP_ADD, .inputs = { BATCHED (7), BATCHED (5, 7) } }, "cannot be broadcast" },
  { { "add", THAW_OP_ADD, .inputs = { BATCHED (7), PARAMETER (3, 7) } }, "cannot be broadcast" },
  { { "add", THAW_OP_ADD, .inputs = { BATCHED (7), PARAMETER (1, 1, 7) } }, "cannot be broadcast" },
  { { "add", THAW_OP_ADD, .inputs = { BATCHED (7) } }, "needs 2 inputs, not 1" },
  { { "relu", THAW_OP_RELU, .inputs = { BATCHED (7), BATCHED (7) } }, "takes 1 inputs, not 2" },
  { { "mul", THAW_OP_MUL, .inputs = { BATCHED (7), ABSENT } }, "input 1 is missing" },
  { { "batchnorm", THAW_OP_BATCHNORM, .inputs = { BATCHED (2, 2, 4), PARAMETER (4), PARAMETER (4), PARAMETER (5), POSITIVE (4) } },
    "running mean 'input' is 5 where 4" },
  { { "batchnorm", THAW_OP_BATCHNORM, .inputs = { BATCHED (2, 2, 4), BATCHED (4), PARAMETER (4), PARAMETER (4), POSITIVE (4) } },
    "where 4 values are wanted" },
  { { "batchnorm", THAW_OP_BATCHNORM, .inputs = { PARAMETER (2, 4), PARAMETER (4), PARAMETER (4), PARAMETER (4), POSITIVE (4) } },
    "takes a value [N, ..., C]" },
  { { "softmax", THAW_OP_SOFTMAX, { .axis = { 0 } }, .inputs = { BATCHED (7) } }, "axis 0 of 1 x 7" },
  { { "softmax", THAW_OP_SOFTMAX, { .axis = { 2 } }, .inputs = { BATCHED (7) } }, "axis 2 of 1 x 7" },
  { { "max-pool", THAW_OP_MAX_POOL, WINDOW (.kernel = { 3, 3 }), .inputs = { BATCHED (2, 2, 4) } }, "does not fit" },
  { { "max-pool", THAW_OP_MAX_POOL, WINDOW (.kernel = { 2, 2 }, .pad = { 2, 0, 0, 0 }), .inputs = { BATCHED (4, 4, 4) } },
    "padding must be smaller" },
  { { "max-pool", THAW_OP_MAX_POOL, WINDOW (.kernel = { 2, 2 }), .inputs = { BATCHED (7) } }, "takes pictures [N, H, W, C]" },
  { { "avg-pool", THAW_OP_AVG_POOL, WINDOW (.kernel = { 2, 2 }, .pad = { 0, 0, 0, 2 }), .inputs = { BATCHED (4, 4, 4) } },
    "padding must be smaller" },
  { { "avg-pool", THAW_OP_AVG_POOL, WINDOW (.kernel = { 2, 2 }, .dilation = { 2, 1 }), .inputs = { BATCHED (4, 4, 4) } }, "dilated" },
  { { "adaptive", THAW_OP_ADAPTIVE_POOL, { .adaptive = { { 0, 1 } } }, .inputs = { BATCHED (4, 4, 4) } }, "4 x 4 to 0 x 1" },
  { { "concat", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { BATCHED (4, 5), BATCHED (4, 6) } }, "cannot join 1 x 4 x 5" },
  { { "concat", THAW_OP_CONCAT, { .axis = { 0 } }, .inputs = { BATCHED (4), BATCHED (4) } }, "along axis 0" },
  { { "concat", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { BATCHED (4, 5), PARAMETER (2, 4, 5) } }, "cannot join" },
  { { "concat", THAW_OP_CONCAT, { .axis = { 1 } } }, "needs 1 inputs, not 0" },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (1, 7) } }, .inputs = { BATCHED (4, 2) } }, "cannot make 1 x 7 out of 1 x 4 x 2" },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (-1, -1) } }, .inputs = { BATCHED (4, 2) } }, "cannot make" },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (4, 2) } }, .inputs = { BATCHED (4, 2) } }, "cannot make" },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (1, G_MAXINT64 / 2, 4) } }, .inputs = { BATCHED (4, 2) } }, "cannot make" },
  { { "transpose", THAW_OP_TRANSPOSE, { .transpose = { 3, { 0, 1, 1 } } }, .inputs = { BATCHED (4, 2) } }, "order of axes" },
  { { "transpose", THAW_OP_TRANSPOSE, { .transpose = { 3, { 1, 0, 2 } } }, .inputs = { BATCHED (4, 2) } }, "first axis stays first" },
  { { "transpose", THAW_OP_TRANSPOSE, { .transpose = { 2, { 0, 1 } } }, .inputs = { BATCHED (4, 2) } }, "order of axes" },
  { { "pad", THAW_OP_PAD, { .pad = { { -1, 0, 0, 0 } } }, .inputs = { BATCHED (4, 2, 2) } }, "cannot pad by -1" },
  { { "dropout", THAW_OP_DROPOUT, { .dropout = { 1.5f } }, .inputs = { BATCHED (4) } }, "between 0 and 1" },
  { { "layernorm", THAW_OP_LAYERNORM, .inputs = { BATCHED (4), PARAMETER (4), PARAMETER (3) } }, "bias 'input' is 3 where 4" },
  { { "mean", THAW_OP_MEAN, { .reduce = { 1, { 0 } } }, .inputs = { BATCHED (4) } }, "axis 0 of 1 x 4" },
  { { "mean", THAW_OP_MEAN, .inputs = { BATCHED (4) } }, "axes, not 0" },
  { { "fold-weight", THAW_OP_FOLD_WEIGHT, .inputs = { BATCHED (4), PARAMETER (1), POSITIVE (1) } }, "not a value of pictures" },
  { { "fold-weight", THAW_OP_FOLD_WEIGHT, .inputs = { PARAMETER (4, 3), PARAMETER (3), POSITIVE (4) } }, "where 4 values are wanted" },
  { { "fold-bias", THAW_OP_FOLD_BIAS, .inputs = { PARAMETER (3), PARAMETER (4), PARAMETER (4), PARAMETER (4), POSITIVE (4) } },
    "bias 'input' is 3 where 4" },
};

static void
test_shape (gconstpointer data)
{
  const ShapeCase *c = data;
  g_autoptr (GError) error = NULL;
  CaseNode row;
  gboolean fits = case_node_init (&row, &c->row, &error);

  if (c->message)
    {
      g_assert_false (fits);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "'layer'"));
      g_assert_nonnull (strstr (error->message, c->message));
      return;
    }
  g_assert_no_error (error);
  g_assert_true (fits && row.node.batched);
  g_assert_true (thaw_shape_equal (&row.node.shape, &c->shape));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/shapes/%u-%s", i, cases[i].row.name);

      g_test_add_data_func (path, &cases[i], test_shape);
    }
  return g_test_run ();
}
