/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <thaw/thaw-cpu.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>

typedef struct
{
  ThawCli *cli;
  guint    threads;
  gint64   batch;
  double  *took;  /* (nullable): what was measured of the part that is shown, by node */
} Plan;

static void
emit_row (const Plan *self, const char *part, const ThawPlanRow *row)
{
  JsonObject *object = thaw_cli_event ("plan-step");

  json_object_set_string_member (object, "part", part);
  json_object_set_string_member (object, "layer", row->layer);
  json_object_set_string_member (object, "operation", row->op);
  json_object_set_string_member (object, "kernel", row->kernel);
  json_object_set_int_member (object, "stage", row->stage);
  json_object_set_int_member (object, "pictures", row->pictures);
  json_object_set_int_member (object, "chain", row->chain);
  json_object_set_int_member (object, "lines", row->lines);
  json_object_set_boolean_member (object, "again", row->again);
  json_object_set_int_member (object, "weight_bytes", (gint64) row->weight_bytes);
  json_object_set_int_member (object, "value_bytes", (gint64) row->value_bytes);
  json_object_set_double_member (object, "multiply_adds", row->multiply_adds);
  json_object_set_double_member (object, "milliseconds", row->seconds * 1e3);
  if (self->took)
    json_object_set_double_member (object, "measured_milliseconds", self->took[row->node] * 1e3);
  thaw_cli_emit (self->cli, object);
}

/* "3: 8 lines": the operation is one of chain 3, which makes 8 lines at a time */
static char *
strips_text (const ThawPlanRow *row)
{
  return row->chain ? g_strdup_printf ("%u: %" G_GINT64_FORMAT " %s%s", row->chain, row->lines, row->lines == 1 ? "line" : "lines",
                                       row->again ? ", again" : "")
                    : NULL;
}

static void
add_row (const Plan *self, ThawTable *table, const ThawPlanRow *row)
{
  g_autofree char *pictures = g_strdup_printf ("%" G_GINT64_FORMAT, row->pictures);
  g_autofree char *strips = strips_text (row);
  g_autofree char *weights = row->weight_bytes ? thaw_text_bytes (row->weight_bytes) : NULL;
  g_autofree char *value = thaw_text_bytes (row->value_bytes);
  g_autofree char *seconds = thaw_text_number (row->seconds * 1e3, 3);
  g_autofree char *took = self->took ? thaw_text_number (self->took[row->node] * 1e3, 3) : NULL;

  thaw_table_add (table, row->layer, row->op, row->kernel, pictures, strips, weights, value, seconds, took);
}

static void
emit_total (const Plan *self, const char *part, const ThawPlanCost *cost, double seconds)
{
  JsonObject *object = thaw_cli_event ("plan");

  json_object_set_string_member (object, "part", part);
  json_object_set_int_member (object, "threads", self->threads);
  json_object_set_int_member (object, "batch", self->batch);
  json_object_set_string_member (object, "instruction_set", thaw_isa_name (thaw_cpu_isa ()));
  json_object_set_int_member (object, "cache_bytes", (gint64) thaw_cpu_cache ());
  json_object_set_int_member (object, "buffer_bytes", (gint64) cost->buffer_bytes);
  json_object_set_int_member (object, "parameter_bytes", (gint64) cost->parameter_bytes);
  json_object_set_double_member (object, "multiply_adds", cost->multiply_adds);
  json_object_set_double_member (object, "milliseconds", seconds * 1e3);
  thaw_cli_emit (self->cli, object);
}

static void
show_part (const Plan *self, const char *part, const ThawGraph *graph, const ThawFreeze *training)
{
  const ThawExecutorOptions options = { .training = training };
  g_autoptr (GArray) rows = thaw_executor_describe (graph, &options, self->threads, self->batch);
  ThawTable *table = thaw_table_new ("lllrlrrrr");
  g_autofree char *memory = NULL;
  g_autofree char *time = NULL;
  g_autofree char *measured = NULL;
  ThawPlanCost cost;
  double seconds = 0, took = 0;

  thaw_cli_say (self->cli, "\n%s", part);
  thaw_table_add (table, "LAYER", "OPERATION", "KERNEL", "PICTURES", "STRIPS", "WEIGHTS", "VALUE", "MS", self->took ? "TOOK" : NULL);
  for (guint i = 0; i < rows->len; i++)
    {
      const ThawPlanRow *row = &g_array_index (rows, ThawPlanRow, i);

      emit_row (self, part, row);
      add_row (self, table, row);
      seconds += row->seconds;
      took += self->took ? self->took[row->node] : 0;
    }
  thaw_table_print (table, self->cli);
  thaw_executor_cost (graph, training, 0, self->threads, self->batch, &cost);
  emit_total (self, part, &cost, seconds);
  memory = thaw_text_bytes ((double) cost.buffer_bytes + cost.parameter_bytes);
  time = thaw_text_number (seconds * 1e3, 2);
  measured = self->took ? thaw_text_number (took * 1e3, 2) : g_strdup ("");
  thaw_cli_say (self->cli, "%s: %s for %u threads and %" G_GINT64_FORMAT " pictures; forward about %s ms a picture on one core%s%s%s", part, memory,
                self->threads, self->batch, time, self->took ? ", took " : "", measured, self->took ? " ms" : "");
}

gboolean
thaw_cli_show_plan (ThawCli *self, const ThawModel *model, const ThawFreeze *freeze, guint threads, gint64 batch, ThawPrecision precision,
                    gboolean measure, GError **error)
{
  Plan plan = { self, threads ? threads : thaw_pool_default_threads (), batch, NULL };
  g_autoptr (ThawGraph) optimised = thaw_graph_optimise (model->graph);
  g_autoptr (ThawGraph) whole = thaw_graph_in_precision (optimised, precision);
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) frozen = NULL;
  g_autoptr (ThawGraph) after = NULL;

  if (measure && !(plan.took = thaw_cli_measure (self, whole, model->parameters, batch, error)))
    return FALSE;
  show_part (&plan, "prediction", whole, NULL);
  g_clear_pointer (&plan.took, g_free);
  thaw_graph_cut (model->graph, freeze, &before, &after);
  frozen = before ? thaw_graph_in_precision (before, precision) : NULL;
  if (frozen)
    show_part (&plan, "frozen part", frozen, NULL);
  if (thaw_model_count (model, "", freeze, THAW_WEIGHTS_TRAINABLE) > 0)
    show_part (&plan, "trained part", after, freeze);
  return TRUE;
}
