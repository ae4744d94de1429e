/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-history.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

#define THAW_TYPE_LAYER_ROW (thaw_layer_row_get_type ())
G_DECLARE_FINAL_TYPE (ThawLayerRow, thaw_layer_row, THAW, LAYER_ROW, GObject)
#define THAW_TYPE_NETWORK (thaw_network_get_type ())
G_DECLARE_FINAL_TYPE (ThawNetwork, thaw_network, THAW, NETWORK, GObject)

#define THAW_TYPE_TRAINS (thaw_trains_get_type ())
#define THAW_TYPE_STATISTICS (thaw_statistics_get_type ())

typedef enum { THAW_TRAINS_NO, THAW_TRAINS_SOME, THAW_TRAINS_ALL } ThawTrains;
/* what a BatchNorm row (or a group of them) normalises by; NONE: there is none in the row */
typedef enum { THAW_STATISTICS_NONE, THAW_STATISTICS_STORED, THAW_STATISTICS_BATCH, THAW_STATISTICS_MIXED } ThawStatistics;
GType         thaw_trains_get_type        (void);
GType         thaw_statistics_get_type    (void);

/**
 * ThawLayerRow: a row of the layer tree, a layer or a group
 *
 * Properties: name (whole), label, kind ("convolution 3 x 3", "batch normalization", "group"), shape, parameters (gint64), position (guint, network order),
 * group (it is no layer), head-index (int: which of the head's layers it is, from 0; -1: none); trains (ThawTrains, notify), statistics
 * (ThawStatistics, notify; a BatchNorm that is frozen always uses what is stored).
 */
const char   *thaw_layer_row_get_name     (ThawLayerRow *self);
GListModel   *thaw_layer_row_get_children (ThawLayerRow *self);  /* (nullable) (transfer none) ThawLayerRow */
ThawLayerRow *thaw_layer_row_get_parent   (ThawLayerRow *self);  /* (nullable) (transfer none) */

/**
 * ThawPhaseCost: what one phase of a run will need
 */
typedef struct
{
  int      epochs;
  gsize    run_memory;          /* bytes that it adds to the process */
  double   once_seconds;        /* before its first epoch: pictures are decoded, features of what is frozen are computed where they are cached */
  double   epoch_seconds;       /* each epoch; 0: not known yet */
} ThawPhaseCost;

/**
 * ThawCost: what training will need, as far as it is known before it runs
 *
 * The phases are those of a run that would begin now: with its options, and with the freezing that the tree shows where a phase follows it.
 */
#define THAW_COST_PHASES 2
typedef struct
{
  gint64   trainable, frozen;   /* parameters as the tree shows them; running statistics are among the frozen */
  gsize    memory;              /* bytes, of the process while it trains, in the phase that needs most; 0: not known yet */
  double   seconds;             /* all phases, and the end */
  double   end_seconds;         /* after the last epoch: the validation pictures are shown to what was trained */
  double   image_seconds;       /* one picture through the whole network */
  gboolean measured;            /* FALSE: predicted from other networks' speed here */
  guint         n_phases;
  ThawPhaseCost phases[THAW_COST_PHASES];
} ThawCost;

/**
 * ThawNetwork: backbone, head, and what of them trains
 *
 * Speed is measured once for each backbone, in a thread when nothing trains, and kept in the user's data folder.
 *
 * Properties (notify): backbone-name (for thaw_backbone_open(); nullable until one is there); busy (one is being opened); error (nullable string: why it could
 * not be opened); model (pointer, ThawModel with head; nullable), preset ("head", "last", "all", nullable: none of them), head (string, ThawHead as
 * text); cost (pointer to ThawCost; notify when any figure changes); generation (guint64: changes with everything that is to be saved).
 *
 * What was saved with a backbone that is not to be had any more is kept (thaw_network_to_json() still gives it): model is NULL and error says why.
 */
/* Begins to open the default backbone */
ThawNetwork  *thaw_network_new            (ThawHistory *history);
#define THAW_DEFAULT_BACKBONE "efficientnet_lite0"
/* Opens it in a thread; the old one stays until then. Freezing and head become the default (or those of the restored settings, whose backbone was
 * not to be had). Can be undone. */
void          thaw_network_set_backbone   (ThawNetwork *self, const char *name);
/* As long as there are fewer than two, a head for two classes is shown */
void          thaw_network_set_labels     (ThawNetwork *self, const char *const *labels);
/* For the prediction. @func gives the options of a run that would begin now, @tree being the freezing that is shown (transfer full); it is asked at each click.
 * NULL: the defaults. @data outlives the network or is followed by another. */
typedef ThawTrainOptions *(*ThawNetworkOptionsFunc) (gpointer data, const ThawPhase *tree);
void          thaw_network_set_options    (ThawNetwork *self, ThawNetworkOptionsFunc func, gpointer data);
/* Pictures to train on and to validate by, threads (0: as many as there are processors). Also after the options changed: they are asked for again. */
void          thaw_network_set_work       (ThawNetwork *self, guint train, guint validation, guint threads);
/* Some of the pictures, ThawSample: what decoding one takes is measured in a thread */
void          thaw_network_set_samples    (ThawNetwork *self, GPtrArray *samples);
/* A run trains: nothing is measured meanwhile */
void          thaw_network_set_training   (ThawNetwork *self, gboolean training);

/* The backbone that the project wants and that could not be opened (nullable) (transfer none) */
const char   *thaw_network_get_missing    (ThawNetwork *self);
ThawModel    *thaw_network_get_model      (ThawNetwork *self);  /* backbone with head (nullable) (transfer none) */
GListModel   *thaw_network_get_layers     (ThawNetwork *self);  /* ThawLayerRow at the top of the tree (transfer none) */
ThawLayerRow *thaw_network_find_layer     (ThawNetwork *self, const char *name); /* (nullable) (transfer none) */
/* Whether "from here on" has any weight after it */
gboolean      thaw_network_can_train_from (ThawNetwork *self, ThawLayerRow *row);
/* A BatchNorm that is frozen has no choice */
gboolean      thaw_network_can_set_statistics (ThawNetwork *self, ThawLayerRow *row);
const ThawCost *thaw_network_get_cost     (ThawNetwork *self);

/* Freezing; each can be undone */
void          thaw_network_set_preset     (ThawNetwork *self, const char *preset);
void          thaw_network_set_trainable  (ThawNetwork *self, ThawLayerRow *row, gboolean trainable);
void          thaw_network_train_from     (ThawNetwork *self, ThawLayerRow *row);
void          thaw_network_freeze_up_to   (ThawNetwork *self, ThawLayerRow *row);
void          thaw_network_set_statistics (ThawNetwork *self, ThawLayerRow *row, gboolean batch);
/* The head, as text of ThawHead; FALSE with the reason where it cannot be. Can be undone. */
gboolean      thaw_network_set_head       (ThawNetwork *self, const char *head, GError **error);

/**
 * The head's layers one by one, from 0; each edit can be undone. What cannot be is refused with a reason, which thaw_network_head_problem() gives
 * beforehand ((nullable) (transfer none)): the last layer gives one number a class and stays where it is.
 */
#define THAW_HEAD_MAX_UNITS 65536
typedef enum { THAW_HEAD_INSERT, THAW_HEAD_REMOVE, THAW_HEAD_REPLACE, THAW_HEAD_MOVE_UP, THAW_HEAD_MOVE_DOWN } ThawHeadEdit;
void          thaw_network_get_head       (ThawNetwork *self, ThawHead *head);
const char   *thaw_network_head_problem   (ThawNetwork *self, ThawHeadEdit edit, guint at);
gboolean      thaw_network_head_insert    (ThawNetwork *self, guint at, const ThawHeadLayer *layer, GError **error);
gboolean      thaw_network_head_remove    (ThawNetwork *self, guint at, GError **error);
gboolean      thaw_network_head_replace   (ThawNetwork *self, guint at, const ThawHeadLayer *layer, GError **error);
gboolean      thaw_network_head_move      (ThawNetwork *self, guint from, guint to, GError **error);

/* For a run: the freezing into @phase (preset, train_from or freeze; bn rules) */
void          thaw_network_fill_phase     (ThawNetwork *self, ThawPhase *phase);
/* Nothing but layers of the head, or some of them */
gboolean      thaw_network_trains_head_alone (ThawNetwork *self);
/* The model a run begins with: head initialised from @seed, parameters of its own (transfer full). Any thread may have it. */
ThawModel    *thaw_network_start_model    (ThawNetwork *self, guint64 seed, GError **error);

/* JSON, for the project */
char         *thaw_network_to_json        (ThawNetwork *self);
gboolean      thaw_network_from_json      (ThawNetwork *self, const char *json, GError **error);

G_END_DECLS
