/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-tile.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-thumbnail-image.h"
#include "widgets/thaw-thumbnails.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawPictureTile
{
  AdwBin       parent_instance;
  ThawPicture *picture;
  guint        request;  /* for the thumbnail, under way */
  char        *trouble;  /* why there is none */
  int          size[2];  /* by orientation; 0: not measured */

  /* of the template */
  ThawThumbnailImage *image;
  GtkWidget          *sign;
  GtkLabel           *badge;
  GtkLabel           *name;
};

G_DEFINE_FINAL_TYPE (ThawPictureTile, thaw_picture_tile, ADW_TYPE_BIN)

static const char *
split_text (ThawSplit split)
{
  static const char *const texts[] = { N_ ("training"), N_ ("validation"), N_ ("test") };

  return _(texts[split]);
}

static char *
describe (ThawPictureTile *self)
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
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Only made when it is wanted: a grid that is scrolled fills hundreds of tiles a second. */
static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  ThawPictureTile *self = THAW_PICTURE_TILE (widget);
  g_autofree char *text = self->picture ? describe (self) : NULL;

  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
update (ThawPictureTile *self)
{
  ThawSplit split = thaw_picture_get_split (self->picture);
  gboolean trouble = self->trouble || thaw_picture_get_missing (self->picture) || thaw_picture_get_fault (self->picture);

  gtk_label_set_text (self->name, thaw_picture_get_name (self->picture));
  gtk_label_set_text (self->badge, split_text (split));
  gtk_widget_set_visible (GTK_WIDGET (self->badge), split != THAW_SPLIT_TRAIN);
  gtk_widget_set_visible (self->sign, trouble);
  thaw_name_row (GTK_WIDGET (self), thaw_picture_get_name (self->picture));
}

static void
thumbnail_cb (GdkTexture *texture, const GError *error, gpointer data)
{
  ThawPictureTile *self = data;

  self->request = 0;
  thaw_thumbnail_image_set_texture (self->image, texture);
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
  thaw_thumbnail_image_set_texture (self->image, NULL);
  if (!picture)
    return;
  self->picture = g_object_ref (picture);
  g_signal_connect_swapped (picture, "notify", G_CALLBACK (update), self);
  update (self);
  self->request = thaw_thumbnails_request (thaw_thumbnails_get_default (), picture, thumbnail_cb, self);
}

/* The size is the same whatever the picture is called: names need not be shaped for it again and again. */
static void
thaw_picture_tile_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                           int *natural_baseline)
{
  ThawPictureTile *self = THAW_PICTURE_TILE (widget);
  int least;

  if (self->size[orientation] == 0)
    gtk_widget_measure (adw_bin_get_child (ADW_BIN (self)), orientation, -1, &least, &self->size[orientation], NULL, NULL);
  *minimum = *natural = self->size[orientation];
}

static void
thaw_picture_tile_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (adw_bin_get_child (ADW_BIN (widget)), width, height, baseline, NULL);
}

static void
thaw_picture_tile_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  ThawPictureTile *self = THAW_PICTURE_TILE (widget);

  self->size[0] = self->size[1] = 0;
  GTK_WIDGET_CLASS (thaw_picture_tile_parent_class)->css_changed (widget, change);
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
  widget_class->query_tooltip = query_tooltip_cb;
  widget_class->measure = thaw_picture_tile_measure;
  widget_class->size_allocate = thaw_picture_tile_size_allocate;
  widget_class->css_changed = thaw_picture_tile_css_changed;
  g_type_ensure (THAW_TYPE_THUMBNAIL_IMAGE);
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
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_layout_manager (GTK_WIDGET (self), NULL);
}

GtkWidget *
thaw_picture_tile_new (void)
{
  return g_object_new (THAW_TYPE_PICTURE_TILE, NULL);
}
