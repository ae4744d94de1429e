/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-network.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"
#include "thaw-test-model.h"

/* a network on a small backbone with random weights, and its history */
typedef struct
{
  ThawHistory *history;
  ThawNetwork *network;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *path = thaw_test_backbone ("mobilenet_v1_x0_25", 0, 1);

  self->history = thaw_history_new ();
  self->network = thaw_network_new (self->history);
  thaw_network_set_backbone (self->network, path);
  thaw_test_until_idle (self->network);
  g_assert_nonnull (thaw_network_get_model (self->network));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->network);
  g_assert_finalize_object (self->history);
}

static void
check_preset (ThawNetwork *network, const char *expected)
{
  g_autofree char *preset = NULL;

  g_object_get (network, "preset", &preset, NULL);
  g_assert_cmpstr (preset, ==, expected);
}

static void
test_presets (Fixture *self, gconstpointer data)
{
  check_preset (self->network, "head");
  thaw_network_set_preset (self->network, "all");
  check_preset (self->network, "all");
  thaw_network_set_preset (self->network, "last");
  check_preset (self->network, "last");
  thaw_history_undo (self->history);
  check_preset (self->network, "all");
  thaw_history_undo (self->history);
  check_preset (self->network, "head");
  thaw_history_redo (self->history);
  check_preset (self->network, "all");
}


static ThawLayerRow *
find (Fixture *self, const char *name)
{
  ThawLayerRow *row = thaw_network_find_layer (self->network, name);

  g_assert_nonnull (row);
  return row;
}

static ThawTrains
trains (Fixture *self, const char *name)
{
  ThawTrains state;

  g_object_get (find (self, name), "trains", &state, NULL);
  return state;
}

static ThawStatistics
statistics (Fixture *self, const char *name)
{
  ThawStatistics state;

  g_object_get (find (self, name), "statistics", &state, NULL);
  return state;
}

/* What a phase makes of the network's freezing is what the rows say: for each weight, and for each BatchNorm. */
static void
check_phase (Fixture *self)
{
  ThawModel *model = thaw_network_get_model (self->network);
  g_autoptr (ThawPhase) phase = thaw_phase_new ();
  g_autoptr (ThawFreeze) freeze = NULL;
  GError *error = NULL;
  gint64 trainable;

  thaw_network_fill_phase (self->network, phase);
  freeze = thaw_phase_freeze (phase, model, &error);
  g_assert_no_error (error);
  trainable = thaw_model_count (model, "", freeze, THAW_WEIGHTS_TRAINABLE);
  g_assert_cmpint (trainable, ==, thaw_network_get_cost (self->network)->trainable);
  for (guint id = 0; id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id);
      ThawLayerRow *row = thaw_network_find_layer (self->network, node->name);
      gint64 all = row && node->op != THAW_OP_PARAMETER ? thaw_model_count (model, node->name, NULL, THAW_WEIGHTS_TRAINABLE) : 0;
      gint64 count = all ? thaw_model_count (model, node->name, freeze, THAW_WEIGHTS_TRAINABLE) : 0;

      if (all)
        g_assert_cmpint (trains (self, node->name), ==, count == 0 ? THAW_TRAINS_NO : count < all ? THAW_TRAINS_SOME : THAW_TRAINS_ALL);
      if (node->op == THAW_OP_BATCHNORM)
        g_assert_cmpint (statistics (self, node->name), ==,
                         thaw_freeze_uses_batch_statistics (freeze, node->name) ? THAW_STATISTICS_BATCH : THAW_STATISTICS_STORED);
    }
}

static void
check_kind_of_phase (Fixture *self, const char *preset, const char *train_from, const char *freeze)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  thaw_network_fill_phase (self->network, phase);
  g_assert_cmpstr (phase->preset, ==, preset);
  g_assert_cmpstr (phase->train_from, ==, train_from);
  g_assert_cmpstr (phase->freeze ? phase->freeze[0] : NULL, ==, freeze);
  check_phase (self);
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  g_assert_cmpint (trains (self, ""), ==, THAW_TRAINS_SOME);
  g_assert_cmpint (trains (self, "head"), ==, THAW_TRAINS_ALL);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_NO);
  thaw_network_set_trainable (self->network, find (self, "blocks.3.1"), TRUE);
  g_assert_cmpint (trains (self, "blocks.3.1.conv_pw"), ==, THAW_TRAINS_ALL);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_SOME);
  g_assert_cmpint (trains (self, "blocks"), ==, THAW_TRAINS_SOME);
  check_preset (self->network, NULL);
  check_kind_of_phase (self, NULL, NULL, "conv_stem");
  thaw_network_set_trainable (self->network, find (self, "blocks.3"), TRUE);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_ALL);
  thaw_network_set_trainable (self->network, find (self, "blocks.3.0.conv_dw"), FALSE);
  g_assert_cmpint (trains (self, "blocks.3.0"), ==, THAW_TRAINS_SOME);
  check_phase (self);
  thaw_history_undo (self->history);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_ALL);
  thaw_history_undo (self->history);
  thaw_history_undo (self->history);
  check_preset (self->network, "head");
  thaw_network_set_trainable (self->network, find (self, ""), TRUE);
  check_preset (self->network, "all");
  check_kind_of_phase (self, "all", NULL, NULL);
}

static void
count_cb (guint *count)
{
  ++*count;
}

/* A click tells the rows it concerns and no others, and makes no new ones. */
static void
test_rows_notify (Fixture *self, gconstpointer data)
{
  ThawLayerRow *row = find (self, "blocks.2.0.conv_pw"), *other = find (self, "blocks.4.0.conv_pw");
  GListModel *children = thaw_layer_row_get_children (find (self, ""));
  guint changed = 0, others = 0, lists = 0;

  g_signal_connect_swapped (row, "notify::trains", G_CALLBACK (count_cb), &changed);
  g_signal_connect_swapped (other, "notify::trains", G_CALLBACK (count_cb), &others);
  g_signal_connect_swapped (children, "items-changed", G_CALLBACK (count_cb), &lists);
  thaw_network_set_trainable (self->network, find (self, "blocks.2"), TRUE);
  thaw_network_set_trainable (self->network, find (self, "blocks.2"), TRUE);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (others, ==, 0);
  g_assert_cmpuint (lists, ==, 0);
  g_assert_true (row == find (self, "blocks.2.0.conv_pw"));
  g_signal_handlers_disconnect_by_func (row, count_cb, &changed);
  g_signal_handlers_disconnect_by_func (other, count_cb, &others);
  g_signal_handlers_disconnect_by_func (children, count_cb, &lists);
}

static void
test_from_and_up_to (Fixture *self, gconstpointer data)
{
  thaw_network_set_preset (self->network, "all");
  thaw_network_train_from (self->network, find (self, "blocks.3"));
  g_assert_cmpint (trains (self, "blocks.2"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_ALL);
  g_assert_cmpint (trains (self, "head"), ==, THAW_TRAINS_ALL);
  check_kind_of_phase (self, NULL, "blocks.3", NULL);
  thaw_network_freeze_up_to (self->network, find (self, "blocks.3.1"));
  g_assert_cmpint (trains (self, "blocks.3.1"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (self, "blocks.3.2"), ==, THAW_TRAINS_ALL);
  check_kind_of_phase (self, NULL, "blocks.3.2", NULL);
  thaw_history_undo (self->history);
  g_assert_cmpint (trains (self, "blocks.3"), ==, THAW_TRAINS_ALL);
  /* a row without weights: from the next that has some */
  thaw_network_train_from (self->network, find (self, "blocks.3.0.act2"));
  g_assert_cmpint (trains (self, "blocks.3.0"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (self, "blocks.3.1"), ==, THAW_TRAINS_ALL);
  check_phase (self);
  g_assert_true (thaw_network_can_train_from (self->network, find (self, "head")));
}

static void
test_statistics (Fixture *self, gconstpointer data)
{
  thaw_network_set_preset (self->network, "all");
  g_assert_cmpint (statistics (self, "bn1"), ==, THAW_STATISTICS_STORED);
  thaw_network_set_statistics (self->network, find (self, "blocks.4"), TRUE);
  g_assert_cmpint (statistics (self, "blocks.4.0.bn1"), ==, THAW_STATISTICS_BATCH);
  g_assert_cmpint (statistics (self, "blocks"), ==, THAW_STATISTICS_MIXED);
  check_phase (self);
  /* what is frozen uses what is stored, and comes back to the choice when it is thawed */
  thaw_network_set_trainable (self->network, find (self, "blocks.4"), FALSE);
  g_assert_cmpint (statistics (self, "blocks.4"), ==, THAW_STATISTICS_STORED);
  g_assert_false (thaw_network_can_set_statistics (self->network, find (self, "blocks.4.0.bn1")));
  check_phase (self);
  thaw_network_set_trainable (self->network, find (self, "blocks.4"), TRUE);
  g_assert_cmpint (statistics (self, "blocks.4"), ==, THAW_STATISTICS_BATCH);
  for (int i = 0; i < 3; i++)
    thaw_history_undo (self->history);
  g_assert_cmpint (statistics (self, "blocks.4"), ==, THAW_STATISTICS_STORED);
}

static void
check_head (Fixture *self, const char *expected)
{
  g_autofree char *head = NULL;

  g_object_get (self->network, "head", &head, NULL);
  g_assert_cmpstr (head, ==, expected);
}

/* The third story */
static void
test_head (Fixture *self, gconstpointer data)
{
  const ThawHeadLayer linear = { .kind = THAW_HEAD_LINEAR, .out = 128 }, relu = { .kind = THAW_HEAD_ACTIVATION, .activation = THAW_ACTIVATION_RELU },
                      half = { .kind = THAW_HEAD_DROPOUT, .p = .5f }, norm = { .kind = THAW_HEAD_BATCHNORM };
  ThawLayerRow *stem = find (self, "conv_stem");
  GError *error = NULL;

  thaw_network_set_trainable (self->network, find (self, "blocks.4"), TRUE);
  g_assert_true (thaw_network_head_insert (self->network, 1, &linear, &error));
  g_assert_true (thaw_network_head_insert (self->network, 2, &relu, &error));
  check_head (self, "dropout=0.2,linear=128,relu,linear");
  g_assert_true (thaw_network_head_replace (self->network, 0, &half, &error));
  check_head (self, "dropout=0.5,linear=128,relu,linear");
  g_assert_true (thaw_network_head_move (self->network, 0, 2, &error));
  check_head (self, "linear=128,relu,dropout=0.5,linear");
  g_assert_true (thaw_network_head_insert (self->network, 1, &norm, &error));
  check_head (self, "linear=128,batchnorm,relu,dropout=0.5,linear");
  g_assert_cmpint (statistics (self, "head.1"), ==, THAW_STATISTICS_BATCH);
  check_phase (self);
  g_assert_true (thaw_network_head_remove (self->network, 1, &error));
  /* the backbone's rows and freezing are what they were */
  g_assert_true (stem == find (self, "conv_stem"));
  g_assert_cmpint (trains (self, "blocks.4"), ==, THAW_TRAINS_ALL);
  g_assert_cmpint (trains (self, "head"), ==, THAW_TRAINS_ALL);
  check_phase (self);
  for (int i = 0; i < 6; i++)
    thaw_history_undo (self->history);
  check_head (self, THAW_HEAD_DEFAULT);
  g_assert_cmpint (trains (self, "blocks.4"), ==, THAW_TRAINS_ALL);
  thaw_history_undo (self->history);
  check_preset (self->network, "head");
  for (int i = 0; i < 4; i++)
    thaw_history_redo (self->history);
  check_head (self, "dropout=0.5,linear=128,relu,linear");
}

static void
refuse (gboolean done, GError **error)
{
  g_assert_false (done);
  g_assert_nonnull (*error);
  g_assert_cmpuint (strlen ((*error)->message), >, 20);
  g_clear_error (error);
}

static void
test_head_refused (Fixture *self, gconstpointer data)
{
  const ThawHeadLayer one = { .kind = THAW_HEAD_DROPOUT, .p = 1 }, none = { .kind = THAW_HEAD_LINEAR, .out = 0 },
                      wide = { .kind = THAW_HEAD_LINEAR, .out = THAW_HEAD_MAX_UNITS + 1 }, relu = { .kind = THAW_HEAD_ACTIVATION, .activation = THAW_ACTIVATION_RELU };
  GError *error = NULL;

  refuse (thaw_network_head_remove (self->network, 1, &error), &error);
  refuse (thaw_network_head_move (self->network, 1, 0, &error), &error);
  refuse (thaw_network_head_move (self->network, 0, 1, &error), &error);
  refuse (thaw_network_head_replace (self->network, 1, &relu, &error), &error);
  refuse (thaw_network_head_replace (self->network, 0, &one, &error), &error);
  refuse (thaw_network_head_insert (self->network, 0, &none, &error), &error);
  refuse (thaw_network_head_insert (self->network, 0, &wide, &error), &error);
  refuse (thaw_network_head_insert (self->network, 2, &relu, &error), &error);
  refuse (thaw_network_set_head (self->network, "linear,relu", &error), &error);
  check_head (self, THAW_HEAD_DEFAULT);
  for (int i = 0; i < 30; i++)
    g_assert_true (thaw_network_head_insert (self->network, 0, &relu, &error));
  refuse (thaw_network_head_insert (self->network, 0, &relu, &error), &error);
  g_assert_nonnull (thaw_network_head_problem (self->network, THAW_HEAD_INSERT, 0));
}

static void
test_labels (Fixture *self, gconstpointer data)
{
  static const char *const labels[] = { "ant", "bee", "wasp", NULL };
  g_autoptr (ThawModel) start = NULL;
  g_autofree char *kind = NULL;
  GError *error = NULL;

  refuse (thaw_network_start_model (self->network, 1, &error) != NULL, &error);
  thaw_network_set_trainable (self->network, find (self, "blocks.4"), TRUE);
  thaw_network_set_labels (self->network, labels);
  g_object_get (find (self, "head.1"), "kind", &kind, NULL);
  g_assert_true (g_str_has_suffix (kind, "3"));
  g_assert_cmpint (trains (self, "blocks.4"), ==, THAW_TRAINS_ALL);
  start = thaw_network_start_model (self->network, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (thaw_model_n_classes (start), ==, 3);
  g_assert_cmpstr (start->labels[2], ==, "wasp");
}

static void
test_json (Fixture *self, gconstpointer data)
{
  g_autofree char *path = thaw_test_backbone ("mobilenet_v1_x0_25", 0, 1), *json = NULL, *again = NULL, *name = NULL;
  ThawHistory *history = thaw_history_new ();
  Fixture other = { history, thaw_network_new (history) };
  GError *error = NULL;

  thaw_network_train_from (self->network, find (self, "blocks.2"));
  thaw_network_set_trainable (self->network, find (self, "blocks.3.1"), FALSE);
  thaw_network_set_statistics (self->network, find (self, "blocks.4.1.bn1"), TRUE);
  g_assert_true (thaw_network_set_head (self->network, "linear=16,batchnorm,relu,linear", &error));
  json = thaw_network_to_json (self->network);
  g_assert_true (thaw_network_from_json (other.network, json, &error));
  /* what is still being opened is not lost when it is saved */
  again = thaw_network_to_json (other.network);
  g_assert_cmpstr (again, ==, json);
  thaw_test_until_idle (other.network);
  g_free (again);
  again = thaw_network_to_json (other.network);
  g_assert_cmpstr (again, ==, json);
  g_object_get (other.network, "backbone-name", &name, NULL);
  g_assert_cmpstr (name, ==, path);
  g_assert_cmpint (trains (&other, "blocks.3.1"), ==, THAW_TRAINS_NO);
  g_assert_cmpint (trains (&other, "blocks.3"), ==, THAW_TRAINS_SOME);
  g_assert_cmpint (statistics (&other, "blocks.4.1.bn1"), ==, THAW_STATISTICS_BATCH);
  g_assert_cmpint (statistics (&other, "head.1"), ==, THAW_STATISTICS_BATCH);
  check_phase (&other);
  refuse (thaw_network_from_json (other.network, "[1]", &error), &error);
  refuse (thaw_network_from_json (other.network, "{\"head\":\"relu\"}", &error), &error);
  tear_down (&other, NULL);
}

/* A backbone that went away: words, and what was saved stays until there is one again */
static void
test_missing (Fixture *self, gconstpointer data)
{
  static const char json[] = "{\"backbone\":\"/nowhere/gone.safetensors\",\"head\":\"dropout=0.5,linear\",\"trains\":[\"blocks.4\",\"head\"]}";
  g_autofree char *path = thaw_test_backbone ("mobilenet_v1_x0_25", 0, 1), *problem = NULL, *kept = NULL;
  GError *error = NULL;

  g_assert_true (thaw_network_from_json (self->network, json, &error));
  thaw_test_until_idle (self->network);
  g_assert_null (thaw_network_get_model (self->network));
  g_object_get (self->network, "error", &problem, NULL);
  g_assert_nonnull (strstr (problem, "gone"));
  kept = thaw_network_to_json (self->network);
  g_assert_cmpstr (kept, ==, json);
  thaw_network_set_backbone (self->network, path);
  thaw_test_until_idle (self->network);
  check_head (self, "dropout=0.5,linear");
  g_assert_cmpint (trains (self, "blocks.4"), ==, THAW_TRAINS_ALL);
}

/* One that cannot be opened leaves the network as it was; another can be undone. */
static void
test_backbones (Fixture *self, gconstpointer data)
{
  g_autofree char *other = thaw_test_backbone ("mobilenet_v1_x0_5", 0, 1), *path = thaw_test_backbone ("mobilenet_v1_x0_25", 0, 1), *name = NULL, *problem = NULL;

  thaw_network_set_preset (self->network, "all");
  thaw_network_set_backbone (self->network, "/nowhere/gone.onnx");
  thaw_test_until_idle (self->network);
  g_object_get (self->network, "error", &problem, NULL);
  g_assert_nonnull (problem);
  check_preset (self->network, "all");
  thaw_network_set_backbone (self->network, other);
  thaw_test_until_idle (self->network);
  check_preset (self->network, "head");
  thaw_history_undo (self->history);
  thaw_test_until_idle (self->network);
  g_object_get (self->network, "backbone-name", &name, NULL);
  g_assert_cmpstr (name, ==, path);
  check_preset (self->network, "all");
}

/* What is counted follows each edit; what is predicted grows with what trains. */
static void
test_cost (Fixture *self, gconstpointer data)
{
  const ThawCost *cost = thaw_network_get_cost (self->network);
  gint64 all = cost->trainable + cost->frozen;
  double epoch;
  gsize memory;

  thaw_network_set_work (self->network, 200, 50, 1);
  while (cost->phases[0].epoch_seconds == 0)
    g_main_context_iteration (NULL, TRUE);
  memory = cost->memory;
  epoch = cost->phases[0].epoch_seconds;
  g_assert_cmpfloat (cost->phases[0].once_seconds, >, 0);
  g_assert_cmpfloat (cost->phases[0].epoch_seconds, <, cost->phases[0].once_seconds);
  thaw_network_set_preset (self->network, "all");
  g_assert_cmpint (cost->trainable + cost->frozen, ==, all);
  g_assert_cmpint (cost->trainable, ==, thaw_model_count (thaw_network_get_model (self->network), "", NULL, THAW_WEIGHTS_TRAINABLE));
  g_assert_cmpuint (cost->memory, >, memory);
  g_assert_cmpfloat (cost->phases[0].epoch_seconds, >, 10 * epoch);
  thaw_network_set_trainable (self->network, find (self, ""), FALSE);
  g_assert_cmpint (cost->trainable, ==, 0);
  g_assert_cmpuint (cost->memory, ==, 0);
}

typedef struct
{
  const char *text[2]; /* of the phases; the second may be NULL */
  int         batch;
  gboolean    fresh;   /* augmented anew each epoch */
} Wanted;

static ThawTrainOptions *
wanted_cb (gpointer data, const ThawPhase *tree)
{
  const Wanted *self = data;
  ThawTrainOptions *options = thaw_train_options_new ();

  g_ptr_array_set_size (options->phases, 0);
  for (guint i = 0; i < 2 && self->text[i]; i++)
    {
      ThawPhase *phase = thaw_phase_copy (tree);

      g_assert_true (thaw_phase_parse (phase, self->text[i], NULL));
      g_ptr_array_add (options->phases, phase);
    }
  options->batch = self->batch;
  options->variants = 0;
  if (self->fresh)
    g_assert_true (thaw_augmentation_parse (&options->augmentation, "light", NULL));
  return options;
}

static ThawCost
cost_of (Fixture *self, const Wanted *wanted)
{
  thaw_network_set_options (self->network, wanted_cb, (gpointer) wanted);
  thaw_network_set_work (self->network, 2000, 500, 1);
  return *thaw_network_get_cost (self->network);
}

/* The options of the run that would begin count: optimizer, batch, augmentation, both phases, which may or may not follow the tree */
static void
test_cost_of_options (Fixture *self, gconstpointer data)
{
  static const Wanted adam = { { "epochs=3,optimizer=adam" }, 32 }, sgd = { { "epochs=3,optimizer=sgd,momentum=0" }, 32 };
  static const Wanted large = { { "epochs=3,bn=batch" }, 64 }, small = { { "epochs=3,bn=batch" }, 8 }, fresh = { { "epochs=3" }, 32, TRUE };
  static const Wanted two = { { "preset=head,epochs=5", "epochs=2" }, 32 };
  ThawCost a, b, head;
  gint64 trainable;

  thaw_network_set_preset (self->network, "all");
  trainable = thaw_network_get_cost (self->network)->trainable;
  thaw_network_set_work (self->network, 2000, 500, 1);
  while (thaw_network_get_cost (self->network)->phases[0].epoch_seconds == 0)
    g_main_context_iteration (NULL, TRUE);
  a = cost_of (self, &adam);
  b = cost_of (self, &sgd);
  g_assert_cmpuint (a.n_phases, ==, 1);
  g_assert_cmpuint (a.memory - b.memory, ==, 2 * (gsize) trainable * sizeof (float));
  g_assert_cmpuint (cost_of (self, &large).memory, >, cost_of (self, &small).memory);
  g_assert_cmpfloat (cost_of (self, &fresh).phases[0].epoch_seconds, >, a.phases[0].epoch_seconds);
  /* each phase by itself, the larger of the two and the sum of both */
  b = cost_of (self, &two);
  thaw_network_set_preset (self->network, "head");
  head = cost_of (self, &adam);
  g_assert_cmpuint (b.n_phases, ==, 2);
  g_assert_cmpint (b.phases[0].epochs, ==, 5);
  g_assert_cmpuint (b.phases[0].run_memory, ==, head.phases[0].run_memory);
  g_assert_cmpuint (b.phases[1].run_memory, ==, a.phases[0].run_memory);
  g_assert_cmpuint (b.memory, ==, a.memory);
  g_assert_cmpfloat_with_epsilon (b.seconds, head.phases[0].once_seconds + 5 * head.phases[0].epoch_seconds + a.phases[0].once_seconds
                                                 + 2 * a.phases[0].epoch_seconds + a.end_seconds, 1e-9);
  g_assert_cmpfloat (a.end_seconds, >, 0);
}

/* While something trains nothing is measured; it is made up for afterwards */
static void
test_measuring (Fixture *self, gconstpointer data)
{
  const ThawCost *cost = thaw_network_get_cost (self->network);
  gint64 until = g_get_monotonic_time () + 2500 * G_TIME_SPAN_MILLISECOND;

  /* threads that no other test has measured with */
  thaw_network_set_work (self->network, 200, 50, 3);
  thaw_network_set_training (self->network, TRUE);
  while (g_get_monotonic_time () < until)
    g_main_context_iteration (NULL, FALSE);
  g_assert_false (cost->measured);
  thaw_network_set_training (self->network, FALSE);
  while (!cost->measured)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = thaw_test_directory ();

  /* speeds are kept in the user's data folder: this one */
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/network/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("presets", test_presets);
  ADD ("groups", test_groups);
  ADD ("rows-notify", test_rows_notify);
  ADD ("from-and-up-to", test_from_and_up_to);
  ADD ("statistics", test_statistics);
  ADD ("head", test_head);
  ADD ("head-refused", test_head_refused);
  ADD ("labels", test_labels);
  ADD ("json", test_json);
  ADD ("missing", test_missing);
  ADD ("backbones", test_backbones);
  ADD ("cost", test_cost);
  ADD ("cost-of-options", test_cost_of_options);
  ADD ("measuring", test_measuring);
#undef ADD
  return g_test_run ();
}
