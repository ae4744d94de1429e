/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window.h"

typedef void (*ActionFunc) (ThawWindow *self);

/* a command of the window */
typedef struct
{
  const char *name;
  ActionFunc  run;
  const char *keys[3];
} Action;

static void
undo (ThawWindow *self)
{
  thaw_history_undo (thaw_session_get_history (thaw_window_get_session (self)));
}

static void
redo (ThawWindow *self)
{
  thaw_history_redo (thaw_session_get_history (thaw_window_get_session (self)));
}

static void
train (ThawWindow *self)
{
  thaw_window_show_page (self, "training");
  thaw_session_train (thaw_window_get_session (self));
}

static void
show_images (ThawWindow *self)
{
  thaw_window_show_page (self, "images");
}

static void
show_training (ThawWindow *self)
{
  thaw_window_show_page (self, "training");
}

static void
show_results (ThawWindow *self)
{
  thaw_window_show_page (self, "results");
}

static void
show_runs (ThawWindow *self)
{
  thaw_window_show_page (self, "runs");
}

static const Action actions[] = {
  { "win.undo", undo, { "<Control>z" } },
  { "win.redo", redo, { "<Control><Shift>z" } },
  { "win.train", train, { "<Control>Return" } },
  { "win.show-images", show_images, { "<Alt>1" } },
  { "win.show-training", show_training, { "<Alt>2" } },
  { "win.show-results", show_results, { "<Alt>3" } },
  { "win.show-runs", show_runs, { "<Alt>4" } },
};

static void
activate_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      actions[i].run (THAW_WINDOW (widget));
}

void
thaw_window_install_actions (GtkWidgetClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (klass, actions[i].name, NULL, activate_cb);
}

void
thaw_window_set_accelerators (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_application_set_accels_for_action (application, actions[i].name, actions[i].keys);
}

void
thaw_window_update_actions (ThawWindow *self)
{
}
