/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The default backbone as set-up keeps it, on 30 photographs: file, decoding, resampling, network, labels together, against PyTorch. */
#include <math.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>

typedef struct
{
  const ThawModel *model;
  GList           *names;      /* of the photographs */
  float           *logits;     /* [n, 1000] */
} Photographs;

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Photographs *self = data;
  const ThawPreprocessing *preprocessing = &self->model->preprocessing;

  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *relative = g_strconcat ("imagenet-samples/", g_list_nth_data (self->names, first + i), NULL);
      g_autofree char *path = thaw_test_shared (relative);
      g_autoptr (ThawImage) image = thaw_image_load (path, error);

      if (!image)
        return FALSE;
      thaw_image_prepare (image, preprocessing, inputs[0] + i * preprocessing->height * preprocessing->width * 3);
    }
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Photographs *self = data;

  memcpy (self->logits + first * 1000, outputs[0], n * 1000 * sizeof (float));
}

static double
probability (const float *logits, guint i)
{
  double sum = 0;

  for (guint k = 0; k < 1000; k++)
    sum += exp (logits[k] - logits[i]);
  return 1 / sum;
}

static guint
best (const float *logits)
{
  guint found = 0;

  for (guint k = 1; k < 1000; k++)
    if (logits[k] > logits[found])
      found = k;
  return found;
}

static void
compare (const char *name, JsonObject *expected, const float *logits, char **labels)
{
  JsonArray *top3 = json_object_get_array_member (expected, "top3");
  JsonArray *probabilities = json_object_get_array_member (expected, "probability");

  g_test_message ("%s: %s, %.4f", name, labels[best (logits)], probability (logits, best (logits)));
  g_assert_cmpint (best (logits), ==, json_array_get_int_element (top3, 0));
  for (guint i = 0; i < json_array_get_length (top3); i++)
    {
      double wanted = json_array_get_double_element (probabilities, i);

      g_assert_cmpfloat_with_epsilon (probability (logits, json_array_get_int_element (top3, i)), wanted, .002);
    }
}

static void
run (Photographs *self)
{
  ThawPool *pool = thaw_pool_new (2, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (self->model->graph);
  g_autoptr (ThawExecutor) executor
      = thaw_executor_new (graph, self->model->parameters, &(ThawExecutorOptions){ .pool = pool }, &error);
  ThawExecutorIo io = { load_cb, store_cb };

  g_assert_no_error (error);
  thaw_executor_forward (executor, g_list_length (self->names), &io, self, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&executor, thaw_executor_free);
  thaw_pool_free (pool);
}

static void
test_photographs (void)
{
  g_autoptr (JsonParser) parser = thaw_test_json ("golden/efficientnet_lite0.json");
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GList) names = NULL;
  g_autofree float *logits = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *samples;
  guint i = 0;

  if (!parser)
    return;
  model = thaw_backbone_open ("efficientnet_lite0", &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_test_skip ("the default backbone is not in the build folder: tools/get-backbone efficientnet_lite0 BUILD_FOLDER");
      return;
    }
  g_assert_no_error (error);
  samples = json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)), "samples");
  names = json_object_get_members (samples);
  g_assert_cmpint (g_list_length (names), ==, 30);
  logits = g_new0 (float, 30 * 1000);
  run (&(Photographs){ model, names, logits });
  for (GList *name = names; name; name = name->next)
    compare (name->data, json_object_get_object_member (samples, name->data), logits + 1000 * i++, model->labels);
}

/* What the file says of itself */
static void
test_metadata (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_backbone_open ("efficientnet_lite0", &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_test_skip ("the default backbone is not in the build folder");
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpstr (model->title, ==, "EfficientNet-Lite0");
  g_assert_cmpstr (model->licence, ==, "Apache-2.0");
  g_assert_true (model->top1 == 75.1);
  g_assert_cmpint (g_strv_length (model->labels), ==, 1000);
  g_assert_cmpstr (model->labels[1], ==, "goldfish, Carassius auratus");
  g_assert_cmpint (model->preprocessing.resize, ==, 256);
  g_assert_cmpint (model->preprocessing.width, ==, 224);
  g_assert_true (model->preprocessing.mean[0] == 127 && model->preprocessing.std[0] == 128);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/default-backbone/metadata", test_metadata);
  g_test_add_func ("/default-backbone/photographs", test_photographs);
  return g_test_run ();
}
