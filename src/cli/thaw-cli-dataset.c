/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>

#define LISTED_PROBLEMS 10

static void
found_cb (gpointer data, guint found)
{
  thaw_cli_progress (data, "pictures found", found, 0);
}

ThawDataset *
thaw_cli_dataset (ThawCli *self, char **paths, GError **error)
{
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();

  for (char **path = paths; path && *path; path++)
    {
      g_autofree char *absolute = g_canonicalize_filename (*path, NULL);

      if (!thaw_dataset_add_path (dataset, absolute, found_cb, self, self->cancellable, error))
        return NULL;
    }
  thaw_cli_progress_clear (self);
  return g_steal_pointer (&dataset);
}

/* class name -> label + 1 */
static GHashTable *
label_table (const ThawModel *model)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; model->labels && model->labels[i]; i++)
    g_hash_table_insert (table, model->labels[i], GSIZE_TO_POINTER (i + 1));
  return table;
}

static gboolean
map_labels (ThawDataset *dataset, const ThawModel *model, int *map, GError **error)
{
  g_autoptr (GHashTable) table = label_table (model);

  for (guint i = 0; i < dataset->classes->len; i++)
    {
      const char *name = g_ptr_array_index (dataset->classes, i);

      map[i] = GPOINTER_TO_INT (g_hash_table_lookup (table, name)) - 1;
      if (map[i] < 0)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                       "the folder “%s” is none of the model's %d classes (%s, ...): rename it, or "
                       "leave it out",
                       name, (int) thaw_model_n_classes (model), model->labels[0]);
          return FALSE;
        }
    }
  return TRUE;
}

static void
use_labels (ThawDataset *dataset, const ThawModel *model, const int *map)
{
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      ThawSample *sample = g_ptr_array_index (dataset->samples, i);

      sample->label = map[sample->label];
    }
  g_ptr_array_set_size (dataset->classes, 0);
  for (char **label = model->labels; *label; label++)
    g_ptr_array_add (dataset->classes, g_strdup (*label));
}

gboolean
thaw_cli_match_labels (ThawDataset *dataset, const ThawModel *model, GError **error)
{
  g_autofree int *map = g_new0 (int, dataset->classes->len + 1);

  if (!model->labels || !model->labels[0])
    {
      if (dataset->classes->len == thaw_model_n_classes (model))
        return TRUE;
      g_set_error (
          error, THAW_ERROR, THAW_ERROR_INVALID,
          "the model has %d classes without names, and there are %u folders: make them equal",
          (int) thaw_model_n_classes (model), dataset->classes->len);
      return FALSE;
    }
  if (!map_labels (dataset, model, map, error))
    return FALSE;
  use_labels (dataset, model, map);
  return TRUE;
}

static void
emit_problem (ThawCli *self, const ThawProblem *problem)
{
  JsonObject *object = thaw_cli_event ("skipped");

  json_object_set_string_member (object, "path", problem->path);
  json_object_set_string_member (object, "reason", problem->reason);
  thaw_cli_emit (self, object);
}

void
thaw_cli_list_problems (ThawCli *self, const ThawDataset *dataset, guint first)
{
  guint n = dataset->problems->len;

  if (n <= first)
    return;
  if (!self->json)
    thaw_cli_warn (self, "%u file%s skipped:", n - first, n - first == 1 ? " was" : "s were");
  for (guint i = first; i < n; i++)
    {
      const ThawProblem *problem = g_ptr_array_index (dataset->problems, i);

      if (self->json)
        emit_problem (self, problem);
      else if (i - first < LISTED_PROBLEMS)
        thaw_cli_warn (self, "  %s: %s", problem->path, problem->reason);
    }
  if (!self->json && n - first > LISTED_PROBLEMS)
    thaw_cli_warn (self, "  and %u more (--json lists them all)", n - first - LISTED_PROBLEMS);
}
