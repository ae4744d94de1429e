/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <string.h>

#define MODEL_PREFIX "model/"

static gboolean
same (const ThawTensor *a, const ThawTensor *b)
{
  return a == b
         || (a->dtype == b->dtype && thaw_shape_equal (&a->shape, &b->shape)
             && memcmp (a->data, b->data, a->bytes) == 0);
}

/* The parameter a name of the set stands for, NULL for an optimizer's */
static const char *
parameter_name (ThawTensorKind kind, const char *name)
{
  if (kind != THAW_KIND_LAST)
    return name;
  return g_str_has_prefix (name, MODEL_PREFIX) ? name + strlen (MODEL_PREFIX) : NULL;
}

static ThawTensor *
backbone_tensor (ThawProject *self, ThawTensorKind kind, const char *name)
{
  const char *parameter = parameter_name (kind, name);

  return self->backbone && parameter ? thaw_tensor_map_get (self->backbone->parameters, parameter)
                                     : NULL;
}

static char *
shape_to_text (const ThawShape *shape)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < shape->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i ? "," : "", shape->dim[i]);
  return g_string_free (text, FALSE);
}

static gboolean
shape_from_text (const char *text, ThawShape *shape)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", THAW_MAX_RANK + 1);

  *shape = (ThawShape){ .rank = g_strv_length (parts) };
  if (shape->rank > THAW_MAX_RANK)
    return FALSE;
  for (int i = 0; i < shape->rank; i++)
    if (!g_ascii_string_to_signed (parts[i], 10, 0, G_MAXINT64, &shape->dim[i], NULL))
      return FALSE;
  return TRUE;
}

/* The statements of one set */
typedef struct
{
  ThawQuery find, store, link;
} Writer;

static void
writer_clear (Writer *self)
{
  thaw_query_clear (&self->find);
  thaw_query_clear (&self->store);
  thaw_query_clear (&self->link);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

/* The row of the tensor's data, made where there is none of that hash */
static gint64
blob_id (Writer *self, const ThawTensor *tensor)
{
  g_autofree char *hash = thaw_tensor_hash (tensor);
  g_autofree char *shape = NULL;

  thaw_query_bind (&self->find, "t", hash);
  if (thaw_query_next (&self->find))
    {
      gint64 id = thaw_query_int (&self->find, 0, 1, G_MAXINT64);

      thaw_query_end (&self->find, NULL);
      return id;
    }
  shape = shape_to_text (&tensor->shape);
  thaw_query_bind (&self->store, "titb", hash, (gint64) tensor->dtype, shape, tensor->data,
                   tensor->bytes);
  thaw_query_next (&self->store);
  return sqlite3_last_insert_rowid (self->store.project->db);
}

/* name -> id of the data, 0 for the backbone's */
static GHashTable *
stored_ids (ThawProject *self, gint64 run, ThawTensorKind kind, GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self,
                      "SELECT name, coalesce (blob, 0) FROM tensors WHERE run = ? AND kind = ?");
  thaw_query_bind (&query, "ii", run, (gint64) kind);
  while (thaw_query_next (&query))
    g_hash_table_insert (ids, g_strdup (thaw_query_text (&query, 0)),
                         GSIZE_TO_POINTER (thaw_query_int (&query, 1, 0, G_MAXINT64)));
  return thaw_query_end (&query, error) ? g_steal_pointer (&ids) : NULL;
}

/* The id of the data that parameter @name of the set THAW_KIND_LAST has, where it is the same; -1
 * where it is not */
static gint64
shared_id (const ThawTensorMap *last, GHashTable *ids, const char *name, const ThawTensor *tensor)
{
  g_autofree char *key = g_strconcat (MODEL_PREFIX, name, NULL);
  ThawTensor *other = last ? thaw_tensor_map_get (last, key) : NULL;
  gpointer id;

  if (!other || !same (other, tensor) || !g_hash_table_lookup_extended (ids, key, NULL, &id))
    return -1;
  return GPOINTER_TO_SIZE (id);
}

static gint64
choose_id (ThawProject *self,
           Writer *writer,
           ThawTensorKind kind,
           const char *name,
           const ThawTensor *tensor,
           const ThawTensorMap *last,
           GHashTable *ids)
{
  gint64 id = shared_id (last, ids, name, tensor);
  ThawTensor *ours;

  if (id >= 0)
    return id;
  ours = backbone_tensor (self, kind, name);
  return ours && same (ours, tensor) ? 0 : blob_id (writer, tensor);
}

gboolean
thaw_project_write_tensors (ThawProject *self,
                            gint64 run,
                            ThawTensorKind kind,
                            const ThawTensorMap *tensors,
                            const ThawTensorMap *last,
                            GError **error)
{
  g_autoptr (GHashTable) ids = stored_ids (self, run, THAW_KIND_LAST, error);
  g_auto (Writer) writer = { 0 };

  if (!ids
      || !thaw_project_exec (self, error, "DELETE FROM tensors WHERE run = ? AND kind = ?", "ii",
                             run, (gint64) kind))
    return FALSE;
  thaw_query_prepare (&writer.find, self, "SELECT id FROM blobs WHERE hash = ?");
  thaw_query_prepare (&writer.store, self,
                      "INSERT INTO blobs (hash, dtype, shape, data) VALUES (?, ?, ?, ?)");
  thaw_query_prepare (&writer.link, self, "INSERT INTO tensors VALUES (?, ?, ?, ?, nullif (?, 0))");
  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      const char *name = thaw_tensor_map_name (tensors, i);
      gint64 id = choose_id (self, &writer, kind, name, thaw_tensor_map_at (tensors, i), last, ids);

      thaw_query_bind (&writer.link, "iiiti", run, (gint64) kind, (gint64) i, name, id);
      thaw_query_next (&writer.link);
    }
  return thaw_query_end (&writer.find, error) && thaw_query_end (&writer.store, error)
         && thaw_query_end (&writer.link, error);
}

gboolean
thaw_project_sweep (ThawProject *self, GError **error)
{
  return thaw_project_exec (
             self, error,
             "DELETE FROM blobs WHERE id NOT IN (SELECT blob FROM tensors WHERE blob IS NOT NULL)",
             "")
         && thaw_project_exec (self, error,
                               "DELETE FROM datasets WHERE id NOT IN (SELECT dataset FROM runs WHERE "
                               "dataset IS NOT NULL UNION SELECT dataset FROM evaluations)",
                               "");
}

/* Columns: hash, dtype, shape, data. NULL where they do not agree with each other */
static ThawTensor *
read_blob (ThawQuery *query, int column)
{
  g_autoptr (ThawTensor) tensor = NULL;
  g_autofree char *hash = NULL;
  ThawDtype dtype = thaw_query_int (query, column + 1, 0, THAW_N_DTYPES - 1);
  ThawShape shape;
  gsize bytes, wanted;
  const void *data = thaw_query_blob (query, column + 3, &bytes);

  if (query->error || !shape_from_text (thaw_query_text (query, column + 2), &shape)
      || !thaw_shape_check (&shape, thaw_dtype_size (dtype), &wanted) || wanted != bytes)
    {
      thaw_query_refuse (query, "the shape of a tensor");
      return NULL;
    }
  tensor = thaw_tensor_try_new (dtype, &shape, query->error ? NULL : &query->error);
  if (!tensor)
    return NULL;
  if (bytes)
    memcpy (tensor->data, data, bytes);
  hash = thaw_tensor_hash (tensor);
  if (strcmp (hash, thaw_query_text (query, column)) != 0)
    thaw_query_refuse (query, "a tensor's checksum");
  return query->error ? NULL : g_steal_pointer (&tensor);
}

static void
read_row (ThawQuery *query, ThawTensorKind kind, ThawTensorMap *map)
{
  g_autofree char *name = g_strdup (thaw_query_text (query, 0));
  ThawTensor *tensor;

  if (!thaw_query_is_null (query, 1))
    {
      tensor = read_blob (query, 2);
      if (tensor)
        thaw_tensor_map_take (map, name, tensor);
      return;
    }
  tensor = backbone_tensor (query->project, kind, name);
  if (tensor)
    thaw_tensor_map_set (map, name, tensor);
  else
    thaw_query_refuse (query, "a tensor that its backbone does not have");
}

gboolean
thaw_project_read_tensors (
    ThawProject *self, gint64 run, ThawTensorKind kind, ThawTensorMap **tensors, GError **error)
{
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  g_auto (ThawQuery) query = { 0 };

  *tensors = NULL;
  thaw_query_prepare (
      &query, self,
      "SELECT tensors.name, tensors.blob, hash, dtype, shape, data FROM tensors LEFT JOIN blobs"
      " ON blobs.id = tensors.blob WHERE run = ? AND kind = ? ORDER BY position");
  thaw_query_bind (&query, "ii", run, (gint64) kind);
  while (thaw_query_next (&query))
    read_row (&query, kind, map);
  if (!thaw_query_end (&query, error))
    return FALSE;
  if (thaw_tensor_map_size (map) > 0)
    *tensors = g_steal_pointer (&map);
  return TRUE;
}
