/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-progress-panel.h"

#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-text.h>
#include <thaw/thaw-words.h>

struct _ThawProgressPanel
{
  AdwBin          parent_instance;
  ThawSession    *session;
  ThawRunItem    *run;      /* (nullable): the current one */

  /* of the template */
  GtkLabel       *title;
  GtkLabel       *details;
  GtkProgressBar *bar;
  GtkWidget      *pause;
  GtkWidget      *go_on;
  GtkWidget      *stop;
  GtkWidget      *results;
};

G_DEFINE_FINAL_TYPE (ThawProgressPanel, thaw_progress_panel, ADW_TYPE_BIN)

static const char *
state_title (ThawSessionState state)
{
  switch (state)
    {
    case THAW_SESSION_STARTING:
      return _ ("Getting ready");
    case THAW_SESSION_PAUSED:
      return _ ("Paused");
    case THAW_SESSION_STOPPING:
      return _ ("Stopping");
    default:
      return _ ("Training");
    }
}

/* "143 pictures a second, 1 min 05 s left"; what is not known is left out. (transfer full) */
static char *
tell_speed (double images_per_second, double seconds_left)
{
  g_autofree char *images = thaw_text_count (images_per_second), *seconds = thaw_text_seconds (seconds_left);

  /* as it is written: without decimals */
  const gulong n = (gulong) CLAMP (round (images_per_second), 0, 1e6);

  if (images_per_second > 0 && seconds_left >= 0)
    return g_strdup_printf (ngettext ("%s picture a second, %s left", "%s pictures a second, %s left", n), images, seconds);
  if (images_per_second > 0)
    return g_strdup_printf (ngettext ("%s picture a second", "%s pictures a second", n), images);
  return seconds_left >= 0 ? g_strdup_printf (_ ("%s left"), seconds) : g_strdup ("");
}

static void
show (ThawProgressPanel *self, const char *title, const char *details)
{
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->details, details);
  gtk_widget_set_visible (GTK_WIDGET (self->details), *details != 0);
}

static void
show_progress (ThawProgressPanel *self, ThawSessionState state)
{
  g_autofree char *status = NULL, *speed = NULL;
  double fraction, images_per_second, seconds_left;
  gboolean told;

  g_object_get (self->session, "status-text", &status, "fraction", &fraction, "images-per-second", &images_per_second, "seconds-left", &seconds_left, NULL);
  speed = state == THAW_SESSION_PAUSED ? g_strdup (_ ("The run waits and goes on exactly here.")) : tell_speed (images_per_second, seconds_left);
  told = status && *status && state != THAW_SESSION_STOPPING;
  show (self, told ? status : state_title (state), speed);
  gtk_progress_bar_set_fraction (self->bar, isfinite (fraction) ? CLAMP (fraction, 0, 1) : 0);
}

/* How a run ended, beside the figure. (transfer full) */
static char *
tell_end (ThawRunStatus status, const ThawRun *run, int planned)
{
  const ThawTrainSummary *summary = &run->summary;

  if (status == THAW_RUN_FAILED)
    return g_strdup_printf (_ ("The run ended with an error. Epoch %d, the best, is kept."), summary->best_epoch);
  if (status != THAW_RUN_DONE)
    return g_strdup_printf (_ ("The run was stopped in epoch %d of %d. Epoch %d, the best, is kept."), MIN (summary->epochs + 1, planned), planned,
                            summary->best_epoch);
  return g_strdup_printf (ngettext ("of %u validation picture, after the best epoch, %d of %d",
                                    "of %u validation pictures, after the best epoch, %d of %d", summary->val),
                          summary->val, summary->best_epoch, summary->epochs);
}

static void
show_result (ThawProgressPanel *self, ThawRunItem *item)
{
  const ThawRun *run = thaw_run_item_get_run (item);
  int status;
  g_autofree char *accuracy = NULL, *title = NULL, *end = NULL;

  g_object_get (item, "status", &status, NULL);
  if (run->summary.best_epoch == 0)
    {
      show (self, _ ("No result yet"), _ ("The run ended before its first epoch was done."));
      return;
    }
  accuracy = thaw_words_interval (run->summary.best_val_accuracy, run->low, run->high);
  title = g_strdup_printf (_ ("%s right"), accuracy);
  end = tell_end (status, run, thaw_run_item_get_planned_epochs (item));
  show (self, title, end);
}

static void
update (ThawProgressPanel *self)
{
  ThawSessionState state = thaw_session_get_state (self->session);
  gboolean running = state != THAW_SESSION_IDLE, can_go_on;
  gint64 unfinished;

  g_object_get (self->session, "unfinished", &unfinished, NULL);
  can_go_on = state == THAW_SESSION_PAUSED || (!running && unfinished > 0);
  gtk_widget_set_visible (GTK_WIDGET (self), running || unfinished > 0 || self->run);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), running);
  gtk_widget_set_visible (self->pause, state == THAW_SESSION_STARTING || state == THAW_SESSION_TRAINING);
  gtk_widget_set_visible (self->go_on, can_go_on);
  gtk_widget_set_visible (self->stop, running && state != THAW_SESSION_STOPPING);
  gtk_widget_set_visible (self->results, !running && self->run && thaw_run_item_get_run (self->run)->summary.best_epoch > 0);
  if (running)
    show_progress (self, state);
  else if (unfinished > 0)
    show (self, _ ("A run was interrupted"), _ ("Go on exactly where it was, or press Train for a new one."));
  else if (self->run)
    show_result (self, self->run);
}

static void
current_cb (ThawProgressPanel *self)
{
  ThawRunItem *run = thaw_runs_get_current (thaw_session_get_runs (self->session));

  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, update, self);
  g_set_object (&self->run, run);
  if (run)
    g_signal_connect_swapped (run, "notify::status", G_CALLBACK (update), self);
  update (self);
}

void
thaw_progress_panel_set_session (ThawProgressPanel *self, ThawSession *session)
{
  static const char *const properties[] = { "notify::state", "notify::status-text", "notify::fraction", "notify::unfinished" };

  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_signal_connect_object (session, properties[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_runs (session), "notify::current", G_CALLBACK (current_cb), self, G_CONNECT_SWAPPED);
  current_cb (self);
}

static void
thaw_progress_panel_dispose (GObject *object)
{
  ThawProgressPanel *self = THAW_PROGRESS_PANEL (object);

  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, update, self);
  g_clear_object (&self->run);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PROGRESS_PANEL);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_progress_panel_parent_class)->dispose (object);
}

static void
thaw_progress_panel_class_init (ThawProgressPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_progress_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-progress-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, title);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, details);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, bar);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, pause);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, go_on);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, stop);
  gtk_widget_class_bind_template_child (widget_class, ThawProgressPanel, results);
}

static void
thaw_progress_panel_init (ThawProgressPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
