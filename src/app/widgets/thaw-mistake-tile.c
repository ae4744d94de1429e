/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-mistake-tile.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-sample-picture.h"
#include "widgets/thaw-thumbnail-image.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

#define SIDE THAW_THUMBNAIL_SIDE

struct _ThawMistakeTile
{
  AdwBin       parent_instance;
  ThawMistake *mistake; /* (nullable) */
  gulong       changed;

  /* own */
  GtkWidget   *picture, *class, *answer;
};

G_DEFINE_FINAL_TYPE (ThawMistakeTile, thaw_mistake_tile, ADW_TYPE_BIN)

static double
probability_of (ThawMistake *mistake)
{
  return (double) thaw_mistake_get_probabilities (mistake)[thaw_mistake_get_prediction (mistake)];
}

char *
thaw_mistake_tile_dup_text (ThawMistake *mistake)
{
  g_autofree char *percent = thaw_text_percent (probability_of (mistake));

  if (thaw_mistake_get_relabelled (mistake))
    return g_strdup_printf (_ ("Now “%s”. The network said “%s” with %s."), thaw_mistake_get_class_name (mistake), thaw_mistake_get_answer (mistake), percent);
  return g_strdup_printf (_ ("Labelled “%s”. The network said “%s” with %s."), thaw_mistake_get_class_name (mistake), thaw_mistake_get_answer (mistake), percent);
}

/* Only made when it is wanted, as that of any tile */
static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  ThawMistakeTile *self = THAW_MISTAKE_TILE (widget);
  g_autofree char *text = self->mistake ? thaw_mistake_tile_dup_text (self->mistake) : NULL;

  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
update (ThawMistakeTile *self)
{
  g_autofree char *percent = thaw_text_percent (probability_of (self->mistake)), *text = thaw_mistake_tile_dup_text (self->mistake);
  g_autofree char *answer = g_strdup_printf (_ ("said %s, %s"), thaw_mistake_get_answer (self->mistake), percent);
  g_autofree char *class = thaw_mistake_get_relabelled (self->mistake) ? g_strdup_printf (_ ("now %s"), thaw_mistake_get_class_name (self->mistake))
                                                                        : g_strdup (thaw_mistake_get_class_name (self->mistake));

  gtk_label_set_text (GTK_LABEL (self->class), class);
  gtk_label_set_text (GTK_LABEL (self->answer), answer);
  if (thaw_mistake_get_relabelled (self->mistake))
    gtk_widget_add_css_class (GTK_WIDGET (self), "relabelled");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "relabelled");
  thaw_name_row (GTK_WIDGET (self), text);
}

void
thaw_mistake_tile_set (ThawMistakeTile *self, ThawMistake *mistake)
{
  if (self->mistake)
    g_clear_signal_handler (&self->changed, self->mistake);
  g_set_object (&self->mistake, mistake);
  if (mistake && thaw_mistake_get_picture (mistake))
    thaw_sample_picture_set_thumbnail (THAW_SAMPLE_PICTURE (self->picture), thaw_mistake_get_picture (mistake));
  else
    thaw_sample_picture_set (THAW_SAMPLE_PICTURE (self->picture), mistake ? thaw_mistake_get_path (mistake) : NULL, mistake ? thaw_mistake_get_index (mistake) : -1);
  if (!mistake)
    return;
  self->changed = g_signal_connect_swapped (mistake, "notify::relabelled", G_CALLBACK (update), self);
  update (self);
}

static void
thaw_mistake_tile_dispose (GObject *object)
{
  ThawMistakeTile *self = THAW_MISTAKE_TILE (object);

  if (self->mistake)
    g_clear_signal_handler (&self->changed, self->mistake);
  g_clear_object (&self->mistake);
  G_OBJECT_CLASS (thaw_mistake_tile_parent_class)->dispose (object);
}

static void
thaw_mistake_tile_class_init (ThawMistakeTileClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = thaw_mistake_tile_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "mistake");
}

static GtkWidget *
line_new (const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (label), 8);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 16);
  gtk_widget_add_css_class (label, style);
  return label;
}

static void
thaw_mistake_tile_init (ThawMistakeTile *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->picture = thaw_sample_picture_new (SIDE);
  self->class = line_new ("caption-heading");
  self->answer = line_new ("caption");
  gtk_widget_add_css_class (self->answer, "dim-label");
  /* how sure it was stands at its end */
  gtk_label_set_ellipsize (GTK_LABEL (self->answer), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_size_request (self->picture, SIDE, SIDE);
  gtk_widget_set_margin_bottom (self->picture, 3);
  gtk_box_append (GTK_BOX (box), self->picture);
  gtk_box_append (GTK_BOX (box), self->class);
  gtk_box_append (GTK_BOX (box), self->answer);
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
thaw_mistake_tile_new (void)
{
  return g_object_new (THAW_TYPE_MISTAKE_TILE, NULL);
}
