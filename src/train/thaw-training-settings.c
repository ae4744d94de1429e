/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-training-folder.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-csv.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

/* --- layers, by PyTorch's names --- */

/* The module that the parameter @node belongs to (transfer full) */
static char *
module_of (const ThawZooState *zoo, const ThawModel *model, const ThawNode *node)
{
  char *name = thaw_zoo_state_name (zoo, model, node->name), *dot = strrchr (name, '.');

  if (dot)
    *dot = 0;
  return name;
}

/* The first parameter that @node has as an input; NULL */
static const ThawNode *
parameter_of (const ThawNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] && node->inputs[i]->op == THAW_OP_PARAMETER)
      return node->inputs[i];
  return NULL;
}

static const ThawNode *
user_of (const ThawGraph *graph, const ThawNode *value)
{
  for (guint id = value->id + 1; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] == value)
          return node;
    }
  return NULL;
}

/* The parameter of the layer before which @dropout stands, alone or with others; NULL where what follows has none */
static const ThawNode *
layer_behind (const ThawGraph *graph, const ThawNode *dropout)
{
  const ThawNode *node = user_of (graph, dropout);

  while (node && node->op == THAW_OP_DROPOUT)
    node = user_of (graph, node);
  return node ? parameter_of (node) : NULL;
}

static JsonArray *
list_dropouts (const ThawModel *model, const ThawZooState *zoo, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      const gboolean drops = node->op == THAW_OP_DROPOUT && node->params.dropout.p > 0;
      const ThawNode *behind = drops ? layer_behind (graph, node) : NULL;
      g_autofree char *module = behind ? module_of (zoo, model, behind) : NULL;
      JsonObject *object;

      if (drops && !module)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the dropout “%s” does not stand before a layer of weights, which train.py needs: train with a head whose dropout does",
                       node->name);
          return NULL;
        }
      if (!drops)
        continue;
      object = json_object_new ();
      json_object_set_string_member (object, "name", node->name);
      json_object_set_string_member (object, "before", module);
      json_object_set_double_member (object, "p", (double) node->params.dropout.p);
      json_array_add_object_element (array, object);
    }
  return g_steal_pointer (&array);
}

/* What the phase comes to for each layer, so that nobody else has to know how patterns are read */
static gboolean
add_layers (JsonObject *object, const ThawPhase *phase, const ThawModel *model, const ThawZooState *zoo, GError **error)
{
  g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (phase, model, error);
  JsonArray *trains = json_array_new ();
  JsonObject *rates = json_object_new (), *statistics = json_object_new ();

  for (guint id = 0; freeze && id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id), *own = parameter_of (node);
      g_autofree char *name = thaw_zoo_state_name (zoo, model, node->name), *module = own ? module_of (zoo, model, own) : NULL;
      double factor;

      if (node->op == THAW_OP_BATCHNORM && own && thaw_freeze_uses_batch_statistics (freeze, node->name))
        json_object_set_double_member (statistics, module, node->params.norm.momentum);
      if (node->op != THAW_OP_PARAMETER || !thaw_graph_is_weight (model->graph, node) || !thaw_freeze_is_trainable (freeze, node->name))
        continue;
      json_array_add_string_element (trains, name);
      factor = thaw_phase_rate_factor (phase, node->name);
      if (factor != 1)
        json_object_set_double_member (rates, name, factor);
    }
  json_object_set_array_member (object, "trains", trains);
  json_object_set_object_member (object, "rates", rates);
  json_object_set_object_member (object, "batch-statistics-of", statistics);
  return freeze != NULL;
}

/* --- settings.json --- */

/* Our own text as something that can be added to (transfer full) */
static JsonNode *
parse_own (const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  return json_parser_load_from_data (parser, json, -1, error) ? json_parser_steal_root (parser) : NULL;
}

/* Without what belongs to this machine */
static JsonNode *
write_training (const ThawTrainOptions *options, const ThawModel *model, const ThawZooState *zoo, GError **error)
{
  static const char *const machine[] = { "threads", "memory", "disk", "nice", "precision", "cache-directory" };
  g_autofree char *json = thaw_train_options_to_json (options);
  g_autoptr (JsonNode) node = parse_own (json, error);
  JsonObject *object = node ? json_node_get_object (node) : NULL;
  JsonArray *phases = object ? json_object_get_array_member (object, "phases") : NULL;

  for (guint i = 0; object && i < G_N_ELEMENTS (machine); i++)
    if (json_object_has_member (object, machine[i]))
      json_object_remove_member (object, machine[i]);
  for (guint i = 0; i < options->phases->len; i++)
    if (!phases || !add_layers (json_array_get_object_element (phases, i), g_ptr_array_index (options->phases, i), model, zoo, error))
      return NULL;
  return g_steal_pointer (&node);
}

static JsonObject *
write_run (const ThawExportTraining *run)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", run->name);
  json_object_set_int_member (object, "id", run->run);
  json_object_set_int_member (object, "started", run->started);
  return object;
}

static JsonArray *
write_labels (const ThawModel *model)
{
  JsonArray *array = json_array_new ();

  for (gint64 i = 0; i < thaw_model_n_classes (model); i++)
    {
      g_autofree char *label = thaw_model_label (model, i);

      json_array_add_string_element (array, label);
    }
  return array;
}

/* Indented, so that a person can change a number. @json: as thaw_json_write() writes it, without blanks */
static char *
indent (const char *json)
{
  GString *text = g_string_new (NULL);
  gboolean quoted = FALSE;
  int depth = 0;

  for (const char *c = json; *c; c++)
    {
      const gboolean opens = !quoted && strchr ("{[", *c), closes = !quoted && strchr ("}]", *c), empty = closes && strchr ("{[", c[-1]);

      quoted = quoted ? !(*c == '"') : *c == '"';
      depth -= closes;
      if (closes && !empty)
        g_string_append_printf (text, "\n%*s", 2 * depth, "");
      g_string_append_c (text, *c);
      if (*c == '\\')
        g_string_append_c (text, *++c);
      depth += opens;
      if ((opens && !strchr ("}]", c[1])) || (!quoted && *c == ','))
        g_string_append_printf (text, "\n%*s", 2 * depth, "");
      else if (!quoted && *c == ':')
        g_string_append_c (text, ' ');
    }
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

char *
thaw_training_settings (const ThawModel *model, const ThawZooState *zoo, const ThawTrainOptions *options, const ThawExportTraining *run, const char *pictures, GError **error)
{
  g_autofree char *recipe = thaw_zoo_state_recipe (zoo, model), *preprocessing = thaw_preprocessing_to_json (&model->preprocessing), *json = NULL;
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autoptr (JsonNode) training = write_training (options, model, zoo, error);
  JsonArray *dropouts = training ? list_dropouts (model, zoo, error) : NULL;

  if (!dropouts)
    return NULL;
  json_object_set_string_member (root, "format", "thaw-training");
  json_object_set_int_member (root, "version", 1);
  json_object_set_object_member (root, "run", write_run (run));
  json_object_set_string_member (root, "architecture", model->architecture);
  json_object_set_string_member (root, "library", strstr (recipe, "import timm") ? "timm" : "torchvision");
  json_object_set_array_member (root, "labels", write_labels (model));
  json_object_set_string_member (root, "pictures", pictures);
  json_object_set_member (root, "preprocessing", parse_own (preprocessing, NULL));
  json_object_set_array_member (root, "dropout", dropouts);
  json_object_set_member (root, "training", g_steal_pointer (&training));
  json_node_init_object (node, root);
  json = thaw_json_write (node);
  return indent (json);
}

/* --- manifest.csv --- */

/* The folder that all pictures are below, whose name is text (transfer full) */
static char *
common_folder (const ThawDataset *dataset)
{
  g_autofree char *common = NULL;

  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);
      gsize n = 0, end = 0;

      if (!common)
        common = g_path_get_dirname (sample->path);
      for (; common[n] && common[n] == sample->path[n]; n++)
        if (common[n] == '/')
          end = n;
      if (common[n] || sample->path[n] != '/')
        common[MAX (end, 1)] = 0;
    }
  while (common && !g_utf8_validate (common, -1, NULL))
    *MAX (strrchr (common, '/'), common + 1) = 0;
  return common ? g_steal_pointer (&common) : g_strdup ("/");
}

GString *
thaw_training_manifest (const ThawDataset *dataset, const ThawModel *model, char **root)
{
  static const char *const parts[] = { "training", "validation", "test" };
  GString *csv = g_string_new ("path,place,class,part\n");
  gsize n;

  *root = common_folder (dataset);
  n = strlen (*root) + !g_str_has_suffix (*root, "/");
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);
      g_autofree char *label = thaw_model_label (model, sample->label);

      thaw_csv_append_text (csv, sample->path + n);
      g_string_append_c (csv, ',');
      if (sample->index >= 0)
        g_string_append_printf (csv, "%" G_GINT64_FORMAT, sample->index);
      g_string_append_c (csv, ',');
      thaw_csv_append_text (csv, label);
      g_string_append_printf (csv, ",%s\n", parts[sample->split]);
    }
  return csv;
}
