/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-runs-table.h"
#include "thaw-run-facts.h"
#include "widgets/thaw-run-cell.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

/* a column of a setting; it is there as long as the compared runs differ in it */
typedef struct
{
  const char          *name;
  GtkColumnViewColumn *column; /* the view's */
  GPtrArray           *cells;  /* the widgets of the column that exist */
  gboolean             differs;
} Setting;

struct _ThawRunsTable
{
  AdwBin             parent_instance;
  ThawSession       *session;
  GtkSelectionModel *selection;
  GPtrArray         *settings; /* Setting */
  gboolean           only_differences;

  /* of the template */
  GtkColumnView     *view;
  GtkPopoverMenu    *menu;
};

G_DEFINE_FINAL_TYPE (ThawRunsTable, thaw_runs_table, ADW_TYPE_BIN)

enum { PROP_0, PROP_ONLY_DIFFERENCES, N_PROPS };
enum { SELECTION_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
setting_free (gpointer data)
{
  Setting *setting = data;

  g_ptr_array_unref (setting->cells);
  g_free (setting);
}

/* What is compared */
static GPtrArray *
list_runs (ThawRunsTable *self, gboolean only_selected)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; self->selection && i < g_list_model_get_n_items (G_LIST_MODEL (self->selection)); i++)
    if (!only_selected || gtk_selection_model_is_selected (self->selection, i))
      g_ptr_array_add (runs, g_list_model_get_item (G_LIST_MODEL (self->selection), i));
  return runs;
}

GPtrArray *
thaw_runs_table_get_selected (ThawRunsTable *self)
{
  return list_runs (self, TRUE);
}

GPtrArray *
thaw_runs_table_get_compared (ThawRunsTable *self)
{
  g_autoptr (GPtrArray) selected = list_runs (self, TRUE);

  return selected->len > 1 ? g_steal_pointer (&selected) : list_runs (self, FALSE);
}

/* Settings */
static void
mark_cell (GtkWidget *cell, gboolean differs)
{
  if (differs)
    gtk_widget_add_css_class (cell, "run-differs");
  else
    gtk_widget_remove_css_class (cell, "run-differs");
}

static void
update_setting (ThawRunsTable *self, Setting *setting, GPtrArray *runs)
{
  setting->differs = thaw_run_setting_differs (runs, setting->name);
  gtk_column_view_column_set_visible (setting->column, setting->differs || !self->only_differences);
  for (guint i = 0; i < setting->cells->len; i++)
    mark_cell (g_ptr_array_index (setting->cells, i), setting->differs);
}

static void
update_settings (ThawRunsTable *self)
{
  g_autoptr (GPtrArray) runs = thaw_runs_table_get_compared (self);

  for (guint i = 0; i < self->settings->len; i++)
    update_setting (self, g_ptr_array_index (self->settings, i), runs);
}

static void
unref_cells (gpointer cells, GClosure *closure)
{
  g_ptr_array_unref (cells);
}

static void
cell_destroyed_cb (GtkWidget *cell, GPtrArray *cells)
{
  g_ptr_array_remove_fast (cells, cell);
}

static void
setup_setting_cb (GtkSignalListItemFactory *factory, GtkListItem *item, Setting *setting)
{
  GtkWidget *cell = thaw_run_cell_new_setting (setting->name);

  mark_cell (cell, setting->differs);
  g_ptr_array_add (setting->cells, cell);
  g_signal_connect_data (cell, "destroy", G_CALLBACK (cell_destroyed_cb), g_ptr_array_ref (setting->cells), unref_cells, 0);
  gtk_list_item_set_child (item, cell);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  thaw_run_cell_set_run (THAW_RUN_CELL (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  thaw_run_cell_set_run (THAW_RUN_CELL (gtk_list_item_get_child (item)), NULL);
}

static int
compare_setting (gconstpointer a, gconstpointer b, gpointer name)
{
  const char *x = thaw_run_setting ((ThawRunItem *) a, name), *y = thaw_run_setting ((ThawRunItem *) b, name);
  char *x_end, *y_end;
  double x_number = g_ascii_strtod (x, &x_end), y_number = g_ascii_strtod (y, &y_end);

  if (x_end != x && y_end != y && x_number != y_number)
    return x_number < y_number ? -1 : 1;
  return g_utf8_collate (x, y);
}

static void
add_setting (ThawRunsTable *self, const char *name)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_setting, (gpointer) name, NULL));
  Setting *setting = g_new0 (Setting, 1);

  setting->name = name;
  setting->cells = g_ptr_array_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup_setting_cb), setting);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  setting->column = gtk_column_view_column_new (thaw_run_setting_title (name), factory);
  gtk_column_view_column_set_resizable (setting->column, TRUE);
  gtk_column_view_column_set_sorter (setting->column, sorter);
  gtk_column_view_column_set_visible (setting->column, FALSE);
  gtk_column_view_append_column (self->view, setting->column);
  g_object_unref (setting->column);
  g_ptr_array_add (self->settings, setting);
}

/* What every run has */
typedef struct
{
  const char  *title;
  ThawRunFact  text;
  GCompareFunc compare;
} Fact;

static int
compare_accuracy (gconstpointer a, gconstpointer b)
{
  return thaw_run_compare ((ThawRunItem *) a, (ThawRunItem *) b);
}

static int
compare_epochs (gconstpointer a, gconstpointer b)
{
  return thaw_run_item_get_run ((ThawRunItem *) a)->summary.epochs - thaw_run_item_get_run ((ThawRunItem *) b)->summary.epochs;
}

static double
seconds_of (gconstpointer run)
{
  const ThawTrainSummary *summary = &thaw_run_item_get_run ((ThawRunItem *) run)->summary;

  return summary->feature_seconds + summary->train_seconds;
}

static int
compare_time (gconstpointer a, gconstpointer b)
{
  return (seconds_of (a) > seconds_of (b)) - (seconds_of (a) < seconds_of (b));
}

static int
compare_started (gconstpointer a, gconstpointer b)
{
  gint64 x = thaw_run_item_get_run ((ThawRunItem *) a)->started, y = thaw_run_item_get_run ((ThawRunItem *) b)->started;

  return (x > y) - (x < y);
}

static const Fact facts[] = {
  { N_("Accuracy"), thaw_run_fact_accuracy, compare_accuracy },
  { N_("Epochs"), thaw_run_fact_epochs, compare_epochs },
  { N_("Time"), thaw_run_fact_time, compare_time },
  { N_("When"), thaw_run_fact_started, compare_started },
};

/* The day comes last: what differs tells more */
#define LAST_FACT (G_N_ELEMENTS (facts) - 1)

/* One that a fact tells as well, together with how far the run came */
#define TOLD_BY_FACT "epochs"

static void
setup_fact_cb (GtkSignalListItemFactory *factory, GtkListItem *item, const Fact *fact)
{
  gtk_list_item_set_child (item, thaw_run_cell_new_fact (fact->text));
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer compare)
{
  return ((GCompareFunc) compare) (a, b);
}

static void
add_fact (ThawRunsTable *self, const Fact *fact)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_cb, (gpointer) fact->compare, NULL));
  g_autoptr (GtkColumnViewColumn) column = NULL;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_fact_cb), (gpointer) fact);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  column = gtk_column_view_column_new (_(fact->title), factory);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_append_column (self->view, column);
}

/* The curves' box and the name */
static void
overlay_toggled_cb (GtkCheckButton *check, ThawRunItem *run)
{
  g_object_set (run, "overlay", gtk_check_button_get_active (check), NULL);
}

static void
run_overlay_cb (ThawRunItem *run, GParamSpec *pspec, GtkCheckButton *check)
{
  gboolean overlay;

  g_object_get (run, "overlay", &overlay, NULL);
  gtk_check_button_set_active (check, overlay);
}

static void
setup_overlay_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *check = gtk_check_button_new ();

  thaw_tooltip_set (check, _("Draw its curves with those of the shown run"));
  gtk_list_item_set_child (item, check);
}

static void
bind_overlay_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  ThawRunItem *run = gtk_list_item_get_item (item);
  GtkWidget *check = gtk_list_item_get_child (item);
  g_autofree char *name = thaw_run_fact_name (run);
  g_autofree char *label = g_strdup_printf (_("Curves of %s"), name);

  run_overlay_cb (run, NULL, GTK_CHECK_BUTTON (check));
  g_signal_connect_object (check, "toggled", G_CALLBACK (overlay_toggled_cb), run, 0);
  g_signal_connect_object (run, "notify::overlay", G_CALLBACK (run_overlay_cb), check, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
unbind_overlay_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  ThawRunItem *run = gtk_list_item_get_item (item);
  GtkWidget *check = gtk_list_item_get_child (item);

  g_signal_handlers_disconnect_by_func (check, overlay_toggled_cb, run);
  g_signal_handlers_disconnect_by_func (run, run_overlay_cb, check);
}

static void
setup_name_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawRunsTable *self)
{
  gtk_list_item_set_child (item, thaw_run_cell_new_name (thaw_session_get_runs (self->session)));
}

static int
compare_name (gconstpointer a, gconstpointer b, gpointer data)
{
  g_autofree char *x = thaw_run_fact_name ((ThawRunItem *) a);
  g_autofree char *y = thaw_run_fact_name ((ThawRunItem *) b);

  return g_utf8_collate (x, y);
}

static void
add_first_columns (ThawRunsTable *self)
{
  GtkListItemFactory *overlays = gtk_signal_list_item_factory_new ();
  GtkListItemFactory *names = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_name, NULL, NULL));
  g_autoptr (GtkColumnViewColumn) overlay = NULL;
  g_autoptr (GtkColumnViewColumn) name = NULL;

  g_signal_connect (overlays, "setup", G_CALLBACK (setup_overlay_cb), NULL);
  g_signal_connect (overlays, "bind", G_CALLBACK (bind_overlay_cb), NULL);
  g_signal_connect (overlays, "unbind", G_CALLBACK (unbind_overlay_cb), NULL);
  g_signal_connect (names, "setup", G_CALLBACK (setup_name_cb), self);
  g_signal_connect (names, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (names, "unbind", G_CALLBACK (unbind_cb), NULL);
  overlay = gtk_column_view_column_new (_("Curves"), overlays);
  name = gtk_column_view_column_new (_("Name"), names);
  gtk_column_view_column_set_sorter (name, sorter);
  gtk_column_view_column_set_resizable (name, TRUE);
  gtk_column_view_column_set_expand (name, TRUE);
  gtk_column_view_append_column (self->view, overlay);
  gtk_column_view_append_column (self->view, name);
}

static void
add_columns (ThawRunsTable *self)
{
  const char *const *names = thaw_run_setting_names ();

  add_first_columns (self);
  for (guint i = 0; i < LAST_FACT; i++)
    add_fact (self, &facts[i]);
  for (guint i = 0; names[i]; i++)
    if (!g_str_equal (names[i], TOLD_BY_FACT))
      add_setting (self, names[i]);
  add_fact (self, &facts[LAST_FACT]);
}

/* The list */
static void
changed_cb (ThawRunsTable *self)
{
  update_settings (self);
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
activate_cb (GtkColumnView *view, guint position, ThawRunsTable *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "runs.show", NULL);
}

void
thaw_runs_table_set_session (ThawRunsTable *self, ThawSession *session)
{
  GListModel *runs = g_object_ref (G_LIST_MODEL (thaw_session_get_runs (session)));
  GtkSorter *sorter = gtk_column_view_get_sorter (self->view);
  GtkSortListModel *sorted;

  g_set_object (&self->session, session);
  add_columns (self);
  sorted = gtk_sort_list_model_new (runs, sorter ? g_object_ref (sorter) : NULL);
  self->selection = GTK_SELECTION_MODEL (gtk_multi_selection_new (G_LIST_MODEL (sorted)));
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_model (self->view, self->selection);
  update_settings (self);
}

/* The context menu, on the row that has the pointer or the focus */
static void
show_menu (ThawRunsTable *self, double x, double y)
{
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* The row below a place of the table; GTK_INVALID_LIST_POSITION: none. 4.8 does not tell: the cell there knows its run. */
static guint
position_at (ThawRunsTable *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkWidget *cell = widget ? gtk_widget_get_ancestor (widget, THAW_TYPE_RUN_CELL) : NULL;
  ThawRunItem *run = cell ? thaw_run_cell_get_run (THAW_RUN_CELL (cell)) : NULL;

  for (guint i = 0; run && i < g_list_model_get_n_items (G_LIST_MODEL (self->selection)); i++)
    {
      g_autoptr (ThawRunItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (item == run)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

static void
released_cb (GtkGestureClick *gesture, int n, double x, double y, ThawRunsTable *self)
{
  guint position = position_at (self, x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  if (!gtk_selection_model_is_selected (self->selection, position))
    gtk_selection_model_select_item (self->selection, position, TRUE);
  show_menu (self, x, y);
}

static void
menu_key (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsTable *self = THAW_RUNS_TABLE (widget);
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  double x = 0, y = 0;

  if (focus && gtk_widget_is_ancestor (focus, widget))
    gtk_widget_translate_coordinates (focus, widget, 24, gtk_widget_get_height (focus), &x, &y);
  show_menu (self, x, y);
}

static void
thaw_runs_table_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ONLY_DIFFERENCES)
    g_value_set_boolean (value, THAW_RUNS_TABLE (object)->only_differences);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_runs_table_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawRunsTable *self = THAW_RUNS_TABLE (object);

  if (id != PROP_ONLY_DIFFERENCES)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  self->only_differences = g_value_get_boolean (value);
  update_settings (self);
}

static void
thaw_runs_table_dispose (GObject *object)
{
  ThawRunsTable *self = THAW_RUNS_TABLE (object);

  if (self->menu)
    gtk_widget_unparent (GTK_WIDGET (self->menu));
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RUNS_TABLE);
  self->menu = NULL;
  g_clear_object (&self->selection);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_runs_table_parent_class)->dispose (object);
}

static void
thaw_runs_table_finalize (GObject *object)
{
  g_ptr_array_unref (THAW_RUNS_TABLE (object)->settings);
  G_OBJECT_CLASS (thaw_runs_table_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  properties[PROP_ONLY_DIFFERENCES]
      = g_param_spec_boolean ("only-differences", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SELECTION_CHANGED]
      = g_signal_new ("selection-changed", THAW_TYPE_RUNS_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
thaw_runs_table_class_init (ThawRunsTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = thaw_runs_table_get_property;
  object_class->set_property = thaw_runs_table_set_property;
  object_class->dispose = thaw_runs_table_dispose;
  object_class->finalize = thaw_runs_table_finalize;
  install_properties (object_class);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-runs-table.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawRunsTable, view);
  gtk_widget_class_bind_template_child (widget_class, ThawRunsTable, menu);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, released_cb);
  gtk_widget_class_install_action (widget_class, "runs.menu", NULL, menu_key);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "runs.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "runs.menu", NULL);
}

static void
thaw_runs_table_init (ThawRunsTable *self)
{
  self->only_differences = TRUE;
  self->settings = g_ptr_array_new_with_free_func (setting_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_parent (GTK_WIDGET (self->menu), GTK_WIDGET (self));
}
