/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-layer-tree.h"

G_BEGIN_DECLS

struct _ThawLayerTree
{
  GtkWidget           parent_instance;
  ThawNetwork        *network;
  char               *problem, *head_problem;

  GtkTreeListModel   *tree;
  GtkSortListModel   *sorted;
  GtkSorter          *sorter;
  GtkSliceListModel  *slice;     /* rows that the view has been told of */
  guint               fill_idle; /* tells it of more, or of fewer */
  GtkSingleSelection *selection;
  guint               layout_idle;
  guint               focus_frames; /* since the focus waits for the current row; 0: it does not */

  /* search */
  GtkFilter          *filter;
  char               *wanted;    /* (nullable) folded */
  GHashTable         *found;     /* ThawLayerRow: those found and what is above them */
  GHashTable         *open;      /* (nullable) names that were open before the search */

  /* of the template */
  GtkSearchEntry     *entry;
  GtkWidget          *order;
  GtkWidget          *content;
  GtkStack           *stack;
  GtkSpinner         *spinner;
  GtkColumnView      *view;
  GtkColumnViewColumn *name, *kind, *shape, *parameters, *trains;
  GtkPopoverMenu     *menu;
};

/* thaw-layer-cells.c */
void          thaw_layer_tree_add_factories (ThawLayerTree *self);

/* thaw-layer-search.c: rows are filtered at each level; ancestors of what is found stay */
GListModel   *thaw_layer_tree_filter_rows   (ThawLayerTree *self, GListModel *rows); /* (transfer full) */
void          thaw_layer_tree_search        (ThawLayerTree *self, const char *text);
/* @text was typed and will be searched for when nothing more is typed for a moment */
void          thaw_layer_tree_expect_search (ThawLayerTree *self, const char *text);
GtkFilter    *thaw_layer_tree_new_filter    (ThawLayerTree *self); /* (transfer full) */
/* Opens or closes every row that has rows below it */
void          thaw_layer_tree_expand_all    (ThawLayerTree *self, gboolean open);
/* What a new network shows: its top, the head, and groups of few parts */
void          thaw_layer_tree_open_first    (ThawLayerTree *self);

/* Around a change of many rows at once: in between, the tree is a new one with every row shut; the view is told of all of it as one */
void          thaw_layer_tree_begin_change  (ThawLayerTree *self);

/* thaw-layer-fill.c */
void          thaw_layer_tree_end_change    (ThawLayerTree *self);
/* The view knows every row from here on, not only those of the first screen; FALSE: it did already */
gboolean      thaw_layer_tree_fill          (ThawLayerTree *self);
/* As thaw_layer_tree_fill(), a few between any two frames */
void          thaw_layer_tree_fill_on       (ThawLayerTree *self);
/* The rows will be others soon: those behind the first screen are taken down, a few between any two frames */
void          thaw_layer_tree_fold          (ThawLayerTree *self);

/* thaw-layer-menu.c: actions and keys */
void          thaw_layer_tree_install_actions (GtkWidgetClass *klass);
void          thaw_layer_tree_add_keys      (ThawLayerTree *self);
void          thaw_layer_tree_update_actions (ThawLayerTree *self);
void          thaw_layer_tree_popup         (ThawLayerTree *self, double x, double y);

/* (nullable) (transfer none) */
GtkTreeListRow *thaw_layer_tree_current_list_row (ThawLayerTree *self);
void          thaw_layer_tree_toggle        (ThawLayerTree *self, ThawLayerRow *row);
void          thaw_layer_tree_set_statistics (ThawLayerTree *self, ThawLayerRow *row, gboolean batch);
void          thaw_layer_tree_select        (ThawLayerTree *self, guint position);

G_END_DECLS
