/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "thaw-zoo-build.h"

/* Checkpoints wrap the network: DataParallel, Lightning, torch.compile, a dictionary around it. */
static const char *const wrappers[]
    = { "module.", "model.", "state_dict.", "_orig_mod.", "net.", "network." };

static gboolean
all_start_with (const ThawTensorMap *weights, gsize skip, const char *prefix)
{
  for (guint i = 0; i < thaw_tensor_map_size (weights); i++)
    if (!g_str_has_prefix (thaw_tensor_map_name (weights, i) + skip, prefix))
      return FALSE;
  return thaw_tensor_map_size (weights) > 0;
}

static gsize
wrapper_length (const ThawTensorMap *weights)
{
  gsize length = 0;
  gboolean found = TRUE;

  while (found)
    {
      found = FALSE;
      for (guint i = 0; i < G_N_ELEMENTS (wrappers) && !found; i++)
        if (all_start_with (weights, length, wrappers[i]))
          {
            length += strlen (wrappers[i]);
            found = TRUE;
          }
    }
  return length;
}

/* Numbers in PyTorch's files that nothing here needs: BatchNorm's counters, and what follows from
 * the architecture alone. */
static gboolean
is_bookkeeping (const char *name)
{
  static const char *const endings[]
      = { "num_batches_tracked", "relative_position_index", "relative_coords_table" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

/* Without those, and under the names the network itself gave. */
static ThawTensorMap *
clean (const ThawTensorMap *weights)
{
  g_autoptr (ThawTensorMap) counted = thaw_tensor_map_new ();
  ThawTensorMap *cleaned = thaw_tensor_map_new ();
  gsize skip;

  for (guint i = 0; i < thaw_tensor_map_size (weights); i++)
    if (!is_bookkeeping (thaw_tensor_map_name (weights, i)))
      thaw_tensor_map_set (counted, thaw_tensor_map_name (weights, i),
                           thaw_tensor_map_at (weights, i));
  skip = wrapper_length (counted);
  for (guint i = 0; i < thaw_tensor_map_size (counted); i++)
    thaw_tensor_map_set (cleaned, thaw_tensor_map_name (counted, i) + skip,
                         thaw_tensor_map_at (counted, i));
  return cleaned;
}

static ThawTensorMap *
another_map (const ThawTensorMap *weights)
{
  ThawTensorMap *same = thaw_tensor_map_new ();

  for (guint i = 0; i < thaw_tensor_map_size (weights); i++)
    thaw_tensor_map_set (same, thaw_tensor_map_name (weights, i), thaw_tensor_map_at (weights, i));
  return same;
}

/* @shape: that of @node in files; Thaw writes the node's own */
static gboolean
check_tensor (const ThawNode *node,
              const ThawShape *shape,
              const ThawTensor *tensor,
              const char *title,
              GError **error)
{
  g_autofree char *wanted = thaw_shape_to_string (shape);
  g_autofree char *found = tensor ? thaw_shape_to_string (&tensor->shape) : NULL;

  if (!tensor)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "%s needs a tensor \"%s\" of %s, which is not in the file", title, node->name,
                 wanted);
  else if (!thaw_shape_equal (&tensor->shape, shape)
           && !thaw_shape_equal (&tensor->shape, &node->shape))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the tensor \"%s\" is %s, but %s needs %s",
                 node->name, found, title, wanted);
  else if (tensor->dtype > THAW_DTYPE_F64)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "the tensor \"%s\" holds %s; weights must be floating point", node->name,
                 thaw_dtype_name (tensor->dtype));
  else
    return TRUE;
  return FALSE;
}

/* @tensor in float32 as @shape, which has as many numbers (transfer full) */
static ThawTensor *
in_shape (ThawTensor *tensor, const ThawShape *shape)
{
  ThawTensor *same = thaw_tensor_to_f32 (tensor), *shaped;

  if (thaw_shape_equal (&same->shape, shape))
    return same;
  shaped = thaw_tensor_reshape (same, shape);
  thaw_tensor_unref (same);
  return shaped;
}

static gboolean
fill (ThawModel *model, const ThawTensorMap *weights, GError **error)
{
  for (guint id = 0; id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id);
      ThawTensor *tensor;
      ThawShape shape;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_tensor_map_get (weights, node->name);
      shape = thaw_zoo_file_shape (model->architecture, node);
      if (!check_tensor (node, &shape, tensor, model->title, error))
        return FALSE;
      thaw_tensor_map_take (model->parameters, node->name, in_shape (tensor, &node->shape));
    }
  return TRUE;
}

/* A head from a file is built only where the file has the numbers that belong in it: its text alone
 * could ask for any amount of memory. */
static gboolean
check_head (const ThawModel *model,
            const ThawHead *head,
            guint classes,
            const ThawTensorMap *weights,
            GError **error)
{
  gint64 width = model->features->shape.dim[model->features->shape.rank - 1];

  for (guint i = 0; i < head->n_layers; i++)
    {
      const ThawHeadLayer *layer = &head->layers[i];
      g_autofree char *name = g_strdup_printf ("head.%u.weight", i);
      gint64 out = layer->out ? layer->out : classes;
      ThawNode wanted = { .name = name, .shape = THAW_SHAPE (out, width) };

      if (layer->kind != THAW_HEAD_LINEAR)
        continue;
      if (!check_tensor (&wanted, &wanted.shape, thaw_tensor_map_get (weights, name), "the head",
                         error))
        return FALSE;
      width = out;
    }
  return TRUE;
}

static ThawModel *
put_head (ThawModel *model,
          const char *text,
          const char *labels_json,
          const ThawTensorMap *weights,
          GError **error)
{
  g_auto (GStrv) labels = NULL;
  ThawHead head;

  if (!thaw_head_parse (&head, text, error))
    return NULL;
  if (!labels_json)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "the file has a head (%.80s) but no labels", text);
      return NULL;
    }
  labels = thaw_labels_from_json (labels_json, error);
  if (!labels || !check_head (model, &head, g_strv_length (labels), weights, error))
    return NULL;
  return thaw_model_with_head (model, &head, (const char *const *)labels, 0, error);
}

/* @model for the picture size that the metadata name. */
static ThawModel *
put_size (ThawModel *model, const char *json, GError **error)
{
  ThawPreprocessing preprocessing;

  if (!json)
    return thaw_model_ref (model);
  if (!thaw_preprocessing_from_json (&preprocessing, json, error))
    return NULL;
  if (preprocessing.width == model->preprocessing.width
      && preprocessing.height == model->preprocessing.height)
    return thaw_model_ref (model);
  return thaw_model_resize (model, preprocessing.height, preprocessing.width, error);
}

/* What comes after the classifier's features in the metadata's network: cut, head, size. NULL with
 * an error. */
static ThawModel *
change (ThawModel *model, GHashTable *metadata, const ThawTensorMap *weights, GError **error)
{
  const char *cut_at = g_hash_table_lookup (metadata, "cut_at");
  const char *head = g_hash_table_lookup (metadata, "head");
  g_autoptr (ThawModel) cut
      = cut_at ? thaw_model_truncate (model, cut_at, error) : thaw_model_ref (model);
  g_autoptr (ThawModel) headed = NULL;

  if (!cut)
    return NULL;
  headed = head ? put_head (cut, head, g_hash_table_lookup (metadata, "labels"), weights, error)
                : thaw_model_ref (cut);
  return headed ? put_size (headed, g_hash_table_lookup (metadata, "preprocessing"), error) : NULL;
}

/* The outputs of the pretrained classifier where the file still has it. */
static gint64
count_classes (const char *architecture, const ThawTensorMap *weights)
{
  ThawNode *features;
  ThawPreprocessing preprocessing;
  g_autoptr (ThawGraph) graph
      = thaw_zoo_graph (architecture, 0, 1000, &features, &preprocessing, NULL);
  const ThawNode *classifier = graph ? thaw_zoo_classifier (graph, features) : NULL;
  const ThawTensor *tensor = classifier ? thaw_tensor_map_get (weights, classifier->name) : NULL;

  return tensor && tensor->shape.rank >= 2 && tensor->shape.dim[0] > 0 ? tensor->shape.dim[0]
                                                                       : 1000;
}

/* The side of the pictures that a network of @architecture is to be built for; 0: its own */
static int
choose_size (const char *architecture, const ThawTensorMap *weights, GHashTable *metadata)
{
  const char *json = g_hash_table_lookup (metadata, "preprocessing");
  ThawPreprocessing preprocessing;

  if (thaw_zoo_find (architecture)->sized && json && thaw_preprocessing_from_json (&preprocessing, json, NULL) && preprocessing.width == preprocessing.height)
    return preprocessing.width;
  return thaw_zoo_measure (architecture, weights);
}

static ThawModel *
assemble (const char *architecture,
          gint64 classes,
          ThawTensorMap *weights,
          GHashTable *metadata,
          GError **error)
{
  int size = choose_size (architecture, weights, metadata);
  g_autoptr (ThawModel) whole = thaw_zoo_build (architecture, size, classes, error);
  g_autoptr (ThawModel) model = whole ? change (whole, metadata, weights, error) : NULL;

  if (!model || !fill (model, weights, error) || !thaw_zoo_apply_metadata (model, metadata, error))
    return NULL;
  return g_steal_pointer (&model);
}

static ThawModel *
from_metadata (const ThawFamily *family,
               ThawTensorMap *weights,
               GHashTable *metadata,
               GError **error)
{
  const char *architecture = g_hash_table_lookup (metadata, "architecture");
  g_autoptr (ThawTensorMap) own = another_map (weights);
  gint64 classes;

  family->recognise (own, &classes); /* for its relayout alone */
  classes = count_classes (architecture, own);
  return assemble (architecture, classes, own, metadata, error);
}

static ThawModel *
from_names (ThawTensorMap *weights, GHashTable *metadata, GError **error)
{
  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    {
      const ThawFamily *family = thaw_zoo_family (i);
      g_autoptr (ThawTensorMap) own = another_map (weights);
      gint64 classes = 0;
      const char *architecture = family->recognise (own, &classes);

      ThawModel *model
          = architecture ? assemble (architecture, classes, own, metadata, error) : NULL;

      if (model)
        model->assumption = g_strdup (thaw_zoo_assumption (architecture));
      if (architecture)
        return model;
    }
  thaw_zoo_set_unknown_error (weights, error);
  return NULL;
}

/* What stands in the metadata of its own must go together: pictures of this size are what it is given. */
static gboolean
check_picture (const ThawModel *model, GError **error)
{
  const ThawShape *picture = &thaw_graph_input (model->graph, 0)->shape;
  const ThawNode *logits = thaw_graph_output (model->graph, 0);
  const ThawPreprocessing *preprocessing = &model->preprocessing;

  if (picture->rank == 4 && picture->dim[3] == 3 && picture->dim[1] == preprocessing->height && picture->dim[2] == preprocessing->width
      && logits->batched && logits->shape.rank == 2)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the network does not go with the size of its pictures, or gives no row of classes");
  return FALSE;
}

/* A network that came from another program as a whole: the metadata have it, with its head. */
static ThawModel *
from_graph (const char *text, ThawTensorMap *weights, GHashTable *metadata, GError **error)
{
  const char *architecture = g_hash_table_lookup (metadata, "architecture");
  ThawNode *features;
  ThawGraph *graph = thaw_graph_from_text (text, &features, error);
  g_autoptr (ThawModel) model
      = graph ? thaw_model_new (architecture ? architecture : "", graph, thaw_tensor_map_new (), features) : NULL;

  if (!model || !fill (model, weights, error))
    return NULL;
  model->head = g_strdup (g_hash_table_lookup (metadata, "head"));
  model->cut_at = g_strdup (g_hash_table_lookup (metadata, "cut_at"));
  return thaw_zoo_apply_metadata (model, metadata, error) && check_picture (model, error) ? g_steal_pointer (&model) : NULL;
}

ThawModel *
thaw_zoo_from_weights (ThawTensorMap *weights, GHashTable *metadata, GError **error)
{
  g_autoptr (ThawTensorMap) cleaned = clean (weights);
  g_autoptr (GHashTable) known
      = metadata ? g_hash_table_ref (metadata) : g_hash_table_new (g_str_hash, g_str_equal);
  const char *architecture = g_hash_table_lookup (known, "architecture");
  const ThawFamily *family = architecture ? thaw_zoo_find (architecture) : NULL;

  if (g_hash_table_contains (known, "thaw_graph"))
    return from_graph (g_hash_table_lookup (known, "thaw_graph"), weights, known, error);
  /* Other programs call architectures otherwise: then the names and shapes of the tensors say what
   * it is. */
  return family ? from_metadata (family, cleaned, known, error)
                : from_names (cleaned, known, error);
}

ThawModel *
thaw_zoo_resize (const ThawModel *self, int height, int width, GError **error)
{
  const ThawFamily *family = thaw_zoo_find (self->architecture);
  g_autoptr (GHashTable) metadata = NULL;
  ThawPreprocessing preprocessing = self->preprocessing;
  ThawModel *model;

  if (!family || !family->sized || height != width)
    return thaw_model_resize (self, height, width, error);
  thaw_preprocessing_set_size (&preprocessing, width, height);
  metadata = thaw_zoo_metadata (self);
  g_hash_table_replace (metadata, g_strdup ("preprocessing"), thaw_preprocessing_to_json (&preprocessing));
  model = thaw_zoo_from_weights (self->parameters, metadata, error);
  if (model && !model->assumption)
    model->assumption = g_strdup (self->assumption);
  return model;
}
