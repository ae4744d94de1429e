/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a network and says what it makes of pictures that another program made up, so that a script can compare.
 *
 * usage: onnx-probe MODEL PICTURES.f32 LOGITS.f32 [AGAIN.onnx] (pictures [2, C, H, W]) */
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-pool.h>

#define PICTURES 2

typedef struct
{
  const float *pictures;
  float       *logits;
  ThawShape    picture;
  gint64       classes;
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

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = argc > 3 ? thaw_model_load (argv[1], &error) : NULL;

  if (model && run (model, argv[2], argv[3], &error) && (argc < 5 || thaw_onnx_save (model, FALSE, argv[4], &error)))
    return 0;
  g_printerr ("%s\n", error ? error->message : "usage: onnx-probe MODEL PICTURES LOGITS [AGAIN.onnx]");
  return 1;
}
