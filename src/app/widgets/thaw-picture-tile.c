/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-tile.h"
#include "widgets/thaw-thumbnails.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawPictureTile
{
  AdwBin       parent_instance;
  ThawPicture *picture;
  guint        request;  /* for the thumbnail, under way */
  char        *trouble;  /* why there is none */

  /* of the template */
  GtkPicture  *image;
  GtkWidget   *sign;
  GtkLabel    *badge;
  GtkLabel    *name;
};

G_DEFINE_FINAL_TYPE (ThawPictureTile, thaw_picture_tile, ADW_TYPE_BIN)

static const char *
split_text (ThawSplit split)
{
  static const char *const texts[] = { N_ ("training"), N_ ("validation"), N_ ("test") };

  return _(texts[split]);
}

static void
update_tooltip (ThawPictureTile *self)
{
  g_autofree char *size = thaw_text_bytes ((double) thaw_picture_get_size (self->picture));
  const char *klass = thaw_class_get_name (thaw_picture_get_class (self->picture));
  const char *split = split_text (thaw_picture_get_split (self->picture));
  const char *trouble = thaw_picture_get_missing (self->picture) ? _("The file is not where it was.") : self->trouble;
  g_autoptr (GString) text = g_string_new (thaw_picture_get_name (self->picture));
  int width, height;

  thaw_picture_get_extent (self->picture, &width, &height);
  g_string_append_printf (text, "\n%s, %s", klass, split);
  if (thaw_picture_get_split_given (self->picture))
    g_string_append_printf (text, " (%s)", _("by its folder"));
  if (thaw_picture_get_index (self->picture) < 0)
    g_string_append_printf (text, "\n%s", size);
  if (width > 0)
    g_string_append_printf (text, "\n%d × %d", width, height);
  if (trouble)
    g_string_append_printf (text, "\n%s", trouble);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text->str);
}

static void
update (ThawPictureTile *self)
{
  ThawSplit split = thaw_picture_get_split (self->picture);
  gboolean trouble = self->trouble || thaw_picture_get_missing (self->picture) || thaw_picture_get_fault (self->picture);

  gtk_label_set_text (self->name, thaw_picture_get_name (self->picture));
  gtk_picture_set_alternative_text (self->image, thaw_picture_get_name (self->picture));
  gtk_label_set_text (self->badge, split_text (split));
  gtk_widget_set_visible (GTK_WIDGET (self->badge), split != THAW_SPLIT_TRAIN);
  gtk_widget_set_visible (self->sign, trouble);
  update_tooltip (self);
}

static void
thumbnail_cb (GdkTexture *texture, const GError *error, gpointer data)
{
  ThawPictureTile *self = data;

  self->request = 0;
  gtk_picture_set_paintable (self->image, GDK_PAINTABLE (texture));
  g_free (self->trouble);
  self->trouble = error ? g_strdup (error->message) : NULL;
  update (self);
}

static void
forget (ThawPictureTile *self)
{
  if (!self->picture)
    return;
  thaw_thumbnails_cancel (thaw_thumbnails_get_default (), self->request);
  self->request = 0;
  g_clear_pointer (&self->trouble, g_free);
  g_signal_handlers_disconnect_by_data (self->picture, self);
  g_clear_object (&self->picture);
}

void
thaw_picture_tile_set_picture (ThawPictureTile *self, ThawPicture *picture)
{
  if (self->picture == picture)
    return;
  forget (self);
  gtk_picture_set_paintable (self->image, NULL);
  if (!picture)
    return;
  self->picture = g_object_ref (picture);
  g_signal_connect_swapped (picture, "notify", G_CALLBACK (update), self);
  update (self);
  self->request = thaw_thumbnails_request (thaw_thumbnails_get_default (), picture, thumbnail_cb, self);
}

ThawPicture *
thaw_picture_tile_get_picture (ThawPictureTile *self)
{
  return self->picture;
}

static void
thaw_picture_tile_dispose (GObject *object)
{
  forget (THAW_PICTURE_TILE (object));
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PICTURE_TILE);
  G_OBJECT_CLASS (thaw_picture_tile_parent_class)->dispose (object);
}

static void
thaw_picture_tile_class_init (ThawPictureTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_picture_tile_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-picture-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawPictureTile, image);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureTile, sign);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureTile, badge);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureTile, name);
}

static void
thaw_picture_tile_init (ThawPictureTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
thaw_picture_tile_new (void)
{
  return g_object_new (THAW_TYPE_PICTURE_TILE, NULL);
}
