/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-backbones-private.h"

#include "thaw-task.h"
#include "thaw-speed.h"

#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>

static GType
thaw_backbones_get_item_type (GListModel *model)
{
  return THAW_TYPE_BACKBONE_ITEM;
}

static guint
thaw_backbones_get_n_items (GListModel *model)
{
  return THAW_BACKBONES (model)->items->len;
}

static gpointer
thaw_backbones_get_item (GListModel *model, guint position)
{
  GPtrArray *items = THAW_BACKBONES (model)->items;

  return position < items->len ? g_object_ref (g_ptr_array_index (items, position)) : NULL;
}

static void
thaw_backbones_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_backbones_get_item_type;
  iface->get_n_items = thaw_backbones_get_n_items;
  iface->get_item = thaw_backbones_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawBackbones, thaw_backbones, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_backbones_list_model_init))

ThawBackboneItem *
thaw_backbones_find (ThawBackbones *self, const char *name)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_strcmp0 (thaw_backbone_item_get_name (g_ptr_array_index (self->items, i)), name) == 0)
      return g_ptr_array_index (self->items, i);
  return NULL;
}

/* --- in a thread --- */

/* With the default head, as speed is measured (transfer full) */
static ThawModel *
with_head (const ThawModel *backbone, GError **error)
{
  static const char *const labels[] = { "1", "2", NULL };
  ThawHead head;

  return thaw_head_parse (&head, THAW_HEAD_DEFAULT, error) ? thaw_model_with_head (backbone, &head, labels, 0, error) : NULL;
}

/* Kept figures, else what the others' speed suggests for a network of this size; @rate: seconds a multiply-add */
static void
find_speed (ThawBackboneItem *item, double rate)
{
  g_autoptr (ThawModel) backbone = item->backbone.path ? thaw_backbone_open (item->backbone.name, NULL) : NULL;
  g_autoptr (ThawModel) model = backbone ? with_head (backbone, NULL) : NULL;
  g_autofree char *key = model ? thaw_speed_key (model, thaw_pool_default_threads ()) : NULL;
  ThawSpeed speed;

  item->measured = model && thaw_speed_load (key, &speed);
  if (item->measured)
    item->image_seconds = speed.image;
  else if (item->entry || model)
    item->image_seconds = rate * (item->entry ? item->entry->multiply_adds : thaw_graph_multiply_adds (model->graph));
}

/* One of the catalogue that is not installed */
static ThawBackboneItem *
item_of_entry (const ThawCatalogueEntry *entry)
{
  const ThawBackbone backbone = {
    .name = entry->name,
    .title = entry->title,
    .licence = entry->licence,
    .top1 = entry->top1,
    .parameters = entry->parameters,
    .input = entry->preprocessing.width,
  };

  return thaw_backbone_item_new (&backbone, entry);
}

/* The catalogue in its order, then what else is installed */
static GPtrArray *
list_all (void)
{
  g_autoptr (GPtrArray) list = thaw_backbone_list ();
  g_autoptr (GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  const GPtrArray *catalogue = thaw_catalogue_list ();
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < list->len; i++)
    g_hash_table_insert (found, ((ThawBackbone *) list->pdata[i])->name, list->pdata[i]);
  for (guint i = 0; i < catalogue->len; i++)
    {
      const ThawCatalogueEntry *entry = catalogue->pdata[i];
      const ThawBackbone *backbone = g_hash_table_lookup (found, entry->name);

      g_ptr_array_add (items, backbone ? thaw_backbone_item_new (backbone, entry) : item_of_entry (entry));
      g_hash_table_remove (found, entry->name);
    }
  for (guint i = 0; i < list->len; i++)
    if (g_hash_table_contains (found, ((ThawBackbone *) list->pdata[i])->name))
      g_ptr_array_add (items, thaw_backbone_item_new (list->pdata[i], NULL));
  return items;
}

static void
list_cb (GTask *task, ThawPool *pool)
{
  GPtrArray *items = list_all ();
  ThawSpeed one;

  thaw_speed_guess (1, 0, thaw_pool_default_threads (), &one);
  for (guint i = 0; i < items->len; i++)
    find_speed (items->pdata[i], one.image);
  g_task_return_pointer (task, items, (GDestroyNotify) g_ptr_array_unref);
}

/* a wish of a list that may be gone by the time */
typedef struct
{
  GWeakRef list;
  guint64  number;
  char    *name;   /* of the backbone that is measured */
} Request;

static void
request_free_cb (gpointer data)
{
  Request *self = data;

  g_weak_ref_clear (&self->list);
  g_free (self->name);
  g_free (self);
}

static GTask *
new_task (ThawBackbones *self, const char *name, GCancellable *cancellable, GAsyncReadyCallback callback)
{
  GTask *task = g_task_new (NULL, cancellable, callback, NULL);
  Request *request = g_new0 (Request, 1);

  g_weak_ref_init (&request->list, self);
  request->number = self->requests;
  request->name = g_strdup (name);
  g_task_set_task_data (task, request, request_free_cb);
  return task;
}

/* Those that were there stay the objects they are: rows, the focus and downloads belong to them. TRUE: nothing came or went */
static gboolean
keep_known (ThawBackbones *self, GPtrArray *items)
{
  gboolean same = items->len == self->items->len;

  for (guint i = 0; i < items->len; i++)
    {
      ThawBackboneItem *old = thaw_backbones_find (self, thaw_backbone_item_get_name (items->pdata[i]));

      if (old)
        {
          thaw_backbone_item_take (old, items->pdata[i]);
          g_object_unref (items->pdata[i]);
          items->pdata[i] = g_object_ref (old);
        }
      same = same && old == self->items->pdata[i];
    }
  return same;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawBackbones) self = g_weak_ref_get (&request->list);
  g_autoptr (GPtrArray) items = g_task_propagate_pointer (G_TASK (result), NULL), old = NULL;
  gboolean same;

  if (!self || request->number != self->requests)
    return;
  same = keep_known (self, items);
  old = g_steal_pointer (&self->items);
  self->items = g_steal_pointer (&items);
  if (!same)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, self->items->len);
}

void
thaw_backbones_refresh (ThawBackbones *self)
{
  g_autoptr (GTask) task = NULL;

  self->requests++;
  task = new_task (self, NULL, NULL, listed_cb);
  thaw_task_run_nice (task, 1, list_cb);
}

/* --- measuring --- */

static void
measure_cb (GTask *task, ThawPool *pool)
{
  const Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (ThawModel) backbone = thaw_backbone_open (request->name, &error);
  g_autoptr (ThawModel) model = backbone ? with_head (backbone, &error) : NULL;
  ThawSpeed speed;

  if (model && thaw_speed_obtain (model, pool, g_task_get_cancellable (task), &speed, &error))
    g_task_return_pointer (task, g_memdup2 (&speed.image, sizeof speed.image), g_free);
  else
    g_task_return_error (task, error);
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawBackbones) self = g_weak_ref_get (&request->list);
  g_autofree double *seconds = g_task_propagate_pointer (G_TASK (result), NULL);
  ThawBackboneItem *item = self ? thaw_backbones_find (self, request->name) : NULL;

  if (!self)
    return;
  self->measuring = FALSE;
  /* one that cannot be measured counts as predicted for good */
  if (item && seconds)
    thaw_backbone_item_set_speed (item, *seconds, TRUE);
  if (seconds)
    thaw_backbones_measure (self);
  /* what is predicted follows from what was measured */
  if (seconds && !self->measuring)
    thaw_backbones_refresh (self);
}

void
thaw_backbones_measure (ThawBackbones *self)
{
  for (guint i = 0; i < self->items->len && !self->measuring; i++)
    {
      ThawBackboneItem *item = g_ptr_array_index (self->items, i);
      g_autoptr (GTask) task = NULL;

      if (item->measured || !item->backbone.path)
        continue;
      self->measuring = TRUE;
      g_clear_object (&self->cancellable);
      self->cancellable = g_cancellable_new ();
      task = new_task (self, item->backbone.name, self->cancellable, measured_cb);
      thaw_task_run_nice (task, thaw_pool_default_threads (), measure_cb);
    }
}

void
thaw_backbones_stop_measuring (ThawBackbones *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
}

/* --- import --- */

static void
import_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  char *name = thaw_backbone_import (data, &error);

  if (name)
    g_task_return_pointer (task, name, g_free);
  else
    g_task_return_error (task, error);
}

void
thaw_backbones_import_async (ThawBackbones *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  char *path = g_file_get_path (file);

  g_task_set_source_tag (task, thaw_backbones_import_async);
  if (!path)
    {
      g_autofree char *name = g_file_get_parse_name (file);

      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s does not lie on this machine: copy it here first", name);
      return;
    }
  g_task_set_task_data (task, path, g_free);
  g_task_run_in_thread (task, import_cb);
}

char *
thaw_backbones_import_finish (ThawBackbones *self, GAsyncResult *result, GError **error)
{
  char *name = g_task_propagate_pointer (G_TASK (result), error);

  if (name)
    thaw_backbones_refresh (self);
  return name;
}

static void
thaw_backbones_finalize (GObject *object)
{
  ThawBackbones *self = THAW_BACKBONES (object);

  thaw_backbones_stop_measuring (self);
  for (guint i = 0; i < self->items->len; i++)
    thaw_backbones_cancel (self, self->items->pdata[i]);
  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->items);
  G_OBJECT_CLASS (thaw_backbones_parent_class)->finalize (object);
}

static void
thaw_backbones_class_init (ThawBackbonesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_backbones_finalize;
  thaw_backbones_install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
thaw_backbones_init (ThawBackbones *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

ThawBackbones *
thaw_backbones_new (void)
{
  ThawBackbones *self = g_object_new (THAW_TYPE_BACKBONES, NULL);

  thaw_backbones_refresh (self);
  return self;
}
