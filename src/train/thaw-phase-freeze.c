/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-trainer.h>

static gboolean
is_glob (const char *name)
{
  return strpbrk (name, "*?") != NULL;
}

static guint
set_trainable (ThawFreeze *freeze, const ThawGraph *graph, const char *name, gboolean trainable)
{
  return is_glob (name) ? thaw_freeze_set_pattern (freeze, graph, name, trainable)
                        : thaw_freeze_set_trainable (freeze, graph, name, trainable);
}

static gboolean
nothing_covered (const char *name, const char *purpose, const ThawModel *model, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” (%s) names nothing in %s: see the layer names with “thaw-cli inspect”", name,
               purpose, model->title ? model->title : model->architecture);
  return FALSE;
}

/* All weights that values made from the classifier's input depend on */
static void
train_head (ThawFreeze *freeze, const ThawModel *model)
{
  const guint n = thaw_graph_size (model->graph);
  g_autofree gboolean *after = g_new0 (gboolean, n);

  after[model->features->id] = TRUE;
  for (guint i = model->features->id + 1; i < n; i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);

      for (guint k = 0; k < node->n_inputs; k++)
        after[i] |= node->inputs[k] && node->inputs[k]->batched && after[node->inputs[k]->id];
    }
  after[model->features->id] = FALSE;
  /* backwards, so that what goes into a value that is not batched is reached through it */
  for (guint i = n; i-- > 0;)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);

      for (guint k = 0; after[i] && k < node->n_inputs; k++)
        if (node->inputs[k] && !node->inputs[k]->batched)
          after[node->inputs[k]->id] = TRUE;
      if (after[i] && node->op == THAW_OP_PARAMETER && thaw_graph_is_weight (model->graph, node))
        thaw_freeze_set_trainable (freeze, model->graph, node->name, TRUE);
    }
}

static gboolean
train_from (ThawFreeze *freeze, const ThawModel *model, const char *layer, GError **error)
{
  return thaw_freeze_train_from (freeze, model->graph, layer) > 0 || nothing_covered (layer, "train from", model, error);
}

static gboolean
train_preset (ThawFreeze *freeze, const ThawModel *model, const char *preset, GError **error)
{
  if (strcmp (preset, "all") == 0)
    thaw_freeze_set_trainable (freeze, model->graph, "", TRUE);
  else if (strcmp (preset, "last") == 0)
    return train_from (freeze, model, thaw_model_last_blocks (model), error);
  else
    train_head (freeze, model);
  return TRUE;
}

static gboolean
train_but (ThawFreeze *freeze, const ThawModel *model, char **patterns, GError **error)
{
  thaw_freeze_set_trainable (freeze, model->graph, "", TRUE);
  for (guint i = 0; patterns[i]; i++)
    if (set_trainable (freeze, model->graph, patterns[i], FALSE) == 0)
      return nothing_covered (patterns[i], "freeze", model, error);
  return TRUE;
}

static gboolean
choose_weights (ThawFreeze *freeze, const ThawPhase *phase, const ThawModel *model, GError **error)
{
  if (phase->train_from)
    return train_from (freeze, model, phase->train_from, error);
  if (phase->freeze)
    return train_but (freeze, model, phase->freeze, error);
  return train_preset (freeze, model, phase->preset ? phase->preset : "head", error);
}

static gboolean
choose_statistics (ThawFreeze *freeze, const ThawPhase *phase, const ThawModel *model, GError **error)
{
  if (phase->batch_statistics)
    thaw_freeze_set_batch_statistics (freeze, model->graph, "", TRUE);
  /* a new head has no statistics to keep */
  else if (model->head && strstr (model->head, "batchnorm"))
    thaw_freeze_set_batch_statistics (freeze, model->graph, "head", TRUE);
  for (guint i = 0; i < phase->bn_rules->len; i++)
    {
      const ThawBnRule *rule = g_ptr_array_index (phase->bn_rules, i);

      if (thaw_freeze_set_batch_statistics (freeze, model->graph, rule->pattern, rule->batch) == 0)
        return nothing_covered (rule->pattern, "BatchNorm statistics", model, error);
    }
  return TRUE;
}

static guint
count_weights (const ThawModel *model, const ThawFreeze *freeze, const char *pattern)
{
  guint n = 0;

  for (guint i = 0; i < thaw_graph_size (model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);

      if (node->op == THAW_OP_PARAMETER && thaw_graph_is_weight (model->graph, node))
        n += pattern ? thaw_name_matches (node->name, pattern) : thaw_freeze_is_trainable (freeze, node->name);
    }
  return n;
}

static gboolean
check_rates (const ThawPhase *phase, const ThawModel *model, GError **error)
{
  for (guint i = 0; i < phase->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (phase->rate_rules, i);

      if (count_weights (model, NULL, rule->pattern) == 0)
        return nothing_covered (rule->pattern, "rate", model, error);
    }
  return TRUE;
}

ThawFreeze *
thaw_phase_freeze (const ThawPhase *self, const ThawModel *model, GError **error)
{
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();

  if (!choose_weights (freeze, self, model, error) || !choose_statistics (freeze, self, model, error) || !check_rates (self, model, error))
    return NULL;
  if (count_weights (model, freeze, NULL) == 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "nothing would train in %s: freeze less of it",
                   model->title ? model->title : model->architecture);
      return NULL;
    }
  return g_steal_pointer (&freeze);
}

double
thaw_phase_rate_factor (const ThawPhase *self, const char *name)
{
  double factor = 1;

  for (guint i = 0; i < self->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (self->rate_rules, i);

      if (thaw_name_matches (name, rule->pattern))
        factor = rule->factor;
    }
  return factor;
}
