/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-control.h"
#include "thaw-train-options-private.h"
#include "thaw-trainer-private.h"

#include <string.h>
#include <thaw/thaw-text.h>

static void
tell (const ThawTrainer *self, const char *text)
{
  if (self->observer.event)
    self->observer.event (self->observer.data, text);
}

static void
tell_paused (const ThawTrainer *self, gboolean paused)
{
  if (self->observer.paused)
    self->observer.paused (self->observer.data, paused);
  tell (self, paused ? "paused" : "resumed");
}

static gboolean
hold (ThawTrainer *self, GError **error)
{
  const gint64 start = g_get_monotonic_time ();

  /* a pause may last, and the machine be switched off in it */
  if (!thaw_trainer_offer_state (self, NULL, error))
    return FALSE;
  tell_paused (self, TRUE);
  thaw_train_control_hold (self->control, self->cancellable);
  self->held_seconds += (double) (g_get_monotonic_time () - start) / 1e6;
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  tell_paused (self, FALSE);
  return TRUE;
}

gboolean
thaw_trainer_breathe (ThawTrainer *self, GError **error)
{
  if (!self->control)
    return TRUE;
  if (g_thread_self () == self->thread)
    return !thaw_train_control_is_paused (self->control) || hold (self, error);
  thaw_train_control_wait (self->control, self->cancellable);
  return TRUE;
}

/* The phase under way, to be changed: what the options say stays. */
static ThawPhase *
own_phase (ThawTrainer *self)
{
  if (!self->changed)
    self->changed = thaw_phase_copy (self->phase);
  self->phase = self->changed;
  return self->changed;
}

static gboolean
change_rate (ThawTrainer *self, double lr)
{
  const double before = self->phase->lr;
  g_autofree char *from = thaw_text_figures (before, 3), *to = thaw_text_figures (lr, 3);
  g_autofree char *text = g_strdup_printf ("learning rate %s -> %s", from, to);

  if (lr == before)
    return FALSE;
  own_phase (self)->lr = lr;
  tell (self, text);
  return TRUE;
}

static char *
describe (const ThawPhase *phase)
{
  g_autofree char *patterns = phase->freeze ? g_strjoinv (", ", phase->freeze) : NULL;

  if (phase->train_from)
    return g_strdup_printf ("trains from %s", phase->train_from);
  if (patterns)
    return g_strdup_printf ("trains all but %s", patterns);
  if (!phase->preset || strcmp (phase->preset, "head") == 0)
    return g_strdup ("trains the head");
  return g_strdup_printf ("trains %s", strcmp (phase->preset, "all") == 0 ? "everything" : "the last blocks");
}

static void
tell_freezing (const ThawTrainer *self)
{
  g_autofree char *what = describe (self->phase);
  g_autofree char *count = thaw_text_count ((double) thaw_model_count (self->model, "", self->freeze, THAW_WEIGHTS_TRAINABLE));
  g_autofree char *text = g_strdup_printf ("%s: %s weights", what, count);

  tell (self, text);
}

static gboolean
same_freezing (const ThawTrainer *self, const ThawFreeze *a, const ThawFreeze *b)
{
  for (guint i = 0; i < thaw_graph_size (self->model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (self->model->graph, i);

      if (node->op == THAW_OP_PARAMETER && thaw_freeze_is_trainable (a, node->name) != thaw_freeze_is_trainable (b, node->name))
        return FALSE;
      if (node->op == THAW_OP_BATCHNORM
          && thaw_freeze_uses_batch_statistics (a, node->name) != thaw_freeze_uses_batch_statistics (b, node->name))
        return FALSE;
    }
  return TRUE;
}

/* What cannot be trained is told and changes nothing: the run goes on. */
static ThawFreeze *
check_freezing (const ThawTrainer *self, const ThawPhase *freezing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPhase) phase = thaw_phase_copy (self->phase);
  g_autofree char *text = NULL;
  ThawFreeze *freeze;

  thaw_phase_copy_freezing (phase, freezing);
  freeze = thaw_phase_freeze (phase, self->model, &error);
  if (freeze)
    return freeze;
  text = g_strdup_printf ("what trains was not changed: %s", error->message);
  tell (self, text);
  return NULL;
}

/* The rest of the epoch goes on with the new cut. */
static gboolean
change_freezing (ThawTrainer *self, const ThawPhase *freezing, gboolean *changed, GError **error)
{
  g_autoptr (ThawFreeze) freeze = check_freezing (self, freezing);

  if (!freeze || same_freezing (self, freeze, self->freeze))
    return TRUE;
  *changed = TRUE;
  thaw_phase_copy_freezing (own_phase (self), freezing);
  thaw_trainer_end_items (self);
  if (!thaw_trainer_cut_again (self, error))
    return FALSE;
  thaw_trainer_begin_items (self, self->order, self->n_order, (gsize) self->position.step * (gsize) self->options->batch);
  tell_freezing (self);
  return TRUE;
}

gboolean
thaw_trainer_heed (ThawTrainer *self, GError **error)
{
  ThawTrainChange change;
  g_autoptr (ThawPhase) freezing = NULL;
  gboolean changed = FALSE;

  if (!thaw_trainer_breathe (self, error))
    return FALSE;
  if (!self->control || !thaw_train_control_take (self->control, &change))
    return TRUE;
  freezing = change.freezing;
  if (change.rate > 0)
    changed = change_rate (self, change.rate);
  if (freezing && !change_freezing (self, freezing, &changed, error))
    return FALSE;
  /* whatever kills the run now, it goes on with the change */
  return !changed || thaw_trainer_offer_state (self, NULL, error);
}
