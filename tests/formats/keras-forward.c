/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of Keras or TensorFlow.js against what Keras itself computes with it.
 * usage: keras-forward MODEL NUMBERS: NUMBERS is a safetensors file with "pictures" [n, h, w, 3], 0 .. 255, and "result" [n, ...].
 * Prints the largest error, the largest difference between two pictures' results, and how many numbers one has. */
#include <math.h>
#include <thaw/thaw-format.h>

#include "thaw-test-model.h"

static ThawTensor *
prepare (const ThawModel *model, ThawTensor *pictures)
{
  ThawTensor *input = thaw_tensor_copy (pictures);
  float *x = thaw_tensor_f32 (input);

  for (gint64 i = 0; i < thaw_tensor_count (input); i++)
    x[i] = (x[i] - model->preprocessing.mean[i % 3]) / model->preprocessing.std[i % 3];
  return input;
}

static void
compare (const ThawTensor *found, const ThawTensor *wanted)
{
  gint64 n = thaw_tensor_count (wanted), row = n / wanted->shape.dim[0];
  const float *a = thaw_tensor_f32 (found), *b = thaw_tensor_f32 (wanted);
  double error = 0, spread = 0;

  g_assert_cmpint (thaw_tensor_count (found), ==, n);
  for (gint64 i = 0; i < n; i++)
    {
      error = MAX (error, fabs ((double) a[i] - b[i]));
      spread = MAX (spread, fabs ((double) b[i] - b[i % row]));
      g_assert_true (isfinite (a[i]) && isfinite (b[i]));
    }
  g_print ("%g %g %" G_GINT64_FORMAT "\n", error, spread, row);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_model_load (argv[1], &error);
  g_autoptr (ThawTensorMap) numbers = model ? thaw_weights_load (argv[2], NULL, &error) : NULL;
  g_autoptr (ThawModel) resized = NULL;
  ThawTensor *pictures = numbers ? thaw_tensor_map_get (numbers, "pictures") : NULL;
  g_autoptr (ThawTensor) input = NULL;
  g_autoptr (GPtrArray) outputs = NULL;

  g_assert_cmpint (argc, ==, 3);
  /* weights alone do not say for what size of pictures they are */
  if (numbers)
    resized = thaw_model_resize (model, (int) pictures->shape.dim[1], (int) pictures->shape.dim[2], &error);
  if (!resized)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  input = prepare (resized, pictures);
  outputs = thaw_test_run (resized->graph, resized->parameters, &input, 2);
  compare (g_ptr_array_index (outputs, 0), thaw_tensor_map_get (numbers, "result"));
  return 0;
}
