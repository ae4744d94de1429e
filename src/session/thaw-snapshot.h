/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

/**
 * ThawSnapshot: the pictures as a data set, copied in slices between which the main loop goes on
 *
 * What thaw_pictures_snapshot() gives but for the order: thaw_dataset_sort() is due, in a thread. An edit meanwhile begins it anew.
 */
typedef struct _ThawSnapshot ThawSnapshot;

/* @dataset: (transfer full). @generation: of the pictures that it shows. The snapshot is gone. */
typedef void (*ThawSnapshotFunc) (gpointer data, ThawDataset *dataset, guint64 generation);

/* @func is called later, by the main loop */
ThawSnapshot *thaw_snapshot_start  (ThawPictures *pictures, ThawSnapshotFunc func, gpointer data);
/* Instead of calling @func */
void          thaw_snapshot_cancel (ThawSnapshot *self);

G_END_DECLS
