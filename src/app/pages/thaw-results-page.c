/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-results-page.h"

struct _ThawResultsPage
{
  AdwBin       parent_instance;
  ThawSession *session;
};

G_DEFINE_FINAL_TYPE (ThawResultsPage, thaw_results_page, ADW_TYPE_BIN)

void
thaw_results_page_set_session (ThawResultsPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
}

static void
thaw_results_page_dispose (GObject *object)
{
  g_clear_object (&THAW_RESULTS_PAGE (object)->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RESULTS_PAGE);
  G_OBJECT_CLASS (thaw_results_page_parent_class)->dispose (object);
}

static void
thaw_results_page_class_init (ThawResultsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_results_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-results-page.ui");
}

static void
thaw_results_page_init (ThawResultsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
