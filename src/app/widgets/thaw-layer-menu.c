/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-layer-tree-private.h"

#include <glib/gi18n.h>

/* The commands of the tree: "tree." is about what trains, "head." about the head's layers. Each has one entry here; menu, keys and buttons call it by
 * name. They are about the current row. */

typedef void (*RowFunc) (ThawLayerTree *self, ThawLayerRow *row);

typedef struct
{
  const char *name;
  RowFunc     run;
  const char *keys[3];
} Action;

static void
expand (ThawLayerTree *self, ThawLayerRow *row)
{
  GtkTreeListRow *list_row = thaw_layer_tree_current_list_row (self);

  if (gtk_tree_list_row_is_expandable (list_row) && !gtk_tree_list_row_get_expanded (list_row))
    gtk_tree_list_row_set_expanded (list_row, TRUE);
  else if (gtk_tree_list_row_is_expandable (list_row))
    thaw_layer_tree_select (self, gtk_single_selection_get_selected (self->selection) + 1);
}

static void
collapse (ThawLayerTree *self, ThawLayerRow *row)
{
  GtkTreeListRow *list_row = thaw_layer_tree_current_list_row (self);
  ThawLayerRow *parent = thaw_layer_row_get_parent (row);

  if (gtk_tree_list_row_get_expanded (list_row))
    gtk_tree_list_row_set_expanded (list_row, FALSE);
  else if (parent)
    thaw_layer_tree_show (self, thaw_layer_row_get_name (parent));
}

static void
expand_all (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_layer_tree_expand_all (self, TRUE);
}

static void
collapse_all (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_layer_tree_expand_all (self, FALSE);
}

static void
train_from (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_network_train_from (self->network, row);
  g_signal_emit_by_name (self, "freezing-changed");
}

static void
freeze_up_to (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_network_freeze_up_to (self->network, row);
  g_signal_emit_by_name (self, "freezing-changed");
}

static void
use_batch (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_layer_tree_set_statistics (self, row, TRUE);
}

static void
use_stored (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_layer_tree_set_statistics (self, row, FALSE);
}

static void
open_menu (ThawLayerTree *self, ThawLayerRow *row)
{
  thaw_layer_tree_popup (self, -1, -1);
}

/* --- the head --- */

static int
head_index (ThawLayerRow *row)
{
  int index;

  g_object_get (row, "head-index", &index, NULL);
  return index;
}

/* The head's layers and the group of them */
static gboolean
is_of_head (ThawLayerRow *row)
{
  GListModel *children = thaw_layer_row_get_children (row);
  gboolean found = head_index (row) >= 0;

  for (guint i = 0; children && !found && thaw_layer_row_get_parent (row) && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (children, i);

      found = head_index (child) >= 0;
    }
  return found;
}

static void
tell (ThawLayerTree *self, GError *error)
{
  g_signal_emit_by_name (self, "refused", error->message);
  g_error_free (error);
}

static void
edit_head (ThawLayerTree *self, ThawLayerRow *row)
{
  g_signal_emit_by_name (self, "head-edit", (guint) head_index (row));
}

static void
show_layer (ThawLayerTree *self, int index)
{
  g_autofree char *name = g_strdup_printf ("head.%d", index);

  thaw_layer_tree_show (self, name);
}

static void
remove_layer (ThawLayerTree *self, ThawLayerRow *row)
{
  const int index = head_index (row);
  GError *error = NULL;

  if (index >= 0 && !thaw_network_head_remove (self->network, (guint) index, &error))
    tell (self, error);
  else if (index >= 0)
    show_layer (self, index);
}

static void
move (ThawLayerTree *self, ThawLayerRow *row, int by)
{
  const int index = head_index (row);
  GError *error = NULL;

  if (index >= 0 && (by > 0 || index > 0) && !thaw_network_head_move (self->network, (guint) index, (guint) (index + by), &error))
    tell (self, error);
  else if (index >= 0 && index + by >= 0)
    show_layer (self, index + by);
}

static void
move_up (ThawLayerTree *self, ThawLayerRow *row)
{
  move (self, row, -1);
}

static void
move_down (ThawLayerTree *self, ThawLayerRow *row)
{
  move (self, row, 1);
}

static const Action actions[] = {
  { "tree.toggle", thaw_layer_tree_toggle, { "space", "KP_Space" } },
  { "tree.freeze-up-to", freeze_up_to, { "<Shift>f" } },
  { "tree.train-from", train_from, { "<Shift>t" } },
  { "tree.use-batch-statistics", use_batch },
  { "tree.use-stored-statistics", use_stored },
  { "tree.expand", expand, { "Right", "KP_Right" } },
  { "tree.collapse", collapse, { "Left", "KP_Left" } },
  { "tree.expand-all", expand_all, { "<Control>Right" } },
  { "tree.collapse-all", collapse_all, { "<Control>Left" } },
  { "tree.menu", open_menu, { "Menu", "<Shift>F10" } },
  { "head.edit", edit_head, { "F2" } },
  { "head.remove", remove_layer, { "Delete" } },
  { "head.move-up", move_up, { "<Alt>Up" } },
  { "head.move-down", move_down, { "<Alt>Down" } },
};

static void
activate_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawLayerTree *self = THAW_LAYER_TREE (widget);
  ThawLayerRow *row = thaw_layer_tree_get_current (self);

  for (guint i = 0; row && i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      actions[i].run (self, row);
}

/* A button in the row of a BatchNorm layer */
static void
switch_statistics_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawLayerTree *self = THAW_LAYER_TREE (widget);
  ThawLayerRow *row = thaw_network_find_layer (self->network, g_variant_get_string (parameter, NULL));
  ThawStatistics statistics;

  if (!row)
    return;
  g_object_get (row, "statistics", &statistics, NULL);
  thaw_layer_tree_set_statistics (self, row, statistics != THAW_STATISTICS_BATCH);
}

static void
network_order_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_column_view_sort_by_column (THAW_LAYER_TREE (widget)->view, NULL, GTK_SORT_ASCENDING);
}

static void
search_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (THAW_LAYER_TREE (widget)->entry));
}

void
thaw_layer_tree_install_actions (GtkWidgetClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (klass, actions[i].name, NULL, activate_cb);
  gtk_widget_class_install_action (klass, "tree.switch-statistics", "s", switch_statistics_cb);
  gtk_widget_class_install_action (klass, "tree.network-order", NULL, network_order_cb);
  gtk_widget_class_install_action (klass, "tree.search", NULL, search_cb);
  gtk_widget_class_install_property_action (klass, "tree.preset", "preset");
  gtk_widget_class_add_binding_action (klass, GDK_KEY_f, GDK_CONTROL_MASK, "tree.search", NULL);
}

/* Before the list's own keys: Space would select, the arrows would walk. */
void
thaw_layer_tree_add_keys (ThawLayerTree *self)
{
  GtkShortcutController *controller = GTK_SHORTCUT_CONTROLLER (gtk_shortcut_controller_new ());

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (controller), GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    for (guint k = 0; actions[i].keys[k]; k++)
      gtk_shortcut_controller_add_shortcut (controller, gtk_shortcut_new (gtk_shortcut_trigger_parse_string (actions[i].keys[k]),
                                                                          gtk_named_action_new (actions[i].name)));
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (controller));
}

static void
set_enabled (ThawLayerTree *self, const char *action, gboolean enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, enabled);
}

static void
update_head_actions (ThawLayerTree *self, ThawLayerRow *row, gboolean can_edit)
{
  const int index = row ? head_index (row) : -1;
  const gboolean can = can_edit && index >= 0;

  set_enabled (self, "head.edit", row && can_edit && is_of_head (row));
  set_enabled (self, "head.remove", can && !thaw_network_head_problem (self->network, THAW_HEAD_REMOVE, (guint) index));
  set_enabled (self, "head.move-up", can && !thaw_network_head_problem (self->network, THAW_HEAD_MOVE_UP, (guint) index));
  set_enabled (self, "head.move-down", can && !thaw_network_head_problem (self->network, THAW_HEAD_MOVE_DOWN, (guint) index));
}

void
thaw_layer_tree_update_actions (ThawLayerTree *self)
{
  ThawLayerRow *row = thaw_layer_tree_get_current (self);
  const gboolean can = row && !self->problem;
  const gboolean norms = can && thaw_network_can_set_statistics (self->network, row);
  ThawStatistics statistics = THAW_STATISTICS_NONE;
  gint64 parameters = 0;

  if (row)
    g_object_get (row, "parameters", &parameters, "statistics", &statistics, NULL);
  set_enabled (self, "tree.toggle", can && parameters > 0);
  set_enabled (self, "tree.freeze-up-to", can);
  set_enabled (self, "tree.train-from", can && thaw_network_can_train_from (self->network, row));
  set_enabled (self, "tree.use-batch-statistics", norms && statistics != THAW_STATISTICS_BATCH);
  set_enabled (self, "tree.use-stored-statistics", norms && statistics != THAW_STATISTICS_STORED);
  set_enabled (self, "tree.preset", self->network && !self->problem && thaw_network_get_model (self->network));
  update_head_actions (self, row, can && !self->head_problem);
}

/* --- the menu --- */

static void
append (GMenu *menu, const char *label, const char *action)
{
  g_menu_append (menu, label, action);
}

static void
append_section (GMenu *menu, GMenu *section)
{
  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) > 0)
    g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  g_object_unref (section);
}

static GMenu *
training_section (ThawLayerRow *row)
{
  GMenu *section = g_menu_new ();
  ThawTrains trains;

  g_object_get (row, "trains", &trains, NULL);
  append (section, trains == THAW_TRAINS_ALL ? _("_Freeze") : _("_Train"), "tree.toggle");
  append (section, _("Freeze _Up to Here"), "tree.freeze-up-to");
  append (section, _("Train F_rom Here"), "tree.train-from");
  return section;
}

static GMenu *
statistics_section (ThawLayerRow *row)
{
  GMenu *section = g_menu_new ();
  ThawStatistics statistics;

  g_object_get (row, "statistics", &statistics, NULL);
  if (statistics == THAW_STATISTICS_NONE)
    return section;
  append (section, _("Normalise by Each _Batch"), "tree.use-batch-statistics");
  append (section, _("Normalise by _Stored Statistics"), "tree.use-stored-statistics");
  return section;
}

static GMenu *
head_section (ThawLayerRow *row)
{
  GMenu *section = g_menu_new ();

  if (!is_of_head (row))
    return section;
  append (section, _("_Edit the Head…"), "head.edit");
  if (head_index (row) < 0)
    return section;
  append (section, _("Move Up"), "head.move-up");
  append (section, _("Move Down"), "head.move-down");
  append (section, _("Re_move"), "head.remove");
  return section;
}

static GMenu *
view_section (void)
{
  GMenu *section = g_menu_new ();

  append (section, _("E_xpand All"), "tree.expand-all");
  append (section, _("_Collapse All"), "tree.collapse-all");
  append (section, _("_Network Order"), "tree.network-order");
  return section;
}

/* The widget of the current row, where it is on the screen (nullable) */
static GtkWidget *
focused_row (ThawLayerTree *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  return focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->view)) ? focus : NULL;
}

static GdkRectangle
menu_place (ThawLayerTree *self, double x, double y)
{
  GtkWidget *row = x < 0 ? focused_row (self) : NULL;
  graphene_rect_t bounds;

  if (row && gtk_widget_compute_bounds (row, GTK_WIDGET (self), &bounds))
    return (GdkRectangle){ (int) bounds.origin.x + 24, (int) bounds.origin.y, 1, MAX ((int) bounds.size.height, 1) };
  return (GdkRectangle){ MAX ((int) x, 0), MAX ((int) y, 0), 1, 1 };
}

void
thaw_layer_tree_popup (ThawLayerTree *self, double x, double y)
{
  ThawLayerRow *row = thaw_layer_tree_get_current (self);
  g_autoptr (GMenu) menu = g_menu_new ();
  GdkRectangle place = menu_place (self, x, y);

  if (!row)
    return;
  append_section (menu, training_section (row));
  append_section (menu, statistics_section (row));
  append_section (menu, head_section (row));
  append_section (menu, view_section ());
  thaw_layer_tree_update_actions (self);
  gtk_popover_menu_set_menu_model (self->menu, G_MENU_MODEL (menu));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &place);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}
