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
 * ThawBackboneItem: a backbone that is known or installed
 *
 * Properties: name (for thaw_network_set_backbone()), title, licence (nullable), parameters (gint64), input (int, pixels a side), top1 (ImageNet accuracy, 0:
 * not known), installed; image-seconds (double, notify: one picture on this machine, 0: not known yet), measured (notify; FALSE: predicted from the
 * speed of others).
 */
const char    *thaw_backbone_item_get_name (ThawBackboneItem *self);

/**
 * ThawBackbones: the backbones there are, a GListModel of ThawBackboneItem
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
/* Copies a model file into the user's library; its name there (transfer full) */
void           thaw_backbones_import_async  (ThawBackbones *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
char          *thaw_backbones_import_finish (ThawBackbones *self, GAsyncResult *result, GError **error);

G_END_DECLS
