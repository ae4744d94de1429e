/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-layer-tree-private.h"
#include "widgets/thaw-columns.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (ThawLayerTree, thaw_layer_tree, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_PRESET, N_PROPS };
enum { FREEZING_CHANGED, HEAD_EDIT, REFUSED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* Below these widths the columns beside name, parameters and check box are left out */
#define ROOM_FOR_SHAPE 380
#define ROOM_FOR_KIND 510
#define WIDE_WINDOW 1000

/* Frames in which the current row may come to be */
#define FOCUS_FRAMES 10

/* --- rows --- */

GtkTreeListRow *
thaw_layer_tree_current_list_row (ThawLayerTree *self)
{
  return self->selection ? gtk_single_selection_get_selected_item (self->selection) : NULL;
}

ThawLayerRow *
thaw_layer_tree_get_current (ThawLayerTree *self)
{
  GtkTreeListRow *list_row = thaw_layer_tree_current_list_row (self);
  g_autoptr (ThawLayerRow) row = list_row ? gtk_tree_list_row_get_item (list_row) : NULL;

  return row;
}

void
thaw_layer_tree_toggle (ThawLayerTree *self, ThawLayerRow *row)
{
  ThawTrains trains;

  g_object_get (row, "trains", &trains, NULL);
  thaw_network_set_trainable (self->network, row, trains != THAW_TRAINS_ALL);
  g_signal_emit (self, signals[FREEZING_CHANGED], 0);
}

void
thaw_layer_tree_set_statistics (ThawLayerTree *self, ThawLayerRow *row, gboolean batch)
{
  thaw_network_set_statistics (self->network, row, batch);
  g_signal_emit (self, signals[FREEZING_CHANGED], 0);
}

void
thaw_layer_tree_select (ThawLayerTree *self, guint position)
{
  if (position >= g_list_model_get_n_items (G_LIST_MODEL (self->selection)))
    return;
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (gtk_widget_get_last_child (GTK_WIDGET (self->view)), "list.scroll-to-item", "u", position);
}

static guint
find_told (ThawLayerTree *self, ThawLayerRow *row)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->selection)); i++)
    {
      g_autoptr (GtkTreeListRow) list_row = g_list_model_get_item (G_LIST_MODEL (self->selection), i);
      g_autoptr (ThawLayerRow) shown = gtk_tree_list_row_get_item (list_row);

      if (shown == row)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

/* Where @row is shown; GTK_INVALID_LIST_POSITION where something above it is closed */
static guint
find_position (ThawLayerTree *self, ThawLayerRow *row)
{
  guint position = find_told (self, row);

  if (position == GTK_INVALID_LIST_POSITION && thaw_layer_tree_fill (self))
    position = find_told (self, row);
  return position;
}

static void
open_above (ThawLayerTree *self, ThawLayerRow *row)
{
  ThawLayerRow *parent = thaw_layer_row_get_parent (row);
  guint position;

  if (!parent)
    return;
  open_above (self, parent);
  position = find_position (self, parent);
  if (position != GTK_INVALID_LIST_POSITION)
    {
      g_autoptr (GtkTreeListRow) list_row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

      gtk_tree_list_row_set_expanded (list_row, TRUE);
    }
}

void
thaw_layer_tree_show (ThawLayerTree *self, const char *name)
{
  ThawLayerRow *row = thaw_network_find_layer (self->network, name);

  if (!row)
    return;
  open_above (self, row);
  thaw_layer_tree_select (self, find_position (self, row));
}

/* After its rows were made anew, the list takes the focus itself, and nothing would be read */
static gboolean
focus_current (ThawLayerTree *self)
{
  GtkWidget *list = gtk_widget_get_last_child (GTK_WIDGET (self->view));

  if (!gtk_widget_is_focus (list))
    return TRUE;
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    if (gtk_widget_get_state_flags (row) & GTK_STATE_FLAG_SELECTED)
      return gtk_widget_child_focus (row, GTK_DIR_TAB_FORWARD);
  return FALSE;
}

static gboolean
focus_tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  ThawLayerTree *self = THAW_LAYER_TREE (widget);

  if (!focus_current (self) && ++self->focus_frames < FOCUS_FRAMES)
    return G_SOURCE_CONTINUE;
  self->focus_frames = 0;
  return G_SOURCE_REMOVE;
}

gboolean
thaw_layer_tree_grab_focus (ThawLayerTree *self)
{
  const guint position = self->selection ? gtk_single_selection_get_selected (self->selection) : GTK_INVALID_LIST_POSITION;
  gboolean taken;

  if (position == GTK_INVALID_LIST_POSITION) /* no network: no rows */
    return gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
  thaw_layer_tree_select (self, position);
  taken = gtk_widget_grab_focus (GTK_WIDGET (self->view));
  if (taken && !focus_current (self) && !self->focus_frames)
    {
      self->focus_frames = 1;
      gtk_widget_add_tick_callback (GTK_WIDGET (self), focus_tick_cb, NULL, NULL);
    }
  return taken;
}

/* --- sorting --- */

typedef enum { BY_NAME, BY_KIND, BY_SHAPE, BY_PARAMETERS, BY_TRAINS } SortKey;

static int
compare_text (ThawLayerRow *a, ThawLayerRow *b, const char *property)
{
  g_autofree char *one = NULL, *other = NULL;

  g_object_get (a, property, &one, NULL);
  g_object_get (b, property, &other, NULL);
  return g_utf8_collate (one, other);
}

static int
compare_parameters (ThawLayerRow *a, ThawLayerRow *b)
{
  gint64 one, other;

  g_object_get (a, "parameters", &one, NULL);
  g_object_get (b, "parameters", &other, NULL);
  return (one > other) - (one < other);
}

static int
compare_trains (ThawLayerRow *a, ThawLayerRow *b)
{
  ThawTrains one, other;

  g_object_get (a, "trains", &one, NULL);
  g_object_get (b, "trains", &other, NULL);
  return (int) one - (int) other;
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer key)
{
  ThawLayerRow *one = (ThawLayerRow *) a, *other = (ThawLayerRow *) b;

  switch ((SortKey) GPOINTER_TO_INT (key))
    {
    case BY_NAME:
      return compare_text (one, other, "label");
    case BY_KIND:
      return compare_text (one, other, "kind");
    case BY_SHAPE:
      return compare_text (one, other, "shape");
    case BY_PARAMETERS:
      return compare_parameters (one, other);
    default:
      return compare_trains (one, other);
    }
}

static void
add_sorter (GtkColumnViewColumn *column, SortKey key)
{
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_cb, GINT_TO_POINTER (key), NULL));

  gtk_column_view_column_set_sorter (column, sorter);
}

static void
sorted_cb (ThawLayerTree *self, GtkSorterChange change, GtkSorter *sorter)
{
  const gboolean sorted = gtk_sorter_get_order (sorter) != GTK_SORTER_ORDER_NONE;

  /* sorting in the order that there is would still compare all rows whenever one is opened */
  if (self->sorted)
    gtk_sort_list_model_set_sorter (self->sorted, sorted ? self->sorter : NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "tree.network-order", sorted);
  gtk_widget_set_visible (self->order, sorted);
}

/* --- the network --- */

static GListModel *
children_cb (gpointer item, gpointer data)
{
  GListModel *children = thaw_layer_row_get_children (item);

  return children ? thaw_layer_tree_filter_rows (data, children) : NULL;
}

static void
build_model (ThawLayerTree *self)
{
  thaw_layer_tree_begin_change (self);
  self->sorter = GTK_SORTER (gtk_tree_list_row_sorter_new (g_object_ref (gtk_column_view_get_sorter (self->view))));
  self->sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->tree)), NULL);
  self->slice = gtk_slice_list_model_new (g_object_ref (G_LIST_MODEL (self->sorted)), 0, G_MAXUINT);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->slice)));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (thaw_layer_tree_update_actions), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
}

void
thaw_layer_tree_begin_change (ThawLayerTree *self)
{
  g_clear_object (&self->filter);
  g_clear_object (&self->tree);
  self->filter = thaw_layer_tree_new_filter (self);
  self->tree = gtk_tree_list_model_new (thaw_layer_tree_filter_rows (self, thaw_network_get_layers (self->network)), FALSE, FALSE,
                                        children_cb, self, NULL);
}

static void
layers_changed_cb (ThawLayerTree *self, guint position, guint removed, guint added)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  thaw_layer_tree_search (self, "");
  if (added > 0)
    thaw_layer_tree_open_first (self);
  thaw_layer_tree_update_actions (self);
}

/* A spinner that nobody sees would go on to turn, and everything with it be laid out sixty times a second */
static void
show_page (ThawLayerTree *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_spinner_set_spinning (self->spinner, g_str_equal (name, "opening"));
}

static void
network_changed_cb (ThawLayerTree *self)
{
  g_autofree char *error = NULL;
  gboolean busy;

  g_object_get (self->network, "error", &error, "busy", &busy, NULL);
  show_page (self, thaw_network_get_model (self->network) ? "tree" : busy || !error ? "opening" : "none");
  thaw_layer_tree_update_actions (self);
}

static void
preset_changed_cb (ThawLayerTree *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRESET]);
  thaw_layer_tree_update_actions (self);
}

void
thaw_layer_tree_set_network (ThawLayerTree *self, ThawNetwork *network)
{
  g_return_if_fail (!self->network);
  self->network = g_object_ref (network);
  build_model (self);
  g_signal_connect_object (thaw_network_get_layers (network), "items-changed", G_CALLBACK (layers_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::busy", G_CALLBACK (network_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::model", G_CALLBACK (network_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::generation", G_CALLBACK (thaw_layer_tree_update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::preset", G_CALLBACK (preset_changed_cb), self, G_CONNECT_SWAPPED);
  thaw_layer_tree_open_first (self);
  network_changed_cb (self);
  preset_changed_cb (self);
}

/* Check boxes say why they are dead, without the view losing its place */
static void
tell_rows (GListModel *rows)
{
  for (guint i = 0; rows && i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (ThawLayerRow) row = g_list_model_get_item (rows, i);

      g_object_notify (G_OBJECT (row), "trains");
      tell_rows (thaw_layer_row_get_children (row));
    }
}

void
thaw_layer_tree_set_problem (ThawLayerTree *self, const char *problem)
{
  if (g_strcmp0 (self->problem, problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  if (self->network)
    tell_rows (thaw_network_get_layers (self->network));
  thaw_layer_tree_update_actions (self);
}

void
thaw_layer_tree_set_head_problem (ThawLayerTree *self, const char *problem)
{
  g_free (self->head_problem);
  self->head_problem = g_strdup (problem);
  thaw_layer_tree_update_actions (self);
}

/* --- widget --- */

static void
search_changed_cb (ThawLayerTree *self)
{
  thaw_layer_tree_search (self, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
}

static void
search_typed_cb (ThawLayerTree *self)
{
  thaw_layer_tree_expect_search (self, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
}

static void
stop_search_cb (ThawLayerTree *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  /* the entry says so later, when the focus would go with the rows */
  thaw_layer_tree_search (self, "");
  thaw_layer_tree_grab_focus (self);
}

static void
activate_row_cb (ThawLayerTree *self, guint position)
{
  g_autoptr (GtkTreeListRow) list_row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);
  int head_index;

  g_object_get (row, "head-index", &head_index, NULL);
  if (gtk_tree_list_row_is_expandable (list_row))
    gtk_tree_list_row_set_expanded (list_row, !gtk_tree_list_row_get_expanded (list_row));
  else if (head_index >= 0 && !self->head_problem)
    g_signal_emit (self, signals[HEAD_EDIT], 0, (guint) head_index);
}

/* The row under the pointer becomes the current one: a press on it, seen by the list first, would do nothing with this button. */
static ThawLayerRow *
row_at (ThawLayerTree *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);

  while (widget && widget != GTK_WIDGET (self))
    {
      GtkWidget *expander = gtk_widget_get_first_child (widget);

      while (expander && !GTK_IS_TREE_EXPANDER (expander))
        expander = gtk_widget_get_first_child (expander);
      if (GTK_IS_TREE_EXPANDER (expander) && gtk_tree_expander_get_list_row (GTK_TREE_EXPANDER (expander))
          && gtk_widget_get_height (widget) < 2 * gtk_widget_get_height (expander) + 24)
        {
          g_autoptr (ThawLayerRow) row = gtk_tree_expander_get_item (GTK_TREE_EXPANDER (expander));

          return row;
        }
      widget = gtk_widget_get_parent (widget);
    }
  return NULL;
}

static void
secondary_release_cb (GtkGestureClick *gesture, int n, double x, double y, ThawLayerTree *self)
{
  graphene_point_t point;
  ThawLayerRow *row;

  if (!gtk_widget_compute_point (GTK_WIDGET (self->view), GTK_WIDGET (self), &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    return;
  row = row_at (self, point.x, point.y);
  if (!row)
    return;
  thaw_layer_tree_select (self, find_position (self, row));
  thaw_layer_tree_popup (self, point.x, point.y);
}

/* In a small window the tree keeps name, weights and check box */
static void
wanted_columns (ThawLayerTree *self, gboolean *shape, gboolean *kind)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  const int width = gtk_widget_get_width (GTK_WIDGET (self));

  *shape = width >= ROOM_FOR_SHAPE && root && gtk_widget_get_width (GTK_WIDGET (root)) >= WIDE_WINDOW;
  *kind = *shape && width >= ROOM_FOR_KIND;
}

static gboolean
has_column (ThawLayerTree *self, GtkColumnViewColumn *column)
{
  return gtk_column_view_column_get_column_view (column) == self->view;
}

/* Columns are taken out and not hidden: what a hidden one asks for would be kept free */
static void
set_column (ThawLayerTree *self, GtkColumnViewColumn *column, guint position, gboolean wanted)
{
  if (wanted && !has_column (self, column))
    gtk_column_view_insert_column (self->view, position, column);
  else if (!wanted && has_column (self, column))
    gtk_column_view_remove_column (self->view, column);
}

static gboolean
fit_columns_cb (gpointer data)
{
  ThawLayerTree *self = data;
  gboolean shape, kind;

  self->layout_idle = 0;
  wanted_columns (self, &shape, &kind);
  if (kind != has_column (self, self->kind))
    {
      set_column (self, self->kind, 1, kind);
      tell_rows (thaw_network_get_layers (self->network)); /* where the statistics stand */
    }
  set_column (self, self->shape, kind ? 2 : 1, shape);
  return G_SOURCE_REMOVE;
}

static void
thaw_layer_tree_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  gtk_widget_measure (THAW_LAYER_TREE (widget)->content, orientation, for_size, minimum, natural, NULL, NULL);
}

static void
thaw_layer_tree_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ThawLayerTree *self = THAW_LAYER_TREE (widget);
  gboolean shape, kind;

  gtk_widget_allocate (self->content, width, height, baseline, NULL);
  gtk_popover_present (GTK_POPOVER (self->menu));
  wanted_columns (self, &shape, &kind);
  if (!self->layout_idle && (shape != has_column (self, self->shape) || kind != has_column (self, self->kind)))
    self->layout_idle = g_idle_add (fit_columns_cb, self);
}

static void
add_click (ThawLayerTree *self)
{
  GtkGesture *gesture = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (gesture), GTK_PHASE_CAPTURE);
  g_signal_connect_object (gesture, "released", G_CALLBACK (secondary_release_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (gesture));
}

/* Tab leads past the rows, not through a thousand of them */
static gboolean
thaw_layer_tree_focus (GtkWidget *widget, GtkDirectionType direction)
{
  ThawLayerTree *self = THAW_LAYER_TREE (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));

  if (!focus || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self->view)))
    return GTK_WIDGET_CLASS (thaw_layer_tree_parent_class)->focus (widget, direction);
  if (direction == GTK_DIR_TAB_FORWARD)
    return FALSE;
  if (direction == GTK_DIR_TAB_BACKWARD)
    return gtk_widget_grab_focus (gtk_widget_get_visible (self->order) ? self->order : GTK_WIDGET (self->entry));
  return GTK_WIDGET_CLASS (thaw_layer_tree_parent_class)->focus (widget, direction);
}

static void
thaw_layer_tree_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawLayerTree *self = THAW_LAYER_TREE (object);
  g_autofree char *preset = NULL;

  if (self->network)
    g_object_get (self->network, "preset", &preset, NULL);
  g_value_set_string (value, preset ? preset : "custom");
}

static void
thaw_layer_tree_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawLayerTree *self = THAW_LAYER_TREE (object);
  const char *preset = g_value_get_string (value);

  if (!self->network || g_strcmp0 (preset, "custom") == 0)
    return;
  thaw_network_set_preset (self->network, preset);
  g_signal_emit (self, signals[FREEZING_CHANGED], 0);
}

static void
thaw_layer_tree_dispose (GObject *object)
{
  ThawLayerTree *self = THAW_LAYER_TREE (object);
  GtkWidget *content;

  g_clear_handle_id (&self->layout_idle, g_source_remove);
  g_clear_handle_id (&self->fill_idle, g_source_remove);
  if (self->view)
    gtk_column_view_set_model (self->view, NULL);
  if (self->menu)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->menu)));
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_LAYER_TREE);
  content = gtk_widget_get_first_child (GTK_WIDGET (self));
  g_clear_pointer (&content, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->slice);
  g_clear_object (&self->sorted);
  g_clear_object (&self->sorter);
  g_clear_object (&self->tree);
  g_clear_object (&self->filter);
  g_clear_object (&self->network);
  G_OBJECT_CLASS (thaw_layer_tree_parent_class)->dispose (object);
}

static void
thaw_layer_tree_finalize (GObject *object)
{
  ThawLayerTree *self = THAW_LAYER_TREE (object);

  g_hash_table_unref (self->found);
  g_clear_pointer (&self->open, g_hash_table_unref);
  g_free (self->wanted);
  g_free (self->problem);
  g_free (self->head_problem);
  G_OBJECT_CLASS (thaw_layer_tree_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-layer-tree.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, entry);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, order);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, content);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, spinner);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, view);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, name);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, kind);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, shape);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, parameters);
  gtk_widget_class_bind_template_child (widget_class, ThawLayerTree, trains);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_typed_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_row_cb);
}

static void
add_signals (GType type)
{
  signals[FREEZING_CHANGED] = g_signal_new ("freezing-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[HEAD_EDIT] = g_signal_new ("head-edit", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[REFUSED] = g_signal_new ("refused", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
thaw_layer_tree_class_init (ThawLayerTreeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = thaw_layer_tree_get_property;
  object_class->set_property = thaw_layer_tree_set_property;
  object_class->dispose = thaw_layer_tree_dispose;
  object_class->finalize = thaw_layer_tree_finalize;
  widget_class->focus = thaw_layer_tree_focus;
  widget_class->measure = thaw_layer_tree_measure;
  widget_class->size_allocate = thaw_layer_tree_size_allocate;
  properties[PROP_PRESET]
      = g_param_spec_string ("preset", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  add_signals (G_TYPE_FROM_CLASS (klass));
  bind_template (widget_class);
  thaw_layer_tree_install_actions (widget_class);
}

static void
thaw_layer_tree_init (ThawLayerTree *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->menu = GTK_POPOVER_MENU (gtk_popover_menu_new_from_model (NULL));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  /* the keys go on from the row that the menu was for */
  g_signal_connect_object (self->menu, "closed", G_CALLBACK (thaw_layer_tree_grab_focus), self, G_CONNECT_SWAPPED);
  gtk_widget_set_halign (GTK_WIDGET (self->menu), GTK_ALIGN_START);
  gtk_widget_set_parent (GTK_WIDGET (self->menu), GTK_WIDGET (self));
  self->found = g_hash_table_new (NULL, NULL);
  thaw_layer_tree_add_factories (self);
  add_sorter (self->name, BY_NAME);
  add_sorter (self->kind, BY_KIND);
  add_sorter (self->shape, BY_SHAPE);
  add_sorter (self->parameters, BY_PARAMETERS);
  add_sorter (self->trains, BY_TRAINS);
  thaw_column_set_numeric (self->parameters);
  g_signal_connect_object (gtk_column_view_get_sorter (self->view), "changed", G_CALLBACK (sorted_cb), self, G_CONNECT_SWAPPED);
  sorted_cb (self, GTK_SORTER_CHANGE_DIFFERENT, gtk_column_view_get_sorter (self->view));
  thaw_layer_tree_add_keys (self);
  add_click (self);
  thaw_layer_tree_update_actions (self);
}
