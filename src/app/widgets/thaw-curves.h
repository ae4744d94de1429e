/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_CURVES (thaw_curves_get_type ())
G_DECLARE_FINAL_TYPE (ThawCurves, thaw_curves, THAW, CURVES, AdwBin)

/**
 * ThawCurves: loss above (or left, side-by-side), accuracy below, of the current run and of those laid over it, with what happened on the way
 */
void thaw_curves_set_session (ThawCurves *self, ThawSession *session);

G_END_DECLS
