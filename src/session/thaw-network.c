/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-network.h>

struct _ThawLayerRow
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawLayerRow, thaw_layer_row, G_TYPE_OBJECT)

static void
thaw_layer_row_class_init (ThawLayerRowClass *klass)
{
}

static void
thaw_layer_row_init (ThawLayerRow *self)
{
}

struct _ThawNetwork
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawNetwork, thaw_network, G_TYPE_OBJECT)

static void
thaw_network_class_init (ThawNetworkClass *klass)
{
}

static void
thaw_network_init (ThawNetwork *self)
{
}

const char *
thaw_layer_row_get_name (ThawLayerRow *self)
{
  return NULL;
}

GListModel *
thaw_layer_row_get_children (ThawLayerRow *self)
{
  return NULL;
}

ThawNetwork *
thaw_network_new (ThawHistory *history)
{
  return g_object_new (THAW_TYPE_NETWORK, NULL);
}

void
thaw_network_set_backbone (ThawNetwork *self, const char *name)
{
}

void
thaw_network_set_labels (ThawNetwork *self, const char *const *labels)
{
}

void
thaw_network_set_work (ThawNetwork *self, guint train, guint validation, int batch, guint threads, gboolean augmented, guint variants)
{
}

ThawModel *
thaw_network_get_model (ThawNetwork *self)
{
  return NULL;
}

GListModel *
thaw_network_get_layers (ThawNetwork *self)
{
  return NULL;
}

const ThawCost *
thaw_network_get_cost (ThawNetwork *self)
{
  return NULL;
}

void
thaw_network_set_preset (ThawNetwork *self, const char *preset)
{
}

void
thaw_network_set_trainable (ThawNetwork *self, ThawLayerRow *row, gboolean trainable)
{
}

void
thaw_network_train_from (ThawNetwork *self, ThawLayerRow *row)
{
}

void
thaw_network_freeze_up_to (ThawNetwork *self, ThawLayerRow *row)
{
}

void
thaw_network_set_statistics (ThawNetwork *self, ThawLayerRow *row, gboolean batch)
{
}

gboolean
thaw_network_set_head (ThawNetwork *self, const char *head, GError **error)
{
  return 0;
}

void
thaw_network_fill_phase (ThawNetwork *self, ThawPhase *phase)
{
}

ThawModel *
thaw_network_start_model (ThawNetwork *self, guint64 seed, GError **error)
{
  return NULL;
}

char *
thaw_network_to_json (ThawNetwork *self)
{
  return NULL;
}

gboolean
thaw_network_from_json (ThawNetwork *self, const char *json, GError **error)
{
  return 0;
}
