/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-sidebar.h"

struct _ThawSidebar
{
  AdwBin       parent_instance;
  ThawSession *session;
};

G_DEFINE_FINAL_TYPE (ThawSidebar, thaw_sidebar, ADW_TYPE_BIN)

void
thaw_sidebar_set_session (ThawSidebar *self, ThawSession *session)
{
  g_set_object (&self->session, session);
}

static void
thaw_sidebar_dispose (GObject *object)
{
  g_clear_object (&THAW_SIDEBAR (object)->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_SIDEBAR);
  G_OBJECT_CLASS (thaw_sidebar_parent_class)->dispose (object);
}

static void
thaw_sidebar_class_init (ThawSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_sidebar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-sidebar.ui");
}

static void
thaw_sidebar_init (ThawSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
