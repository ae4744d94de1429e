/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-zoo.h>

static struct
{
  char *output;
  char **layers;
  char *threads;
  gint64 run;
} options;

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Where the result goes (safetensors)",
    "FILE" },
  { "layer", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options.layers,
    "Also the value of this layer, under its name; may be repeated", "NAME" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads", "N" },
  { NULL },
};

static const int to_nhwc[] = { 0, 2, 3, 1 };
static const int to_nchw[] = { 0, 3, 1, 2 };

/* The last value of a layer or of a group of layers */
static ThawNode *
last_value (const ThawLayer *layer)
{
  ThawNode *last = layer->node;

  for (guint i = 0; layer->children && i < layer->children->len; i++)
    {
      ThawNode *node = last_value (g_ptr_array_index (layer->children, i));

      if (!last || (node && node->id > last->id))
        last = node;
    }
  return last;
}

static ThawNode *
layer_output (const ThawModel *model, ThawGraph *graph, const char *name)
{
  ThawLayer *layer = thaw_model_layer (model, name);
  ThawNode *value = layer ? last_value (layer) : NULL;

  return value ? thaw_graph_find (graph, value->name) : NULL;
}

/* The network with the wanted layers as further outputs */
static ThawGraph *
wanted_graph (const ThawModel *model, char **layers, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);

  for (char **name = layers; name && *name; name++)
    {
      ThawNode *node = layer_output (model, graph, *name);

      if (!node || !node->batched)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                       "“%s” is no layer of %s: see “thaw-cli inspect”", *name,
                       model->title ? model->title : model->architecture);
          return NULL;
        }
      thaw_graph_add_output (graph, node);
    }
  return thaw_graph_optimise (graph);
}

static ThawTensor *
find_input (ThawTensorMap *map, const char *path, GError **error)
{
  ThawTensor *tensor = thaw_tensor_map_get (map, "input");

  if (!tensor && thaw_tensor_map_size (map) == 1)
    tensor = thaw_tensor_map_at (map, 0);
  if (tensor && tensor->shape.rank == 4 && tensor->shape.dim[1] == 3
      && thaw_tensor_count (tensor) > 0)
    {
      g_autoptr (ThawTensor) floats = thaw_tensor_to_f32 (tensor);

      return thaw_tensor_permute (floats, to_nhwc);
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "%s holds no tensor “input” of the shape [N, 3, H, W]: write one, normalised as the "
               "network wants it",
               path);
  return NULL;
}

typedef struct
{
  ThawTensor *input;
  guint n_outputs;
  ThawTensor **outputs; /* [N, ...] */
} Values;

static void
values_clear (Values *self)
{
  for (guint i = 0; i < self->n_outputs; i++)
    g_clear_pointer (&self->outputs[i], thaw_tensor_unref);
  g_free (self->outputs);
  g_clear_pointer (&self->input, thaw_tensor_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

static gsize
row_floats (const ThawTensor *tensor)
{
  return thaw_tensor_count (tensor) / tensor->shape.dim[0];
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Values *values = data;
  gsize row = row_floats (values->input);

  memcpy (inputs[0], thaw_tensor_f32 (values->input) + first * row, n * row * sizeof (float));
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  const Values *values = data;

  for (guint i = 0; i < values->n_outputs; i++)
    {
      gsize row = row_floats (values->outputs[i]);

      memcpy (thaw_tensor_f32 (values->outputs[i]) + first * row, outputs[i],
              n * row * sizeof (float));
    }
}

static gboolean
allocate_outputs (Values *self, const ThawGraph *graph, GError **error)
{
  self->n_outputs = thaw_graph_n_outputs (graph);
  self->outputs = g_new0 (ThawTensor *, self->n_outputs);
  for (guint i = 0; i < self->n_outputs; i++)
    {
      ThawShape shape = thaw_graph_output (graph, i)->shape;

      shape.dim[0] = self->input->shape.dim[0];
      self->outputs[i] = thaw_tensor_try_new (THAW_DTYPE_F32, &shape, error);
      if (!self->outputs[i])
        return FALSE;
    }
  return TRUE;
}

static gboolean
compute (ThawCli *cli,
         const ThawModel *model,
         ThawGraph *graph,
         ThawPool *pool,
         Values *values,
         GError **error)
{
  const ThawExecutorOptions executor_options = { .pool = pool };
  const ThawExecutorIo io = { .load = load_cb, .store = store_cb };
  g_autoptr (ThawExecutor) executor
      = thaw_executor_new (graph, model->parameters, &executor_options, error);

  return executor
         && thaw_executor_forward (executor, values->input->shape.dim[0], &io, values,
                                   cli->cancellable, error);
}

/* "logits" and the layers' names; images as [N, C, H, W] */
static ThawTensorMap *
name_outputs (const Values *values, char **layers)
{
  ThawTensorMap *map = thaw_tensor_map_new ();

  for (guint i = 0; i < values->n_outputs; i++)
    {
      ThawTensor *tensor = values->outputs[i];

      if (tensor->shape.rank == 4)
        thaw_tensor_map_take (map, i ? layers[i - 1] : "logits",
                              thaw_tensor_permute (tensor, to_nchw));
      else
        thaw_tensor_map_set (map, i ? layers[i - 1] : "logits", tensor);
    }
  return map;
}

static void
report (ThawCli *cli, const ThawTensorMap *map)
{
  for (guint i = 0; i < thaw_tensor_map_size (map); i++)
    {
      JsonObject *object = json_object_new ();
      JsonArray *dims = json_array_new ();
      const ThawShape *shape = &thaw_tensor_map_at (map, i)->shape;
      g_autofree char *text = thaw_shape_to_string (shape);

      for (int k = 0; k < shape->rank; k++)
        json_array_add_int_element (dims, shape->dim[k]);
      json_object_set_string_member (object, "name", thaw_tensor_map_name (map, i));
      json_object_set_array_member (object, "shape", dims);
      thaw_cli_emit (cli, object);
      thaw_cli_say (cli, "%s: %s", thaw_tensor_map_name (map, i), text);
    }
}

static ThawModel *
fit_model (ThawModel *model, const ThawTensor *input, GError **error)
{
  gint64 height = input->shape.dim[1], width = input->shape.dim[2];
  const ThawShape *own = &thaw_graph_input (model->graph, 0)->shape;

  if (own->dim[1] == height && own->dim[2] == width)
    return thaw_model_ref (model);
  if (height > 65536 || width > 65536)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                   "a picture of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " is too large", width,
                   height);
      return NULL;
    }
  return thaw_zoo_resize (model, (int) height, (int) width, error);
}

static gboolean
run_on (ThawCli *cli, ThawModel *model, ThawTensorMap *inputs, ThawPool *pool, GError **error)
{
  g_auto (Values) values = { 0 };
  g_autoptr (ThawModel) fitting = NULL;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawTensorMap) outputs = NULL;

  values.input = find_input (inputs, cli->arguments[1], error);
  fitting = values.input ? fit_model (model, values.input, error) : NULL;
  graph = fitting ? wanted_graph (fitting, options.layers, error) : NULL;
  if (!graph || !allocate_outputs (&values, graph, error)
      || !compute (cli, fitting, graph, pool, &values, error))
    return FALSE;
  outputs = name_outputs (&values, options.layers);
  if (!thaw_safetensors_save (outputs, NULL, THAW_DTYPE_F32, options.output, error))
    return FALSE;
  report (cli, outputs);
  return TRUE;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawTensorMap) inputs = NULL;

  if (!options.output)
    return thaw_cli_usage (error, "say where the result goes with -o FILE.safetensors");
  pool = thaw_cli_pool (options.threads, error);
  model = pool ? thaw_cli_open_model (cli->arguments[0], options.run, NULL, NULL, error) : NULL;
  inputs = model ? thaw_weights_load (cli->arguments[1], NULL, error) : NULL;
  return inputs && run_on (cli, model, inputs, pool, error);
}

const ThawCommand thaw_command_run = {
  .name = "run",
  .arguments = "PROJECT|MODEL INPUT.safetensors",
  .summary = "run a network on raw tensors",
  .description = "Runs a network on a tensor and stores what comes out, so that it can be compared "
                 "with another framework.\n\n"
                 "INPUT holds a float32 tensor \"input\" (or only one), [N, 3, H, W] as PyTorch "
                 "has it, already normalised. The output file\n"
                 "gets \"logits\", [N, classes], and the value of each --layer under its name, "
                 "images as [N, C, H, W]. Of a group of\n"
                 "layers the last value is taken. H and W may differ from the network's own where "
                 "it allows that.",
  .options = entries,
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run,
};
