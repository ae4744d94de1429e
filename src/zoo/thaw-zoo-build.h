/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-zoo-private.h"

/* The model without parameters */
ThawModel *thaw_zoo_build (const ThawFamily *family, const char *architecture, gint64 classes, GError **error);
/* "resnet18, resnet34 ...": all of them (transfer full) */
char      *thaw_zoo_known (void);

/* Why no family recognised @weights: what is nearest and where it differs. */
void       thaw_zoo_set_unknown_error (const ThawTensorMap *weights, GError **error);
/* What a file's metadata say beyond the network: title, licence, top1, labels, preprocessing but its size */
gboolean   thaw_zoo_apply_metadata (ThawModel *model, GHashTable *metadata, GError **error);
