/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-runs-private.h"

#include <thaw/thaw-session.h>

struct _ThawRuns
{
  GObject      parent_instance;
  ThawSession *session; /* it owns this */
  GPtrArray   *items;   /* ThawRunItem, the newest first */
  ThawRunItem *current;
};

enum { PROP_0, PROP_CURRENT, N_PROPS };

static GParamSpec *properties[N_PROPS];

static GType
thaw_runs_get_item_type (GListModel *model)
{
  return THAW_TYPE_RUN_ITEM;
}

static guint
thaw_runs_get_n_items (GListModel *model)
{
  return THAW_RUNS (model)->items->len;
}

static gpointer
thaw_runs_get_item (GListModel *model, guint position)
{
  ThawRuns *self = THAW_RUNS (model);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position)) : NULL;
}

static void
thaw_runs_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_runs_get_item_type;
  iface->get_n_items = thaw_runs_get_n_items;
  iface->get_item = thaw_runs_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawRuns, thaw_runs, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_runs_list_model_init))

/* --- colours --- */

static gboolean
is_shown (ThawRuns *self, ThawRunItem *item)
{
  return item == self->current || thaw_run_item_get_overlay (item);
}

static gboolean
is_free (ThawRuns *self, ThawRunItem *but, guint color)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      ThawRunItem *item = g_ptr_array_index (self->items, i);

      if (item != but && is_shown (self, item) && thaw_run_item_get_color (item) == color)
        return FALSE;
    }
  return TRUE;
}

/* The lowest that no other shown run has; its own, where that may stay */
static void
choose_color (ThawRuns *self, ThawRunItem *item)
{
  guint color = thaw_run_item_get_color (item);

  if (!is_free (self, item, color))
    for (color = 0; !is_free (self, item, color);)
      color++;
  thaw_run_item_set_color (item, color);
}

static void
overlay_cb (ThawRunItem *item, GParamSpec *pspec, ThawRuns *self)
{
  if (is_shown (self, item))
    choose_color (self, item);
}

/* --- curves of runs that are over --- */

typedef struct
{
  gint64     run;
  GPtrArray *epochs; /* ThawEpoch */
} Curves;

static void
curves_free (gpointer data)
{
  Curves *self = data;

  g_clear_pointer (&self->epochs, g_ptr_array_unref);
  g_free (self);
}

static gpointer
read_curves_cb (ThawProject *project, gpointer data, GError **error)
{
  Curves *curves = g_new0 (Curves, 1);

  curves->run = *(const gint64 *) data;
  curves->epochs = thaw_project_epochs (project, curves->run, error);
  if (curves->epochs)
    return curves;
  curves_free (curves);
  return NULL;
}

static void
curves_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawRuns *self = THAW_RUNS (source);
  g_autoptr (GError) error = NULL;
  Curves *curves = thaw_store_finish (result, &error);
  ThawRunItem *item = curves ? thaw_runs_find (self, curves->run) : NULL;

  if (item && !thaw_run_item_is_live (item))
    {
      for (guint i = 0; i < curves->epochs->len; i++)
        thaw_run_item_add_epochs (item, g_ptr_array_index (curves->epochs, i), 1);
      thaw_run_item_changed (item);
    }
  if (error && self->session)
    thaw_session_tell (self->session, NULL, error);
  g_clear_pointer (&curves, curves_free);
}

static void
wanted_cb (gpointer data, ThawRunItem *item)
{
  ThawRuns *self = data;
  ThawStore *store = self->session ? thaw_session_get_store (self->session) : NULL;

  if (store)
    thaw_store_async (store, read_curves_cb, g_memdup2 (&thaw_run_item_get_run (item)->id, sizeof (gint64)), g_free, curves_free,
                      G_OBJECT (self), NULL, curves_cb, NULL);
}

/* --- the list --- */

static void
adopt (ThawRuns *self, ThawRunItem *item, guint position)
{
  g_ptr_array_insert (self->items, (int) position, g_object_ref (item));
  g_signal_connect_object (item, "notify::overlay", G_CALLBACK (overlay_cb), self, 0);
  if (!thaw_run_item_is_live (item))
    thaw_run_item_set_loader (item, wanted_cb, self);
}

static void
disown (ThawRuns *self, ThawRunItem *item)
{
  thaw_run_item_set_loader (item, NULL, NULL);
  g_signal_handlers_disconnect_by_func (item, overlay_cb, self);
}

void
thaw_runs_load (ThawRuns *self, GPtrArray *runs)
{
  guint removed = self->items->len;

  thaw_runs_set_current (self, NULL);
  for (guint i = 0; i < removed; i++)
    disown (self, g_ptr_array_index (self->items, i));
  g_ptr_array_set_size (self->items, 0);
  for (guint i = runs ? runs->len : 0; i > 0; i--)
    {
      g_autoptr (ThawRunItem) item = thaw_run_item_new (g_ptr_array_steal_index (runs, i - 1), FALSE);

      adopt (self, item, self->items->len);
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, removed, self->items->len);
}

void
thaw_runs_add (ThawRuns *self, ThawRunItem *item)
{
  adopt (self, item, 0);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, 1);
}

ThawRunItem *
thaw_runs_find (ThawRuns *self, gint64 id)
{
  for (guint i = 0; i < self->items->len; i++)
    if (thaw_run_item_get_run (g_ptr_array_index (self->items, i))->id == id)
      return g_ptr_array_index (self->items, i);
  return NULL;
}

ThawRunItem *
thaw_runs_get_current (ThawRuns *self)
{
  return self->current;
}

void
thaw_runs_set_current (ThawRuns *self, ThawRunItem *run)
{
  if (!g_set_object (&self->current, run))
    return;
  if (run)
    choose_color (self, run);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURRENT]);
}

void
thaw_runs_rename (ThawRuns *self, ThawRunItem *run, const char *name)
{
}

void
thaw_runs_set_notes (ThawRuns *self, ThawRunItem *run, const char *notes)
{
}

void
thaw_runs_delete (ThawRuns *self, ThawRunItem *run)
{
}

gboolean
thaw_runs_restore (ThawRuns *self, ThawRunItem *run, GError **error)
{
  return FALSE;
}

static void
thaw_runs_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURRENT)
    g_value_set_object (value, THAW_RUNS (object)->current);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_runs_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURRENT)
    thaw_runs_set_current (THAW_RUNS (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_runs_finalize (GObject *object)
{
  ThawRuns *self = THAW_RUNS (object);

  for (guint i = 0; i < self->items->len; i++)
    disown (self, g_ptr_array_index (self->items, i));
  g_ptr_array_unref (self->items);
  g_clear_object (&self->current);
  g_clear_weak_pointer (&self->session);
  G_OBJECT_CLASS (thaw_runs_parent_class)->finalize (object);
}

static void
thaw_runs_class_init (ThawRunsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_runs_get_property;
  object_class->set_property = thaw_runs_set_property;
  object_class->finalize = thaw_runs_finalize;
  properties[PROP_CURRENT] = g_param_spec_object ("current", NULL, NULL, THAW_TYPE_RUN_ITEM,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_runs_init (ThawRuns *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

ThawRuns *
thaw_runs_new (ThawSession *session)
{
  ThawRuns *self = g_object_new (THAW_TYPE_RUNS, NULL);

  g_set_weak_pointer (&self->session, session);
  return self;
}
