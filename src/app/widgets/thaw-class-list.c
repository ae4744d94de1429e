/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-class-list.h"
#include "widgets/thaw-class-row.h"

#include <glib/gi18n.h>

struct _ThawClassList
{
  AdwBin              parent_instance;
  ThawPictures       *pictures;
  ThawClass          *klass;     /* chosen; NULL: all */
  guint               most;
  gboolean            changing;  /* the list, by itself */
  ThawDropWhyFunc     why_not;
  gpointer            why_data;

  /* of the template */
  GtkListView        *list;
  GtkSingleSelection *selection;
  GtkPopover         *menu;
};

G_DEFINE_FINAL_TYPE (ThawClassList, thaw_class_list, ADW_TYPE_BIN)

enum { PROP_0, PROP_CLASS, N_PROPS };
enum { PICTURES_DROPPED, CLASS_DROPPED, FILES_DROPPED, REFUSED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

ThawClass *
thaw_class_list_get_class (ThawClassList *self)
{
  return self->klass;
}

static ThawClass *
class_of_row (GtkWidget *row)
{
  GObject *item = thaw_class_row_get_item (THAW_CLASS_ROW (row));

  return THAW_IS_CLASS (item) ? THAW_CLASS (item) : NULL;
}

static ThawClassList *
list_of_row (GtkWidget *row)
{
  return THAW_CLASS_LIST (gtk_widget_get_ancestor (row, THAW_TYPE_CLASS_LIST));
}

/* The row after @row, of those that exist now; the first for NULL. The list is asked each time: rows come and go as it likes. */
static GtkWidget *
next_row (ThawClassList *self, GtkWidget *row)
{
  GtkWidget *item = row ? gtk_widget_get_next_sibling (gtk_widget_get_parent (row)) : gtk_widget_get_first_child (GTK_WIDGET (self->list));

  for (; item; item = gtk_widget_get_next_sibling (item))
    {
      GtkWidget *child = gtk_widget_get_first_child (item);

      if (child && THAW_IS_CLASS_ROW (child))
        return child;
    }
  return NULL;
}

static void
choose (ThawClassList *self, ThawClass *klass)
{
  if (g_set_object (&self->klass, klass))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLASS]);
}

static void
selected_cb (ThawClassList *self)
{
  GObject *item = gtk_single_selection_get_selected_item (self->selection);

  if (!self->changing)
    choose (self, THAW_IS_CLASS (item) ? THAW_CLASS (item) : NULL);
}

/* The row of @klass; 0, all pictures, where it is not in the list */
static guint
position_of (ThawClassList *self, ThawClass *klass)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 1; klass && i < n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (item == G_OBJECT (klass))
        return i;
    }
  return 0;
}

void
thaw_class_list_set_class (ThawClassList *self, ThawClass *klass)
{
  gtk_single_selection_set_selected (self->selection, position_of (self, klass));
  selected_cb (self);
}

/* First of all who hear of it: what the selection makes of the change by itself is no choice of the person. */
static void
classes_changing_cb (ThawClassList *self)
{
  self->changing = TRUE;
}

/* The chosen class stays chosen when the order changes; where it is gone, all pictures are shown. */
static void
classes_changed_cb (ThawClassList *self)
{
  guint position;

  if (!self->pictures)
    return;
  position = position_of (self, self->klass);
  gtk_single_selection_set_selected (self->selection, position);
  self->changing = FALSE;
  selected_cb (self);
}

static void
counts_changed_cb (ThawClassList *self)
{
  GListModel *classes = thaw_pictures_get_classes (self->pictures);

  self->most = 0;
  for (guint i = 0; i < g_list_model_get_n_items (classes); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (classes, i);

      self->most = MAX (self->most, thaw_class_get_n_pictures (klass));
    }
  for (GtkWidget *row = next_row (self, NULL); row; row = next_row (self, row))
    thaw_class_row_set_most (THAW_CLASS_ROW (row), self->most);
}

static gboolean
drop_inside_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  GtkWidget *row = data;
  ThawClassList *self = list_of_row (row);
  ThawClass *to = class_of_row (row);
  g_autofree char *why = self->why_not ? self->why_not (row, self->why_data) : NULL;

  if (!why && !to)
    why = g_strdup (_("Drop it on a class: “All pictures” is none."));
  if (why)
    g_signal_emit (self, signals[REFUSED], 0, why);
  else if (G_VALUE_HOLDS (value, G_TYPE_PTR_ARRAY))
    g_signal_emit (self, signals[PICTURES_DROPPED], 0, to, g_value_get_boxed (value));
  else if (g_value_get_object (value) != to)
    g_signal_emit (self, signals[CLASS_DROPPED], 0, g_value_get_object (value), to);
  return !why;
}

static void
files_dropped (GtkWidget *row, GPtrArray *files, gpointer data)
{
  g_signal_emit (list_of_row (row), signals[FILES_DROPPED], 0, class_of_row (row), files);
}

static char *
files_why_not (GtkWidget *row, gpointer data)
{
  ThawClassList *self = list_of_row (row);

  return self->why_not ? self->why_not (row, self->why_data) : NULL;
}

static void
files_refused (GtkWidget *row, const char *why, gpointer data)
{
  g_signal_emit (list_of_row (row), signals[REFUSED], 0, why);
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer row)
{
  ThawClass *klass = class_of_row (row);

  return klass ? gdk_content_provider_new_typed (THAW_TYPE_CLASS, klass) : NULL;
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer row)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (row);

  gtk_drag_source_set_icon (source, picture, 0, 0);
}

static void
point_at (ThawClassList *self, GtkWidget *row, double x, double y)
{
  GdkRectangle at = { 0, 0, 1, 1 };
  graphene_point_t point;

  if (gtk_widget_compute_point (row, GTK_WIDGET (self), &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    at = (GdkRectangle){ (int) point.x, (int) point.y, 1, 1 };
  gtk_popover_set_pointing_to (self->menu, &at);
}

static void
menu_released_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer row)
{
  ThawClassList *self = list_of_row (row);

  if (!class_of_row (row))
    return;
  thaw_class_list_set_class (self, class_of_row (row));
  point_at (self, row, x, y);
  gtk_popover_popup (self->menu);
}

void
thaw_class_list_popup (ThawClassList *self)
{
  for (GtkWidget *row = next_row (self, NULL); self->klass && row; row = next_row (self, row))
    if (class_of_row (row) == self->klass)
      {
        point_at (self, row, 24, 24);
        gtk_popover_popup (self->menu);
      }
}

static void
add_controllers (GtkWidget *row)
{
  static const ThawDropHandler handler = { files_dropped, files_why_not, files_refused };
  GType types[] = { G_TYPE_PTR_ARRAY, THAW_TYPE_CLASS };
  GtkDropTarget *inside = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_MOVE);
  GtkDragSource *source = gtk_drag_source_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_drop_target_set_gtypes (inside, types, G_N_ELEMENTS (types));
  g_signal_connect (inside, "drop", G_CALLBACK (drop_inside_cb), row);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (inside));
  thaw_drop_attach (row, &handler, NULL);
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), row);
  g_signal_connect (source, "drag-begin", G_CALLBACK (drag_begin_cb), row);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (source));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "released", G_CALLBACK (menu_released_cb), row);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (click));
}

static void
setup_cb (ThawClassList *self, GtkListItem *item)
{
  GtkWidget *row = thaw_class_row_new ();

  add_controllers (row);
  gtk_list_item_set_child (item, row);
}

static void
bind_cb (ThawClassList *self, GtkListItem *item)
{
  ThawClassRow *row = THAW_CLASS_ROW (gtk_list_item_get_child (item));

  thaw_class_row_set_most (row, self->most);
  thaw_class_row_set_item (row, gtk_list_item_get_item (item));
}

static void
unbind_cb (ThawClassList *self, GtkListItem *item)
{
  thaw_class_row_set_item (THAW_CLASS_ROW (gtk_list_item_get_child (item)), NULL);
}

void
thaw_class_list_set_pictures (ThawClassList *self, ThawPictures *pictures, ThawDropWhyFunc why_not, gpointer data)
{
  GListModel *classes = thaw_pictures_get_classes (pictures);
  GListStore *parts = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GListStore) all = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GtkFlattenListModel) rows = NULL;

  g_signal_connect_object (classes, "items-changed", G_CALLBACK (classes_changing_cb), self, G_CONNECT_SWAPPED);
  rows = gtk_flatten_list_model_new (G_LIST_MODEL (parts));
  self->pictures = g_object_ref (pictures);
  self->why_not = why_not;
  self->why_data = data;
  g_list_store_append (all, pictures);
  g_list_store_append (parts, all);
  g_list_store_append (parts, classes);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (rows));
  g_signal_connect_object (classes, "items-changed", G_CALLBACK (classes_changed_cb), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (pictures, "changed", G_CALLBACK (counts_changed_cb), self, G_CONNECT_SWAPPED);
  counts_changed_cb (self);
}

static void
thaw_class_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLASS)
    g_value_set_object (value, THAW_CLASS_LIST (object)->klass);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_class_list_dispose (GObject *object)
{
  ThawClassList *self = THAW_CLASS_LIST (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_CLASS_LIST);
  g_clear_object (&self->klass);
  g_clear_object (&self->pictures);
  G_OBJECT_CLASS (thaw_class_list_parent_class)->dispose (object);
}

static void
install_signals (GType type)
{
  signals[PICTURES_DROPPED] = g_signal_new ("pictures-dropped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, THAW_TYPE_CLASS,
                                            G_TYPE_PTR_ARRAY);
  signals[CLASS_DROPPED]
      = g_signal_new ("class-dropped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, THAW_TYPE_CLASS, THAW_TYPE_CLASS);
  signals[FILES_DROPPED]
      = g_signal_new ("files-dropped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, THAW_TYPE_CLASS, G_TYPE_PTR_ARRAY);
  signals[REFUSED] = g_signal_new ("refused", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
thaw_class_list_class_init (ThawClassListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->get_property = thaw_class_list_get_property;
  G_OBJECT_CLASS (klass)->dispose = thaw_class_list_dispose;
  properties[PROP_CLASS] = g_param_spec_object ("class", NULL, NULL, THAW_TYPE_CLASS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  install_signals (G_OBJECT_CLASS_TYPE (klass));
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-class-list.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawClassList, list);
  gtk_widget_class_bind_template_child (widget_class, ThawClassList, selection);
  gtk_widget_class_bind_template_child (widget_class, ThawClassList, menu);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "images.delete-class", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "images.class-menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "images.class-menu", NULL);
}

static void
thaw_class_list_init (ThawClassList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
