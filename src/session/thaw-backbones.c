/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-backbones.h>

#include "thaw-task.h"
#include "thaw-speed.h"

#include <thaw/thaw-executor.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-zoo.h>

struct _ThawBackboneItem
{
  GObject      parent_instance;
  ThawBackbone backbone;
  double       image_seconds;
  gboolean     measured;
};

G_DEFINE_FINAL_TYPE (ThawBackboneItem, thaw_backbone_item, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_TITLE,
  PROP_LICENCE,
  PROP_PARAMETERS,
  PROP_INPUT,
  PROP_TOP1,
  PROP_INSTALLED,
  PROP_IMAGE_SECONDS,
  PROP_MEASURED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

const char *
thaw_backbone_item_get_name (ThawBackboneItem *self)
{
  return self->backbone.name;
}

static void
set_speed (ThawBackboneItem *self, double image_seconds, gboolean measured)
{
  self->image_seconds = image_seconds;
  self->measured = measured;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IMAGE_SECONDS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MEASURED]);
}

static void
thaw_backbone_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawBackboneItem *self = THAW_BACKBONE_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->backbone.name);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->backbone.title);
      break;
    case PROP_LICENCE:
      g_value_set_string (value, self->backbone.licence);
      break;
    case PROP_PARAMETERS:
      g_value_set_int64 (value, self->backbone.parameters);
      break;
    case PROP_INPUT:
      g_value_set_int (value, self->backbone.input);
      break;
    case PROP_TOP1:
      g_value_set_double (value, self->backbone.top1);
      break;
    case PROP_INSTALLED:
      g_value_set_boolean (value, self->backbone.path != NULL);
      break;
    case PROP_IMAGE_SECONDS:
      g_value_set_double (value, self->image_seconds);
      break;
    case PROP_MEASURED:
      g_value_set_boolean (value, self->measured);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_backbone_item_finalize (GObject *object)
{
  ThawBackbone *backbone = &THAW_BACKBONE_ITEM (object)->backbone;

  g_free (backbone->name);
  g_free (backbone->title);
  g_free (backbone->path);
  g_free (backbone->licence);
  G_OBJECT_CLASS (thaw_backbone_item_parent_class)->finalize (object);
}

static void
thaw_backbone_item_class_init (ThawBackboneItemClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_backbone_item_get_property;
  object_class->finalize = thaw_backbone_item_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_LICENCE] = g_param_spec_string ("licence", NULL, NULL, NULL, flags);
  properties[PROP_PARAMETERS] = g_param_spec_int64 ("parameters", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_INPUT] = g_param_spec_int ("input", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_TOP1] = g_param_spec_double ("top1", NULL, NULL, 0, 100, 0, flags);
  properties[PROP_INSTALLED] = g_param_spec_boolean ("installed", NULL, NULL, FALSE, flags);
  properties[PROP_IMAGE_SECONDS] = g_param_spec_double ("image-seconds", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_MEASURED] = g_param_spec_boolean ("measured", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_backbone_item_init (ThawBackboneItem *self)
{
}

static ThawBackboneItem *
item_new (const ThawBackbone *backbone)
{
  ThawBackboneItem *self = g_object_new (THAW_TYPE_BACKBONE_ITEM, NULL);

  self->backbone = *backbone;
  self->backbone.name = g_strdup (backbone->name);
  self->backbone.title = g_strdup (backbone->title);
  self->backbone.path = g_strdup (backbone->path);
  self->backbone.licence = g_strdup (backbone->licence);
  return self;
}

/* --- the list --- */

struct _ThawBackbones
{
  GObject    parent_instance;
  GPtrArray *items;      /* ThawBackboneItem */
  guint64    requests;   /* the last reading of the list */
  gboolean   measuring;
  GCancellable *cancellable; /* (nullable) of what is measured */
};

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

/* Kept figures, else what the others' speed suggests for a network of this size */
static void
find_speed (ThawBackboneItem *item)
{
  const guint threads = thaw_pool_default_threads ();
  g_autoptr (ThawModel) backbone = item->backbone.path ? thaw_backbone_open (item->backbone.name, NULL)
                                                       : thaw_zoo_create (item->backbone.name, 0, 0, NULL);
  g_autoptr (ThawModel) model = backbone ? with_head (backbone, NULL) : NULL;
  g_autofree char *key = model ? thaw_speed_key (model, threads) : NULL;
  ThawSpeed speed;

  if (!model)
    return;
  item->measured = item->backbone.path && thaw_speed_load (key, &speed);
  if (!item->measured)
    thaw_speed_guess (thaw_graph_multiply_adds (model->graph), 0, threads, &speed);
  item->image_seconds = speed.image;
}

static void
list_cb (GTask *task, ThawPool *pool)
{
  g_autoptr (GPtrArray) list = thaw_backbone_list ();
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < list->len; i++)
    {
      ThawBackboneItem *item = item_new (g_ptr_array_index (list, i));

      find_speed (item);
      g_ptr_array_add (items, item);
    }
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

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawBackbones) self = g_weak_ref_get (&request->list);
  g_autoptr (GPtrArray) items = g_task_propagate_pointer (G_TASK (result), NULL);
  guint removed;

  if (!self || request->number != self->requests)
    return;
  removed = self->items->len;
  g_ptr_array_unref (self->items);
  self->items = g_steal_pointer (&items);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, removed, self->items->len);
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
    set_speed (item, *seconds, TRUE);
  if (seconds)
    thaw_backbones_measure (self);
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
  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->items);
  G_OBJECT_CLASS (thaw_backbones_parent_class)->finalize (object);
}

static void
thaw_backbones_class_init (ThawBackbonesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_backbones_finalize;
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
