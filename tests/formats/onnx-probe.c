/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a network and says what it makes of pictures that another program made up, so that a script can compare. Then it trains all of it for
 * 20 steps to tell them apart and prints the loss before and after.
 *
 * usage: onnx-probe MODEL PICTURES.f32 LOGITS.f32 [AGAIN.onnx [train]] (pictures [2, C, H, W]) */
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-pool.h>

#define PICTURES 2
#define STEPS 20
#define RATE 1e-4

typedef struct
{
  const float *pictures;
  float       *logits;
  ThawShape    picture;
  gint64       classes;
  double       losses[PICTURES];
} Pass;

/* [C, H, W] -> [H, W, C] */
static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Pass *self = data;
  gint64 area = self->picture.dim[1] * self->picture.dim[2], channels = self->picture.dim[3];

  for (gint64 p = 0; p < n; p++)
    for (gint64 i = 0; i < area; i++)
      for (gint64 c = 0; c < channels; c++)
        inputs[0][(p * area + i) * channels + c] = self->pictures[((first + p) * channels + c) * area + i];
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Pass *self = data;

  memcpy (self->logits + first * self->classes, outputs[0], n * self->classes * sizeof (float));
}

static gboolean
run (const ThawModel *model, const char *pictures, const char *logits, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (model->graph);
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  g_autoptr (ThawExecutor) executor = thaw_executor_new (graph, model->parameters, &(ThawExecutorOptions){ .pool = pool }, error);
  Pass pass = { .picture = thaw_graph_input (model->graph, 0)->shape, .classes = thaw_model_n_classes (model) };
  g_autofree char *data = NULL;
  g_autofree float *made = g_new0 (float, PICTURES * pass.classes);
  gsize size;

  if (!executor || !g_file_get_contents (pictures, &data, &size, error))
    return FALSE;
  if (size != PICTURES * (gsize) thaw_shape_count (&pass.picture) * sizeof (float))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s does not have the network's size", pictures);
      return FALSE;
    }
  pass.pictures = (const float *) data;
  pass.logits = made;
  return thaw_executor_forward (executor, PICTURES, &(ThawExecutorIo){ .load = load_cb, .store = store_cb }, &pass, NULL, error)
         && g_file_set_contents (logits, (const char *) made, (gssize) (PICTURES * pass.classes * sizeof (float)), error);
}

static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  static const int labels[PICTURES] = { 0, 1 };
  Pass *self = data;

  thaw_cross_entropy_f32 (n, self->classes, outputs[0], labels + first, 0, NULL, PICTURES, d_outputs[0], self->losses + first);
}

/* One update of every weight by Adam; @slots: name -> its two moments */
static void
update (ThawModel *model, ThawTensorMap *gradients, ThawTensorMap *moments, guint64 step)
{
  ThawOptimizerOptions options;

  thaw_optimizer_defaults (&options, THAW_OPTIMIZER_ADAM);
  for (guint i = 0; i < thaw_tensor_map_size (gradients); i++)
    {
      const char *name = thaw_tensor_map_name (gradients, i);
      gint64 n = thaw_tensor_count (thaw_tensor_map_at (gradients, i));
      ThawTensor *both = thaw_tensor_map_get (moments, name);
      float *slots[2];

      if (!both)
        {
          both = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (2, n));
          thaw_tensor_map_take (moments, name, both);
        }
      slots[0] = thaw_tensor_f32 (both);
      slots[1] = slots[0] + n;
      thaw_optimizer_step_f32 (&options, RATE, step, n, thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, name)),
                               thaw_tensor_f32 (thaw_tensor_map_at (gradients, i)), slots);
    }
}

static gboolean
train (const ThawModel *given, const char *pictures, GError **error)
{
  g_autoptr (ThawModel) model = thaw_model_copy (given);
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (ThawTensorMap) moments = thaw_tensor_map_new ();
  g_autoptr (ThawGraph) before = NULL, after = NULL;
  g_autoptr (ThawExecutor) executor = NULL;
  Pass pass = { .picture = thaw_graph_input (model->graph, 0)->shape, .classes = thaw_model_n_classes (model) };
  g_autofree char *data = NULL;
  double first = 0;

  if (!g_file_get_contents (pictures, &data, NULL, error))
    return FALSE;
  pass.pictures = (const float *) data;
  thaw_freeze_set_trainable (freeze, model->graph, "", TRUE);
  thaw_graph_cut (model->graph, freeze, &before, &after);
  executor = thaw_executor_new (after, model->parameters, &(ThawExecutorOptions){ .pool = pool, .training = freeze }, error);
  for (guint64 step = 1; executor && step <= STEPS + 1; step++)
    {
      if (!thaw_executor_train (executor, PICTURES, 1, step, NULL, &(ThawExecutorIo){ .load = load_cb, .loss = loss_cb }, &pass, error))
        return FALSE;
      if (step == 1)
        first = pass.losses[0] + pass.losses[1];
      update (model, thaw_executor_gradients (executor), moments, step);
      thaw_executor_refresh (executor);
    }
  if (executor)
    g_print ("%g %g\n", first / PICTURES, (pass.losses[0] + pass.losses[1]) / PICTURES);
  return executor != NULL;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = argc > 3 ? thaw_model_load (argv[1], &error) : NULL;

  if (model && run (model, argv[2], argv[3], &error) && (argc < 5 || thaw_onnx_save (model, FALSE, argv[4], &error))
      && (argc < 6 || train (model, argv[2], &error)))
    return 0;
  g_printerr ("%s\n", error ? error->message : "usage: onnx-probe MODEL PICTURES LOGITS [AGAIN.onnx [train]]");
  return 1;
}
