/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-random.h>

#include "thaw-sample.h"

void
thaw_dataset_limit (ThawDataset *self, ThawSplit split, guint per_class)
{
  g_autofree guint *counts = g_new0 (guint, self->classes->len + 1);
  GPtrArray *all = self->samples;

  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_sample_free);
  for (guint i = 0; i < all->len; i++)
    {
      ThawSample *sample = all->pdata[i];

      if (sample->split == split && counts[sample->label]++ >= per_class)
        continue;
      g_ptr_array_add (self->samples, sample);
      all->pdata[i] = NULL;
    }
  g_ptr_array_unref (all);
}

/* How many of @n go to validation and to the test: rounded shares, but one at least where one is
 * left to train with. */
static void
share_out (guint n, double validation, double test, guint *n_validation, guint *n_test)
{
  guint spare = n > 0 ? n - 1 : 0;

  *n_validation = validation > 0 ? MAX (1, (guint) (n * validation + .5)) : 0;
  *n_test = test > 0 ? MAX (1, (guint) (n * test + .5)) : 0;
  *n_validation = MIN (*n_validation, spare);
  *n_test = MIN (*n_test, spare - *n_validation);
}

static void
split_class (ThawDataset *self, int label, GArray *members, double validation, double test,
             guint64 seed)
{
  ThawRandom random = thaw_random (seed, THAW_RANDOM_SPLIT, 0, label);
  guint n_validation, n_test;

  thaw_random_shuffle (&random, (guint32 *) members->data, members->len);
  share_out (members->len, validation, test, &n_validation, &n_test);
  for (guint i = 0; i < members->len; i++)
    {
      ThawSample *sample = self->samples->pdata[g_array_index (members, guint32, i)];

      if (i < n_validation)
        sample->split = THAW_SPLIT_VALIDATION;
      else
        sample->split = i < n_validation + n_test ? THAW_SPLIT_TEST : THAW_SPLIT_TRAIN;
    }
}

/* [classes] of GArray of guint32: the samples that no folder has put anywhere */
static GPtrArray *
free_members (const ThawDataset *self)
{
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = 0; i < self->classes->len; i++)
    g_ptr_array_add (members, g_array_new (FALSE, FALSE, sizeof (guint32)));
  for (guint32 i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i];

      if (!sample->split_given)
        g_array_append_val ((GArray *) members->pdata[sample->label], i);
    }
  return members;
}

static gboolean
is_given (const ThawDataset *self, ThawSplit split)
{
  for (guint i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i];

      if (sample->split_given && sample->split == split)
        return TRUE;
    }
  return FALSE;
}

void
thaw_dataset_split (ThawDataset *self, double validation, double test, guint64 seed)
{
  g_autoptr (GPtrArray) members = free_members (self);

  if (is_given (self, THAW_SPLIT_VALIDATION))
    validation = test = 0;
  else if (is_given (self, THAW_SPLIT_TEST))
    test = 0;
  for (guint label = 0; label < self->classes->len; label++)
    split_class (self, label, members->pdata[label], validation, test, seed);
}
