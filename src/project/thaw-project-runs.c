/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-zoo.h>

void
thaw_run_free (ThawRun *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->notes);
  g_free (self->backbone);
  g_free (self->backbone_hash);
  g_free (self->model_metadata);
  g_free (self->options);
  g_free (self);
}

static char *
metadata_to_json (GHashTable *metadata)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (metadata), (GCompareFunc) g_strcmp0);

  json_builder_begin_object (builder);
  for (GList *key = keys; key; key = key->next)
    {
      json_builder_set_member_name (builder, key->data);
      json_builder_add_string_value (builder, g_hash_table_lookup (metadata, key->data));
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

static gboolean
insert_run (ThawProject *self,
            const ThawModel *model,
            const ThawTrainOptions *options,
            gint64 *id,
            GError **error)
{
  g_autoptr (GHashTable) metadata = thaw_zoo_metadata (model);
  g_autofree char *metadata_json = metadata_to_json (metadata);
  g_autofree char *options_json = thaw_train_options_to_json (options);
  g_autofree char *name = NULL;

  if (!thaw_project_exec (self, error,
                          "INSERT INTO runs (name, notes, status, started, backbone, "
                          "backbone_hash, model_metadata, options,"
                          " epochs, best_epoch, images, train, val, classes) VALUES ('', '', ?, ?, "
                          "?, ?, ?, ?, 0, 0, 0, 0, 0, 0)",
                          "iitttt", (gint64) THAW_RUN_RUNNING, g_get_real_time (),
                          self->backbone_name, self->backbone_hash, metadata_json, options_json))
    return FALSE;
  *id = sqlite3_last_insert_rowid (self->db);
  name = g_strdup_printf ("%s %" G_GINT64_FORMAT, model->title ? model->title : model->architecture, *id);
  return thaw_project_exec (self, error, "UPDATE runs SET name = ? WHERE id = ?", "ti", name, *id);
}

gboolean
thaw_project_begin_run (ThawProject *self,
                        const char *backbone,
                        const ThawModel *model,
                        const ThawTrainOptions *options,
                        gint64 *out_id,
                        GError **error)
{
  if (!thaw_project_check_writable (self, error) || !thaw_project_flush (self, error)
      || !thaw_project_need_backbone (self, backbone, NULL, error)
      || !thaw_project_begin (self, error))
    return FALSE;
  if (insert_run (self, model, options, out_id, error)
      && thaw_project_write_tensors (self, *out_id, THAW_KIND_START, model->parameters, NULL,
                                     error))
    return thaw_project_commit (self, error);
  thaw_project_rollback (self);
  return FALSE;
}

gboolean
thaw_project_end_run (ThawProject *self,
                      gint64 run,
                      ThawRunStatus status,
                      const ThawTrainSummary *summary,
                      double low,
                      double high,
                      GError **error)
{
  return thaw_project_check_writable (self, error) && thaw_project_flush (self, error)
         && thaw_project_exec (self, error,
                               "UPDATE runs SET status = ?, epochs = ?, best_epoch = ?, "
                               "best_val_accuracy = ?, best_val_loss = ?,"
                               " last_val_accuracy = ?, feature_seconds = ?, train_seconds = ?, "
                               "images = ?, train = ?, val = ?,"
                               " classes = ?, low = ?, high = ? WHERE id = ?",
                               "iiidddddiiiiddi", (gint64) status, (gint64) summary->epochs,
                               (gint64) summary->best_epoch, summary->best_val_accuracy,
                               summary->best_val_loss, summary->last_val_accuracy,
                               summary->feature_seconds, summary->train_seconds,
                               (gint64) summary->images, (gint64) summary->train,
                               (gint64) summary->val, (gint64) summary->classes, low, high, run);
}

static GHashTable *
metadata_from_json (ThawProject *self, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, NULL);
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (!parser || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "%s is damaged (a model's description): go back to a copy of it", self->path);
      return NULL;
    }
  json_object_iter_init (&iter, json_node_get_object (json_parser_get_root (parser)));
  while (json_object_iter_next (&iter, &name, &value))
    if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
      g_hash_table_insert (metadata, g_strdup (name), g_strdup (json_node_get_string (value)));
  return g_steal_pointer (&metadata);
}

static char *
text_or_null (ThawQuery *query, int column)
{
  return thaw_query_is_null (query, column) ? NULL : g_strdup (thaw_query_text (query, column));
}

static ThawRun *
read_run (ThawQuery *query)
{
  ThawRun *run = g_new0 (ThawRun, 1);

  run->id = thaw_query_int (query, 0, 1, G_MAXINT64);
  run->name = g_strdup (thaw_query_text (query, 1));
  run->notes = g_strdup (thaw_query_text (query, 2));
  run->status = thaw_query_int (query, 3, THAW_RUN_RUNNING, THAW_RUN_FAILED);
  run->started = thaw_query_int (query, 4, G_MININT64, G_MAXINT64);
  run->backbone = text_or_null (query, 5);
  run->backbone_hash = text_or_null (query, 6);
  run->model_metadata = g_strdup (thaw_query_text (query, 7));
  run->options = g_strdup (thaw_query_text (query, 8));
  run->summary.epochs = thaw_query_int (query, 9, 0, G_MAXINT);
  run->summary.best_epoch = thaw_query_int (query, 10, 0, G_MAXINT);
  run->summary.best_val_accuracy = thaw_query_double (query, 11);
  run->summary.best_val_loss = thaw_query_double (query, 12);
  run->summary.last_val_accuracy = thaw_query_double (query, 13);
  run->summary.feature_seconds = thaw_query_double (query, 14);
  run->summary.train_seconds = thaw_query_double (query, 15);
  run->summary.images = thaw_query_int (query, 16, 0, G_MAXINT64);
  run->summary.train = thaw_query_int (query, 17, 0, G_MAXUINT);
  run->summary.val = thaw_query_int (query, 18, 0, G_MAXUINT);
  run->summary.classes = thaw_query_int (query, 19, 0, G_MAXUINT);
  run->low = thaw_query_double (query, 20);
  run->high = thaw_query_double (query, 21);
  return run;
}

/* @id 0: all that are listed; else that one, deleted or not */
static GPtrArray *
find_runs (ThawProject *self, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_run_free);
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (
      &query, self,
      "SELECT id, name, notes, status, started, backbone, backbone_hash, model_metadata, options, "
      "epochs,"
      " best_epoch, best_val_accuracy, best_val_loss, last_val_accuracy, feature_seconds, "
      "train_seconds,"
      " images, train, val, classes, low, high FROM runs WHERE CASE WHEN ?1 = 0 THEN deleted = 0 ELSE id = ?1 END ORDER BY id");
  thaw_query_bind (&query, "i", id);
  while (thaw_query_next (&query))
    g_ptr_array_add (runs, read_run (&query));
  return thaw_query_end (&query, error) ? g_steal_pointer (&runs) : NULL;
}

GPtrArray *
thaw_project_runs (ThawProject *self, GError **error)
{
  return thaw_project_flush (self, error) ? find_runs (self, 0, error) : NULL;
}

gboolean
thaw_project_find_run (ThawProject *self, gint64 id, ThawRun **run, GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (self, error);

  *run = NULL;
  for (guint i = 0; runs && !*run && i < runs->len; i++)
    if (((const ThawRun *) g_ptr_array_index (runs, i))->id == id)
      *run = g_ptr_array_steal_index (runs, i);
  return runs != NULL;
}

static ThawEpoch *
read_epoch (ThawQuery *query)
{
  ThawEpoch *epoch = g_new0 (ThawEpoch, 1);

  epoch->epoch = thaw_query_int (query, 0, 0, G_MAXINT);
  epoch->phase = thaw_query_int (query, 1, 0, G_MAXINT);
  epoch->loss = thaw_query_double (query, 2);
  epoch->accuracy = thaw_query_double (query, 3);
  epoch->val_loss = thaw_query_double (query, 4);
  epoch->val_accuracy = thaw_query_double (query, 5);
  epoch->lr = thaw_query_double (query, 6);
  epoch->seconds = thaw_query_double (query, 7);
  epoch->images_per_second = thaw_query_double (query, 8);
  epoch->best = thaw_query_int (query, 9, 0, 1);
  return epoch;
}

GPtrArray *
thaw_project_epochs (ThawProject *self, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) epochs = g_ptr_array_new_with_free_func (g_free);
  g_auto (ThawQuery) query = { 0 };

  if (!thaw_project_flush (self, error))
    return NULL;
  thaw_query_prepare (&query, self,
                      "SELECT epoch, phase, loss, accuracy, val_loss, val_accuracy, lr, seconds, "
                      "images_per_second, best"
                      " FROM epochs WHERE run = ? ORDER BY epoch");
  thaw_query_bind (&query, "i", run);
  while (thaw_query_next (&query))
    g_ptr_array_add (epochs, read_epoch (&query));
  return thaw_query_end (&query, error) ? g_steal_pointer (&epochs) : NULL;
}

void
thaw_project_no_run (ThawProject *self, gint64 run, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
               "%s has no run %" G_GINT64_FORMAT ": see the list of its runs", self->path, run);
}

gboolean
thaw_project_changed_run (ThawProject *self, gint64 run, GError **error)
{
  if (sqlite3_changes (self->db) > 0)
    return TRUE;
  thaw_project_no_run (self, run, error);
  return FALSE;
}

/* Also one that is deleted, which can come back */
static ThawRun *
find_run (ThawProject *self, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) runs = id > 0 ? find_runs (self, id, error) : g_ptr_array_new ();

  if (!runs)
    return NULL;
  if (runs->len == 1)
    return g_ptr_array_steal_index (runs, 0);
  thaw_project_no_run (self, id, error);
  return NULL;
}

gboolean
thaw_project_need_backbone_of (ThawProject *self, gint64 run, GError **error)
{
  ThawRun *row = find_run (self, run, error);
  gboolean ok = row && thaw_project_need_backbone (self, row->backbone, row->backbone_hash, error);

  thaw_run_free (row);
  return ok;
}

ThawTrainState *
thaw_project_state (ThawProject *self, gint64 run, GError **error)
{
  g_autoptr (ThawTrainState) state = NULL;
  g_autofree char *json = NULL;
  g_auto (ThawQuery) query = { 0 };

  if (!thaw_project_flush (self, error) || !thaw_project_need_backbone_of (self, run, error))
    return NULL;
  thaw_query_prepare (&query, self, "SELECT state FROM runs WHERE id = ?");
  thaw_query_bind (&query, "i", run);
  if (thaw_query_next (&query))
    json = text_or_null (&query, 0);
  if (!thaw_query_end (&query, error) || !json)
    return NULL;
  state = g_new0 (ThawTrainState, 1);
  state->json = g_steal_pointer (&json);
  if (!thaw_project_read_tensors (self, run, THAW_KIND_LAST, &state->tensors, error)
      || !thaw_project_read_tensors (self, run, THAW_KIND_BEST, &state->best, error))
    return NULL;
  if (!state->tensors)
    state->tensors = thaw_tensor_map_new ();
  return g_steal_pointer (&state);
}

/* Puts the tensors of @from that carry @prefix in the place of those of that name */
static void
replace_tensors (ThawTensorMap *weights, const ThawTensorMap *from, const char *prefix)
{
  for (guint i = 0; i < thaw_tensor_map_size (from); i++)
    {
      const char *name = thaw_tensor_map_name (from, i);

      if (g_str_has_prefix (name, prefix) && thaw_tensor_map_get (weights, name + strlen (prefix)))
        thaw_tensor_map_set (weights, name + strlen (prefix), thaw_tensor_map_at (from, i));
    }
}

static gboolean
read_weights (
    ThawProject *self, gint64 run, gboolean trained, ThawTensorMap **weights, GError **error)
{
  g_autoptr (ThawTensorMap) last = NULL;
  g_autoptr (ThawTensorMap) best = NULL;

  if (!thaw_project_read_tensors (self, run, THAW_KIND_START, weights, error))
    return FALSE;
  if (!*weights)
    *weights = thaw_tensor_map_new ();
  if (!trained)
    return TRUE;
  if (!thaw_project_read_tensors (self, run, THAW_KIND_BEST, &best, error)
      || (!best && !thaw_project_read_tensors (self, run, THAW_KIND_LAST, &last, error)))
    return FALSE;
  if (best)
    replace_tensors (*weights, best, "");
  if (last)
    replace_tensors (*weights, last, "model/");
  return TRUE;
}

static ThawModel *
assemble (
    ThawProject *self, gint64 run, ThawTensorMap *weights, GHashTable *metadata, GError **error)
{
  ThawModel *model = thaw_zoo_from_weights (weights, metadata, error);

  if (!model)
    g_prefix_error (error, "%s: run %" G_GINT64_FORMAT " cannot be rebuilt: ", self->path, run);
  return model;
}

static ThawModel *
build_model (ThawProject *self, gint64 id, gboolean trained, GError **error)
{
  g_autoptr (ThawTensorMap) weights = NULL;
  g_autoptr (GHashTable) metadata = NULL;
  ThawRun *run;
  gboolean ok;

  if (!thaw_project_flush (self, error))
    return NULL;
  run = find_run (self, id, error);
  ok = run && thaw_project_need_backbone (self, run->backbone, run->backbone_hash, error)
       && (metadata = metadata_from_json (self, run->model_metadata, error)) != NULL
       && read_weights (self, id, trained, &weights, error);
  thaw_run_free (run);
  return ok ? assemble (self, id, weights, metadata, error) : NULL;
}

ThawModel *
thaw_project_model (ThawProject *self, gint64 run, GError **error)
{
  return build_model (self, run, TRUE, error);
}

ThawModel *
thaw_project_start_model (ThawProject *self, gint64 run, GError **error)
{
  return build_model (self, run, FALSE, error);
}
