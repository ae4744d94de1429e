/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-class-chooser.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <thaw/thaw-pictures.h>

/* More do not fit beside each other */
#define MOST_BUTTONS 3

struct _ThawClassChooser
{
  AdwBin         parent_instance;
  GListModel    *classes;  /* (nullable) */
  GtkWidget     *popover, *search;
  GtkStringList *names;
  guint          update_id;
};

G_DEFINE_FINAL_TYPE (ThawClassChooser, thaw_class_chooser, ADW_TYPE_BIN)

static const char *
name_at (const ThawClassChooser *self, guint i)
{
  g_autoptr (ThawClass) class = g_list_model_get_item (self->classes, i);

  return class ? thaw_class_get_name (class) : NULL;
}

/* --- a button each --- */

static GtkWidget *
button_new (const char *name, guint i)
{
  GtkWidget *button = gtk_button_new (), *label = gtk_label_new (name);
  g_autofree char *tip = i < 9 ? g_strdup_printf (_ ("Its class is “%s” (key %u)"), name, i + 1) : g_strdup_printf (_ ("Its class is “%s”"), name);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "results.relabel");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", name);
  thaw_tooltip_set (button, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}

static GtkWidget *
buttons_new (const ThawClassChooser *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_set_homogeneous (GTK_BOX (box), TRUE);
  for (guint i = 0; i < g_list_model_get_n_items (self->classes); i++)
    gtk_box_append (GTK_BOX (box), button_new (name_at (self, i), i));
  return box;
}

/* --- a list with search --- */

static void
chosen_cb (GtkListView *view, guint position, ThawClassChooser *self)
{
  g_autoptr (GtkStringObject) name = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (view)), position);

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  gtk_widget_activate_action (GTK_WIDGET (self), "results.relabel", "s", gtk_string_object_get_string (name));
}

static void
set_up_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const char *name = gtk_string_object_get_string (gtk_list_item_get_item (item));

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), name);
  thaw_name_row (gtk_list_item_get_child (item), name);
}

static GtkWidget *
list_new (ThawClassChooser *self)
{
  GtkExpression *name = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");
  GtkStringFilter *filter = gtk_string_filter_new (name);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkFilterListModel *found = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->names)), GTK_FILTER (filter));
  GtkWidget *view = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (found))), factory);

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_object_bind_property (self->search, "text", filter, "search", 0);
  gtk_list_view_set_single_click_activate (GTK_LIST_VIEW (view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Classes"), -1);
  g_signal_connect_object (view, "activate", G_CALLBACK (chosen_cb), self, 0);
  return view;
}

static void
search_done_cb (GtkSearchEntry *entry, ThawClassChooser *self)
{
  gtk_widget_child_focus (self->popover, GTK_DIR_TAB_FORWARD);
}

static GtkWidget *
popover_new (ThawClassChooser *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *scrolled = gtk_scrolled_window_new ();

  self->search = gtk_search_entry_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Search a class"), -1);
  g_signal_connect_object (self->search, "activate", G_CALLBACK (search_done_cb), self, 0);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), list_new (self));
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 240);
  gtk_scrolled_window_set_min_content_width (GTK_SCROLLED_WINDOW (scrolled), 220);
  gtk_box_append (GTK_BOX (box), self->search);
  gtk_box_append (GTK_BOX (box), scrolled);
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), box);
  return self->popover;
}

static GtkWidget *
menu_new (ThawClassChooser *self)
{
  GtkWidget *button = gtk_menu_button_new ();

  g_set_object (&self->names, NULL);
  self->names = gtk_string_list_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (self->classes); i++)
    gtk_string_list_append (self->names, name_at (self, i));
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _ ("Choose its class…"));
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (button), GTK_ARROW_UP);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover_new (self));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  return button;
}

static gboolean
update_cb (gpointer data)
{
  ThawClassChooser *self = data;
  const guint n = self->classes ? g_list_model_get_n_items (self->classes) : 0;

  self->update_id = 0;
  self->popover = self->search = NULL;
  adw_bin_set_child (ADW_BIN (self), n == 0 ? NULL : n <= MOST_BUTTONS ? buttons_new (self) : menu_new (self));
  return G_SOURCE_REMOVE;
}

/* An import changes the classes many times in a row. */
static void
changed_cb (ThawClassChooser *self)
{
  if (!self->update_id)
    self->update_id = g_idle_add (update_cb, self);
}

void
thaw_class_chooser_set_classes (ThawClassChooser *self, GListModel *classes)
{
  if (self->classes)
    g_signal_handlers_disconnect_by_data (self->classes, self);
  g_set_object (&self->classes, classes);
  if (classes)
    g_signal_connect_object (classes, "items-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

static void
thaw_class_chooser_dispose (GObject *object)
{
  ThawClassChooser *self = THAW_CLASS_CHOOSER (object);

  g_clear_handle_id (&self->update_id, g_source_remove);
  if (self->classes)
    g_signal_handlers_disconnect_by_data (self->classes, self);
  g_clear_object (&self->classes);
  g_clear_object (&self->names);
  G_OBJECT_CLASS (thaw_class_chooser_parent_class)->dispose (object);
}

static void
thaw_class_chooser_class_init (ThawClassChooserClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = thaw_class_chooser_dispose;
}

static void
thaw_class_chooser_init (ThawClassChooser *self)
{
}
