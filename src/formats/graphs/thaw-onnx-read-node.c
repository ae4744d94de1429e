/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node of the file after the other: folded where it is made of constants, else an operation of Thaw's */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-view.h"

gboolean
thaw_onnx_refuse (const ThawOnnxReading *self, const char *what)
{
  if (self->error && !*self->error)
    g_set_error_literal (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, what);
  return FALSE;
}

const char *
thaw_onnx_input_name (const ThawOnnxReading *self, gsize i)
{
  return i < self->proto->n_input && *self->proto->input[i] ? self->proto->input[i] : NULL;
}

ThawTensor *
thaw_onnx_input_constant (const ThawOnnxReading *self, gsize i)
{
  const char *name = thaw_onnx_input_name (self, i);

  return name ? g_hash_table_lookup (self->reader->constants, name) : NULL;
}

const ThawOnnxView *
thaw_onnx_value (const ThawOnnxReader *self, const char *name)
{
  return name ? g_hash_table_lookup (self->values, name) : NULL;
}

const ThawOnnxView *
thaw_onnx_input_value (const ThawOnnxReading *self, gsize i)
{
  return thaw_onnx_value (self->reader, thaw_onnx_input_name (self, i));
}

int
thaw_onnx_input_ints (const ThawOnnxReading *self, gsize i, const char *name, gint64 *out)
{
  ThawOnnxCall call = { self->reader->constants, self->proto, self->reader->opset, &self->reader->budget, NULL };

  return thaw_onnx_call_ints (&call, i, name, out);
}

gboolean
thaw_onnx_give (const ThawOnnxReading *self, gsize i, const ThawOnnxView *view)
{
  ThawOnnxView *copy = g_memdup2 (view, sizeof *view);

  if (i < self->proto->n_output)
    g_hash_table_replace (self->reader->values, self->proto->output[i], copy);
  else
    g_free (copy);
  return TRUE;
}

ThawNode *
thaw_onnx_help (ThawOnnxReader *self, ThawOp op, const char *name, const char *what, const ThawOpParams *params, ThawNode *input, GError **error)
{
  g_autofree char *own = name && !thaw_graph_find (self->graph, name) ? g_strdup (name) : NULL;
  g_autofree char *wanted = !own && self->layer ? g_strdup_printf ("%s_%s", self->layer, what) : NULL;

  if (wanted)
    own = thaw_onnx_free_name (self, wanted);
  return thaw_graph_add (self->graph, op, own, params, &input, 1, error);
}

ThawNode *
thaw_onnx_layer (const ThawOnnxReading *self, ThawOp op, const ThawOpParams *params, ThawNode *const *inputs, guint n)
{
  ThawOnnxReader *reader = self->reader;
  g_autofree char *name = reader->layer ? thaw_onnx_free_name (reader, reader->layer) : NULL;
  ThawNode *node = thaw_graph_add (reader->graph, op, name, params, inputs, n, self->error);

  if (!node)
    thaw_onnx_refuse (self, "it lacks an input");
  return node;
}

/* A name that is the file's, and not one that an exporter made up (this one's are constant_...) */
static gboolean
is_own_name (const char *name)
{
  return name && *name && g_utf8_validate (name, -1, NULL) && !strchr (name, ':') && !strchr (name, '/')
         && strspn (name, "0123456789") != strlen (name) && !g_str_has_prefix (name, "val_")
         && !g_str_has_prefix (name, "constant_");
}

ThawNode *
thaw_onnx_parameter (ThawOnnxReader *self, const char *name, ThawTensor *tensor, const char *kind)
{
  g_autoptr (ThawTensor) floats = tensor->dtype == THAW_DTYPE_F32 ? thaw_tensor_ref (tensor) : thaw_tensor_to_f32 (tensor);
  ThawNode *node = is_own_name (name) ? thaw_graph_find (self->graph, name) : NULL;
  g_autofree char *made = NULL, *free_name = NULL;

  if (node && node->op == THAW_OP_PARAMETER && thaw_tensor_map_get (self->parameters, name) == floats)
    return node;
  if (!is_own_name (name))
    made = g_strdup_printf ("%s%s%s", self->layer ? self->layer : "constant", self->layer ? "." : "_", kind);
  free_name = thaw_onnx_free_name (self, made ? made : name);
  thaw_tensor_map_set (self->parameters, free_name, floats);
  return thaw_graph_add_parameter (self->graph, free_name, &floats->shape);
}

gboolean
thaw_onnx_fold (ThawOnnxReader *self, const ThawOnnx__Node *proto, GError **error)
{
  ThawOnnxCall call = { self->constants, proto, self->opset, &self->budget, error };

  for (gsize i = 0; i < proto->n_input; i++)
    if (*proto->input[i] && !g_hash_table_contains (self->constants, proto->input[i]))
      return FALSE;
  return thaw_onnx_can_evaluate (proto) && thaw_onnx_evaluate (&call);
}

/* Shape and Size say what is known before any picture is there. */
static gboolean
read_shape (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawTensor place = { .dtype = THAW_DTYPE_F32, .shape = thaw_onnx_view_shape (x) };
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  ThawOnnxCall call = { values, self->proto, self->reader->opset, &self->reader->budget, self->error };
  const char *output = self->proto->output[0];

  g_hash_table_insert (values, self->proto->input[0], &place);
  if (!thaw_onnx_evaluate (&call))
    return FALSE;
  g_hash_table_replace (self->reader->constants, (gpointer) output, g_hash_table_lookup (values, output));
  return TRUE;
}

static ThawOnnxRead
find_reader (const char *type)
{
  static ThawOnnxRead (*const finders[]) (const char *) = { thaw_onnx_find_window, thaw_onnx_find_products, thaw_onnx_find_pointwise,
                                                            thaw_onnx_find_binary, thaw_onnx_find_rows, thaw_onnx_find_axes, thaw_onnx_find_pieces_of };
  ThawOnnxRead read = NULL;

  if (g_str_equal (type, "Shape") || g_str_equal (type, "Size"))
    return read_shape;
  for (guint i = 0; i < G_N_ELEMENTS (finders) && !read; i++)
    read = finders[i] (type);
  return read;
}

/* What none of the readers can know: an input that is not there, or that only a pattern would have read */
static gboolean
check_inputs (const ThawOnnxReading *self)
{
  ThawOnnxReader *reader = self->reader;

  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      const char *name = thaw_onnx_input_name (self, i);
      const ThawOnnx__Node *maker = name ? g_hash_table_lookup (reader->makers, name) : NULL;

      if (!name || g_hash_table_contains (reader->constants, name) || g_hash_table_contains (reader->values, name))
        continue;
      g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "its input \"%.80s\" is made by %s%.40s, which is not read before it", name,
                   maker ? "the operator " : "nothing", maker && maker->op_type ? maker->op_type : "");
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_weighted (const char *type)
{
  static const char *const types[] = { "Conv", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization", NULL };

  return g_strv_contains (types, type);
}

static gboolean
read_known (const ThawOnnxReading *self)
{
  const ThawOnnxPattern *pattern = g_hash_table_lookup (self->reader->patterns, self->proto);
  const char *type = self->proto->op_type ? self->proto->op_type : "";
  gboolean foreign = self->proto->domain && *self->proto->domain && !g_str_equal (self->proto->domain, "ai.onnx");
  ThawOnnxRead read = foreign ? NULL : find_reader (type);
  gboolean weighted = is_weighted (type) && thaw_onnx_input_constant (self, 1);
  const char *weights[2] = { NULL, NULL };

  for (guint i = 0; i < 2; i++)
    weights[i] = pattern ? pattern->inputs[1 + i] : weighted ? thaw_onnx_input_name (self, 1 + i) : NULL;
  g_free (self->reader->layer);
  self->reader->layer = thaw_onnx_layer_name (self->reader, self->proto, weights, pattern || weighted);
  if (pattern)
    return thaw_onnx_read_pattern (self, pattern) || thaw_onnx_refuse (self, "axes or weights that do not fit what it ends");
  if (!read)
    return thaw_onnx_refuse (self, foreign ? "an operator that is not ONNX's own; export the network without it"
                                           : "an operator that Thaw does not read; export the network without it");
  if (!check_inputs (self))
    return FALSE;
  return read (self) || thaw_onnx_refuse (self, "a form of it that Thaw does not read");
}

gboolean
thaw_onnx_read_node (ThawOnnxReader *self, const ThawOnnx__Node *proto, GError **error)
{
  g_autoptr (GError) problem = NULL;
  ThawOnnxReading reading = { self, proto, &problem };

  if (!proto->n_output)
    return TRUE;
  if (thaw_onnx_fold (self, proto, &problem))
    return TRUE;
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (read_known (&reading))
    return TRUE;
  else
    g_propagate_prefixed_error (error, g_steal_pointer (&problem), "node \"%.80s\" (%.40s): ", proto->name ? proto->name : "",
                                proto->op_type ? proto->op_type : "?");
  return FALSE;
}
