/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot.h"

#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

/**
 * ThawCurveFeed: carries one run's figures into the two plots as they come
 *
 * Five series: in @loss each step, training and validation after each epoch, in @accuracy training and validation. Only what is new is appended. The plots
 * and the run are kept alive. Main thread.
 */
typedef struct _ThawCurveFeed ThawCurveFeed;

/* @marks: the run's events become marks */
ThawCurveFeed *thaw_curve_feed_new    (ThawRunItem *run, ThawPlot *loss, ThawPlot *accuracy, gboolean marks);
/* Takes the series away */
void           thaw_curve_feed_free   (ThawCurveFeed *self);
/* Brings the plots up to the run's figures. @growing: more will come. */
void           thaw_curve_feed_update (ThawCurveFeed *self, gboolean growing);
ThawRunItem   *thaw_curve_feed_get_run (const ThawCurveFeed *self);

G_END_DECLS
