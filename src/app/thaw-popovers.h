/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on every popover that was closed gives its surface back, whoever made it. GTK 4.8 may hand the pointer to the surface of a hidden one (a
 * layout that was due when it closed asks it where the pointer is), and a press inside of where it was, such as the next one on its own button, is
 * lost. Main thread, once, after GTK was initialized. */
void thaw_popovers_let_go (void);

G_END_DECLS
