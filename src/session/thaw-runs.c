/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-runs-private.h"

#include <glib/gi18n.h>
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

static gpointer
read_curves_cb (ThawProject *project, gpointer data, GError **error)
{
  return thaw_curves_read (project, *(const gint64 *) data, error);
}

static void
free_curves_cb (gpointer data)
{
  thaw_curves_free (data);
}

static void
curves_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawRunItem) item = data;
  g_autoptr (GError) error = NULL;
  ThawCurves *curves = thaw_store_finish (result, &error);

  /* it went on meanwhile: then they came with the news */
  if (curves && !thaw_run_item_is_live (item))
    {
      thaw_run_item_set_curves (item, curves);
      thaw_run_item_changed (item);
    }
  if (error && THAW_RUNS (source)->session)
    thaw_session_tell (THAW_RUNS (source)->session, _ ("The curves of a run cannot be read"), error);
  g_clear_pointer (&curves, thaw_curves_free);
}

static void
wanted_cb (gpointer data, ThawRunItem *item)
{
  ThawRuns *self = data;
  ThawStore *store = self->session ? thaw_session_get_store (self->session) : NULL;

  if (store)
    thaw_store_async (store, read_curves_cb, g_memdup2 (&thaw_run_item_get_run (item)->id, sizeof (gint64)), g_free, free_curves_cb,
                      G_OBJECT (self), NULL, curves_cb, g_object_ref (item));
}

/* --- the list --- */

static void
adopt (ThawRuns *self, ThawRunItem *item, guint position)
{
  g_ptr_array_insert (self->items, (int) position, g_object_ref (item));
  g_signal_connect_object (item, "notify::overlay", G_CALLBACK (overlay_cb), self, 0);
  /* one that was taken away and put back has them already */
  if (!thaw_run_item_is_live (item) && thaw_run_item_needs_curves (item))
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

ThawSession *
thaw_runs_get_session (ThawRuns *self)
{
  return self->session;
}

static guint
position_of (ThawRuns *self, gint64 id)
{
  guint i = 0;

  while (i < self->items->len && thaw_run_item_get_run (g_ptr_array_index (self->items, i))->id > id)
    i++;
  return i;
}

void
thaw_runs_insert (ThawRuns *self, ThawRunItem *item)
{
  guint position = position_of (self, thaw_run_item_get_run (item)->id);

  adopt (self, item, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
}

void
thaw_runs_remove (ThawRuns *self, ThawRunItem *item)
{
  guint position;

  if (!g_ptr_array_find (self->items, item, &position))
    return;
  disown (self, item);
  if (item == self->current)
    thaw_runs_set_current (self, self->items->len > 1 ? g_ptr_array_index (self->items, position > 0 ? position - 1 : 1) : NULL);
  g_ptr_array_remove_index (self->items, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
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
