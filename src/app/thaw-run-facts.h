/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

/* What a run came to, in words and figures; (transfer full) */
char *thaw_run_fact_accuracy (ThawRunItem *run); /* "96.1 % (90.8 to 98.4)" */
char *thaw_run_fact_loss     (ThawRunItem *run); /* of validation, at the best epoch */
char *thaw_run_fact_best     (ThawRunItem *run); /* the best epoch */
char *thaw_run_fact_epochs   (ThawRunItem *run); /* "12 of 20" */
char *thaw_run_fact_time     (ThawRunItem *run); /* "3.2 s" */
char *thaw_run_fact_pictures (ThawRunItem *run); /* "244 to train, 153 to validate" */
char *thaw_run_fact_started  (ThawRunItem *run);
char *thaw_run_fact_name     (ThawRunItem *run);
/* "training", "stopped"...; NULL for a run that is simply done */
const char *thaw_run_fact_status (ThawRunItem *run);

/* What a setting was; (transfer none), "" where it has none */
const char *thaw_run_setting     (ThawRunItem *run, const char *name);
/* TRUE where not all of @runs (of ThawRunItem) have the same */
gboolean    thaw_run_setting_differs (GPtrArray *runs, const char *name);

/* > 0 where @a is better than @b; a run without an epoch is worse than any other */
int          thaw_run_compare (ThawRunItem *a, ThawRunItem *b);
/* The best of several, NULL where there are fewer than two that can be compared. (transfer none) */
ThawRunItem *thaw_run_best    (GListModel *runs);

G_END_DECLS
