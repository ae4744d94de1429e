/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

/* How right the current run is follows from what the project has of it; what it has not is computed by ThawResults */
static void
judged_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  g_autoptr (ThawJudgement) judgement = thaw_store_finish (result, NULL);
  ThawRunItem *current = thaw_runs_get_current (self->runs);

  if (!judgement || !current || thaw_run_item_is_live (current) || thaw_run_item_get_run (current)->id != judgement->run)
    return;
  thaw_results_set_evaluation (self->results, judgement->run, g_steal_pointer (&judgement->evaluation), judgement->labels, judgement->dataset);
}

static void
free_judgement_cb (gpointer data)
{
  thaw_judgement_free (data);
}

void
thaw_session_show_current (ThawSession *self)
{
  ThawRunItem *current = thaw_runs_get_current (self->runs);
  const ThawRun *run = current ? thaw_run_item_get_run (current) : NULL;

  if (!run)
    thaw_results_set_evaluation (self->results, 0, NULL, NULL, NULL);
  else if (self->store && !thaw_run_item_is_live (current) && run->summary.best_epoch && thaw_results_get_run (self->results) != run->id)
    thaw_store_async (self->store, thaw_judgement_read_cb, g_memdup2 (&run->id, sizeof run->id), g_free, free_judgement_cb, G_OBJECT (self), NULL,
                      judged_cb, NULL);
}
