/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-unpickle.h"
#include "thaw-weights.h"

G_BEGIN_DECLS

/* The bytes of the storage named @key (transfer full) */
typedef GBytes *(*ThawPthStorageFunc) (gpointer data, const char *key, ThawWeightsBudget *budget, GError **error);

/**
 * thaw_pth_collect:
 *
 * The tensors of a state dict: the pickle's own dict, or the one under "state_dict", "model" and the like. Dicts inside dicts
 * give names with dots; entries that are no tensors are passed over.
 */
ThawTensorMap *thaw_pth_collect (const ThawPickle *pickle, ThawPthStorageFunc load, gpointer data, ThawWeightsBudget *budget, GError **error);

G_END_DECLS
