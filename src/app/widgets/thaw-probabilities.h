/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define THAW_TYPE_PROBABILITIES (thaw_probabilities_get_type ())
G_DECLARE_FINAL_TYPE (ThawProbabilities, thaw_probabilities, THAW, PROBABILITIES, AdwBin)

/**
 * ThawProbabilities: classes with their probabilities as bars, the most probable first
 *
 * The first five; the rest is folded away.
 */
/* @probabilities: one a label, copied; NULL: nothing is shown. @right: the label that is true, -1: not known */
void       thaw_probabilities_set (ThawProbabilities *self, const float *probabilities, const char *const *labels, int right);

G_END_DECLS
