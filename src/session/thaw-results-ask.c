/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

/* The first is small: the first rows of a table are there at once */
#define FIRST_SLICE 8
#define SLICE 64

static ThawDataset *
slice_of (const ThawAsking *asking, guint from, guint n)
{
  ThawDataset *slice = thaw_dataset_new ();

  for (guint k = 0; k < asking->dataset->classes->len; k++)
    thaw_dataset_add_class (slice, g_ptr_array_index (asking->dataset->classes, k));
  for (guint i = from; i < from + n; i++)
    thaw_dataset_take_sample (slice, thaw_sample_copy (g_ptr_array_index (asking->dataset->samples, g_array_index (asking->indices, guint32, i))));
  return slice;
}

static void
unread_clear_cb (gpointer data)
{
  g_free (((ThawUnread *) data)->reason);
}

/* Both the slice's problems and what is missing in @part are in the order of the samples. */
static GArray *
list_unread (const ThawAsking *asking, const ThawDataset *slice, const ThawEvaluation *part, guint from)
{
  GArray *unread = g_array_new (FALSE, FALSE, sizeof (ThawUnread));
  guint row = 0;

  g_array_set_clear_func (unread, unread_clear_cb);
  for (guint i = 0; i < slice->samples->len; i++)
    if (row < part->n && part->samples[row] == i)
      row++;
    else
      {
        const ThawProblem *problem = unread->len < slice->problems->len ? g_ptr_array_index (slice->problems, unread->len) : NULL;
        ThawUnread item = { g_array_index (asking->indices, guint32, from + i), g_strdup (problem ? problem->reason : "") };

        g_array_append_val (unread, item);
      }
  return unread;
}

static gboolean
ask_slice (const ThawAsking *asking, guint from, guint n, GError **error)
{
  g_autoptr (ThawDataset) slice = slice_of (asking, from, n);
  g_autoptr (ThawEvaluation) part = thaw_evaluate (asking->model, slice, THAW_N_SPLITS, asking->pool, asking->cancellable, error);
  g_autoptr (GArray) unread = part ? list_unread (asking, slice, part, from) : NULL;

  if (!part)
    return FALSE;
  for (guint i = 0; i < part->n; i++)
    part->samples[i] = g_array_index (asking->indices, guint32, from + part->samples[i]);
  asking->slice (asking->data, part, unread);
  return TRUE;
}

gboolean
thaw_results_ask (const ThawAsking *asking, GError **error)
{
  for (guint from = 0, n; from < asking->indices->len; from += n)
    {
      n = MIN (from == 0 ? FIRST_SLICE : SLICE, asking->indices->len - from);
      if (g_cancellable_set_error_if_cancelled (asking->cancellable, error) || !ask_slice (asking, from, n, error))
        return FALSE;
    }
  return TRUE;
}

/* all of it */
typedef struct
{
  ThawEvaluation *whole;
  guint           done, total;
  void          (*progress) (gpointer data, guint done, guint total);
  gpointer        data;
} Gathering;

static void
gather_cb (gpointer data, const ThawEvaluation *part, const GArray *unread)
{
  Gathering *self = data;

  for (guint i = 0; i < part->n; i++)
    thaw_evaluation_add_row (self->whole, part, i, part->labels[i]);
  self->done += part->n + unread->len;
  if (self->progress)
    self->progress (self->data, self->done, self->total);
}

ThawEvaluation *
thaw_results_ask_all (const ThawAsking *asking, void (*progress) (gpointer data, guint done, guint total), gpointer data, GError **error)
{
  g_autoptr (ThawEvaluation) whole = thaw_evaluation_new (asking->indices->len, (guint) thaw_model_n_classes (asking->model));
  Gathering gathering = { .whole = whole, .total = asking->indices->len, .progress = progress, .data = data };
  ThawAsking own = *asking;

  own.slice = gather_cb;
  own.data = &gathering;
  if (!thaw_results_ask (&own, error))
    return NULL;
  thaw_evaluation_finish (whole);
  return g_steal_pointer (&whole);
}
