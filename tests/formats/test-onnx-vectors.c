/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ONNX project's own vectors, one operator each, of Debian's libonnx-testdata: those that are read give the result that is said, the
 * others are refused with words. Each is tried twice: its first input as what depends on a picture, where that is of floats, and all
 * as constants, which are worked out when a file is opened. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-executor.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-view.h"
#include "thaw-test.h"

#define VECTORS "/usr/share/libonnx-testdata/data/node"

/* Where they lie; usage: test-onnx-vectors [FOLDER] */
static const char *vectors = VECTORS;

typedef enum { PASSED, REFUSED, DIFFERS } Outcome;

static ThawTensor *
load_tensor (const char *folder, const char *kind, guint i, int *type)
{
  g_autofree char *base = g_strdup_printf ("%s_%u.pb", kind, i), *path = g_build_filename (folder, "test_data_set_0", base, NULL), *data = NULL;
  ThawOnnx__Tensor *proto;
  ThawTensor *tensor;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    return NULL;
  proto = thaw_onnx__tensor__unpack (NULL, size, (const guint8 *) data);
  if (!proto)
    return NULL;
  *type = proto->data_type;
  tensor = thaw_onnx_take_tensor (proto, NULL, NULL);
  thaw_onnx__tensor__free_unpacked (proto, NULL);
  return tensor;
}

static gboolean
same_numbers (const ThawTensor *a, const ThawTensor *b)
{
  if (!thaw_shape_equal (&a->shape, &b->shape))
    return FALSE;
  for (gint64 i = 0; i < thaw_tensor_count (a); i++)
    {
      double x = thaw_onnx_at (a, i), y = thaw_onnx_at (b, i);

      if (!(x == y || (x != x && y != y) || fabs (x - y) <= 1e-6 + 1e-3 * fabs (y)))
        return FALSE;
    }
  return TRUE;
}

/* What the view stands for, run by the naive twin (transfer full) */
static ThawTensor *
run_value (ThawOnnxReader *reader, const ThawOnnxView *given, const ThawTensor *input)
{
  static const int order[] = { 0, 1, 2, 3, 4, 5 };
  ThawOnnxView view = *given;
  ThawTensor *result;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawReference) reference = NULL;
  const void *inputs[] = { input->data };

  if (!thaw_onnx_view_order (reader, &view, order, NULL))
    return NULL;
  thaw_graph_clear_outputs (reader->graph);
  thaw_graph_add_output (reader->graph, view.node);
  graph = thaw_graph_prune (reader->graph);
  reference = thaw_reference_new (graph, reader->parameters, sizeof (float));
  thaw_reference_forward (reference, 1, NULL, inputs);
  result = thaw_tensor_new (THAW_DTYPE_F32, &(ThawShape){ 0 });
  thaw_tensor_unref (result);
  result = thaw_tensor_new (THAW_DTYPE_F32, (ThawShape[]){ thaw_onnx_view_shape (&view) });
  memcpy (result->data, thaw_reference_value (reference, thaw_graph_output (graph, 0)), result->bytes);
  return result;
}

static Outcome
compare_outputs (ThawOnnxReader *reader, const char *folder, const ThawTensor *input)
{
  for (guint i = 0; i < reader->proto->n_output; i++)
    {
      const char *name = reader->proto->output[i]->name;
      const ThawOnnxView *view = thaw_onnx_value (reader, name);
      ThawTensor *constant = g_hash_table_lookup (reader->constants, name);
      g_autoptr (ThawTensor) got = view ? run_value (reader, view, input) : constant ? thaw_tensor_ref (constant) : NULL, wanted = NULL;
      int type;

      wanted = load_tensor (folder, "output", i, &type);
      if (!got || !wanted)
        return REFUSED;
      if (!same_numbers (got, wanted))
        return DIFFERS;
    }
  return PASSED;
}

/* The first input as a value without a part that the file has for the pictures */
static gboolean
bind_value (ThawOnnxReader *reader, const char *name, const ThawTensor *tensor)
{
  static const int axes[] = { -1, 0, 1, 2, 3, 4 };
  ThawShape shape = { .rank = tensor->shape.rank + 1, .dim = { 1 } };
  ThawOnnxView view;

  if (shape.rank > THAW_MAX_RANK || thaw_tensor_count (tensor) == 0)
    return FALSE;
  memcpy (shape.dim + 1, tensor->shape.dim, tensor->shape.rank * sizeof (gint64));
  thaw_onnx_view_init (&view, thaw_graph_add_input (reader->graph, "input", &shape), tensor->shape.rank, axes);
  g_hash_table_replace (reader->values, (gpointer) name, g_memdup2 (&view, sizeof view));
  return TRUE;
}

/* FALSE: an input is of a kind that Thaw does not read */
static gboolean
bind_inputs (ThawOnnxReader *reader, const char *folder, gboolean as_value, ThawTensor **input)
{
  for (guint i = 0; i < reader->proto->n_input; i++)
    {
      const char *name = reader->proto->input[i]->name;
      int type = 0;
      ThawTensor *tensor = load_tensor (folder, "input", i, &type);

      if (!tensor)
        return FALSE;
      g_hash_table_replace (reader->constants, (gpointer) name, tensor);
      if (i > 0 || !as_value)
        continue;
      if (type != THAW_ONNX_FLOAT || !bind_value (reader, name, tensor))
        return FALSE;
      *input = thaw_tensor_ref (tensor);
      g_hash_table_remove (reader->constants, name);
    }
  return TRUE;
}

static Outcome
try_vector (const ThawOnnx__Model *proto, gsize size, const char *folder, gboolean as_value, char **words)
{
  g_auto (ThawOnnxReader) reader = { 0 };
  g_autoptr (ThawTensor) input = NULL;
  g_autoptr (GError) error = NULL;

  thaw_onnx_reader_init (&reader, proto, size);
  if (!bind_inputs (&reader, folder, as_value, &input))
    return REFUSED;
  for (gsize i = 0; i < proto->graph->n_node; i++)
    if (!thaw_onnx_read_node (&reader, proto->graph->node[i], &error))
      {
        g_assert_nonnull (error);
        g_assert_cmpuint (strlen (error->message), >, 10);
        g_free (*words);
        *words = g_strdup (error->message);
        return REFUSED;
      }
  return compare_outputs (&reader, folder, input);
}

typedef struct
{
  guint as_value, as_constant, refused;
} Count;

static void
check_vector (const char *name, Count *count)
{
  g_autofree char *folder = g_build_filename (vectors, name, NULL), *path = g_build_filename (folder, "model.onnx", NULL), *data = NULL, *words = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawOnnxModel) proto = NULL;
  Outcome value, constant;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  bytes = g_bytes_new (data, size);
  proto = thaw_onnx_unpack (bytes, &error);
  g_assert_no_error (error);
  value = try_vector (proto, size, folder, TRUE, &words);
  constant = try_vector (proto, size, folder, FALSE, &words);
  if (value == DIFFERS || constant == DIFFERS)
    {
      g_test_message ("%s: other numbers (%s)", name, value == DIFFERS ? "of a picture" : "of constants");
      g_test_fail ();
    }
  count->as_value += value == PASSED;
  count->as_constant += value != PASSED && constant == PASSED;
  count->refused += value != PASSED && constant != PASSED;
  if (value != PASSED && constant != PASSED)
    g_test_message ("refused: %s: %s", name, words ? words : "an element type or a kind of value that Thaw does not read");
}

static void
test_vectors (void)
{
  g_autoptr (GDir) dir = g_dir_open (vectors, 0, NULL);
  Count count = { 0 };
  const char *name;

  if (!dir)
    {
      g_test_skip ("the vectors are not there: install Debian's libonnx-testdata");
      return;
    }
  while ((name = g_dir_read_name (dir)))
    check_vector (name, &count);
  g_test_message ("%u vectors pass with the first input as what depends on a picture, %u more as constants, %u are refused", count.as_value,
                  count.as_constant, count.refused);
  g_assert_cmpuint (count.as_value + count.as_constant, >=, g_str_equal (vectors, VECTORS) ? 530 : 150);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    vectors = argv[1];
  g_test_add_func ("/onnx-vectors", test_vectors);
  return g_test_run ();
}
