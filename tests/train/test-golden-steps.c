/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Six training steps of whole networks against PyTorch's in float64.
 * usage: test-golden-steps f32|f64 [PART PARTS]: the engine, or the twins in double; every PARTS-th
 * case from PART */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <thaw/thaw-op.h>

#include "golden-steps.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

enum
{
  STEPS = 6
};

static const GoldenEngineClass *engine;
static JsonParser *parser;

static double
number (JsonObject *row, const char *name, double otherwise)
{
  return json_object_has_member (row, name) ? json_object_get_double_member (row, name) : otherwise;
}

static ThawModel *
make_model (JsonObject *row)
{
  const char *name = json_object_get_string_member (row, "model");
  JsonArray *picture = json_object_has_member (row, "picture")
                           ? json_object_get_array_member (row, "picture")
                           : NULL;
  g_autoptr (ThawModel) model
      = thaw_zoo_create (g_str_has_prefix (name, "tf_") ? name + 3 : name, GOLDEN_CLASSES, 1, NULL);
  ThawModel *resized
      = thaw_model_resize (model, picture ? json_array_get_int_element (picture, 0) : 64,
                           picture ? json_array_get_int_element (picture, 1) : 64, NULL);

  for (guint id = 0; id < thaw_graph_size (resized->graph); id++)
    if (thaw_graph_at (resized->graph, id)->op == THAW_OP_DROPOUT)
      thaw_graph_at (resized->graph, id)->params.dropout.p = 0;
  return resized;
}

static ThawFreeze *
make_freeze (JsonObject *row, const ThawGraph *graph)
{
  ThawFreeze *freeze = thaw_freeze_new ();
  const char *first = json_object_get_string_member (row, "first_trainable");
  JsonArray *frozen = json_object_has_member (row, "also_frozen")
                          ? json_object_get_array_member (row, "also_frozen")
                          : NULL;

  thaw_freeze_train_from (freeze, graph, g_str_equal (first, "everything") ? "" : first);
  for (guint i = 0; frozen && i < json_array_get_length (frozen); i++)
    thaw_freeze_set_trainable (freeze, graph, json_array_get_string_element (frozen, i), FALSE);
  if (g_str_equal (json_object_get_string_member (row, "batchnorm"), "batch"))
    thaw_freeze_set_batch_statistics (freeze, graph, "", TRUE);
  return freeze;
}

static void
set_options (GoldenCase *golden, JsonObject *row)
{
  ThawOptimizerKind kind;

  g_assert_true (
      thaw_optimizer_parse (&kind, json_object_get_string_member (row, "optimizer"), NULL));
  thaw_optimizer_defaults (&golden->options, kind);
  golden->options.weight_decay = number (row, "weight_decay",
                                         kind == THAW_OPTIMIZER_SGD     ? 1e-4
                                         : kind == THAW_OPTIMIZER_ADAMW ? .01
                                                                        : 0);
  golden->options.nesterov = json_object_has_member (row, "nesterov");
  golden->lr = json_object_get_double_member (row, "lr");
  golden->smoothing = number (row, "label_smoothing", 0);
  golden->clip = number (row, "clip_norm", 0);
  if (json_object_has_member (row, "class_weights"))
    {
      golden->class_weights = g_new (double, GOLDEN_CLASSES);
      for (int i = 0; i < GOLDEN_CLASSES; i++)
        golden->class_weights[i] = 1 + i / 10.;
    }
}

static void
case_init (GoldenCase *golden, JsonObject *row)
{
  const ThawShape *picture;

  golden->model = make_model (row);
  golden->parameters = thaw_test_parameters (golden->model->graph, 1);
  golden->freeze = make_freeze (row, golden->model->graph);
  thaw_graph_cut (golden->model->graph, golden->freeze, &golden->before, &golden->after);
  golden->trainable
      = thaw_model_weights (golden->model, "", golden->freeze, THAW_WEIGHTS_TRAINABLE);
  picture = &thaw_graph_input (golden->model->graph, 0)->shape;
  golden->pictures = thaw_test_pictures (GOLDEN_BATCH, picture->dim[1], picture->dim[2]);
  for (int i = 0; i < GOLDEN_BATCH; i++)
    golden->labels[i] = i % GOLDEN_CLASSES;
  set_options (golden, row);
  golden->weight_sum
      = thaw_cross_entropy_weight (GOLDEN_BATCH, golden->labels, golden->class_weights);
}

static void
case_clear (GoldenCase *golden)
{
  thaw_tensor_unref (golden->pictures);
  g_ptr_array_unref (golden->trainable);
  g_clear_pointer (&golden->before, thaw_graph_unref);
  thaw_graph_unref (golden->after);
  thaw_freeze_free (golden->freeze);
  thaw_tensor_map_unref (golden->parameters);
  thaw_model_unref (golden->model);
  g_free (golden->class_weights);
}

static gsize
size_of (const GoldenCase *golden, const char *name)
{
  return thaw_tensor_count (thaw_tensor_map_get (golden->parameters, name));
}

/* As torch.nn.utils.clip_grad_norm_: the norm over all gradients together. */
static void
clip (const GoldenCase *golden, GoldenEngine *run)
{
  double squares = 0;

  for (guint i = 0; golden->clip > 0 && i < golden->trainable->len; i++)
    {
      const char *name = g_ptr_array_index (golden->trainable, i);
      g_autofree double *gradient = engine->gradient (run, name, size_of (golden, name));

      for (gsize k = 0; k < size_of (golden, name); k++)
        squares += gradient[k] * gradient[k];
    }
  if (golden->clip > 0 && sqrt (squares) > golden->clip)
    engine->scale (run, golden, golden->clip / (sqrt (squares) + 1e-6));
}

/* The norm and the first values that the file has, each against the error that @tolerance of the
 * whole tensor would spread over as many values. Returns the larger ratio of error to what is
 * allowed at tolerance 1. */
static double
error_of (const double *values, gsize n, JsonObject *wanted)
{
  JsonArray *first = json_object_get_array_member (wanted, "first");
  double l2 = json_object_get_double_member (wanted, "l2");
  guint k = json_array_get_length (first);
  double squares = 0, difference = 0, norm = 0;

  for (gsize i = 0; i < n; i++)
    squares += values[i] * values[i];
  for (guint i = 0; i < k; i++)
    {
      double value = json_array_get_double_element (first, i);

      difference += (values[i] - value) * (values[i] - value);
      norm += value * value;
    }
  return fmax (fabs (sqrt (squares) - l2) / l2,
               sqrt (difference) / fmax (sqrt (norm), l2 * sqrt ((double) k / n)));
}

/* A float network whose value lies within rounding of a ReLU's kink may take the other side than
 * the double one: the loss hardly moves, but one path of the gradient opens or closes, and float32
 * anywhere comes out so or so. What a case allows is what PyTorch's float32 happened to do. So
 * where a case exceeds it, both engines run once more and are asked for every gate of every step,
 * and only what follows a gate that they show differently may be off by more. */
typedef struct
{
  gboolean flipped[STEPS];
  double floor_loss, floor_gradient, floor_update;
} Excuse;

static const Excuse strict = { .floor_loss = 1e-5, .floor_gradient = 1e-4, .floor_update = 1e-3 };
static const Excuse lenient = { .floor_loss = 1e-2, .floor_gradient = 3e-2, .floor_update = 3e-1 };

static double
tolerance (double float32_error, double floor)
{
  return engine == &golden_engine_f64 ? 1e-8 : fmax (10 * float32_error, floor);
}

static gboolean
flipped_before (const Excuse *excuse, guint step)
{
  gboolean flipped = FALSE;

  for (guint i = 0; i < step; i++)
    flipped = flipped || excuse->flipped[i];
  return flipped;
}

static gboolean
check (const char *what, const char *name, double error, double allowed)
{
  g_test_message ("%s %s: %.3g of %.3g", what, name, error, allowed);
  return error <= allowed;
}

static gboolean
check_gradients (const GoldenCase *golden, GoldenEngine *run, JsonObject *row, const Excuse *excuse)
{
  JsonObject *wanted = json_object_get_object_member (row, "first_gradient");
  g_autoptr (GList) names = json_object_get_members (wanted);
  double allowed
      = tolerance (number (json_object_get_object_member (row, "float32_error"), "gradient", 0),
                   excuse->flipped[0] ? lenient.floor_gradient : strict.floor_gradient);
  gboolean good = TRUE;

  for (GList *n = names; n; n = n->next)
    {
      gsize size = size_of (golden, n->data);
      g_autofree double *gradient = engine->gradient (run, n->data, size);
      double error = error_of (gradient, size, json_object_get_object_member (wanted, n->data));

      good = check ("gradient of", n->data, error, allowed) && good;
    }
  return good;
}

static gboolean
check_updates (const GoldenCase *golden, GoldenEngine *run, JsonObject *row, const Excuse *excuse)
{
  JsonObject *wanted = json_object_get_object_member (row, "update");
  g_autoptr (GList) names = json_object_get_members (wanted);
  double allowed
      = tolerance (number (json_object_get_object_member (row, "float32_error"), "update", 0),
                   flipped_before (excuse, STEPS) ? lenient.floor_update : strict.floor_update);
  gboolean good = TRUE;

  for (GList *n = names; n; n = n->next)
    {
      const ThawTensor *before = thaw_tensor_map_get (golden->parameters, n->data);
      gsize size = size_of (golden, n->data);
      g_autofree double *value = engine->value (run, n->data, size);

      for (gsize i = 0; i < size; i++)
        value[i] -= thaw_tensor_f32 (before)[i];
      good
          = check ("update of", n->data,
                   error_of (value, size, json_object_get_object_member (wanted, n->data)), allowed)
            && good;
    }
  return good;
}

/* A gate that differs in this step moves the loss of the next: at the kink itself both sides agree.
 */
static gboolean
check_loss (JsonObject *row, guint step, double loss, const Excuse *excuse)
{
  JsonArray *errors
      = json_object_get_array_member (json_object_get_object_member (row, "float32_error"), "loss");
  double wanted = json_array_get_double_element (json_object_get_array_member (row, "loss"), step);
  double floor = flipped_before (excuse, step) ? lenient.floor_loss : strict.floor_loss;
  g_autofree char *name = g_strdup_printf ("%u", step);

  return check ("loss", name, fabs (loss / wanted - 1),
                tolerance (json_array_get_double_element (errors, step), floor));
}

static gboolean
run_case (const GoldenCase *golden, JsonObject *row, const Excuse *excuse)
{
  GoldenEngine *run = engine->open (golden);
  gboolean good = TRUE;

  for (guint step = 0; step < STEPS; step++)
    {
      good = check_loss (row, step, engine->step (run, golden), excuse) && good;
      clip (golden, run);
      if (step == 0)
        good = check_gradients (golden, run, row, excuse) && good;
      engine->update (run, golden, step + 1);
    }
  good = check_updates (golden, run, row, excuse) && good;
  engine->close (run);
  return good;
}

ThawActivation
golden_kinks (const ThawNode *node)
{
  ThawActivation activation = thaw_op_activation (node->op);

  if (node->op == THAW_OP_CONV || node->op == THAW_OP_DEPTHWISE)
    activation = node->params.window.activation;
  if (node->op == THAW_OP_LINEAR)
    activation = node->params.linear.activation;
  if (node->op == THAW_OP_BATCHNORM)
    activation = node->params.norm.activation;
  return activation == THAW_ACTIVATION_RELU || activation == THAW_ACTIVATION_RELU6
             ? activation
             : THAW_ACTIVATION_NONE;
}

gsize
golden_gate_count (const ThawGraph *graph)
{
  gsize count = 0;

  for (guint i = 1; i < thaw_graph_n_outputs (graph); i++)
    count += GOLDEN_BATCH * thaw_shape_count (&thaw_graph_output (graph, i)->shape);
  return count;
}

/* Six steps of both engines with every ReLU as an output. */
static Excuse
find_excuse (GoldenCase *golden)
{
  static const GoldenEngineClass *const engines[] = { &golden_engine_f32, &golden_engine_f64 };
  const GoldenEngineClass *tested = engine;
  ThawGraph *after = golden->after;
  GoldenEngine *runs[2];
  Excuse excuse = { 0 };
  gsize n;

  golden->after = thaw_graph_prune (after);
  for (guint id = 0; id < thaw_graph_size (golden->after); id++)
    if (golden_kinks (thaw_graph_at (golden->after, id)) != THAW_ACTIVATION_NONE)
      thaw_graph_add_output (golden->after, thaw_graph_at (golden->after, id));
  n = golden_gate_count (golden->after);
  for (guint e = 0; e < 2; e++)
    runs[e] = engines[e]->open (golden);
  for (guint step = 0; step < STEPS; step++)
    {
      for (guint e = 0; e < 2; e++)
        {
          engine = engines[e];
          engine->step (runs[e], golden);
          clip (golden, runs[e]);
          engine->update (runs[e], golden, step + 1);
        }
      excuse.flipped[step]
          = memcmp (engines[0]->gates (runs[0]), engines[1]->gates (runs[1]), n) != 0;
      g_test_message ("step %u: gates %s", step, excuse.flipped[step] ? "differ" : "agree");
    }
  for (guint e = 0; e < 2; e++)
    engines[e]->close (runs[e]);
  thaw_graph_unref (golden->after);
  golden->after = after;
  engine = tested;
  return excuse;
}

static void
test_case (gconstpointer data)
{
  JsonObject *row = (JsonObject *) data;
  GoldenCase golden = { 0 };
  gboolean good;

  case_init (&golden, row);
  g_assert_cmpuint (golden.trainable->len, ==,
                    json_object_get_int_member (row, "trainable_tensors"));
  good = run_case (&golden, row, &strict);
  if (!good && engine == &golden_engine_f32)
    {
      Excuse excuse = find_excuse (&golden);

      good = run_case (&golden, row, &excuse);
    }
  g_assert_true (good);
  case_clear (&golden);
}

static void
test_skipped (void)
{
  g_test_skip ("../shared is not there");
}

static void
add_cases (guint part, guint parts)
{
  JsonArray *cases = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), "cases");

  for (guint i = part; i < json_array_get_length (cases); i += parts)
    {
      JsonObject *row = json_array_get_object_element (cases, i);
      g_autofree char *path = g_strdup_printf (
          "/train/steps/%02u/%s/%s/%s/%s", i, json_object_get_string_member (row, "model"),
          json_object_get_string_member (row, "first_trainable"),
          json_object_get_string_member (row, "batchnorm"),
          json_object_get_string_member (row, "optimizer"));

      g_test_add_data_func (path, row, test_case);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *path = thaw_test_shared ("golden/training_steps.json");
  int status;

  g_test_init (&argc, &argv, NULL);
  engine = argc > 1 && g_str_equal (argv[1], "f64") ? &golden_engine_f64 : &golden_engine_f32;
  parser = json_parser_new ();
  if (path && json_parser_load_from_file (parser, path, NULL))
    add_cases (argc > 3 ? atoi (argv[2]) : 0, argc > 3 ? atoi (argv[3]) : 1);
  else
    g_test_add_func ("/train/steps", test_skipped);
  status = g_test_run ();
  g_object_unref (parser);
  return status;
}
