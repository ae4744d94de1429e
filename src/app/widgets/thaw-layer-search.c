/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-layer-tree-private.h"

#include <string.h>

static gboolean
is_shown_cb (gpointer item, gpointer data)
{
  const ThawLayerTree *self = data;

  return !self->wanted || g_hash_table_contains (self->found, item);
}

GListModel *
thaw_layer_tree_filter_rows (ThawLayerTree *self, GListModel *rows)
{
  return G_LIST_MODEL (gtk_filter_list_model_new (g_object_ref (rows), g_object_ref (self->filter)));
}

GtkFilter *
thaw_layer_tree_new_filter (ThawLayerTree *self)
{
  return GTK_FILTER (gtk_custom_filter_new (is_shown_cb, self, NULL));
}

/* Names are nearly always plain ASCII, for which folding is comparing without case */
static gboolean
contains (const ThawLayerTree *self, const char *text)
{
  g_autofree char *folded = g_str_is_ascii (text) ? NULL : g_utf8_casefold (text, -1);

  return folded ? strstr (folded, self->wanted) != NULL : strcasestr (text, self->wanted) != NULL;
}

/* "blocks.5" finds the group, not each layer in it, whose name begins so. */
static gboolean
matches (const ThawLayerTree *self, ThawLayerRow *row)
{
  const char *name = thaw_layer_row_get_name (row), *dot = strrchr (name, '.');
  ThawLayerRow *parent = thaw_layer_row_get_parent (row);
  g_autofree char *kind = NULL;

  g_object_get (row, "kind", &kind, NULL);
  return parent
         && (contains (self, dot ? dot + 1 : name) || contains (self, kind)
             || (contains (self, name) && !contains (self, thaw_layer_row_get_name (parent))));
}

enum { FOUND = 1, BELOW_FOUND };

/* What is below a group that was found stays as well, so that it can be opened. */
static gboolean
find (ThawLayerTree *self, ThawLayerRow *row, gboolean above)
{
  GListModel *children = thaw_layer_row_get_children (row);
  gboolean found = matches (self, row);
  const gboolean here = found || above;

  for (guint i = 0; children && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (children, i);

      found |= find (self, child, here);
    }
  if (found || above)
    g_hash_table_insert (self->found, row, GINT_TO_POINTER (found ? FOUND : BELOW_FOUND));
  return found;
}

static void
remember_open (ThawLayerTree *self)
{
  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) list_row = gtk_tree_list_model_get_row (self->tree, i);
      g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);

      if (gtk_tree_list_row_get_expanded (list_row))
        g_hash_table_add (self->open, g_strdup (thaw_layer_row_get_name (row)));
    }
}

static gboolean
has_found_child (ThawLayerTree *self, ThawLayerRow *row)
{
  GListModel *children = thaw_layer_row_get_children (row);

  for (guint i = 0; children && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (ThawLayerRow) child = g_list_model_get_item (children, i);

      if (GPOINTER_TO_INT (g_hash_table_lookup (self->found, child)) == FOUND)
        return TRUE;
    }
  return FALSE;
}

typedef gboolean (*IsOpen) (ThawLayerTree *self, GtkTreeListRow *list_row);

/* Opens and closes groups as @is_open says; what comes to be seen so is asked for in its turn. */
static void
set_open (ThawLayerTree *self, IsOpen is_open)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) list_row = gtk_tree_list_model_get_row (self->tree, i);

      if (gtk_tree_list_row_is_expandable (list_row))
        gtk_tree_list_row_set_expanded (list_row, is_open (self, list_row));
    }
}

static gboolean
leads_to_found (ThawLayerTree *self, GtkTreeListRow *list_row)
{
  g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);

  return has_found_child (self, row);
}

static gboolean
was_open (ThawLayerTree *self, GtkTreeListRow *list_row)
{
  g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);

  return g_hash_table_contains (self->open, thaw_layer_row_get_name (row));
}

static gboolean
is_any (ThawLayerTree *self, GtkTreeListRow *list_row)
{
  return TRUE;
}

static gboolean
is_network (ThawLayerTree *self, GtkTreeListRow *list_row)
{
  return gtk_tree_list_row_get_depth (list_row) == 0;
}

static void
find_all (ThawLayerTree *self)
{
  GListModel *layers = thaw_network_get_layers (self->network);

  g_hash_table_remove_all (self->found);
  for (guint i = 0; i < g_list_model_get_n_items (layers); i++)
    {
      g_autoptr (ThawLayerRow) row = g_list_model_get_item (layers, i);

      find (self, row, FALSE);
    }
}

static void
show_result (ThawLayerTree *self)
{
  const gboolean nothing = self->wanted && g_hash_table_size (self->found) == 0;

  gtk_stack_set_visible_child_name (self->stack, nothing ? "nothing" : "tree");
}

static gboolean
is_searched (ThawLayerTree *self, const char *folded)
{
  return strcmp (self->wanted ? self->wanted : "", folded) == 0;
}

void
thaw_layer_tree_expect_search (ThawLayerTree *self, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  if (self->network && !is_searched (self, folded))
    thaw_layer_tree_fold (self);
}

void
thaw_layer_tree_search (ThawLayerTree *self, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  if (!self->network)
    return;
  if (is_searched (self, folded))
    {
      thaw_layer_tree_fill_on (self);
      return;
    }
  if (!self->wanted)
    remember_open (self);
  g_free (self->wanted);
  self->wanted = *folded ? g_steal_pointer (&folded) : NULL;
  if (self->wanted)
    find_all (self);
  thaw_layer_tree_begin_change (self);
  if (self->wanted)
    set_open (self, leads_to_found);
  else
    {
      set_open (self, was_open);
      g_clear_pointer (&self->open, g_hash_table_unref);
    }
  thaw_layer_tree_end_change (self);
  show_result (self);
}

void
thaw_layer_tree_expand_all (ThawLayerTree *self, gboolean open)
{
  g_autofree char *current = NULL;

  if (thaw_layer_tree_get_current (self))
    current = g_strdup (thaw_layer_row_get_name (thaw_layer_tree_get_current (self)));
  thaw_layer_tree_begin_change (self);
  /* the network itself stays open */
  set_open (self, open ? is_any : is_network);
  thaw_layer_tree_end_change (self);
  if (current && open)
    thaw_layer_tree_show (self, current);
}

/* Groups with more parts than this are closed at first */
#define FEW 16

void
thaw_layer_tree_open_first (ThawLayerTree *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) list_row = gtk_tree_list_model_get_row (self->tree, i);
      g_autoptr (ThawLayerRow) row = gtk_tree_list_row_get_item (list_row);
      GListModel *children = thaw_layer_row_get_children (row);
      const guint depth = gtk_tree_list_row_get_depth (list_row);

      if (children && (depth == 0 || (depth == 1 && g_list_model_get_n_items (children) <= FEW)))
        gtk_tree_list_row_set_expanded (list_row, TRUE);
    }
}
