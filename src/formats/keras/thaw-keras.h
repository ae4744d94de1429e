/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>

G_BEGIN_DECLS

/* .keras: a ZIP archive with config.json and model.weights.h5 */
gboolean   thaw_keras_sniff    (GBytes *bytes);
/* HDF5: a whole model as Keras 2 saved it, with the attribute model_config */
gboolean   thaw_keras_h5_sniff (GBytes *bytes);
/* TensorFlow.js: a ZIP archive with model.json, as Teachable Machine exports it */
gboolean   thaw_tfjs_sniff     (GBytes *bytes);

/* What the file at @path, mapped as @bytes, is with all that it needs: of a model.json an archive with the files it names, which must lie
 * in the same folder; of all others @bytes themselves (transfer full). NULL with an error */
GBytes    *thaw_tfjs_gather    (GBytes *bytes, const char *path, GError **error);
/* "weights.bin" of "./weights.bin" */
const char *thaw_tfjs_plain_name (const char *path);

G_END_DECLS
