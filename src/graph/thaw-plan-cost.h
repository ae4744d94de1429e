/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-plan.h"

G_BEGIN_DECLS

/* Seconds a picture on one core, as predicted from multiply-adds and from what fits into the core's own cache. Plans are compared by
 * them: on one machine they are always the same. */

/* Step @step alone, @block pictures at a time */
double thaw_plan_step_seconds (const ThawPlan *self, guint step, gint64 block);
/* More because more pictures are taken at a time from step @step on than before: the value between waits beyond the cache. */
double thaw_plan_grow_seconds (const ThawPlan *self, guint step);
/* The steps of a chain together; its lines are set */
double thaw_plan_chain_seconds (const ThawPlan *self, const ThawChain *chain);

G_END_DECLS
