/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <string.h>

/* The pictures that were judged, in the order of the evaluation */
static ThawDataset *
judged (const ThawEvaluation *evaluation, const ThawDataset *dataset)
{
  ThawDataset *own = thaw_dataset_new ();

  for (guint i = 0; i < dataset->classes->len; i++)
    g_ptr_array_add (own->classes, g_strdup (g_ptr_array_index (dataset->classes, i)));
  for (guint i = 0; i < evaluation->n; i++)
    {
      ThawSample *sample
          = thaw_sample_copy (g_ptr_array_index (dataset->samples, evaluation->samples[i]));

      sample->label = evaluation->labels[i];
      g_ptr_array_add (own->samples, sample);
    }
  return own;
}

static gsize
probability_bytes (guint n, guint classes)
{
  return (gsize) n * classes * sizeof (float);
}

gboolean
thaw_project_set_evaluation (ThawProject *self, gint64 run, ThawSplit split,
                             const ThawEvaluation *evaluation, const ThawDataset *dataset,
                             GError **error)
{
  g_autoptr (ThawDataset) pictures = judged (evaluation, dataset);
  gint64 id;

  if (!thaw_project_check_writable (self, error) || !thaw_project_flush (self, error)
      || !thaw_project_begin (self, error))
    return FALSE;
  if (thaw_project_put_dataset (self, pictures, &id, error)
      && thaw_project_exec (
          self, error,
          "INSERT OR REPLACE INTO evaluations (run, split, dataset, classes, loss, probabilities)"
          " SELECT id, ?, ?, ?, ?, ? FROM runs WHERE id = ?",
          "iiidbi", (gint64) split, id, (gint64) evaluation->classes, evaluation->loss,
          evaluation->probabilities, probability_bytes (evaluation->n, evaluation->classes), run)
      && thaw_project_changed_run (self, run, error)
      && thaw_project_sweep (self, error))
    return thaw_project_commit (self, error);
  thaw_project_rollback (self);
  return FALSE;
}

/* Columns: classes, loss, probabilities */
static ThawEvaluation *
read_evaluation (ThawQuery *query, const ThawDataset *pictures)
{
  const guint n = pictures->samples->len;
  const guint classes = (guint) thaw_query_int (query, 0, pictures->classes->len, G_MAXINT);
  g_autofree int *labels = g_new (int, MAX (n, 1));
  g_autofree float *aligned = NULL;
  gsize bytes;
  const void *probabilities = thaw_query_blob (query, 2, &bytes);

  if (query->error || bytes != probability_bytes (n, classes)
      || classes > MAX (pictures->classes->len, 65536))
    {
      thaw_query_refuse (query, "an evaluation");
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    labels[i] = ((const ThawSample *) g_ptr_array_index (pictures->samples, i))->label;
  aligned = g_malloc (bytes + 1);
  if (bytes)
    memcpy (aligned, probabilities, bytes);
  return thaw_evaluation_new_from (n, classes, labels, aligned, thaw_query_double (query, 1));
}

static gboolean
find_pictures (ThawProject *self, gint64 run, ThawSplit split, gint64 *id, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  *id = 0;
  thaw_query_prepare (&query, self, "SELECT dataset FROM evaluations WHERE run = ? AND split = ?");
  thaw_query_bind (&query, "ii", run, (gint64) split);
  if (thaw_query_next (&query))
    *id = thaw_query_int (&query, 0, 1, G_MAXINT64);
  return thaw_query_end (&query, error);
}

ThawEvaluation *
thaw_project_evaluation (ThawProject *self, gint64 run, ThawSplit split, ThawDataset **pictures,
                         GError **error)
{
  g_autoptr (ThawDataset) dataset = NULL;
  g_autoptr (ThawEvaluation) evaluation = NULL;
  g_auto (ThawQuery) query = { 0 };
  gint64 id;

  if (!thaw_project_flush (self, error) || !find_pictures (self, run, split, &id, error) || id == 0)
    return NULL;
  dataset = thaw_project_stored_dataset (self, id, error);
  if (!dataset)
    return NULL;
  thaw_query_prepare (
      &query, self,
      "SELECT classes, loss, probabilities FROM evaluations WHERE run = ? AND split = ?");
  thaw_query_bind (&query, "ii", run, (gint64) split);
  if (thaw_query_next (&query))
    evaluation = read_evaluation (&query, dataset);
  if (!thaw_query_end (&query, error))
    return NULL;
  if (pictures)
    *pictures = g_steal_pointer (&dataset);
  return g_steal_pointer (&evaluation);
}
