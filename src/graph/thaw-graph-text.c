/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph as JSON: {"nodes": [[operation, name, [inputs], [numbers]], ...], "outputs": [...], "features": ...}, nodes by their place. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-graph.h>
#include <thaw/thaw-json-reader.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-op.h>

#define MAX_NUMBERS 32
#define MAX_INPUTS 4096
/* Numbers of one value for one picture: more than any network has */
#define MAX_VALUE (G_GINT64_CONSTANT (1) << 28)

/* The numbers of an operation, written or read in the same order */
typedef struct
{
  gboolean reading, bad;
  double   values[MAX_NUMBERS];
  guint    n, at;
} Numbers;

static double
pass (Numbers *self, double value, double least, double most)
{
  if (!self->reading)
    {
      g_assert (self->n < MAX_NUMBERS);
      return self->values[self->n++] = value;
    }
  if (self->at == self->n || !(self->values[self->at] >= least && self->values[self->at] <= most))
    {
      self->bad = TRUE;
      return least;
    }
  return self->values[self->at++];
}

static void
pass_ints (Numbers *self, int *values, guint n, int least, int most)
{
  for (guint i = 0; i < n; i++)
    values[i] = (int) pass (self, values[i], least, most);
}

static void
pass_longs (Numbers *self, gint64 *values, guint n)
{
  for (guint i = 0; i < n; i++)
    values[i] = (gint64) pass (self, values[i], -1, 1e12);
}

static void
pass_doubles (Numbers *self, double *values, guint n)
{
  for (guint i = 0; i < n; i++)
    values[i] = pass (self, values[i], -1e300, 1e300);
}

static void
pass_float (Numbers *self, float *value)
{
  *value = (float) pass (self, *value, -1e30, 1e30);
}

static void
pass_activation (Numbers *self, ThawActivation *activation)
{
  *activation = (ThawActivation) pass (self, *activation, 0, THAW_N_ACTIVATIONS - 1);
}

static void
pass_window (Numbers *self, ThawWindowParams *window)
{
  pass_ints (self, window->kernel, 2, 0, 1 << 24);
  pass_ints (self, window->stride, 2, 0, 1 << 24);
  pass_ints (self, window->dilation, 2, 0, 1 << 24);
  window->padding = (ThawPadding) pass (self, window->padding, THAW_PADDING_EXPLICIT, THAW_PADDING_SAME);
  pass_ints (self, window->pad, 4, 0, 1 << 24);
  pass_ints (self, &window->groups, 1, 0, 1 << 24);
  pass_activation (self, &window->activation);
  pass_ints (self, &window->ceil_mode, 1, 0, 1);
  pass_ints (self, &window->count_padding, 1, 0, 1);
}

static void
pass_constant (Numbers *self, ThawConstantParams *constant)
{
  constant->kind = (ThawConstantKind) pass (self, constant->kind, 0, THAW_N_CONSTANTS - 1);
  pass_longs (self, constant->size, 2);
  pass_longs (self, constant->window, 2);
  pass_longs (self, constant->shift, 2);
  pass_doubles (self, &constant->value, 1);
}

static void
pass_norm (Numbers *self, ThawNormParams *norm)
{
  pass_doubles (self, &norm->eps, 1);
  pass_doubles (self, &norm->momentum, 1);
}

static void
pass_shape (Numbers *self, ThawShape *shape)
{
  pass_ints (self, &shape->rank, 1, 0, THAW_MAX_RANK);
  pass_longs (self, shape->dim, shape->rank);
}

static void
pass_slice (Numbers *self, ThawSliceParams *slice)
{
  pass_ints (self, &slice->axis, 1, 0, THAW_MAX_RANK);
  pass_longs (self, &slice->start, 1);
  pass_longs (self, &slice->length, 1);
}

static void
pass_resize (Numbers *self, ThawResizeParams *resize)
{
  resize->mode = (ThawScalingMode) pass (self, resize->mode, 0, THAW_N_SCALINGS - 1);
  resize->nearest = (ThawNearest) pass (self, resize->nearest, 0, THAW_N_NEARESTS - 1);
  resize->coordinates = (ThawCoordinates) pass (self, resize->coordinates, 0, THAW_N_COORDINATES - 1);
  pass_longs (self, resize->size, 2);
  pass_doubles (self, resize->scale, 2);
  pass_doubles (self, &resize->cubic, 1);
  pass_ints (self, &resize->antialias, 1, 0, 1);
  pass_ints (self, &resize->exclude_outside, 1, 0, 1);
}

/* What only other programs' networks have */
static void
pass_foreign (Numbers *self, ThawOp op, ThawOpParams *params)
{
  if (op == THAW_OP_POWER)
    pass_doubles (self, &params->power.exponent, 1);
  else if (op == THAW_OP_RESIZE)
    pass_resize (self, &params->resize);
  else if (op == THAW_OP_LRN)
    {
      pass_longs (self, &params->lrn.size, 1);
      pass_doubles (self, &params->lrn.alpha, 1);
      pass_doubles (self, &params->lrn.beta, 1);
      pass_doubles (self, &params->lrn.bias, 1);
    }
}

static void
pass_moving (Numbers *self, ThawOp op, ThawOpParams *params)
{
  if (op == THAW_OP_RESHAPE)
    pass_shape (self, &params->reshape.shape);
  else if (op == THAW_OP_TRANSPOSE)
    {
      pass_ints (self, &params->transpose.rank, 1, 0, THAW_MAX_RANK);
      pass_ints (self, params->transpose.perm, params->transpose.rank, 0, THAW_MAX_RANK - 1);
    }
  else if (op == THAW_OP_PAD)
    {
      pass_ints (self, params->pad.pad, 4, 0, 1 << 24);
      pass_float (self, &params->pad.value);
    }
  else if (op == THAW_OP_MEAN)
    {
      pass_ints (self, &params->reduce.n_axes, 1, 0, THAW_MAX_RANK);
      pass_ints (self, params->reduce.axis, params->reduce.n_axes, 0, THAW_MAX_RANK - 1);
      pass_ints (self, &params->reduce.keep, 1, 0, 1);
    }
  else
    pass_foreign (self, op, params);
}

static void
pass_params (Numbers *self, ThawOp op, ThawOpParams *params)
{
  switch (op)
    {
    case THAW_OP_CONV:
    case THAW_OP_DEPTHWISE:
    case THAW_OP_MAX_POOL:
    case THAW_OP_AVG_POOL:
      pass_window (self, &params->window);
      break;
    case THAW_OP_LINEAR:
      pass_activation (self, &params->linear.activation);
      break;
    case THAW_OP_BATCHNORM:
    case THAW_OP_LAYERNORM:
    case THAW_OP_FOLD_WEIGHT:
    case THAW_OP_FOLD_BIAS:
      pass_norm (self, &params->norm);
      break;
    case THAW_OP_ADAPTIVE_POOL:
      pass_longs (self, params->adaptive.size, 2);
      break;
    case THAW_OP_SOFTMAX:
    case THAW_OP_LOG_SOFTMAX:
    case THAW_OP_CONCAT:
      pass_ints (self, &params->axis.axis, 1, 0, THAW_MAX_RANK);
      break;
    case THAW_OP_DROPOUT:
      pass_float (self, &params->dropout.p);
      break;
    case THAW_OP_MATMUL:
      pass_ints (self, &params->matmul.transpose_a, 1, 0, 1);
      pass_ints (self, &params->matmul.transpose_b, 1, 0, 1);
      break;
    case THAW_OP_SLICE:
      pass_slice (self, &params->slice);
      break;
    case THAW_OP_SHUFFLE:
      pass_longs (self, &params->shuffle.groups, 1);
      break;
    case THAW_OP_CONSTANT:
      pass_constant (self, &params->constant);
      break;
    case THAW_OP_RELATIVE_BIAS:
      pass_longs (self, params->relative.window, 2);
      break;
    default:
      pass_moving (self, op, params);
    }
}

/* --- writing --- */

static void
append_node (GString *text, const ThawNode *node)
{
  ThawOpParams params = node->params;
  ThawShape shape = node->shape;
  Numbers numbers = { 0 };

  if (node->op == THAW_OP_INPUT || node->op == THAW_OP_PARAMETER)
    pass_shape (&numbers, &shape);
  else
    pass_params (&numbers, node->op, &params);
  g_string_append (text, node->id ? ",[" : "[");
  thaw_json_append_string (text, thaw_op_name (node->op));
  g_string_append_c (text, ',');
  thaw_json_append_string (text, node->name);
  g_string_append (text, ",[");
  for (guint i = 0; i < node->n_inputs; i++)
    g_string_append_printf (text, "%s%d", i ? "," : "", node->inputs[i] ? (int) node->inputs[i]->id : -1);
  g_string_append (text, "],[");
  for (guint i = 0; i < numbers.n; i++)
    {
      g_string_append (text, i ? "," : "");
      thaw_json_append_double (text, numbers.values[i]);
    }
  g_string_append (text, "]]");
}

char *
thaw_graph_to_text (const ThawGraph *self, const ThawNode *features)
{
  GString *text = g_string_new ("{\"nodes\":[");

  for (guint id = 0; id < thaw_graph_size (self); id++)
    append_node (text, thaw_graph_at (self, id));
  g_string_append (text, "],\"outputs\":[");
  for (guint i = 0; i < thaw_graph_n_outputs (self); i++)
    g_string_append_printf (text, "%s%u", i ? "," : "", thaw_graph_output (self, i)->id);
  g_string_append_printf (text, "],\"features\":%u}", features->id);
  return g_string_free (text, FALSE);
}

/* --- reading --- */

typedef struct
{
  ThawGraph *graph;
  GError   **error;
} Reader;

static gboolean
damaged (Reader *self, const char *what)
{
  if (self->error && !*self->error)
    g_set_error (self->error, THAW_ERROR, THAW_ERROR_INVALID, "the description of the network cannot be read: %s", what);
  return FALSE;
}

static gboolean
read_op (ThawJsonReader *item, ThawOp *op)
{
  g_autofree char *name = thaw_json_take_string (item);

  for (*op = 0; name && *op < THAW_N_OPS; (*op)++)
    if (g_str_equal (thaw_op_name (*op), name))
      return TRUE;
  return FALSE;
}

static ThawNode *
read_reference (Reader *self, ThawJsonReader item)
{
  gint64 id;

  return thaw_json_take_int (&item, &id) && id >= 0 && id < (gint64) thaw_graph_size (self->graph)
             ? thaw_graph_at (self->graph, (guint) id)
             : NULL;
}

/* -1 is one that is absent. */
static gboolean
read_inputs (Reader *self, ThawJsonReader list, GPtrArray *inputs)
{
  ThawJsonReader item;

  while (thaw_json_next (&list, &item))
    {
      ThawNode *node = read_reference (self, item);

      if (inputs->len == MAX_INPUTS || (!node && thaw_json_peek (&item) != '-'))
        return FALSE;
      g_ptr_array_add (inputs, node);
    }
  return TRUE;
}

static gboolean
read_numbers (ThawJsonReader list, Numbers *numbers)
{
  ThawJsonReader item;

  *numbers = (Numbers){ .reading = TRUE };
  while (thaw_json_next (&list, &item))
    if (numbers->n == MAX_NUMBERS || !thaw_json_number (&item, &numbers->values[numbers->n++]))
      return FALSE;
  return TRUE;
}

static ThawNode *
add_leaf (Reader *self, ThawOp op, const char *name, Numbers *numbers)
{
  ThawShape shape = { 0 };
  gsize bytes;

  pass_shape (numbers, &shape);
  for (int i = 0; i < shape.rank; i++)
    numbers->bad |= shape.dim[i] < 1;
  if (numbers->bad || !thaw_shape_check (&shape, sizeof (float), &bytes))
    return NULL;
  return op == THAW_OP_INPUT ? thaw_graph_add_input (self->graph, name, &shape)
                             : thaw_graph_add_parameter (self->graph, name, &shape);
}

static gboolean
add_node (Reader *self, ThawOp op, const char *name, const GPtrArray *inputs, Numbers *numbers)
{
  ThawOpParams params = { 0 };
  ThawNode *node;
  gsize bytes;

  if (op == THAW_OP_INPUT || op == THAW_OP_PARAMETER)
    return add_leaf (self, op, name, numbers) || damaged (self, "a picture or parameter has no size");
  pass_params (numbers, op, &params);
  if (numbers->bad || numbers->at != numbers->n)
    return damaged (self, "a layer's numbers are not its own");
  node = thaw_graph_add (self->graph, op, name, &params, (ThawNode *const *) inputs->pdata, inputs->len, self->error);
  if (!node)
    return damaged (self, "a layer has no input, or the name of another");
  return (thaw_shape_check (&node->shape, 1, &bytes) && bytes <= MAX_VALUE) || damaged (self, "a layer gives more numbers than any has");
}

static gboolean
read_node (Reader *self, ThawJsonReader list)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autofree char *name = NULL;
  ThawJsonReader item;
  Numbers numbers;
  ThawOp op;

  if (!thaw_json_next (&list, &item) || !read_op (&item, &op))
    return damaged (self, "it has an operation that this version of Thaw does not have");
  if (!thaw_json_next (&list, &item) || !(name = thaw_json_take_string (&item)) || !thaw_json_next (&list, &item)
      || !read_inputs (self, item, inputs) || !thaw_json_next (&list, &item) || !read_numbers (item, &numbers))
    return damaged (self, "a layer is incomplete");
  return add_node (self, op, name, inputs, &numbers);
}

static gboolean
read_graph (Reader *self, const ThawJsonReader *object, ThawNode **features)
{
  ThawJsonReader list, item;

  if (!thaw_json_find (object, "nodes", &list))
    return damaged (self, "it has no layers");
  while (thaw_json_next (&list, &item))
    if (!read_node (self, item))
      return FALSE;
  if (!thaw_json_find (object, "outputs", &list))
    return damaged (self, "it has no output");
  while (thaw_json_next (&list, &item))
    if (!read_reference (self, item))
      return damaged (self, "its output is none of its layers");
    else
      thaw_graph_add_output (self->graph, read_reference (self, item));
  *features = thaw_json_find (object, "features", &item) ? read_reference (self, item) : NULL;
  return (*features && (*features)->batched && thaw_graph_n_outputs (self->graph) > 0 && thaw_graph_n_inputs (self->graph) == 1)
         || damaged (self, "it has no picture, features or output");
}

ThawGraph *
thaw_graph_from_text (const char *text, ThawNode **features, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  g_autoptr (GError) problem = NULL;
  Reader self = { graph, &problem };
  ThawJsonReader object;

  thaw_json_reader_init (&object, text, strlen (text));
  if (read_graph (&self, &object, features))
    return g_steal_pointer (&graph);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}
