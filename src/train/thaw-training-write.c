/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-training-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "thaw-training-resources.h"

#define NETWORK "network.py"
#define RESOURCES "/thaw/training/"

/* Those that every folder has as they are */
static const char *const programs[] = { "train.py", "pictures.py", "rules.py" };

const char *const *
thaw_training_parts (void)
{
  static const char *const parts[] = { "train.py", "pictures.py", "rules.py", NETWORK, "README.md", THAW_TRAINING_SETTINGS,
                                       THAW_TRAINING_MANIFEST, THAW_TRAINING_WEIGHTS, THAW_TRAINING_PROGRESS, NULL };

  return parts;
}

/* --- writing --- */

static gboolean
put (const char *folder, const char *name, GBytes *bytes, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return bytes && thaw_file_replace (path, bytes, error);
}

static gboolean
put_text (const char *folder, const char *name, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = text ? g_bytes_new (text, strlen (text)) : NULL;

  return put (folder, name, bytes, error);
}

static gboolean
put_programs (const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *resource = g_strconcat (RESOURCES, programs[i], NULL);
      g_autoptr (GBytes) bytes = g_resource_lookup_data (thaw_training_get_resource (), resource, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

      if (!put (folder, programs[i], bytes, error))
        return FALSE;
    }
  return TRUE;
}

/* How the network is made */
static gboolean
put_network (const char *folder, const ThawModel *model, const ThawZooState *zoo, GError **error)
{
  g_autofree char *recipe = thaw_zoo_state_recipe (zoo, model);
  g_autofree char *text = g_strconcat ("# SPDX-License-Identifier: 0BSD\n\"\"\"The network, without its weights: model\"\"\"\n", recipe, NULL);

  return put_text (folder, NETWORK, text, error);
}

static gboolean
put_readme (const char *folder, const ThawModel *model, const ThawDataset *dataset, const ThawExportTraining *run, const char *pictures, GError **error)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (thaw_training_get_resource (), RESOURCES "README.md", G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr (GString) text = bytes ? g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes)) : NULL;
  g_autofree char *train = g_strdup_printf ("%u", thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, -1));
  g_autofree char *validation = g_strdup_printf ("%u", thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1));
  g_autofree char *classes = g_strdup_printf ("%u", dataset->classes->len);

  if (!text)
    return FALSE;
  g_string_replace (text, "@TRAIN@", train, 0);
  g_string_replace (text, "@VALIDATION@", validation, 0);
  g_string_replace (text, "@CLASSES@", classes, 0);
  g_string_replace (text, "@NETWORK@", model->title ? model->title : model->architecture, 0);
  g_string_replace (text, "@PICTURES@", pictures, 0);
  g_string_replace (text, "@RUN@", run->name, 0);
  return put_text (folder, "README.md", text->str, error);
}

/* @progress: (nullable): what of the run is done */
static gboolean
put_tensors (const char *folder, const char *name, const ThawTensorMap *tensors, const char *progress, GError **error)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GBytes) bytes = NULL;

  g_hash_table_insert (metadata, (char *) "format", (char *) "pt");
  if (progress)
    g_hash_table_insert (metadata, (char *) "progress", (char *) progress);
  bytes = thaw_safetensors_write (tensors, metadata, THAW_DTYPE_F32, error);
  return put (folder, name, bytes, error);
}

static gboolean
put_weights (const char *folder, const ThawZooState *zoo, const ThawExportTraining *run, GError **error)
{
  g_autoptr (ThawTensorMap) weights = thaw_zoo_state_dict (zoo, run->start);
  g_autoptr (ThawTensorMap) tensors = run->state ? thaw_training_state_tensors (zoo, run->start, run->state) : NULL;
  g_autofree char *progress = run->state ? thaw_training_progress (zoo, run->start, run->state->json, error) : NULL;

  if (run->state && !progress)
    return FALSE;
  return put_tensors (folder, THAW_TRAINING_WEIGHTS, weights, NULL, error)
         && (!run->state || put_tensors (folder, THAW_TRAINING_PROGRESS, tensors, progress, error));
}

static gboolean
put_descriptions (const char *folder, const ThawDataset *dataset, const ThawZooState *zoo, const ThawExportTraining *run, GError **error)
{
  g_autofree char *pictures = NULL, *settings = NULL;
  g_autoptr (ThawTrainOptions) options = thaw_training_options (run->options, run->state, error);
  GString *manifest = options ? thaw_training_manifest (dataset, run->start, &pictures) : NULL;
  g_autofree char *text = manifest ? g_string_free (manifest, FALSE) : NULL;

  settings = text ? thaw_training_settings (run->start, zoo, options, run, pictures, error) : NULL;
  return settings && put_text (folder, THAW_TRAINING_SETTINGS, settings, error) && put_text (folder, THAW_TRAINING_MANIFEST, text, error)
         && put_readme (folder, run->start, dataset, run, pictures, error);
}

gboolean
thaw_training_write (const ThawDataset *dataset, const ThawExportTraining *run, const char *path, GError **error)
{
  g_auto (ThawZooState) zoo = { 0 };

  if (!thaw_zoo_state_init (&zoo, run->start, error))
    return FALSE;
  if (g_mkdir (path, 0777) != 0)
    {
      const int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "the folder %s could not be made: %s", path, g_strerror (code));
      return FALSE;
    }
  return put_descriptions (path, dataset, &zoo, run, error) && put_programs (path, error) && put_network (path, run->start, &zoo, error)
         && put_weights (path, &zoo, run, error);
}

/* --- reading back --- */

static gboolean
differs (const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "the folder was not written: read back, its %s is not what it should be: please report this", what);
  return FALSE;
}

/* To the bit, with names */
static gboolean
is_same (const ThawTensorMap *a, const ThawTensorMap *b)
{
  gboolean same = thaw_tensor_map_size (a) == thaw_tensor_map_size (b);

  for (guint i = 0; same && i < thaw_tensor_map_size (a); i++)
    {
      const ThawTensor *x = thaw_tensor_map_at (a, i), *y = thaw_tensor_map_get (b, thaw_tensor_map_name (a, i));

      same = y && x->dtype == y->dtype && thaw_shape_equal (&x->shape, &y->shape) && memcmp (x->data, y->data, x->bytes) == 0;
    }
  return same;
}

static ThawModel *
check_weights (const ThawZooState *zoo, const ThawExportTraining *run, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, THAW_TRAINING_WEIGHTS, NULL);
  g_autoptr (ThawTensorMap) file = thaw_weights_load (path, NULL, error);
  g_autoptr (ThawModel) read = file ? thaw_zoo_from_state_dict (zoo, run->start, file, error) : NULL;

  if (!read)
    return NULL;
  if (!is_same (run->start->parameters, read->parameters))
    {
      differs ("weights", error);
      return NULL;
    }
  return thaw_model_copy (read);
}

static void
replace (ThawModel *model, const ThawTensorMap *from, const char *prefix)
{
  for (guint i = 0; i < thaw_tensor_map_size (from); i++)
    if (g_str_has_prefix (thaw_tensor_map_name (from, i), prefix))
      thaw_tensor_map_take (model->parameters, thaw_tensor_map_name (from, i) + strlen (prefix), thaw_tensor_copy (thaw_tensor_map_at (from, i)));
}

/* What is done of the run is put into @model: the best weights, or the last where there are no best */
static gboolean
check_progress (const ThawZooState *zoo, const ThawExportTraining *run, const char *folder, ThawModel *model, GError **error)
{
  g_autofree char *path = g_build_filename (folder, THAW_TRAINING_PROGRESS, NULL), *progress = NULL;
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawTensorMap) file = run->state ? thaw_weights_load (path, &metadata, error) : NULL;
  g_autoptr (ThawTrainState) state = file ? thaw_training_state_read (zoo, run->start, file, error) : NULL;

  if (!state)
    return run->state == NULL;
  progress = thaw_training_progress (zoo, run->start, run->state->json, error);
  if (g_strcmp0 (progress, g_hash_table_lookup (metadata, "progress")) != 0 || !is_same (run->state->tensors, state->tensors)
      || (run->state->best != NULL) != (state->best != NULL) || (state->best && !is_same (run->state->best, state->best)))
    return differs ("progress", error);
  replace (model, state->best ? state->best : state->tensors, state->best ? "" : "model/");
  return TRUE;
}

static char *
read_part (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, error) ? text : NULL;
}

/* The settings say the same as the run's own, but for what belongs to this machine. */
static gboolean
check_settings (const ThawExportTraining *run, const char *folder, GError **error)
{
  g_autofree char *text = read_part (folder, THAW_TRAINING_SETTINGS, error), *wanted = NULL, *found = NULL;
  g_autoptr (JsonParser) parser = text ? thaw_json_parse (text, -1, error) : NULL;
  JsonNode *node = parser ? json_object_get_member (json_node_get_object (json_parser_get_root (parser)), "training") : NULL;
  g_autofree char *training = node ? thaw_json_write (node) : NULL;
  g_autoptr (ThawTrainOptions) read = training ? thaw_train_options_from_json (training, error) : NULL;
  g_autoptr (ThawTrainOptions) own = read ? thaw_training_options (run->options, run->state, error) : NULL;

  if (!own)
    return FALSE;
  read->threads = own->threads;
  read->memory = own->memory;
  read->disk = own->disk;
  read->nice = own->nice;
  read->precision = own->precision;
  read->cache_directory = g_strdup (own->cache_directory);
  wanted = thaw_train_options_to_json (own);
  found = thaw_train_options_to_json (read);
  return g_str_equal (wanted, found) || differs ("settings", error);
}

static gboolean
check_manifest (const ThawDataset *dataset, const ThawExportTraining *run, const char *folder, GError **error)
{
  g_autofree char *found = read_part (folder, THAW_TRAINING_MANIFEST, error), *root = NULL;
  GString *manifest = thaw_training_manifest (dataset, run->start, &root);
  g_autofree char *wanted = g_string_free (manifest, FALSE);

  return found && (g_str_equal (found, wanted) || differs ("manifest", error));
}

ThawModel *
thaw_training_check (const ThawDataset *dataset, const ThawExportTraining *run, const char *path, GError **error)
{
  g_auto (ThawZooState) zoo = { 0 };
  g_autoptr (ThawModel) model = NULL;

  if (!thaw_zoo_state_init (&zoo, run->start, error) || !check_settings (run, path, error) || !check_manifest (dataset, run, path, error))
    return NULL;
  model = check_weights (&zoo, run, path, error);
  return model && check_progress (&zoo, run, path, model, error) ? g_steal_pointer (&model) : NULL;
}
