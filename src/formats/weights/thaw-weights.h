/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-tensor.h>

G_BEGIN_DECLS

/* More tensors than any network has; each costs memory beyond what it takes in a file. */
#define THAW_WEIGHTS_MAX_TENSORS 65536

/**
 * ThawWeightsBudget:
 *
 * How many bytes a reader may still allocate for tensors: twice the file's size in all, so that no file, whatever it says of
 * itself, takes much more memory than it has.
 */
typedef struct
{
  gsize left;
} ThawWeightsBudget;

void        thaw_weights_budget_init (ThawWeightsBudget *self, gsize file_size);
gboolean    thaw_weights_budget_take (ThawWeightsBudget *self, gsize bytes, GError **error);

/* A tensor over @bytes from @offset on: a view where that is aligned, else a copy out of the budget. */
ThawTensor *thaw_weights_tensor      (ThawDtype dtype, const ThawShape *shape, GBytes *bytes, gsize offset,
                                      ThawWeightsBudget *budget, GError **error);

/* Adds under a name that is not there yet (@tensor is taken in any case) */
gboolean    thaw_weights_add         (ThawTensorMap *map, const char *name, ThawTensor *tensor, GError **error);

gboolean    thaw_safetensors_sniff   (GBytes *bytes);
gboolean    thaw_pth_sniff           (GBytes *bytes);

G_END_DECLS
