/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @probabilities may be @logits */
void thaw_softmax (gsize classes, const float *logits, float *probabilities);

G_END_DECLS
