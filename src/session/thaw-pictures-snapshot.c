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

/* --- a whole data set --- */

struct _ThawPicturesStock
{
  GPtrArray *pictures;       /* ThawPicture */
  GHashTable *known;
  GPtrArray *classes;        /* ThawClass, in the order of the labels */
  GPtrArray *skipped;        /* ThawProblem */
  guint      counts[THAW_N_SPLITS], n_given[THAW_N_SPLITS];
};

void
thaw_pictures_stock_free (gpointer data)
{
  ThawPicturesStock *self = data;

  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->classes);
  g_ptr_array_unref (self->skipped);
  g_free (self);
}

static void
add_to_stock (ThawPicturesStock *self, const ThawSample *sample, char *path)
{
  ThawClass *klass = self->classes->pdata[sample->label];
  ThawPicture *picture = thaw_picture_new (sample, path, klass);

  picture->state.present = TRUE;
  picture->position = self->pictures->len;
  g_ptr_array_add (self->pictures, picture);
  g_hash_table_add (self->known, picture);
  klass->counts[picture->state.split]++;
  self->counts[picture->state.split]++;
  self->n_given[picture->state.split] += picture->state.given;
}

ThawPicturesStock *
thaw_pictures_stock_new (const ThawDataset *dataset)
{
  ThawPicturesStock *self = g_new0 (ThawPicturesStock, 1);
  char *path = NULL;

  self->pictures = g_ptr_array_new_full (dataset->samples->len, g_object_unref);
  self->known = thaw_pictures_new_table ();
  self->classes = g_ptr_array_new_with_free_func (g_object_unref);
  self->skipped = thaw_problems_join (dataset->problems, NULL);
  for (guint i = 0; i < dataset->classes->len; i++)
    g_ptr_array_add (self->classes, thaw_class_new (dataset->classes->pdata[i]));
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i];

      /* the pictures of an IDX file share its name */
      if (!path || strcmp (path, sample->path) != 0)
        {
          g_clear_pointer (&path, g_ref_string_release);
          path = g_ref_string_new (sample->path);
        }
      add_to_stock (self, sample, path);
    }
  g_clear_pointer (&path, g_ref_string_release);
  return self;
}

static void
let_go_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  thaw_pictures_stock_free (data);
  g_task_return_boolean (task, TRUE);
}

/* In a thread: 50 000 pictures are 150 000 pieces of memory. (transfer full) */
static void
let_go (ThawPicturesStock *stock)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_name (task, "let pictures go");
  g_task_set_task_data (task, stock, NULL);
  g_task_run_in_thread (task, let_go_cb);
}

/* What is shown changes places with @stock; nobody is told */
static void
exchange (ThawPictures *self, ThawPicturesStock *stock)
{
  const ThawPicturesStock mine = { .pictures = self->pictures, .known = self->known };

  self->pictures = stock->pictures;
  self->known = stock->known;
  stock->pictures = mine.pictures;
  stock->known = mine.known;
  memcpy (self->counts, stock->counts, sizeof self->counts);
  memcpy (self->n_given, stock->n_given, sizeof self->n_given);
}

void
thaw_pictures_take_stock (ThawPictures *self, ThawPicturesStock *stock)
{
  g_autoptr (ThawDataset) nothing = thaw_dataset_new ();
  ThawPicturesStock *old = thaw_pictures_stock_new (nothing);
  const guint before = self->pictures->len;

  exchange (self, old);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, 0);
  g_list_store_remove_all (self->classes);
  g_hash_table_remove_all (self->by_name);
  let_go (old);
  for (guint i = 0; i < stock->classes->len; i++)
    {
      ((ThawClass *) stock->classes->pdata[i])->dirty = TRUE;
      thaw_pictures_list_class (self, stock->classes->pdata[i], TRUE);
    }
  thaw_pictures_set_skipped (self, stock->skipped);
  exchange (self, stock);
  if (self->pictures->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, self->pictures->len);
  thaw_pictures_stock_free (stock);
  thaw_pictures_tell (self, FALSE);
  thaw_pictures_check_files (self);
}

void
thaw_pictures_load (ThawPictures *self, ThawDataset *dataset)
{
  thaw_pictures_take_stock (self, thaw_pictures_stock_new (dataset));
}

/* --- after a run --- */

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
