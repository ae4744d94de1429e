/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-plan.h"

G_BEGIN_DECLS

#define THAW_MOST_CHAIN 8

/* Whether the operation can make some lines of its value from some lines of its inputs */
gboolean thaw_plan_can_chain   (const ThawPlan *self, guint step);
/* Lines of the last value that fit into the cache with all they are made from; 0: not even one. @chain: first and end are set */
gint64   thaw_plan_chain_lines (const ThawPlan *self, const ThawChain *chain);
/* Steps @first .. @end - 1 from now on run in strips. */
void     thaw_plan_add_chain   (ThawPlan *self, guint first, guint end, guint n_threads);
void     thaw_chain_clear      (ThawChain *self);

G_END_DECLS
