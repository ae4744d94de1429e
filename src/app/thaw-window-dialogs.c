/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-preferences.h"
#include "thaw-window-private.h"
#include "widgets/thaw-names.h"

#include <glib/gi18n.h>

void
thaw_window_show_preferences (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);
  g_autofree char *folder = thaw_window_dup_text (self, "cache-folder");
  GtkWidget *preferences;

  if (!settings)
    {
      thaw_window_tell (self, _("There are no preferences"), _("The settings of Thaw are not installed; everything is as it is at first."), FALSE,
                        NULL, NULL);
      return;
    }
  preferences = thaw_preferences_new (settings, folder);
  gtk_window_set_transient_for (GTK_WINDOW (preferences), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (preferences));
}

/* Its button has an icon alone, and no name */
static gboolean
name_search (GtkWidget *widget)
{
  const char *icon = GTK_IS_BUTTON (widget) ? gtk_button_get_icon_name (GTK_BUTTON (widget)) : NULL;
  gboolean found = icon && g_str_has_prefix (icon, "edit-find");

  if (found)
    thaw_name (widget, _("Search"));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found; child = gtk_widget_get_next_sibling (child))
    found = name_search (child);
  return found;
}

/* Built when it is first wanted: it has many rows, and most people never look */
void
thaw_window_show_shortcuts (ThawWindow *self)
{
  GtkShortcutsWindow *overlay = gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (self));

  if (!overlay)
    {
      g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/thaw/Thaw/help-overlay.ui");

      overlay = GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "help_overlay"));
      gtk_application_window_set_help_overlay (GTK_APPLICATION_WINDOW (self), overlay);
      name_search (GTK_WIDGET (overlay));
    }
  gtk_window_present (GTK_WINDOW (overlay));
}

/* libadwaita's own window has lists, buttons and icons without names: those are called by the text that they show, these are no news */
static void
name_parts (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (GTK_IS_IMAGE (widget))
    gtk_accessible_update_state (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  else if (GTK_IS_LIST_BOX (widget) && ADW_IS_PREFERENCES_ROW (child))
    thaw_name (widget, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (child)));
  else if (GTK_IS_BUTTON (widget) && GTK_IS_LABEL (child))
    thaw_name (widget, gtk_label_get_label (GTK_LABEL (child)));
  for (; child; child = gtk_widget_get_next_sibling (child))
    name_parts (child);
}

void
thaw_window_show_about (ThawWindow *self)
{
  GtkWidget *about = g_object_new (ADW_TYPE_ABOUT_WINDOW, "application-name", _("Thaw"), "application-icon", THAW_APPLICATION_ID, "version",
                                   THAW_VERSION, "license-type", GTK_LICENSE_GPL_3_0, "comments",
                                   _("Teaches a pretrained network to tell your own pictures apart. Everything happens on this computer."),
                                   /* Translators: your names, one a line */
                                   "translator-credits", _("translator-credits"), "transient-for", self, NULL);

  name_parts (about);
  gtk_window_present (GTK_WINDOW (about));
}
