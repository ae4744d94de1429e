/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-grid.h"
#include "widgets/thaw-grid-fit.h"
#include "widgets/thaw-picture-filter.h"
#include "widgets/thaw-picture-tile.h"
#include "widgets/thaw-thumbnail-image.h"

#include <glib/gi18n.h>
#include <string.h>

struct _ThawPictureGrid
{
  AdwBin              parent_instance;
  ThawPictureFilter  *filter;
  ThawPictureOrder    order;

  /* of the template */
  GtkStack           *stack;
  GtkGridView        *grid;
  GtkMultiSelection  *selection;
  GtkSortListModel   *sorted;
  GtkFilterListModel *filtered;
  GtkPopover         *menu;
};

G_DEFINE_FINAL_TYPE (ThawPictureGrid, thaw_picture_grid, ADW_TYPE_BIN)

enum { SELECTION_CHANGED, ACTIVATE, N_SIGNALS };

static guint signals[N_SIGNALS];

static int
compare_names (ThawPicture *a, ThawPicture *b)
{
  int order = g_ascii_strcasecmp (thaw_picture_get_name (a), thaw_picture_get_name (b));
  gint64 x = thaw_picture_get_index (a), y = thaw_picture_get_index (b);

  return x >= 0 && y >= 0 && x != y ? (x > y) - (x < y) : order;
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  const ThawPictureGrid *self = data;
  ThawPicture *x = (ThawPicture *) a, *y = (ThawPicture *) b;
  gint64 size_x = thaw_picture_get_size (x), size_y = thaw_picture_get_size (y);
  int order = 0;

  if (self->order == THAW_PICTURE_ORDER_CLASS && thaw_picture_get_class (x) != thaw_picture_get_class (y))
    order = strcmp (thaw_class_get_name (thaw_picture_get_class (x)), thaw_class_get_name (thaw_picture_get_class (y)));
  else if (self->order == THAW_PICTURE_ORDER_SPLIT)
    order = (int) thaw_picture_get_split (x) - (int) thaw_picture_get_split (y);
  else if (self->order == THAW_PICTURE_ORDER_SIZE)
    order = (size_y > size_x) - (size_y < size_x);
  if (order == 0)
    order = compare_names (x, y);
  if (order == 0)
    order = strcmp (thaw_picture_get_path (x), thaw_picture_get_path (y));
  return order < 0 ? GTK_ORDERING_SMALLER : order > 0 ? GTK_ORDERING_LARGER : GTK_ORDERING_EQUAL;
}

GListModel *
thaw_picture_grid_get_model (ThawPictureGrid *self)
{
  return G_LIST_MODEL (self->selection);
}

guint
thaw_picture_grid_count_selection (ThawPictureGrid *self)
{
  g_autoptr (GtkBitset) chosen = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));

  return (guint) gtk_bitset_get_size (chosen);
}

GPtrArray *
thaw_picture_grid_get_selection (ThawPictureGrid *self)
{
  g_autoptr (GtkBitset) chosen = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  GPtrArray *pictures = g_ptr_array_new_with_free_func (g_object_unref);
  GtkBitsetIter iter;
  guint position;

  for (gboolean more = gtk_bitset_iter_init_first (&iter, chosen, &position); more; more = gtk_bitset_iter_next (&iter, &position))
    g_ptr_array_add (pictures, g_list_model_get_item (G_LIST_MODEL (self->selection), position));
  return pictures;
}

/* What is acted on is what is selected: the one under the pointer, unless it is among several. */
static void
select_under (ThawPictureGrid *self, GtkListItem *item)
{
  if (!gtk_list_item_get_selected (item))
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), gtk_list_item_get_position (item), TRUE);
}

static ThawPictureGrid *
grid_of (GtkEventController *controller)
{
  return THAW_PICTURE_GRID (gtk_widget_get_ancestor (gtk_event_controller_get_widget (controller), THAW_TYPE_PICTURE_GRID));
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer item)
{
  ThawPictureGrid *self = grid_of (GTK_EVENT_CONTROLLER (source));
  g_autoptr (GPtrArray) pictures = NULL;

  select_under (self, item);
  pictures = thaw_picture_grid_get_selection (self);
  return gdk_content_provider_new_typed (G_TYPE_PTR_ARRAY, pictures);
}

/* The picture itself hangs on the pointer; several say how many they are. */
static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer item)
{
  ThawPictureGrid *self = grid_of (GTK_EVENT_CONTROLLER (source));
  guint n = thaw_picture_grid_count_selection (self);
  g_autofree char *text = g_strdup_printf (ngettext ("%u picture", "%u pictures", n), n);
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "picture-drag");
  gtk_drag_icon_set_child (GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)), label);
}

static void
popup_at (ThawPictureGrid *self, GtkWidget *widget, double x, double y)
{
  GdkRectangle at = { 0, 0, 1, 1 };
  graphene_point_t point;

  if (gtk_widget_compute_point (widget, GTK_WIDGET (self), &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    at = (GdkRectangle){ (int) point.x, (int) point.y, 1, 1 };
  gtk_popover_set_pointing_to (self->menu, &at);
  gtk_popover_popup (self->menu);
}

static void
menu_released_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer item)
{
  ThawPictureGrid *self = grid_of (GTK_EVENT_CONTROLLER (gesture));

  select_under (self, item);
  popup_at (self, gtk_list_item_get_child (item), x, y);
}

void
thaw_picture_grid_popup (ThawPictureGrid *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  if (thaw_picture_grid_count_selection (self) > 0)
    popup_at (self, focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self)) ? focus : GTK_WIDGET (self), 24, 24);
}

static void
setup_cb (ThawPictureGrid *self, GtkListItem *item)
{
  GtkWidget *tile = thaw_picture_tile_new ();
  GtkDragSource *source = gtk_drag_source_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), item);
  g_signal_connect (source, "drag-begin", G_CALLBACK (drag_begin_cb), item);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (source));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "released", G_CALLBACK (menu_released_cb), item);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (click));
  gtk_list_item_set_child (item, tile);
}

static void
bind_cb (ThawPictureGrid *self, GtkListItem *item)
{
  thaw_picture_tile_set_picture (THAW_PICTURE_TILE (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_cb (ThawPictureGrid *self, GtkListItem *item)
{
  thaw_picture_tile_set_picture (THAW_PICTURE_TILE (gtk_list_item_get_child (item)), NULL);
}

static void
activate_cb (ThawPictureGrid *self, guint position)
{
  g_signal_emit (self, signals[ACTIVATE], 0, position);
}

static void
selection_changed_cb (ThawPictureGrid *self)
{
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
items_changed_cb (ThawPictureGrid *self)
{
  gboolean empty = g_list_model_get_n_items (G_LIST_MODEL (self->selection)) == 0 && gtk_filter_list_model_get_pending (self->filtered) == 0;

  gtk_stack_set_visible_child_name (self->stack, empty ? "nothing" : "pictures");
  selection_changed_cb (self);
}

void
thaw_picture_grid_set_pictures (ThawPictureGrid *self, ThawPictures *pictures)
{
  gtk_filter_list_model_set_model (self->filtered, G_LIST_MODEL (pictures));
  items_changed_cb (self);
}

void
thaw_picture_grid_set_class (ThawPictureGrid *self, ThawClass *klass)
{
  thaw_picture_filter_set_class (self->filter, klass);
}

void
thaw_picture_grid_set_only (ThawPictureGrid *self, GPtrArray *pictures)
{
  thaw_picture_filter_set_only (self->filter, pictures);
}

void
thaw_picture_grid_set_search (ThawPictureGrid *self, const char *text)
{
  thaw_picture_filter_set_search (self->filter, text);
}

void
thaw_picture_grid_set_order (ThawPictureGrid *self, ThawPictureOrder order)
{
  if (self->order == order)
    return;
  self->order = order;
  gtk_sorter_changed (gtk_sort_list_model_get_sorter (self->sorted), GTK_SORTER_CHANGE_DIFFERENT);
}

static void
thaw_picture_grid_dispose (GObject *object)
{
  ThawPictureGrid *self = THAW_PICTURE_GRID (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PICTURE_GRID);
  g_clear_object (&self->filter);
  G_OBJECT_CLASS (thaw_picture_grid_parent_class)->dispose (object);
}

static void
add_bindings (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint           key;
    GdkModifierType modifiers;
    const char     *action;
  } bindings[] = {
    { GDK_KEY_Delete, 0, "images.remove" },        { GDK_KEY_Menu, 0, "images.menu" },
    { GDK_KEY_F10, GDK_SHIFT_MASK, "images.menu" }, { GDK_KEY_m, 0, "images.move" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bindings); i++)
    gtk_widget_class_add_binding_action (widget_class, bindings[i].key, bindings[i].modifiers, bindings[i].action, NULL);
}

static void
thaw_picture_grid_class_init (ThawPictureGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_OBJECT_CLASS_TYPE (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_picture_grid_dispose;
  signals[SELECTION_CHANGED] = g_signal_new ("selection-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ACTIVATE] = g_signal_new ("activate", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-picture-grid.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, grid);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, selection);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, sorted);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, filtered);
  gtk_widget_class_bind_template_child (widget_class, ThawPictureGrid, menu);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, items_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, selection_changed_cb);
  add_bindings (widget_class);
}

static void
thaw_picture_grid_init (ThawPictureGrid *self)
{
  g_autoptr (GtkCustomSorter) sorter = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = thaw_picture_filter_new ();
  sorter = gtk_custom_sorter_new (compare_cb, self, NULL);
  thaw_grid_fit_columns (self->grid, THAW_THUMBNAIL_SIDE);
  gtk_filter_list_model_set_filter (self->filtered, GTK_FILTER (self->filter));
  gtk_sort_list_model_set_sorter (self->sorted, GTK_SORTER (sorter));
}
