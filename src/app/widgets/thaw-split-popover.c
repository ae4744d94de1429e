/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-split-popover.h"

#include <glib/gi18n.h>

struct _ThawSplitPopover
{
  GtkPopover     parent_instance;
  ThawPictures  *pictures;

  /* of the template */
  GtkSpinButton *validation;
  GtkSpinButton *test;
  GtkSpinButton *seed;
  GtkWidget     *given_row;
  GtkSwitch     *forget;
  GtkLabel      *now;
};

G_DEFINE_FINAL_TYPE (ThawSplitPopover, thaw_split_popover, GTK_TYPE_POPOVER)

/* How many pictures their folder has put somewhere */
static guint
count_given (ThawSplitPopover *self)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pictures)); i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (G_LIST_MODEL (self->pictures), i);

      n += thaw_picture_get_split_given (picture);
    }
  return n;
}

static void
show_now (ThawSplitPopover *self)
{
  guint given = count_given (self);
  g_autofree char *counts = g_strdup_printf (_("Now %u for training, %u for validation, %u for the test."),
                                             thaw_pictures_count (self->pictures, THAW_SPLIT_TRAIN),
                                             thaw_pictures_count (self->pictures, THAW_SPLIT_VALIDATION),
                                             thaw_pictures_count (self->pictures, THAW_SPLIT_TEST));
  g_autofree char *by_folders = given > 0 ? g_strdup_printf (ngettext ("%u picture was placed by its folder.", "%u pictures were placed by their folders.", given), given)
                                          : NULL;
  g_autofree char *text = g_strjoin (" ", counts, by_folders, NULL);

  gtk_label_set_text (self->now, text);
  gtk_widget_set_visible (self->given_row, given > 0);
}

static void
shown_cb (ThawSplitPopover *self)
{
  double validation, test;
  guint64 seed;

  if (!self->pictures)
    return;
  thaw_pictures_get_shares (self->pictures, &validation, &test, &seed);
  gtk_spin_button_set_value (self->validation, 100 * validation);
  gtk_spin_button_set_value (self->test, 100 * test);
  gtk_spin_button_set_value (self->seed, (double) seed);
  gtk_switch_set_active (self->forget, FALSE);
  show_now (self);
}

/* Something must be left to train with. */
static void
share_changed_cb (ThawSplitPopover *self)
{
  gtk_spin_button_set_range (self->test, 0, 90 - gtk_spin_button_get_value (self->validation));
}

static void
split_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawSplitPopover *self = THAW_SPLIT_POPOVER (widget);
  gboolean forget = gtk_widget_get_visible (self->given_row) && gtk_switch_get_active (self->forget);

  thaw_pictures_split (self->pictures, gtk_spin_button_get_value (self->validation) / 100, gtk_spin_button_get_value (self->test) / 100,
                       (guint64) gtk_spin_button_get_value (self->seed), forget);
  gtk_popover_popdown (GTK_POPOVER (self));
}

void
thaw_split_popover_set_pictures (ThawSplitPopover *self, ThawPictures *pictures)
{
  g_set_object (&self->pictures, pictures);
}

static void
thaw_split_popover_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_SPLIT_POPOVER);
  g_clear_object (&THAW_SPLIT_POPOVER (object)->pictures);
  G_OBJECT_CLASS (thaw_split_popover_parent_class)->dispose (object);
}

static void
thaw_split_popover_class_init (ThawSplitPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_split_popover_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-split-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, validation);
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, test);
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, seed);
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, given_row);
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, forget);
  gtk_widget_class_bind_template_child (widget_class, ThawSplitPopover, now);
  gtk_widget_class_bind_template_callback (widget_class, shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, share_changed_cb);
  gtk_widget_class_install_action (widget_class, "split.apply", NULL, split_cb);
}

static void
thaw_split_popover_init (ThawSplitPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
