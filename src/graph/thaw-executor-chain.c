/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-executor-private.h"

/* The window of a value moves on: what it has of the lines from @call->base on comes to its beginning. */
static void
move_window (const ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p, const ThawLines *call)
{
  const gint64 line = (gint64) p->bytes / p->node->shape.dim[1];
  const gint64 moved = call->base * line - worker->base[p->node->id];
  guint8 *value = thaw_worker_block (self, worker, p->value);

  if (moved > 0)
    memmove (value, value + moved, (call->from - call->base) * line);
  worker->base[p->node->id] = call->base * line;
}

void
thaw_executor_run_lines (ThawExecutor *self, ThawWorker *owner, ThawWorker *worker, const GArray *calls, gint64 first)
{
  for (guint i = 0; i < calls->len; i++)
    {
      const ThawLines *lines = &g_array_index (calls, ThawLines, i);
      const ThawPlanNode *p = thaw_plan_step (self->plan, lines->step);
      ThawOpCall call;

      if (p->window)
        move_window (self, worker, p, lines);
      thaw_executor_prepare_call (self, owner, worker, p, first, 1, &call);
      call.workspace = thaw_worker_block (self, worker, p->space);
      call.line = lines->from;
      call.end_line = lines->to;
      thaw_executor_call_forward (self, worker, p, &call);
    }
}
