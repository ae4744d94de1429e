/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-runs-private.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-text.h>

/* In the order to show them */
static const char *const names[] = {
  "backbone",
  "freezing",
  "head",
  "epochs",
  "batch",
  "optimizer",
  "learning rate",
  "schedule",
  "warm-up",
  "weight decay",
  "augmentation",
  "label smoothing",
  "class weights",
  "clipping",
  "patience",
  "statistics",
  "rates",
  "precision",
  "seed",
  "threads",
  NULL,
};

static const char *const titles[] = {
  N_ ("Backbone"),         N_ ("Trains"),       N_ ("Head"),         N_ ("Epochs"),          N_ ("Batch size"),
  N_ ("Optimizer"),        N_ ("Learning rate"), N_ ("Schedule"),     N_ ("Warm-up"),         N_ ("Weight decay"),
  N_ ("Augmentation"),     N_ ("Label smoothing"), N_ ("Class weights"), N_ ("Gradient clipping"), N_ ("Early stopping"),
  N_ ("Batch normalization"), N_ ("Rates of layers"), N_ ("Frozen layers"), N_ ("Seed"),         N_ ("Threads"),
};

G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (titles) + 1);

const char *const *
thaw_run_setting_names (void)
{
  return names;
}

const char *
thaw_run_setting_title (const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (g_str_equal (names[i], name))
      return _ (titles[i]);
  return name;
}

/* A figure of a phase as text (transfer full) */
typedef char *(*PhaseText) (const ThawPhase *phase);

static char *
freezing_text (const ThawPhase *phase)
{
  g_autofree char *patterns = NULL;

  if (phase->preset && g_str_equal (phase->preset, "head"))
    return g_strdup (_ ("head"));
  if (phase->preset && g_str_equal (phase->preset, "last"))
    return g_strdup (_ ("last blocks"));
  if (phase->preset)
    return g_strdup (_ ("everything"));
  if (phase->train_from)
    return g_strdup_printf (_ ("from %s"), phase->train_from);
  patterns = phase->freeze ? g_strjoinv (", ", phase->freeze) : g_strdup ("");
  return *patterns ? g_strdup_printf (_ ("all but %s"), patterns) : g_strdup (_ ("everything"));
}

static char *
epochs_text (const ThawPhase *phase)
{
  return g_strdup_printf ("%d", phase->epochs);
}

static char *
optimizer_text (const ThawPhase *phase)
{
  const ThawOptimizerOptions *optimizer = &phase->optimizer;
  g_autofree char *momentum = thaw_text_figures (optimizer->momentum, 3);

  switch (optimizer->kind)
    {
    case THAW_OPTIMIZER_SGD:
      return optimizer->momentum > 0 ? g_strdup_printf (_ ("SGD, momentum %s"), momentum) : g_strdup (_ ("SGD"));
    case THAW_OPTIMIZER_ADAM:
      return g_strdup ("Adam");
    case THAW_OPTIMIZER_ADAMW:
      return g_strdup ("AdamW");
    default:
      return g_strdup ("RMSprop");
    }
}

static char *
rate_text (const ThawPhase *phase)
{
  return thaw_text_figures (phase->lr, 3);
}

static char *
schedule_text (const ThawPhase *phase)
{
  return g_strdup (thaw_schedule_name (phase->schedule));
}

static char *
warmup_text (const ThawPhase *phase)
{
  g_autofree char *epochs = thaw_text_figures (phase->warmup, 3);

  return phase->warmup > 0 ? g_strdup_printf (ngettext ("%s epoch", "%s epochs", phase->warmup == 1 ? 1 : 2), epochs) : g_strdup (_ ("none"));
}

static char *
decay_text (const ThawPhase *phase)
{
  return phase->optimizer.weight_decay > 0 ? thaw_text_figures (phase->optimizer.weight_decay, 3) : g_strdup (_ ("none"));
}

static char *
clip_text (const ThawPhase *phase)
{
  return phase->clip > 0 ? thaw_text_figures (phase->clip, 3) : g_strdup (_ ("none"));
}

static char *
patience_text (const ThawPhase *phase)
{
  return phase->patience ? g_strdup_printf (ngettext ("after %d epoch", "after %d epochs", (gulong) phase->patience), phase->patience) : g_strdup (_ ("never"));
}

static char *
statistics_text (const ThawPhase *phase)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (parts, g_strdup (phase->batch_statistics ? _ ("of the batch") : _ ("as pretrained")));
  for (guint i = 0; i < phase->bn_rules->len; i++)
    {
      const ThawBnRule *rule = g_ptr_array_index (phase->bn_rules, i);
      const char *mode = rule->batch ? _ ("of the batch") : _ ("as pretrained");

      g_ptr_array_add (parts, g_strdup_printf ("%s: %s", rule->pattern, mode));
    }
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (", ", (char **) parts->pdata);
}

static char *
rates_text (const ThawPhase *phase)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < phase->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (phase->rate_rules, i);
      g_autofree char *factor = thaw_text_figures (rule->factor, 3);

      g_ptr_array_add (parts, g_strdup_printf ("%s × %s", rule->pattern, factor));
    }
  g_ptr_array_add (parts, NULL);
  return parts->len > 1 ? g_strjoinv (", ", (char **) parts->pdata) : g_strdup (_ ("all the same"));
}

/* One text a phase; where all phases say the same, once */
static char *
of_phases (const ThawTrainOptions *options, PhaseText text)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  gboolean same = TRUE;

  for (guint i = 0; i < options->phases->len; i++)
    {
      g_ptr_array_add (parts, text (g_ptr_array_index (options->phases, i)));
      same = same && g_strcmp0 (g_ptr_array_index (parts, i), g_ptr_array_index (parts, 0)) == 0;
    }
  if (same && parts->len)
    g_ptr_array_set_size (parts, 1);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (_ (", then "), (char **) parts->pdata);
}

static char *
augmentation_text (const ThawTrainOptions *options)
{
  const ThawAugmentation *a = &options->augmentation;
  g_autofree char *rotation = thaw_text_figures ((double) a->rotation, 3);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  if (a->flip > 0)
    g_ptr_array_add (parts, g_strdup (_ ("flip")));
  if (a->crop_min_area > 0 && a->crop_min_area < 1)
    g_ptr_array_add (parts, g_strdup_printf (_ ("crop to %.0f %%"), (double) a->crop_min_area * 100));
  if (a->rotation > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("turn by %s°"), rotation));
  if (a->colour > 0)
    g_ptr_array_add (parts, g_strdup (_ ("colour")));
  if (a->erase > 0)
    g_ptr_array_add (parts, g_strdup (_ ("erase")));
  g_ptr_array_add (parts, NULL);
  return parts->len > 1 ? g_strjoinv (", ", (char **) parts->pdata) : g_strdup (_ ("none"));
}

static void
add (GHashTable *table, const char *name, char *text)
{
  g_hash_table_insert (table, g_strdup (name), text);
}

static void
add_phases (GHashTable *table, const ThawTrainOptions *options)
{
  static const struct
  {
    const char *name;
    PhaseText   text;
  } rows[] = {
    { "freezing", freezing_text },     { "epochs", epochs_text },      { "optimizer", optimizer_text },
    { "learning rate", rate_text },    { "schedule", schedule_text },  { "warm-up", warmup_text },
    { "weight decay", decay_text },    { "clipping", clip_text },      { "patience", patience_text },
    { "statistics", statistics_text }, { "rates", rates_text },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    add (table, rows[i].name, of_phases (options, rows[i].text));
}

static void
add_options (GHashTable *table, const ThawTrainOptions *options)
{
  add_phases (table, options);
  add (table, "batch", g_strdup_printf ("%d", options->batch));
  add (table, "augmentation", augmentation_text (options));
  add (table, "label smoothing",
       options->label_smoothing > 0 ? thaw_text_figures (options->label_smoothing, 3) : g_strdup (_ ("none")));
  add (table, "class weights", g_strdup (options->balanced ? _ ("balanced") : _ ("equal")));
  add (table, "precision", g_strdup (options->precision == THAW_PRECISION_FAST ? _ ("in bfloat16 where the processor has it") : _ ("in float32")));
  add (table, "seed", g_strdup_printf ("%" G_GUINT64_FORMAT, options->seed));
  /* of a training in PyTorch that was brought in it is not known */
  add (table, "threads", options->threads > 0 ? g_strdup_printf ("%u", options->threads) : g_strdup (_ ("elsewhere")));
}

/* A text of the model's description, or NULL (transfer full) */
static char *
metadata (JsonParser *parser, const char *name)
{
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;
  JsonNode *node = root && JSON_NODE_HOLDS_OBJECT (root) ? json_object_get_member (json_node_get_object (root), name) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) ? g_strdup (json_node_get_string (node)) : NULL;
}

GHashTable *
thaw_run_settings (const ThawRun *run)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (ThawTrainOptions) options = thaw_train_options_from_json (run->options, NULL);
  g_autoptr (JsonParser) parser = thaw_json_parse (run->model_metadata, -1, NULL);
  g_autofree char *title = metadata (parser, "title");
  g_autofree char *head = metadata (parser, "head");

  add (table, "backbone", g_strdup (title ? title : run->backbone ? run->backbone : _ ("own weights")));
  add (table, "head", g_strdup (head ? head : _ ("as pretrained")));
  if (options)
    add_options (table, options);
  return table;
}
