/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

#include <glib/gi18n.h>

/* Which phase the live run is in, from 0: the last epoch's, or the one after where that was its last */
static guint
phase_under_way (ThawRunItem *item, const ThawTrainOptions *options)
{
  const GArray *epochs = thaw_run_item_get_epochs (item);
  int phase = epochs->len ? g_array_index (epochs, ThawEpoch, epochs->len - 1).phase : 0;
  int done = 0;

  for (guint i = 0; i < epochs->len; i++)
    done += g_array_index (epochs, ThawEpoch, i).phase == phase;
  if ((guint) phase < options->phases->len && done >= ((const ThawPhase *) g_ptr_array_index (options->phases, (guint) phase))->epochs)
    phase++;
  return MIN ((guint) phase, options->phases->len - 1);
}

/* FALSE: there is nothing to change */
static gboolean
is_training (ThawSession *self)
{
  return self->worker && self->live && self->state != THAW_SESSION_STOPPING;
}

void
thaw_session_apply_rate (ThawSession *self)
{
  g_autoptr (ThawTrainOptions) run = NULL;
  g_autoptr (ThawTrainOptions) wanted = NULL;
  g_autoptr (ThawPhase) freezing = thaw_phase_new ();
  g_autoptr (GError) error = NULL;
  const ThawPhase *phase;
  guint i;

  run = is_training (self) ? thaw_train_options_from_json (thaw_run_item_get_run (self->live)->options, NULL) : NULL;
  if (!run)
    return;
  thaw_network_fill_phase (self->network, freezing);
  wanted = thaw_options_to_train (self->options, freezing);
  i = MIN (phase_under_way (self->live, run), wanted->phases->len - 1);
  phase = g_ptr_array_index (wanted->phases, i);
  if (!thaw_train_control_set_rate (thaw_worker_get_control (self->worker), phase->lr, &error))
    thaw_session_tell (self, _ ("The learning rate was not changed"), error);
}

/* What trains is said by the names of layers: they must be those of the run's network */
static gboolean
is_same_network (ThawSession *self)
{
  g_autoptr (GHashTable) run = thaw_run_item_settings (self->live);
  g_autofree char *backbone = NULL, *head = NULL;

  g_object_get (self->network, "backbone-name", &backbone, "head", &head, NULL);
  return g_strcmp0 (backbone, thaw_run_item_get_run (self->live)->backbone) == 0
         && g_strcmp0 (head, g_hash_table_lookup (run, "head")) == 0;
}

void
thaw_session_apply_freezing (ThawSession *self)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();
  g_autoptr (ThawFreeze) freeze = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *settings = thaw_network_to_json (self->network);
  ThawModel *model = thaw_network_get_model (self->network);

  if (!is_training (self) || g_strcmp0 (settings, self->applied) == 0)
    return;
  if (!model || !is_same_network (self))
    {
      thaw_session_message (self, _ ("What trains was not changed"),
                            _ ("The tree shows another network than the one that trains. The change counts from the next run on."), FALSE, NULL, NULL);
      return;
    }
  thaw_network_fill_phase (self->network, phase);
  freeze = thaw_phase_freeze (phase, model, &error);
  if (!freeze)
    {
      thaw_session_tell (self, _ ("What trains was not changed"), error);
      return;
    }
  thaw_train_control_set_freezing (thaw_worker_get_control (self->worker), phase);
  g_free (self->applied);
  self->applied = g_steal_pointer (&settings);
}
