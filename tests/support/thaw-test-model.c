/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-test-model.h"

#include <math.h>
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

/* For pictures of a fifth as many pixels */
static void
make_smaller (ThawModel **model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) smaller = thaw_zoo_resize (*model, 96, 96, &error);

  g_assert_no_error (error);
  thaw_model_unref (*model);
  *model = g_steal_pointer (&smaller);
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
  if (THAW_TEST_SANITIZED && classes > 0)
    make_smaller (&model);
  metadata = thaw_zoo_metadata (model);
  thaw_safetensors_save (model->parameters, metadata, THAW_DTYPE_F32, path, &error);
  g_assert_no_error (error);
  return path;
}

/* Statistics of BatchNorm that are not 0 and 1 */
static void
set_statistics (ThawModel *model)
{
  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (model->parameters, i);
      float *values = thaw_tensor_f32 (thaw_tensor_map_at (model->parameters, i));
      const gboolean mean = g_str_has_suffix (name, ".running_mean"), variance = g_str_has_suffix (name, ".running_var");

      for (gint64 k = 0; (mean || variance) && k < thaw_tensor_count (thaw_tensor_map_at (model->parameters, i)); k++)
        values[k] = (float) (mean ? .1 * sin ((double) k) : 1 + .5 * cos ((double) k));
    }
}

ThawModel *
thaw_test_model_of (ThawBuilder *b, ThawNode *logits, ThawNode *features)
{
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();
  ThawModel *model;

  g_assert_no_error (b->error);
  thaw_graph_add_output (b->graph, logits);
  thaw_nn_initialise (b->graph, parameters, "", 1);
  model = thaw_model_new ("small", b->graph, g_steal_pointer (&parameters), features);
  thaw_model_set_labels (model, (const char *const[]){ "a", "b", NULL });
  return model;
}

ThawModel *
thaw_test_small_model (const char *architecture, const char *head, int side)
{
  static const char *const labels[] = { "ant", "bee", "w\xc3\xb6rld \"quoted\"\nof two lines", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) whole = thaw_zoo_create (architecture, 10, 1, &error), model = whole ? thaw_model_resize (whole, side, side, NULL) : NULL;
  ThawModel *result;
  ThawHead layers;

  g_assert_no_error (error);
  if (!model)
    model = thaw_model_ref (whole);
  set_statistics (model);
  if (!head)
    return g_steal_pointer (&model);
  thaw_head_parse (&layers, head, &error);
  g_assert_no_error (error);
  result = thaw_model_with_head (model, &layers, labels, 5, &error);
  g_assert_no_error (error);
  thaw_nn_initialise (result->graph, result->parameters, "head", 5);
  return result;
}

static GPtrArray *
answers (const ThawModel *model, ThawTensor *pictures)
{
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (model->graph);

  return thaw_test_run (graph, model->parameters, &pictures, 1);
}

void
thaw_test_same_answers (const ThawModel *a, const ThawModel *b, double tolerance)
{
  const ThawShape *input = &thaw_graph_input (a->graph, 0)->shape;
  g_autoptr (ThawTensor) pictures = thaw_test_pictures (3, input->dim[1], input->dim[2]);
  g_autoptr (GPtrArray) x = answers (a, pictures), y = answers (b, pictures);
  const ThawTensor *p = g_ptr_array_index (x, 0), *q = g_ptr_array_index (y, 0);
  double largest = 0, difference = 0;

  g_assert_true (thaw_shape_equal (&p->shape, &q->shape));
  for (gint64 i = 0; i < thaw_tensor_count (p); i++)
    {
      largest = fmax (largest, fabs ((double) thaw_tensor_f32 (p)[i]));
      difference = fmax (difference, fabs ((double) thaw_tensor_f32 (p)[i] - (double) thaw_tensor_f32 (q)[i]));
    }
  g_test_message ("%g of the largest", difference / largest);
  g_assert_cmpfloat (difference, <=, tolerance * largest);
}
