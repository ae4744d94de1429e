/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the session's pictures and the engine's data sets. */
#include "thaw-pictures-private.h"

#include <string.h>

char **
thaw_pictures_dup_labels (ThawPictures *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->classes));
  char **labels = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);

      labels[i] = g_strdup (klass->name);
    }
  return labels;
}

ThawDataset *
thaw_pictures_begin_snapshot (ThawPictures *self)
{
  ThawDataset *dataset = thaw_dataset_new ();
  g_auto (GStrv) labels = thaw_pictures_dup_labels (self);

  for (int i = 0; labels[i]; i++)
    g_ptr_array_add (dataset->classes, g_strdup (labels[i]));
  for (guint i = 0; i < self->skipped->len; i++)
    {
      const ThawProblem *problem = self->skipped->pdata[i];

      thaw_dataset_add_problem (dataset, problem->path, problem->reason);
    }
  return dataset;
}

ThawDataset *
thaw_pictures_snapshot (ThawPictures *self)
{
  ThawDataset *dataset = thaw_pictures_begin_snapshot (self);

  for (guint i = 0; i < self->pictures->len; i++)
    thaw_dataset_take_sample (dataset, thaw_picture_to_sample (self->pictures->pdata[i]));
  thaw_dataset_sort (dataset);
  return dataset;
}

static void
empty (ThawPictures *self)
{
  g_autoptr (GPtrArray) all = g_steal_pointer (&self->pictures);

  self->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_remove_all (self->known);
  g_hash_table_remove_all (self->by_name);
  memset (self->counts, 0, sizeof self->counts);
  memset (self->n_given, 0, sizeof self->n_given);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, all->len, 0);
  g_list_store_remove_all (self->classes);
}

void
thaw_pictures_load (ThawPictures *self, ThawDataset *dataset)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_full (dataset->samples->len, g_object_unref);
  g_autoptr (GPtrArray) classes = g_ptr_array_new ();
  g_autoptr (GPtrArray) skipped = thaw_problems_join (dataset->problems, NULL);
  char *path = NULL;

  empty (self);
  for (guint i = 0; i < dataset->classes->len; i++)
    g_ptr_array_add (classes, thaw_pictures_ensure_class (self, dataset->classes->pdata[i]));
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i];

      /* the pictures of an IDX file share its name */
      if (!path || strcmp (path, sample->path) != 0)
        {
          g_clear_pointer (&path, g_ref_string_release);
          path = g_ref_string_new (sample->path);
        }
      g_ptr_array_add (pictures, thaw_picture_new (sample, path, classes->pdata[sample->label]));
      ((ThawPicture *) pictures->pdata[i])->state.present = TRUE;
    }
  g_clear_pointer (&path, g_ref_string_release);
  thaw_pictures_put_in (self, pictures);
  thaw_pictures_set_skipped (self, skipped);
  thaw_pictures_tell (self, FALSE);
  thaw_pictures_check_files (self);
}

static gboolean
take_over (ThawPicture *picture, ThawSample *sample)
{
  const char *hash = g_atomic_pointer_get (&sample->hash);

  if (g_strcmp0 (picture->hash, hash) == 0 && picture->size == sample->size && picture->mtime == sample->mtime)
    return FALSE;
  if (hash)
    {
      g_free (picture->hash);
      picture->hash = g_strdup (hash);
    }
  picture->size = sample->size;
  picture->mtime = sample->mtime;
  return TRUE;
}

static guint
hash_problem_cb (gconstpointer key)
{
  const ThawProblem *problem = key;

  return g_str_hash (problem->path) * 31 + g_str_hash (problem->reason);
}

static gboolean
same_problem_cb (gconstpointer a, gconstpointer b)
{
  const ThawProblem *x = a, *y = b;

  return strcmp (x->path, y->path) == 0 && strcmp (x->reason, y->reason) == 0;
}

/* The problems of @dataset that are not known yet (transfer container): a whole folder may have gone */
static GPtrArray *
new_problems (ThawPictures *self, const ThawDataset *dataset)
{
  g_autoptr (GHashTable) known = g_hash_table_new (hash_problem_cb, same_problem_cb);
  GPtrArray *fresh = g_ptr_array_new ();

  for (guint i = 0; dataset->problems->len > 0 && i < self->skipped->len; i++)
    g_hash_table_add (known, self->skipped->pdata[i]);
  for (guint i = 0; i < dataset->problems->len; i++)
    if (g_hash_table_add (known, dataset->problems->pdata[i]))
      g_ptr_array_add (fresh, dataset->problems->pdata[i]);
  return fresh;
}

void
thaw_pictures_refresh (ThawPictures *self, ThawDataset *dataset)
{
  g_autoptr (GPtrArray) fresh = new_problems (self, dataset);
  gboolean changed = fresh->len > 0;

  for (guint i = 0; i < dataset->samples->len; i++)
    {
      ThawSample *sample = dataset->samples->pdata[i];
      ThawPicture *picture = thaw_pictures_find (self, sample->path, sample->index);

      if (picture && take_over (picture, sample))
        changed = TRUE;
    }
  if (fresh->len > 0)
    {
      g_autoptr (GPtrArray) skipped = thaw_problems_join (self->skipped, fresh);

      thaw_pictures_set_skipped (self, skipped);
    }
  if (changed)
    thaw_pictures_tell (self, TRUE);
}
