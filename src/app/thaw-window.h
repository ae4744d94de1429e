/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-application.h"

#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_WINDOW (thaw_window_get_type ())
G_DECLARE_FINAL_TYPE (ThawWindow, thaw_window, THAW, WINDOW, AdwApplicationWindow)

/* With a project of its own, which has no name yet, and no file until there is something to keep */
ThawWindow  *thaw_window_new         (ThawApplication *application);
/* Here where nothing would be lost, else in the window that has it already, else in a new one */
void         thaw_window_open        (ThawWindow *self, GFile *file);
ThawSession *thaw_window_get_session (ThawWindow *self);
/* "images", "training", "results", "runs" */
void         thaw_window_show_page   (ThawWindow *self, const char *name);

/* A run is being computed, or waits to go on */
gboolean     thaw_window_is_training (ThawWindow *self);
/* Hides it; training goes on, and a notification brings it back */
void         thaw_window_hide_away   (ThawWindow *self);
/* Closes without asking, with a checkpoint */
void         thaw_window_close_now   (ThawWindow *self);
/* An AdwMessageDialog of what is to become of what is being trained: its response is "background", "pause" or "cancel". @parent: (nullable); @pause: what that
 * answer is called */
GtkWidget   *thaw_training_question_new (GtkWindow *parent, const char *title, const char *pause);

/* thaw-window-actions.c: every command of the window, once: action, keys, what it does */
void         thaw_window_install_actions  (GtkWidgetClass *klass);
void         thaw_window_set_accelerators (GtkApplication *application);
/* (transfer none): the i-th, NULL after the last; @keys: (out): NULL-terminated */
const char  *thaw_window_list_actions     (guint i, const char *const **keys);
/* Brings what can be done and what cannot up to date, and the words that say why */
void         thaw_window_update_actions   (ThawWindow *self);

G_END_DECLS
