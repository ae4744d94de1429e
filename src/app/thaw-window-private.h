/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of the window, thaw-window*.c, share */
#include "thaw-window.h"
#include "pages/thaw-images-page.h"
#include "pages/thaw-results-page.h"
#include "pages/thaw-runs-page.h"
#include "pages/thaw-training-page.h"
#include "widgets/thaw-sidebar.h"

G_BEGIN_DECLS

enum
{
  THAW_PANE_HEADER,
  THAW_PANE_READ_ONLY,
  THAW_PANE_CHOOSER,
  THAW_PANE_TREE,
  THAW_PANE_IMAGES,
  THAW_PANE_TRAINING,
  THAW_PANE_RESULTS,
  THAW_PANE_RUNS,
  THAW_PANE_TOASTS,
  THAW_PANE_BAR,
  THAW_N_PANES
};

struct _ThawWindow
{
  AdwApplicationWindow  parent_instance;
  ThawSession          *session;
  GFile                *file;     /* the project that is open or being opened; (nullable): none yet */
  GtkFileChooserNative *chooser;  /* the one on the screen */
  guint                 layout; /* idle source; 0: none */
  int                   width; /* that the layout is for */
  int                   sidebar_width; /* wanted; 0: nobody has chosen */

  /* focus */
  GtkWidget            *last_focus[THAW_N_PANES]; /* weak */
  int                   pane;          /* that has it, or had it last; -1: none */
  GSignalGroup         *focus_signals; /* of the widget that has it */
  GPtrArray            *near;          /* GtkWidget: where it can go, the nearest first; empty unless it is lost */
  guint                 settling;      /* idle source; 0: none */
  guint                 tick;          /* until the page gets it; 0: it does not */
  int                   frames;        /* to wait for */

  /* messages */
  GPtrArray            *shown;    /* toasts on the screen or waiting, borrowed */
  GPtrArray            *texts;    /* of those and of the dialogs, so that none is said twice at once */
  GPtrArray            *pending;  /* AdwMessageDialog for when the window comes back */

  /* training while nobody looks */
  guint                 inhibition; /* cookie; 0: none */
  gboolean              background; /* hidden, and the application held */
  gboolean              closing;
  gboolean              may_close;  /* everything is on the disk */

  /* of the template */
  GtkWidget            *header, *project, *read_only, *bar;
  GtkLabel             *why_read_only;
  AdwViewSwitcherTitle *switcher;
  AdwSplitButton       *open;
  GtkWidget            *undo, *redo, *export, *train, *pause, *go_on, *stop, *toggle;
  AdwFlap              *flap;
  GtkWidget            *edge;      /* between the sidebar and the page */
  GtkRevealer          *toast_strip;
  AdwToastOverlay      *toasts;
  AdwViewStack         *stack;
  ThawSidebar          *sidebar;
  ThawImagesPage       *images;
  ThawTrainingPage     *training;
  ThawResultsPage      *results;
  ThawRunsPage         *runs;
};

/* thaw-window.c */
GSettings *thaw_window_settings         (ThawWindow *self); /* (nullable): there is no application */
gboolean   thaw_window_get_flag         (ThawWindow *self, const char *property); /* of the session */
char      *thaw_window_dup_text         (ThawWindow *self, const char *property); /* of the session; (nullable) (transfer full) */
gint64     thaw_window_get_unfinished   (ThawWindow *self);

/* thaw-window-focus.c: where the keys go */
void       thaw_window_init_focus       (ThawWindow *self);
void       thaw_window_clear_focus      (ThawWindow *self);
void       thaw_window_move_focus       (ThawWindow *self, int step); /* @step panes on */
void       thaw_window_leave_page       (ThawWindow *self); /* before another one is shown */
void       thaw_window_focus_page       (ThawWindow *self); /* that is shown, unless the network beside it has the focus */

/* thaw-window-project.c: what is open */
void       thaw_window_choose_project   (ThawWindow *self);
void       thaw_window_choose_name      (ThawWindow *self);
void       thaw_window_note_project     (ThawWindow *self); /* into the lists of recent and unfinished projects */
gboolean   thaw_window_is_pristine      (ThawWindow *self); /* nothing would be lost by opening something else here */
void       thaw_window_build_recent     (ThawWindow *self); /* the menu of Open */

/* thaw-window-sidebar.c: how wide the network is */
void       thaw_window_restore_sidebar  (ThawWindow *self); /* from the settings */
void       thaw_window_fit_sidebar      (ThawWindow *self); /* to the window */
void       thaw_window_widen_sidebar    (ThawWindow *self, int steps);
void       thaw_window_add_sidebar_drag (ThawWindow *self); /* its edge can be taken */

/* thaw-window-messages.c: toasts and dialogs */
void       thaw_window_tell             (ThawWindow *self, const char *title, const char *text, gboolean serious, const char *action, const char *label);
/* A notification that shows the window when it is clicked */
void       thaw_window_notify_desktop   (ThawWindow *self, const char *title, const char *text);
void       thaw_window_init_messages    (ThawWindow *self);
void       thaw_window_clear_messages   (ThawWindow *self);
/* An action of the window or of one of its pages, by its detailed name */
void       thaw_window_activate_detailed (ThawWindow *self, const char *detailed);

/* thaw-window-close.c: closing, and training in the background */
void       thaw_window_init_closing     (ThawWindow *self);
gboolean   thaw_window_close_request    (GtkWindow *window);
void       thaw_window_watch_training   (ThawWindow *self);
void       thaw_window_leave_background (ThawWindow *self);

/* thaw-window-dialogs.c: about the program itself */
void       thaw_window_show_preferences (ThawWindow *self);
void       thaw_window_show_shortcuts   (ThawWindow *self);
void       thaw_window_show_about       (ThawWindow *self);

G_END_DECLS
