/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-left-out.h"

#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/* Is the file of the size and time that the sample's hash belongs to? */
gboolean thaw_sample_is_current (const ThawSample *sample);
/* Looks at the files of all training and validation pictures: forgets the hashes of those that changed, leaves out those that are gone */
void     thaw_samples_refresh   (ThawDataset *dataset, ThawLeftOut *left_out);
/* Reads those of @items whose hash is not known */
gboolean thaw_samples_hash      (ThawDataset *dataset, const ThawLoaderItem *items, gsize n, ThawPool *pool, ThawLeftOut *left_out,
                                 GCancellable *cancellable, GError **error);
/* All that the values at the cut depend on, as one SHA-256 (transfer full) */
char    *thaw_features_key      (const ThawModel *model, const ThawGraph *before, const ThawTrainOptions *options);

G_END_DECLS
