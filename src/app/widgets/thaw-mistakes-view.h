/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_MISTAKES_VIEW (thaw_mistakes_view_get_type ())
G_DECLARE_FINAL_TYPE (ThawMistakesView, thaw_mistakes_view, THAW, MISTAKES_VIEW, AdwBin)

/**
 * ThawMistakesView: pictures of one cell of the confusion matrix, or all mistakes; one of them large; another class for them
 *
 * Actions: results.open (the first of those selected), results.back, results.step (i), results.relabel (s: a class), results.relabel-number (i: the class
 * named by that number, else the one of that place, from 1), results.show-mistakes.
 */
void thaw_mistakes_view_set_session (ThawMistakesView *self, ThawSession *session);
/* As thaw_results_list() */
void thaw_mistakes_view_show        (ThawMistakesView *self, int label, int prediction);
/* The shown list as of now: another run is shown */
void thaw_mistakes_view_reload      (ThawMistakesView *self);

G_END_DECLS
