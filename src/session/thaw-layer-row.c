/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-text.h>

G_DEFINE_FINAL_TYPE (ThawLayerRow, thaw_layer_row, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_LABEL,
  PROP_KIND,
  PROP_SHAPE,
  PROP_PARAMETERS,
  PROP_POSITION,
  PROP_HEAD_INDEX,
  PROP_GROUP,
  PROP_TRAINS,
  PROP_STATISTICS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

GType
thaw_trains_get_type (void)
{
  static const GEnumValue values[] = {
    { THAW_TRAINS_NO, "THAW_TRAINS_NO", "no" },
    { THAW_TRAINS_SOME, "THAW_TRAINS_SOME", "some" },
    { THAW_TRAINS_ALL, "THAW_TRAINS_ALL", "all" },
    { 0 },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ThawTrains", values));
  return type;
}

GType
thaw_statistics_get_type (void)
{
  static const GEnumValue values[] = {
    { THAW_STATISTICS_NONE, "THAW_STATISTICS_NONE", "none" },
    { THAW_STATISTICS_STORED, "THAW_STATISTICS_STORED", "stored" },
    { THAW_STATISTICS_BATCH, "THAW_STATISTICS_BATCH", "batch" },
    { THAW_STATISTICS_MIXED, "THAW_STATISTICS_MIXED", "mixed" },
    { 0 },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ThawStatistics", values));
  return type;
}

const char *
thaw_layer_row_get_name (ThawLayerRow *self)
{
  return self->name;
}

GListModel *
thaw_layer_row_get_children (ThawLayerRow *self)
{
  return G_LIST_MODEL (self->children);
}

ThawLayerRow *
thaw_layer_row_get_parent (ThawLayerRow *self)
{
  return self->parent;
}

static char *
window_kind (const char *what, const ThawNode *node)
{
  const int *kernel = node->params.window.kernel;

  return g_strdup_printf ("%s %d × %d", what, kernel[0], kernel[1]);
}

static char *
pool_kind (const ThawNode *node)
{
  return window_kind (node->op == THAW_OP_MAX_POOL ? _("maximum of") : _("mean of"), node);
}

static char *
dropout_kind (const ThawNode *node)
{
  g_autofree char *p = thaw_text_figures (node->params.dropout.p, 4);

  return g_strdup_printf (_("dropout %s"), p);
}

static char *
linear_kind (const ThawNode *node)
{
  const ThawShape *shape = &node->inputs[1]->shape;
  g_autofree char *from = thaw_text_number ((double) shape->dim[1], 0);
  g_autofree char *to = thaw_text_number ((double) shape->dim[0], 0);

  return g_strdup_printf (_("linear %s → %s"), from, to);
}

/* Names of operations that need no figures; activations are called as everywhere */
static const char *
plain_kind (ThawOp op)
{
  switch (op)
    {
    case THAW_OP_PARAMETER:
      return _("parameter");
    case THAW_OP_BATCHNORM:
      return _("batch normalization");
    case THAW_OP_LAYERNORM:
      return _("layer normalization");
    case THAW_OP_RELU:
      return "ReLU";
    case THAW_OP_RELU6:
      return "ReLU6";
    case THAW_OP_SILU:
      return "SiLU";
    case THAW_OP_GELU:
      return "GELU";
    case THAW_OP_GLOBAL_POOL:
      return _("mean over the picture");
    case THAW_OP_ADAPTIVE_POOL:
      return _("mean of parts");
    case THAW_OP_MATMUL:
      return _("matrix product");
    default:
      return thaw_op_name (op);
    }
}

static char *
layer_kind (const ThawNode *node)
{
  switch (node->op)
    {
    case THAW_OP_CONV:
      return window_kind (_("convolution"), node);
    case THAW_OP_DEPTHWISE:
      return window_kind (_("depthwise"), node);
    case THAW_OP_MAX_POOL:
    case THAW_OP_AVG_POOL:
      return pool_kind (node);
    case THAW_OP_DROPOUT:
      return dropout_kind (node);
    case THAW_OP_LINEAR:
      return linear_kind (node);
    default:
      return g_strdup (plain_kind (node->op));
    }
}

/* "112 × 112 × 32" */
static char *
layer_shape (const ThawNode *value)
{
  g_autofree char *text = thaw_text_shape (&value->shape, TRUE);
  g_auto (GStrv) parts = g_strsplit (text, " x ", -1);

  return g_strjoinv (" × ", parts);
}

/* "0" says nothing: what is numbered is called with what it is a part of, "blocks.0" */
static char *
layer_label (const ThawLayer *layer, const ThawLayerRow *parent)
{
  const gboolean number = *layer->label && strspn (layer->label, "0123456789") == strlen (layer->label);

  if (number && parent && *parent->name)
    return g_strdup_printf ("%s.%s", parent->label, layer->label);
  return g_strdup (layer->label);
}

static void
set_text (ThawLayerRow *self, char **text, char *value, int property)
{
  if (g_strcmp0 (*text, value) == 0)
    {
      g_free (value);
      return;
    }
  g_free (*text);
  *text = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
thaw_layer_row_describe (ThawLayerRow *self, const ThawLayer *layer, const char *title)
{
  ThawNode *value = thaw_layer_value (layer);
  char *label = title ? g_strdup (title) : self->head_index >= 0 ? layer_kind (layer->node) : layer_label (layer, self->parent);

  self->group = layer->node == NULL;
  set_text (self, &self->label, label, PROP_LABEL);
  set_text (self, &self->kind, layer->node ? layer_kind (layer->node) : g_strdup (title ? _("network") : _("group")), PROP_KIND);
  set_text (self, &self->shape, value ? layer_shape (value) : g_strdup (""), PROP_SHAPE);
  if (self->parameters == layer->parameters)
    return;
  self->parameters = layer->parameters;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARAMETERS]);
}

void
thaw_layer_row_set_head_index (ThawLayerRow *self, int head_index)
{
  if (self->head_index == head_index)
    return;
  self->head_index = head_index;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEAD_INDEX]);
}

void
thaw_layer_row_set_state (ThawLayerRow *self, gint64 trainable, ThawTrains trains, ThawStatistics statistics)
{
  const gboolean other_trains = self->trains != trains, other_statistics = self->statistics != statistics;

  self->trainable = trainable;
  self->trains = trains;
  self->statistics = statistics;
  if (other_trains)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRAINS]);
  if (other_statistics)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATISTICS]);
}

static void
thaw_layer_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawLayerRow *self = THAW_LAYER_ROW (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_KIND:
      g_value_set_string (value, self->kind);
      break;
    case PROP_SHAPE:
      g_value_set_string (value, self->shape);
      break;
    case PROP_PARAMETERS:
      g_value_set_int64 (value, self->parameters);
      break;
    case PROP_POSITION:
      g_value_set_uint (value, self->position);
      break;
    case PROP_HEAD_INDEX:
      g_value_set_int (value, self->head_index);
      break;
    case PROP_GROUP:
      g_value_set_boolean (value, self->group);
      break;
    case PROP_TRAINS:
      g_value_set_enum (value, self->trains);
      break;
    case PROP_STATISTICS:
      g_value_set_enum (value, self->statistics);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_layer_row_finalize (GObject *object)
{
  ThawLayerRow *self = THAW_LAYER_ROW (object);

  for (guint i = 0; self->children && i < g_list_model_get_n_items (G_LIST_MODEL (self->children)); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (G_LIST_MODEL (self->children), i);

      child->parent = NULL;
    }
  g_clear_object (&self->children);
  g_array_unref (self->weights);
  g_array_unref (self->norms);
  g_free (self->name);
  g_free (self->label);
  g_free (self->kind);
  g_free (self->shape);
  G_OBJECT_CLASS (thaw_layer_row_parent_class)->finalize (object);
}

static void
install_text (int id, const char *name)
{
  properties[id] = g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
thaw_layer_row_class_init (ThawLayerRowClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_layer_row_get_property;
  object_class->finalize = thaw_layer_row_finalize;
  install_text (PROP_NAME, "name");
  install_text (PROP_LABEL, "label");
  install_text (PROP_KIND, "kind");
  install_text (PROP_SHAPE, "shape");
  properties[PROP_PARAMETERS] = g_param_spec_int64 ("parameters", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_POSITION] = g_param_spec_uint ("position", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_HEAD_INDEX] = g_param_spec_int ("head-index", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_GROUP] = g_param_spec_boolean ("group", NULL, NULL, FALSE, flags);
  properties[PROP_TRAINS] = g_param_spec_enum ("trains", NULL, NULL, THAW_TYPE_TRAINS, THAW_TRAINS_NO, flags);
  properties[PROP_STATISTICS] = g_param_spec_enum ("statistics", NULL, NULL, THAW_TYPE_STATISTICS, THAW_STATISTICS_NONE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_layer_row_init (ThawLayerRow *self)
{
  self->weights = g_array_new (FALSE, FALSE, sizeof (guint));
  self->norms = g_array_new (FALSE, FALSE, sizeof (guint));
  self->head_index = -1;
}

ThawLayerRow *
thaw_layer_row_new (const ThawLayer *layer, ThawLayerRow *parent)
{
  ThawLayerRow *self = g_object_new (THAW_TYPE_LAYER_ROW, NULL);

  self->name = g_strdup (layer->name);
  self->parent = parent;
  if (layer->children->len > 0)
    self->children = g_list_store_new (THAW_TYPE_LAYER_ROW);
  return self;
}
