/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-types.h>

G_BEGIN_DECLS

#define THAW_TYPE_BACKBONE_ITEM (thaw_backbone_item_get_type ())
G_DECLARE_FINAL_TYPE (ThawBackboneItem, thaw_backbone_item, THAW, BACKBONE_ITEM, GObject)
#define THAW_TYPE_BACKBONES (thaw_backbones_get_type ())
G_DECLARE_FINAL_TYPE (ThawBackbones, thaw_backbones, THAW, BACKBONES, GObject)

/**
 * ThawBackboneItem: a backbone that is installed, or of the catalogue
 *
 * Properties: name (for thaw_network_set_backbone()), title, licence (nullable), parameters (gint64), input (int, pixels a side), top1 (ImageNet accuracy, 0:
 * not known), installed; image-seconds (double, notify: one picture on this machine, 0: not known yet), measured (notify; FALSE: predicted from the
 * speed of others); bytes (gint64: what is to be downloaded, 0: it is not in the catalogue), downloading (notify), received (gint64, notify), problem
 * (nullable string, notify: why the last download failed). The others notify when the list was read again.
 */
const char    *thaw_backbone_item_get_name (ThawBackboneItem *self);
/* Whether all of @words (separated by blanks, nullable) are in its names or its licence, whatever their case */
gboolean       thaw_backbone_item_matches  (ThawBackboneItem *self, const char *words);
/* Those that are installed come first in any order */
typedef enum { THAW_BACKBONE_SUGGESTED, THAW_BACKBONE_ACCURACY, THAW_BACKBONE_SIZE, THAW_BACKBONE_SPEED } ThawBackboneOrder;
int            thaw_backbone_item_compare  (ThawBackboneItem *self, ThawBackboneItem *other, ThawBackboneOrder order);

/**
 * ThawBackbones: the backbones there are, a GListModel of ThawBackboneItem: the catalogue, and what else is installed
 *
 * Signals: "downloaded" (ThawBackboneItem), "failed" (ThawBackboneItem, GError).
 *
 * The list is read in a thread, and so is the speed measured, once for each installed backbone, at nice 19; it is kept in the user's data folder.
 */
ThawBackbones *thaw_backbones_new     (void);
/* Reads the list again: something was imported */
void           thaw_backbones_refresh (ThawBackbones *self);
/* Measures those whose speed is not known yet, one after the other: when nothing trains */
void           thaw_backbones_measure (ThawBackbones *self);
/* Something trains: the one under way is measured another time */
void           thaw_backbones_stop_measuring (ThawBackbones *self);
/* (nullable) (transfer none) */
ThawBackboneItem *thaw_backbones_find (ThawBackbones *self, const char *name);
/* Brings one of the catalogue into the user's library, in a thread; what has arrived when it is cancelled is kept for the next time. Nothing is ever
 * downloaded but by this function. */
void           thaw_backbones_download (ThawBackbones *self, ThawBackboneItem *item);
void           thaw_backbones_cancel   (ThawBackbones *self, ThawBackboneItem *item);
/* Copies a model file into the user's library; its name there (transfer full) */
void           thaw_backbones_import_async  (ThawBackbones *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
char          *thaw_backbones_import_finish (ThawBackbones *self, GAsyncResult *result, GError **error);

G_END_DECLS
