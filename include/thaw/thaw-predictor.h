/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-precision.h>

G_BEGIN_DECLS

/**
 * ThawPredictor: a model that is ready to answer
 *
 * Keeps the compiled network, so that the second picture costs no more than its own computing. One thread at a time, one that runs the pool.
 */
ThawPredictor *thaw_predictor_new     (const ThawModel *model, ThawPool *pool, GError **error);
/* The same in @precision */
ThawPredictor *thaw_predictor_new_in  (const ThawModel *model, ThawPrecision precision, ThawPool *pool, GError **error);
void           thaw_predictor_free    (ThawPredictor *self);
guint          thaw_predictor_classes (const ThawPredictor *self);
/* One picture in memory; @probabilities: [classes] */
gboolean       thaw_predictor_image   (ThawPredictor *self, const ThawImage *image, float *probabilities, GError **error);

/**
 * thaw_predictor_run:
 * @paths: [n] picture files, in the encoding of file names
 * @probabilities: [n, classes] (out): zeros for a picture that cannot be read
 * @errors: [n] (out): NULLs before; what is wrong with a picture, to be freed
 * @progress: (nullable): pictures done, in the caller's thread
 *
 * Decodes in the pool's threads. FALSE when cancelled, or when the network cannot be run; a picture that cannot be read is no failure.
 * A picture's answer does not depend on the others.
 */
gboolean       thaw_predictor_run     (ThawPredictor *self, const char *const *paths, guint n, float *probabilities, GError **errors,
                                       void (*progress) (gpointer data, guint done), gpointer data, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPredictor, thaw_predictor_free)

G_END_DECLS
