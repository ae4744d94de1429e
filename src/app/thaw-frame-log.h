/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For measuring (tests/bench/bench-window.py). Where the environment has THAW_FRAME_LOG=FILE, the window's frame clock never rests and each of its
 * frames becomes a line of the file: when it was done (microseconds of the monotonic clock), how long it took, the main thread's processor time so far,
 * whether anything was drawn, and how many rows @tree has. Else nothing happens. */
void thaw_frame_log_watch (GtkWidget *window, GListModel *tree);

G_END_DECLS
