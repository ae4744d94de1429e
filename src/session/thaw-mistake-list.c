/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

/* Rows of the evaluation that is shown, each made when it is asked for: of 40 000 mistakes a grid shows a hundred. Empty when it is another evaluation's turn. */
struct _ThawMistakeList
{
  GObject      parent_instance;
  ThawResults *results; /* weak */
  GArray      *rows;    /* guint32 */
};

static GType
thaw_mistake_list_get_item_type (GListModel *model)
{
  return THAW_TYPE_MISTAKE;
}

static guint
thaw_mistake_list_get_n_items (GListModel *model)
{
  return THAW_MISTAKE_LIST (model)->rows->len;
}

static gpointer
thaw_mistake_list_get_item (GListModel *model, guint position)
{
  const ThawMistakeList *self = THAW_MISTAKE_LIST (model);

  return position < self->rows->len ? g_object_ref (thaw_results_get_row (self->results, g_array_index (self->rows, guint32, position))) : NULL;
}

static void
thaw_mistake_list_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_mistake_list_get_item_type;
  iface->get_n_items = thaw_mistake_list_get_n_items;
  iface->get_item = thaw_mistake_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawMistakeList, thaw_mistake_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_mistake_list_list_model_init))

ThawPicture *
thaw_mistake_list_get_picture (ThawMistakeList *self, guint position)
{
  return position < self->rows->len ? thaw_results_get_row_picture (self->results, g_array_index (self->rows, guint32, position)) : NULL;
}

static void
forgetting_cb (ThawMistakeList *self)
{
  const guint n = self->rows->len;

  g_array_set_size (self->rows, 0);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
}

ThawMistakeList *
thaw_mistake_list_new (ThawResults *results, GArray *rows)
{
  ThawMistakeList *self = g_object_new (THAW_TYPE_MISTAKE_LIST, NULL);

  g_set_weak_pointer (&self->results, results);
  self->rows = rows;
  g_signal_connect_object (results, "forgetting", G_CALLBACK (forgetting_cb), self, G_CONNECT_SWAPPED);
  return self;
}

static void
thaw_mistake_list_finalize (GObject *object)
{
  ThawMistakeList *self = THAW_MISTAKE_LIST (object);

  g_clear_weak_pointer (&self->results);
  g_clear_pointer (&self->rows, g_array_unref);
  G_OBJECT_CLASS (thaw_mistake_list_parent_class)->finalize (object);
}

static void
thaw_mistake_list_class_init (ThawMistakeListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_mistake_list_finalize;
}

static void
thaw_mistake_list_init (ThawMistakeList *self)
{
}
