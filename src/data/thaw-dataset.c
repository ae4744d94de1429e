/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>

#include "thaw-dataset-import.h"
#include "thaw-sample.h"

/* Pictures between two calls of a progress function */
#define PROGRESS_EVERY 64

static void
problem_free (gpointer data)
{
  ThawProblem *self = data;

  g_free (self->path);
  g_free (self->reason);
  g_free (self);
}

ThawDataset *
thaw_dataset_new (void)
{
  ThawDataset *self = g_new0 (ThawDataset, 1);

  self->classes = g_ptr_array_new_with_free_func (g_free);
  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_sample_free);
  self->problems = g_ptr_array_new_with_free_func (problem_free);
  g_atomic_ref_count_init (&self->references);
  return self;
}

ThawDataset *
thaw_dataset_ref (ThawDataset *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_dataset_unref (ThawDataset *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_ptr_array_unref (self->classes);
  g_ptr_array_unref (self->samples);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

void
thaw_dataset_add_problem (ThawDataset *self, const char *path, const char *reason)
{
  ThawProblem *problem = g_new (ThawProblem, 1);

  problem->path = thaw_file_display_name (path);
  problem->reason = g_strdup (reason);
  g_ptr_array_add (self->problems, problem);
}

int
thaw_import_class (ThawImport *self, const char *name)
{
  gpointer label;

  if (g_hash_table_lookup_extended (self->labels, name, NULL, &label))
    return GPOINTER_TO_INT (label);
  g_ptr_array_add (self->found->classes, g_strdup (name));
  g_hash_table_insert (self->labels, g_strdup (name),
                       GINT_TO_POINTER (self->found->classes->len - 1));
  return self->found->classes->len - 1;
}

gboolean
thaw_import_picture (ThawImport *self, const char *path, const ThawFileInfo *info, gint64 index,
                     int label, ThawSplit split, gboolean given, GError **error)
{
  ThawSample *sample = g_new0 (ThawSample, 1);

  sample->path = g_strdup (path);
  sample->index = index;
  sample->size = info->size;
  sample->mtime = info->mtime;
  sample->label = label;
  sample->split = split;
  sample->split_given = given;
  g_ptr_array_add (self->found->samples, sample);
  self->n_found++;
  if (self->n_found % PROGRESS_EVERY != 0)
    return TRUE;
  if (self->progress)
    self->progress (self->data, self->n_found);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static guint
hash_sample_cb (gconstpointer key)
{
  const ThawSample *sample = key;

  return g_str_hash (sample->path) ^ (guint) (sample->index * 2654435761u);
}

static gboolean
same_sample_cb (gconstpointer a, gconstpointer b)
{
  const ThawSample *x = a, *y = b;

  return x->index == y->index && strcmp (x->path, y->path) == 0;
}

static int
compare_samples_cb (gconstpointer a, gconstpointer b)
{
  const ThawSample *x = *(const ThawSample *const *) a, *y = *(const ThawSample *const *) b;
  int split_x = x->split_given ? x->split : THAW_SPLIT_TRAIN,
      split_y = y->split_given ? y->split : THAW_SPLIT_TRAIN;
  int order;

  if (split_x != split_y)
    return split_x < split_y ? -1 : 1;
  if (x->label != y->label)
    return x->label < y->label ? -1 : 1;
  order = strcmp (x->path, y->path);
  return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int
compare_names_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static int
label_of (const ThawDataset *self, const char *name)
{
  for (guint i = 0; i < self->classes->len; i++)
    if (strcmp (self->classes->pdata[i], name) == 0)
      return i;
  return -1;
}

/* Gives @samples the labels that @from's classes have in @self. */
static void
relabel (const ThawDataset *self, GPtrArray *from, GPtrArray *samples)
{
  g_autofree int *labels = g_new (int, from->len + 1);

  for (guint i = 0; i < from->len; i++)
    labels[i] = label_of (self, from->pdata[i]);
  for (guint i = 0; i < samples->len; i++)
    {
      ThawSample *sample = samples->pdata[i];

      sample->label = labels[sample->label];
    }
}

/* Classes in order, and the labels of everything after them. */
static void
join_classes (ThawDataset *self, ThawDataset *found)
{
  GPtrArray *before = self->classes;

  self->classes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < before->len; i++)
    g_ptr_array_add (self->classes, g_strdup (before->pdata[i]));
  for (guint i = 0; i < found->classes->len; i++)
    if (label_of (self, found->classes->pdata[i]) < 0)
      g_ptr_array_add (self->classes, g_strdup (found->classes->pdata[i]));
  g_ptr_array_sort (self->classes, compare_names_cb);
  relabel (self, before, self->samples);
  relabel (self, found->classes, found->samples);
  g_ptr_array_unref (before);
}

/* A picture that is there already stays one picture; its split is the new one where that was asked
 * for by name. */
static void
join (ThawDataset *self, ThawDataset *found)
{
  g_autoptr (GHashTable) known = g_hash_table_new (hash_sample_cb, same_sample_cb);

  join_classes (self, found);
  for (guint i = 0; i < self->samples->len; i++)
    g_hash_table_add (known, self->samples->pdata[i]);
  for (guint i = 0; i < found->samples->len; i++)
    {
      ThawSample *sample = found->samples->pdata[i];
      ThawSample *old = g_hash_table_lookup (known, sample);

      if (old && sample->split_given)
        {
          old->split = sample->split;
          old->split_given = TRUE;
        }
      if (old)
        continue;
      found->samples->pdata[i] = NULL;
      g_ptr_array_add (self->samples, sample);
      g_hash_table_add (known, sample);
    }
  g_ptr_array_sort (self->samples, compare_samples_cb);
}

static void
join_problems (ThawDataset *self, ThawDataset *found)
{
  g_ptr_array_set_free_func (found->problems, NULL);
  for (guint i = 0; i < found->problems->len; i++)
    g_ptr_array_add (self->problems, found->problems->pdata[i]);
  g_ptr_array_set_size (found->problems, 0);
}

ThawDataset *
thaw_dataset_copy (const ThawDataset *self)
{
  ThawDataset *copy = thaw_dataset_new ();

  for (guint i = 0; i < self->classes->len; i++)
    g_ptr_array_add (copy->classes, g_strdup (self->classes->pdata[i]));
  for (guint i = 0; i < self->samples->len; i++)
    g_ptr_array_add (copy->samples, thaw_sample_copy (self->samples->pdata[i]));
  for (guint i = 0; i < self->problems->len; i++)
    {
      const ThawProblem *problem = self->problems->pdata[i];

      thaw_dataset_add_problem (copy, problem->path, problem->reason);
    }
  return copy;
}

int
thaw_dataset_add_class (ThawDataset *self, const char *name)
{
  int label = label_of (self, name);

  if (label >= 0)
    return label;
  g_ptr_array_add (self->classes, g_strdup (name));
  return self->classes->len - 1;
}

void
thaw_dataset_take_sample (ThawDataset *self, ThawSample *sample)
{
  g_assert (sample->label >= 0 && sample->label < (int) self->classes->len);
  g_ptr_array_add (self->samples, sample);
}

void
thaw_dataset_sort (ThawDataset *self)
{
  g_autoptr (ThawDataset) nothing = thaw_dataset_new ();

  join (self, nothing);
}

static gboolean
check_found (const ThawDataset *found, const char *path, GError **error)
{
  g_autofree char *name = thaw_file_display_name (path);
  const ThawProblem *first = found->problems->len > 0 ? found->problems->pdata[0] : NULL;

  if (found->samples->len > 0)
    return TRUE;
  if (first)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "%s: holds no picture that can be used (%u problems; the first: %s %s); give a "
                 "folder whose sub-folders are the classes",
                 name, found->problems->len, first->path, first->reason);
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "%s: holds no pictures; give a folder whose sub-folders are the classes", name);
  return FALSE;
}

static gboolean
gather (ThawImport *self, const char *path, const char *class_name, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (class_name)
    return thaw_import_into (self, path, class_name, error);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return thaw_import_idx_file (self, path, error);
  return thaw_import_folder (self, path, error);
}

/* @class_name: NULL, and @split: THAW_N_SPLITS for what the folders say */
static gboolean
add (ThawDataset *self, ThawImport *import, const char *path, const char *class_name,
     ThawSplit split, GError **error)
{
  g_autoptr (ThawDataset) found = thaw_dataset_new ();
  g_autoptr (GHashTable) labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  import->found = found;
  import->labels = labels;
  if (!gather (import, absolute, class_name, error))
    return FALSE;
  if (!check_found (found, absolute, error))
    {
      join_problems (self, found);
      return FALSE;
    }
  for (guint i = 0; split != THAW_N_SPLITS && i < found->samples->len; i++)
    {
      ThawSample *sample = found->samples->pdata[i];

      sample->split = split;
      sample->split_given = TRUE;
    }
  join (self, found);
  join_problems (self, found);
  if (import->progress)
    import->progress (import->data, import->n_found);
  return TRUE;
}

gboolean
thaw_dataset_add_path (ThawDataset *self, const char *path,
                       void (*progress) (gpointer data, guint found), gpointer data,
                       GCancellable *cancellable, GError **error)
{
  ThawImport import = { .cancellable = cancellable, .progress = progress, .data = data };

  return add (self, &import, path, NULL, THAW_N_SPLITS, error);
}

gboolean
thaw_dataset_add_split (ThawDataset *self, const char *path, ThawSplit split,
                        GCancellable *cancellable, GError **error)
{
  ThawImport import = { .cancellable = cancellable };

  return add (self, &import, path, NULL, split, error);
}

gboolean
thaw_dataset_add_into (ThawDataset *self, const char *path, const char *name,
                       void (*progress) (gpointer data, guint found), gpointer data,
                       GCancellable *cancellable, GError **error)
{
  ThawImport import = { .cancellable = cancellable, .progress = progress, .data = data };

  return add (self, &import, path, name, THAW_N_SPLITS, error);
}

gboolean
thaw_dataset_is_mixed (const char *path, guint *n_loose, guint *n_folders,
                       GCancellable *cancellable)
{
  g_autoptr (ThawDataset) found = thaw_dataset_new ();
  ThawImport import = { .found = found, .cancellable = cancellable };

  return thaw_import_is_mixed (&import, path, n_loose, n_folders);
}

guint
thaw_dataset_count (const ThawDataset *self, ThawSplit split, int label)
{
  guint n = 0;

  for (guint i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i];

      n += sample->split == split && (label < 0 || sample->label == label);
    }
  return n;
}

GArray *
thaw_dataset_indices (const ThawDataset *self, ThawSplit split)
{
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 i = 0; i < self->samples->len; i++)
    if (((const ThawSample *) self->samples->pdata[i])->split == split)
      g_array_append_val (indices, i);
  return indices;
}

/* The first class without a picture to train with; -1: none */
static int
untrainable_class (const ThawDataset *self)
{
  g_autofree gboolean *trains = g_new0 (gboolean, self->classes->len + 1);

  for (guint i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i];

      trains[sample->label] = trains[sample->label] || sample->split == THAW_SPLIT_TRAIN;
    }
  for (guint i = 0; i < self->classes->len; i++)
    if (!trains[i])
      return i;
  return -1;
}

gboolean
thaw_dataset_check (const ThawDataset *self, GError **error)
{
  int empty = untrainable_class (self);

  if (self->classes->len < 2)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "there %s; at least two are needed: give a folder with a sub-folder for each",
                   self->classes->len == 0 ? "are no classes" : "is one class only");
      return FALSE;
    }
  if (empty >= 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "class \"%s\" has no picture to train with; add some or remove the class",
                   (char *) self->classes->pdata[empty]);
      return FALSE;
    }
  if (thaw_dataset_count (self, THAW_SPLIT_VALIDATION, -1) > 0)
    return TRUE;
  g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID,
                       "there is no picture to validate with; set a share for validation or give a "
                       "folder");
  return FALSE;
}

typedef struct
{
  ThawDataset *dataset;
  GError **errors; /* [samples]: what each picture's decoding said */
  int next;        /* atomic */
  int done;        /* atomic */
  void (*progress) (gpointer data, guint done);
  gpointer data;
  GCancellable *cancellable;
} Verification;

static void
verify_part_cb (gpointer data, guint thread)
{
  Verification *self = data;
  int i;

  while ((i = g_atomic_int_add (&self->next, 1)) < (int) self->dataset->samples->len)
    {
      ThawImage *image;
      int done;

      if (g_cancellable_is_cancelled (self->cancellable))
        return;
      image = thaw_sample_decode (self->dataset->samples->pdata[i], &self->errors[i]);
      thaw_image_free (image);
      done = g_atomic_int_add (&self->done, 1) + 1;
      if (thread == 0 && self->progress)
        self->progress (self->data, done);
    }
}

static void
remove_unreadable (Verification *self)
{
  GPtrArray *samples = self->dataset->samples;
  guint kept = 0;

  for (guint i = 0; i < samples->len; i++)
    {
      ThawSample *sample = samples->pdata[i];

      if (!self->errors[i])
        {
          samples->pdata[kept++] = sample;
          continue;
        }
      thaw_dataset_add_problem (self->dataset, sample->path, self->errors[i]->message);
      thaw_sample_free (sample);
    }
  for (guint i = kept; i < samples->len; i++)
    samples->pdata[i] = NULL;
  g_ptr_array_set_size (samples, kept);
}

gboolean
thaw_dataset_verify (ThawDataset *self, ThawPool *pool,
                     void (*progress) (gpointer data, guint done), gpointer data,
                     GCancellable *cancellable, GError **error)
{
  guint n = self->samples->len;
  Verification verification = {
    .dataset = self,
    .errors = g_new0 (GError *, n + 1),
    .progress = progress,
    .data = data,
    .cancellable = cancellable,
  };
  gboolean cancelled;

  thaw_pool_run (pool, verify_part_cb, &verification);
  cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
  if (!cancelled)
    remove_unreadable (&verification);
  for (guint i = 0; i < n; i++)
    g_clear_error (&verification.errors[i]);
  g_free (verification.errors);
  if (!cancelled && progress)
    progress (data, n);
  return !cancelled;
}
