/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-images-page.h"

struct _ThawImagesPage
{
  AdwBin       parent_instance;
  ThawSession *session;
};

G_DEFINE_FINAL_TYPE (ThawImagesPage, thaw_images_page, ADW_TYPE_BIN)

void
thaw_images_page_set_session (ThawImagesPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
}

static void
thaw_images_page_dispose (GObject *object)
{
  g_clear_object (&THAW_IMAGES_PAGE (object)->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_IMAGES_PAGE);
  G_OBJECT_CLASS (thaw_images_page_parent_class)->dispose (object);
}

static void
thaw_images_page_class_init (ThawImagesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_images_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-images-page.ui");
}

static void
thaw_images_page_init (ThawImagesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
