/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan-chain.h"

#include <string.h>

/* Strips of this many lines, if the cache has room for them. */
#define MOST_LINES 16

/* For each step of a chain, counted from its first */
typedef gint64 Lines[THAW_MOST_CHAIN];

static gint64
height (const ThawNode *node)
{
  return node->shape.dim[1];
}

static gsize
line_bytes (const ThawNode *node)
{
  return thaw_shape_count (&node->shape) / height (node) * thaw_dtype_size (node->dtype);
}

/* The step of the chain that makes input @i of @p; -1: it comes from outside */
static int
maker (const ThawPlan *self, const ThawChain *chain, const ThawPlanNode *p, guint i)
{
  for (guint s = chain->first; p->node->inputs[i] && s < chain->end; s++)
    if (thaw_plan_step (self, s)->node == p->node->inputs[i])
      return (int) (s - chain->first);
  return -1;
}

static gboolean
sees (const ThawPlanNode *p, guint i, ThawSight *sight)
{
  return p->node->inputs[i] && p->node->inputs[i]->batched && p->klass->sees (p->node, i, sight);
}

gboolean
thaw_plan_can_chain (const ThawPlan *self, guint step)
{
  const ThawPlanNode *p = thaw_plan_step (self, step);
  ThawSight sight;

  if (!p->klass->sees || p->view || p->observes || p->node->shape.rank != 4 || height (p->node) == 0)
    return FALSE;
  for (guint i = 0; i < p->node->n_inputs; i++)
    if (p->node->inputs[i] && p->node->inputs[i]->batched && !sees (p, i, &sight))
      return FALSE;
  return TRUE;
}

/* From and to which line of an input the lines @from .. @to - 1 of a value see */
static gint64
first_seen (const ThawSight *sight, gint64 from, const ThawNode *input)
{
  return CLAMP (from * sight->stride - sight->pad, 0, height (input));
}

static gint64
end_seen (const ThawSight *sight, gint64 to, const ThawNode *input)
{
  return to > 0 ? CLAMP ((to - 1) * sight->stride - sight->pad + sight->extent, 0, height (input)) : 0;
}

/* What is touched while @lines lines of the last value are made */
static gsize
strip_bytes (const ThawPlan *self, const ThawChain *chain, gint64 lines)
{
  Lines made = { 0 };
  gsize bytes = 0;

  made[chain->end - 1 - chain->first] = lines;
  for (guint s = chain->end; s-- > chain->first;)
    {
      const ThawPlanNode *p = thaw_plan_step (self, s);
      gint64 own = made[s - chain->first];
      ThawSight sight;

      bytes += own * line_bytes (p->node) + p->weight_bytes;
      for (guint i = 0; i < p->node->n_inputs; i++)
        if (sees (p, i, &sight))
          {
            int from = maker (self, chain, p, i);
            gint64 seen = MIN ((own - 1) * sight.stride + sight.extent, height (p->node->inputs[i]));

            if (from >= 0)
              made[from] = MAX (made[from], seen);
            else
              bytes += seen * line_bytes (p->node->inputs[i]);
          }
    }
  return bytes;
}

gint64
thaw_plan_chain_lines (const ThawPlan *self, const ThawChain *chain)
{
  gint64 lines = MIN (MOST_LINES, height (thaw_plan_step (self, chain->end - 1)->node));

  while (lines > 0 && strip_bytes (self, chain, lines) > self->cache / 4 * 3)
    lines /= 2;
  return lines;
}

/* A strip in the making: which lines are there, and which will be */
typedef struct
{
  const ThawPlan  *plan;
  const ThawChain *chain;
  Lines            done, wanted;
  GArray          *calls;
} Strip;

/* Each step begins with the first line that line @from of the last value needs. */
static void
begin (Strip *self, gint64 from)
{
  const ThawChain *chain = self->chain;

  for (guint k = 0; k < chain->end - chain->first; k++)
    self->done[k] = G_MAXINT64;
  self->done[chain->end - 1 - chain->first] = from;
  for (guint s = chain->end; s-- > chain->first;)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, s);
      ThawSight sight;

      for (guint i = 0; i < p->node->n_inputs; i++)
        {
          int t = sees (p, i, &sight) ? maker (self->plan, chain, p, i) : -1;

          if (t >= 0)
            self->done[t] = MIN (self->done[t], first_seen (&sight, self->done[s - chain->first], p->node->inputs[i]));
        }
    }
}

/* All that is needed for the last value up to line @to, and at the end all of what others read too */
static void
want (Strip *self, gint64 to)
{
  const ThawChain *chain = self->chain;
  const guint last = chain->end - 1 - chain->first;

  memcpy (self->wanted, self->done, sizeof self->wanted);
  self->wanted[last] = to;
  for (guint s = chain->end; s-- > chain->first;)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, s);
      ThawSight sight;

      if (!p->window && to == height (thaw_plan_step (self->plan, chain->end - 1)->node))
        self->wanted[s - chain->first] = height (p->node);
      for (guint i = 0; i < p->node->n_inputs; i++)
        {
          int t = sees (p, i, &sight) ? maker (self->plan, chain, p, i) : -1;

          if (t >= 0)
            self->wanted[t] = MAX (self->wanted[t], end_seen (&sight, self->wanted[s - chain->first], p->node->inputs[i]));
        }
    }
}

/* The first line of step @t's value that lines still to be made will see */
static gint64
still_seen (const Strip *self, guint t)
{
  const ThawChain *chain = self->chain;
  gint64 line = self->done[t];

  for (guint s = chain->first + t + 1; s < chain->end; s++)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, s);
      ThawSight sight;

      for (guint i = 0; i < p->node->n_inputs; i++)
        if (sees (p, i, &sight) && maker (self->plan, chain, p, i) == (int) t)
          line = MIN (line, first_seen (&sight, self->done[s - chain->first], p->node->inputs[i]));
    }
  return line;
}

static void
make (Strip *self)
{
  const ThawChain *chain = self->chain;

  for (guint k = 0; k < chain->end - chain->first; k++)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, chain->first + k);
      ThawLines call = { chain->first + k, self->done[k], self->wanted[k], p->window ? still_seen (self, k) : 0 };

      if (call.to <= call.from)
        continue;
      g_array_append_val (self->calls, call);
      self->done[k] = call.to;
    }
}

/* The calls that make lines @from .. @to - 1 of the last value (transfer full) */
static GArray *
list_calls (const ThawPlan *self, const ThawChain *chain, gint64 from, gint64 to)
{
  Strip strip = { .plan = self, .chain = chain, .calls = g_array_new (FALSE, FALSE, sizeof (ThawLines)) };

  begin (&strip, from);
  for (gint64 line = from; line < to; line += chain->lines)
    {
      want (&strip, MIN (line + chain->lines, to));
      make (&strip);
    }
  return strip.calls;
}

/* Windows hold what any of the calls needs at a time. */
static void
widen (ThawPlan *self, const GArray *calls)
{
  for (guint i = 0; i < calls->len; i++)
    {
      const ThawLines *call = &g_array_index (calls, ThawLines, i);
      ThawPlanNode *p = &self->nodes[g_array_index (self->steps, guint, call->step)];

      if (p->window)
        p->window = MAX (p->window, call->to - call->base);
    }
}

static gboolean
is_private (const ThawPlan *self, const ThawChain *chain)
{
  for (guint s = chain->first; s + 1 < chain->end; s++)
    if (!thaw_plan_step (self, s)->window)
      return FALSE;
  return TRUE;
}

void
thaw_plan_add_chain (ThawPlan *self, guint first, guint end, guint n_threads)
{
  ThawChain chain = { .first = first, .end = end };
  gint64 lines = height (thaw_plan_step (self, end - 1)->node);

  chain.lines = thaw_plan_chain_lines (self, &chain);
  for (guint s = first; s < end; s++)
    {
      ThawPlanNode *p = &self->nodes[g_array_index (self->steps, guint, s)];

      p->chain = self->chains->len + 1;
      p->window = thaw_plan_passes (self, s, end) ? 1 : 0;
    }
  chain.calls = list_calls (self, &chain, 0, lines);
  widen (self, chain.calls);
  chain.parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  self->shares &= is_private (self, &chain);
  for (guint t = 0; t < n_threads && is_private (self, &chain); t++)
    {
      g_ptr_array_add (chain.parts, list_calls (self, &chain, lines * t / n_threads, lines * (t + 1) / n_threads));
      widen (self, g_ptr_array_index (chain.parts, t));
    }
  g_array_append_val (self->chains, chain);
}

void
thaw_chain_clear (ThawChain *self)
{
  g_array_unref (self->calls);
  g_ptr_array_unref (self->parts);
}
