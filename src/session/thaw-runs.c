/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-runs.h>

struct _ThawRunItem
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawRunItem, thaw_run_item, G_TYPE_OBJECT)

static void
thaw_run_item_class_init (ThawRunItemClass *klass)
{
}

static void
thaw_run_item_init (ThawRunItem *self)
{
}

struct _ThawRuns
{
  GObject parent_instance;
  GListStore *rows;
};

static GType
thaw_runs_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
thaw_runs_get_n_items (GListModel *model)
{
  return 0;
}

static gpointer
thaw_runs_get_item (GListModel *model, guint position)
{
  return NULL;
}

static void
thaw_runs_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_runs_get_item_type;
  iface->get_n_items = thaw_runs_get_n_items;
  iface->get_item = thaw_runs_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawRuns, thaw_runs, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_runs_list_model_init))

static void
thaw_runs_class_init (ThawRunsClass *klass)
{
}

static void
thaw_runs_init (ThawRuns *self)
{
}

const ThawRun *
thaw_run_item_get_run (ThawRunItem *self)
{
  return NULL;
}

GArray *
thaw_run_item_get_epochs (ThawRunItem *self)
{
  return NULL;
}

GArray *
thaw_run_item_get_steps (ThawRunItem *self)
{
  return NULL;
}

GArray *
thaw_run_item_get_events (ThawRunItem *self)
{
  return NULL;
}

ThawRunItem *
thaw_runs_find (ThawRuns *self, gint64 id)
{
  return NULL;
}

ThawRunItem *
thaw_runs_get_current (ThawRuns *self)
{
  return NULL;
}

void
thaw_runs_set_current (ThawRuns *self, ThawRunItem *run)
{
}

GHashTable *
thaw_run_item_settings (ThawRunItem *self)
{
  return NULL;
}
