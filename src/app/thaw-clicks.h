/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on no window loses a click that was shorter than the program took to answer its press. After each layout GTK makes up a motion event
 * with the buttons as they are by then (gdk_surface_ensure_motion); where the button was let go of meanwhile, that event overtakes the release,
 * gestures see a motion without a button and give up. It goes no further while a release is still to come. Main thread, once, after GTK was
 * initialized. */
void thaw_clicks_keep (void);

G_END_DECLS
