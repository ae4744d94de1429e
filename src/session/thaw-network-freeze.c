/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <glib/gi18n.h>
#include <string.h>

static ThawWeight *
weight_at (const ThawNetwork *self, guint i)
{
  return &g_array_index (self->weights, ThawWeight, i);
}

static ThawNorm *
norm_at (const ThawNetwork *self, guint i)
{
  return &g_array_index (self->norms, ThawNorm, i);
}

/* --- presets --- */

static const struct
{
  const char *name;
  const char *label; /* for undo */
} presets[] = {
  { "head", N_("Train the Head Alone") },
  { "last", N_("Train the Last Blocks") },
  { "all", N_("Train Everything") },
};

static gboolean
preset_trains (const ThawNetwork *self, const char *preset, guint i)
{
  if (g_str_equal (preset, "all"))
    return TRUE;
  return g_str_equal (preset, "last") ? i >= self->last_from : weight_at (self, i)->head;
}

static void
train_preset (ThawNetwork *self, const char *preset)
{
  for (guint i = 0; i < self->weights->len; i++)
    weight_at (self, i)->trains = preset_trains (self, preset, i);
}

const char *
thaw_network_find_preset (ThawNetwork *self)
{
  for (guint p = 0; p < G_N_ELEMENTS (presets); p++)
    {
      gboolean same = self->weights->len > 0;

      for (guint i = 0; same && i < self->weights->len; i++)
        same = weight_at (self, i)->trains == preset_trains (self, presets[p].name, i);
      if (same)
        return presets[p].name;
    }
  return NULL;
}

void
thaw_network_train_default (ThawNetwork *self)
{
  train_preset (self, "head");
}

/* --- patterns --- */

static void
collect_patterns (const ThawNetwork *self, const ThawLayerRow *row, gboolean trains, GPtrArray *names)
{
  GListModel *children = G_LIST_MODEL (row->children);
  guint n = 0;

  for (guint i = 0; i < row->weights->len; i++)
    n += weight_at (self, g_array_index (row->weights, guint, i))->trains == trains;
  if (n == 0)
    return;
  if (n == row->weights->len && *row->name)
    {
      g_ptr_array_add (names, g_strdup (row->name));
      return;
    }
  for (guint i = 0; children && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (children, i);

      collect_patterns (self, child, trains, names);
    }
  /* single parameters of a layer: a bias without its weight */
  for (guint i = 0; !children && i < row->weights->len; i++)
    {
      const ThawWeight *weight = weight_at (self, g_array_index (row->weights, guint, i));

      if (weight->trains == trains)
        g_ptr_array_add (names, g_strdup (weight->node->name));
    }
}

char **
thaw_network_patterns (ThawNetwork *self, gboolean trains)
{
  GPtrArray *names = g_ptr_array_new ();

  collect_patterns (self, thaw_network_root (self), trains, names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* Names of the BatchNorm layers whose mode is @batch, which is not the one they have at first */
static char **
norm_patterns (ThawNetwork *self, gboolean batch)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->norms->len; i++)
    if (norm_at (self, i)->batch == batch && norm_at (self, i)->head != batch)
      g_ptr_array_add (names, g_strdup (norm_at (self, i)->node->name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

ThawNetworkSettings *
thaw_network_settings (ThawNetwork *self)
{
  ThawNetworkSettings *settings;

  if (self->pending)
    return thaw_network_settings_copy (self->pending);
  settings = g_new0 (ThawNetworkSettings, 1);
  settings->backbone = g_strdup (self->backbone_name);
  settings->head = g_strdup (self->head);
  if (!self->model)
    return settings;
  settings->trains = thaw_network_patterns (self, TRUE);
  settings->batch = norm_patterns (self, TRUE);
  settings->stored = norm_patterns (self, FALSE);
  return settings;
}

static void
train_pattern (ThawNetwork *self, const char *pattern)
{
  const ThawLayerRow *row = g_hash_table_lookup (self->rows, pattern);

  for (guint i = 0; row && i < row->weights->len; i++)
    weight_at (self, g_array_index (row->weights, guint, i))->trains = TRUE;
  for (guint i = 0; !row && i < self->weights->len; i++)
    if (thaw_name_matches (weight_at (self, i)->node->name, pattern))
      weight_at (self, i)->trains = TRUE;
}

static void
take_norms (ThawNetwork *self, char **patterns, gboolean batch)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; patterns && patterns[i]; i++)
    g_hash_table_add (names, patterns[i]);
  for (guint i = 0; i < self->norms->len; i++)
    if (g_hash_table_contains (names, norm_at (self, i)->node->name))
      norm_at (self, i)->batch = batch;
}

void
thaw_network_take_freezing (ThawNetwork *self, const ThawNetworkSettings *settings)
{
  for (guint i = 0; i < self->weights->len; i++)
    weight_at (self, i)->trains = FALSE;
  for (guint i = 0; i < self->norms->len; i++)
    norm_at (self, i)->batch = norm_at (self, i)->head;
  if (!settings->trains)
    thaw_network_train_default (self);
  for (guint i = 0; settings->trains && settings->trains[i]; i++)
    train_pattern (self, settings->trains[i]);
  take_norms (self, settings->batch, TRUE);
  take_norms (self, settings->stored, FALSE);
}

/* --- for the engine --- */

ThawFreeze *
thaw_network_freeze (ThawNetwork *self)
{
  ThawFreeze *freeze = thaw_freeze_new ();
  g_auto (GStrv) names = thaw_network_patterns (self, TRUE);

  for (guint i = 0; names[i]; i++)
    thaw_freeze_set_trainable (freeze, self->model->graph, names[i], TRUE);
  for (guint i = 0; i < self->norms->len; i++)
    if (norm_at (self, i)->batch)
      thaw_freeze_set_batch_statistics (freeze, self->model->graph, norm_at (self, i)->node->name, TRUE);
  return freeze;
}

/* The outermost row from which on exactly what trains begins; NULL where what trains is no such end of the network */
static const char *
find_train_from (const ThawNetwork *self, const ThawLayerRow *row)
{
  GListModel *children = G_LIST_MODEL (row->children);
  guint first = 0;

  while (first < self->weights->len && !weight_at (self, first)->trains)
    first++;
  for (guint i = first; i < self->weights->len; i++)
    if (!weight_at (self, i)->trains)
      return NULL;
  if (*row->name && row->weights->len > 0 && row->from == first)
    return row->name;
  for (guint i = 0; children && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (children, i);
      const char *name = child->weights->len > 0 ? find_train_from (self, child) : NULL;

      if (name)
        return name;
    }
  return NULL;
}

static void
add_norm_rules (ThawNetwork *self, ThawPhase *phase, gboolean batch)
{
  g_auto (GStrv) names = norm_patterns (self, batch);

  for (guint i = 0; names[i]; i++)
    {
      ThawBnRule *rule = g_new (ThawBnRule, 1);

      *rule = (ThawBnRule){ .pattern = g_strdup (names[i]), .batch = batch };
      g_ptr_array_add (phase->bn_rules, rule);
    }
}

gboolean
thaw_network_trains_head_alone (ThawNetwork *self)
{
  for (guint i = 0; i < self->weights->len; i++)
    if (weight_at (self, i)->trains && !weight_at (self, i)->head)
      return FALSE;
  return self->weights->len > 0;
}

void
thaw_network_fill_phase (ThawNetwork *self, ThawPhase *phase)
{
  const char *preset, *from;

  g_clear_pointer (&phase->preset, g_free);
  g_clear_pointer (&phase->train_from, g_free);
  g_clear_pointer (&phase->freeze, g_strfreev);
  g_ptr_array_set_size (phase->bn_rules, 0);
  phase->batch_statistics = FALSE;
  if (!self->model)
    return;
  preset = thaw_network_find_preset (self);
  from = preset ? NULL : find_train_from (self, thaw_network_root (self));
  if (preset)
    phase->preset = g_strdup (preset);
  else if (from)
    phase->train_from = g_strdup (from);
  else
    phase->freeze = thaw_network_patterns (self, FALSE);
  add_norm_rules (self, phase, TRUE);
  add_norm_rules (self, phase, FALSE);
}

/* --- edits --- */

gboolean
thaw_network_is_editable (ThawNetwork *self)
{
  return self->model && !self->pending;
}

/* Any change of what trains: @label names it for undo */
static void
finish_edit (ThawNetwork *self, ThawNetworkSettings *before, const char *label)
{
  thaw_network_changed (self);
  thaw_network_record (self, label, before);
}

void
thaw_network_set_preset (ThawNetwork *self, const char *preset)
{
  ThawNetworkSettings *before;
  guint p = 0;

  while (p < G_N_ELEMENTS (presets) && !g_str_equal (presets[p].name, preset))
    p++;
  g_return_if_fail (p < G_N_ELEMENTS (presets));
  if (!thaw_network_is_editable (self) || g_strcmp0 (self->preset, preset) == 0)
    return;
  before = thaw_network_settings (self);
  train_preset (self, preset);
  finish_edit (self, before, _(presets[p].label));
}

void
thaw_network_set_trainable (ThawNetwork *self, ThawLayerRow *row, gboolean trainable)
{
  ThawNetworkSettings *before;
  g_autofree char *label = NULL;

  if (!thaw_network_is_editable (self) || row->weights->len == 0 || row->trains == (trainable ? THAW_TRAINS_ALL : THAW_TRAINS_NO))
    return;
  before = thaw_network_settings (self);
  for (guint i = 0; i < row->weights->len; i++)
    weight_at (self, g_array_index (row->weights, guint, i))->trains = trainable;
  label = g_strdup_printf (trainable ? _("Train %s") : _("Freeze %s"), *row->name ? row->name : row->label);
  finish_edit (self, before, label);
}

void
thaw_network_train_from (ThawNetwork *self, ThawLayerRow *row)
{
  ThawNetworkSettings *before;
  g_autofree char *label = NULL;

  if (!thaw_network_is_editable (self) || row->from >= self->weights->len)
    return;
  before = thaw_network_settings (self);
  for (guint i = 0; i < self->weights->len; i++)
    weight_at (self, i)->trains = i >= row->from;
  label = g_strdup_printf (_("Train From %s On"), *row->name ? row->name : row->label);
  finish_edit (self, before, label);
}

void
thaw_network_freeze_up_to (ThawNetwork *self, ThawLayerRow *row)
{
  ThawNetworkSettings *before;
  g_autofree char *label = NULL;
  guint end;

  if (!thaw_network_is_editable (self))
    return;
  before = thaw_network_settings (self);
  end = row->weights->len ? g_array_index (row->weights, guint, row->weights->len - 1) + 1 : row->from;
  for (guint i = 0; i < end; i++)
    weight_at (self, i)->trains = FALSE;
  label = g_strdup_printf (_("Freeze Up to %s"), *row->name ? row->name : row->label);
  finish_edit (self, before, label);
}

void
thaw_network_set_statistics (ThawNetwork *self, ThawLayerRow *row, gboolean batch)
{
  ThawNetworkSettings *before;
  g_autofree char *label = NULL;

  if (!thaw_network_is_editable (self) || row->norms->len == 0)
    return;
  before = thaw_network_settings (self);
  for (guint i = 0; i < row->norms->len; i++)
    norm_at (self, g_array_index (row->norms, guint, i))->batch = batch;
  label = g_strdup_printf (batch ? _("Normalise %s by the Batch") : _("Normalise %s as Stored"), *row->name ? row->name : row->label);
  finish_edit (self, before, label);
}

gboolean
thaw_network_can_train_from (ThawNetwork *self, ThawLayerRow *row)
{
  return row->from < self->weights->len;
}

gboolean
thaw_network_can_set_statistics (ThawNetwork *self, ThawLayerRow *row)
{
  for (guint i = 0; i < row->norms->len; i++)
    {
      const ThawNorm *norm = norm_at (self, g_array_index (row->norms, guint, i));

      if ((norm->weight >= 0 && weight_at (self, (guint) norm->weight)->trains)
          || (norm->bias >= 0 && weight_at (self, (guint) norm->bias)->trains))
        return TRUE;
    }
  return FALSE;
}
