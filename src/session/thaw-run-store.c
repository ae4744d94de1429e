/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-run-store.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

void
thaw_curves_free (ThawCurves *self)
{
  g_array_unref (self->epochs);
  g_array_unref (self->steps);
  g_array_unref (self->events);
  g_free (self);
}

static void
event_clear (gpointer data)
{
  g_free (((ThawRunEvent *) data)->text);
}

static ThawCurves *
curves_new (void)
{
  ThawCurves *self = g_new (ThawCurves, 1);

  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->steps = g_array_new (FALSE, FALSE, sizeof (ThawStepPoint));
  self->events = g_array_new (FALSE, FALSE, sizeof (ThawRunEvent));
  g_array_set_clear_func (self->events, event_clear);
  return self;
}

static void
add_epochs (ThawCurves *self, const GPtrArray *epochs)
{
  for (guint i = 0; i < epochs->len; i++)
    g_array_append_vals (self->epochs, g_ptr_array_index (epochs, i), 1);
}

static void
add_steps (ThawCurves *self, const GArray *steps)
{
  g_array_set_size (self->steps, steps->len);
  for (guint i = 0; i < steps->len; i++)
    {
      const ThawProjectStep *step = &g_array_index (steps, ThawProjectStep, i);

      g_array_index (self->steps, ThawStepPoint, i)
          = (ThawStepPoint){ .step = step->step, .loss = step->loss, .lr = step->lr, .seconds = step->seconds };
    }
}

/* Steps of an epoch, as far as steps and epochs say; 0: they do not */
static double
epoch_steps (const ThawCurves *self)
{
  guint64 last = self->steps->len ? g_array_index (self->steps, ThawStepPoint, self->steps->len - 1).step : 0;

  return self->epochs->len ? (double) last / self->epochs->len : 0;
}

static void
add_events (ThawCurves *self, const GArray *events)
{
  const double n = epoch_steps (self);

  for (guint i = 0; i < events->len; i++)
    {
      const ThawProjectEvent *event = &g_array_index (events, ThawProjectEvent, i);
      ThawRunEvent row = { .step = event->step, .epoch = n > 0 ? (double) event->step / n : 0, .seconds = event->seconds };

      row.text = g_strdup (event->text);
      g_array_append_val (self->events, row);
    }
}

ThawCurves *
thaw_curves_read (ThawProject *project, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) epochs = thaw_project_epochs (project, run, error);
  g_autoptr (GArray) steps = epochs ? thaw_project_steps (project, run, error) : NULL;
  g_autoptr (GArray) events = steps ? thaw_project_events (project, run, error) : NULL;
  ThawCurves *self;

  if (!events)
    return NULL;
  self = curves_new ();
  add_epochs (self, epochs);
  add_steps (self, steps);
  add_events (self, events);
  return self;
}

/* --- what the window showed --- */

static char *
key (gint64 run, const char *what)
{
  return g_strdup_printf ("run-%" G_GINT64_FORMAT "-%s", run, what);
}

gboolean
thaw_run_keep_settings (ThawProject *project, gint64 run, const char *network, const char *options, GError **error)
{
  g_autofree char *network_key = key (run, "network");
  g_autofree char *options_key = key (run, "options");

  return thaw_project_set_setting (project, network_key, network, error) && thaw_project_set_setting (project, options_key, options, error);
}

gboolean
thaw_run_keep_stopped (ThawProject *project, gint64 run, GError **error)
{
  g_autofree char *stopped_key = key (run, "stopped");

  return thaw_project_set_setting (project, stopped_key, "by the person", error);
}

/* thaw-cli leaves a run that it was interrupted in as stopped, too */
gint64
thaw_run_find_unfinished (ThawProject *project)
{
  gint64 run = thaw_project_unfinished (project, NULL);
  g_autofree char *stopped_key = key (run, "stopped");
  g_autofree char *stopped = run > 0 ? thaw_project_get_setting (project, stopped_key, NULL) : NULL;

  return run > 0 && !stopped ? run : 0;
}

static void
add_names (JsonBuilder *builder, const char *member, const GPtrArray *names)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
  for (guint i = 0; i < names->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (names, i));
  json_builder_end_array (builder);
}

/* BatchNorm layers in the mode @batch */
static GPtrArray *
norms (const ThawModel *model, const ThawFreeze *freeze, gboolean batch)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < thaw_graph_size (model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);

      if (node->op == THAW_OP_BATCHNORM && !thaw_freeze_uses_batch_statistics (freeze, node->name) == !batch)
        g_ptr_array_add (names, (gpointer) node->name);
    }
  return names;
}

static char *
derive_network (const ThawRun *run, const ThawModel *model, const ThawPhase *phase, GError **error)
{
  g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (phase, model, error);
  g_autoptr (GPtrArray) trains = freeze ? thaw_model_weights (model, "", freeze, THAW_WEIGHTS_TRAINABLE) : NULL;
  g_autoptr (GPtrArray) batch = freeze ? norms (model, freeze, TRUE) : NULL;
  g_autoptr (GPtrArray) stored = freeze ? norms (model, freeze, FALSE) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (!freeze)
    return NULL;
  json_builder_begin_object (builder);
  if (run->backbone)
    {
      json_builder_set_member_name (builder, "backbone");
      json_builder_add_string_value (builder, run->backbone);
    }
  if (model->head)
    {
      json_builder_set_member_name (builder, "head");
      json_builder_add_string_value (builder, model->head);
    }
  add_names (builder, "trains", trains);
  add_names (builder, "batch", batch);
  add_names (builder, "stored", stored);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

static void
add_number (JsonObject *object, const char *name, double value)
{
  json_object_set_double_member (object, name, value);
}

static void
add_phase (JsonObject *object, const ThawPhase *phase)
{
  json_object_set_int_member (object, "epochs", phase->epochs);
  add_number (object, "learning-rate", phase->lr);
  json_object_set_string_member (object, "optimizer", thaw_optimizer_name (phase->optimizer.kind));
  add_number (object, "weight-decay", phase->optimizer.weight_decay);
  if (phase->optimizer.kind == THAW_OPTIMIZER_SGD)
    {
      add_number (object, "momentum", phase->optimizer.momentum);
      json_object_set_boolean_member (object, "nesterov", phase->optimizer.nesterov);
    }
  json_object_set_string_member (object, "schedule", thaw_schedule_name (phase->schedule));
  add_number (object, "warmup", phase->warmup);
  add_number (object, "clip", phase->clip);
  json_object_set_int_member (object, "patience", phase->patience);
}

static void
add_second (JsonObject *object, const ThawPhase *phase)
{
  json_object_set_boolean_member (object, "two-phases", TRUE);
  json_object_set_int_member (object, "second-epochs", phase->epochs);
  add_number (object, "second-learning-rate", phase->lr);
  if (phase->preset || phase->train_from)
    json_object_set_string_member (object, "second-from", phase->preset ? phase->preset : phase->train_from);
}

static void
add_rates (JsonObject *object, const ThawPhase *phase)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < phase->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (phase->rate_rules, i);
      char factor[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%s%s=%s", text->len ? "\n" : "", rule->pattern, g_ascii_dtostr (factor, sizeof factor, rule->factor));
    }
  json_object_set_string_member (object, "rates", text->str);
}

/* The name of what is closest to it */
static const char *
augmentation_name (const ThawAugmentation *augmentation)
{
  static const char *const names[] = { "none", "light", "strong" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      ThawAugmentation known = { 0 };

      if (thaw_augmentation_parse (&known, names[i], NULL) && memcmp (&known, augmentation, sizeof known) == 0)
        return names[i];
    }
  return "light";
}

static char *
derive_options (const ThawTrainOptions *options)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  const guint last = options->phases->len - 1;

  json_node_take_object (root, object);
  add_phase (object, g_ptr_array_index (options->phases, 0));
  if (last > 0)
    add_second (object, g_ptr_array_index (options->phases, last));
  add_rates (object, g_ptr_array_index (options->phases, last));
  json_object_set_int_member (object, "batch", options->batch);
  json_object_set_string_member (object, "augmentation", augmentation_name (&options->augmentation));
  json_object_set_int_member (object, "variants", options->variants);
  add_number (object, "label-smoothing", options->label_smoothing);
  json_object_set_boolean_member (object, "balanced", options->balanced);
  json_object_set_string_member (object, "precision", thaw_precision_name (options->precision));
  json_object_set_int_member (object, "seed", (gint64) options->seed);
  return thaw_json_write (root);
}

ThawRun *
thaw_run_read (ThawProject *project, gint64 id, GError **error)
{
  ThawRun *run;

  if (thaw_project_find_run (project, id, &run, error) && !run)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, _ ("The project has no run %d any more"), (int) id);
  return run;
}

static gboolean
derive_settings (ThawProject *project, gint64 id, char **network, char **options, GError **error)
{
  g_autoptr (ThawRun) run = thaw_run_read (project, id, error);
  g_autoptr (ThawTrainOptions) trained = run ? thaw_train_options_from_json (run->options, error) : NULL;
  g_autoptr (ThawModel) model = trained ? thaw_project_start_model (project, id, error) : NULL;

  if (!model)
    return FALSE;
  *network = derive_network (run, model, g_ptr_array_index (trained->phases, 0), error);
  *options = *network ? derive_options (trained) : NULL;
  return *network != NULL;
}

gboolean
thaw_run_read_settings (ThawProject *project, gint64 run, char **network, char **options, GError **error)
{
  g_autofree char *network_key = key (run, "network");
  g_autofree char *options_key = key (run, "options");

  *network = thaw_project_get_setting (project, network_key, NULL);
  *options = thaw_project_get_setting (project, options_key, NULL);
  if (*network && *options)
    return TRUE;
  g_clear_pointer (network, g_free);
  g_clear_pointer (options, g_free);
  return derive_settings (project, run, network, options, error);
}

/* --- how right it is --- */

void
thaw_judgement_free (ThawJudgement *self)
{
  g_clear_pointer (&self->evaluation, thaw_evaluation_free);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_strfreev (self->labels);
  g_free (self);
}

static char **
class_names (const ThawDataset *dataset)
{
  char **names = g_new0 (char *, dataset->classes->len + 1);

  for (guint i = 0; i < dataset->classes->len; i++)
    names[i] = g_strdup (g_ptr_array_index (dataset->classes, i));
  return names;
}

gpointer
thaw_judgement_read_cb (ThawProject *project, gpointer data, GError **error)
{
  ThawJudgement *self = g_new0 (ThawJudgement, 1);
  static const ThawSplit splits[] = { THAW_SPLIT_TEST, THAW_SPLIT_VALIDATION };

  self->run = *(const gint64 *) data;
  for (guint i = 0; i < G_N_ELEMENTS (splits) && !self->evaluation; i++)
    {
      g_clear_pointer (&self->dataset, thaw_dataset_unref);
      self->evaluation = thaw_project_evaluation (project, self->run, splits[i], &self->dataset, NULL);
    }
  if (!self->dataset)
    self->dataset = thaw_project_run_dataset (project, self->run, error);
  if (self->dataset)
    {
      self->labels = class_names (self->dataset);
      return self;
    }
  thaw_judgement_free (self);
  return NULL;
}
