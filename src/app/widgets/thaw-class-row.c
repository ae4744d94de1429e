/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-class-row.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-split-bar.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

struct _ThawClassRow
{
  AdwBin        parent_instance;
  GObject      *item;
  guint         most;

  /* of the template */
  GtkLabel     *name;
  GtkLabel     *count;
  ThawSplitBar *bar;
};

G_DEFINE_FINAL_TYPE (ThawClassRow, thaw_class_row, ADW_TYPE_BIN)

static guint
count_of (ThawClassRow *self, ThawSplit split)
{
  return THAW_IS_CLASS (self->item) ? thaw_class_count (THAW_CLASS (self->item), split)
                                    : thaw_pictures_count (THAW_PICTURES (self->item), split);
}

static void
update (ThawClassRow *self)
{
  guint train = count_of (self, THAW_SPLIT_TRAIN), validation = count_of (self, THAW_SPLIT_VALIDATION),
        test = count_of (self, THAW_SPLIT_TEST), all = train + validation + test;
  g_autofree char *count = g_strdup_printf ("%u", all);
  g_autofree char *parts = g_strdup_printf (_("%u for training, %u for validation, %u for the test"), train, validation, test);

  gtk_label_set_text (self->name, THAW_IS_CLASS (self->item) ? thaw_class_get_name (THAW_CLASS (self->item)) : _("All pictures"));
  gtk_label_set_text (self->count, count);
  thaw_split_bar_set_counts (self->bar, (guint[]){ train, validation, test }, THAW_IS_CLASS (self->item) ? MAX (self->most, all) : all);
  thaw_tooltip_set (GTK_WIDGET (self), parts);
  thaw_name_row (GTK_WIDGET (self), gtk_label_get_text (self->name));
}

void
thaw_class_row_set_most (ThawClassRow *self, guint most)
{
  if (self->most == most)
    return;
  self->most = most;
  if (self->item)
    update (self);
}

void
thaw_class_row_set_item (ThawClassRow *self, GObject *item)
{
  if (self->item)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (!item)
    return;
  g_signal_connect_swapped (item, "notify", G_CALLBACK (update), self);
  update (self);
}

GObject *
thaw_class_row_get_item (ThawClassRow *self)
{
  return self->item;
}

static void
thaw_class_row_dispose (GObject *object)
{
  thaw_class_row_set_item (THAW_CLASS_ROW (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_CLASS_ROW);
  G_OBJECT_CLASS (thaw_class_row_parent_class)->dispose (object);
}

static void
thaw_class_row_class_init (ThawClassRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_class_row_dispose;
  g_type_ensure (THAW_TYPE_SPLIT_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-class-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawClassRow, name);
  gtk_widget_class_bind_template_child (widget_class, ThawClassRow, count);
  gtk_widget_class_bind_template_child (widget_class, ThawClassRow, bar);
}

static void
thaw_class_row_init (ThawClassRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
thaw_class_row_new (void)
{
  return g_object_new (THAW_TYPE_CLASS_ROW, NULL);
}
