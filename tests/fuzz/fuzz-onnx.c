/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both halves of the reader: the network, and the evaluator of what stands before it. */
#include <thaw/thaw-format.h>
#include <thaw/thaw-nn.h>

#include "thaw-fuzz.h"
#include "thaw-onnx-sample.h"
#include "thaw-test-model.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint8 picture[7 * 9 * 3] = { 1, 2, 3 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL, other = NULL;
  g_autoptr (ThawModel) model = thaw_onnx_parse (bytes, &error);
  g_autoptr (ThawOnnxPreprocessing) preprocessing = thaw_onnx_preprocessing_new (bytes, &other);
  g_autoptr (ThawTensor) input = preprocessing ? thaw_onnx_preprocessing_run (preprocessing, picture, 9, 7, &other) : NULL;

  g_assert_true ((model != NULL) == (error == NULL));
  g_assert_true ((input != NULL) == (other == NULL));
  if (model && thaw_shape_count (&thaw_graph_input (model->graph, 0)->shape) < 10000)
    {
      g_autoptr (GBytes) again = thaw_onnx_write (model, FALSE, NULL);
    }
  thaw_fuzz_outcome (error ? error->message : other ? other->message : "ok");
  return 0;
}

static ThawNode *
build (ThawBuilder *b, ThawNode **features)
{
  ThawNode *picture = thaw_graph_add_input (b->graph, "input", &THAW_SHAPE (1, 8, 8, 3));
  ThawNode *x = thaw_nn_conv (b, picture, "stem", &(ThawConvSpec){ .out = 4, .kernel = 3, .stride = 2, .padding = THAW_PADDING_SAME });
  ThawNode *y;

  x = thaw_nn_activation (b, thaw_nn_batchnorm (b, x, "bn", 1e-3), "act", THAW_ACTIVATION_RELU6);
  y = thaw_nn_conv (b, x, "dw", &(ThawConvSpec){ .out = 4, .kernel = 3, .pad = 1, .groups = 4, .bias = TRUE });
  y = thaw_nn_max_pool (b, thaw_nn_activation (b, y, "gelu", THAW_ACTIVATION_GELU), "pool", 3, 1, 1, FALSE);
  x = thaw_nn_concat (b, (ThawNode *[]){ thaw_nn_add (b, x, y, "add"), thaw_nn_mul (b, x, y, "mul") }, 2, "cat", 3);
  x = thaw_nn_flatten (b, x, "turned");
  *features = x = thaw_nn_dropout (b, thaw_nn_activation (b, x, "silu", THAW_ACTIVATION_SILU), "drop", .2f);
  return thaw_nn_linear (b, x, "fc", 2, TRUE);
}

/* What other programs write: patterns, shapes worked out, turned and folded axes */
static void
add_foreign (GPtrArray *seeds)
{
  static const char *const nodes[] = {
    "p = Reshape x [1,4,36]\n t = Transpose p perm:[0,2,1]\n m = ReduceMean t axes:[-1]\n d = Sub t m\n s = Pow d #2\n v = ReduceMean s axes:[-1]\n"
    "e = Add v #0.00001\n r = Sqrt e\n q = Div d r\n a = Mul q w4\n b = Add a w4\n l = MatMul b w4x4\n y = Add l w4\n",
    "g = Shape x\n n = Gather g #i0\n u = Unsqueeze n [0]\n s = Concat u [2,2,6,6] axis:0\n a = Reshape x s\n b = Transpose a perm:[0,2,1,3,4]\n"
    "c = Reshape b [1,4,6,6]\n i = Slice c [0,1] [6,6] [2,3] [2,2]\n y, z = Split i axis:1 split:[2,2]\n",
    "t = Transpose x perm:[0,2,3,1]\n a = Reshape t [1,2,3,2,3,4]\n b = Transpose a perm:[0,1,3,2,4,5]\n c = Reshape b [4,9,4]\n k = Transpose c perm:[0,2,1]\n"
    "s = MatMul c k\n o = Softmax s axis:-1\n m = MatMul o c\n d = Div m #1.4142135381698608\n e = Erf d\n f = Add e #1\n h = Mul m f\n y = Mul h #0.5\n",
  };
  static const gint64 widths[] = { 144, 36, 144 };

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample (nodes[i], 13, widths[i]);

      g_ptr_array_add (seeds, thaw_onnx_sample_pack (proto));
    }
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  ThawBuilder b = { thaw_graph_new (), NULL };
  ThawNode *features, *logits = build (&b, &features);
  g_autoptr (ThawModel) model = thaw_test_model_of (&b, logits, features);

  for (int whole = 0; whole < 2; whole++)
    g_ptr_array_add (seeds, thaw_onnx_write (model, whole, NULL));
  add_foreign (seeds);
}
