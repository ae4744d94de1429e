/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

#define THAW_TYPE_OPTIONS (thaw_options_get_type ())
G_DECLARE_FINAL_TYPE (ThawOptions, thaw_options, THAW, OPTIONS, GObject)

/**
 * ThawOptions: the training page's choices, as GObject properties with ranges, nicks and blurbs in the person's language
 *
 * epochs, batch, optimizer, learning-rate, schedule, warmup, weight-decay, momentum, clip, patience, label-smoothing, balanced, augmentation
 * ("none", "light", "strong"), variants, seed, head-rate (factor on the head's rate), two-phases, second-epochs, second-learning-rate, second-from
 * (preset or layer). generation changes with each.
 */
ThawOptions      *thaw_options_new         (void);
/* The whole of a run's options. @phase: the freezing the tree shows, filled by thaw_network_fill_phase() (transfer none). threads, memory, disk
 * and cache folder are the session's affair. */
ThawTrainOptions *thaw_options_to_train    (ThawOptions *self, const ThawPhase *freezing);
char             *thaw_options_to_json     (ThawOptions *self);
/* Unknown names are ignored, values out of range clamped; FALSE where it is not JSON */
gboolean          thaw_options_from_json   (ThawOptions *self, const char *json, GError **error);
/* Everything as at first */
void              thaw_options_reset       (ThawOptions *self);

G_END_DECLS
