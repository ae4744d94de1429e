/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-words.h>

gboolean
thaw_window_is_training (ThawWindow *self)
{
  ThawSessionState state = thaw_session_get_state (self->session);

  return state == THAW_SESSION_STARTING || state == THAW_SESSION_TRAINING;
}

/* Also what was opened from those. What they ask is answered as by their own buttons to close. */
static void
close_dialogs_of (GtkWindow *window)
{
  g_autoptr (GList) all = gtk_window_list_toplevels ();
  GList *windows = g_list_copy_deep (all, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);

  for (GList *l = windows; l; l = l->next)
    if (gtk_window_get_transient_for (l->data) == window)
      {
        close_dialogs_of (l->data);
        gtk_window_close (l->data);
      }
  g_list_free_full (windows, g_object_unref);
}

void
thaw_window_hide_away (ThawWindow *self)
{
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));

  if (self->background || !application)
    return;
  close_dialogs_of (GTK_WINDOW (self));
  self->background = TRUE;
  g_application_hold (application);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
thaw_window_leave_background (ThawWindow *self)
{
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));

  if (!self->background)
    return;
  self->background = FALSE;
  if (application)
    g_application_release (application);
}

/* Closing anyway loses what could not be written, so that the person decides */
static void
anyway_cb (AdwMessageDialog *dialog, const char *response, ThawWindow *self)
{
  self->closing = FALSE;
  if (!g_str_equal (response, "close"))
    return;
  self->may_close = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

static void
ask_anyway (ThawWindow *self, const GError *error)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _("Not everything could be saved"), error->message);

  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Back to the Project"), "close", _("_Close Anyway"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "close", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (anyway_cb), self, 0);
  gtk_window_present (GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!thaw_session_project_finish (self->session, result, &error) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      ask_anyway (self, error);
      thaw_window_leave_background (self);
      return;
    }
  self->may_close = TRUE;
  thaw_window_leave_background (self);
  gtk_window_destroy (GTK_WINDOW (self));
}

void
thaw_window_close_now (ThawWindow *self)
{
  if (self->closing)
    return;
  self->closing = TRUE;
  gtk_window_set_focus (GTK_WINDOW (self), NULL); /* a number that was written and not confirmed counts */
  thaw_window_note_project (self);
  thaw_window_hide_away (self);
  thaw_session_close_async (self->session, NULL, closed_cb, g_object_ref (self));
}

static void
answered_cb (AdwMessageDialog *dialog, const char *response, ThawWindow *self)
{
  if (g_str_equal (response, "background"))
    thaw_window_hide_away (self);
  else if (g_str_equal (response, "pause"))
    thaw_window_close_now (self);
}

GtkWidget *
thaw_training_question_new (GtkWindow *parent, const char *title, const char *pause)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, title,
                                              _("In the background it goes on, and a notification tells when it is done. After a pause it goes on "
                                                "exactly where it was, the next time the project is opened."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "pause", pause, "background",
                                    _("_Keep Training in the Background"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "background", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "background");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  return dialog;
}

static void
ask_to_close (ThawWindow *self)
{
  GtkWidget *question
      = thaw_training_question_new (GTK_WINDOW (self), _("The network is still being trained"), _("_Pause and Close"));

  gtk_window_set_destroy_with_parent (GTK_WINDOW (question), TRUE);
  g_signal_connect_object (question, "response", G_CALLBACK (answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (question));
}

static void
remember_size (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);
  int width, height;

  if (!settings)
    return;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (settings, "width", width);
  g_settings_set_int (settings, "height", height);
  g_settings_set_boolean (settings, "maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
}

gboolean
thaw_window_close_request (GtkWindow *window)
{
  ThawWindow *self = THAW_WINDOW (window);

  if (self->may_close)
    return FALSE;
  remember_size (self);
  if (thaw_window_is_training (self))
    ask_to_close (self);
  else
    thaw_window_close_now (self);
  return TRUE;
}

/* Asleep, a computer trains nothing */
void
thaw_window_watch_training (ThawWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  gboolean training = thaw_window_is_training (self);

  if (!application)
    return;
  if (training && !self->inhibition)
    self->inhibition
        = gtk_application_inhibit (application, GTK_WINDOW (self), GTK_APPLICATION_INHIBIT_SUSPEND, _("A network is being trained"));
  else if (!training && self->inhibition)
    {
      gtk_application_uninhibit (application, self->inhibition);
      self->inhibition = 0;
    }
}

/* "96.1 % (90.8 to 98.4) right of the pictures it was not trained on" (transfer full) */
static char *
dup_result (ThawWindow *self, gint64 id, int status)
{
  ThawRuns *runs = thaw_session_get_runs (self->session);
  ThawRunItem *item = thaw_runs_find (runs, id);
  const ThawRun *run = item ? thaw_run_item_get_run (item) : NULL;
  g_autofree char *accuracy = NULL;

  if (status == THAW_RUN_FAILED)
    return g_strdup (_("The run could not be finished; the window says why."));
  if (!run || run->high <= 0)
    return g_strdup (_("The run is kept; the window shows it."));
  accuracy = thaw_words_interval (run->summary.best_val_accuracy, run->low, run->high);
  return g_strdup_printf (_("%s of the validation pictures are recognised."), accuracy);
}

static void
finished_cb (ThawSession *session, gint64 run, int status, ThawWindow *self)
{
  g_autofree char *project = thaw_window_dup_text (self, "title");
  g_autofree char *title = g_strdup_printf (_("%s: training is done"), project);
  g_autofree char *text = dup_result (self, run, status);

  thaw_window_note_project (self);
  if (!self->closing && !gtk_window_is_active (GTK_WINDOW (self)))
    thaw_window_notify_desktop (self, title, text);
}

void
thaw_window_init_closing (ThawWindow *self)
{
  g_signal_connect_object (self->session, "finished", G_CALLBACK (finished_cb), self, 0);
}
