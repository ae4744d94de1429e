/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-onnx-sample.h"
#include "thaw-test.h"

static ThawTensor *
parse_weights (const char *text)
{
  g_auto (GStrv) sides = g_strsplit (text, "x", THAW_MAX_RANK);
  ThawShape shape = { 0 };
  ThawTensor *tensor;
  g_autofree double *values = NULL;

  for (guint i = 0; sides[i]; i++)
    shape.dim[shape.rank++] = atoi (sides[i]);
  tensor = thaw_tensor_new (THAW_DTYPE_F32, &shape);
  values = g_new (double, thaw_tensor_count (tensor));
  thaw_test_formula (text, thaw_tensor_count (tensor), values);
  for (gint64 i = 0; i < thaw_tensor_count (tensor); i++)
    thaw_tensor_f32 (tensor)[i] = (float) values[i];
  return tensor;
}

static gsize
parse_ints (const char *text, gint64 *out)
{
  gsize n = 0;

  for (const char *c = text + 1; *c && *c != ']'; c += strcspn (c, ",]"), c += *c == ',')
    out[n++] = g_ascii_strtoll (c, NULL, 10);
  return n;
}

/* What an input is called in the file; constants are added under their own text */
static const char *
add_input (ThawOnnxBuilder *b, const char *text)
{
  g_autoptr (ThawTensor) weights = NULL;
  gint64 ints[8];
  gsize n, at = 0;

  if (g_str_has_prefix (text, "#i"))
    return thaw_onnx_add_int (b, g_ascii_strtoll (text + 2, NULL, 10));
  if (*text == '#')
    return thaw_onnx_add_float (b, g_ascii_strtod (text + 1, NULL));
  if (*text == '-')
    return "";
  if (*text == '[' && strchr (text, '.'))
    {
      weights = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (4));
      for (const char *c = text + 1; *c && *c != ']' && at < 4; c += strcspn (c, ",]"), c += *c == ',')
        thaw_tensor_f32 (weights)[at++] = (float) g_ascii_strtod (c, NULL);
      g_assert_cmpuint (at, ==, 4);
      return thaw_onnx_add_tensor (b, NULL, weights);
    }
  if (*text == '[')
    {
      n = parse_ints (text, ints);
      return thaw_onnx_add_ints (b, ints, n);
    }
  if (*text != 'w' || !g_ascii_isdigit (text[1]))
    return text;
  weights = parse_weights (text + 1);
  return thaw_onnx_add_tensor (b, NULL, weights);
}

static void
set_attribute (ThawOnnx__Node *node, const char *text)
{
  g_auto (GStrv) pair = g_strsplit (text, ":", 2);
  gint64 ints[8];

  if (*pair[1] == '[')
    thaw_onnx_set_ints (node, pair[0], ints, parse_ints (pair[1], ints));
  else if (g_ascii_isalpha (*pair[1]))
    thaw_onnx_set_string (node, pair[0], pair[1]);
  else if (strchr (pair[1], '.'))
    thaw_onnx_set_float (node, pair[0], g_ascii_strtod (pair[1], NULL));
  else
    thaw_onnx_set_int (node, pair[0], g_ascii_strtoll (pair[1], NULL, 10));
}

static void
add_line (ThawOnnxBuilder *b, const char *line)
{
  g_auto (GStrv) sides = g_strsplit (line, " = ", 2), words = g_strsplit (g_strstrip (sides[1]), " ", -1), outputs = g_strsplit (g_strstrip (sides[0]), ", ", -1);
  const char *inputs[8] = { NULL };
  ThawOnnx__Node *node;
  guint n = 0;

  for (guint i = 1; words[i]; i++)
    if (!strchr (words[i], ':'))
      inputs[n++] = add_input (b, words[i]);
  node = thaw_onnx_add_node (b, words[0], outputs[0], inputs, outputs[0]);
  for (guint i = 1; outputs[i]; i++)
    {
      node->output = g_renew (char *, node->output, i + 1);
      node->output[node->n_output++] = g_strdup (outputs[i]);
    }
  for (guint i = 1; words[i]; i++)
    if (strchr (words[i], ':'))
      set_attribute (node, words[i]);
}

ThawOnnxModel *
thaw_onnx_sample (const char *nodes, int opset, gint64 width)
{
  ThawOnnxModel *proto = g_new (ThawOnnxModel, 1);
  g_auto (GStrv) lines = g_strsplit (nodes, "\n", -1);
  g_autofree char *last = g_strdup_printf ("logits = MatMul flat w%" G_GINT64_FORMAT "x3", width);
  ThawOnnxBuilder b;

  thaw_onnx_builder_init (&b);
  for (guint i = 0; lines[i]; i++)
    if (*g_strstrip (lines[i]))
      add_line (&b, lines[i]);
  add_line (&b, "flat = Flatten y axis:1");
  add_line (&b, last);
  thaw_onnx__model__init (proto);
  proto->graph = g_new (ThawOnnx__Graph, 1);
  thaw_onnx__graph__init (proto->graph);
  thaw_onnx_builder_finish (&b, proto->graph);
  proto->has_ir_version = TRUE;
  proto->ir_version = 8;
  proto->producer_name = g_strdup ("test");
  proto->graph->n_input = proto->graph->n_output = 1;
  proto->graph->input = g_new (ThawOnnx__Value *, 1);
  proto->graph->input[0] = thaw_onnx_value_new ("x", THAW_ONNX_FLOAT, (gint64[]){ -1, 4, 6, 6 }, 4, "N");
  proto->graph->output = g_new (ThawOnnx__Value *, 1);
  proto->graph->output[0] = thaw_onnx_value_new ("logits", THAW_ONNX_FLOAT, (gint64[]){ -1, 3 }, 2, "N");
  proto->n_opset_import = 1;
  proto->opset_import = g_new (ThawOnnx__OperatorSet *, 1);
  proto->opset_import[0] = g_new (ThawOnnx__OperatorSet, 1);
  thaw_onnx__operator_set__init (proto->opset_import[0]);
  proto->opset_import[0]->has_version = TRUE;
  proto->opset_import[0]->version = opset;
  return proto;
}

GBytes *
thaw_onnx_sample_pack (const ThawOnnxModel *proto)
{
  gsize size = thaw_onnx__model__get_packed_size (proto);
  guint8 *packed = g_malloc (size);

  thaw_onnx__model__pack (proto, packed);
  return g_bytes_new_take (packed, size);
}
