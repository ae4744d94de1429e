/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as the state dict of torchvision's or timm's network, and back */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-zoo-build.h"

/* The node that has @parameter as an input */
static const ThawNode *
user_of (const ThawGraph *graph, const ThawNode *parameter)
{
  for (guint id = parameter->id + 1; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] == parameter)
          return node;
    }
  return NULL;
}

/* Whether the classifier is a matrix with a bias, as a head's is (MaxViT's has none), right behind the features, but for dropout */
static gboolean
is_plain (const ThawModel *whole, const ThawNode *weight)
{
  const ThawNode *layer = user_of (whole->graph, weight), *x = layer->inputs[0];

  while (x->op == THAW_OP_DROPOUT)
    x = x->inputs[0];
  return layer->op == THAW_OP_LINEAR && layer->n_inputs > 2 && layer->inputs[2] && x == whole->features
         && layer == thaw_graph_output (whole->graph, 0);
}

/* Whether @head is one linear layer, but for dropout */
static gboolean
is_linear (const char *head)
{
  ThawHead parsed;
  guint other = 0;

  if (!thaw_head_parse (&parsed, head, NULL))
    return FALSE;
  for (guint i = 0; i + 1 < parsed.n_layers; i++)
    other += parsed.layers[i].kind != THAW_HEAD_DROPOUT;
  return other == 0;
}

/* Not those that came from TensorFlow by its own names */
static gboolean
is_pytorch (const char *architecture)
{
  return thaw_zoo_find (architecture) && thaw_zoo_find (architecture) != &thaw_family_mobilenet_v1
         && !g_str_equal (architecture, "mobilenet_v2_tf");
}

void
thaw_zoo_state_clear (ThawZooState *self)
{
  g_clear_pointer (&self->classifier, g_free);
  g_clear_pointer (&self->timm, g_free);
}

gboolean
thaw_zoo_state_init (ThawZooState *self, const ThawModel *model, GError **error)
{
  g_autoptr (ThawModel) whole = NULL;
  const ThawNode *weight;

  *self = (ThawZooState){ 0 };
  if (!is_pytorch (model->architecture) || model->cut_at)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   model->cut_at ? "this network was cut at %s, and PyTorch's network is whole: export ONNX or safetensors"
                                 : "PyTorch has no network “%s” by which the weights could be named: export ONNX or safetensors",
                   model->cut_at ? model->cut_at : model->architecture);
      return FALSE;
    }
  whole = thaw_zoo_build (model->architecture, thaw_zoo_measure (model->architecture, model->parameters), thaw_model_n_classes (model), error);
  weight = whole ? thaw_zoo_classifier (whole->graph, whole->features) : NULL;
  if (!weight)
    return FALSE;
  self->classifier = g_strndup (weight->name, strlen (weight->name) - strlen (".weight"));
  self->sequential = model->head && !(is_linear (model->head) && is_plain (whole, weight));
  self->version = thaw_zoo_find (model->architecture) == &thaw_family_mnasnet ? 2 : 0;
  self->first = model->features->shape.rank == 4 ? 2 : 0;
  self->timm = thaw_zoo_timm_name (model->architecture);
  return TRUE;
}

char *
thaw_zoo_state_name (const ThawZooState *self, const ThawModel *model, const char *name)
{
  const char *rest;
  char *end;
  guint64 layer;

  if (!model->head || !g_str_has_prefix (name, "head.") || !g_ascii_isdigit (name[5]))
    return g_strdup (name);
  layer = g_ascii_strtoull (name + 5, &end, 10);
  rest = end;
  return self->sequential ? g_strdup_printf ("%s.%" G_GUINT64_FORMAT "%s", self->classifier, layer + self->first, rest)
                          : g_strconcat (self->classifier, rest, NULL);
}

/* "a.b.NAME" beside "a.b.x" */
static char *
beside (const char *name, const char *other)
{
  return g_strdup_printf ("%.*s.%s", (int) (strrchr (name, '.') - name), name, other);
}

/* Where in the table of relative positions each pair of a window's places is; torchvision keeps that in its files. @flat: as one row */
static ThawTensor *
make_index (gint64 side, gboolean flat)
{
  gint64 places = side * side;
  ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_I64, flat ? &THAW_SHAPE (places * places) : &THAW_SHAPE (places, places));
  gint64 *out = tensor->data;

  for (gint64 i = 0; i < places; i++)
    for (gint64 k = 0; k < places; k++)
      out[i * places + k] = (i / side - k / side + side - 1) * (2 * side - 1) + i % side - k % side + side - 1;
  return tensor;
}

/* Swin v2's relative positions, by logarithm, -8 to 8 at the ends */
static ThawTensor *
make_coordinates (gint64 side)
{
  gint64 n = 2 * side - 1;
  ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, n, n, 2));
  float *out = tensor->data;

  for (gint64 i = 0; i < n * n; i++)
    for (int axis = 0; axis < 2; axis++)
      {
        double at = 8. * (double) ((axis ? i % n : i / n) - side + 1) / (double) (side - 1);

        out[2 * i + axis] = (float) (copysign (log2 (fabs (at) + 1), at) / 3);
      }
  return tensor;
}

/* What PyTorch keeps in a state dict beside what a network is computed from */
static void
add_buffers (ThawTensorMap *state, const char *name, const ThawTensor *tensor, gboolean maxvit)
{
  g_autofree char *counter = beside (name, "num_batches_tracked"), *index = beside (name, "relative_position_index");

  if (g_str_has_suffix (name, ".running_var"))
    thaw_tensor_map_take (state, counter, thaw_tensor_new (THAW_DTYPE_I64, &(ThawShape){ 0 }));
  if (g_str_has_suffix (name, ".relative_position_bias_table"))
    {
      gint64 side = ((gint64) sqrt ((double) tensor->shape.dim[0]) + 1) / 2;

      thaw_tensor_map_take (state, index, make_index (side, !maxvit));
    }
  if (g_str_has_suffix (name, ".cpb_mlp.0.weight"))
    {
      g_autofree char *mlp = g_strndup (name, strlen (name) - strlen (".0.weight"));
      g_autofree char *v2_index = beside (mlp, "relative_position_index"), *table = beside (mlp, "relative_coords_table");

      thaw_tensor_map_take (state, v2_index, make_index (8, TRUE));
      thaw_tensor_map_take (state, table, make_coordinates (8));
    }
}

ThawTensorMap *
thaw_zoo_state_dict (const ThawZooState *self, const ThawModel *model)
{
  ThawTensorMap *state = thaw_tensor_map_new ();

  for (guint id = 0; id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id);
      ThawTensor *tensor = node->op == THAW_OP_PARAMETER ? thaw_tensor_map_get (model->parameters, node->name) : NULL;
      g_autofree char *name = tensor ? thaw_zoo_state_name (self, model, node->name) : NULL;
      ThawShape shape;

      if (!tensor)
        continue;
      shape = thaw_zoo_file_shape (model->architecture, node);
      thaw_tensor_map_take (state, name, thaw_shape_equal (&shape, &tensor->shape) ? thaw_tensor_ref (tensor) : thaw_tensor_reshape (tensor, &shape));
      add_buffers (state, name, tensor, g_str_has_prefix (model->architecture, "maxvit"));
    }
  return state;
}

ThawModel *
thaw_zoo_from_state_dict (const ThawZooState *self, const ThawModel *like, const ThawTensorMap *state, GError **error)
{
  g_autoptr (ThawTensorMap) weights = thaw_tensor_map_new ();
  g_autoptr (GHashTable) metadata = thaw_zoo_metadata (like);

  for (guint i = 0; i < thaw_tensor_map_size (like->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (like->parameters, i);
      g_autofree char *theirs = thaw_zoo_state_name (self, like, name);
      ThawTensor *tensor = thaw_tensor_map_get (state, theirs);

      if (tensor)
        thaw_tensor_map_set (weights, name, tensor);
    }
  return thaw_zoo_from_weights (weights, metadata, error);
}

/* --- how it is used --- */

static const char *
activation_class (ThawActivation activation)
{
  static const char *const names[THAW_N_ACTIVATIONS] = { "Identity", "ReLU", "ReLU6", "Sigmoid", "Tanh", "Hardsigmoid", "SiLU", "Hardswish", "GELU" };

  return names[activation];
}

static void
append_layer (GString *text, const ThawHeadLayer *layer, gint64 *width, gint64 classes)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  gint64 out = layer->out ? layer->out : classes;

  if (layer->kind == THAW_HEAD_DROPOUT)
    g_string_append_printf (text, "    torch.nn.Dropout(%s),\n", g_ascii_formatd (number, sizeof number, "%.6g", layer->p));
  else if (layer->kind == THAW_HEAD_ACTIVATION)
    g_string_append_printf (text, "    torch.nn.%s(),\n", activation_class (layer->activation));
  else if (layer->kind == THAW_HEAD_BATCHNORM)
    g_string_append_printf (text, "    torch.nn.BatchNorm1d(%" G_GINT64_FORMAT "),\n", *width);
  else
    {
      g_string_append_printf (text, "    torch.nn.Linear(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "),\n", *width, out);
      *width = out;
    }
}

/* "classifier.1" is classifier[1] in Python. */
static char *
python_path (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);
  GString *text = g_string_new ("model");

  for (char **part = parts; *part; part++)
    g_string_append_printf (text, g_ascii_isdigit (**part) ? "[%s]" : ".%s", *part);
  return g_string_free (text, FALSE);
}

static void
append_head (GString *text, const ThawZooState *self, const ThawModel *model)
{
  g_autofree char *path = python_path (self->classifier);
  gint64 width = model->features->shape.dim[model->features->shape.rank - 1];
  ThawHead head;

  if (!self->sequential || !thaw_head_parse (&head, model->head, NULL))
    return;
  g_string_append_printf (text, "# The head that was trained is more than one matrix: it stands in place of the classifier.\n%s = torch.nn.Sequential(\n", path);
  if (self->first)
    g_string_append (text, "    torch.nn.AdaptiveAvgPool2d(1),\n    torch.nn.Flatten(),\n");
  for (guint i = 0; i < head.n_layers; i++)
    append_layer (text, &head.layers[i], &width, thaw_model_n_classes (model));
  g_string_append (text, ")\n");
  if (self->first)
    g_string_append (text, "# What comes behind it must not change its answers.\nmodel.classifier[2] = model.classifier[3] = torch.nn.Identity()\n");
}

/* What torchvision calls it, which has one function for what only says otherwise how pictures come (transfer full) */
static char *
torchvision_name (const char *architecture)
{
  static const char *const prefixes[] = { "googlenet", "inception_v3", "vit_b_16", "vit_l_16", "vit_h_14" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (architecture, prefixes[i]))
      return g_strdup (prefixes[i]);
  return g_strdup (architecture);
}

char *
thaw_zoo_state_recipe (const ThawZooState *self, const ThawModel *model)
{
  const ThawFamily *family = thaw_zoo_find (model->architecture);
  gboolean timm = g_str_has_prefix (model->architecture, "timm/") || family == &thaw_family_efficientnet_lite;
  GString *text = g_string_new ("import torch\n");
  int size = model->preprocessing.width;
  /* Their classifiers halfway and what they do to pictures were left out. */
  gboolean old = g_str_has_prefix (model->architecture, "googlenet") || g_str_has_prefix (model->architecture, "inception_v3");
  g_autofree char *name = torchvision_name (model->architecture);

  if (timm)
    g_string_append_printf (text, "import timm\n\nmodel = timm.create_model(\"%s\", num_classes=%" G_GINT64_FORMAT, self->timm, thaw_model_n_classes (model));
  else
    g_string_append_printf (text, "import torchvision\n\nmodel = torchvision.models.%s(weights=None, num_classes=%" G_GINT64_FORMAT "%s", name,
                            thaw_model_n_classes (model), old ? ", aux_logits=False, init_weights=False" : "");
  if (family->measure)
    g_string_append_printf (text, timm ? ", img_size=%d" : ", image_size=%d", size);
  g_string_append (text, ")\n");
  append_head (text, self, model);
  return g_string_free (text, FALSE);
}
