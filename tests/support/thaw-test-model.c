/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-test-model.h"

#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"

ThawTensorMap *
thaw_test_parameters (const ThawGraph *graph, double gain)
{
  ThawTensorMap *parameters = thaw_tensor_map_new ();

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (node->op == THAW_OP_PARAMETER)
        thaw_tensor_map_take (parameters, node->name,
                              thaw_test_parameter (node->name, &node->shape, gain));
    }
  return parameters;
}

double *
thaw_test_doubles (const float *values, gsize n)
{
  double *doubles = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    doubles[i] = values[i];
  return doubles;
}

typedef struct
{
  const ThawGraph *graph;
  ThawTensor *const *inputs;
  GPtrArray *outputs;
} Pass;

static gsize
row (const ThawNode *node)
{
  return thaw_shape_count (&node->shape);
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Pass *pass = data;

  for (guint i = 0; i < thaw_graph_n_inputs (pass->graph); i++)
    {
      gsize size = row (thaw_graph_input (pass->graph, i));

      memcpy (inputs[i], thaw_tensor_f32 (pass->inputs[i]) + first * size,
              n * size * sizeof (float));
    }
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  const Pass *pass = data;

  for (guint i = 0; i < pass->outputs->len; i++)
    {
      gsize size = row (thaw_graph_output (pass->graph, i));
      float *to = thaw_tensor_f32 (g_ptr_array_index (pass->outputs, i));

      memcpy (to + first * size, outputs[i], n * size * sizeof (float));
    }
}

GPtrArray *
thaw_test_run (ThawGraph *graph, ThawTensorMap *parameters, ThawTensor *const *inputs,
               guint n_threads)
{
  ThawPool *pool = thaw_pool_new (n_threads, 0);
  ThawExecutorOptions options = { .pool = pool };
  ThawExecutorIo io = { .load = load_cb, .store = store_cb };
  Pass pass
      = { graph, inputs, g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_tensor_unref) };
  gint64 n = inputs[0]->shape.dim[0];
  ThawExecutor *executor;
  GError *error = NULL;

  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    {
      ThawShape shape = thaw_graph_output (graph, i)->shape;

      shape.dim[0] = n;
      g_ptr_array_add (pass.outputs, thaw_tensor_new (THAW_DTYPE_F32, &shape));
    }
  executor = thaw_executor_new (graph, parameters, &options, &error);
  g_assert_no_error (error);
  thaw_executor_forward (executor, n, &io, &pass, NULL, &error);
  g_assert_no_error (error);
  thaw_executor_free (executor);
  thaw_pool_free (pool);
  return pass.outputs;
}

GPtrArray *
thaw_test_run_f64 (const ThawGraph *graph, const ThawTensorMap *parameters,
                   ThawTensor *const *inputs)
{
  g_autoptr (ThawReference) reference = thaw_reference_new (graph, parameters, sizeof (double));
  g_autoptr (GPtrArray) doubles = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  gint64 n = inputs[0]->shape.dim[0];
  ThawOpRun run = { .n_total = n };

  for (guint i = 0; i < thaw_graph_n_inputs (graph); i++)
    g_ptr_array_add (
        doubles, thaw_test_doubles (thaw_tensor_f32 (inputs[i]), thaw_tensor_count (inputs[i])));
  thaw_reference_forward (reference, n, &run, (const void *const *) doubles->pdata);
  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    {
      const ThawNode *node = thaw_graph_output (graph, i);
      GArray *output = g_array_new (FALSE, FALSE, sizeof (double));

      g_array_append_vals (output, thaw_reference_value (reference, node), n * row (node));
      g_ptr_array_add (outputs, output);
    }
  return outputs;
}

char *
thaw_test_backbone (const char *architecture, int classes, guint64 seed)
{
  static char *folder;
  g_autofree char *name = g_strdup_printf ("%s-%d-%" G_GUINT64_FORMAT ".safetensors", architecture, classes, seed);
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GError) error = NULL;
  char *path;

  if (!folder)
    folder = thaw_test_directory ();
  path = g_build_filename (folder, name, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  model = thaw_zoo_create (architecture, classes, seed, &error);
  g_assert_no_error (error);
  metadata = thaw_zoo_metadata (model);
  thaw_safetensors_save (model->parameters, metadata, THAW_DTYPE_F32, path, &error);
  g_assert_no_error (error);
  return path;
}
