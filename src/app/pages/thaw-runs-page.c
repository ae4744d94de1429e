/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-runs-page.h"

struct _ThawRunsPage
{
  AdwBin       parent_instance;
  ThawSession *session;
};

G_DEFINE_FINAL_TYPE (ThawRunsPage, thaw_runs_page, ADW_TYPE_BIN)

void
thaw_runs_page_set_session (ThawRunsPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
}

static void
thaw_runs_page_dispose (GObject *object)
{
  g_clear_object (&THAW_RUNS_PAGE (object)->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RUNS_PAGE);
  G_OBJECT_CLASS (thaw_runs_page_parent_class)->dispose (object);
}

static void
thaw_runs_page_class_init (ThawRunsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_runs_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-runs-page.ui");
}

static void
thaw_runs_page_init (ThawRunsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
