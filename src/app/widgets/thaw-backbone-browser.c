/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-backbone-browser.h"

#include "widgets/thaw-backbone-row.h"

#include <glib/gi18n.h>

/* Rows made in one go: a frame is not missed for them */
#define SLICE 6
/* Pixels */
#define LOWEST 200
#define HIGHEST 560

struct _ThawBackboneBrowser
{
  AdwBin             parent_instance;
  ThawBackbones     *backbones;
  ThawBackboneOrder  order;
  char              *chosen;      /* (nullable) a name */
  gboolean           seen;        /* rows are made */
  GPtrArray         *wanted;      /* items in their order */
  guint              n_made;      /* of these, have a row */
  guint              source;      /* makes the rest */

  /* of the template */
  GtkSearchEntry    *search;
  GtkScrolledWindow *scroller;
  GtkListBox        *list;
};

G_DEFINE_FINAL_TYPE (ThawBackboneBrowser, thaw_backbone_browser, ADW_TYPE_BIN)

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

enum { PROP_0, PROP_ORDER };

static const char *const orders[] = {
  [THAW_BACKBONE_SUGGESTED] = "suggested",
  [THAW_BACKBONE_ACCURACY] = "accuracy",
  [THAW_BACKBONE_SIZE] = "size",
  [THAW_BACKBONE_SPEED] = "speed",
};

static ThawBackboneItem *
item_of (GtkListBoxRow *row)
{
  return thaw_backbone_row_get_item (THAW_BACKBONE_ROW (row));
}

static gboolean
is_installed (GtkListBoxRow *row)
{
  gboolean installed;

  g_object_get (item_of (row), "installed", &installed, NULL);
  return installed;
}

/* --- order, search, headings --- */

static int
compare_cb (GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  return thaw_backbone_item_compare (item_of (a), item_of (b), THAW_BACKBONE_BROWSER (data)->order);
}

static gboolean
is_shown_cb (GtkListBoxRow *row, gpointer data)
{
  return thaw_backbone_item_matches (item_of (row), gtk_editable_get_text (GTK_EDITABLE (THAW_BACKBONE_BROWSER (data)->search)));
}

static void
head_cb (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const char *text = is_installed (row) ? _("On this machine") : _("To download");
  GtkWidget *label = gtk_list_box_row_get_header (row);

  if (before && is_installed (before) == is_installed (row))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  if (label)
    {
      gtk_label_set_text (GTK_LABEL (label), text);
      return;
    }
  label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "thaw-heading");
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_list_box_row_set_header (row, label);
}

static void
scroll_up (ThawBackboneBrowser *self)
{
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
}

static void
search_changed_cb (ThawBackboneBrowser *self)
{
  gtk_list_box_invalidate_filter (self->list);
  scroll_up (self);
}

/* Escape empties the search before it closes the list. */
static void
stop_search_cb (ThawBackboneBrowser *self)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);

  if (*gtk_editable_get_text (GTK_EDITABLE (self->search)))
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else if (popover)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

/* What was typed over the list is in the entry already. */
static void
search_started_cb (ThawBackboneBrowser *self)
{
  gtk_text_grab_focus_without_selecting (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->search))));
}

static GtkWidget *
first_shown (ThawBackboneBrowser *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)); i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row)))
      return GTK_WIDGET (row);
  return NULL;
}

/* A row or its button; NULL: it is elsewhere */
static GtkWidget *
focus_in_list (ThawBackboneBrowser *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  return focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->list)) ? focus : NULL;
}

/* Return, which the entry takes for itself while the focus is on a row or its button too */
static void
search_activated_cb (ThawBackboneBrowser *self)
{
  GtkWidget *focus = focus_in_list (self), *row;

  if (focus)
    gtk_widget_activate (focus);
  else if ((row = first_shown (self)))
    gtk_widget_grab_focus (row);
}

/* --- rows --- */

static void
add_row (ThawBackboneBrowser *self, ThawBackboneItem *item)
{
  GtkWidget *row = thaw_backbone_row_new (item);

  thaw_backbone_row_set_chosen (THAW_BACKBONE_ROW (row), g_strcmp0 (self->chosen, thaw_backbone_item_get_name (item)) == 0);
  gtk_list_box_append (self->list, row);
}

static gboolean
make_some_cb (gpointer data)
{
  ThawBackboneBrowser *self = data;

  for (guint i = 0; i < SLICE && self->n_made < self->wanted->len; i++)
    add_row (self, self->wanted->pdata[self->n_made++]);
  if (self->n_made < self->wanted->len)
    return G_SOURCE_CONTINUE;
  self->source = 0;
  return G_SOURCE_REMOVE;
}

static int
compare_items_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  return thaw_backbone_item_compare (*(ThawBackboneItem *const *) a, *(ThawBackboneItem *const *) b, THAW_BACKBONE_BROWSER (data)->order);
}

static void
clear_rows (ThawBackboneBrowser *self)
{
  GtkListBoxRow *row;

  g_clear_handle_id (&self->source, g_source_remove);
  g_ptr_array_set_size (self->wanted, 0);
  self->n_made = 0;
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)))
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

/* From the top, so that what is seen already does not move; what is installed comes first, and at once. */
static void
make_rows (ThawBackboneBrowser *self)
{
  GListModel *model = G_LIST_MODEL (self->backbones);
  gboolean installed = TRUE;

  clear_rows (self);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    g_ptr_array_add (self->wanted, g_list_model_get_item (model, i));
  g_ptr_array_sort_with_data (self->wanted, compare_items_cb, self);
  while (self->n_made < self->wanted->len && installed)
    {
      g_object_get (self->wanted->pdata[self->n_made], "installed", &installed, NULL);
      add_row (self, self->wanted->pdata[self->n_made++]);
    }
  self->source = g_idle_add (make_some_cb, self);
}

/* The name of the item whose row, or what is in it, has the focus; NULL: none (transfer full) */
static char *
focused_name (ThawBackboneBrowser *self)
{
  GtkWidget *focus = focus_in_list (self);
  GtkWidget *row = focus ? gtk_widget_get_ancestor (focus, GTK_TYPE_LIST_BOX_ROW) : NULL;

  return row ? g_strdup (thaw_backbone_item_get_name (item_of (GTK_LIST_BOX_ROW (row)))) : NULL;
}

/* Whether the row of the item of that name was made by now */
static gboolean
focus_row (ThawBackboneBrowser *self, const char *name)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)); i++)
    if (g_str_equal (name, thaw_backbone_item_get_name (item_of (row))))
      return gtk_widget_grab_focus (GTK_WIDGET (row));
  return FALSE;
}

/* Who goes through the list goes on there */
static void
items_changed_cb (ThawBackboneBrowser *self)
{
  g_autofree char *focused = focused_name (self);

  if (!self->seen)
    return;
  make_rows (self);
  while (focused && !focus_row (self, focused) && self->n_made < self->wanted->len)
    add_row (self, self->wanted->pdata[self->n_made++]);
}

static void
row_activated_cb (ThawBackboneBrowser *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[CHOSEN], 0, item_of (row));
}

static void
mark_chosen (ThawBackboneBrowser *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)); i++)
    {
      const gboolean chosen = g_strcmp0 (self->chosen, thaw_backbone_item_get_name (item_of (row))) == 0;

      thaw_backbone_row_set_chosen (THAW_BACKBONE_ROW (row), chosen);
      if (chosen)
        gtk_widget_grab_focus (GTK_WIDGET (row));
    }
}

void
thaw_backbone_browser_show (ThawBackboneBrowser *self, const char *chosen, int height)
{
  const int wanted = CLAMP (height, LOWEST, HIGHEST);

  g_free (self->chosen);
  self->chosen = g_strdup (chosen);
  /* of one height whatever is found: the list does not jump while one types. The larger first: the least is never beyond the most */
  gtk_scrolled_window_set_min_content_height (self->scroller, -1);
  gtk_scrolled_window_set_max_content_height (self->scroller, wanted);
  gtk_scrolled_window_set_min_content_height (self->scroller, wanted);
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  scroll_up (self);
  if (!self->seen)
    {
      self->seen = TRUE;
      make_rows (self);
    }
  mark_chosen (self);
}

/* --- actions --- */

static void
download_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawBackboneBrowser *self = THAW_BACKBONE_BROWSER (widget);
  ThawBackboneItem *item = thaw_backbones_find (self->backbones, g_variant_get_string (parameter, NULL));

  if (item)
    thaw_backbones_download (self->backbones, item);
}

static void
stop_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawBackboneBrowser *self = THAW_BACKBONE_BROWSER (widget);
  ThawBackboneItem *item = thaw_backbones_find (self->backbones, g_variant_get_string (parameter, NULL));

  if (item)
    thaw_backbones_cancel (self->backbones, item);
}

/* --- widget --- */

void
thaw_backbone_browser_set_backbones (ThawBackboneBrowser *self, ThawBackbones *backbones)
{
  g_return_if_fail (!self->backbones);
  self->backbones = g_object_ref (backbones);
  g_signal_connect_object (backbones, "items-changed", G_CALLBACK (items_changed_cb), self, G_CONNECT_SWAPPED);
}

static void
thaw_backbone_browser_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ORDER)
    g_value_set_string (value, orders[THAW_BACKBONE_BROWSER (object)->order]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_backbone_browser_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawBackboneBrowser *self = THAW_BACKBONE_BROWSER (object);

  if (id != PROP_ORDER)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_strcmp0 (orders[i], g_value_get_string (value)) == 0)
      self->order = (ThawBackboneOrder) i;
  gtk_list_box_invalidate_sort (self->list);
  gtk_list_box_invalidate_headers (self->list);
  scroll_up (self);
  g_object_notify_by_pspec (object, pspec);
}

static void
thaw_backbone_browser_dispose (GObject *object)
{
  ThawBackboneBrowser *self = THAW_BACKBONE_BROWSER (object);

  g_clear_handle_id (&self->source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_BACKBONE_BROWSER);
  g_clear_object (&self->backbones);
  g_clear_pointer (&self->chosen, g_free);
  g_clear_pointer (&self->wanted, g_ptr_array_unref);
  G_OBJECT_CLASS (thaw_backbone_browser_parent_class)->dispose (object);
}

static void
thaw_backbone_browser_class_init (ThawBackboneBrowserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_backbone_browser_get_property;
  object_class->set_property = thaw_backbone_browser_set_property;
  object_class->dispose = thaw_backbone_browser_dispose;
  g_object_class_install_property (
      object_class, PROP_ORDER,
      g_param_spec_string ("order", NULL, NULL, orders[0], G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS));
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, THAW_TYPE_BACKBONE_ITEM);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-backbone-browser.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneBrowser, search);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneBrowser, scroller);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneBrowser, list);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_started_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_install_property_action (widget_class, "backbone.order", "order");
  gtk_widget_class_install_action (widget_class, "backbone.download", "s", download_cb);
  gtk_widget_class_install_action (widget_class, "backbone.stop", "s", stop_cb);
}

static void
thaw_backbone_browser_init (ThawBackboneBrowser *self)
{
  self->wanted = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_sort_func (self->list, compare_cb, self, NULL);
  gtk_list_box_set_filter_func (self->list, is_shown_cb, self, NULL);
  gtk_list_box_set_header_func (self->list, head_cb, self, NULL);
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->list));
}
