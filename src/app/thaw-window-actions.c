/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-export-dialog.h"
#include "thaw-window-private.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

typedef void (*ActionFunc) (ThawWindow *self, GVariant *parameter);

/* a command of the window; its keys are told in ui/help-overlay.ui */
typedef struct
{
  const char *name;
  ActionFunc  run;
  const char *keys[3];
  const char *parameter; /* type */
} Action;

static void
new_project (ThawWindow *self, GVariant *parameter)
{
  ThawWindow *window = self;

  if (!thaw_window_is_pristine (self))
    window = thaw_window_new (THAW_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
  gtk_window_present (GTK_WINDOW (window));
}

static void
open_project (ThawWindow *self, GVariant *parameter)
{
  thaw_window_choose_project (self);
}

static void
open_recent (ThawWindow *self, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  thaw_window_open (self, file);
}

static void
save_as (ThawWindow *self, GVariant *parameter)
{
  thaw_window_choose_name (self);
}

/* Text that is being written has an undo of its own; @action: of GtkText and GtkTextView */
static gboolean
text_did (ThawWindow *self, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (!GTK_IS_TEXT (focus) && !GTK_IS_TEXT_VIEW (focus))
    return FALSE;
  return gtk_widget_activate_action (focus, action, NULL);
}

static void
undo (ThawWindow *self, GVariant *parameter)
{
  if (!text_did (self, "text.undo"))
    thaw_history_undo (thaw_session_get_history (self->session));
}

static void
redo (ThawWindow *self, GVariant *parameter)
{
  if (!text_did (self, "text.redo"))
    thaw_history_redo (thaw_session_get_history (self->session));
}

static void
train (ThawWindow *self, GVariant *parameter)
{
  thaw_window_show_page (self, "training");
  thaw_session_train (self->session);
}

static void
pause_training (ThawWindow *self, GVariant *parameter)
{
  thaw_session_pause (self->session);
}

static void
go_on (ThawWindow *self, GVariant *parameter)
{
  thaw_window_show_page (self, "training");
  thaw_session_go_on (self->session);
}

static void
stop (ThawWindow *self, GVariant *parameter)
{
  thaw_session_stop (self->session);
}

static void
export_run (ThawWindow *self, GVariant *parameter)
{
  gtk_window_present (GTK_WINDOW (thaw_export_dialog_new (self->session, GTK_WINDOW (self))));
}

static void
show_page (ThawWindow *self, const char *name)
{
  thaw_window_show_page (self, name);
  thaw_window_focus_page (self);
}

static void
show_images (ThawWindow *self, GVariant *parameter)
{
  show_page (self, "images");
}

static void
show_training (ThawWindow *self, GVariant *parameter)
{
  show_page (self, "training");
}

static void
show_results (ThawWindow *self, GVariant *parameter)
{
  show_page (self, "results");
}

static void
show_runs (ThawWindow *self, GVariant *parameter)
{
  show_page (self, "runs");
}

static void
next_pane (ThawWindow *self, GVariant *parameter)
{
  thaw_window_move_focus (self, 1);
}

static void
previous_pane (ThawWindow *self, GVariant *parameter)
{
  thaw_window_move_focus (self, -1);
}

static void
wider_sidebar (ThawWindow *self, GVariant *parameter)
{
  thaw_window_widen_sidebar (self, 1);
}

static void
narrower_sidebar (ThawWindow *self, GVariant *parameter)
{
  thaw_window_widen_sidebar (self, -1);
}

static void
preferences (ThawWindow *self, GVariant *parameter)
{
  thaw_window_show_preferences (self);
}

static void
shortcuts (ThawWindow *self, GVariant *parameter)
{
  thaw_window_show_shortcuts (self);
}

static void
about (ThawWindow *self, GVariant *parameter)
{
  thaw_window_show_about (self);
}

static const Action actions[] = {
  { "win.new", new_project, { "<Control>n" } },
  { "win.open", open_project, { "<Control>o" } },
  { "win.open-recent", open_recent, { NULL }, "s" },
  { "win.save-as", save_as, { "<Control><Shift>s" } },
  { "win.undo", undo, { "<Control>z" } },
  { "win.redo", redo, { "<Control><Shift>z", "<Control>y" } },
  { "win.train", train, { "<Control>Return" } },
  { "win.pause", pause_training, { "<Control>p" } },
  { "win.go-on", go_on, { "<Control>g" } },
  { "win.stop", stop, { "<Control><Shift>Return" } },
  { "win.export", export_run, { "<Control>e" } },
  { "win.show-images", show_images, { "<Alt>1" } },
  { "win.show-training", show_training, { "<Alt>2" } },
  { "win.show-results", show_results, { "<Alt>3" } },
  { "win.show-runs", show_runs, { "<Alt>4" } },
  { "win.next-pane", next_pane, { "F6" } },
  { "win.previous-pane", previous_pane, { "<Shift>F6" } },
  { "win.wider-sidebar", wider_sidebar, { "<Control>F9" } },
  { "win.narrower-sidebar", narrower_sidebar, { "<Shift>F9" } },
  { "win.preferences", preferences, { "<Control>comma" } },
  { "win.shortcuts", shortcuts, { "<Control>question", "F1" } },
  { "win.about", about, { NULL } },
};

/* of GTK and of the application, and those that show a property */
static const Action others[] = {
  { "win.sidebar", NULL, { "F9" } },
  { "window.close", NULL, { "<Control>w" } },
  { "app.quit", NULL, { "<Control>q" } },
};

static void
activate_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      actions[i].run (THAW_WINDOW (widget), parameter);
}

void
thaw_window_install_actions (GtkWidgetClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (klass, actions[i].name, actions[i].parameter, activate_cb);
  gtk_widget_class_install_property_action (klass, "win.sidebar", "sidebar-shown");
}

const char *
thaw_window_list_actions (guint i, const char *const **keys)
{
  const Action *action;

  if (i >= G_N_ELEMENTS (actions) + G_N_ELEMENTS (others))
    return NULL;
  action = i < G_N_ELEMENTS (actions) ? &actions[i] : &others[i - G_N_ELEMENTS (actions)];
  *keys = action->keys;
  return action->name;
}

void
thaw_window_set_accelerators (GtkApplication *application)
{
  const char *const *keys;
  const char *name;

  for (guint i = 0; (name = thaw_window_list_actions (i, &keys)); i++)
    if (keys[0])
      gtk_application_set_accels_for_action (application, name, keys);
}

/* @why: (nullable): why it cannot be done now; @what: what it does */
static void
set_action (ThawWindow *self, const char *action, GtkWidget *button, const char *why, const char *what)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, why == NULL);
  if (button)
    thaw_tooltip_set (button, why ? why : what);
}

static void
update_history (ThawWindow *self)
{
  ThawHistory *history = thaw_session_get_history (self->session);
  g_autofree char *undo_label = NULL;
  g_autofree char *redo_label = NULL;
  g_autofree char *undo_text = NULL;
  g_autofree char *redo_text = NULL;

  g_object_get (history, "undo-label", &undo_label, "redo-label", &redo_label, NULL);
  /* Translators: %s is an edit, such as "Move 3 pictures" */
  undo_text = undo_label ? g_strdup_printf (_("Undo: %s"), undo_label) : NULL;
  redo_text = redo_label ? g_strdup_printf (_("Redo: %s"), redo_label) : NULL;
  set_action (self, "win.undo", self->undo, undo_label ? NULL : _("Nothing to undo"), undo_text);
  set_action (self, "win.redo", self->redo, redo_label ? NULL : _("Nothing to redo"), redo_text);
}

/* Whoever has just pressed one of the buttons for training is on the next one, not on whatever stands beside it */
static void
keep_focus (ThawWindow *self)
{
  GtkWidget *const buttons[] = { self->go_on, self->train, self->pause };

  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    if (gtk_widget_get_visible (buttons[i]) && gtk_widget_is_sensitive (buttons[i]) && gtk_widget_grab_focus (buttons[i]))
      return;
  thaw_window_focus_page (self);
}

/* Which of the buttons for training there are, and which of them can be pressed */
static void
update_training (ThawWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  gboolean pressed = focus && (focus == self->train || focus == self->go_on || focus == self->pause || focus == self->stop);
  ThawSessionState state = thaw_session_get_state (self->session);
  gboolean unfinished = state == THAW_SESSION_IDLE && thaw_window_get_unfinished (self) != 0;
  gboolean running = state == THAW_SESSION_STARTING || state == THAW_SESSION_TRAINING;
  const char *stopping = state == THAW_SESSION_STOPPING ? _("The run is being ended") : NULL;
  g_autofree char *problem = thaw_window_dup_text (self, "train-problem");

  gtk_widget_set_visible (self->train, state == THAW_SESSION_IDLE);
  /* one button is the likely one */
  (unfinished ? gtk_widget_remove_css_class : gtk_widget_add_css_class) (self->train, "suggested-action");
  gtk_widget_set_visible (self->go_on, state == THAW_SESSION_PAUSED || unfinished);
  gtk_widget_set_visible (self->pause, running || state == THAW_SESSION_STOPPING);
  gtk_widget_set_visible (self->stop, state != THAW_SESSION_IDLE);
  set_action (self, "win.train", self->train, state == THAW_SESSION_IDLE ? problem : _("A run is under way"), _("Train the network on these pictures (Ctrl+Return)"));
  set_action (self, "win.pause", self->pause, running ? NULL : stopping ? stopping : _("Nothing is being trained"),
              _("Pause; everything learned so far is kept (Ctrl+P)"));
  set_action (self, "win.go-on", self->go_on, state == THAW_SESSION_PAUSED || unfinished ? NULL : _("No run is paused"),
              unfinished ? _("Go on with the run that was not finished, exactly where it was (Ctrl+G)")
                         : _("Go on training, exactly where it was (Ctrl+G)"));
  set_action (self, "win.stop", self->stop,
              running || state == THAW_SESSION_PAUSED ? NULL : stopping ? stopping : _("Nothing is being trained"),
              _("Stop and keep the best epoch (Ctrl+Shift+Return)"));
  if (pressed && (!gtk_widget_get_visible (focus) || !gtk_widget_is_sensitive (focus)))
    keep_focus (self);
}

/* A run whose weights can be written down */
static gboolean
have_result (ThawWindow *self)
{
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (self->session));

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (ThawRunItem) item = g_list_model_get_item (runs, i);
      int epochs;

      g_object_get (item, "epochs", &epochs, NULL);
      if (epochs > 0)
        return TRUE;
    }
  return FALSE;
}

static void
update_project (ThawWindow *self)
{
  gboolean opening = thaw_window_get_flag (self, "opening");
  const char *busy = opening ? _("A project is being opened") : NULL;

  set_action (self, "win.save-as", NULL, busy, NULL);
  set_action (self, "win.open", GTK_WIDGET (self->open), busy, _("Open a project (Ctrl+O)"));
  set_action (self, "win.export", self->export, have_result (self) ? NULL : _("Nothing to export yet: train the network first"),
              _("Write the trained network to a file (Ctrl+E)"));
}

void
thaw_window_update_actions (ThawWindow *self)
{
  update_history (self);
  update_training (self);
  update_project (self);
}
