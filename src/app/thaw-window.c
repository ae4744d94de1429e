/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window.h"
#include "pages/thaw-images-page.h"
#include "pages/thaw-results-page.h"
#include "pages/thaw-runs-page.h"
#include "pages/thaw-training-page.h"
#include "widgets/thaw-sidebar.h"

struct _ThawWindow
{
  AdwApplicationWindow parent_instance;
  ThawSession         *session;

  /* of the template */
  AdwToastOverlay     *toasts;
  AdwViewStack        *stack;
  ThawSidebar         *sidebar;
  ThawImagesPage      *images;
  ThawTrainingPage    *training;
  ThawResultsPage     *results;
  ThawRunsPage        *runs;
};

G_DEFINE_FINAL_TYPE (ThawWindow, thaw_window, ADW_TYPE_APPLICATION_WINDOW)

ThawSession *
thaw_window_get_session (ThawWindow *self)
{
  return self->session;
}

void
thaw_window_show_page (ThawWindow *self, const char *name)
{
  adw_view_stack_set_visible_child_name (self->stack, name);
}

void
thaw_window_open (ThawWindow *self, GFile *file)
{
  thaw_session_open_async (self->session, file, NULL, NULL, NULL);
}

static void
thaw_window_dispose (GObject *object)
{
  ThawWindow *self = THAW_WINDOW (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_window_parent_class)->dispose (object);
}

static void
thaw_window_class_init (ThawWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_window_dispose;
  g_type_ensure (THAW_TYPE_SIDEBAR);
  g_type_ensure (THAW_TYPE_IMAGES_PAGE);
  g_type_ensure (THAW_TYPE_TRAINING_PAGE);
  g_type_ensure (THAW_TYPE_RESULTS_PAGE);
  g_type_ensure (THAW_TYPE_RUNS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, images);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, training);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, results);
  gtk_widget_class_bind_template_child (widget_class, ThawWindow, runs);
  thaw_window_install_actions (widget_class);
}

static void
thaw_window_init (ThawWindow *self)
{
  self->session = thaw_session_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  thaw_sidebar_set_session (self->sidebar, self->session);
  thaw_images_page_set_session (self->images, self->session);
  thaw_training_page_set_session (self->training, self->session);
  thaw_results_page_set_session (self->results, self->session);
  thaw_runs_page_set_session (self->runs, self->session);
  thaw_window_update_actions (self);
}

ThawWindow *
thaw_window_new (ThawApplication *application)
{
  return g_object_new (THAW_TYPE_WINDOW, "application", application, NULL);
}
