/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training step of a network of each of torchvision's families: loss and gradients against
 * PyTorch's (tools/make-gradient-goldens.py). */
#include <math.h>
#include <string.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test-model.h"
#include "thaw-test.h"

enum
{
  CLASSES = 10,
  BATCH = 2
};

#define TOLERANCE 1e-3

typedef struct
{
  ThawTensor *pictures;
  double losses[BATCH];
} Step;

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Step *self = data;
  gsize row = thaw_tensor_count (self->pictures) / BATCH;

  memcpy (inputs[0], thaw_tensor_f32 (self->pictures) + first * row, n * row * sizeof (float));
  return TRUE;
}

static void
loss_cb (
    gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  static const int labels[BATCH] = { 0, 1 };
  Step *self = data;

  thaw_cross_entropy_f32 (n, CLASSES, outputs[0], labels + first, 0, NULL, BATCH, d_outputs[0],
                          self->losses + first);
}

static void
check_gradient (const char *name, const ThawTensor *gradient, JsonObject *golden)
{
  JsonArray *first = json_object_get_array_member (golden, "first");
  guint k = json_array_get_length (first);
  double l2 = json_object_get_double_member (golden, "l2");
  double squares = 0, difference = 0, norm = 0, spread;
  gint64 n = thaw_tensor_count (gradient);
  const float *values = thaw_tensor_f32 ((ThawTensor *)gradient);

  for (gint64 i = 0; i < n; i++)
    squares += (double)values[i] * values[i];
  for (guint i = 0; i < k; i++)
    {
      double value = json_array_get_double_element (first, i);

      difference += (values[i] - value) * (values[i] - value);
      norm += value * value;
    }
  spread = fmax (sqrt (norm), l2 * sqrt ((double)k / n));
  g_test_message ("gradient of %s: norm %.2g, first values %.2g", name,
                  fabs (sqrt (squares) / l2 - 1), sqrt (difference) / spread);
  g_assert_cmpfloat (fabs (sqrt (squares) - l2), <=, TOLERANCE * l2);
  g_assert_cmpfloat (sqrt (difference), <=, TOLERANCE * spread);
}

static void
check_step (const Step *step, ThawTensorMap *gradients, JsonObject *row)
{
  JsonObject *golden = json_object_get_object_member (row, "gradients");
  g_autoptr (GList) names = json_object_get_members (golden);
  double loss = json_object_get_double_member (row, "loss"), sum = 0;

  for (int i = 0; i < BATCH; i++)
    sum += step->losses[i] / BATCH;
  g_test_message ("loss %.8g: %.2g", sum, fabs (sum / loss - 1));
  g_assert_cmpfloat (fabs (sum - loss), <=, TOLERANCE * loss);
  g_assert_cmpuint (g_list_length (names), >=, 3);
  for (GList *n = names; n; n = n->next)
    check_gradient (n->data, thaw_tensor_map_get (gradients, n->data),
                    json_object_get_object_member (golden, n->data));
}

/* The network for the row's pictures, without dropout */
static ThawModel *
make_model (JsonObject *row)
{
  const char *name = json_object_get_string_member (row, "model");
  int size = json_object_get_int_member (row, "size");
  double gain = json_object_get_double_member (row, "gain");
  ThawNode *features;
  ThawPreprocessing preprocessing;
  g_autoptr (GError) error = NULL;
  ThawGraph *graph = thaw_zoo_graph (name, 0, CLASSES, &features, &preprocessing, &error);
  g_autoptr (ThawModel) model
      = graph ? thaw_model_new (name, graph, thaw_test_parameters (graph, gain), features) : NULL;
  ThawModel *resized;

  g_assert_no_error (error);
  resized = preprocessing.width == size ? thaw_model_ref (model)
                                        : thaw_model_resize (model, size, size, &error);
  g_assert_no_error (error);
  for (guint id = 0; id < thaw_graph_size (resized->graph); id++)
    if (thaw_graph_at (resized->graph, id)->op == THAW_OP_DROPOUT)
      thaw_graph_at (resized->graph, id)->params.dropout.p = 0;
  return resized;
}

static void
test_step (gconstpointer data)
{
  JsonObject *row = (JsonObject *)data;
  int size = json_object_get_int_member (row, "size");
  ThawExecutorIo io = { .load = load_cb, .loss = loss_cb };
  g_autoptr (ThawModel) model = make_model (row);
  ThawFreeze *freeze = thaw_freeze_new ();
  ThawPool *pool = thaw_pool_new (2, 0);
  ThawExecutorOptions options = { .pool = pool, .training = freeze };
  Step step = { .pictures = thaw_test_pictures (BATCH, size, size) };
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  ThawExecutor *executor;
  GError *error = NULL;

  thaw_freeze_train_from (freeze, model->graph, "");
  thaw_graph_cut (model->graph, freeze, &before, &after);
  g_assert_null (before);
  executor = thaw_executor_new (after, model->parameters, &options, &error);
  g_assert_no_error (error);
  thaw_executor_train (executor, BATCH, 1, 0, NULL, &io, &step, &error);
  g_assert_no_error (error);
  check_step (&step, thaw_executor_gradients (executor), row);
  thaw_executor_free (executor);
  thaw_tensor_unref (step.pictures);
  thaw_pool_free (pool);
  thaw_freeze_free (freeze);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  JsonArray *cases;

  g_test_init (&argc, &argv, NULL);
  path = thaw_test_file ("golden/gradients.json");
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  cases = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                        "cases");
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *row = json_array_get_object_element (cases, i);
      g_autofree char *name
          = g_strdup_printf ("/train/families/%s", json_object_get_string_member (row, "model"));

      g_test_add_data_func (name, row, test_step);
    }
  return g_test_run ();
}
