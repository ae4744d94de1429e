/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files are found and looked at in a thread; what it brings is taken in by the main thread, a slice at a time. */
#include "thaw-pictures-private.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-error.h>

/* A slice, so short that no frame is late */
#define SLICE_US 4000
#define SLICE_PICTURES 256
/* In turns with the frames: after them it would wait for ever where something moves and a frame takes as long as there is until the next */
#define SLICE_PRIORITY (G_PRIORITY_HIGH_IDLE + 20)
#define PROGRESS_MS 100

typedef struct
{
  GPtrArray         *items;      /* ThawImportItem */
  ThawDataset       *found;
  int                n_found;    /* atomic */
  double             validation, test;
  guint64            seed;
  gboolean           split;      /* split off a share */
  GHashTable        *validated;  /* names of classes that have pictures to validate with */

  /* of the main thread */
  guint              progress_source;
  guint              next;       /* sample to be taken in */
  GPtrArray         *classes;    /* ThawClass of each of found's, once a picture came */
  GHashTable        *grown;      /* of them, those that grew */
  char              *path;       /* GRefString of the sample before: IDX files have many */
  ThawPictureEdit   *edit;
  ThawImportAccount *account;
} Import;

ThawImportItem *
thaw_import_item_new (const char *path)
{
  ThawImportItem *self = g_new0 (ThawImportItem, 1);

  self->path = g_strdup (path);
  self->split = THAW_N_SPLITS;
  return self;
}

void
thaw_import_item_free (ThawImportItem *self)
{
  if (!self)
    return;
  g_free (self->path);
  g_free (self->class_name);
  g_free (self);
}

void
thaw_import_account_free (ThawImportAccount *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->skipped);
  g_free (self);
}

static void
import_free (gpointer data)
{
  Import *self = data;

  g_clear_handle_id (&self->progress_source, g_source_remove);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->found, thaw_dataset_unref);
  g_clear_pointer (&self->classes, g_ptr_array_unref);
  g_clear_pointer (&self->grown, g_hash_table_unref);
  g_clear_pointer (&self->validated, g_hash_table_unref);
  g_clear_pointer (&self->path, g_ref_string_release);
  g_clear_pointer (&self->edit, thaw_picture_edit_free);
  g_clear_pointer (&self->account, thaw_import_account_free);
  g_free (self);
}

static void
found_cb (gpointer data, guint found)
{
  g_atomic_int_set (&((Import *) data)->n_found, (int) found);
}

/* In the thread */
static gboolean
read_item (Import *self, const ThawImportItem *item, ThawDataset *into, GCancellable *cancellable, GError **error)
{
  gboolean ok;

  if (item->class_name)
    ok = thaw_dataset_add_into (into, item->path, item->class_name, found_cb, self, cancellable, error);
  else if (item->split != THAW_N_SPLITS)
    ok = thaw_dataset_add_split (into, item->path, item->split, cancellable, error);
  else
    ok = thaw_dataset_add_path (into, item->path, found_cb, self, cancellable, error);
  for (int split = 0; ok && split < THAW_N_SPLITS; split++)
    if (item->limit[split] > 0)
      thaw_dataset_limit (into, split, item->limit[split]);
  return ok;
}

/* Of each class one picture at least is split off, but where there are some already, a few more need not give up theirs. */
static void
split_found (Import *self)
{
  g_autofree guint *counts = g_new0 (guint, self->found->classes->len + 1);

  thaw_dataset_split (self->found, self->validation, self->test, self->seed);
  for (guint i = 0; i < self->found->samples->len; i++)
    counts[((const ThawSample *) self->found->samples->pdata[i])->label]++;
  for (guint i = 0; i < self->found->samples->len; i++)
    {
      ThawSample *sample = self->found->samples->pdata[i];

      if (!sample->split_given && counts[sample->label] * self->validation < .5
          && g_hash_table_contains (self->validated, self->found->classes->pdata[sample->label]))
        sample->split = THAW_SPLIT_TRAIN;
    }
}

/* One path that holds nothing does not spoil the others: it is among what was passed over. */
static void
import_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Import *self = data;
  GError *error = NULL;

  self->found = thaw_dataset_new ();
  for (guint i = 0; i < self->items->len; i++)
    {
      const ThawImportItem *item = self->items->pdata[i];
      guint n_problems = self->found->problems->len;
      g_autoptr (GError) reason = NULL;

      if (read_item (self, item, self->found, cancellable, &reason))
        continue;
      if (self->items->len == 1 || g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          error = g_steal_pointer (&reason);
          break;
        }
      if (self->found->problems->len == n_problems)
        thaw_dataset_add_problem (self->found, item->path, reason->message);
    }
  if (!error && self->found->samples->len == 0)
    g_set_error (&error, THAW_ERROR, THAW_ERROR_INVALID, "%s",
                 _("There are no pictures that can be used in what was given. Give folders with pictures in them."));
  if (!error && self->split)
    split_found (self);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static ThawClass *
class_of (ThawPictures *self, Import *import, const ThawSample *sample)
{
  ThawClass *klass = import->classes->pdata[sample->label];
  const char *name = import->found->classes->pdata[sample->label];

  /* it may have been deleted, renamed or merged since the last slice */
  if (klass && klass->listed)
    return klass;
  klass = thaw_pictures_find_class (self, name);
  if (!klass)
    {
      g_autoptr (ThawClass) made = thaw_class_new (name);

      thaw_picture_edit_class (import->edit, made, name, TRUE);
      thaw_pictures_list_class (self, made, TRUE);
      klass = made;
    }
  g_set_object ((ThawClass **) &import->classes->pdata[sample->label], klass);
  return klass;
}

/* A picture that is there already stays; its split is the new one where a folder says so. */
static void
meet_again (ThawPictures *self, Import *import, ThawPicture *picture, const ThawSample *sample, GPtrArray *touched)
{
  ThawPictureState state = picture->state;

  import->account->n_known++;
  if (!sample->split_given || (state.given && state.split == sample->split))
    return;
  state.split = sample->split;
  state.given = TRUE;
  thaw_picture_edit_change (import->edit, picture, &state);
  thaw_pictures_count_state (self, &picture->state, -1);
  thaw_picture_set_state (picture, &state);
  thaw_pictures_count_state (self, &state, 1);
  g_ptr_array_add (touched, picture);
}

static void
take_in (ThawPictures *self, Import *import, const ThawSample *sample, GPtrArray *come, GPtrArray *touched)
{
  ThawPicture *picture = thaw_pictures_find (self, sample->path, sample->index);
  ThawPictureState state;
  ThawClass *klass;

  if (picture)
    {
      meet_again (self, import, picture, sample, touched);
      return;
    }
  if (!import->path || strcmp (import->path, sample->path) != 0)
    {
      g_clear_pointer (&import->path, g_ref_string_release);
      import->path = g_ref_string_new (sample->path);
    }
  klass = class_of (self, import, sample);
  picture = thaw_picture_new (sample, import->path, klass);
  state = picture->state;
  state.present = TRUE;
  thaw_picture_edit_change (import->edit, picture, &state);
  picture->state.present = TRUE;
  g_ptr_array_add (come, picture);
  g_hash_table_add (import->grown, klass);
  import->account->n_pictures++;
}

/* Classes of whose pictures none could be used are there, too, as thaw_dataset_add_path() has it. */
static void
finish (ThawPictures *self, Import *import)
{
  g_autofree char *label = NULL;
  guint n = import->account->n_pictures;

  for (guint i = 0; i < import->found->classes->len; i++)
    class_of (self, import, &(ThawSample){ .label = i });
  if (import->found->problems->len > 0)
    {
      g_autoptr (GPtrArray) skipped = thaw_problems_join (self->skipped, import->found->problems);

      thaw_picture_edit_skipped (import->edit, skipped);
      thaw_pictures_set_skipped (self, skipped);
    }
  import->account->n_classes = g_hash_table_size (import->grown);
  g_ptr_array_unref (import->account->skipped);
  import->account->skipped = thaw_problems_join (import->found->problems, NULL);
  label = g_strdup_printf (ngettext ("Add %u picture", "Add %u pictures", n), n);
  thaw_picture_edit_record (g_steal_pointer (&import->edit), label);
}

/* FALSE when all are in */
static gboolean
take_slice (ThawPictures *self, Import *import)
{
  g_autoptr (GPtrArray) come = g_ptr_array_new_with_free_func (g_object_unref), touched = g_ptr_array_new ();
  gint64 end = g_get_monotonic_time () + SLICE_US;
  GPtrArray *samples = import->found->samples;

  while (import->next < samples->len && come->len < SLICE_PICTURES && g_get_monotonic_time () < end)
    take_in (self, import, samples->pdata[import->next++], come, touched);
  thaw_pictures_touch (self, touched);
  thaw_pictures_put_in (self, come);
  return import->next < samples->len;
}

static gboolean
slice_cb (gpointer data)
{
  GTask *outer = data;
  ThawPictures *self = g_task_get_source_object (outer);
  Import *import = g_task_get_task_data (outer);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (outer)))
    {
      thaw_picture_edit_revert (g_steal_pointer (&import->edit));
      thaw_pictures_set_busy (self, FALSE);
      g_task_return_error_if_cancelled (outer);
      return G_SOURCE_REMOVE;
    }
  if (take_slice (self, import))
    return G_SOURCE_CONTINUE;
  finish (self, import);
  thaw_pictures_set_busy (self, FALSE);
  thaw_pictures_tell (self, TRUE);
  g_task_return_pointer (outer, g_steal_pointer (&import->account), (GDestroyNotify) thaw_import_account_free);
  return G_SOURCE_REMOVE;
}

static void
unref_class_cb (gpointer klass)
{
  g_clear_object ((ThawClass **) &klass);
}

static void
begin_taking_in (GTask *outer)
{
  Import *import = g_task_get_task_data (outer);

  import->classes = g_ptr_array_new_with_free_func (unref_class_cb);
  g_ptr_array_set_size (import->classes, (int) import->found->classes->len);
  import->grown = g_hash_table_new (NULL, NULL);
  import->account = g_new0 (ThawImportAccount, 1);
  import->account->skipped = g_ptr_array_new ();
  import->edit = thaw_picture_edit_new (g_task_get_source_object (outer));
  g_idle_add_full (SLICE_PRIORITY, slice_cb, g_object_ref (outer), g_object_unref);
}

static void
found_all_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) outer = data;
  Import *import = g_task_get_task_data (outer);
  GError *error = NULL;

  g_clear_handle_id (&import->progress_source, g_source_remove);
  thaw_pictures_set_found (THAW_PICTURES (source), g_atomic_int_get (&import->n_found));
  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      begin_taking_in (outer);
      return;
    }
  thaw_pictures_set_busy (THAW_PICTURES (source), FALSE);
  g_task_return_error (outer, error);
}

static gboolean
progress_cb (gpointer data)
{
  GTask *outer = data;
  Import *import = g_task_get_task_data (outer);

  thaw_pictures_set_found (g_task_get_source_object (outer), g_atomic_int_get (&import->n_found));
  return G_SOURCE_CONTINUE;
}

/* (transfer full) */
static GHashTable *
validated_classes (ThawPictures *self)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);

      if (klass->counts[THAW_SPLIT_VALIDATION] > 0)
        g_hash_table_add (names, g_strdup (klass->name));
    }
  return names;
}

static GPtrArray *
copy_items (GPtrArray *items)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);

  for (guint i = 0; i < items->len; i++)
    {
      const ThawImportItem *item = items->pdata[i];
      ThawImportItem *copy = thaw_import_item_new (item->path);

      copy->class_name = g_strdup (item->class_name);
      copy->split = item->split;
      memcpy (copy->limit, item->limit, sizeof copy->limit);
      g_ptr_array_add (copies, copy);
    }
  return copies;
}

/* @outer goes through both halves, the thread's and the main thread's; @inner is the thread's. They share the import, which outlives both. */
void
thaw_pictures_import_async (ThawPictures *self, GPtrArray *items, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *outer = g_task_new (self, cancellable, callback, data);
  g_autoptr (GTask) inner = NULL;
  Import *import;

  if (self->busy)
    {
      g_task_return_new_error (outer, THAW_ERROR, THAW_ERROR_BUSY, "%s", _("Other pictures are being added. Wait until that is done, or cancel it."));
      g_object_unref (outer);
      return;
    }
  import = g_new0 (Import, 1);
  import->items = copy_items (items);
  thaw_pictures_get_shares (self, &import->validation, &import->test, &import->seed);
  import->validated = validated_classes (self);
  import->split = self->n_given[THAW_SPLIT_VALIDATION] == 0;
  g_task_set_task_data (outer, import, import_free);
  /* what was taken in is taken back first; a cancellation that comes after that is too late */
  g_task_set_check_cancellable (outer, FALSE);
  inner = g_task_new (self, cancellable, found_all_cb, outer);
  g_task_set_task_data (inner, import, NULL);
  thaw_pictures_set_found (self, 0);
  thaw_pictures_set_busy (self, TRUE);
  import->progress_source = g_timeout_add (PROGRESS_MS, progress_cb, outer);
  g_task_run_in_thread (inner, import_thread);
}

ThawImportAccount *
thaw_pictures_import_finish (ThawPictures *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Several folders that are called like splits are parts of one data set; training pictures are given only where those for validation are, too */
static void
recognise_splits (GPtrArray *items)
{
  guint n[THAW_N_SPLITS + 1] = { 0 };

  for (guint i = 0; i < items->len; i++)
    {
      const ThawImportItem *item = items->pdata[i];
      g_autofree char *name = g_path_get_basename (item->path);

      n[item->is_picture ? THAW_N_SPLITS : thaw_split_of_folder (name)]++;
    }
  if (items->len < 2 || n[THAW_N_SPLITS] > 0 || n[THAW_SPLIT_TRAIN] == items->len)
    return;
  for (guint i = 0; i < items->len; i++)
    {
      ThawImportItem *item = items->pdata[i];
      g_autofree char *name = g_path_get_basename (item->path);
      ThawSplit split = thaw_split_of_folder (name);

      if (split != THAW_SPLIT_TRAIN || n[THAW_SPLIT_VALIDATION] > 0)
        item->split = split;
    }
}

static void
examine_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
  char **paths = data;

  for (int i = 0; paths[i]; i++)
    {
      ThawImportItem *item = thaw_import_item_new (paths[i]);
      g_autofree char *name = g_path_get_basename (paths[i]);

      if (g_file_test (paths[i], G_FILE_TEST_IS_DIR))
        thaw_dataset_is_mixed (paths[i], &item->n_loose, &item->n_folders, cancellable);
      else
        item->is_picture = strstr (name, "idx3") == NULL;
      if (item->n_folders == 0)
        item->n_loose = 0;
      g_ptr_array_add (items, item);
    }
  recognise_splits (items);
  g_task_return_pointer (task, items, (GDestroyNotify) g_ptr_array_unref);
}

void
thaw_pictures_examine_async (ThawPictures *self, const char *const *paths, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  g_task_set_task_data (task, g_strdupv ((char **) paths), (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, examine_thread);
}

GPtrArray *
thaw_pictures_examine_finish (ThawPictures *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
