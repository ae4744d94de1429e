/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-head-editor.h"

#include "widgets/thaw-head-row.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

struct _ThawHeadEditor
{
  AdwWindow       parent_instance;
  ThawNetwork    *network;
  ThawHistory    *history;

  /* of the template */
  AdwToastOverlay *toasts;
  GtkListBox     *list;
  GtkWidget      *add;
};

G_DEFINE_FINAL_TYPE (ThawHeadEditor, thaw_head_editor, ADW_TYPE_WINDOW)

static void
refuse (ThawHeadEditor *self, GError *error)
{
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (error->message));
  g_error_free (error);
}

/* --- rows --- */

static void
edited_cb (ThawHeadEditor *self, const ThawHeadLayer *layer, ThawHeadRow *row)
{
  GError *error = NULL;

  /* as it goes, what has the focus still says what was written into it */
  if (self->network && !thaw_network_head_replace (self->network, thaw_head_row_get_index (row), layer, &error))
    refuse (self, error);
}

static void
move (ThawHeadEditor *self, guint from, guint to)
{
  GError *error = NULL;

  if (!thaw_network_head_move (self->network, from, to, &error))
    refuse (self, error);
  else
    thaw_head_editor_show_layer (self, to);
}

static void
dropped_cb (ThawHeadEditor *self, guint from, ThawHeadRow *row)
{
  ThawHead head;

  thaw_network_get_head (self->network, &head);
  /* onto the last one means before it */
  move (self, from, MIN (thaw_head_row_get_index (row), head.n_layers - 2));
}

static gboolean
rows_are_same (ThawHeadEditor *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) i);

      if (!row || !thaw_head_row_update (THAW_HEAD_ROW (row)))
        return FALSE;
    }
  return gtk_list_box_get_row_at_index (self->list, (int) n) == NULL;
}

static void
build_rows (ThawHeadEditor *self, guint n)
{
  GtkListBoxRow *old;

  while ((old = gtk_list_box_get_row_at_index (self->list, 0)))
    gtk_list_box_remove (self->list, GTK_WIDGET (old));
  for (guint i = 0; i < n; i++)
    {
      ThawHeadRow *row = thaw_head_row_new (self->network, i);

      g_signal_connect_object (row, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (row, "dropped", G_CALLBACK (dropped_cb), self, G_CONNECT_SWAPPED);
      gtk_list_box_append (self->list, GTK_WIDGET (row));
    }
}

static int
focused_index (ThawHeadEditor *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *row = focus ? gtk_widget_get_ancestor (focus, THAW_TYPE_HEAD_ROW) : NULL;

  return row ? (int) thaw_head_row_get_index (THAW_HEAD_ROW (row)) : -1;
}

static void
rebuild (ThawHeadEditor *self)
{
  const int focus = focused_index (self);
  const char *problem;
  ThawHead head;

  thaw_network_get_head (self->network, &head);
  if (!rows_are_same (self, head.n_layers))
    {
      build_rows (self, head.n_layers);
      if (focus >= 0)
        thaw_head_editor_show_layer (self, MIN ((guint) focus, head.n_layers - 1));
    }
  problem = thaw_network_head_problem (self->network, THAW_HEAD_INSERT, head.n_layers - 1);
  gtk_widget_set_sensitive (self->add, problem == NULL);
  thaw_tooltip_set (self->add, problem ? problem : _("Add a layer before the last one"));
}

void
thaw_head_editor_show_layer (ThawHeadEditor *self, guint index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) index);

  if (row)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

/* --- actions --- */

static void
add_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  static const char *const kinds[] = { "dropout", "linear", "activation", "batchnorm" };
  ThawHeadEditor *self = THAW_HEAD_EDITOR (widget);
  GError *error = NULL;
  ThawHead head;

  thaw_network_get_head (self->network, &head);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i], g_variant_get_string (parameter, NULL)))
      {
        const ThawHeadLayer layer = thaw_head_layer_default ((ThawHeadKind) i);

        if (!thaw_network_head_insert (self->network, head.n_layers - 1, &layer, &error))
          refuse (self, error);
        else
          thaw_head_editor_show_layer (self, head.n_layers - 1);
      }
}

static void
remove_layer (ThawHeadEditor *self, guint index)
{
  GError *error = NULL;

  if (!thaw_network_head_remove (self->network, index, &error))
    refuse (self, error);
}

static void
remove_at_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  remove_layer (THAW_HEAD_EDITOR (widget), g_variant_get_uint32 (parameter));
}

static void
move_at_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint from, to;

  g_variant_get (parameter, "(uu)", &from, &to);
  move (THAW_HEAD_EDITOR (widget), from, to);
}

/* Keys: about the row that has the focus */
static void
key_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawHeadEditor *self = THAW_HEAD_EDITOR (widget);
  const int index = focused_index (self);

  if (index < 0)
    return;
  if (g_str_equal (name, "head.remove"))
    remove_layer (self, (guint) index);
  else if (g_str_equal (name, "head.move-down"))
    move (self, (guint) index, (guint) index + 1);
  else if (index > 0)
    move (self, (guint) index, (guint) index - 1);
}

static void
undo_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawHistory *history = THAW_HEAD_EDITOR (widget)->history;

  if (g_str_equal (name, "head.undo"))
    thaw_history_undo (history);
  else
    thaw_history_redo (history);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "head.add", "s", add_cb);
  gtk_widget_class_install_action (widget_class, "head.remove-at", "u", remove_at_cb);
  gtk_widget_class_install_action (widget_class, "head.move-at", "(uu)", move_at_cb);
  gtk_widget_class_install_action (widget_class, "head.remove", NULL, key_cb);
  gtk_widget_class_install_action (widget_class, "head.move-up", NULL, key_cb);
  gtk_widget_class_install_action (widget_class, "head.move-down", NULL, key_cb);
  gtk_widget_class_install_action (widget_class, "head.undo", NULL, undo_cb);
  gtk_widget_class_install_action (widget_class, "head.redo", NULL, undo_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "head.remove", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "head.move-up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "head.move-down", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "head.undo", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "head.redo", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

/* --- widget --- */

/* A number that was written and not confirmed counts */
static gboolean
thaw_head_editor_close_request (GtkWindow *window)
{
  gtk_window_set_focus (window, NULL);
  return GTK_WINDOW_CLASS (thaw_head_editor_parent_class)->close_request (window);
}

static void
thaw_head_editor_dispose (GObject *object)
{
  ThawHeadEditor *self = THAW_HEAD_EDITOR (object);

  g_clear_object (&self->network);
  g_clear_object (&self->history);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_HEAD_EDITOR);
  G_OBJECT_CLASS (thaw_head_editor_parent_class)->dispose (object);
}

static void
thaw_head_editor_class_init (ThawHeadEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_head_editor_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = thaw_head_editor_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-head-editor.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawHeadEditor, toasts);
  gtk_widget_class_bind_template_child (widget_class, ThawHeadEditor, list);
  gtk_widget_class_bind_template_child (widget_class, ThawHeadEditor, add);
  install_actions (widget_class);
}

static void
thaw_head_editor_init (ThawHeadEditor *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

ThawHeadEditor *
thaw_head_editor_new (ThawNetwork *network, ThawHistory *history, GtkWindow *parent)
{
  ThawHeadEditor *self = g_object_new (THAW_TYPE_HEAD_EDITOR, "transient-for", parent, "modal", parent != NULL, "destroy-with-parent", TRUE, NULL);

  self->network = g_object_ref (network);
  self->history = g_object_ref (history);
  g_signal_connect_object (network, "notify::head", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::model", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  rebuild (self);
  return self;
}
