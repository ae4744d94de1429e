/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic, and what several operators say together */
#include <math.h>

#include "thaw-tflite-read.h"

/* --- LayerNorm --- */

/* Operator @i where it has nothing but these inputs (@b below 0: any second one) and no activation; else NULL */
static const ThawTfliteOperator *
expect (const ThawTfliteReader *self, guint i, ThawTfliteCode code, gint32 a, gint32 b)
{
  const ThawTfliteOperator *op = i < self->file->operators->len ? thaw_tflite_operator (self->file, i) : NULL;

  if (!op || op->code != (int) code || op->n_outputs != 1 || op->options.activation || op->n_inputs < 1 || op->inputs[0] != a)
    return NULL;
  return b < 0 || (op->n_inputs == 2 && op->inputs[1] == b) ? op : NULL;
}

/* Operator @i, a mean over the last axis that stays with length 1; else NULL */
static const ThawTfliteOperator *
expect_mean (const ThawTfliteReading *self, guint i, gint32 x)
{
  const ThawTfliteOperator *op = expect (self->reader, i, THAW_TFLITE_MEAN, x, -1);
  const ThawTfliteReading reading = { self->reader, op, NULL };
  gint32 axis;

  if (!op || op->n_inputs != 2 || !op->options.keep || thaw_tflite_ints (&reading, 1, &axis, 1) != 1)
    return NULL;
  return axis == thaw_tflite_tensor (self->reader->file, x)->rank - 1 || axis == -1 ? op : NULL;
}

/* A LayerNorm's operators, as thaw-tflite-write-ops.c puts them */
typedef struct
{
  gint32 weight, bias; /* tensors, -1: none */
  double eps;
  guint  n;            /* operators */
  const ThawTfliteOperator *last;
} Rows;

/* A row of numbers that the next operator takes beside the last one's result; -1: it does not */
static gint32
expect_row (const ThawTfliteReading *self, Rows *rows, ThawTfliteCode code, gint64 width)
{
  const ThawTfliteOperator *op = expect (self->reader, self->reader->at + rows->n, code, rows->last->outputs[0], -1);
  const gint32 other = op && op->n_inputs == 2 ? op->inputs[1] : -1;
  const ThawTfliteTensor *tensor = other < 0 ? NULL : thaw_tflite_tensor (self->reader->file, other);

  if (!tensor || !thaw_tflite_is_constant (self->reader, other) || tensor->rank != 1 || tensor->shape[0] != width)
    return -1;
  rows->last = op;
  rows->n++;
  return other;
}

static gboolean
match_rows (const ThawTfliteReading *self, Rows *rows)
{
  const ThawTfliteReader *reader = self->reader;
  const guint at = reader->at;
  const gint32 x = thaw_tflite_input_of (self, 0);
  const ThawTfliteOperator *mean = x < 0 ? NULL : expect_mean (self, at, x), *square, *variance, *sum, *root, *centred;

  if (!mean || !(square = expect (reader, at + 1, THAW_TFLITE_SQUARED_DIFFERENCE, x, mean->outputs[0])) || !(variance = expect_mean (self, at + 2, square->outputs[0]))
      || !(sum = expect (reader, at + 3, THAW_TFLITE_ADD, variance->outputs[0], -1)) || sum->n_inputs != 2 || !thaw_tflite_number (self, sum->inputs[1], &rows->eps)
      || !(root = expect (reader, at + 4, THAW_TFLITE_RSQRT, sum->outputs[0], -1)) || !(centred = expect (reader, at + 5, THAW_TFLITE_SUB, x, mean->outputs[0])))
    return FALSE;
  rows->last = expect (reader, at + 6, THAW_TFLITE_MUL, centred->outputs[0], root->outputs[0]);
  rows->n = 7;
  return rows->last != NULL;
}

static gboolean
read_rows (const ThawTfliteReading *self, Rows *rows)
{
  const ThawTfliteReading reading = { self->reader, rows->last, self->error };
  ThawOpParams params = { .norm.eps = rows->eps };
  g_autofree char *name = thaw_tflite_layer_name (&reading, rows->weight);
  ThawNode *inputs[3] = { thaw_tflite_value (self, 0) };

  if (!inputs[0])
    return FALSE;
  if ((rows->weight >= 0 && !(inputs[1] = thaw_tflite_parameter (&reading, rows->weight, name, "weight", NULL)))
      || (rows->bias >= 0 && !(inputs[2] = thaw_tflite_parameter (&reading, rows->bias, name, "bias", NULL))))
    return FALSE;
  self->reader->at += rows->n - 1;
  return thaw_tflite_finish (&reading, thaw_graph_add (self->reader->graph, THAW_OP_LAYERNORM, name, &params, inputs, 3, self->error));
}

static gboolean
is_over_pixels (const ThawNode *x, const ThawReduceParams *p)
{
  return x->shape.rank == 4 && p->keep && p->n_axes == 2 && MIN (p->axis[0], p->axis[1]) == 1 && MAX (p->axis[0], p->axis[1]) == 2;
}

gboolean
thaw_tflite_read_mean (const ThawTfliteReading *self)
{
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { .reduce.keep = self->op->options.keep };
  gint32 axes[THAW_MAX_RANK];
  Rows rows = { -1, -1 };

  if (!x)
    return FALSE;
  if (match_rows (self, &rows))
    {
      gint64 width = x->shape.dim[x->shape.rank - 1];

      rows.weight = expect_row (self, &rows, THAW_TFLITE_MUL, width);
      rows.bias = expect_row (self, &rows, THAW_TFLITE_ADD, width);
      return read_rows (self, &rows);
    }
  params.reduce.n_axes = thaw_tflite_ints (self, 1, axes, THAW_MAX_RANK);
  for (int i = 0; i < params.reduce.n_axes; i++)
    params.reduce.axis[i] = axes[i] < 0 ? axes[i] + x->shape.rank : axes[i];
  if (params.reduce.n_axes < 0)
    return FALSE;
  if (is_over_pixels (x, &params.reduce))
    return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_GLOBAL_POOL, NULL, NULL, &x, 1));
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_MEAN, NULL, &params, &x, 1));
}

/* --- sums and products --- */

static gboolean
is_number (const ThawNode *node, double value)
{
  return node->op == THAW_OP_CONSTANT && node->params.constant.kind == THAW_CONSTANT_NUMBER && fabs (node->params.constant.value - value) < 1e-6;
}

/* min (max (x + 3, 0), 6): x; else NULL */
static ThawNode *
before_hard_sigmoid (const ThawNode *node)
{
  const ThawNode *sum = node->op == THAW_OP_RELU6 ? node->inputs[0] : NULL;

  return sum && sum->op == THAW_OP_ADD && is_number (sum->inputs[1], 3) ? sum->inputs[0] : NULL;
}

gboolean
thaw_tflite_read_binary (const ThawTfliteReading *self)
{
  ThawNode *inputs[2] = { thaw_tflite_value (self, 0) }, *hard;
  const gboolean product = self->op->code == THAW_TFLITE_MUL;

  if (inputs[0])
    inputs[1] = thaw_tflite_value (self, 1);
  if (!inputs[0] || !inputs[1])
    return FALSE;
  if (product && inputs[1]->op == THAW_OP_SIGMOID && inputs[1]->inputs[0] == inputs[0])
    return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_SILU, NULL, NULL, inputs, 1));
  hard = product && is_number (inputs[1], 1. / 6) ? before_hard_sigmoid (inputs[0]) : NULL;
  if (hard)
    return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_HARDSIGMOID, NULL, NULL, &hard, 1));
  return thaw_tflite_finish (self, thaw_tflite_layer (self, product ? THAW_OP_MUL : THAW_OP_ADD, NULL, NULL, inputs, 2));
}
