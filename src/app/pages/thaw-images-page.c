/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-images-page-private.h"
#include "widgets/thaw-drop-down.h"
#include "widgets/thaw-welcome.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (ThawImagesPage, thaw_images_page, ADW_TYPE_BIN)

char *
thaw_images_page_locked (ThawImagesPage *self)
{
  gboolean read_only = FALSE;

  g_object_get (self->session, "read-only", &read_only, NULL);
  return read_only ? g_strdup (_("This project is open elsewhere, so nothing can be changed here. Save it under another name to go on.")) : NULL;
}

void
thaw_images_page_say (ThawImagesPage *self, const char *text, const char *action, const char *label)
{
  thaw_session_message (self->session, text, "", FALSE, action, label);
}

static guint
count_pictures (ThawImagesPage *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->pictures));
}

static void
update_shown (ThawImagesPage *self)
{
  ThawClass *klass = thaw_class_list_get_class (self->classes);
  guint n = g_list_model_get_n_items (thaw_picture_grid_get_model (self->grid)), chosen = thaw_picture_grid_count_selection (self->grid);
  gboolean problems = gtk_toggle_button_get_active (self->problems_button);
  const char *title = self->only ? self->only : klass ? thaw_class_get_name (klass) : _("All pictures");
  g_autofree char *count = g_strdup_printf (ngettext ("%u picture", "%u pictures", n), n);
  g_autofree char *selected = chosen > 0 ? g_strdup_printf (ngettext ("%u selected", "%u selected", chosen), chosen) : NULL;
  g_autofree char *text = selected ? g_strdup_printf ("%s · %s · %s", title, count, selected) : g_strdup_printf ("%s · %s", title, count);

  gtk_label_set_text (self->shown, problems ? _("Problems found") : text);
  gtk_widget_set_visible (self->show_all, problems || self->only);
}

static void
selection_cb (ThawImagesPage *self)
{
  if (!self->pictures)
    return;
  update_shown (self);
  thaw_images_page_enable (self);
}

void
thaw_images_page_show_only (ThawImagesPage *self, GPtrArray *pictures, const char *why)
{
  g_free (self->only);
  self->only = g_strdup (why);
  thaw_picture_grid_set_only (self->grid, pictures);
  gtk_toggle_button_set_active (self->problems_button, FALSE);
  update_shown (self);
}

static void
show_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);

  thaw_images_page_show_only (self, NULL, NULL);
  thaw_class_list_set_class (self->classes, NULL);
}

static void
show_problems_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_toggle_button_set_active (THAW_IMAGES_PAGE (widget)->problems_button, TRUE);
}

static void
find_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (THAW_IMAGES_PAGE (widget)->search);
}

static void
class_cb (ThawImagesPage *self)
{
  if (!self->pictures)
    return;
  thaw_images_page_show_only (self, NULL, NULL);
  thaw_picture_grid_set_class (self->grid, thaw_class_list_get_class (self->classes));
  selection_cb (self);
}

static void
view_cb (ThawImagesPage *self)
{
  gtk_stack_set_visible_child_name (self->view, gtk_toggle_button_get_active (self->problems_button) ? "problems" : "grid");
  if (self->pictures)
    update_shown (self);
}

static void
search_cb (ThawImagesPage *self)
{
  thaw_picture_grid_set_search (self->grid, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

static void
stop_search_cb (ThawImagesPage *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_widget_child_focus (GTK_WIDGET (self->grid), GTK_DIR_TAB_FORWARD);
}

static void
order_cb (ThawImagesPage *self)
{
  thaw_picture_grid_set_order (self->grid, gtk_drop_down_get_selected (self->order));
}

static void
problems_changed_cb (ThawImagesPage *self)
{
  guint n = g_list_model_get_n_items (thaw_pictures_get_problems (self->pictures));
  g_autofree char *text = n > 0 ? g_strdup_printf (ngettext ("%u problem found", "%u problems found", n), n) : g_strdup (_("No problems found"));

  gtk_label_set_text (self->problems_label, text);
  gtk_widget_set_visible (self->problems_icon, n > 0);
}

/* Files are looked at while nothing trains; a run needs the processor, and learns the same of them. */
static void
state_cb (ThawImagesPage *self)
{
  gboolean idle = thaw_session_get_state (self->session) == THAW_SESSION_IDLE;

  thaw_pictures_set_scanning (self->pictures, idle);
  if (idle)
    self->told_of_run = FALSE;
}

/* What a run takes over of hashes and sizes is no edit: that comes without an entry in the history. */
static void
edited_cb (ThawImagesPage *self)
{
  if (self->told_of_run || thaw_session_get_state (self->session) == THAW_SESSION_IDLE)
    return;
  self->told_of_run = TRUE;
  thaw_images_page_say (self, _("The run goes on with the pictures it began with. Changes count from the next run on."), NULL, NULL);
}

static void
update (ThawImagesPage *self)
{
  gboolean busy = thaw_pictures_get_busy (self->pictures), any = count_pictures (self) > 0;
  g_autofree char *locked = thaw_images_page_locked (self);
  g_autofree char *why = thaw_images_page_why_not (GTK_WIDGET (self), self);
  guint classes = g_list_model_get_n_items (thaw_pictures_get_classes (self->pictures));

  gtk_stack_set_visible_child_name (self->stack, any || classes > 0 ? "content" : "empty");
  gtk_revealer_set_reveal_child (self->progress_revealer, busy || self->importing);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_widget_set_sensitive (self->add, !why);
  thaw_tooltip_set (self->add, why ? why : _("Add folders, pictures or a class"));
  gtk_widget_set_sensitive (self->split, !locked && any);
  thaw_tooltip_set (self->split, locked ? locked : _("Which pictures train, which judge"));
  thaw_problem_list_set_locked (self->problems, locked);
  thaw_images_page_enable (self);
  update_shown (self);
}

/* The first pictures of an import are shown while the others come. */
static void
pictures_came_cb (ThawImagesPage *self)
{
  if (count_pictures (self) > 0)
    gtk_stack_set_visible_child_name (self->stack, "content");
}

static void
progress_cb (ThawImagesPage *self)
{
  guint found = 0;
  g_autofree char *text = NULL;

  g_object_get (self->pictures, "n-found", &found, NULL);
  text = found == 0 ? g_strdup (_("Looking for pictures…"))
                    : g_strdup_printf (ngettext ("%u picture found so far", "%u pictures found so far", found), found);
  gtk_label_set_text (self->progress_text, text);
}

static void
mapped_cb (ThawImagesPage *self)
{
  if (self->pictures && count_pictures (self) > 0)
    thaw_pictures_check_files (self->pictures);
}

void
thaw_images_page_set_session (ThawImagesPage *self, ThawSession *session)
{
  g_return_if_fail (!self->session);
  self->session = g_object_ref (session);
  self->pictures = g_object_ref (thaw_session_get_pictures (session));
  thaw_class_list_set_pictures (self->classes, self->pictures, thaw_images_page_why_not, self);
  thaw_picture_grid_set_pictures (self->grid, self->pictures);
  thaw_problem_list_set_pictures (self->problems, self->pictures);
  thaw_split_popover_set_pictures (self->split_popover, self->pictures);
  g_signal_connect_object (self->pictures, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pictures, "items-changed", G_CALLBACK (pictures_came_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pictures, "notify::busy", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pictures, "notify::n-found", G_CALLBACK (progress_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_pictures_get_problems (self->pictures), "items-changed", G_CALLBACK (problems_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::read-only", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_history (session), "notify::undo-label", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  thaw_images_page_attach_drop (self);
  problems_changed_cb (self);
  progress_cb (self);
  state_cb (self);
  update (self);
}

static void
thaw_images_page_dispose (GObject *object)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (object);

  if (self->importing)
    g_cancellable_cancel (self->importing);
  g_clear_object (&self->importing);
  g_clear_object (&self->chooser);
  if (self->pictures)
    thaw_pictures_set_scanning (self->pictures, FALSE);
  g_clear_object (&self->pictures);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_IMAGES_PAGE);
  g_clear_object (&self->session);
  g_clear_pointer (&self->only, g_free);
  G_OBJECT_CLASS (thaw_images_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, ThawImagesPage, name)
  BIND (stack);
  BIND (view);
  BIND (progress_revealer);
  BIND (progress_text);
  BIND (spinner);
  BIND (account_revealer);
  BIND (account_text);
  BIND (account_show);
  BIND (classes);
  BIND (problems_button);
  BIND (problems_icon);
  BIND (problems_label);
  BIND (search);
  BIND (order);
  BIND (split);
  BIND (split_popover);
  BIND (add);
  BIND (shown);
  BIND (show_all);
  BIND (grid);
  BIND (problems);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, class_cb);
  gtk_widget_class_bind_template_callback (widget_class, view_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, order_cb);
  gtk_widget_class_bind_template_callback (widget_class, selection_cb);
  gtk_widget_class_bind_template_callback (widget_class, thaw_images_page_open_at);
  gtk_widget_class_bind_template_callback (widget_class, thaw_images_page_pictures_dropped);
  gtk_widget_class_bind_template_callback (widget_class, thaw_images_page_class_dropped);
  gtk_widget_class_bind_template_callback (widget_class, thaw_images_page_files_dropped_on);
  gtk_widget_class_bind_template_callback (widget_class, thaw_images_page_refuse);
}

static void
thaw_images_page_class_init (ThawImagesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_images_page_dispose;
  g_type_ensure (THAW_TYPE_WELCOME);
  g_type_ensure (THAW_TYPE_CLASS_LIST);
  g_type_ensure (THAW_TYPE_PICTURE_GRID);
  g_type_ensure (THAW_TYPE_PROBLEM_LIST);
  g_type_ensure (THAW_TYPE_SPLIT_POPOVER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-images-page.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "images.show-all", NULL, show_all_cb);
  gtk_widget_class_install_action (widget_class, "images.show-problems", NULL, show_problems_cb);
  gtk_widget_class_install_action (widget_class, "images.find", NULL, find_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "images.find", NULL);
  thaw_images_page_install_import (widget_class);
  thaw_images_page_install_edit (widget_class);
}

static void
thaw_images_page_init (ThawImagesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  thaw_drop_down_set_title (self->order, _("Order of the pictures"));
  g_signal_connect (self, "map", G_CALLBACK (mapped_cb), NULL);
}
