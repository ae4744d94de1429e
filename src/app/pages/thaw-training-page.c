/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-training-page.h"

struct _ThawTrainingPage
{
  AdwBin       parent_instance;
  ThawSession *session;
};

G_DEFINE_FINAL_TYPE (ThawTrainingPage, thaw_training_page, ADW_TYPE_BIN)

void
thaw_training_page_set_session (ThawTrainingPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
}

static void
thaw_training_page_dispose (GObject *object)
{
  g_clear_object (&THAW_TRAINING_PAGE (object)->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_TRAINING_PAGE);
  G_OBJECT_CLASS (thaw_training_page_parent_class)->dispose (object);
}

static void
thaw_training_page_class_init (ThawTrainingPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_training_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-training-page.ui");
}

static void
thaw_training_page_init (ThawTrainingPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
