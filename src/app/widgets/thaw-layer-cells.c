/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-layer-tree-private.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

/* The cells of the tree's columns. A cell knows its row as long as it shows it; the row's notifications bring it up to date. */

static ThawLayerRow *
row_of (GtkListItem *item)
{
  GtkTreeListRow *list_row = gtk_list_item_get_item (item);
  g_autoptr (ThawLayerRow) row = list_row ? gtk_tree_list_row_get_item (list_row) : NULL;

  return row;
}

static ThawLayerTree *
tree_of (GtkWidget *widget)
{
  return THAW_LAYER_TREE (gtk_widget_get_ancestor (widget, THAW_TYPE_LAYER_TREE));
}

static void
watch (GtkListItem *item, const char *property, GCallback callback)
{
  g_signal_connect_object (row_of (item), property, callback, item, G_CONNECT_SWAPPED);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  ThawLayerRow *row = row_of (item);

  if (row)
    g_signal_handlers_disconnect_by_data (row, item);
}

static const char *
trains_words (ThawTrains trains, gboolean weights)
{
  if (!weights)
    return _("without weights");
  return trains == THAW_TRAINS_ALL ? _("trains") : trains == THAW_TRAINS_SOME ? _("some of it trains") : _("frozen");
}

static const char *
statistics_words (ThawStatistics statistics)
{
  switch (statistics)
    {
    case THAW_STATISTICS_STORED:
      return _("normalises by stored statistics");
    case THAW_STATISTICS_BATCH:
      return _("normalises by the batch");
    case THAW_STATISTICS_MIXED:
      return _("normalises partly by the batch");
    default:
      return NULL;
    }
}

/* --- name --- */

static GtkWidget *
add_statistics (GtkWidget *box)
{
  GtkWidget *button = gtk_button_new ();

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "thaw-statistics");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_focusable (button, FALSE);
  gtk_box_append (GTK_BOX (box), button);
  return button;
}

static gboolean
has_button (ThawLayerRow *row, ThawStatistics *statistics)
{
  gboolean group;

  g_object_get (row, "statistics", statistics, "group", &group, NULL);
  return *statistics != THAW_STATISTICS_NONE && !group;
}

/* The kind's column has it where there is one, else the name's. Few rows have this button: others go without, which makes the list quicker. */
static void
update_statistics (GtkWidget *box, ThawLayerRow *row, gboolean of_kind)
{
  ThawLayerTree *tree = tree_of (box);
  GtkWidget *button = gtk_widget_get_next_sibling (gtk_widget_get_first_child (box));
  ThawStatistics statistics;
  gboolean possible;

  if (!has_button (row, &statistics) || !tree || of_kind != (gtk_column_view_column_get_column_view (tree->kind) != NULL))
    {
      if (button)
        gtk_box_remove (GTK_BOX (box), button);
      return;
    }
  if (!button)
    button = add_statistics (box);
  possible = thaw_network_can_set_statistics (tree->network, row);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", thaw_layer_row_get_name (row));
  /* an action that can be called would make its button alive again */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), possible && !tree->problem ? "tree.switch-statistics" : NULL);
  gtk_widget_set_sensitive (button, possible && !tree->problem);
  gtk_button_set_label (GTK_BUTTON (button), statistics == THAW_STATISTICS_BATCH ? _("batch") : _("stored"));
  thaw_tooltip_set (button, !possible ? _("A frozen layer always normalises by the statistics stored with the pretrained network.")
                            : statistics == THAW_STATISTICS_BATCH
                                ? _("Normalises by the statistics of each batch. Press to use those stored with the network.")
                                : _("Normalises by the statistics stored with the pretrained network. Press to use those of each batch."));
}

/* The expander has the focus: what is known of the row is its name for a screen reader. */
static void
update_accessible (GtkWidget *expander, ThawLayerRow *row)
{
  g_autofree char *label = NULL, *kind = NULL, *text = NULL;
  ThawTrains trains;
  ThawStatistics statistics;
  gint64 parameters;

  g_object_get (row, "label", &label, "kind", &kind, "trains", &trains, "statistics", &statistics, "parameters", &parameters, NULL);
  text = g_strjoin (", ", label, g_strcmp0 (label, kind) == 0 ? trains_words (trains, parameters > 0) : kind,
                    g_strcmp0 (label, kind) == 0 ? statistics_words (statistics) : trains_words (trains, parameters > 0),
                    g_strcmp0 (label, kind) == 0 ? NULL : statistics_words (statistics), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (expander), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  thaw_name_row (expander, text);
}

static char *
row_tooltip (ThawLayerRow *row)
{
  g_autofree char *name = NULL, *kind = NULL, *shape = NULL;
  GString *text;

  g_object_get (row, "name", &name, "kind", &kind, "shape", &shape, NULL);
  text = g_string_new (*name ? name : NULL);
  if (text->len)
    g_string_append (text, ": ");
  g_string_append (text, kind);
  if (*shape)
    g_string_append_printf (text, ", %s", shape);
  return g_string_free (text, FALSE);
}

static void
name_changed_cb (GtkListItem *item)
{
  GtkWidget *expander = gtk_list_item_get_child (item);
  GtkWidget *box = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (expander));
  GtkWidget *label = gtk_widget_get_first_child (box);
  ThawLayerRow *row = row_of (item);
  g_autofree char *text = NULL, *tooltip = NULL;
  gint64 parameters;

  if (!row)
    return;
  g_object_get (row, "label", &text, "parameters", &parameters, NULL);
  tooltip = row_tooltip (row);
  gtk_label_set_text (GTK_LABEL (label), text);
  thaw_tooltip_set (label, tooltip);
  if (parameters > 0)
    gtk_widget_remove_css_class (label, "dim-label");
  else
    gtk_widget_add_css_class (label, "dim-label");
  update_statistics (box, row, FALSE);
  update_accessible (expander, row);
}

static void
name_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), box);
  gtk_list_item_set_child (item, expander);
}

static void
name_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
  name_changed_cb (item);
  watch (item, "notify", G_CALLBACK (name_changed_cb));
}

static void
name_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  unbind_cb (factory, item, self);
  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (gtk_list_item_get_child (item)), NULL);
}

/* --- texts --- */

static void
text_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "thaw-detail");
  gtk_list_item_set_child (item, label);
}

static void
kind_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *label;

  text_setup_cb (factory, item, self);
  label = g_object_ref (gtk_list_item_get_child (item));
  gtk_list_item_set_child (item, box);
  gtk_box_append (GTK_BOX (box), label);
  g_object_unref (label);
}

static void
kind_changed_cb (GtkListItem *item)
{
  ThawLayerRow *row = row_of (item);
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *label = gtk_widget_get_first_child (box);
  g_autofree char *text = NULL;
  ThawStatistics statistics;

  if (!row)
    return;
  g_object_get (row, "kind", &text, NULL);
  /* Translators: short for "batch normalization" */
  gtk_label_set_text (GTK_LABEL (label), has_button (row, &statistics) ? _("batch norm") : text);
  thaw_tooltip_set (label, text);
  update_statistics (box, row, TRUE);
}

static void
kind_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  kind_changed_cb (item);
  watch (item, "notify", G_CALLBACK (kind_changed_cb));
}

static void
shape_changed_cb (GtkListItem *item)
{
  ThawLayerRow *row = row_of (item);
  g_autofree char *text = NULL;

  if (!row)
    return;
  g_object_get (row, "shape", &text, NULL);
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
shape_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  shape_changed_cb (item);
  watch (item, "notify::shape", G_CALLBACK (shape_changed_cb));
}

static void
parameters_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_label_set_width_chars (GTK_LABEL (label), 1);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END); /* in a column made narrow "3" is not "3.4 M" */
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
parameters_changed_cb (GtkListItem *item)
{
  ThawLayerRow *row = row_of (item);
  g_autofree char *text = NULL;
  gint64 parameters;

  if (!row)
    return;
  g_object_get (row, "parameters", &parameters, NULL);
  text = parameters > 0 ? thaw_text_count ((double) parameters) : g_strdup ("");
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
parameters_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  parameters_changed_cb (item);
  watch (item, "notify::parameters", G_CALLBACK (parameters_changed_cb));
}

/* --- trains --- */

static void
toggled_cb (GtkCheckButton *check, GtkListItem *item)
{
  ThawLayerRow *row = row_of (item);
  ThawLayerTree *tree = tree_of (GTK_WIDGET (check));

  if (row && tree)
    thaw_layer_tree_toggle (tree, row);
}

static void
trains_changed_cb (GtkListItem *item)
{
  GtkCheckButton *check = GTK_CHECK_BUTTON (gtk_list_item_get_child (item));
  ThawLayerTree *tree = tree_of (GTK_WIDGET (check));
  ThawLayerRow *row = row_of (item);
  g_autofree char *label = NULL, *text = NULL;
  ThawTrains trains;
  gint64 parameters;

  if (!row)
    return;
  g_object_get (row, "trains", &trains, "parameters", &parameters, "label", &label, NULL);
  g_signal_handlers_block_by_func (check, toggled_cb, item);
  gtk_check_button_set_active (check, trains == THAW_TRAINS_ALL);
  gtk_check_button_set_inconsistent (check, trains == THAW_TRAINS_SOME);
  g_signal_handlers_unblock_by_func (check, toggled_cb, item);
  gtk_widget_set_visible (GTK_WIDGET (check), parameters > 0);
  gtk_widget_set_sensitive (GTK_WIDGET (check), tree && !tree->problem);
  thaw_tooltip_set (GTK_WIDGET (check), tree && tree->problem               ? tree->problem
                                        : trains == THAW_TRAINS_ALL  ? _("Trains. Press to freeze it.")
                                        : trains == THAW_TRAINS_SOME ? _("Some of it trains. Press to train all of it.")
                                                                     : _("Frozen. Press to train it."));
  text = g_strdup_printf (_("%s trains"), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
trains_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_halign (check, GTK_ALIGN_CENTER);
  /* Tab leads past the tree, not through a thousand boxes: Space does it from the row */
  gtk_widget_set_focusable (check, FALSE);
  gtk_list_item_set_child (item, check);
  g_signal_connect_object (check, "toggled", G_CALLBACK (toggled_cb), item, 0);
}

static void
trains_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self)
{
  trains_changed_cb (item);
  watch (item, "notify", G_CALLBACK (trains_changed_cb));
}

typedef void (*CellFunc) (GtkSignalListItemFactory *factory, GtkListItem *item, ThawLayerTree *self);

static void
add_factory (ThawLayerTree *self, GtkColumnViewColumn *column, CellFunc setup, CellFunc bind, CellFunc unbind)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind), self, 0);
  gtk_column_view_column_set_factory (column, factory);
}

void
thaw_layer_tree_add_factories (ThawLayerTree *self)
{
  add_factory (self, self->name, name_setup_cb, name_bind_cb, name_unbind_cb);
  add_factory (self, self->kind, kind_setup_cb, kind_bind_cb, unbind_cb);
  add_factory (self, self->shape, text_setup_cb, shape_bind_cb, unbind_cb);
  add_factory (self, self->parameters, parameters_setup_cb, parameters_bind_cb, unbind_cb);
  add_factory (self, self->trains, trains_setup_cb, trains_bind_cb, unbind_cb);
}
