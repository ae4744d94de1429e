/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-format.h>
#include <thaw/thaw-nn.h>

#include "thaw-fuzz.h"
#include "thaw-test-model.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_tflite_parse (bytes, &error);

  g_assert_true ((model != NULL) == (error == NULL));
  if (model && thaw_graph_multiply_adds (model->graph) < 1e5)
    {
      g_autoptr (GBytes) again = thaw_tflite_write (model, THAW_DTYPE_F16, NULL);
    }
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

static ThawNode *
build_picture (ThawBuilder *b, ThawNode *x)
{
  ThawNode *y;

  x = thaw_nn_conv (b, x, "stem", &(ThawConvSpec){ .out = 4, .kernel = 3, .stride = 2, .padding = THAW_PADDING_SAME });
  x = thaw_nn_activation (b, thaw_nn_batchnorm (b, x, "bn", 1e-3), "act", THAW_ACTIVATION_RELU6);
  y = thaw_nn_conv (b, x, "dw", &(ThawConvSpec){ .out = 4, .kernel = 3, .pad = 1, .stride = 1, .groups = 4, .bias = TRUE });
  y = thaw_nn_max_pool (b, thaw_nn_activation (b, y, "gelu", THAW_ACTIVATION_GELU), "pool", 3, 1, 1, FALSE);
  x = thaw_nn_concat (b, (ThawNode *[]){ thaw_nn_add (b, x, y, "add"), thaw_nn_mul (b, x, y, "mul") }, 2, "cat", 3);
  x = thaw_nn_shuffle (b, thaw_nn_batchnorm (b, x, "alone", 1e-5), "shuffle", 2);
  x = thaw_nn_avg_pool (b, thaw_nn_activation (b, x, "hard", THAW_ACTIVATION_HARDSIGMOID), "mean", 2, 2, 1);
  return thaw_nn_activation (b, x, "silu", THAW_ACTIVATION_SILU);
}

/* Tokens: attention in small */
static ThawNode *
build (ThawBuilder *b, ThawNode **features)
{
  static const int turn[] = { 0, 2, 1 };
  ThawNode *picture = thaw_graph_add_input (b->graph, "input", &THAW_SHAPE (1, 8, 8, 3)), *x = build_picture (b, picture), *y;

  x = thaw_nn_reshape (b, x, "tokens", &THAW_SHAPE (1, 9, 8));
  x = thaw_nn_concat (b, (ThawNode *[]){ thaw_nn_parameter (b, "token", &THAW_SHAPE (1, 1, 8)), x }, 2, "with", 1);
  x = thaw_nn_layernorm (b, x, "norm", 1e-6);
  y = thaw_nn_softmax (b, thaw_nn_matmul (b, x, thaw_nn_transpose (b, x, "turned", turn), "scores"), "soft", 2);
  x = thaw_nn_normalize (b, thaw_nn_matmul (b, y, x, "mix"), "unit");
  x = thaw_nn_linear (b, thaw_nn_slice (b, x, "first", 1, 0, 1), "hidden", 6, TRUE);
  *features = x = thaw_nn_reshape (b, x, "row", &THAW_SHAPE (1, 6));
  return thaw_nn_linear (b, x, "fc", 2, TRUE);
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  ThawBuilder b = { thaw_graph_new (), NULL };
  ThawNode *features, *logits = build (&b, &features);
  g_autoptr (ThawModel) model = thaw_test_model_of (&b, logits, features);

  model->preprocessing = (ThawPreprocessing){ .resize = 9, .width = 8, .height = 8, .mean = { 1, 2, 3 }, .std = { 4, 5, 6 } };
  g_ptr_array_add (seeds, thaw_tflite_write (model, THAW_DTYPE_F32, NULL));
  g_ptr_array_add (seeds, thaw_tflite_write (model, THAW_DTYPE_F16, NULL));
}
