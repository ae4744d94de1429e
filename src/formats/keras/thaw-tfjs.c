/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TensorFlow.js layers models: model.json says what the layers are (as Keras 2 does) and where in its files each weight lies. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "formats/weights/thaw-zip.h"
#include "thaw-keras-private.h"

typedef struct
{
  ThawZip          *zip;
  const char       *folder;   /* of model.json inside: "" or "name/" */
  ThawWeightsBudget budget;
  ThawTensorMap    *tensors;
} Reader;

/* One entry of the manifest */
typedef struct
{
  char     *name;
  ThawShape shape;
  ThawDtype dtype;     /* as it lies in the file */
  gboolean  quantised; /* a number is @min + @scale times it */
  double    scale, min;
} Weight;

static gboolean
damaged (GError **error, const char *what)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "its list of weights cannot be read: %s", what);
  return FALSE;
}

static gboolean
find_dtype (const char *name, gboolean quantised, ThawDtype *dtype)
{
  static const struct
  {
    const char *name;
    ThawDtype   dtype;
    gboolean    quantised;
  } known[] = {
    { "float32", THAW_DTYPE_F32 }, { "int32", THAW_DTYPE_I32 }, { "bool", THAW_DTYPE_BOOL }, { "uint8", THAW_DTYPE_U8 },
    { "float16", THAW_DTYPE_F16, TRUE }, { "uint8", THAW_DTYPE_U8, TRUE }, { "uint16", THAW_DTYPE_I16, TRUE },
  };

  for (guint i = 0; name && i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].name, name) && known[i].quantised == quantised)
      {
        *dtype = known[i].dtype;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_shape (const ThawJsonReader *object, ThawShape *shape)
{
  ThawJsonReader list, item;

  *shape = (ThawShape){ 0 };
  if (!thaw_json_find (object, "shape", &list) || thaw_json_peek (&list) != '[')
    return FALSE;
  while (thaw_json_next (&list, &item))
    if (shape->rank == THAW_MAX_RANK || !thaw_json_take_int (&item, &shape->dim[shape->rank++]))
      return FALSE;
  return TRUE;
}

static gboolean
read_weight (const ThawJsonReader *object, Weight *weight, GError **error)
{
  ThawJsonReader quantisation;
  gboolean quantised = thaw_json_find (object, "quantization", &quantisation);
  g_autofree char *dtype = thaw_keras_string (quantised ? &quantisation : object, "dtype");

  weight->name = thaw_keras_string (object, "name");
  if (!weight->name || !read_shape (object, &weight->shape))
    return damaged (error, "one has no name or no shape");
  if (!find_dtype (dtype, quantised, &weight->dtype))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the weight \"%.80s\" is of the type %.20s, which Thaw does not read", weight->name,
                   dtype ? dtype : "(none)");
      return FALSE;
    }
  weight->quantised = quantised && weight->dtype != THAW_DTYPE_F16;
  weight->scale = quantised ? thaw_keras_double (&quantisation, "scale", 1) : 1;
  weight->min = quantised ? thaw_keras_double (&quantisation, "min", 0) : 0;
  return TRUE;
}

/* float32 again. What a file of bytes needs so is four times its size, which is what the network needs. */
static ThawTensor *
dequantise (ThawTensor *raw, const Weight *weight, GError **error)
{
  ThawTensor *tensor = thaw_tensor_try_new (THAW_DTYPE_F32, &raw->shape, error);
  gint64 n = thaw_tensor_count (raw);

  for (gint64 i = 0; tensor && i < n; i++)
    {
      double number = raw->dtype == THAW_DTYPE_U8 ? ((const guint8 *) raw->data)[i] : ((const guint16 *) raw->data)[i];

      thaw_tensor_f32 (tensor)[i] = (float) (number * weight->scale + weight->min);
    }
  return tensor;
}

static gboolean
add_weight (Reader *self, const Weight *weight, GBytes *data, gsize *at, GError **error)
{
  g_autoptr (ThawTensor) raw = thaw_weights_tensor (weight->dtype, &weight->shape, data, *at, &self->budget, error);
  ThawTensor *tensor;

  if (!raw)
    {
      g_prefix_error (error, "the weight \"%.80s\": ", weight->name);
      return FALSE;
    }
  *at += raw->bytes;
  tensor = weight->quantised ? dequantise (raw, weight, error) : thaw_tensor_ref (raw);
  return tensor && thaw_weights_add (self->tensors, weight->name, tensor, error);
}

/* The files that a group names (transfer full) */
static GPtrArray *
find_files (Reader *self, const ThawJsonReader *group, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  ThawJsonReader paths, item;

  if (!thaw_json_find (group, "paths", &paths))
    {
      damaged (error, "a group names no files");
      return NULL;
    }
  while (thaw_json_next (&paths, &item))
    {
      g_autofree char *path = thaw_json_take_string (&item);
      g_autofree char *name = g_strconcat (self->folder, path ? thaw_tfjs_plain_name (path) : "", NULL);
      GBytes *content = thaw_zip_read (self->zip, name, &self->budget, error);

      if (!content)
        return NULL;
      g_ptr_array_add (files, content);
    }
  return g_steal_pointer (&files);
}

/* One behind the other; a single one as it lies */
static GBytes *
join_files (Reader *self, const GPtrArray *files, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  gsize total = 0;

  if (files->len == 1)
    return g_bytes_ref (g_ptr_array_index (files, 0));
  for (guint i = 0; i < files->len; i++)
    total += g_bytes_get_size (g_ptr_array_index (files, i));
  if (total > G_MAXINT32 || !thaw_weights_budget_take (&self->budget, total, error))
    {
      if (error && !*error)
        g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "its files have more than 2 GB in all");
      return NULL;
    }
  for (guint i = 0; i < files->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (files, i), &size);

      if (size > 0)
        g_byte_array_append (all, data, size);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

static gboolean
read_group (Reader *self, const ThawJsonReader *group, GError **error)
{
  g_autoptr (GPtrArray) files = find_files (self, group, error);
  g_autoptr (GBytes) data = files ? join_files (self, files, error) : NULL;
  ThawJsonReader weights, item;
  gsize at = 0;

  if (!data)
    return FALSE;
  if (!thaw_json_find (group, "weights", &weights))
    return damaged (error, "a group has no weights");
  while (thaw_json_next (&weights, &item))
    {
      Weight weight = { 0 };
      gboolean good = read_weight (&item, &weight, error) && add_weight (self, &weight, data, &at, error);

      g_free (weight.name);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_manifest (Reader *self, const ThawJsonReader *model, GError **error)
{
  ThawJsonReader groups, group;

  if (!thaw_json_find (model, "weightsManifest", &groups))
    return damaged (error, "model.json has no weightsManifest");
  while (thaw_json_next (&groups, &group))
    if (!read_group (self, &group, error))
      return FALSE;
  return TRUE;
}

/* The converter puts the model into a box with Keras' version, TensorFlow.js itself does not. */
static gboolean
find_model (const ThawJsonReader *json, ThawJsonReader *model, gboolean *old, GError **error)
{
  ThawJsonReader topology;
  g_autofree char *version = NULL;

  if (!thaw_json_find (json, "modelTopology", &topology) || thaw_keras_is (json, "format", "graph-model"))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "a TensorFlow.js graph model, which has no layers any more; export it as a layers model");
      return FALSE;
    }
  version = thaw_keras_string (&topology, "keras_version");
  *old = !version || *version != '3';
  if (!thaw_json_find (&topology, "model_config", model))
    *model = topology;
  return TRUE;
}

/* Teachable Machine cuts out the middle of a picture and scales it, and its networks see -1 .. 1. */
static void
prepare_as_teachable_machine (ThawModel *model)
{
  ThawPreprocessing *preprocessing = &model->preprocessing;

  for (int c = 0; c < 3; c++)
    preprocessing->mean[c] = preprocessing->std[c] = 127.5f;
  preprocessing->stretch = FALSE;
  g_clear_pointer (&model->assumption, g_free);
}

static gboolean
apply_metadata (Reader *self, ThawModel *model, GError **error)
{
  g_autofree char *name = g_strconcat (self->folder, "metadata.json", NULL);
  g_autoptr (GBytes) bytes = NULL;
  ThawJsonReader json, list;
  gsize size;
  const char *data;

  if (!thaw_zip_has (self->zip, name))
    return TRUE;
  bytes = thaw_zip_read (self->zip, name, &self->budget, error);
  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  thaw_json_reader_init (&json, data ? data : "", size);
  if (!thaw_keras_read_labels (model, &json, error))
    return FALSE;
  if (thaw_json_find (&json, "tmVersion", &list) || thaw_keras_is (&json, "packageName", "@teachablemachine/image"))
    prepare_as_teachable_machine (model);
  return TRUE;
}

static ThawModel *
read_model (Reader *self, GBytes *text, GError **error)
{
  g_auto (ThawKerasStore) store = { 0 };
  g_autoptr (ThawModel) model = NULL;
  ThawJsonReader json, object;
  gboolean old;
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  thaw_json_reader_init (&json, data ? data : "", size);
  if (!find_model (&json, &object, &old, error) || !read_manifest (self, &json, error))
    return NULL;
  thaw_keras_store_init (&store, thaw_tensor_map_ref (self->tensors), FALSE);
  model = thaw_keras_read (object.at, object.end - object.at, &store, old, NULL, error);
  if (!model || !apply_metadata (self, model, error))
    return NULL;
  return g_steal_pointer (&model);
}

ThawModel *
thaw_tfjs_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, error);
  const char *name = zip ? thaw_zip_find (zip, "model.json", error) : NULL;
  g_autofree char *folder = name ? g_strndup (name, strlen (name) - strlen ("model.json")) : NULL;
  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new ();
  Reader self = { .zip = zip, .folder = folder, .tensors = tensors };
  g_autoptr (GBytes) text = NULL;

  if (!name)
    return NULL;
  thaw_weights_budget_init (&self.budget, g_bytes_get_size (bytes));
  text = thaw_zip_read (zip, name, &self.budget, error);
  return text ? read_model (&self, text, error) : NULL;
}
