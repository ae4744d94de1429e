/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small networks as other programs write them: the operations that Thaw makes of the nodes are the layers that a person knows, and their
 * result is what the file's own operators give, one after the other. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-pool.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-sample.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

/* @nodes: as thaw_onnx_sample() has them */
typedef struct
{
  const char *name;
  const char *nodes;
  const char *ops;    /* those that must be there once each, and */
  const char *not_ops; /* those that must not */
  int         opset;
} Case;

#define TOKENS "p = Reshape x [1,4,36]\n t = Transpose p perm:[0,2,1]\n"
#define NORM_OF(x) \
  "m = ReduceMean " x " axes:[-1]\n d = Sub " x " m\n s = Pow d #2\n v = ReduceMean s axes:[-1]\n e = Add v #0.00001\n r = Sqrt e\n"

static const Case cases[] = {
  { "gelu", "a = Div x #1.4142135381698608\n b = Erf a\n c = Add b #1\n d = Mul x c\n y = Mul d #0.5\n", "gelu", "mul add", 13 },
  { "gelu-half-first", "h = Mul x #0.5\n a = Div x #1.4142135381698608\n b = Erf a\n c = Add b #1\n y = Mul h c\n", "gelu", "mul add", 13 },
  { "gelu-half-inside", "a = Mul x #0.70710677\n b = Erf a\n c = Add #1 b\n d = Mul #0.5 c\n y = Mul x d\n", "gelu", "mul add", 13 },
  { "gelu-itself", "y = Gelu x\n", "gelu", "mul", 20 },
  { "gelu-by-tanh", "a = Pow x #3\n b = Mul a #0.044715\n c = Add x b\n d = Mul c #0.7978846\n e = Tanh d\n f = Add e #1\n g = Mul x f\n y = Mul g #0.5\n", "tanh", "gelu", 13 },
  { "silu", "s = Sigmoid x\n y = Mul s x\n", "silu", "sigmoid mul", 13 },
  { "hardswish", "s = HardSigmoid x alpha:0.16666667\n y = Mul x s\n", "hardswish", "mul", 13 },
  { "hardswish-in-steps", "a = Add x #3\n c = Clip a #0 #6\n m = Mul x c\n y = Div m #6\n", "hardswish", "mul add relu6", 13 },
  { "hardswish-divided-first", "a = Add x #3\n c = Clip a #0 #6\n m = Div c #6\n y = Mul x m\n", "hardswish", "mul add relu6", 13 },
  { "hardsigmoid-in-steps", "a = Add x #3\n c = Clip a #0 #6\n y = Div c #6\n", "hardsigmoid", "mul add", 13 },
  { "relu6", "y = Clip x #0 #6\n", "relu6", "relu", 13 },
  { "relu6-of-set-7", "y = Clip x min:0.0 max:6.0\n", "relu6", "relu", 7 },
  { "clip", "y = Clip x #-0.25 #0.5\n", "relu6", NULL, 13 },
  { "clip-below", "y = Clip x #0.125\n", "relu", NULL, 13 },
  { "hardsigmoid-of-another-slope", "y = HardSigmoid x alpha:0.2 beta:0.4\n", "relu6", "hardsigmoid", 13 },
  { "leaky-relu", "y = LeakyRelu x alpha:0.1\n", "add", NULL, 13 },
  { "norm", TOKENS NORM_OF ("t") "q = Div d r\n a = Mul q w4\n y = Add a w4\n", "layernorm", "mul add mean", 13 },
  { "norm-without-weights", TOKENS NORM_OF ("t") "y = Div d r\n", "layernorm", "mul mean", 13 },
  { "norm-by-reciprocal", TOKENS NORM_OF ("t") "i = Reciprocal r\n q = Mul d i\n a = Mul w4 q\n y = Add w4 a\n", "layernorm", "mul mean", 13 },
  { "norm-of-channels", "t = Transpose x perm:[0,2,3,1]\n" NORM_OF ("t") "q = Div d r\n a = Mul q w4\n b = Add a w4\n y = Transpose b perm:[0,3,1,2]\n",
    "layernorm", "mul mean transpose", 13 },
  { "direction", TOKENS "n = ReduceL2 t axes:[-1] keepdims:1\n c = Clip n #0.000000000001\n g = Shape t\n e = Expand c g\n y = Div t e\n", "normalize", "mul", 13 },
  { "linear", TOKENS "m = MatMul t w4x5\n y = Add w5 m\n", "linear", "add", 13 },
  { "attention",
    TOKENS "m = MatMul t w4x12\n a = Add w12 m\n q, k, v = Split a axis:2 split:[4,4,4]\n"
           "qh = Reshape q [1,36,2,2]\n qt = Transpose qh perm:[0,2,1,3]\n kh = Reshape k [1,36,2,2]\n kt = Transpose kh perm:[0,2,3,1]\n"
           "vh = Reshape v [1,36,2,2]\n vt = Transpose vh perm:[0,2,1,3]\n s = MatMul qt kt\n f = Mul s #0.7071\n o = Softmax f axis:-1\n"
           "w = MatMul o vt\n wt = Transpose w perm:[0,2,1,3]\n j = Reshape wt [1,36,4]\n l = MatMul j w4x4\n y = Add l t\n",
    "softmax", NULL, 12 },
  { "attention-alone",
    TOKENS "m = MatMul t w4x12\n a = Add w12 m\n q, k, v = Split a axis:2 split:[4,4,4]\n"
           "qh = Reshape q [1,36,2,2]\n qt = Transpose qh perm:[0,2,1,3]\n kh = Reshape k [1,36,2,2]\n kt = Transpose kh perm:[0,2,3,1]\n"
           "vh = Reshape v [1,36,2,2]\n vt = Transpose vh perm:[0,2,1,3]\n s = MatMul qt kt\n f = Mul s #0.7071\n o = Softmax f axis:-1\n"
           "w = MatMul o vt\n wt = Transpose w perm:[0,2,1,3]\n j = Reshape wt [1,36,4]\n y = MatMul j w4x4\n",
    "softmax", NULL, 12 },
  { "attention-of-a-sequence",
    "p = Reshape x [1,4,36]\n t = Transpose p perm:[2,0,1]\n q = MatMul t w4x4\n k = MatMul t w4x4\n"
    "qr = Reshape q [36,2,2]\n qt = Transpose qr perm:[1,0,2]\n kr = Reshape k [36,2,2]\n kt = Transpose kr perm:[1,2,0]\n s = MatMul qt kt\n"
    "o = Softmax s axis:-1\n w = MatMul o qt\n wt = Transpose w perm:[1,0,2]\n j = Reshape wt [36,4]\n l = Gemm j w4x4 w4\n b = Reshape l [36,1,4]\n"
    "y = Transpose b perm:[1,0,2]\n",
    "softmax", NULL, 13 },
  { "safe-softmax", TOKENS "s = Softmax t axis:-1\n n = IsNaN s\n y = Where n #0 s\n", "softmax", NULL, 18 },
  { "shuffle", "a = Reshape x [1,2,2,6,6]\n b = Transpose a perm:[0,2,1,3,4]\n y = Reshape b [1,4,6,6]\n", "shuffle", "transpose", 13 },
  { "shuffle-by-places", "y = Gather x [0,2,1,3] axis:1\n", "shuffle", "concat", 13 },
  { "windows", "t = Transpose x perm:[0,2,3,1]\n a = Reshape t [1,2,3,2,3,4]\n b = Transpose a perm:[0,1,3,2,4,5]\n c = Reshape b [4,9,4]\n m = MatMul c w4x4\n"
               "s = Softmax m axis:1\n d = Reshape s [1,2,2,3,3,4]\n e = Transpose d perm:[0,1,3,2,4,5]\n y = Reshape e [1,6,6,4]\n",
    "linear softmax", NULL, 13 },
  { "merged-patches", "a = Slice x [0,0] [6,6] [2,3] [2,2]\n b = Slice x [1,0] [6,6] [2,3] [2,2]\n c = Concat a b axis:1\n y = MatMul c w3x2\n", "concat", NULL, 13 },
  { "rolled", "a = Slice x [2] [9223372036854775807] [2]\n b = Slice x [0] [2] [2]\n y = Concat a b axis:2\n", "concat", NULL, 13 },
  { "slice-of-set-9", "y = Slice x starts:[0,-3] ends:[2,100] axes:[1,3]\n", NULL, "concat", 9 },
  { "strided", "f = Reshape x [144]\n r = Range #i0 #i144 #i1\n a = Reshape r [1,2,2,6,6]\n t = Transpose a perm:[0,2,1,4,3]\n g = Gather f t axis:0\n"
               "y = Reshape g [1,4,36]\n", NULL, "concat slice", 18 },
  { "backwards", "y = Slice x [-1] [-100] [2] [-1]\n", "concat", NULL, 13 },
  { "class-token", TOKENS "g = Shape x\n n = Gather g #i0\n u = Unsqueeze n [0]\n s = Concat u [1,4] axis:0\n k = Expand w1x1x4 s\n c = Concat k t axis:1\n"
                          "a = Add c w1x37x4\n y = Gather a #i0 axis:1\n", "concat add slice", NULL, 13 },
  { "shape-arithmetic", "g = Shape x\n n = Gather g #i0\n c = Gather g #i1\n h = Gather g #i2\n w = Gather g #i3\n p = Mul h w\n ch = Div c #i2\n nu = Unsqueeze n [0]\n"
                        "cu = Unsqueeze ch [0]\n pu = Unsqueeze p [0]\n s = Concat nu [2] cu pu axis:0\n y = Reshape x s\n", NULL, NULL, 13 },
  { "mask", TOKENS "z = ConstantOfShape [36,4]\n i = Range #i0 #i144 #i1\n r = Reshape i [36,4]\n g = Mod r #i3\n b = Equal g #i1\n m = Where b #-100 z\n y = Add t m\n", "add", NULL, 13 },
  { "mean-of-places", "y = ReduceMean x axes:[2,3] keepdims:1\n", "global-pool", "mean", 13 },
  { "mean-of-set-18", "y = ReduceMean x [-1,-2] keepdims:0\n", "global-pool", "mean", 18 },
  { "mean-of-tokens", TOKENS "y = ReduceMean t axes:[1] keepdims:0\n", "mean", NULL, 13 },
  { "pad", "y = Pad x [0,0,1,2,0,0,3,0] #0.5\n", "pad", NULL, 13 },
  { "pad-channels", "y = Pad x pads:[0,1,0,0,0,2,0,0] value:0.25\n", "pad", NULL, 2 },
  { "gate", "s = ReduceMean x axes:[2,3]\n g = Sigmoid s\n y = Mul g x\n", "sigmoid mul", "transpose", 13 },
  { "scale-of-channels", "a = Mul x w4x1x1\n b = Sub a w1x4x1x1\n c = Sub #1 b\n y = Div c #2\n", NULL, "transpose", 13 },
  { "joined-by-broadcast", TOKENS "a = ReduceMean t axes:[1]\n b = ReduceMean t axes:[2]\n y = Add a b\n", NULL, NULL, 13 },
  { "softmax-of-set-11", "y = Softmax x axis:1\n", "softmax", NULL, 11 },
  { "quantized-weights", TOKENS "q = QuantizeLinear w4x5 #0.01\n w = DequantizeLinear q #0.01\n y = MatMul t w\n", "linear", NULL, 13 },
  { "squeezed", "a = Unsqueeze x axes:[2]\n b = Squeeze a axes:[2]\n c = Flatten b axis:1\n y = Relu c\n", "relu", "transpose", 11 },
  { "sum", "y = Sum x x x\n", NULL, NULL, 13 },
  { "log-softmax", "y = LogSoftmax x axis:1\n", "log-softmax", "softmax", 13 },
  { "log-softmax-of-set-11", "a = Flatten x axis:1\n y = LogSoftmax a axis:1\n", "log-softmax", NULL, 11 },
  { "neighbours", "y = LRN x size:3 alpha:0.5 beta:0.75 bias:1.5\n", "lrn", "transpose", 13 },
  { "neighbours-kept", "a = Mul x w4x1x1\n y = LRN a size:3 alpha:0.5 beta:0.75 bias:1.5\n", "lrn", NULL, 13 },
  { "neighbours-of-an-even-number", "y = LRN x size:2 alpha:0.7 beta:0.5 bias:2.0\n", "lrn", NULL, 7 },
  { "upsample", "y = Upsample x [1.,1.,2.,3.] mode:nearest\n", "resize", "transpose", 9 },
  { "upsample-linear", "y = Upsample x [1.,1.,2.,2.] mode:linear\n", "resize", NULL, 9 },
  { "resize-of-set-10", "y = Resize x [1.,1.,0.5,2.] mode:nearest\n", "resize", NULL, 10 },
  { "resize", "y = Resize x - - [1,4,9,5] mode:linear coordinate_transformation_mode:pytorch_half_pixel\n", "resize", NULL, 13 },
  { "resize-corners", "y = Resize x - - [1,4,11,7] mode:linear coordinate_transformation_mode:align_corners\n", "resize", NULL, 13 },
  { "resize-cubic", "y = Resize x - [1.,1.,1.5,2.] mode:cubic\n", "resize", NULL, 13 },
  { "resize-by-axes", "y = Resize x - - [4,8] mode:linear axes:[3,2] antialias:1\n", "resize", NULL, 18 },
  { "resize-to-the-same", "y = Resize x - - [1,4,6,6] mode:linear\n", NULL, "resize", 13 },
  { "erf-alone", "y = Erf x\n", "erf", "gelu", 13 },
  { "root-and-reciprocal", "a = Abs x\n b = Add a #1\n c = Sqrt b\n d = Reciprocal c\n e = Log b\n f = Exp e\n g = Pow b #-0.75\n y = Sum d e f g\n", "power log exponential", NULL, 13 },
  { "divided-by-a-value", "a = Abs x\n b = Add a #1\n c = Div x b\n d = Div #2 b\n y = Add c d\n", "power mul", NULL, 13 },
  { "bounds", "a = Neg x\n b = Max x a #0.5\n c = Min x a #-0.25\n y = Add b c\n", "relu", NULL, 13 },
  { "resize-kept", "a = Resize x - - [1,4,9,3] mode:cubic\n b = Mul a w4x1x1\n y = Resize b - - [1,4,6,6] mode:linear\n", "resize", NULL, 13 },
  { "reflected", "y = Pad x [0,0,2,1,0,0,0,3] mode:reflect\n", "concat", "pad", 13 },
  { "edges", "y = Pad x [0,1,0,2,0,0,1,0] - mode:edge\n", "concat", "pad", 13 },
  { "places-in-rows", "y = Gather x [1,0,3] axis:2\n", "concat", NULL, 13 },
  { "repeated", TOKENS "m = ReduceMean t axes:[1] keepdims:1\n e = Expand m [1,5,4]\n y = Add e w4\n", "concat", NULL, 13 },
  { "totals", "y = ReduceSum x [2,3] keepdims:0\n", "mul", NULL, 13 },
  { "powers", "a = Pow x #3\n b = Pow x #2\n y = Sub a b\n", NULL, NULL, 13 },
};

/* The file's own operators on one picture: the value called @name (transfer full) */
static ThawTensor *
evaluate (const ThawOnnxModel *proto, const ThawTensor *picture, const char *name)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) thaw_tensor_unref);
  gint64 budget = 1 << 26;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < proto->graph->n_initializer; i++)
    g_hash_table_insert (values, proto->graph->initializer[i]->name, thaw_onnx_tensor (proto->graph->initializer[i], NULL));
  g_hash_table_insert (values, (gpointer) "x", thaw_tensor_permute (picture, (int[]){ 0, 3, 1, 2 }));
  for (gsize i = 0; i < proto->graph->n_node; i++)
    {
      ThawOnnxCall call = { values, proto->graph->node[i], proto->opset_import[0]->version, &budget, &error };

      if (g_str_equal (name, "y") && g_hash_table_contains (values, "y"))
        break;
      thaw_onnx_evaluate (&call);
      g_assert_no_error (error);
    }
  return thaw_tensor_ref (g_hash_table_lookup (values, name));
}

static void
check_ops (const ThawGraph *graph, const char *list, gboolean wanted)
{
  g_auto (GStrv) names = g_strsplit (list ? list : "", " ", -1);

  for (guint i = 0; names[i]; i++)
    {
      guint count = 0;

      for (guint id = 0; id < thaw_graph_size (graph); id++)
        count += thaw_graph_at (graph, id)->batched && g_str_equal (thaw_op_name (thaw_graph_at (graph, id)->op), names[i]);
      if (wanted ? count == 0 : count > 0)
        g_test_message ("%u times %s", count, names[i]);
      g_assert_true (wanted ? count > 0 : count == 0);
    }
}

static void
check_answers (const ThawModel *model, const ThawTensor *pictures, const float *wanted)
{
  g_autoptr (GPtrArray) outputs = thaw_test_run (model->graph, model->parameters, (ThawTensor *[]){ (ThawTensor *) pictures }, 1);
  const float *got = thaw_tensor_f32 (g_ptr_array_index (outputs, 0));

  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (got[i], wanted[i], 2e-5 * (1 + fabsf (wanted[i])));
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (ThawTensor) picture = thaw_test_pictures (1, 6, 6), four = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 6, 6, 4)), y = NULL, wanted = NULL;
  g_autoptr (ThawOnnxModel) first = thaw_onnx_sample (test->nodes, test->opset, 1), proto = NULL;
  g_autoptr (GBytes) bytes = NULL, written = NULL;
  g_autoptr (ThawModel) model = NULL, again = NULL;
  g_autoptr (GError) error = NULL;

  for (gint64 i = 0; i < thaw_tensor_count (four); i++)
    thaw_tensor_f32 (four)[i] = 3 * thaw_tensor_f32 (picture)[i * 3 / 4] * (i % 4 ? 1 : -1);
  y = evaluate (first, four, "y");
  proto = thaw_onnx_sample (test->nodes, test->opset, thaw_tensor_count (y));
  wanted = evaluate (proto, four, "logits");
  bytes = thaw_onnx_sample_pack (proto);
  model = thaw_onnx_parse (bytes, &error);
  g_assert_no_error (error);
  check_ops (model->graph, test->ops, TRUE);
  if (test->not_ops)
    check_ops (model->graph, test->not_ops, FALSE);
  check_answers (model, four, thaw_tensor_f32 (wanted));
  written = thaw_onnx_write (model, FALSE, &error);
  g_assert_no_error (error);
  again = thaw_onnx_parse (written, &error);
  g_assert_no_error (error);
  check_answers (again, four, thaw_tensor_f32 (wanted));
}

/* TensorFlow's converters take [N, H, W, C] and turn it first: nothing is turned here. */
static void
test_channels_last (void)
{
  g_autoptr (ThawTensor) picture = thaw_test_pictures (1, 6, 6), four = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 6, 6, 4));
  g_autoptr (ThawOnnxModel) usual = thaw_onnx_sample ("m = Mul x w4x1x1\n y = ReduceMean m axes:[2,3]\n", 13, 4);
  g_autoptr (ThawOnnxModel) last = thaw_onnx_sample ("t = Transpose x perm:[0,3,1,2]\n m = Mul t w4x1x1\n y = ReduceMean m axes:[2,3]\n", 13, 4);
  ThawOnnx__Dimension **dims = last->graph->input[0]->type->tensor_type->shape->dim;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) a = thaw_onnx_sample_pack (usual), b = NULL;
  g_autoptr (ThawModel) model = NULL, other = NULL;
  g_autoptr (GPtrArray) outputs = NULL;

  memcpy (thaw_tensor_f32 (four), thaw_tensor_f32 (picture), picture->bytes);
  dims[1]->dim_value = dims[2]->dim_value = 6;
  dims[3]->dim_value = 4;
  b = thaw_onnx_sample_pack (last);
  model = thaw_onnx_parse (a, &error);
  g_assert_no_error (error);
  other = thaw_onnx_parse (b, &error);
  g_assert_no_error (error);
  check_ops (other->graph, "transpose", FALSE);
  outputs = thaw_test_run (model->graph, model->parameters, &four, 1);
  check_answers (other, four, thaw_tensor_f32 (g_ptr_array_index (outputs, 0)));
  g_assert_nonnull (other->assumption);
}

/* A height and width that the file leaves open are the usual ones. */
static void
test_open_size (void)
{
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample ("m = Mul x w4x1x1\n y = ReduceMean m axes:[2,3]\n", 13, 4);
  ThawOnnx__Dimension **dims = proto->graph->input[0]->type->tensor_type->shape->dim;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ThawModel) model = NULL;

  for (guint i = 2; i < 4; i++)
    dims[i]->has_dim_value = FALSE;
  bytes = thaw_onnx_sample_pack (proto);
  model = thaw_onnx_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_shape_equal (&thaw_graph_input (model->graph, 0)->shape, &THAW_SHAPE (1, 224, 224, 4)));
  g_assert_cmpint (model->preprocessing.resize, ==, 256);
}

typedef struct
{
  const ThawTensor *picture;
  double            loss;
} Step;

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Step *self = data;

  memcpy (inputs[0], thaw_tensor_f32 ((ThawTensor *) self->picture), self->picture->bytes);
  return TRUE;
}

/* Half the square of the distance from 1, -1 and 0 */
static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  static const float wanted[] = { 1, -1, 0 };
  Step *self = data;

  self->loss = 0;
  for (guint i = 0; i < 3; i++)
    {
      d_outputs[0][i] = outputs[0][i] - wanted[i];
      self->loss += .5 * d_outputs[0][i] * d_outputs[0][i];
    }
}

static void
descend (ThawTensorMap *parameters, ThawTensorMap *gradients)
{
  for (guint i = 0; i < thaw_tensor_map_size (gradients); i++)
    {
      const float *gradient = thaw_tensor_f32 (thaw_tensor_map_at (gradients, i));
      float *value = thaw_tensor_f32 (thaw_tensor_map_get (parameters, thaw_tensor_map_name (gradients, i)));

      for (gint64 k = 0; k < thaw_tensor_count (thaw_tensor_map_at (gradients, i)); k++)
        value[k] -= .001f * gradient[k];
    }
}

/* A network that was read trains, all of it: 20 steps bring the loss down. */
static void
test_training (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (ThawTensor) picture = thaw_test_pictures (1, 6, 6), four = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 6, 6, 4));
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample (test->nodes, test->opset, 144);
  g_autoptr (GBytes) bytes = thaw_onnx_sample_pack (proto);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) read = thaw_onnx_parse (bytes, &error), model = NULL;
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  g_autoptr (ThawExecutor) executor = NULL;
  Step step = { .picture = four };
  double first = 0;

  g_assert_no_error (error);
  memcpy (thaw_tensor_f32 (four), thaw_tensor_f32 (picture), picture->bytes);
  model = thaw_model_copy (read);
  g_assert_cmpuint (thaw_freeze_set_trainable (freeze, model->graph, "", TRUE), >, 1);
  executor = thaw_executor_new (model->graph, model->parameters, &(ThawExecutorOptions){ .pool = pool, .training = freeze }, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 20; i++)
    {
      g_assert_true (thaw_executor_train (executor, 1, 1, i, NULL, &(ThawExecutorIo){ .load = load_cb, .loss = loss_cb }, &step, &error));
      first = i ? first : step.loss;
      descend (model->parameters, thaw_executor_gradients (executor));
      thaw_executor_refresh (executor);
    }
  g_test_message ("loss %g -> %g", first, step.loss);
  g_assert_cmpfloat (step.loss, <, .95 * first);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/onnx-patterns/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
      if (g_str_equal (cases[i].name, "attention") || g_str_equal (cases[i].name, "attention-alone") || g_str_equal (cases[i].name, "norm") || g_str_equal (cases[i].name, "neighbours-kept") || g_str_equal (cases[i].name, "resize-kept") || g_str_equal (cases[i].name, "windows"))
        {
          g_autofree char *training = g_strconcat (path, "-trains", NULL);

          g_test_add_data_func (training, &cases[i], test_training);
        }
    }
  g_test_add_func ("/onnx-patterns/channels-last", test_channels_last);
  g_test_add_func ("/onnx-patterns/open-size", test_open_size);
  return g_test_run ();
}
