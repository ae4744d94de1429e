/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-zoo.h>

static struct
{
  char *preset;
  char *train_from;
  char **freeze;
  char **bn;
  char *cut;
  gint64 run;
  gboolean plan;
  gboolean measure;
  char *batch;
  char *threads;
  char *precision;
} options;

static const GOptionEntry entries[] = {
  { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset, "Show what head, last or all would train",
    "PRESET" },
  { "train-from", 0, 0, G_OPTION_ARG_STRING, &options.train_from,
    "Show what training from this layer on would train", "LAYER" },
  { "freeze", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.freeze,
    "Show what is left to train; may be repeated", "PATTERN" },
  { "bn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.bn,
    "BatchNorm statistics: frozen, batch or PATTERN=...", "MODE" },
  { "cut", 0, 0, G_OPTION_ARG_STRING, &options.cut, "Use the network up to this layer only",
    "LAYER" },
  { "plan", 0, 0, G_OPTION_ARG_NONE, &options.plan, "Show how the engine will run it, instead of its layers", NULL },
  { "measure", 0, 0, G_OPTION_ARG_NONE, &options.measure, "As --plan, and how long each operation took here", NULL },
  { "batch", 0, 0, G_OPTION_ARG_STRING, &options.batch, "Pictures a step, for --plan (32)", "N" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads, for --plan (one a processor)", "N" },
  { "precision", 0, 0, G_OPTION_ARG_STRING, &options.precision, THAW_CLI_PRECISION_HELP "; for --plan", "P" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of a project (the last)", "ID" },
  { NULL },
};

typedef struct
{
  ThawCli *cli;
  const ThawModel *model;
  const ThawFreeze *freeze;
  ThawTable *table;
} Listing;

static const char *
layer_kind (const ThawLayer *layer)
{
  return layer->node ? thaw_op_name (layer->node->op) : "group";
}

/* NULL for what is no BatchNorm */
static const char *
layer_statistics (const Listing *self, const ThawLayer *layer)
{
  if (!layer->node || layer->node->op != THAW_OP_BATCHNORM)
    return NULL;
  return thaw_freeze_uses_batch_statistics (self->freeze, layer->name) ? "batch" : "frozen";
}

static gint64
trainable (const Listing *self, const ThawLayer *layer)
{
  return thaw_model_count (self->model, layer->name, self->freeze, THAW_WEIGHTS_TRAINABLE);
}

static const char *
layer_state (const ThawLayer *layer, gint64 trains)
{
  return layer->parameters == 0       ? ""
         : trains == 0                ? "frozen"
         : trains < layer->parameters ? "partly"
                                      : "trains";
}

static void
emit_layer (const Listing *self, const ThawLayer *layer, int depth, gint64 trains)
{
  JsonObject *object = thaw_cli_event ("layer");
  const char *statistics = layer_statistics (self, layer);

  json_object_set_string_member (object, "name", layer->name);
  json_object_set_int_member (object, "depth", depth);
  json_object_set_string_member (object, "kind", layer_kind (layer));
  if (layer->node)
    {
      JsonArray *shape = json_array_new ();

      for (int i = layer->node->batched ? 1 : 0; i < layer->node->shape.rank; i++)
        json_array_add_int_element (shape, layer->node->shape.dim[i]);
      json_object_set_array_member (object, "shape", shape);
    }
  json_object_set_int_member (object, "parameters", layer->parameters);
  json_object_set_int_member (object, "trainable", trains);
  json_object_set_double_member (object, "multiply_adds", layer->multiply_adds);
  json_object_set_string_member (object, "state", layer_state (layer, trains));
  if (statistics)
    json_object_set_string_member (object, "statistics", statistics);
  thaw_cli_emit (self->cli, object);
}

static void
add_row (const Listing *self, const ThawLayer *layer, int depth, gint64 trains)
{
  g_autofree char *name = g_strdup_printf ("%*s%s", 2 * depth, "", layer->label);
  g_autofree char *shape
      = layer->node ? thaw_text_shape (&layer->node->shape, layer->node->batched) : NULL;
  g_autofree char *parameters = layer->parameters ? thaw_text_count (layer->parameters) : NULL;
  g_autofree char *work = layer->multiply_adds > 0 ? thaw_text_count (layer->multiply_adds) : NULL;
  const char *statistics = layer_statistics (self, layer);
  g_autofree char *state
      = g_strconcat (layer_state (layer, trains), statistics ? ", statistics " : "",
                     statistics ? statistics : "", NULL);

  thaw_table_add (self->table, name, layer->node ? layer_kind (layer) : "", shape, parameters, work,
                  state);
}

static void
list_layers (const Listing *self, const ThawLayer *layer, int depth)
{
  for (guint i = 0; layer->children && i < layer->children->len; i++)
    {
      const ThawLayer *child = g_ptr_array_index (layer->children, i);
      gint64 trains = trainable (self, child);

      emit_layer (self, child, depth, trains);
      add_row (self, child, depth, trains);
      list_layers (self, child, depth + 1);
    }
}

static void
emit_total (const Listing *self, gint64 all, gint64 trains, gint64 frozen, double work)
{
  JsonObject *object = thaw_cli_event ("model");
  const ThawModel *model = self->model;
  g_autofree char *pictures = thaw_preprocessing_to_words (&model->preprocessing);

  json_object_set_string_member (object, "architecture", model->architecture);
  json_object_set_string_member (object, "title", model->title);
  json_object_set_string_member (object, "licence", model->licence);
  json_object_set_double_member (object, "imagenet_top1", model->top1);
  json_object_set_string_member (object, "head", model->head);
  json_object_set_string_member (object, "cut_at", model->cut_at);
  json_object_set_int_member (object, "width", model->preprocessing.width);
  json_object_set_int_member (object, "height", model->preprocessing.height);
  json_object_set_int_member (object, "resize", model->preprocessing.resize);
  json_object_set_string_member (object, "pictures", pictures);
  json_object_set_int_member (object, "classes", thaw_model_n_classes (model));
  json_object_set_int_member (object, "parameters", all);
  json_object_set_int_member (object, "trainable", trains);
  json_object_set_int_member (object, "non_trainable", frozen);
  json_object_set_double_member (object, "multiply_adds", work);
  json_object_set_string_member (object, "assumption", model->assumption);
  thaw_cli_emit (self->cli, object);
}

static void
print_total (const Listing *self)
{
  const ThawModel *model = self->model;
  gint64 all = thaw_model_count (model, "", self->freeze, THAW_WEIGHTS_ALL);
  gint64 trains = thaw_model_count (model, "", self->freeze, THAW_WEIGHTS_TRAINABLE);
  gint64 frozen = thaw_model_count (model, "", self->freeze, THAW_WEIGHTS_NON_TRAINABLE);
  double work = thaw_graph_multiply_adds (model->graph);
  g_autofree char *count = thaw_text_count (all);
  g_autofree char *work_text = thaw_text_count (work);
  g_autofree char *pictures = thaw_preprocessing_to_words (&model->preprocessing);
  g_autofree char *top1 = model->top1 > 0 ? thaw_text_percent (model->top1 / 100) : NULL;

  emit_total (self, all, trains, frozen, work);
  thaw_cli_say (
      self->cli, "\n%s: %s parameters, %s multiply-adds a picture of %d x %d, %d classes%s%s%s%s",
      model->title, count, work_text, model->preprocessing.width, model->preprocessing.height,
      (int) thaw_model_n_classes (model), top1 ? ", ImageNet " : "", top1 ? top1 : "",
      model->licence ? ", " : "", model->licence ? model->licence : "");
  thaw_cli_say (self->cli,
                "trainable weights: %" G_GINT64_FORMAT "\nnon-trainable weights: %" G_GINT64_FORMAT
                " (frozen, and the statistics of BatchNorm)",
                trains, frozen);
  thaw_cli_say (self->cli, "pictures: %s", pictures);
  if (model->assumption)
    thaw_cli_say (self->cli, "taken for granted, since the file does not say: %s", model->assumption);
}

/* The settings of the command line as the text of a phase; NULL where there are none */
static char *
phase_text (void)
{
  GString *text = g_string_new (NULL);

  if (options.preset)
    g_string_append_printf (text, "preset=%s,", options.preset);
  if (options.train_from)
    g_string_append_printf (text, "train-from=%s,", options.train_from);
  for (char **pattern = options.freeze; pattern && *pattern; pattern++)
    g_string_append_printf (text, "freeze=%s,", *pattern);
  for (char **mode = options.bn; mode && *mode; mode++)
    g_string_append_printf (text, "bn=%s,", *mode);
  return g_string_free (text, text->len == 0);
}

static ThawFreeze *
choose_freeze (const ThawModel *model, ThawProject *project, gint64 run, GError **error)
{
  g_autofree char *text = phase_text ();
  g_autoptr (ThawTrainOptions) trained = NULL;
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  if (!text && project)
    {
      g_autoptr (ThawRun) row = thaw_cli_find_run (project, run, error);

      trained = row ? thaw_train_options_from_json (row->options, error) : NULL;
      if (!trained)
        return NULL;
      return thaw_phase_freeze (g_ptr_array_index (trained->phases, trained->phases->len - 1),
                                model, error);
    }
  if (text && !thaw_phase_parse (phase, text, error))
    return NULL;
  /* what is cut off has no head yet: nothing of it trains */
  if (!text && model->cut_at && !model->head)
    return thaw_freeze_new ();
  return thaw_phase_freeze (phase, model, error);
}

static ThawModel *
open_model (ThawCli *cli, ThawProject **project, gint64 *run_id, GError **error)
{
  g_autoptr (ThawModel) model
      = thaw_cli_open_model (cli->arguments[0], options.run, project, run_id, error);

  if (!model || !options.cut)
    return g_steal_pointer (&model);
  return thaw_model_truncate (model, options.cut, error);
}

static void
show_layers (ThawCli *cli, const ThawModel *model, const ThawFreeze *freeze)
{
  Listing listing = { .cli = cli, .model = model, .freeze = freeze };

  listing.table = thaw_table_new ("lllrrl");
  thaw_table_add (listing.table, "LAYER", "KIND", "SHAPE", "PARAMETERS", "MULTIPLY-ADDS", "");
  list_layers (&listing, model->layers, 0);
  thaw_table_print (listing.table, cli);
  print_total (&listing);
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autoptr (ThawProject) project = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawFreeze) freeze = NULL;
  gint64 id, batch = 32;
  guint threads;
  ThawPrecision precision;

  if ((options.batch && !thaw_parse_int ("--batch", options.batch, 1, 65536, &batch, error))
      || !thaw_parse_threads (options.threads, &threads, error) || !thaw_cli_precision (options.precision, &precision, error))
    return FALSE;
  model = open_model (cli, &project, &id, error);
  freeze = model ? choose_freeze (model, project, id, error) : NULL;
  if (!freeze)
    return FALSE;
  if (options.plan || options.measure)
    return thaw_cli_show_plan (cli, model, freeze, threads, batch, precision, options.measure, error);
  show_layers (cli, model, freeze);
  return TRUE;
}

const ThawCommand thaw_command_inspect = {
  .name = "inspect",
  .arguments = "PROJECT|MODEL",
  .summary = "show the layers of a model and what trains",
  .description = "Shows the layer tree: name, kind, output shape (height x width x channels), "
                 "parameters, multiply-adds for one picture, and\n"
                 "whether each layer is frozen or trains: as its run was trained, for a project; "
                 "else with only the head training, or\n"
                 "as --preset, --train-from or --freeze say. MODEL is a file or the name of an "
                 "installed backbone.\n"
                 "--plan shows instead how the engine will run it on this machine: for prediction, and the frozen and the trained "
                 "part of training. A row\n"
                 "an operation, in their order: its kernel, how many pictures it takes at a time, and the chain it belongs to. The "
                 "operations of a chain\n"
                 "make that many lines of the last one's value at a time, so that what lies between them stays in the cache; "
                 "\"again\" marks a value that\n"
                 "backward computes once more. WEIGHTS are packed, VALUE is that of one picture, MS the predicted time of one picture "
                 "forward on one core. --measure\n"
                 "runs the prediction for some seconds on one core with random pictures: TOOK is the processor's time for one picture.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
