/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on, of every popover, whoever made it, what GTK 4.8 leaves undone is done. Main thread, once, after GTK was initialized.
 *
 * One that was closed gives its surface back: GTK may hand the pointer to the surface of a hidden one (a layout that was due when it closed asks it
 * where the pointer is), and a press inside of where it was, such as the next one on its own button, is lost.
 *
 * What the pointer is on when one opens, as a row with its menu, keeps quiet until it is closed: it would go on looking pressed, for the release
 * goes to the popover, and its tooltip would come up over the menu.
 *
 * A menu of the secondary button opens when that is let go: else the popover may get the release of what was pressed before it was there, and GTK's
 * account of what is pressed is wrong from then on ("Broken accounting of active state"). */
void thaw_popovers_set_up (void);

G_END_DECLS
