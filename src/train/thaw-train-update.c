/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <math.h>
#include <thaw/thaw-pool.h>

static void
clear_update_cb (gpointer data)
{
  ThawUpdate *self = data;

  g_free (self->name);
  thaw_tensor_unref (self->value);
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    g_clear_pointer (&self->slots[i], thaw_tensor_unref);
}

/* What was there before, or zeros, which begin now */
static void
make_slot (ThawTrainer *self, ThawUpdate *update, guint slot)
{
  g_autofree char *name = g_strdup_printf ("slot%u/%s", slot, update->name);
  ThawTensor *restored = self->restored ? thaw_tensor_map_get (self->restored, name) : NULL;

  update->slots[slot] = restored ? thaw_tensor_copy (restored) : thaw_tensor_new (THAW_DTYPE_F32, &update->value->shape);
  update->since = restored ? GPOINTER_TO_SIZE (g_hash_table_lookup (self->restored_since, update->name)) : self->position.optimizer_steps;
}

void
thaw_trainer_make_updates (ThawTrainer *self)
{
  const guint n_slots = thaw_optimizer_slots (&self->phase->optimizer);
  gsize start = 0;

  self->updates = g_array_new (FALSE, TRUE, sizeof (ThawUpdate));
  g_array_set_clear_func (self->updates, clear_update_cb);
  for (guint i = 0; i < thaw_graph_size (self->after); i++)
    {
      const ThawNode *node = thaw_graph_at (self->after, i);
      ThawUpdate update = { 0 };

      if (node->op != THAW_OP_PARAMETER || !thaw_freeze_is_trainable (self->freeze, node->name))
        continue;
      update.name = g_strdup (node->name);
      update.value = thaw_tensor_ref (thaw_tensor_map_get (self->model->parameters, node->name));
      update.factor = thaw_phase_rate_factor (self->phase, node->name);
      update.start = start;
      update.n = (gsize) thaw_tensor_count (update.value);
      for (guint slot = 0; slot < n_slots; slot++)
        make_slot (self, &update, slot);
      start += update.n;
      g_array_append_val (self->updates, update);
    }
  g_clear_pointer (&self->restored, thaw_tensor_map_unref);
  g_hash_table_remove_all (self->restored_since);
}

void
thaw_trainer_clear_updates (ThawTrainer *self)
{
  g_clear_pointer (&self->updates, g_array_unref);
}

void
thaw_trainer_stash_updates (ThawTrainer *self)
{
  self->restored = thaw_tensor_map_new ();
  for (guint i = 0; i < self->updates->len; i++)
    {
      const ThawUpdate *update = &g_array_index (self->updates, ThawUpdate, i);

      for (guint slot = 0; slot < 2 && update->slots[slot]; slot++)
        {
          g_autofree char *name = g_strdup_printf ("slot%u/%s", slot, update->name);

          thaw_tensor_map_set (self->restored, name, update->slots[slot]);
        }
      if (update->since)
        g_hash_table_insert (self->restored_since, g_strdup (update->name), GSIZE_TO_POINTER (update->since));
    }
}

static const ThawUpdate *
update_at (const ThawTrainer *self, guint i)
{
  return &g_array_index (self->updates, ThawUpdate, i);
}

static float *
gradient_of (const ThawTrainer *self, const ThawUpdate *update)
{
  return thaw_tensor_f32 (thaw_tensor_map_get (thaw_executor_gradients (self->executor), update->name));
}

/* As torch.nn.utils.clip_grad_norm_: the norm of all gradients together */
static double
clip_factor (const ThawTrainer *self)
{
  double sum = 0, factor;

  if (self->phase->clip == 0)
    return 1;
  for (guint i = 0; i < self->updates->len; i++)
    {
      const ThawUpdate *update = update_at (self, i);
      const float *gradient = gradient_of (self, update);

      for (gsize k = 0; k < update->n; k++)
        sum += (double) gradient[k] * gradient[k];
    }
  factor = self->phase->clip / (sqrt (sum) + 1e-6);
  return MIN (factor, 1);
}

/* Fewer elements are updated before another thread wakes up. */
#define WORTH_WAKING 100000

typedef struct
{
  ThawTrainer *self;
  double       lr, clip;
  gsize        total;
  guint        n_threads;
} UpdateRun;

static void
update_range (const UpdateRun *run, const ThawUpdate *update, gsize from, gsize to)
{
  const ThawPhase *phase = run->self->phase;
  float *gradient = gradient_of (run->self, update) + from;
  float *slots[2] = { NULL, NULL };

  for (guint i = 0; i < 2 && update->slots[i]; i++)
    slots[i] = thaw_tensor_f32 (update->slots[i]) + from;
  if (run->clip != 1)
    for (gsize k = 0; k < to - from; k++)
      gradient[k] *= (float) run->clip;
  thaw_optimizer_step_f32 (&phase->optimizer, run->lr * update->factor, run->self->position.optimizer_steps - update->since, to - from,
                           thaw_tensor_f32 (update->value) + from, gradient, slots);
}

/* Each thread takes an equal share of all elements; the rules are elementwise, so that shares make no difference. */
static void
update_cb (gpointer data, guint thread)
{
  const UpdateRun *run = data;
  const gsize from = run->total * thread / run->n_threads, to = run->total * (thread + 1) / run->n_threads;

  for (guint i = 0; i < run->self->updates->len; i++)
    {
      const ThawUpdate *update = update_at (run->self, i);
      gsize low = MAX (from, update->start), high = MIN (to, update->start + update->n);

      if (low < high)
        update_range (run, update, low - update->start, high - update->start);
    }
}

void
thaw_trainer_update (ThawTrainer *self, double lr)
{
  const ThawUpdate *last = update_at (self, self->updates->len - 1);
  UpdateRun run = { .self = self, .lr = lr, .clip = clip_factor (self), .total = last->start + last->n };

  self->position.optimizer_steps++;
  run.n_threads = run.total < WORTH_WAKING ? 1 : thaw_pool_n_threads (self->pool);
  if (run.n_threads == 1)
    thaw_pool_run_alone (self->pool, update_cb, &run);
  else
    thaw_pool_run (self->pool, update_cb, &run);
  thaw_executor_refresh (self->executor);
}
