/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application-private.h"
#include "thaw-window.h"

#include <glib/gi18n.h>

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
  g_autofree char *title = g_strdup_printf (ngettext ("A network is still being trained", "%u networks are still being trained", n), n);
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));
  GtkWidget *question = thaw_training_question_new (active, title, _("_Pause and Quit"));

  g_signal_connect_object (question, "response", G_CALLBACK (answered_cb), self, 0);
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
