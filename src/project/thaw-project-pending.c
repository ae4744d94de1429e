/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

void
thaw_pending_init (ThawPending *self)
{
  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->steps = g_array_new (FALSE, FALSE, sizeof (ThawProjectStep));
  self->events = g_array_new (FALSE, FALSE, sizeof (ThawProjectEvent));
  g_array_set_clear_func (self->events, thaw_project_event_clear);
}

void
thaw_pending_clear (ThawPending *self)
{
  g_clear_pointer (&self->state, thaw_train_state_free);
  g_clear_pointer (&self->epochs, g_array_unref);
  g_clear_pointer (&self->steps, g_array_unref);
  g_clear_pointer (&self->events, g_array_unref);
}

static gboolean
is_empty (const ThawPending *self)
{
  return !self->state && self->epochs->len == 0 && self->steps->len == 0 && self->events->len == 0;
}

void
thaw_pending_drop (ThawPending *self)
{
  g_clear_pointer (&self->state, thaw_train_state_free);
  self->best_changed = FALSE;
  g_array_set_size (self->epochs, 0);
  g_array_set_size (self->steps, 0);
  g_array_set_size (self->events, 0);
}

static gboolean
write_epochs (ThawProject *self, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self,
                      "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (guint i = 0; i < self->pending.epochs->len; i++)
    {
      const ThawEpoch *epoch = &g_array_index (self->pending.epochs, ThawEpoch, i);

      thaw_query_bind (&query, "iiidddddddi", self->pending.run, (gint64) epoch->epoch,
                       (gint64) epoch->phase, epoch->loss, epoch->accuracy, epoch->val_loss,
                       epoch->val_accuracy, epoch->lr, epoch->seconds, epoch->images_per_second,
                       (gint64) epoch->best);
      thaw_query_next (&query);
    }
  return thaw_query_end (&query, error);
}

static gboolean
write_steps (ThawProject *self, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?)");
  for (guint i = 0; i < self->pending.steps->len; i++)
    {
      const ThawProjectStep *step = &g_array_index (self->pending.steps, ThawProjectStep, i);

      thaw_query_bind (&query, "iiddd", self->pending.run, (gint64) step->step, step->loss,
                       step->lr, step->seconds);
      thaw_query_next (&query);
    }
  return thaw_query_end (&query, error);
}

static gboolean
write_events (ThawProject *self, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "INSERT INTO events (run, time, step, seconds, text) VALUES (?, ?, ?, ?, ?)");
  for (guint i = 0; i < self->pending.events->len; i++)
    {
      const ThawProjectEvent *event = &g_array_index (self->pending.events, ThawProjectEvent, i);

      thaw_query_bind (&query, "iiidt", self->pending.run, event->time, (gint64) event->step,
                       event->seconds, event->text);
      thaw_query_next (&query);
    }
  return thaw_query_end (&query, error);
}

static gboolean
write_state (ThawProject *self, const ThawTrainState *state, GError **error)
{
  gint64 run = self->pending.run;

  if (!state)
    return TRUE;
  return thaw_project_exec (self, error, "UPDATE runs SET state = ? WHERE id = ?", "ti", state->json, run)
         && thaw_project_changed_run (self, run, error) && thaw_project_need_backbone_of (self, run, error)
         && thaw_project_write_tensors (self, run, THAW_KIND_LAST, state->tensors, NULL, error)
         && (!self->pending.best_changed || !state->best
             || thaw_project_write_tensors (self, run, THAW_KIND_BEST, state->best, state->tensors,
                                            error))
         && thaw_project_sweep (self, error);
}

/* What waits, with @state in place of the one that waits; kept when it fails, for another try */
static gboolean
write_all (ThawProject *self, const ThawTrainState *state, GError **error)
{
  self->last_commit = g_get_monotonic_time ();
  if (!thaw_project_begin (self, error))
    return FALSE;
  if (!write_epochs (self, error) || !write_steps (self, error) || !write_events (self, error)
      || !write_state (self, state, error))
    {
      thaw_project_rollback (self);
      return FALSE;
    }
  if (!thaw_project_commit (self, error))
    return FALSE;
  thaw_pending_drop (&self->pending);
  return TRUE;
}

gboolean
thaw_project_flush (ThawProject *self, GError **error)
{
  return !self->writable || is_empty (&self->pending)
         || write_all (self, self->pending.state, error);
}

static gboolean
is_due (ThawProject *self)
{
  return g_get_monotonic_time () - self->last_commit >= THAW_PROJECT_SHARE_SECONDS * G_USEC_PER_SEC;
}

/* What waits belongs to one run */
static gboolean
choose_run (ThawProject *self, gint64 run, GError **error)
{
  if (!thaw_project_check_writable (self, error))
    return FALSE;
  if (self->pending.run != run && !thaw_project_flush (self, error))
    return FALSE;
  self->pending.run = run;
  return TRUE;
}

static void
keep_state (ThawPending *self, const ThawTrainState *state)
{
  ThawTrainState *copy = thaw_train_state_new ();

  g_clear_pointer (&copy->tensors, thaw_tensor_map_unref);
  copy->tensors = thaw_tensor_map_copy (state->tensors);
  g_clear_pointer (&copy->best, thaw_tensor_map_unref);
  if (state->best && self->best_changed)
    copy->best = thaw_tensor_map_copy (state->best);
  g_free (copy->json);
  copy->json = g_strdup (state->json);
  g_clear_pointer (&self->state, thaw_train_state_free);
  self->state = copy;
}

gboolean
thaw_project_checkpoint (ThawProject *self,
                         gint64 run,
                         const ThawTrainState *state,
                         const ThawEpoch *epoch,
                         GError **error)
{
  if (!choose_run (self, run, error))
    return FALSE;
  if (epoch)
    g_array_append_val (self->pending.epochs, *epoch);
  self->pending.best_changed |= state->best_changed;
  if (!epoch || epoch->seconds >= THAW_PROJECT_SHORT_EPOCH_SECONDS || is_due (self))
    {
      if (write_all (self, state, error))
        return TRUE;
      keep_state (&self->pending, state);
      return FALSE;
    }
  keep_state (&self->pending, state);
  return TRUE;
}

gboolean
thaw_project_add_event (ThawProject *self, gint64 run, guint64 step, double seconds, const char *text,
                        GError **error)
{
  ThawProjectEvent event = { g_get_real_time (), step, seconds, NULL };

  if (!choose_run (self, run, error))
    return FALSE;
  event.text = g_utf8_make_valid (text, -1);
  g_array_append_val (self->pending.events, event);
  return thaw_project_flush (self, error);
}

gboolean
thaw_project_add_step (ThawProject *self, gint64 run, guint64 step, double loss, double lr,
                       double seconds, GError **error)
{
  ThawProjectStep row = { step, loss, lr, seconds };

  if (!choose_run (self, run, error))
    return FALSE;
  g_array_append_val (self->pending.steps, row);
  return !is_due (self) || thaw_project_flush (self, error);
}
