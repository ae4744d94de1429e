/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <string.h>
#include <thaw/thaw-training-result.h>

/**
 * Import: the result of a training that went on elsewhere, on its way to being a run
 */
typedef struct
{
  ThawTrainingResult *result;
  ThawRun            *origin;  /* the run it goes on from */
  ThawModel          *start;   /* as that began */
  ThawDataset        *dataset;
  ThawTrainState     *state;   /* what the new run is left with */
  GPtrArray          *before;  /* ThawEpoch of @origin that the result goes on from */
  ThawTrainSummary    summary;
} Import;

static void
import_clear (Import *self)
{
  g_clear_pointer (&self->result, thaw_training_result_free);
  g_clear_pointer (&self->origin, thaw_run_free);
  g_clear_pointer (&self->start, thaw_model_unref);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->state, thaw_train_state_free);
  g_clear_pointer (&self->before, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

/* --- what is in the folder --- */

static gboolean
find_origin (Import *self, ThawProject *project, GError **error)
{
  if (!thaw_project_find_run (project, self->result->run, &self->origin, error))
    return FALSE;
  if (self->origin && self->origin->started == self->result->started)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s does not have the run that this result goes on from: open the project that the training was exported from",
               project->path);
  return FALSE;
}

static gboolean
is_same (const ThawTensor *a, const ThawTensor *b)
{
  return a && b && a->bytes == b->bytes && memcmp (a->data, b->data, a->bytes) == 0;
}

/* The best weights: what differs from the start */
static ThawTensorMap *
list_changes (const ThawModel *start, const ThawModel *model)
{
  ThawTensorMap *changes = thaw_tensor_map_new ();

  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (model->parameters, i);
      ThawTensor *tensor = thaw_tensor_map_at (model->parameters, i);

      if (!is_same (thaw_tensor_map_get (start->parameters, name), tensor))
        thaw_tensor_map_set (changes, name, tensor);
    }
  return changes;
}

/* Whether training could go on from it */
static gboolean
check_state (const Import *self, GError **error)
{
  g_autoptr (ThawModel) copy = thaw_model_copy (self->start);
  g_autoptr (ThawTrainer) trainer = thaw_trainer_new (copy, self->dataset, self->result->options, NULL, error);

  return trainer && thaw_trainer_restore (trainer, self->state, error);
}

static gboolean
read_weights (Import *self, const char *folder, GError **error)
{
  g_autoptr (ThawModel) model = thaw_training_result_model (folder, self->start, error);

  if (!model)
    return FALSE;
  if (!self->result->finished)
    {
      self->state = thaw_training_result_state (folder, self->start, self->result->options, error);
      return self->state && check_state (self, error);
    }
  self->state = thaw_train_state_new ();
  self->state->best = list_changes (self->start, model);
  self->state->best_changed = TRUE;
  return TRUE;
}

/* Epochs that were trained here before it went on elsewhere; those that are missing cannot be had. */
static gboolean
read_before (Import *self, ThawProject *project, GError **error)
{
  const int first = g_array_index (self->result->epochs, ThawEpoch, 0).epoch;
  GPtrArray *epochs = thaw_project_epochs (project, self->origin->id, error);

  self->before = epochs;
  while (epochs && epochs->len && ((const ThawEpoch *) g_ptr_array_index (epochs, epochs->len - 1))->epoch >= first)
    g_ptr_array_set_size (epochs, (int) epochs->len - 1);
  return epochs != NULL;
}

static gboolean
read_all (Import *self, ThawProject *project, const char *folder, GError **error)
{
  self->result = thaw_training_result_read (folder, error);
  if (!self->result || !find_origin (self, project, error))
    return FALSE;
  self->start = thaw_project_start_model (project, self->origin->id, error);
  self->dataset = self->start ? thaw_project_run_dataset (project, self->origin->id, error) : NULL;
  return self->dataset && read_weights (self, folder, error) && read_before (self, project, error);
}

/* --- into the project --- */

static void
count_epoch (ThawTrainSummary *summary, const ThawEpoch *epoch)
{
  summary->epochs = epoch->epoch;
  summary->last_val_accuracy = epoch->val_accuracy;
  summary->train_seconds += epoch->seconds;
  if (!epoch->best)
    return;
  summary->best_epoch = epoch->epoch;
  summary->best_val_accuracy = epoch->val_accuracy;
  summary->best_val_loss = epoch->val_loss;
}

static void
put_epochs (Import *self, ThawProject *project)
{
  const GArray *epochs = self->result->epochs;

  for (guint i = 0; i < self->before->len; i++)
    {
      const ThawEpoch *epoch = g_ptr_array_index (self->before, i);

      count_epoch (&self->summary, epoch);
      g_array_append_vals (project->pending.epochs, epoch, 1);
    }
  for (guint i = 0; i < epochs->len; i++)
    count_epoch (&self->summary, &g_array_index (epochs, ThawEpoch, i));
  g_array_append_vals (project->pending.epochs, epochs->data, epochs->len);
  self->summary.train = thaw_dataset_count (self->dataset, THAW_SPLIT_TRAIN, -1);
  self->summary.val = thaw_dataset_count (self->dataset, THAW_SPLIT_VALIDATION, -1);
  self->summary.classes = self->dataset->classes->len;
  self->summary.images = (guint64) self->summary.train * (guint64) self->summary.epochs;
}

static gboolean
put_steps (Import *self, ThawProject *project, GError **error)
{
  const GArray *steps = self->result->steps;
  const guint64 first = steps->len ? g_array_index (steps, ThawTrainingStep, 0).step : G_MAXUINT64;
  g_autoptr (GArray) before = thaw_project_steps (project, self->origin->id, error);

  for (guint i = 0; before && i < before->len; i++)
    if (g_array_index (before, ThawProjectStep, i).step < first)
      g_array_append_vals (project->pending.steps, &g_array_index (before, ThawProjectStep, i), 1);
  for (guint i = 0; i < steps->len; i++)
    {
      const ThawTrainingStep *from = &g_array_index (steps, ThawTrainingStep, i);
      const ThawProjectStep step = { from->step, from->loss, from->lr, from->seconds };

      g_array_append_val (project->pending.steps, step);
    }
  return before != NULL;
}

static gboolean
put_event (const Import *self, ThawProject *project, gint64 run, GError **error)
{
  g_autofree char *text = g_strdup_printf ("trained in PyTorch (%s, processes: %u), on from run %" G_GINT64_FORMAT, self->result->device, self->result->processes,
                                           self->origin->id);

  return thaw_project_add_event (project, run, 0, 0, text, error);
}

/* @run is there; what fails leaves it to be taken away. */
static gboolean
fill_run (Import *self, ThawProject *project, gint64 run, GError **error)
{
  double low, high;

  if (!thaw_project_set_run_dataset (project, run, self->dataset, error) || !put_event (self, project, run, error))
    return FALSE;
  project->pending.run = run;
  if (!put_steps (self, project, error))
    return FALSE;
  put_epochs (self, project);
  return thaw_project_checkpoint (project, run, self->state, NULL, error)
         && thaw_project_finish_run (project, run, self->result->finished ? THAW_RUN_DONE : THAW_RUN_STOPPED, &self->summary, &low, &high, error);
}

gboolean
thaw_project_import_result (ThawProject *self, const char *folder, gint64 *out_run, GError **error)
{
  g_auto (Import) import = { 0 };

  if (!thaw_project_check_writable (self, error) || !read_all (&import, self, folder, error)
      || !thaw_project_begin_run (self, import.origin->backbone, import.start, import.result->options, out_run, error))
    return FALSE;
  if (fill_run (&import, self, *out_run, error))
    return TRUE;
  thaw_pending_drop (&self->pending);
  thaw_project_delete_run (self, *out_run, NULL);
  return FALSE;
}
