/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <time.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-random.h>

static struct
{
  char *backbone;
  char *batch;
  char *threads;
  char *seconds;
  char *classes;
  char *what;
  char *precision;
} options;

static const GOptionEntry entries[] = {
  { "backbone", 0, 0, G_OPTION_ARG_FILENAME, &options.backbone, "The network (efficientnet_lite0)",
    "B" },
  { "batch", 0, 0, G_OPTION_ARG_STRING, &options.batch, "Pictures a step (32)", "N" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads (one a processor)",
    "N" },
  { "classes", 0, 0, G_OPTION_ARG_STRING, &options.classes,
    "Classes of the head that is trained (10)", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_STRING, &options.seconds, "How long each figure is measured (2)",
    "X" },
  { "precision", 0, 0, G_OPTION_ARG_STRING, &options.precision, THAW_CLI_PRECISION_HELP, "P" },
  { "only", 0, 0, G_OPTION_ARG_STRING, &options.what, "Figures to measure: forward, one, head, last, all, all-batch or the name of a layer to train from\n"
    "                              (all but the last two)", "LIST" },
  { NULL },
};

/**
 * Bench: one measurement; the pictures are random numbers, so that nothing is decoded
 */
typedef struct
{
  ThawCli *cli;
  const ThawModel *model;
  ThawPool *pool;
  ThawPrecision precision;
  gint64 batch;
  double seconds;
  float *pictures; /* [batch, H, W, 3] */

  /* values at the cut, [batch, ...] each */
  guint n_values;
  float **values;
  gsize *rows;    /* numbers a picture */
  gint64 classes; /* of the logits */
} Bench;

static gsize
node_row (const ThawNode *node)
{
  return thaw_shape_count (&node->shape);
}

static void
copy_rows (float *to, const float *from, gint64 first, gint64 n, gsize row, gboolean out)
{
  memcpy (out ? to + first * row : to, out ? from : from + first * row, n * row * sizeof (float));
}

static gboolean
load_pictures_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Bench *self = data;

  copy_rows (inputs[0], self->pictures, first, n,
             node_row (thaw_graph_input (self->model->graph, 0)), FALSE);
  return TRUE;
}

static gboolean
load_values_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Bench *self = data;

  for (guint i = 0; i < self->n_values; i++)
    copy_rows (inputs[i], self->values[i], first, n, self->rows[i], FALSE);
  return TRUE;
}

static void
store_values_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  const Bench *self = data;

  for (guint i = 0; i < self->n_values; i++)
    copy_rows (self->values[i], outputs[i], first, n, self->rows[i], TRUE);
}

static void
loss_cb (
    gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  const Bench *self = data;
  g_autofree int *labels = g_new (int, n);
  g_autofree double *losses = g_new (double, n);

  for (gint64 i = 0; i < n; i++)
    labels[i] = (first + i) % self->classes;
  thaw_cross_entropy_f32 (n, self->classes, outputs[0], labels, 0, NULL, self->batch, d_outputs[0],
                          losses);
}

static void
set_values (Bench *self, const ThawGraph *graph)
{
  self->n_values = thaw_graph_n_outputs (graph);
  self->values = g_new0 (float *, self->n_values);
  self->rows = g_new0 (gsize, self->n_values);
  for (guint i = 0; i < self->n_values; i++)
    {
      self->rows[i] = node_row (thaw_graph_output (graph, i));
      self->values[i] = g_new0 (float, self->rows[i] * self->batch);
    }
}

static void
clear_values (Bench *self)
{
  for (guint i = 0; i < self->n_values; i++)
    g_free (self->values[i]);
  g_clear_pointer (&self->values, g_free);
  g_clear_pointer (&self->rows, g_free);
  self->n_values = 0;
}

static ThawExecutor *
new_executor (const Bench *self, ThawGraph *graph, const ThawFreeze *training, GError **error)
{
  const ThawExecutorOptions executor_options = { .pool = self->pool, .training = training };
  g_autoptr (ThawGraph) chosen = thaw_graph_in_precision (graph, training ? THAW_PRECISION_FLOAT32 : self->precision);

  return thaw_executor_new (chosen, self->model->parameters, &executor_options, error);
}

/* Since when something is measured: by the clock, and in time of this process on any processor */
typedef struct
{
  gint64  clock;
  clock_t processor;
} Start;

static Start
start_now (void)
{
  return (Start){ g_get_monotonic_time (), clock () };
}

static gboolean
goes_on (const Bench *self, const Start *start, int passes, int least)
{
  return passes < least || g_get_monotonic_time () - start->clock < self->seconds * 1e6;
}

static void
report (const Bench *self, const char *what, gint64 batch, const Start *start, int passes)
{
  JsonObject *object = thaw_cli_event ("bench");
  const double seconds = (g_get_monotonic_time () - start->clock) / 1e6;
  const double busy = (double) (clock () - start->processor) / CLOCKS_PER_SEC;
  double rate = batch * passes / seconds;
  g_autofree char *rate_text = thaw_text_number (rate, rate < 100 ? 1 : 0);
  g_autofree char *time_text = thaw_text_number (seconds / passes * 1e3, 2);
  g_autofree char *busy_text = thaw_text_number (busy / passes * 1e3, 2);

  json_object_set_string_member (object, "model", self->model->architecture);
  json_object_set_string_member (object, "what", what);
  json_object_set_string_member (object, "precision", thaw_precision_name (self->precision));
  json_object_set_int_member (object, "batch", batch);
  json_object_set_int_member (object, "threads", thaw_pool_n_threads (self->pool));
  json_object_set_double_member (object, "images_per_second", rate);
  json_object_set_double_member (object, "milliseconds", seconds / passes * 1e3);
  json_object_set_double_member (object, "processor_milliseconds", busy / passes * 1e3);
  json_object_set_double_member (object, "peak_rss_mib", thaw_peak_rss_mib ());
  thaw_cli_emit (self->cli, object);
  thaw_cli_say (self->cli, "%-28s %8s images/s  %9s ms for %" G_GINT64_FORMAT ", %9s ms of processors", what, rate_text,
                time_text, batch, busy_text);
}

static gboolean
measure_forward (Bench *self, const char *what, gint64 batch, GError **error)
{
  const ThawExecutorIo io = { .load = load_pictures_cb, .store = store_values_cb };
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (self->model->graph);
  g_autoptr (ThawExecutor) executor = new_executor (self, graph, NULL, error);
  gboolean ok = executor != NULL;
  Start start;
  int passes = 0;

  set_values (self, graph);
  /* the first pass packs the weights and is not counted */
  ok = ok && thaw_executor_forward (executor, batch, &io, self, self->cli->cancellable, error);
  start = start_now ();
  for (; ok && goes_on (self, &start, passes, 3); passes++)
    ok = thaw_executor_forward (executor, batch, &io, self, self->cli->cancellable, error);
  if (ok)
    report (self, what, batch, &start, passes);
  clear_values (self);
  return ok;
}

/* A step of training as the trainer makes it: the frozen part forward (unless its values are
 * cached), the rest forward and backward */
static gboolean
train_step (Bench *self, ThawExecutor *before, ThawExecutor *after, gboolean cached, GError **error)
{
  const ThawExecutorIo frozen = { .load = load_pictures_cb, .store = store_values_cb };
  const ThawExecutorIo training
      = { .load = before ? load_values_cb : load_pictures_cb, .loss = loss_cb };

  if (before && !cached
      && !thaw_executor_forward (before, self->batch, &frozen, self, self->cli->cancellable, error))
    return FALSE;
  if (g_cancellable_set_error_if_cancelled (self->cli->cancellable, error))
    return FALSE;
  if (!thaw_executor_train (after, self->batch, 0, 0, NULL, &training, self, error))
    return FALSE;
  thaw_executor_refresh (after);
  return TRUE;
}

static gboolean
measure_steps (Bench *self,
               const char *what,
               ThawExecutor *before,
               ThawExecutor *after,
               gboolean cached,
               GError **error)
{
  Start start;
  int passes = 0;

  if (!train_step (self, before, after, FALSE, error))
    return FALSE;
  start = start_now ();
  for (; goes_on (self, &start, passes, 2); passes++)
    if (!train_step (self, before, after, cached, error))
      return FALSE;
  report (self, what, self->batch, &start, passes);
  return TRUE;
}

static gboolean
measure_training (Bench *self, const char *what, const char *freezing, GError **error)
{
  g_autofree char *cached = g_strdup_printf ("%s, cached", what);
  g_autoptr (ThawPhase) phase = thaw_phase_new ();
  g_autoptr (ThawFreeze) freeze = NULL;
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  g_autoptr (ThawExecutor) frozen = NULL;
  g_autoptr (ThawExecutor) training = NULL;
  gboolean ok;

  if (!thaw_phase_parse (phase, freezing, error))
    return FALSE;
  freeze = thaw_phase_freeze (phase, self->model, error);
  if (!freeze)
    return FALSE;
  thaw_graph_cut (self->model->graph, freeze, &before, &after);
  training = new_executor (self, after, freeze, error);
  frozen = before && training ? new_executor (self, before, NULL, error) : NULL;
  if (!training || (before && !frozen))
    return FALSE;
  if (before)
    set_values (self, before);
  ok = measure_steps (self, what, frozen, training, FALSE, error)
       && (!before || measure_steps (self, cached, frozen, training, TRUE, error));
  clear_values (self);
  return ok;
}

static gboolean
measure_batch (Bench *self, const char *what, const char *unused, GError **error)
{
  return measure_forward (self, what, self->batch, error);
}

static gboolean
measure_one (Bench *self, const char *what, const char *unused, GError **error)
{
  return measure_forward (self, what, 1, error);
}

static const struct
{
  const char *name;
  const char *what;
  gboolean (*measure) (Bench *self, const char *what, const char *freezing, GError **error);
  const char *freezing;
} figures[] = {
  { "forward", "forward", measure_batch, NULL },
  { "one", "one image", measure_one, NULL },
  { "head", "train head", measure_training, "preset=head" },
  { "last", "train last", measure_training, "preset=last" },
  { "all", "train all", measure_training, "preset=all" },
  { "all-batch", "train all, batch statistics", measure_training, "preset=all,bn=batch" },
};

#define ALL_FIGURES "forward,one,head,last,all"

static void
fill_pictures (Bench *self)
{
  gsize n = node_row (thaw_graph_input (self->model->graph, 0)) * self->batch;
  ThawRandom random = thaw_random (0, THAW_RANDOM_INIT, 0, 0);

  self->pictures = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    self->pictures[i] = (float) thaw_random_range (&random, -1, 1);
}

static ThawModel *
open_model (gint64 classes, GError **error)
{
  g_autoptr (ThawModel) backbone = thaw_cli_open_model (
      options.backbone ? options.backbone : "efficientnet_lite0", 0, NULL, NULL, error);
  g_auto (GStrv) labels = g_new0 (char *, classes + 1);
  g_autoptr (ThawModel) model = NULL;
  ThawHead head;

  if (!backbone || !thaw_head_parse (&head, THAW_HEAD_DEFAULT, error))
    return NULL;
  for (gint64 i = 0; i < classes; i++)
    labels[i] = g_strdup_printf ("%" G_GINT64_FORMAT, i);
  model = thaw_model_with_head (backbone, &head, (const char *const *) labels, 0, error);
  return model ? thaw_model_copy (model) : NULL;
}

/* @name: one of the figures, or the layer from which on everything trains */
static gboolean
measure_named (Bench *self, const char *name, GError **error)
{
  g_autofree char *what = g_strdup_printf ("train from %s", name);
  g_autofree char *freezing = g_strdup_printf ("train-from=%s", name);

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    if (strcmp (name, figures[i].name) == 0)
      return figures[i].measure (self, figures[i].what, figures[i].freezing, error);
  return measure_training (self, what, freezing, error);
}

static gboolean
measure_all (Bench *self, GError **error)
{
  g_auto (GStrv) names = g_strsplit (options.what ? options.what : ALL_FIGURES, ",", -1);
  gboolean ok = TRUE;

  fill_pictures (self);
  self->classes = thaw_model_n_classes (self->model);
  thaw_cli_say (self->cli, "%s, %d x %d, %u threads", self->model->title,
                self->model->preprocessing.width, self->model->preprocessing.height,
                thaw_pool_n_threads (self->pool));
  for (guint i = 0; ok && names[i]; i++)
    ok = measure_named (self, names[i], error);
  g_free (self->pictures);
  return ok;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  Bench bench = { .cli = cli, .batch = 32, .seconds = 2 };
  gint64 classes = 10;
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawModel) model = NULL;

  if ((options.batch && !thaw_parse_int ("--batch", options.batch, 1, 4096, &bench.batch, error))
      || (options.classes
          && !thaw_parse_int ("--classes", options.classes, 2, 100000, &classes, error))
      || (options.seconds
          && !thaw_parse_double ("--seconds", options.seconds, .01, 3600, &bench.seconds, error)))
    return FALSE;
  if (!thaw_cli_precision (options.precision, &bench.precision, error))
    return FALSE;
  pool = thaw_cli_pool (options.threads, error);
  model = pool ? open_model (classes, error) : NULL;
  if (!model)
    return FALSE;
  bench.pool = pool;
  bench.model = model;
  return measure_all (&bench, error);
}

const ThawCommand thaw_command_bench = {
  .name = "bench",
  .arguments = "",
  .summary = "measure this machine",
  .description = "Measures a network on this machine with random pictures (nothing is decoded): "
                 "forward in batches, the latency of one\n"
                 "image, and training of the head, of the last blocks and of everything "
                 "(all-batch: with batch statistics); "
                 "\"cached\" is what remains of a step once\n"
                 "the frozen part's values are known. Updates of the optimizer are not counted.",
  .options = entries,
  .max_arguments = 0,
  .run = run,
};
