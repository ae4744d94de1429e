/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place that knows FlatBuffers: a file's bytes to plain structures and back. */
#include "thaw-tflite-file.h"

#include <cstring>
#include <thaw/thaw-error.h>

#include "tflite-metadata_generated.h"
#include "tflite_generated.h"

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::Vector;

#define SCHEMA_VERSION 3
#define METADATA_NAME "TFLITE_METADATA"
/* What the format's offsets reach, less what the flatbuffers library wants for itself */
#define LARGEST (G_MAXINT32 - 65536)
/* Nothing is nested deeper than the description of an operator */
#define DEPTH 16
#define MOST_TABLES (1 << 20)

static_assert ((int) THAW_TFLITE_GELU == (int) tflite::BuiltinOperator_GELU);
static_assert ((int) THAW_TFLITE_BATCH_MATMUL == (int) tflite::BuiltinOperator_BATCH_MATMUL);
static_assert ((int) THAW_TFLITE_INT32 == (int) tflite::TensorType_INT32 && (int) THAW_TFLITE_FLOAT16 == (int) tflite::TensorType_FLOAT16);
static_assert ((int) THAW_TFLITE_FUSED_RELU6 == (int) tflite::ActivationFunctionType_RELU6);

ThawTflite *
thaw_tflite_new (void)
{
  ThawTflite *self = g_new0 (ThawTflite, 1);

  self->tensors = g_array_new (FALSE, TRUE, sizeof (ThawTfliteTensor));
  self->operators = g_array_new (FALSE, TRUE, sizeof (ThawTfliteOperator));
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  return self;
}

void
thaw_tflite_free (ThawTflite *self)
{
  if (!self)
    return;
  g_array_unref (self->tensors);
  g_array_unref (self->operators);
  g_hash_table_unref (self->metadata);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

const char *
thaw_tflite_code_name (int code)
{
  const char *name = tflite::EnumNameBuiltinOperator (static_cast<tflite::BuiltinOperator> (code));

  return name && *name ? name : nullptr;
}

/* --- writing --- */

/* What can be fused is what the options of both have the same field for */
static tflite::ActivationFunctionType
activation_of (const ThawTfliteOptions *o)
{
  return static_cast<tflite::ActivationFunctionType> (o->activation);
}

static tflite::Padding
padding_of (const ThawTfliteOptions *o)
{
  return o->same ? tflite::Padding_SAME : tflite::Padding_VALID;
}

struct Options
{
  tflite::BuiltinOptions type;
  Offset<void>           offset;
};

static Options
pack_window (FlatBufferBuilder &b, int code, const ThawTfliteOptions *o)
{
  if (code == THAW_TFLITE_CONV_2D)
    return { tflite::BuiltinOptions_Conv2DOptions,
             tflite::CreateConv2DOptions (b, padding_of (o), o->stride[1], o->stride[0], activation_of (o), o->dilation[1], o->dilation[0]).Union () };
  if (code == THAW_TFLITE_DEPTHWISE_CONV_2D)
    return { tflite::BuiltinOptions_DepthwiseConv2DOptions,
             tflite::CreateDepthwiseConv2DOptions (b, padding_of (o), o->stride[1], o->stride[0], o->multiplier, activation_of (o), o->dilation[1],
                                                   o->dilation[0]).Union () };
  return { tflite::BuiltinOptions_Pool2DOptions,
           tflite::CreatePool2DOptions (b, padding_of (o), o->stride[1], o->stride[0], o->window[1], o->window[0], activation_of (o)).Union () };
}

static Options
pack_arithmetic (FlatBufferBuilder &b, int code, const ThawTfliteOptions *o)
{
  switch (code)
    {
    case THAW_TFLITE_ADD: return { tflite::BuiltinOptions_AddOptions, tflite::CreateAddOptions (b, activation_of (o)).Union () };
    case THAW_TFLITE_MUL: return { tflite::BuiltinOptions_MulOptions, tflite::CreateMulOptions (b, activation_of (o)).Union () };
    case THAW_TFLITE_SUB: return { tflite::BuiltinOptions_SubOptions, tflite::CreateSubOptions (b, activation_of (o)).Union () };
    case THAW_TFLITE_DIV: return { tflite::BuiltinOptions_DivOptions, tflite::CreateDivOptions (b, activation_of (o)).Union () };
    case THAW_TFLITE_SQUARED_DIFFERENCE:
      return { tflite::BuiltinOptions_SquaredDifferenceOptions, tflite::CreateSquaredDifferenceOptions (b).Union () };
    case THAW_TFLITE_HARD_SWISH: return { tflite::BuiltinOptions_HardSwishOptions, tflite::CreateHardSwishOptions (b).Union () };
    case THAW_TFLITE_GELU: return { tflite::BuiltinOptions_GeluOptions, tflite::CreateGeluOptions (b, o->approximate).Union () };
    case THAW_TFLITE_DEQUANTIZE: return { tflite::BuiltinOptions_DequantizeOptions, tflite::CreateDequantizeOptions (b).Union () };
    default: return { tflite::BuiltinOptions_NONE, 0 };
    }
}

static Options
pack_options (FlatBufferBuilder &b, int code, const ThawTfliteOptions *o)
{
  switch (code)
    {
    case THAW_TFLITE_CONV_2D:
    case THAW_TFLITE_DEPTHWISE_CONV_2D:
    case THAW_TFLITE_AVERAGE_POOL_2D:
    case THAW_TFLITE_MAX_POOL_2D: return pack_window (b, code, o);
    case THAW_TFLITE_FULLY_CONNECTED:
      return { tflite::BuiltinOptions_FullyConnectedOptions, tflite::CreateFullyConnectedOptions (b, activation_of (o), 0, o->keep).Union () };
    case THAW_TFLITE_SOFTMAX: return { tflite::BuiltinOptions_SoftmaxOptions, tflite::CreateSoftmaxOptions (b, o->beta).Union () };
    case THAW_TFLITE_CONCATENATION:
      return { tflite::BuiltinOptions_ConcatenationOptions, tflite::CreateConcatenationOptions (b, o->axis, activation_of (o)).Union () };
    case THAW_TFLITE_MEAN: return { tflite::BuiltinOptions_ReducerOptions, tflite::CreateReducerOptions (b, o->keep).Union () };
    case THAW_TFLITE_BATCH_MATMUL:
      return { tflite::BuiltinOptions_BatchMatMulOptions, tflite::CreateBatchMatMulOptions (b, o->turned[0], o->turned[1]).Union () };
    case THAW_TFLITE_L2_NORMALIZATION: return { tflite::BuiltinOptions_L2NormOptions, tflite::CreateL2NormOptions (b).Union () };
    case THAW_TFLITE_RESHAPE: return { tflite::BuiltinOptions_ReshapeOptions, tflite::CreateReshapeOptions (b).Union () };
    case THAW_TFLITE_TRANSPOSE: return { tflite::BuiltinOptions_TransposeOptions, tflite::CreateTransposeOptions (b).Union () };
    case THAW_TFLITE_PAD: return { tflite::BuiltinOptions_PadOptions, tflite::CreatePadOptions (b).Union () };
    case THAW_TFLITE_PADV2: return { tflite::BuiltinOptions_PadV2Options, tflite::CreatePadV2Options (b).Union () };
    case THAW_TFLITE_SLICE: return { tflite::BuiltinOptions_SliceOptions, tflite::CreateSliceOptions (b).Union () };
    default: return pack_arithmetic (b, code, o);
    }
}

/* Kinds of operator that the file has, each with its version, in the order they come up */
static guint
find_kind (GArray *kinds, const ThawTfliteOperator *op)
{
  for (guint i = 0; i < kinds->len; i++)
    if (g_array_index (kinds, ThawTfliteOperator, i).code == op->code && g_array_index (kinds, ThawTfliteOperator, i).version == op->version)
      return i;
  g_array_append_vals (kinds, op, 1);
  return kinds->len - 1;
}

static Offset<Vector<Offset<tflite::OperatorCode>>>
pack_kinds (FlatBufferBuilder &b, const GArray *kinds)
{
  std::vector<Offset<tflite::OperatorCode>> codes;

  for (guint i = 0; i < kinds->len; i++)
    {
      const ThawTfliteOperator *kind = &g_array_index (kinds, ThawTfliteOperator, i);
      auto code = static_cast<tflite::BuiltinOperator> (kind->code);

      codes.push_back (tflite::CreateOperatorCode (b, static_cast<int8_t> (MIN (kind->code, 127)), 0, kind->version, code));
    }
  return b.CreateVector (codes);
}

static Offset<Vector<Offset<tflite::Operator>>>
pack_operators (FlatBufferBuilder &b, const ThawTflite *self, GArray *kinds)
{
  std::vector<Offset<tflite::Operator>> operators;

  for (guint i = 0; i < self->operators->len; i++)
    {
      const ThawTfliteOperator *op = thaw_tflite_operator (self, i);
      auto inputs = b.CreateVector (op->inputs, op->n_inputs);
      auto outputs = b.CreateVector (op->outputs, op->n_outputs);
      Options options = pack_options (b, op->code, &op->options);

      operators.push_back (tflite::CreateOperator (b, find_kind (kinds, op), inputs, outputs, options.type, options.offset));
    }
  return b.CreateVector (operators);
}

static void
add_buffer (FlatBufferBuilder &b, std::vector<Offset<tflite::Buffer>> &buffers, gconstpointer data, gsize size)
{
  b.ForceVectorAlignment (size, 1, 16);
  buffers.push_back (tflite::CreateBuffer (b, b.CreateVector (static_cast<const uint8_t *> (data), size)));
}

/* Buffer 0 is the one without data, which values have. */
static Offset<Vector<Offset<tflite::Tensor>>>
pack_tensors (FlatBufferBuilder &b, const ThawTflite *self, std::vector<Offset<tflite::Buffer>> &buffers)
{
  std::vector<Offset<tflite::Tensor>> tensors;

  buffers.push_back (tflite::CreateBuffer (b));
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const ThawTfliteTensor *tensor = thaw_tflite_tensor (self, (gint32) i);
      guint at = tensor->data ? static_cast<guint> (buffers.size ()) : 0;

      if (tensor->data)
        add_buffer (b, buffers, tensor->data, tensor->size);
      auto shape = b.CreateVector (tensor->shape, static_cast<size_t> (tensor->rank));
      auto name = b.CreateString (tensor->name);
      tensors.push_back (tflite::CreateTensor (b, shape, static_cast<tflite::TensorType> (tensor->type), at, name));
    }
  return b.CreateVector (tensors);
}

static Offset<tflite::metadata::TensorMetadata>
describe_picture (FlatBufferBuilder &b)
{
  const std::vector<float> nothing { 0 }, one { 1 }, least { 0 }, most { 255 };
  auto options = tflite::metadata::CreateNormalizationOptionsDirect (b, &nothing, &one);
  const std::vector<Offset<tflite::metadata::ProcessUnit>> units {
    tflite::metadata::CreateProcessUnit (b, tflite::metadata::ProcessUnitOptions_NormalizationOptions, options.Union ())
  };
  auto image = tflite::metadata::CreateImageProperties (b, tflite::metadata::ColorSpaceType_RGB);
  auto content = tflite::metadata::CreateContent (b, tflite::metadata::ContentProperties_ImageProperties, image.Union ());
  auto stats = tflite::metadata::CreateStatsDirect (b, &most, &least);

  return tflite::metadata::CreateTensorMetadataDirect (b, "image", "The picture, red, green and blue from 0 to 255: what is done to them is inside", nullptr,
                                                       content, &units, stats);
}

static Offset<tflite::metadata::TensorMetadata>
describe_probabilities (FlatBufferBuilder &b, const char *labels)
{
  const std::vector<float> least { 0 }, most { 1 };
  std::vector<Offset<tflite::metadata::AssociatedFile>> files;

  if (labels)
    files.push_back (tflite::metadata::CreateAssociatedFileDirect (b, labels, "What the classes are called, one a line",
                                                                   tflite::metadata::AssociatedFileType_TENSOR_AXIS_LABELS));
  auto feature = tflite::metadata::CreateFeatureProperties (b);
  auto content = tflite::metadata::CreateContent (b, tflite::metadata::ContentProperties_FeatureProperties, feature.Union ());
  auto stats = tflite::metadata::CreateStatsDirect (b, &most, &least);

  return tflite::metadata::CreateTensorMetadataDirect (b, "probabilities", "How likely each class is; together they are 1", nullptr, content, nullptr, stats,
                                                       files.empty () ? nullptr : &files);
}

/* What phones' libraries want to know, by TensorFlow Lite's own convention: a FlatBuffer within the FlatBuffer */
static void
pack_description (FlatBufferBuilder &b, const ThawTflite *self, const char *labels, std::vector<Offset<tflite::Buffer>> &buffers)
{
  FlatBufferBuilder own;
  const std::vector<Offset<tflite::metadata::TensorMetadata>> in { describe_picture (own) }, out { describe_probabilities (own, labels) };
  const std::vector<Offset<tflite::metadata::SubGraphMetadata>> graphs { tflite::metadata::CreateSubGraphMetadataDirect (own, nullptr, nullptr, &in, &out) };

  own.Finish (tflite::metadata::CreateModelMetadataDirect (own, self->title, "An image classifier", nullptr, &graphs, nullptr, self->licence, nullptr, "1.0.0"),
              tflite::metadata::ModelMetadataIdentifier ());
  add_buffer (b, buffers, own.GetBufferPointer (), own.GetSize ());
}

static Offset<Vector<Offset<tflite::Metadata>>>
pack_metadata (FlatBufferBuilder &b, const ThawTflite *self, const char *labels, std::vector<Offset<tflite::Buffer>> &buffers)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (self->metadata), (GCompareFunc) (void (*) (void)) g_strcmp0);
  std::vector<Offset<tflite::Metadata>> metadata;

  metadata.push_back (tflite::CreateMetadataDirect (b, METADATA_NAME, static_cast<guint> (buffers.size ())));
  pack_description (b, self, labels, buffers);
  for (GList *l = names; l; l = l->next)
    {
      const char *name = static_cast<const char *> (l->data);
      gsize size;
      gconstpointer data = g_bytes_get_data (static_cast<GBytes *> (g_hash_table_lookup (self->metadata, name)), &size);

      metadata.push_back (tflite::CreateMetadataDirect (b, name, static_cast<guint> (buffers.size ())));
      add_buffer (b, buffers, data, size);
    }
  return b.CreateVector (metadata);
}

/* No less than the file will have; twice what strings and tables need */
static gsize
estimate_size (const ThawTflite *self)
{
  gsize total = 65536 + 256 * (gsize) self->operators->len;
  GHashTableIter iter;
  gpointer name, bytes;

  for (guint i = 0; i < self->tensors->len; i++)
    total += 192 + strlen (thaw_tflite_tensor (self, (gint32) i)->name) + thaw_tflite_tensor (self, (gint32) i)->size;
  g_hash_table_iter_init (&iter, self->metadata);
  while (g_hash_table_iter_next (&iter, &name, &bytes))
    total += 192 + strlen (static_cast<char *> (name)) + g_bytes_get_size (static_cast<GBytes *> (bytes));
  return total;
}

static void
free_packed_cb (gpointer data)
{
  delete static_cast<flatbuffers::DetachedBuffer *> (data);
}

GBytes *
thaw_tflite_pack (const ThawTflite *self, const char *labels, GError **error)
{
  gsize size = estimate_size (self);
  g_autoptr (GArray) kinds = g_array_new (FALSE, FALSE, sizeof (ThawTfliteOperator));

  if (size > LARGEST)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "a TensorFlow Lite file cannot be larger than 2 GiB; export with float16 weights, or to safetensors");
      return nullptr;
    }
  FlatBufferBuilder b (size);
  std::vector<Offset<tflite::Buffer>> buffers;
  auto tensors = pack_tensors (b, self, buffers);
  auto operators = pack_operators (b, self, kinds);
  auto inputs = b.CreateVector (&self->input, 1), outputs = b.CreateVector (&self->output, 1);
  const std::vector<Offset<tflite::SubGraph>> graphs { tflite::CreateSubGraph (b, tensors, inputs, outputs, operators, b.CreateString ("main")) };
  auto metadata = pack_metadata (b, self, labels, buffers);
  auto graph = b.CreateVector (graphs);
  auto codes = pack_kinds (b, kinds);
  auto title = b.CreateString (self->title ? self->title : "");

  b.Finish (tflite::CreateModel (b, SCHEMA_VERSION, codes, graph, title, b.CreateVector (buffers), 0, metadata), tflite::ModelIdentifier ());
  auto *packed = new flatbuffers::DetachedBuffer (b.Release ());
  return g_bytes_new_with_free_func (packed->data (), packed->size (), free_packed_cb, packed);
}

/* --- reading --- */

/* A file on its way in; what is said of it takes no more memory than the file does */
struct Reading
{
  ThawTflite          *file;
  const tflite::Model *model;
  gsize                budget;
  GError             **error;
};

static bool
refuse (const Reading *self, const char *what)
{
  g_set_error (self->error, THAW_ERROR, THAW_ERROR_INVALID, "a damaged TensorFlow Lite file: %s", what);
  return false;
}

static bool
spend (Reading *self, gsize n, gsize size)
{
  if (n > self->budget / size)
    return refuse (self, "it says more than it has bytes for");
  self->budget -= n * size;
  return true;
}

static const char *
text_of (const flatbuffers::String *text)
{
  return text ? text->c_str () : "";
}

static bool
read_tensor (Reading *self, const tflite::Tensor *tensor)
{
  auto *buffers = self->model->buffers ();
  auto *shape = tensor->shape ();
  ThawTfliteTensor out = { .name = text_of (tensor->name ()), .type = tensor->type () };

  if (shape && shape->size () > THAW_TFLITE_MAX_RANK)
    return refuse (self, "a value has more than 6 axes");
  out.rank = shape ? static_cast<int> (shape->size ()) : 0;
  for (int i = 0; i < out.rank; i++)
    {
      out.shape[i] = shape->Get (static_cast<guint> (i));
      if (out.shape[i] < 0)
        return refuse (self, "a size below 0");
    }
  if (tensor->buffer () != 0)
    {
      if (!buffers || tensor->buffer () >= buffers->size ())
        return refuse (self, "a value refers to a buffer that is not there");
      auto *data = buffers->Get (tensor->buffer ())->data ();
      out.size = data ? data->size () : 0;
      out.data = out.size ? data->data () : nullptr;
    }
  g_array_append_vals (self->file->tensors, &out, 1);
  return true;
}

static bool
read_tensors (Reading *self, const tflite::SubGraph *graph)
{
  auto *tensors = graph->tensors ();

  if (!tensors || !spend (self, tensors->size (), sizeof (ThawTfliteTensor)))
    return tensors ? false : refuse (self, "it has no values");
  for (guint i = 0; i < tensors->size (); i++)
    if (!read_tensor (self, tensors->Get (i)))
      return false;
  return true;
}

template <typename T> static void
read_window (ThawTfliteOptions *out, const T *options)
{
  out->same = options->padding () == tflite::Padding_SAME;
  out->stride[0] = options->stride_h ();
  out->stride[1] = options->stride_w ();
  out->activation = options->fused_activation_function ();
}

template <typename T> static void
read_dilation (ThawTfliteOptions *out, const T *options)
{
  out->dilation[0] = options->dilation_h_factor ();
  out->dilation[1] = options->dilation_w_factor ();
}

template <typename T> static void
read_activation (ThawTfliteOptions *out, const T *options)
{
  out->activation = options->fused_activation_function ();
}

static void
read_window_options (ThawTfliteOptions *out, const tflite::Operator *op)
{
  if (auto *conv = op->builtin_options_as_Conv2DOptions ())
    {
      read_window (out, conv);
      read_dilation (out, conv);
    }
  if (auto *depthwise = op->builtin_options_as_DepthwiseConv2DOptions ())
    {
      read_window (out, depthwise);
      read_dilation (out, depthwise);
      out->multiplier = depthwise->depth_multiplier ();
    }
  if (auto *pool = op->builtin_options_as_Pool2DOptions ())
    {
      read_window (out, pool);
      out->window[0] = pool->filter_height ();
      out->window[1] = pool->filter_width ();
    }
}

static void
read_options (ThawTfliteOptions *out, const tflite::Operator *op)
{
  read_window_options (out, op);
  if (auto *linear = op->builtin_options_as_FullyConnectedOptions ())
    {
      read_activation (out, linear);
      out->keep = linear->keep_num_dims ();
    }
  if (auto *concat = op->builtin_options_as_ConcatenationOptions ())
    {
      read_activation (out, concat);
      out->axis = concat->axis ();
    }
  if (auto *product = op->builtin_options_as_BatchMatMulOptions ())
    {
      out->turned[0] = product->adj_x ();
      out->turned[1] = product->adj_y ();
    }
  if (auto *add = op->builtin_options_as_AddOptions ())
    read_activation (out, add);
  if (auto *mul = op->builtin_options_as_MulOptions ())
    read_activation (out, mul);
  if (auto *sub = op->builtin_options_as_SubOptions ())
    read_activation (out, sub);
  if (auto *div = op->builtin_options_as_DivOptions ())
    read_activation (out, div);
  if (auto *softmax = op->builtin_options_as_SoftmaxOptions ())
    out->beta = softmax->beta ();
  if (auto *mean = op->builtin_options_as_ReducerOptions ())
    out->keep = mean->keep_dims ();
  if (auto *gelu = op->builtin_options_as_GeluOptions ())
    out->approximate = gelu->approximate ();
}

static bool
read_indices (const Reading *self, const Vector<int32_t> *list, int least, const gint32 **out, guint *n)
{
  *out = list ? list->data () : nullptr;
  *n = list ? list->size () : 0;
  for (guint i = 0; i < *n; i++)
    if (list->Get (i) < least || list->Get (i) >= static_cast<int> (self->file->tensors->len))
      return refuse (self, "an operator refers to a value that is not there");
  return true;
}

static bool
read_operator (Reading *self, const tflite::Operator *op)
{
  auto *codes = self->model->operator_codes ();
  ThawTfliteOperator out = { .code = 0 };

  if (!codes || op->opcode_index () >= codes->size ())
    return refuse (self, "an operator is of a kind that is not there");
  auto *kind = codes->Get (op->opcode_index ());
  /* files from before 2021 have the first alone */
  out.code = MAX (static_cast<int> (kind->builtin_code ()), static_cast<int> (kind->deprecated_builtin_code ()));
  out.version = kind->version ();
  out.custom = kind->custom_code () ? kind->custom_code ()->c_str () : nullptr;
  if (!read_indices (self, op->inputs (), -1, &out.inputs, &out.n_inputs) || !read_indices (self, op->outputs (), 0, &out.outputs, &out.n_outputs))
    return false;
  /* many operators can share one list */
  if (!spend (self, static_cast<gsize> (out.n_inputs) + out.n_outputs, sizeof (gpointer)))
    return false;
  read_options (&out.options, op);
  g_array_append_vals (self->file->operators, &out, 1);
  return true;
}

static bool
read_operators (Reading *self, const tflite::SubGraph *graph)
{
  auto *operators = graph->operators ();

  if (!operators || !spend (self, operators->size (), sizeof (ThawTfliteOperator)))
    return operators ? false : refuse (self, "it has no operators");
  for (guint i = 0; i < operators->size (); i++)
    if (!read_operator (self, operators->Get (i)))
      return false;
  return true;
}

static bool
read_ends (Reading *self, const tflite::SubGraph *graph)
{
  const gint32 *inputs, *outputs;
  guint n_inputs, n_outputs;

  if (!read_indices (self, graph->inputs (), 0, &inputs, &n_inputs) || !read_indices (self, graph->outputs (), 0, &outputs, &n_outputs))
    return false;
  if (n_inputs != 1 || n_outputs < 1)
    {
      g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the network has %u inputs and %u outputs; Thaw reads classifiers with one picture as input",
                   n_inputs, n_outputs);
      return false;
    }
  self->file->input = inputs[0];
  self->file->output = outputs[0];
  return true;
}

static void
read_numbers (float out[3], const Vector<float> *numbers)
{
  for (guint i = 0; i < 3; i++)
    out[i] = numbers->Get (numbers->size () == 3 ? i : 0);
}

/* What the first input has to be brought to by whoever runs the network */
static void
read_description (ThawTflite *file, const uint8_t *data, gsize size)
{
  flatbuffers::Verifier verifier (data, size, DEPTH, MOST_TABLES);

  if (!tflite::metadata::VerifyModelMetadataBuffer (verifier))
    return;
  auto *graphs = tflite::metadata::GetModelMetadata (data)->subgraph_metadata ();
  auto *inputs = graphs && graphs->size () ? graphs->Get (0)->input_tensor_metadata () : nullptr;
  auto *units = inputs && inputs->size () ? inputs->Get (0)->process_units () : nullptr;

  for (guint i = 0; units && i < units->size (); i++)
    if (auto *options = units->Get (i)->options_as_NormalizationOptions ())
      if (options->mean () && options->std () && options->mean ()->size () && options->std ()->size ())
        {
          read_numbers (file->mean, options->mean ());
          read_numbers (file->std, options->std ());
          file->normalised = TRUE;
        }
}

static bool
read_metadata (Reading *self)
{
  auto *list = self->model->metadata ();
  auto *buffers = self->model->buffers ();

  for (guint i = 0; list && buffers && i < list->size (); i++)
    {
      auto *entry = list->Get (i);
      auto *data = entry->buffer () < buffers->size () ? buffers->Get (entry->buffer ())->data () : nullptr;
      const char *name = text_of (entry->name ());

      if (!data)
        continue;
      if (g_str_equal (name, METADATA_NAME))
        read_description (self->file, data->data (), data->size ());
      if (!g_str_has_prefix (name, "thaw_"))
        continue;
      if (!spend (self, 1, strlen (name) + 256))
        return false;
      g_hash_table_insert (self->file->metadata, g_strdup (name), g_bytes_new_from_bytes (self->file->bytes, static_cast<gsize> (data->data () - static_cast<const uint8_t *> (g_bytes_get_data (self->file->bytes, nullptr))), data->size ()));
    }
  return true;
}

/* FlatBuffers' numbers lie at multiples of their sizes, counted from the start of the file: so must that be. */
static GBytes *
align (GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return reinterpret_cast<guintptr> (data) % 16 == 0 ? g_bytes_ref (bytes) : g_bytes_new (data, size);
}

static bool
read_model (Reading *self)
{
  auto *graphs = self->model->subgraphs ();

  if (self->model->version () != SCHEMA_VERSION)
    {
      g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a TensorFlow Lite file of version %u; Thaw reads version 3", self->model->version ());
      return false;
    }
  if (!graphs || graphs->size () == 0)
    return refuse (self, "it has no graph");
  return read_tensors (self, graphs->Get (0)) && read_operators (self, graphs->Get (0)) && read_ends (self, graphs->Get (0)) && read_metadata (self);
}

ThawTflite *
thaw_tflite_unpack (GBytes *bytes, GError **error)
{
  g_autoptr (ThawTflite) file = thaw_tflite_new ();
  gsize size;
  const uint8_t *data;

  if (g_bytes_get_size (bytes) < 16 || g_bytes_get_size (bytes) > LARGEST)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a TensorFlow Lite file has 16 bytes to 2 GiB, this one %" G_GSIZE_FORMAT, g_bytes_get_size (bytes));
      return nullptr;
    }
  file->bytes = align (bytes);
  data = static_cast<const uint8_t *> (g_bytes_get_data (file->bytes, &size));
  flatbuffers::Verifier verifier (data, size, DEPTH, MOST_TABLES);
  Reading reading = { file, nullptr, 2 * size + 65536, error };
  if (!tflite::VerifyModelBuffer (verifier))
    {
      refuse (&reading, "an offset or a length leads outside (was it cut short?)");
      return nullptr;
    }
  reading.model = tflite::GetModel (data);
  return read_model (&reading) ? static_cast<ThawTflite *> (g_steal_pointer (&file)) : nullptr;
}
