/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shapes that nobody thought of: operations on random shapes and parameters, engine against twins,
 * and the contract. The numbers are the same in every run; a failure names the case.
 */
#include <string.h>
#include <thaw/thaw-random.h>

#include <thaw-test.h>

#include "op-checks.h"

/* sanitizers take several times as long */
#define CASES (THAW_TEST_SANITIZED ? 100 : 250)
/* What is looked for are wrong elements. Rounding is op-cases.c's matter: a sum of thousands that
 * cancels to nothing has no digits left. */
#define TOLERANCE 2e-5

/* Fills in @row; what it makes need not fit. */
typedef void (*Generate) (ThawRandom *random, OpCase *row);

static gint64
below (ThawRandom *random, gint64 n)
{
  return (gint64) thaw_random_below (random, (guint64) n);
}

static gint64
between (ThawRandom *random, gint64 low, gint64 high)
{
  return low + below (random, high - low + 1);
}

/* Around the widths of vectors and tiles. */
static gint64
channels (ThawRandom *random)
{
  static const gint64 some[] = { 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40 };

  return some[below (random, G_N_ELEMENTS (some))];
}

static CaseInput
input (InputKind kind, int rank, const gint64 *dim)
{
  CaseInput self = { kind, { .rank = rank } };

  for (int i = 0; i < rank; i++)
    self.shape.dim[i] = dim[i];
  return self;
}

static CaseInput
vector (ThawRandom *random, InputKind kind, gint64 length)
{
  return kind == INPUT_PARAMETER && below (random, 3) == 0 ? (CaseInput){ INPUT_ABSENT }
                                                           : input (kind, 1, &length);
}

static void
generate_broadcast (ThawRandom *random, OpCase *row)
{
  int rank = (int) between (random, 1, 5);
  gint64 full[2][THAW_MAX_RANK];
  gboolean batched[2] = { below (random, 2), below (random, 2) };

  for (int axis = 0; axis < rank; axis++)
    {
      gint64 dim = axis == rank - 1 ? channels (random) : between (random, 1, 4);

      for (int k = 0; k < 2; k++)
        full[k][axis]
            = below (random, 3) == 0 || (axis == 0 && (batched[0] || batched[1])) ? 1 : dim;
    }
  for (int k = 0; k < 2; k++)
    {
      int shorter = batched[k] ? 0 : (int) below (random, rank);

      row->inputs[k]
          = input (batched[k] ? INPUT_BATCHED : INPUT_PARAMETER, rank - shorter, full[k] + shorter);
    }
}

static ThawShape
any_shape (ThawRandom *random, int least, CaseInput *out)
{
  gint64 dim[THAW_MAX_RANK] = { 1 };
  int rank = (int) between (random, least, 5);

  for (int axis = 1; axis < rank; axis++)
    dim[axis] = axis == rank - 1 ? channels (random) : between (random, 1, 4);
  *out = input (INPUT_BATCHED, rank, dim);
  return out->shape;
}

static void
generate_axis (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);

  row->params.axis.axis = (int) between (random, 1, shape.rank - 1);
  for (int i = 1; row->op == THAW_OP_CONCAT && i < 4; i++)
    {
      row->inputs[i] = row->inputs[0];
      row->inputs[i].kind = below (random, 3) ? INPUT_BATCHED : INPUT_PARAMETER;
      row->inputs[i].shape.dim[row->params.axis.axis] = between (random, 1, 5);
    }
}

static void
generate_mean (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);
  ThawReduceParams *p = &row->params.reduce;

  p->keep = below (random, 2);
  for (int axis = 1; axis < shape.rank; axis++)
    if (below (random, 2) || (axis == shape.rank - 1 && p->n_axes == 0))
      p->axis[p->n_axes++] = axis;
}

static void
generate_transpose (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);
  guint32 order[THAW_MAX_RANK] = { 1, 2, 3, 4, 5 };

  thaw_random_shuffle (random, order, (gsize) shape.rank - 1);
  row->params.transpose.rank = shape.rank;
  for (int axis = 1; axis < shape.rank; axis++)
    row->params.transpose.perm[axis] = (int) order[axis - 1];
}

static void
generate_layernorm (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);
  gint64 width = shape.dim[shape.rank - 1];

  row->params.norm.eps = .1; /* rows of one or two differ by little: no test of rounding */
  row->inputs[1] = vector (random, INPUT_PARAMETER, width);
  row->inputs[2] = vector (random, INPUT_PARAMETER, width);
}

static void
generate_batchnorm (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);

  row->params.norm = (ThawNormParams){ 1e-2, .1, below (random, 2), below (random, THAW_ACTIVATION_RELU6 + 1) };
  row->batch_statistics = row->params.norm.batch_statistics;
  for (int i = 1; i < 5; i++)
    row->inputs[i]
        = input (i == 4 ? INPUT_POSITIVE : INPUT_PARAMETER, 1, &shape.dim[shape.rank - 1]);
}

static void
generate_picture (ThawRandom *random, gint64 depth, OpCase *row)
{
  row->inputs[0] = input (INPUT_BATCHED, 4,
                          (gint64[]){ 1, between (random, 1, 11), between (random, 1, 11), depth });
}

static void
generate_adaptive (ThawRandom *random, OpCase *row)
{
  generate_picture (random, channels (random), row);
  for (int axis = 0; axis < 2; axis++)
    row->params.adaptive.size[axis] = between (random, 1, 7);
}

static void
generate_pad (ThawRandom *random, OpCase *row)
{
  generate_picture (random, channels (random), row);
  row->params.pad.value = .5f;
  for (int side = 0; side < 4; side++)
    row->params.pad.pad[side] = (int) below (random, 4);
}

static void
generate_window (ThawRandom *random, gint64 depth, OpCase *row)
{
  ThawWindowParams *p = &row->params.window;

  generate_picture (random, depth, row);
  p->padding = below (random, 3) ? THAW_PADDING_EXPLICIT : THAW_PADDING_SAME;
  for (int axis = 0; axis < 2; axis++)
    {
      p->kernel[axis] = (int) between (random, 1, 5);
      p->stride[axis] = (int) between (random, 1, 3);
      p->dilation[axis] = row->op == THAW_OP_AVG_POOL ? 1 : (int) between (random, 1, 2);
      for (int side = axis; side < 4 && p->padding == THAW_PADDING_EXPLICIT; side += 2)
        p->pad[side] = (int) below (random, p->kernel[axis]);
    }
}

static void
generate_pool (ThawRandom *random, OpCase *row)
{
  generate_window (random, channels (random), row);
  row->params.window.ceil_mode = below (random, 2);
  row->params.window.count_padding = below (random, 2);
}

static ThawActivation
fused_activation (ThawRandom *random)
{
  return (ThawActivation) between (random, THAW_ACTIVATION_NONE, THAW_ACTIVATION_HARDSIGMOID);
}

static void
generate_conv (ThawRandom *random, OpCase *row)
{
  gint64 groups = below (random, 2) ? 1 : between (random, 2, 4);
  gint64 in = groups > 1 ? between (random, 1, 6) : channels (random);
  gint64 out = groups * (groups > 1 ? between (random, 1, 6) : channels (random));
  ThawWindowParams *p = &row->params.window;

  generate_window (random, in * groups, row);
  if (below (random, 3) == 0)
    *p = (ThawWindowParams){ .kernel = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 } };
  p->groups = (int) groups;
  p->activation = fused_activation (random);
  row->inputs[1] = input (INPUT_PARAMETER, 4, (gint64[]){ out, in, p->kernel[0], p->kernel[1] });
  row->inputs[2] = vector (random, INPUT_PARAMETER, out);
}

/* Where Winograd's ways are the cheapest, and where they nearly are. No activations with a bend: of so many sums one
 * lies so near to it that rounding decides about its gradient. */
static void
generate_wide_conv (ThawRandom *random, OpCase *row)
{
  static const ThawActivation smooth[]
      = { THAW_ACTIVATION_NONE, THAW_ACTIVATION_SIGMOID, THAW_ACTIVATION_TANH };
  gint64 in = 16 + channels (random), out = 16 + channels (random);
  ThawWindowParams *p = &row->params.window;

  row->inputs[0] = input (INPUT_BATCHED, 4,
                          (gint64[]){ 1, between (random, 3, 14), between (random, 3, 14), in });
  *p = (ThawWindowParams){ .kernel = { 3, 3 }, .stride = { 1, 1 }, .dilation = { 1, 1 }, .groups = 1 };
  for (int side = 0; side < 4; side++)
    p->pad[side] = below (random, 3) ? 1 : (int) below (random, 4);
  p->activation = smooth[below (random, G_N_ELEMENTS (smooth))];
  row->inputs[1] = input (INPUT_PARAMETER, 4, (gint64[]){ out, in, 3, 3 });
  row->inputs[2] = vector (random, INPUT_PARAMETER, out);
}

static void
generate_depthwise (ThawRandom *random, OpCase *row)
{
  gint64 depth = channels (random);
  ThawWindowParams *p = &row->params.window;

  generate_window (random, depth, row);
  p->groups = (int) depth;
  p->activation = fused_activation (random);
  row->inputs[1] = input (INPUT_PARAMETER, 4, (gint64[]){ depth, 1, p->kernel[0], p->kernel[1] });
  row->inputs[2] = vector (random, INPUT_PARAMETER, depth);
}

static void
generate_linear (ThawRandom *random, OpCase *row)
{
  ThawShape shape = any_shape (random, 2, &row->inputs[0]);
  gint64 out = channels (random);

  row->params.linear.activation = fused_activation (random);
  row->inputs[1] = input (INPUT_PARAMETER, 2, (gint64[]){ out, shape.dim[shape.rank - 1] });
  row->inputs[2] = vector (random, INPUT_PARAMETER, out);
}

static void
generate_matmul (ThawRandom *random, OpCase *row)
{
  gint64 lead = between (random, 1, 3), m = channels (random), k = channels (random),
         p = channels (random);
  ThawMatmulParams *params = &row->params.matmul;

  params->transpose_a = below (random, 2);
  params->transpose_b = below (random, 2);
  row->inputs[0]
      = input (INPUT_BATCHED, 4,
               (gint64[]){ 1, lead, params->transpose_a ? k : m, params->transpose_a ? m : k });
  row->inputs[1] = input (INPUT_BATCHED, 4, (gint64[]){ 1, lead, params->transpose_b ? p : k, params->transpose_b ? k : p });
  if (below (random, 3) == 0)
    row->inputs[1].shape.dim[1] = 1;
}

static const struct
{
  ThawOp      op;
  Generate    generate;
  const char *what;
} sweeps[] = {
  { THAW_OP_ADD, generate_broadcast },        { THAW_OP_MUL, generate_broadcast },
  { THAW_OP_SOFTMAX, generate_axis },         { THAW_OP_CONCAT, generate_axis },
  { THAW_OP_MEAN, generate_mean },            { THAW_OP_TRANSPOSE, generate_transpose },
  { THAW_OP_LAYERNORM, generate_layernorm },  { THAW_OP_BATCHNORM, generate_batchnorm },
  { THAW_OP_ADAPTIVE_POOL, generate_adaptive }, { THAW_OP_PAD, generate_pad },
  { THAW_OP_MAX_POOL, generate_pool },        { THAW_OP_AVG_POOL, generate_pool },
  { THAW_OP_CONV, generate_conv },            { THAW_OP_CONV, generate_wide_conv, "-wide" },
  { THAW_OP_DEPTHWISE, generate_depthwise },
  { THAW_OP_LINEAR, generate_linear },        { THAW_OP_MATMUL, generate_matmul },
};

static char *
describe (const OpCase *row, guint i)
{
  GString *text = g_string_new (NULL);
  const int *p = (const int *) &row->params;

  g_string_printf (text, "%s #%u", thaw_op_name (row->op), i);
  for (guint k = 0; k < MAX_CASE_INPUTS && row->inputs[k].kind != INPUT_NONE; k++)
    {
      g_autofree char *shape = thaw_shape_to_string (&row->inputs[k].shape);

      g_string_append_printf (text, ", %s%s", row->inputs[k].kind == INPUT_PARAMETER ? "parameter " : "",
                              row->inputs[k].kind == INPUT_ABSENT ? "absent" : shape);
    }
  g_string_append (text, "; params");
  for (gsize k = 0; k < sizeof (ThawWindowParams) / sizeof *p; k++)
    g_string_append_printf (text, " %d", p[k]);
  return g_string_free (text, FALSE);
}

static gboolean
try_case (OpCase *row, guint i)
{
  g_autofree char *name = describe (row, i);
  CaseNode node;

  row->name = name;
  if (!case_node_init (&node, row, NULL))
    return FALSE;
  op_check_twins (&node);
  op_check_contract (&node);
  return TRUE;
}

/* At least every fifth case must fit, or the sweep sweeps nothing. */
static void
test_sweep (gconstpointer data)
{
  guint s = GPOINTER_TO_UINT (data), fitting = 0;

  for (guint i = 0; i < CASES; i++)
    {
      ThawRandom random = thaw_random (5, THAW_RANDOM_INIT, sweeps[s].op, i);
      OpCase row = { .op = sweeps[s].op, .tolerance = TOLERANCE };

      sweeps[s].generate (&random, &row);
      fitting += try_case (&row, i);
    }
  g_test_message ("%u of %d cases", fitting, CASES);
  g_assert_cmpuint (fitting, >=, CASES / 5);
}

int
main (int argc, char **argv)
{
  if (thaw_test_skips_isa ())
    return 0;
  g_test_init (&argc, &argv, NULL);
  for (guint s = 0; s < G_N_ELEMENTS (sweeps); s++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/sweep/%s%s", thaw_op_name (sweeps[s].op),
                                               sweeps[s].what ? sweeps[s].what : "");

      g_test_add_data_func (path, GUINT_TO_POINTER (s), test_sweep);
    }
  return g_test_run ();
}
