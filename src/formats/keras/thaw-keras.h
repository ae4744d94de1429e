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

G_END_DECLS
