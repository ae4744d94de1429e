/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pictures train and which judge: drawn in a thread where there are many. */
#include "thaw-pictures-private.h"
#include "thaw-snapshot.h"

#include <glib/gi18n.h>

/* Up to here it takes no longer than what the person did to ask for it */
#define AT_ONCE 2000

/* a split that is being drawn */
typedef struct
{
  ThawPictures *pictures;   /* (owned) */
  ThawShares    shares;
  gboolean      forget;

  /* what it is drawn for */
  GPtrArray    *members;    /* (owned) the list of @pictures then */
  guint64       generation;
  ThawDataset  *dataset;    /* (owned) */
  GPtrArray    *samples;    /* (owned) of it, in the order of @members */
} Drawing;

static void
drawing_free_cb (gpointer data)
{
  Drawing *self = data;

  g_clear_pointer (&self->samples, g_ptr_array_unref);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_object_unref (self->pictures);
  g_free (self);
}

static gpointer
same_cb (gconstpointer sample, gpointer data)
{
  return (gpointer) sample;
}

/* Of any thread. @dataset: (transfer full), in the order of the list */
static void
draw (Drawing *self, ThawDataset *dataset)
{
  self->dataset = dataset;
  self->samples = g_ptr_array_copy (dataset->samples, same_cb, NULL);
  g_ptr_array_set_free_func (self->samples, NULL);
  for (guint i = 0; self->forget && i < self->samples->len; i++)
    ((ThawSample *) self->samples->pdata[i])->split_given = FALSE;
  thaw_dataset_sort (dataset);
  thaw_dataset_split (dataset, self->shares.validation, self->shares.test, self->shares.seed);
}

static void
commit (const Drawing *self)
{
  ThawPictureEdit *edit = thaw_picture_edit_new (self->pictures);

  for (guint i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i];
      ThawPicture *picture = self->members->pdata[i];
      ThawPictureState state = picture->state;

      state.split = sample->split;
      state.given = sample->split_given;
      if (state.split != picture->state.split || state.given != picture->state.given)
        thaw_picture_edit_change (edit, picture, &state);
    }
  thaw_picture_edit_shares (edit, &self->shares);
  thaw_picture_edit_commit (edit, _("Split into training, validation and test"));
}

static void begin (Drawing *self);

static void
drawn_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Drawing *self = g_task_get_task_data (G_TASK (result));
  ThawPictures *pictures = self->pictures;

  if (self->generation == pictures->generation && self->members == pictures->pictures)
    commit (self);
  else if (self->generation != pictures->generation)
    {
      /* edited meanwhile */
      Drawing *again = g_new0 (Drawing, 1);

      *again = (Drawing){ .pictures = g_object_ref (pictures), .shares = self->shares, .forget = self->forget };
      begin (again);
    }
  /* or it is another project's turn */
}

static void
draw_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Drawing *self = data;

  draw (self, g_steal_pointer (&self->dataset));
  g_task_return_boolean (task, TRUE);
}

static void
copied_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  Drawing *self = data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, drawn_cb, NULL);

  self->members = g_ptr_array_ref (self->pictures->pictures);
  self->generation = generation;
  self->dataset = dataset;
  g_task_set_name (task, "draw a split");
  g_task_set_task_data (task, self, drawing_free_cb);
  g_task_run_in_thread (task, draw_cb);
}

static void
begin (Drawing *self)
{
  thaw_snapshot_start (self->pictures, copied_cb, self);
}

static ThawDataset *
copy_all (ThawPictures *pictures)
{
  ThawDataset *dataset = thaw_pictures_begin_snapshot (pictures);

  for (guint i = 0; i < pictures->pictures->len; i++)
    thaw_dataset_take_sample (dataset, thaw_picture_to_sample (pictures->pictures->pdata[i]));
  return dataset;
}

void
thaw_pictures_split (ThawPictures *self, double validation, double test, guint64 seed, gboolean forget)
{
  Drawing *drawing = g_new0 (Drawing, 1);

  *drawing = (Drawing){ .pictures = g_object_ref (self), .shares = { validation, test, seed }, .forget = forget };
  if (self->pictures->len > AT_ONCE)
    {
      begin (drawing);
      return;
    }
  drawing->members = g_ptr_array_ref (self->pictures);
  draw (drawing, copy_all (self));
  commit (drawing);
  drawing_free_cb (drawing);
}
