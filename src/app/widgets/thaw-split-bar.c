/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-split-bar.h"

#include <string.h>

#define HEIGHT 6

struct _ThawSplitBar
{
  GtkWidget parent_instance;
  guint     counts[THAW_N_SPLITS];
  guint     all;
};

G_DEFINE_FINAL_TYPE (ThawSplitBar, thaw_split_bar, GTK_TYPE_WIDGET)

void
thaw_split_bar_set_counts (ThawSplitBar *self, const guint counts[THAW_N_SPLITS], guint all)
{
  memcpy (self->counts, counts, sizeof self->counts);
  self->all = all;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
thaw_split_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const float shades[THAW_N_SPLITS] = { 1, .6f, .3f };
  const ThawSplitBar *self = THAW_SPLIT_BAR (widget);
  float width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget), x = 0;
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GskRoundedRect frame;
  GdkRGBA colour = { 0, 0, 0, 1 };

  gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "accent_color", &colour);
  gsk_rounded_rect_init_from_rect (&frame, &GRAPHENE_RECT_INIT (0, 0, width, height), height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &frame);
  for (int i = 0; self->all > 0 && i < THAW_N_SPLITS; i++)
    {
      float part = width * self->counts[i] / self->all;

      gtk_snapshot_append_color (snapshot, &(GdkRGBA){ colour.red, colour.green, colour.blue, shades[i] },
                                 &GRAPHENE_RECT_INIT (rtl ? width - x - part : x, 0, part, height));
      x += part;
    }
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ colour.red, colour.green, colour.blue, .1f },
                             &GRAPHENE_RECT_INIT (rtl ? 0 : x, 0, width - x, height));
  gtk_snapshot_pop (snapshot);
}

static void
thaw_split_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                        int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 40;
}

static void
thaw_split_bar_class_init (ThawSplitBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = thaw_split_bar_snapshot;
  widget_class->measure = thaw_split_bar_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
thaw_split_bar_init (ThawSplitBar *self)
{
}
