/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network out of an ONNX file, whoever wrote it. First what is made of constants alone is worked out; then, from the end, layers are
 * looked for that are said in several nodes; then the nodes become operations, in their order. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "../thaw-formats.h"
#include "thaw-graph-parts.h"
#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-view.h"

#define MAX_SIDE 8192
/* Where the file leaves it open */
#define DEFAULT_SIDE 224
/* What may be worked out of constants, beyond twice the file */
#define BUDGET (G_GINT64_CONSTANT (1) << 28)

static gboolean
makes_value (const ThawOnnxReader *self, const char *name)
{
  return g_hash_table_contains (self->makers, name);
}

static const ThawOnnx__Value *
find_value (ThawOnnx__Value *const *values, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (values[i]->name, name) == 0)
      return values[i];
  return NULL;
}

/* The picture as the network takes it: a value called THAW_ONNX_INPUT inside, where the file has the preprocessing too, else
 * the first input that is no parameter. */
static const ThawOnnx__Value *
find_picture (const ThawOnnxReader *self)
{
  const ThawOnnx__Graph *graph = self->proto;

  if (makes_value (self, THAW_ONNX_INPUT))
    return find_value (graph->value_info, graph->n_value_info, THAW_ONNX_INPUT);
  for (gsize i = 0; i < graph->n_input; i++)
    if (graph->input[i]->name && !g_hash_table_contains (self->constants, graph->input[i]->name))
      return graph->input[i];
  return NULL;
}

static gint64
declared_dim (const ThawOnnx__Value *value, gsize i)
{
  const ThawOnnx__Dimension *dim = value->type->tensor_type->shape->dim[i];

  return dim && dim->has_dim_value ? dim->dim_value : 0;
}

/* [N, C, H, W], or [N, H, W, C] where the last axis alone can be channels: axes of C, H, W */
static void
find_axes (const ThawOnnx__Value *value, int *axes)
{
  gint64 first = declared_dim (value, 1), last = declared_dim (value, 3);
  gboolean channels_last = (first < 1 || first > 4) && last >= 1 && last <= 4;

  memcpy (axes, channels_last ? (const int[]){ 3, 1, 2 } : (const int[]){ 1, 2, 3 }, 3 * sizeof *axes);
}

static gboolean
add_picture (ThawOnnxReader *self, GError **error)
{
  const ThawOnnx__Value *value = find_picture (self);
  const ThawOnnx__TensorType *type = value && value->type ? value->type->tensor_type : NULL;
  ThawOnnxView view;
  int axes[3];
  gint64 c, h, w;

  if (!type || type->elem_type != THAW_ONNX_FLOAT || !type->shape || type->shape->n_dim != 4)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "the network's input is not a float32 picture [N, 3, H, W]");
      return FALSE;
    }
  find_axes (value, axes);
  c = declared_dim (value, axes[0]);
  h = declared_dim (value, axes[1]);
  w = declared_dim (value, axes[2]);
  c = c ? c : 3;
  h = h ? h : w ? w : DEFAULT_SIDE;
  w = w ? w : h;
  if (c < 1 || c > 4 || h < 1 || h > MAX_SIDE || w < 1 || w > MAX_SIDE)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "input \"%.80s\" has the size %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                   "; 1 to 4 channels and up to %d pixels a side are possible",
                   value->name, c, h, w, MAX_SIDE);
      return FALSE;
    }
  thaw_onnx_view_init (&view, thaw_graph_add_input (self->graph, THAW_ONNX_INPUT, &THAW_SHAPE (1, h, w, c)), 4,
                       (const int[]){ 0, axes[1], axes[2], axes[0] });
  g_hash_table_insert (self->values, value->name, g_memdup2 (&view, sizeof view));
  return TRUE;
}

static gboolean
read_constants (ThawOnnxReader *self, const char *folder, GError **error)
{
  for (gsize i = 0; i < self->proto->n_initializer; i++)
    {
      const ThawOnnx__Tensor *proto = self->proto->initializer[i];
      ThawTensor *tensor = thaw_onnx_take_tensor (proto, folder, error);

      if (!tensor)
        return FALSE;
      g_hash_table_replace (self->constants, proto->name ? proto->name : (char *) "", tensor);
    }
  return TRUE;
}

static void
find_makers (ThawOnnxReader *self)
{
  for (gsize i = 0; i < self->proto->n_node; i++)
    {
      ThawOnnx__Node *node = self->proto->node[i];

      for (gsize k = 0; k < node->n_output; k++)
        if (*node->output[k])
          g_hash_table_insert (self->makers, node->output[k], node);
      for (gsize k = 0; k < node->n_input; k++)
        g_hash_table_replace (self->uses, node->input[k],
                              GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (self->uses, node->input[k])) + 1));
    }
  for (gsize i = 0; i < self->proto->n_output; i++)
    if (self->proto->output[i]->name)
      g_hash_table_replace (self->uses, self->proto->output[i]->name, GINT_TO_POINTER (2));
}

/* What no picture is needed for; errors come up again where the value is missed. */
static void
fold_constants (ThawOnnxReader *self, const gboolean *needed)
{
  for (gsize i = 0; i < self->proto->n_node; i++)
    if (needed[i])
      thaw_onnx_fold (self, self->proto->node[i], NULL);
}

/* From the end: a node that a layer said in several nodes ends with is needed for itself, and those inside are not for it. */
static void
find_patterns (ThawOnnxReader *self, const char *target, gboolean *needed)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_add (wanted, (gpointer) target);
  for (gsize i = self->proto->n_node; i-- > 0;)
    {
      ThawOnnx__Node *node = self->proto->node[i];
      ThawOnnxPattern pattern = { 0 };
      gboolean used = FALSE;

      for (gsize k = 0; k < node->n_output; k++)
        used |= g_hash_table_contains (wanted, node->output[k]) && !g_hash_table_contains (self->constants, node->output[k]);
      needed[i] = needed[i] && used;
      if (needed[i] && thaw_onnx_match (self, node, &pattern))
        {
          g_hash_table_insert (self->patterns, node, g_memdup2 (&pattern, sizeof pattern));
          for (guint k = 0; k < 3 && pattern.inputs[k]; k++)
            g_hash_table_add (wanted, (gpointer) pattern.inputs[k]);
          continue;
        }
      for (gsize k = 0; needed[i] && k < node->n_input; k++)
        g_hash_table_add (wanted, node->input[k]);
    }
}

/* [1, classes], whatever axes of 1 the file has around it */
static ThawNode *
logits_of (ThawOnnxReader *self, const char *target, GError **error)
{
  const ThawOnnxView *given = thaw_onnx_value (self, target);
  ThawOnnxView view;
  ThawShape shape;

  if (given)
    {
      view = *given;
      shape = thaw_onnx_view_shape (&view);
      if (shape.rank >= 2 && view.node->batched && thaw_onnx_view_pictures (&view) == 0 && shape.dim[0] == 1)
        for (int axis = 1; axis < shape.rank; axis++)
          if (shape.dim[axis] == thaw_shape_count (&shape))
            return thaw_onnx_view_node (self, &view, &THAW_SHAPE (1, shape.dim[axis]), error);
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "output \"%.80s\" is not a row of logits a picture", target);
  return NULL;
}

static gboolean
read_nodes (ThawOnnxReader *self, const char *target, GError **error)
{
  g_autofree gboolean *needed = thaw_onnx_needed (self->proto, target, makes_value (self, THAW_ONNX_INPUT) ? THAW_ONNX_INPUT : NULL);
  ThawNode *logits;

  fold_constants (self, needed);
  find_patterns (self, target, needed);
  for (gsize i = 0; i < self->proto->n_node; i++)
    if (needed[i] && !thaw_onnx_read_node (self, self->proto->node[i], error))
      return FALSE;
  g_clear_pointer (&self->layer, g_free);
  logits = logits_of (self, target, error);
  if (logits)
    thaw_graph_add_output (self->graph, logits);
  return logits != NULL;
}

/* Without what was read on the way to something simpler, and without its constants */
static void
drop_unused (ThawOnnxReader *self, ThawGraph **graph, ThawTensorMap **parameters)
{
  *graph = thaw_graph_prune (self->graph);
  *parameters = thaw_tensor_map_new ();
  for (guint id = 0; id < thaw_graph_size (*graph); id++)
    {
      const ThawNode *node = thaw_graph_at (*graph, id);

      if (node->op == THAW_OP_PARAMETER)
        thaw_tensor_map_set (*parameters, node->name, thaw_tensor_map_get (self->parameters, node->name));
    }
}

static char *
copy_metadata (const ThawOnnx__Model *proto, const char *key)
{
  const char *value = thaw_onnx_metadata (proto, key);

  return value && g_utf8_validate (value, -1, NULL) ? g_strdup (value) : NULL;
}

static gboolean
set_metadata (ThawModel *model, const ThawOnnx__Model *proto, GError **error)
{
  const char *labels = thaw_onnx_metadata (proto, "labels");
  const char *preprocessing = thaw_onnx_metadata (proto, "preprocessing");

  thaw_preprocessing_set_usual (&model->preprocessing);
  if (!preprocessing)
    model->assumption = g_strdup ("pictures are prepared as most networks of ImageNet want them: the shorter side scaled to 8/7 of the crop, less "
                                  "ImageNet's mean, divided by its deviation");
  if (preprocessing && !thaw_preprocessing_from_json (&model->preprocessing, preprocessing, error))
    return FALSE;
  if (labels && !thaw_model_take_labels (model, labels, error))
    return FALSE;
  model->head = copy_metadata (proto, "head");
  model->cut_at = copy_metadata (proto, "cut_at");
  model->licence = copy_metadata (proto, "licence");
  if (thaw_onnx_metadata (proto, "title"))
    {
      g_free (model->title);
      model->title = copy_metadata (proto, "title");
    }
  return TRUE;
}

static ThawModel *
make_model (ThawOnnxReader *self, const ThawOnnx__Model *proto, GError **error)
{
  const char *features = thaw_onnx_metadata (proto, "features");
  g_autofree char *architecture = copy_metadata (proto, "architecture");
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawTensorMap) parameters = NULL;
  g_autoptr (ThawModel) model = NULL;
  ThawNode *node;

  drop_unused (self, &graph, &parameters);
  node = features ? thaw_graph_find (graph, features) : NULL;
  if (!node || !node->batched)
    node = thaw_graph_guess_features (thaw_graph_output (graph, 0));
  if (!node || thaw_graph_n_inputs (graph) != 1)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "no linear layer or convolution before the output: not a classifier that a head can be put on");
      return NULL;
    }
  model = thaw_model_new (architecture ? architecture : "onnx", thaw_graph_ref (graph),
                          thaw_tensor_map_ref (parameters), node);
  if (!set_metadata (model, proto, error))
    return NULL;
  return g_steal_pointer (&model);
}

/* The value that is the logits: what comes before the last softmax, or before the class that is the most likely */
static const char *
find_target (const ThawOnnxReader *self)
{
  static const char *const ends[] = { "Softmax", "LogSoftmax", "ArgMax", "Identity", NULL };
  const char *name = makes_value (self, THAW_ONNX_LOGITS) ? THAW_ONNX_LOGITS : self->proto->output[0]->name;
  const ThawOnnx__Node *node;

  for (guint i = 0; i < 4 && (node = g_hash_table_lookup (self->makers, name)); i++)
    {
      if (!node->op_type || !g_strv_contains (ends, node->op_type) || node->n_input != 1)
        break;
      name = node->input[0];
    }
  return name;
}

static gint64
find_opset (const ThawOnnx__Model *proto)
{
  for (gsize i = 0; i < proto->n_opset_import; i++)
    {
      const char *domain = proto->opset_import[i]->domain;

      if (!domain || !*domain || g_str_equal (domain, "ai.onnx"))
        return proto->opset_import[i]->version;
    }
  return 0;
}

void
thaw_onnx_reader_clear (ThawOnnxReader *self)
{
  if (!self->graph)
    return;
  g_free (self->layer);
  g_hash_table_unref (self->scopes);
  g_hash_table_unref (self->patterns);
  g_hash_table_unref (self->uses);
  g_hash_table_unref (self->makers);
  g_hash_table_unref (self->values);
  g_hash_table_unref (self->constants);
  thaw_tensor_map_unref (self->parameters);
  thaw_graph_unref (self->graph);
}

void
thaw_onnx_reader_init (ThawOnnxReader *self, const ThawOnnx__Model *proto, gsize size)
{
  *self = (ThawOnnxReader){
    .proto = proto->graph,
    .opset = find_opset (proto),
    .graph = thaw_graph_new (),
    .parameters = thaw_tensor_map_new (),
    .constants = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) thaw_tensor_unref),
    .values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
    .makers = g_hash_table_new (g_str_hash, g_str_equal),
    .uses = g_hash_table_new (g_str_hash, g_str_equal),
    .patterns = g_hash_table_new_full (NULL, NULL, NULL, g_free),
    .scopes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .budget = BUDGET + 2 * (gint64) size,
  };
  find_makers (self);
  thaw_onnx_find_scopes (self);
}

/* @folder: (nullable): where the file lies, for data in other files */
ThawModel *
thaw_onnx_parse_in (GBytes *bytes, const char *folder, GError **error)
{
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_unpack (bytes, error);
  g_auto (ThawOnnxReader) self = { 0 };

  if (!proto)
    return NULL;
  thaw_onnx_reader_init (&self, proto, g_bytes_get_size (bytes));
  if (proto->graph->n_output == 0 || !proto->graph->output[0]->name)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "an ONNX file without an output");
      return NULL;
    }
  if (!read_constants (&self, folder, error) || !add_picture (&self, error) || !read_nodes (&self, find_target (&self), error))
    return NULL;
  return make_model (&self, proto, error);
}

ThawModel *
thaw_onnx_parse (GBytes *bytes, GError **error)
{
  return thaw_onnx_parse_in (bytes, NULL, error);
}
