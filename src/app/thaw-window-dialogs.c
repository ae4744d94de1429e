/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"

#include <glib/gi18n.h>

void
thaw_window_show_preferences (ThawWindow *self)
{
}

void
thaw_window_show_shortcuts (ThawWindow *self)
{
}

void
thaw_window_show_about (ThawWindow *self)
{
  adw_show_about_window (GTK_WINDOW (self), "application-name", _("Thaw"), "application-icon", THAW_APPLICATION_ID, "version", THAW_VERSION,
                         "license-type", GTK_LICENSE_GPL_3_0, "comments",
                         _("Teaches a pretrained network to tell your own pictures apart. Everything happens on this computer."),
                         /* Translators: your names, one a line */
                         "translator-credits", _("translator-credits"), NULL);
}
