/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-random.h>

/* Passes go on for so long, so that the caches' and the machine's moods are averaged */
#define SECONDS 2e6

typedef struct
{
  const ThawGraph *graph;
  ThawRandom       random;
} Measure;

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Measure *self = data;

  for (guint i = 0; i < thaw_graph_n_inputs (self->graph); i++)
    for (gint64 j = 0; j < n * thaw_shape_count (&thaw_graph_input (self->graph, i)->shape); j++)
      inputs[i][j] = (float) thaw_random_range (&self->random, -1, 1);
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
}

double *
thaw_cli_measure (ThawCli *self, ThawGraph *graph, ThawTensorMap *parameters, gint64 batch, GError **error)
{
  const ThawExecutorIo io = { .load = load_cb, .store = store_cb };
  const guint size = thaw_graph_size (graph);
  g_autofree double *seconds = g_new0 (double, size + 1);
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  const ThawExecutorOptions options = { .pool = pool, .seconds = seconds };
  g_autoptr (ThawExecutor) executor = thaw_executor_new (graph, parameters, &options, error);
  Measure measure = { graph, thaw_random (0, THAW_RANDOM_INIT, 0, 0) };
  gint64 pictures = 0;

  /* the first pass touches all memory for the first time and is not counted */
  if (!executor || !thaw_executor_forward (executor, batch, &io, &measure, self->cancellable, error))
    return NULL;
  memset (seconds, 0, size * sizeof *seconds);
  for (gint64 start = g_get_monotonic_time (); pictures == 0 || g_get_monotonic_time () - start < SECONDS; pictures += batch)
    if (!thaw_executor_forward (executor, batch, &io, &measure, self->cancellable, error))
      return NULL;
  for (guint id = 0; id < size; id++)
    seconds[id] /= (double) pictures;
  return g_steal_pointer (&seconds);
}
