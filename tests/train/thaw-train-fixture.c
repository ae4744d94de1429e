/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-fixture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-random.h>

static const char *const classes[] = { "ants", "bees", "cats" };

/* Stripes of another direction in each class, under noise */
static guint8
pixel (guint label, int x, int y, int c, ThawRandom *random)
{
  const int wave = label == 0 ? x : label == 1 ? y : x + y;

  return (guint8) CLAMP ((wave / 3 % 2 ? 150 : 100) + 15 * (c == (int) label) + 45 * thaw_random_normal (random), 0, 255);
}

static void
save_picture (const char *folder, guint label, guint number)
{
  g_autofree char *name = g_strdup_printf ("%03u.png", number), *path = g_build_filename (folder, name, NULL);
  const int width = 18 + (int) number % 5, height = 24 - (int) number % 4;
  g_autoptr (GdkPixbuf) picture = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);
  ThawRandom random = thaw_random (7, THAW_RANDOM_AUGMENT, label, number);
  guint8 *pixels = gdk_pixbuf_get_pixels (picture);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        pixels[y * gdk_pixbuf_get_rowstride (picture) + x * 3 + c] = pixel (label, x, y, c, &random);
  g_assert_true (gdk_pixbuf_save (picture, path, "png", NULL, NULL));
}

char *
thaw_fixture_pictures (guint train, guint val)
{
  char *root = thaw_test_directory ();

  for (guint split = 0; split < 2; split++)
    for (guint label = 0; label < G_N_ELEMENTS (classes); label++)
      {
        g_autofree char *folder = g_build_filename (root, split ? "val" : "train", classes[label], NULL);

        g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
        for (guint i = 0; i < (split ? val : train); i++)
          save_picture (folder, label, split * 1000 + i);
      }
  return root;
}

ThawDataset *
thaw_fixture_dataset (const char *folder)
{
  ThawDataset *dataset = thaw_dataset_new ();
  g_autoptr (GError) error = NULL;

  thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static ThawNode *
unit (ThawBuilder *b, ThawNode *x, const char *name, gint64 out, int stride)
{
  const ThawConvSpec spec = { .out = out, .kernel = 3, .stride = stride, .pad = 1 };
  g_autofree char *conv = g_strconcat (name, ".conv", NULL), *bn = g_strconcat (name, ".bn", NULL), *act = g_strconcat (name, ".act", NULL);

  x = thaw_nn_batchnorm (b, thaw_nn_conv (b, x, conv, &spec), bn, 1e-3f);
  return thaw_nn_activation (b, x, act, THAW_ACTIVATION_RELU6);
}

ThawModel *
thaw_fixture_model (const char *head)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  ThawTensorMap *parameters = thaw_tensor_map_new ();
  ThawNode *x = thaw_graph_add_input (b.graph, "input", &THAW_SHAPE (1, 24, 24, 3)), *y;
  g_autoptr (ThawModel) backbone = NULL;
  g_autoptr (GError) error = NULL;
  ThawModel *model;
  ThawHead layers;

  x = unit (&b, x, "stem", 8, 2);
  y = unit (&b, x, "block1", 8, 1);
  x = thaw_nn_add (&b, x, y, "block1.add");
  x = unit (&b, x, "block2", 16, 2);
  x = thaw_nn_global_pool (&b, x, "pool");
  thaw_graph_add_output (b.graph, thaw_nn_linear (&b, x, "fc", 4, TRUE));
  g_assert_no_error (b.error);
  thaw_nn_initialise (b.graph, parameters, "", 3);
  backbone = thaw_model_new ("fixture", b.graph, parameters, x);
  backbone->preprocessing = (ThawPreprocessing){ .resize = 27, .width = 24, .height = 24, .mean = { 120, 125, 130 }, .std = { 50, 60, 70 } };
  g_assert_true (thaw_head_parse (&layers, head, NULL));
  model = thaw_model_with_head (backbone, &layers, (const char *const[]){ "ants", "bees", "cats", NULL }, 5, &error);
  g_assert_no_error (error);
  return model;
}

/* --- record --- */

static ThawTrainState *
copy_state (const ThawTrainState *state)
{
  ThawTrainState *copy = thaw_train_state_new ();

  thaw_tensor_map_unref (copy->tensors);
  copy->tensors = thaw_tensor_map_copy (state->tensors);
  copy->best = state->best ? thaw_tensor_map_copy (state->best) : NULL;
  copy->best_changed = state->best_changed;
  copy->json = g_strdup (state->json);
  return copy;
}

ThawFixtureRecord *
thaw_fixture_record_new (void)
{
  ThawFixtureRecord *self = g_new0 (ThawFixtureRecord, 1);

  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->states = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_train_state_free);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  self->state_changes = g_array_new (FALSE, FALSE, sizeof (guint));
  self->events = g_ptr_array_new_with_free_func (g_free);
  self->cancellable = g_cancellable_new ();
  self->thread = g_thread_self ();
  return self;
}

void
thaw_fixture_record_free (ThawFixtureRecord *self)
{
  g_array_unref (self->epochs);
  g_ptr_array_unref (self->states);
  g_ptr_array_unref (self->problems);
  g_ptr_array_unref (self->events);
  g_array_unref (self->state_changes);
  g_clear_pointer (&self->control, thaw_train_control_unref);
  g_object_unref (self->cancellable);
  g_free (self->remove_at);
  g_free (self);
}

static void
features_cb (gpointer data, guint done, guint total, guint cached)
{
  ThawFixtureRecord *self = data;

  g_assert_true (g_thread_self () == self->thread);
  g_assert_cmpuint (done, <=, total);
  self->features_done = done;
  self->features_total = total;
  self->features_cached = cached;
  self->features_calls++;
}

static void
step_cb (gpointer data, guint64 step, guint64 n_steps, double loss, double lr)
{
  ThawFixtureRecord *self = data;

  g_assert_true (g_thread_self () == self->thread);
  g_assert_cmpuint (step, <=, n_steps);
  self->steps++;
  if (self->hook)
    self->hook (self->hook_data, self->steps);
  if (self->cancel_at == self->steps)
    g_cancellable_cancel (self->cancellable);
  if (self->remove_at && self->remove_step == self->steps)
    g_assert_cmpint (g_unlink (self->remove_at), ==, 0);
}

static void
epoch_cb (gpointer data, const ThawEpoch *epoch)
{
  g_array_append_vals (((ThawFixtureRecord *) data)->epochs, epoch, 1);
}

static void
problem_cb (gpointer data, const char *path, const char *reason)
{
  g_ptr_array_add (((ThawFixtureRecord *) data)->problems, g_strdup_printf ("%s: %s", path, reason));
}

static void
event_cb (gpointer data, const char *text)
{
  ((ThawFixtureRecord *) data)->changes += g_str_has_prefix (text, "learning rate") || g_str_has_prefix (text, "trains ");
  g_ptr_array_add (((ThawFixtureRecord *) data)->events, g_strdup (text));
}

static gboolean
checkpoint_cb (gpointer data, const ThawTrainState *state, const ThawEpoch *epoch, GError **error)
{
  ThawFixtureRecord *self = data;

  g_ptr_array_add (self->states, copy_state (state));
  g_array_append_val (self->state_changes, self->changes);
  return TRUE;
}

static void
paused_cb (gpointer data, gboolean paused)
{
  ThawFixtureRecord *self = data;

  g_assert_true (g_thread_self () == self->thread);
  self->pauses += paused;
  g_atomic_int_set (&self->paused, paused);
}

ThawTrainObserver
thaw_fixture_observer (ThawFixtureRecord *record, double interval)
{
  return (ThawTrainObserver){ .data = record, .features = features_cb, .step = step_cb, .epoch = epoch_cb, .problem = problem_cb,
                              .event = event_cb, .paused = paused_cb, .checkpoint = checkpoint_cb, .checkpoint_seconds = interval };
}

gboolean
thaw_fixture_train (ThawModel *model, ThawDataset *dataset, const ThawTrainOptions *options, const ThawTrainState *from,
                    ThawFixtureRecord *record, double interval, GError **error)
{
  const ThawTrainObserver observer = thaw_fixture_observer (record, interval);
  g_autoptr (GError) reason = NULL;
  g_autoptr (ThawTrainer) trainer = thaw_trainer_new (model, dataset, options, &observer, &reason);
  gboolean good;

  if (trainer && record->control)
    thaw_trainer_set_control (trainer, record->control);
  good = trainer && (!from || thaw_trainer_restore (trainer, from, &reason)) && thaw_trainer_run (trainer, record->cancellable, &reason);

  if (error && reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    g_assert_no_error (reason);
  return good;
}

void
thaw_fixture_same_epochs (const GArray *a, const GArray *b, guint from)
{
  g_assert_cmpuint (a->len, ==, b->len + from);
  for (guint i = from; i < a->len; i++)
    {
      ThawEpoch x = g_array_index (a, ThawEpoch, i), y = g_array_index (b, ThawEpoch, i - from);

      x.seconds = y.seconds = x.images_per_second = y.images_per_second = 0;
      g_assert_cmpmem (&x, sizeof x, &y, sizeof y);
    }
}
