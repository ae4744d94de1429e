/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-application.h"

#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_WINDOW (thaw_window_get_type ())
G_DECLARE_FINAL_TYPE (ThawWindow, thaw_window, THAW, WINDOW, AdwApplicationWindow)

ThawWindow  *thaw_window_new         (ThawApplication *application);
void         thaw_window_open        (ThawWindow *self, GFile *file);
ThawSession *thaw_window_get_session (ThawWindow *self);
/* "images", "training", "results", "runs" */
void         thaw_window_show_page   (ThawWindow *self, const char *name);

/* thaw-window-actions.c: every command of the window, once: action, keys, what it does */
void         thaw_window_install_actions  (GtkWidgetClass *klass);
void         thaw_window_set_accelerators (GtkApplication *application);
/* Brings what can be done and what cannot up to date */
void         thaw_window_update_actions   (ThawWindow *self);

G_END_DECLS
