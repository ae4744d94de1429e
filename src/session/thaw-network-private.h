/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-speed.h"

#include <thaw/thaw-network.h>

G_BEGIN_DECLS

/* thaw-layer-row.c */
struct _ThawLayerRow
{
  GObject       parent_instance;

  /* of the layer; what an edited head changes is told */
  char         *name;        /* whole */
  char         *label;       /* what the tree shows */
  char         *kind;
  char         *shape;
  gint64        parameters;
  guint         position;    /* network order */
  int           head_index;  /* of the head's layers, from 0; else -1 */
  gboolean      group;

  ThawLayerRow *parent;      /* (nullable) (transfer none) */
  GListStore   *children;    /* (nullable) ThawLayerRow */

  /* into ThawNetwork.weights and .norms, its own and those below it */
  GArray       *weights;     /* guint */
  GArray       *norms;       /* guint */
  guint         from;        /* the first weight from here on, in network order */

  /* follow from what trains */
  gint64         trainable;
  ThawTrains     trains;
  ThawStatistics statistics;
};

ThawLayerRow *thaw_layer_row_new         (const ThawLayer *layer, ThawLayerRow *parent);
/* Takes over what the layer of the same name in another model says */
void          thaw_layer_row_describe    (ThawLayerRow *self, const ThawLayer *layer, const char *title);
void          thaw_layer_row_set_head_index (ThawLayerRow *self, int head_index);
void          thaw_layer_row_set_state   (ThawLayerRow *self, gint64 trainable, ThawTrains trains, ThawStatistics statistics);

/* a weight of the network, in network order */
typedef struct
{
  const ThawNode *node;
  gint64          count;
  gboolean        head;
  gboolean        trains;
} ThawWeight;

/* a BatchNorm layer */
typedef struct
{
  const ThawNode *node;
  gboolean        head;
  gboolean        batch;   /* what was chosen; in effect as soon as one of its weights trains */
  int             weight, bias; /* of ThawNetwork.weights; -1: none */
} ThawNorm;

/* thaw-network-settings.c: all that is saved and undone */
typedef struct
{
  char  *backbone;
  char  *head;
  char **trains;           /* patterns of what trains; NULL: the default */
  char **batch, **stored;  /* BatchNorm layers that are not as at first */
} ThawNetworkSettings;

void                 thaw_network_settings_free (ThawNetworkSettings *self);
ThawNetworkSettings *thaw_network_settings_copy (const ThawNetworkSettings *self);
char                *thaw_network_settings_to_json (const ThawNetworkSettings *self);
ThawNetworkSettings *thaw_network_settings_from_json (const char *json, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawNetworkSettings, thaw_network_settings_free)

/* What a run will have to do */
typedef struct
{
  guint    train, validation;
  guint    threads;
  double   decode;      /* seconds a picture in one thread; 0: not known yet */
  ThawNetworkOptionsFunc options; /* (nullable) */
  gpointer data;
} ThawWork;

struct _ThawNetwork
{
  GObject       parent_instance;
  ThawHistory  *history;

  /* the backbone and what is put on it */
  char         *backbone_name;
  ThawModel    *backbone;      /* (nullable) */
  ThawModel    *model;         /* (nullable) with head */
  char        **labels;        /* at least two */
  guint         n_labels;      /* those that were given */
  char         *head;

  /* being opened */
  guint64       requests;      /* number of the last one */
  gboolean      busy;          /* it is under way */
  ThawNetworkSettings *pending; /* (nullable): what the network shall be once its backbone is open; stays where it could not be */
  ThawNetworkSettings *before; /* (nullable): what it was, where that can be undone */
  char         *error;

  /* the tree */
  GListStore   *layers;        /* the root row alone */
  GHashTable   *rows;          /* name -> ThawLayerRow */
  GArray       *weights;       /* ThawWeight */
  GArray       *norms;         /* ThawNorm */
  guint         last_from;     /* preset "last": the first weight that trains */

  guint64       generation;
  const char   *preset;        /* static, nullable */
  ThawCost      cost;

  /* for the prediction */
  ThawWork      work;
  ThawSpeed     speed, guess;  /* without points: not known */
  const ThawModel *speed_backbone; /* whose they are; only compared */
  guint         speed_threads;
  gsize         window_bytes;  /* what the process needs without a run; 0: not known */
  guint         weigh_source, looks;
  gsize         least_bytes;
  gboolean      training;
  guint         measure_source;
  GCancellable *measuring;     /* (nullable) of the last measurement */
};

/* thaw-network-tree.c */
void          thaw_network_build_tree      (ThawNetwork *self);
void          thaw_network_update_rows     (ThawNetwork *self);
ThawLayerRow *thaw_network_root            (ThawNetwork *self); /* (nullable) (transfer none) */

/* thaw-network-freeze.c */
const char   *thaw_network_find_preset     (ThawNetwork *self);
void          thaw_network_train_default   (ThawNetwork *self);
/* Minimal names that cover exactly the weights that train (or do not) (transfer full) */
char        **thaw_network_patterns        (ThawNetwork *self, gboolean trains);
ThawNetworkSettings *thaw_network_settings (ThawNetwork *self);
/* The freezing part of @settings, for the model that is there */
void          thaw_network_take_freezing   (ThawNetwork *self, const ThawNetworkSettings *settings);
ThawFreeze   *thaw_network_freeze          (ThawNetwork *self);
/* FALSE while there is no network or another is being opened */
gboolean      thaw_network_is_editable     (ThawNetwork *self);

/* thaw-network-open.c */
/* Opens the backbone of @settings in a thread, then the network becomes what they say */
void          thaw_network_open            (ThawNetwork *self, ThawNetworkSettings *settings, ThawNetworkSettings *before);
/* Nobody waits for what is being opened any more */
void          thaw_network_forget_opening  (ThawNetwork *self);

/* thaw-network-cost.c */
void          thaw_network_predict         (ThawNetwork *self);

/* thaw-network-speed.c */
/* Looks up how fast the backbone that is there is, or measures it when there is time */
void          thaw_network_find_speed      (ThawNetwork *self);
/* What is being measured takes no time from a run */
void          thaw_network_stop_measuring  (ThawNetwork *self);

/* thaw-network-weigh.c */
/* Looks what memory the process needs without a run, as soon as things have settled */
void          thaw_network_weigh_later     (ThawNetwork *self);

/* thaw-network.c */
void          thaw_network_apply           (ThawNetwork *self, const ThawNetworkSettings *settings);
/* Whatever trains, or the network itself, is another: rows, preset and cost follow, and it is to be saved */
void          thaw_network_changed         (ThawNetwork *self);
/* The edit that was just made; @before as it was (transfer full): one entry of the history */
void          thaw_network_record          (ThawNetwork *self, const char *label, ThawNetworkSettings *before);
void          thaw_network_notify_opening  (ThawNetwork *self);
void          thaw_network_notify_cost     (ThawNetwork *self);
/* The backbone is there: (transfer none), NULL where there is none any more */
void          thaw_network_take_backbone   (ThawNetwork *self, const char *name, ThawModel *backbone);
/* thaw_network_set_head() with a name for undo */
gboolean      thaw_network_change_head     (ThawNetwork *self, const char *head, const char *label, GError **error);
gboolean      thaw_network_build_model     (ThawNetwork *self, const char *head, GError **error);

G_END_DECLS
