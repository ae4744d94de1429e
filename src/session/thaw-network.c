/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>

G_DEFINE_FINAL_TYPE (ThawNetwork, thaw_network, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_BACKBONE_NAME,
  PROP_BUSY,
  PROP_ERROR,
  PROP_MODEL,
  PROP_PRESET,
  PROP_HEAD,
  PROP_COST,
  PROP_GENERATION,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
notify (ThawNetwork *self, int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
thaw_network_notify_cost (ThawNetwork *self)
{
  notify (self, PROP_COST);
}

void
thaw_network_notify_opening (ThawNetwork *self)
{
  notify (self, PROP_BUSY);
  notify (self, PROP_ERROR);
}

/* --- the network --- */

static void
count_parameters (ThawNetwork *self)
{
  gint64 all = thaw_model_count (self->model, "", NULL, THAW_WEIGHTS_ALL);

  self->cost.trainable = thaw_network_root (self)->trainable;
  self->cost.frozen = all - self->cost.trainable;
}

void
thaw_network_changed (ThawNetwork *self)
{
  const char *preset = NULL;

  g_object_freeze_notify (G_OBJECT (self));
  self->cost.trainable = self->cost.frozen = 0;
  if (self->model)
    {
      thaw_network_update_rows (self);
      preset = thaw_network_find_preset (self);
      count_parameters (self);
    }
  thaw_network_find_speed (self);
  thaw_network_weigh_later (self);
  thaw_network_predict (self);
  if (preset != self->preset)
    notify (self, PROP_PRESET);
  self->preset = preset;
  self->generation++;
  notify (self, PROP_COST);
  notify (self, PROP_GENERATION);
  g_object_thaw_notify (G_OBJECT (self));
}

/* The model of @head on the backbone, and the rows of both; what trains is the caller's affair. */
gboolean
thaw_network_build_model (ThawNetwork *self, const char *text, GError **error)
{
  ThawHead head;
  ThawModel *model;

  if (!thaw_head_parse (&head, text, error))
    return FALSE;
  model = thaw_model_with_head (self->backbone, &head, (const char *const *) self->labels, 0, error);
  if (!model)
    return FALSE;
  g_clear_pointer (&self->model, thaw_model_unref);
  self->model = model;
  if (g_strcmp0 (self->head, model->head) != 0)
    {
      g_free (self->head);
      self->head = g_strdup (model->head);
      notify (self, PROP_HEAD);
    }
  thaw_network_build_tree (self);
  notify (self, PROP_MODEL);
  return TRUE;
}

void
thaw_network_take_backbone (ThawNetwork *self, const char *name, ThawModel *backbone)
{
  ThawModel *old = self->backbone;

  self->backbone = backbone ? thaw_model_ref (backbone) : NULL;
  g_free (self->backbone_name);
  self->backbone_name = g_strdup (name);
  g_clear_pointer (&self->model, thaw_model_unref);
  if (old)
    thaw_model_unref (old);
  if (!backbone)
    {
      g_list_store_remove_all (self->layers);
      notify (self, PROP_MODEL);
      thaw_network_changed (self);
    }
  notify (self, PROP_BACKBONE_NAME);
}

static gboolean
needs_model (const ThawNetwork *self, const ThawNetworkSettings *settings)
{
  return !self->model || g_strcmp0 (self->head, settings->head) != 0;
}

void
thaw_network_apply (ThawNetwork *self, const ThawNetworkSettings *settings)
{
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (settings->backbone, self->backbone_name) != 0)
    {
      thaw_network_open (self, thaw_network_settings_copy (settings), NULL);
      return;
    }
  thaw_network_forget_opening (self);
  g_object_freeze_notify (G_OBJECT (self));
  if (needs_model (self, settings) && !thaw_network_build_model (self, settings->head, &error))
    {
      g_free (self->error);
      self->error = g_strdup (error->message);
      thaw_network_notify_opening (self);
    }
  if (self->model)
    thaw_network_take_freezing (self, settings);
  thaw_network_changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* --- undo --- */

typedef struct
{
  GWeakRef             network;
  ThawNetworkSettings *before, *after;
} Edit;

static void
edit_free_cb (gpointer data)
{
  Edit *self = data;

  g_weak_ref_clear (&self->network);
  thaw_network_settings_free (self->before);
  thaw_network_settings_free (self->after);
  g_free (self);
}

static void
apply_edit (Edit *self, const ThawNetworkSettings *settings)
{
  g_autoptr (ThawNetwork) network = g_weak_ref_get (&self->network);

  if (network)
    thaw_network_apply (network, settings);
}

static void
undo_cb (gpointer data)
{
  apply_edit (data, ((Edit *) data)->before);
}

static void
redo_cb (gpointer data)
{
  apply_edit (data, ((Edit *) data)->after);
}

void
thaw_network_record (ThawNetwork *self, const char *label, ThawNetworkSettings *before)
{
  Edit *edit = g_new0 (Edit, 1);

  g_weak_ref_init (&edit->network, self);
  edit->before = before;
  edit->after = thaw_network_settings (self);
  thaw_history_add (self->history, label, undo_cb, redo_cb, edit, edit_free_cb);
}

/* --- what the window asks for --- */

void
thaw_network_set_backbone (ThawNetwork *self, const char *name)
{
  ThawNetworkSettings *settings, *before = NULL;

  if (self->busy ? g_strcmp0 (self->pending->backbone, name) == 0 : self->model && g_strcmp0 (self->backbone_name, name) == 0)
    return;
  if (self->pending && !self->busy)
    settings = thaw_network_settings_copy (self->pending);
  else
    {
      settings = g_new0 (ThawNetworkSettings, 1);
      settings->head = g_strdup (THAW_HEAD_DEFAULT);
    }
  if (thaw_network_is_editable (self))
    before = thaw_network_settings (self);
  g_free (settings->backbone);
  settings->backbone = g_strdup (name);
  thaw_network_open (self, settings, before);
}

static gboolean
head_trains (const ThawNetwork *self)
{
  gboolean trains = FALSE;

  for (guint i = 0; i < self->weights->len; i++)
    trains |= g_array_index (self->weights, ThawWeight, i).head && g_array_index (self->weights, ThawWeight, i).trains;
  return trains;
}

/* With another head, the backbone's freezing stays; all of the head trains, unless nothing of the old one did. */
static gboolean
rebuild (ThawNetwork *self, const char *head, GError **error)
{
  g_autoptr (ThawNetworkSettings) old = thaw_network_settings (self);
  const gboolean trains = head_trains (self);

  if (!thaw_network_build_model (self, head, error))
    return FALSE;
  thaw_network_take_freezing (self, old);
  for (guint i = 0; i < self->weights->len; i++)
    if (g_array_index (self->weights, ThawWeight, i).head)
      g_array_index (self->weights, ThawWeight, i).trains = trains;
  return TRUE;
}

void
thaw_network_set_labels (ThawNetwork *self, const char *const *labels)
{
  static const char *const two[] = { "1", "2", NULL };
  const guint n = labels ? g_strv_length ((char **) labels) : 0;
  const char *const *shown = n < 2 ? two : labels;

  self->n_labels = n;
  if (self->labels && g_strv_equal (shown, (const char *const *) self->labels))
    return;
  g_strfreev (self->labels);
  self->labels = g_strdupv ((char **) shown);
  if (!self->model)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  rebuild (self, self->head, NULL);
  thaw_network_changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

gboolean
thaw_network_set_head (ThawNetwork *self, const char *head, GError **error)
{
  return thaw_network_change_head (self, head, _("Change the Head"), error);
}

gboolean
thaw_network_change_head (ThawNetwork *self, const char *head, const char *label, GError **error)
{
  g_autoptr (ThawNetworkSettings) before = NULL;
  gboolean good;

  if (!thaw_network_is_editable (self))
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_BUSY, _("There is no network yet whose head could be changed: choose a backbone first"));
      return FALSE;
    }
  if (g_strcmp0 (self->head, head) == 0)
    return TRUE;
  before = thaw_network_settings (self);
  g_object_freeze_notify (G_OBJECT (self));
  good = rebuild (self, head, error);
  if (good)
    {
      thaw_network_changed (self);
      thaw_network_record (self, label, g_steal_pointer (&before));
    }
  g_object_thaw_notify (G_OBJECT (self));
  return good;
}

const char *
thaw_network_get_missing (ThawNetwork *self)
{
  return self->pending && !self->busy ? self->pending->backbone : NULL;
}

ThawModel *
thaw_network_get_model (ThawNetwork *self)
{
  return self->model;
}

GListModel *
thaw_network_get_layers (ThawNetwork *self)
{
  return G_LIST_MODEL (self->layers);
}

const ThawCost *
thaw_network_get_cost (ThawNetwork *self)
{
  return &self->cost;
}

/* Parameters are shared with the backbone until the trainer takes copies of those that move. */
ThawModel *
thaw_network_start_model (ThawNetwork *self, guint64 seed, GError **error)
{
  ThawHead head;

  if (!self->model)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "%s",
                 self->error ? self->error : _("The backbone is still being opened; try again in a moment"));
  else if (self->n_labels < 2)
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, _("There are fewer than two classes: add folders of pictures first"));
  else if (thaw_head_parse (&head, self->head, error))
    return thaw_model_with_head (self->backbone, &head, (const char *const *) self->labels, seed, error);
  return NULL;
}

char *
thaw_network_to_json (ThawNetwork *self)
{
  g_autoptr (ThawNetworkSettings) settings = thaw_network_settings (self);

  return thaw_network_settings_to_json (settings);
}

gboolean
thaw_network_from_json (ThawNetwork *self, const char *json, GError **error)
{
  ThawNetworkSettings *settings = thaw_network_settings_from_json (json, error);

  if (!settings)
    return FALSE;
  if (!settings->backbone)
    settings->backbone = g_strdup (THAW_DEFAULT_BACKBONE);
  if (self->model && !self->busy && g_strcmp0 (settings->backbone, self->backbone_name) == 0)
    {
      thaw_network_apply (self, settings);
      thaw_network_settings_free (settings);
    }
  else
    thaw_network_open (self, settings, NULL);
  return TRUE;
}

/* --- object --- */

static void
thaw_network_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawNetwork *self = THAW_NETWORK (object);

  switch (id)
    {
    case PROP_BACKBONE_NAME:
      g_value_set_string (value, self->backbone_name);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    case PROP_MODEL:
      g_value_set_pointer (value, self->model);
      break;
    case PROP_PRESET:
      g_value_set_string (value, self->preset);
      break;
    case PROP_HEAD:
      g_value_set_string (value, self->head);
      break;
    case PROP_COST:
      g_value_set_pointer (value, &self->cost);
      break;
    case PROP_GENERATION:
      g_value_set_uint64 (value, self->generation);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_network_finalize (GObject *object)
{
  ThawNetwork *self = THAW_NETWORK (object);

  g_clear_handle_id (&self->measure_source, g_source_remove);
  g_clear_handle_id (&self->weigh_source, g_source_remove);
  thaw_network_stop_measuring (self);
  g_clear_object (&self->layers);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_pointer (&self->weights, g_array_unref);
  g_clear_pointer (&self->norms, g_array_unref);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->backbone, thaw_model_unref);
  g_clear_pointer (&self->pending, thaw_network_settings_free);
  g_clear_pointer (&self->before, thaw_network_settings_free);
  g_clear_pointer (&self->labels, g_strfreev);
  g_clear_object (&self->history);
  g_free (self->backbone_name);
  g_free (self->head);
  g_free (self->error);
  G_OBJECT_CLASS (thaw_network_parent_class)->finalize (object);
}

static void
thaw_network_class_init (ThawNetworkClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_network_get_property;
  object_class->finalize = thaw_network_finalize;
  properties[PROP_BACKBONE_NAME] = g_param_spec_string ("backbone-name", NULL, NULL, NULL, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  properties[PROP_MODEL] = g_param_spec_pointer ("model", NULL, NULL, flags);
  properties[PROP_PRESET] = g_param_spec_string ("preset", NULL, NULL, NULL, flags);
  properties[PROP_HEAD] = g_param_spec_string ("head", NULL, NULL, NULL, flags);
  properties[PROP_COST] = g_param_spec_pointer ("cost", NULL, NULL, flags);
  properties[PROP_GENERATION] = g_param_spec_uint64 ("generation", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_network_init (ThawNetwork *self)
{
  self->layers = g_list_store_new (THAW_TYPE_LAYER_ROW);
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
  self->weights = g_array_new (FALSE, TRUE, sizeof (ThawWeight));
  self->norms = g_array_new (FALSE, TRUE, sizeof (ThawNorm));
  self->head = g_strdup (THAW_HEAD_DEFAULT);
  self->work = (ThawWork){ .threads = thaw_pool_default_threads () };
  thaw_network_set_labels (self, NULL);
}

ThawNetwork *
thaw_network_new (ThawHistory *history)
{
  ThawNetwork *self = g_object_new (THAW_TYPE_NETWORK, NULL);
  ThawNetworkSettings *settings = g_new0 (ThawNetworkSettings, 1);

  self->history = g_object_ref (history);
  settings->backbone = g_strdup (THAW_DEFAULT_BACKBONE);
  settings->head = g_strdup (THAW_HEAD_DEFAULT);
  thaw_network_open (self, settings, NULL);
  return self;
}
