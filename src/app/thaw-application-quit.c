/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application-private.h"
#include "thaw-window.h"

#include <glib/gi18n.h>

#define KEY "thaw-key-that-quits"

typedef void (*WindowFunc) (ThawWindow *window);

static void
for_each_window (ThawApplication *self, WindowFunc func)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (self)));

  for (GList *l = windows; l; l = l->next)
    if (THAW_IS_WINDOW (l->data))
      func (l->data);
}

static void
put_away (ThawWindow *window)
{
  if (thaw_window_is_training (window))
    thaw_window_hide_away (window);
  else
    thaw_window_close_now (window);
}

static void
answered_cb (AdwMessageDialog *dialog, const char *response, ThawApplication *self)
{
  if (g_str_equal (response, "background"))
    for_each_window (self, put_away);
  else if (g_str_equal (response, "pause"))
    for_each_window (self, thaw_window_close_now);
}

static void
ask (ThawApplication *self, guint n)
{
  static GtkWidget *question; /* weak; the one on the screen */
  g_autofree char *title = g_strdup_printf (ngettext ("A network is still being trained", "%u networks are still being trained", n), n);

  if (!question)
    {
      GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));

      g_set_weak_pointer (&question, thaw_training_question_new (active, title, _("_Pause and Quit")));
      g_signal_connect_object (question, "response", G_CALLBACK (answered_cb), self, 0);
    }
  gtk_window_present (GTK_WINDOW (question));
}

void
thaw_application_quit (ThawApplication *self)
{
  guint n = 0;

  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    n += THAW_IS_WINDOW (l->data) && thaw_window_is_training (l->data);
  if (n > 0)
    ask (self, n);
  else
    for_each_window (self, thaw_window_close_now);
}

/* --- the key, in windows that do not have the application's keys, and in lists that are open, which keep what is pressed --- */

static gboolean
quit_cb (GtkWidget *widget, GVariant *arguments, gpointer application)
{
  thaw_application_quit (application);
  return TRUE;
}

static void
add_key (GtkWidget *widget, GtkApplication *application)
{
  g_auto (GStrv) keys = gtk_application_get_accels_for_action (application, "app.quit");
  GtkEventController *controller;

  if (!keys[0])
    return;
  controller = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string (keys[0]), gtk_callback_action_new (quit_cb, application, NULL)));
  gtk_widget_add_controller (widget, controller);
}

static void
windows_changed_cb (GListModel *windows, guint position, guint removed, guint added, GtkApplication *application)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (!GTK_IS_APPLICATION_WINDOW (window))
        add_key (window, application);
    }
}

/* Once for each */
static gboolean
shown_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer application)
{
  GtkWidget *widget = g_value_get_object (values);

  if (GTK_IS_POPOVER (widget) && !g_object_get_data (G_OBJECT (widget), KEY))
    {
      g_object_set_data (G_OBJECT (widget), KEY, application);
      add_key (widget, application);
    }
  return TRUE;
}

void
thaw_application_quit_anywhere (ThawApplication *self)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (GTK_TYPE_WIDGET);

  g_signal_connect_object (gtk_window_get_toplevels (), "items-changed", G_CALLBACK (windows_changed_cb), self, 0);
  g_signal_add_emission_hook (g_signal_lookup ("show", GTK_TYPE_WIDGET), 0, shown_cb, self, NULL);
}
