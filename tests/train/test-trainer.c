/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>

#define TRAIN 7
#define VAL 4

/* The runs that must be repeatable to the bit, whatever interrupts them */
static const struct
{
  const char *name;
  const char *head;
  const char *phases[3];
  float       flip;         /* 0: no augmentation */
  guint       variants;
  double      smoothing;
  gboolean    balanced;
  guint       threads;
  gsize       memory;       /* 0: default */
  int         batch;        /* 0: 4 */
} runs[] = {
  { "head", "dropout=0.3,linear", { "preset=head,epochs=3,lr=.01" }, .threads = 2 },
  { "clip", "linear=8,relu,linear", { "preset=head,epochs=2,lr=.1,optimizer=sgd,nesterov=yes,clip=.1,weight-decay=.01" }, .threads = 1,
    .smoothing = .1, .balanced = TRUE },
  { "block", "dropout=0.3,linear", { "train-from=block2,epochs=3,lr=.01,optimizer=adamw,schedule=cosine,warmup=1,rate=block2=.1" },
    .threads = 2 },
  { "all", "dropout=0.3,linear", { "preset=all,epochs=2,lr=.01,optimizer=rmsprop" }, .threads = 2 },
  { "all-small-memory", "dropout=0.3,linear", { "preset=all,epochs=2,lr=.01,optimizer=rmsprop" }, .threads = 2, .memory = 4096 },
  { "batch-statistics", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01,bn=batch" }, .threads = 2 },
  { "batch-one-thread", "linear=6,batchnorm,relu,linear", { "train-from=block1,epochs=2,lr=.01,bn=block2=batch" }, .threads = 1 },
  { "middle", "linear", { "freeze=block2,freeze=stem,epochs=2,lr=.01,optimizer=sgd,weight-decay=.1" }, .threads = 2 },
  { "augmented", "dropout=0.3,linear", { "preset=head,epochs=3,lr=.01" }, .flip = .5f, .threads = 2 },
  { "variants", "dropout=0.3,linear", { "preset=head,epochs=4,lr=.01" }, .flip = .5f, .variants = 3, .threads = 2 },
  { "augmented-all", "linear", { "preset=all,epochs=2,lr=.01" }, .flip = .5f, .threads = 2 },
  { "phases", "dropout=0.2,linear",
    { "preset=head,epochs=3,lr=.02", "preset=all,epochs=2,lr=.003,optimizer=sgd,bn=batch", "train-from=block2,epochs=1,lr=.01" },
    .threads = 2 },
  { "threads", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01,clip=1" }, .threads = 2, .batch = 12 },
  { "threads-statistics", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01,bn=batch" }, .threads = 2, .batch = 12 },
  { "patience", "linear", { "preset=head,epochs=9,lr=3,optimizer=sgd,patience=1", "preset=last,epochs=2,lr=.001" }, .threads = 2 },
};

static char *folder;  /* the pictures all runs share */

static ThawTrainOptions *
run_options (guint i)
{
  ThawTrainOptions *options = thaw_train_options_new ();

  g_ptr_array_set_size (options->phases, 0);
  for (guint p = 0; p < G_N_ELEMENTS (runs[i].phases) && runs[i].phases[p]; p++)
    {
      ThawPhase *phase = thaw_phase_new ();
      g_autoptr (GError) error = NULL;

      thaw_phase_parse (phase, runs[i].phases[p], &error);
      g_assert_no_error (error);
      g_ptr_array_add (options->phases, phase);
    }
  options->batch = runs[i].batch ? runs[i].batch : 4;
  options->augmentation.flip = runs[i].flip;
  options->augmentation.colour = runs[i].flip / 5;
  options->variants = runs[i].variants;
  options->label_smoothing = runs[i].smoothing;
  options->balanced = runs[i].balanced;
  options->threads = runs[i].threads;
  options->memory = runs[i].memory;
  options->disk = 0;
  options->seed = 11;
  return options;
}

static char *
model_hash (const ThawModel *model)
{
  return thaw_model_hash (model, NULL);
}

static ThawFixtureRecord *
train_run (guint i, ThawModel *model, const ThawTrainOptions *options, const ThawTrainState *from, double interval)
{
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  ThawFixtureRecord *record = thaw_fixture_record_new ();

  thaw_fixture_train (model, dataset, options, from, record, interval, NULL);
  return record;
}

/* The same seed and threads give the same bits; from every state that was offered, too. */
static void
test_resume (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (ThawTrainOptions) options = run_options (i);
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
  g_autoptr (ThawFixtureRecord) whole = NULL;
  g_autofree char *before = model_hash (model), *hash = NULL;

  whole = train_run (i, model, options, NULL, 1e-9);
  hash = model_hash (model);
  g_assert_cmpstr (hash, !=, before);
  g_assert_cmpuint (whole->states->len, >=, whole->steps);
  for (guint k = 0; k < whole->states->len; k++)
    {
      g_autoptr (ThawModel) again = thaw_fixture_model (runs[i].head);
      const ThawTrainState *state = g_ptr_array_index (whole->states, k);
      g_autoptr (ThawFixtureRecord) rest = train_run (i, again, options, state, 1e9);
      g_autofree char *reached = model_hash (again);

      g_assert_cmpstr (reached, ==, hash);
      thaw_fixture_same_epochs (whole->epochs, rest->epochs, whole->epochs->len - rest->epochs->len);
    }
  g_test_message ("%u states", whole->states->len);
}

/* Where the features come from makes no difference. */
static void
test_features (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autofree char *directory = thaw_test_directory ();
  g_autofree char *first = NULL;
  g_autoptr (ThawFixtureRecord) first_record = NULL;
  static const struct { gsize memory, disk; } places[] = { { 0, 0 }, { 0, 1 << 20 }, { 0, 1 << 20 }, { 1, 1 << 20 }, { 1, 0 }, { 2000, 0 } };

  for (guint k = 0; k < G_N_ELEMENTS (places); k++)
    {
      g_autoptr (ThawTrainOptions) options = run_options (i);
      g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
      g_autoptr (ThawFixtureRecord) record = NULL;
      g_autofree char *hash = NULL;

      options->memory = places[k].memory;
      options->disk = places[k].disk;
      options->cache_directory = g_strdup (directory);
      record = train_run (i, model, options, NULL, 1e9);
      hash = model_hash (model);
      if (k == 2 && !(runs[i].flip && !runs[i].variants) && record->features_total)
        g_assert_cmpuint (record->features_cached, ==, record->features_total);
      if (k == 0)
        {
          first = g_steal_pointer (&hash);
          first_record = g_steal_pointer (&record);
          continue;
        }
      g_assert_cmpstr (hash, ==, first);
      thaw_fixture_same_epochs (first_record->epochs, record->epochs, 0);
    }
}

/* Frozen tensors keep their bits under weight decay and momentum, and those that train move. */
static void
test_frozen (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (ThawTrainOptions) options = run_options (i);
  g_autoptr (ThawModel) start = thaw_fixture_model (runs[i].head);

  for (guint p = 0; p < options->phases->len; p++)
    {
      ThawPhase *phase = g_ptr_array_index (options->phases, p);
      g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (phase, start, NULL);
      g_autoptr (ThawTrainOptions) one = thaw_train_options_copy (options);
      g_autoptr (ThawModel) trained = thaw_fixture_model (runs[i].head);
      g_autoptr (ThawFixtureRecord) record = NULL;
      guint moved = 0;

      g_ptr_array_set_size (one->phases, 0);
      g_ptr_array_add (one->phases, thaw_phase_copy (phase));
      phase = g_ptr_array_index (one->phases, 0);
      phase->optimizer.weight_decay = .1;
      phase->optimizer.momentum = phase->optimizer.kind == THAW_OPTIMIZER_SGD ? .9 : 0;
      record = train_run (i, trained, one, NULL, 1e9);
      for (guint k = 0; k < thaw_tensor_map_size (start->parameters); k++)
        {
          const char *name = thaw_tensor_map_name (start->parameters, k);
          const ThawNode *node = thaw_graph_find (start->graph, name);
          g_autofree char *layer = g_strndup (name, strrchr (name, '.') - name);
          g_autofree char *a = thaw_tensor_hash (thaw_tensor_map_at (start->parameters, k));
          g_autofree char *b = thaw_tensor_hash (thaw_tensor_map_get (trained->parameters, name));
          gboolean weight = node && thaw_graph_is_weight (start->graph, node);

          if (weight ? !thaw_freeze_is_trainable (freeze, name) : !thaw_freeze_uses_batch_statistics (freeze, layer))
            g_assert_cmpstr (a, ==, b);
          else
            moved += strcmp (a, b) != 0;
        }
      g_assert_cmpuint (moved, >, 0);
    }
}

static guint
find_run (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    if (strcmp (runs[i].name, name) == 0)
      return i;
  g_assert_not_reached ();
}

/* It learns: stripes are told apart, and what evaluation says is what validation said. */
static void
test_learns (void)
{
  g_autoptr (ThawTrainOptions) options = run_options (find_run ("all"));
  g_autoptr (ThawModel) model = thaw_fixture_model ("linear");
  g_autofree char *pictures = thaw_fixture_pictures (20, 8);
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (pictures);
  g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new ();
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (ThawEvaluation) evaluation = NULL;
  const ThawEpoch *best = NULL;

  g_assert_true (thaw_phase_parse (g_ptr_array_index (options->phases, 0), "epochs=20,lr=.01,optimizer=adam,bn=batch", NULL));
  thaw_fixture_train (model, dataset, options, NULL, record, 1e9, NULL);
  for (guint i = 0; i < record->epochs->len; i++)
    if (g_array_index (record->epochs, ThawEpoch, i).best)
      best = &g_array_index (record->epochs, ThawEpoch, i);
  g_assert_cmpfloat (best->val_accuracy, >=, .9);
  evaluation = thaw_evaluate (model, dataset, THAW_SPLIT_VALIDATION, pool, NULL, NULL);
  g_assert_cmpuint (evaluation->n, ==, 24);
  g_assert_cmpfloat (evaluation->accuracy, ==, best->val_accuracy);
  g_assert_cmpfloat_with_epsilon (evaluation->loss, best->val_loss, 1e-5);
}

/* A checkpoint when cancelled, then on to the bits of the whole run */
static void
test_cancel (void)
{
  const guint i = find_run ("phases");
  g_autoptr (ThawTrainOptions) options = run_options (i);
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
  g_autoptr (ThawFixtureRecord) whole = train_run (i, model, options, NULL, 1e9);
  g_autofree char *hash = model_hash (model);

  for (guint64 at = 1; at <= whole->steps; at += 3)
    {
      g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
      g_autoptr (ThawModel) part = thaw_fixture_model (runs[i].head), again = thaw_fixture_model (runs[i].head);
      g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new (), rest = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *reached = NULL;

      record->cancel_at = at;
      g_assert_false (thaw_fixture_train (part, dataset, options, NULL, record, 1e9, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (record->steps, ==, at);
      rest = train_run (i, again, options, g_ptr_array_index (record->states, record->states->len - 1), 1e9);
      g_assert_cmpuint (rest->steps, ==, whole->steps - at);
      reached = model_hash (again);
      g_assert_cmpstr (reached, ==, hash);
    }
}

static char *
some_picture (ThawDataset *dataset, guint label, ThawSplit split)
{
  for (guint i = 2; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);

      if (sample->label == (int) label && sample->split == split)
        return g_strdup (sample->path);
    }
  g_assert_not_reached ();
}

static guint
count_left_out (const ThawTrainState *state)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  g_assert_true (json_parser_load_from_data (parser, state->json, -1, NULL));
  return json_array_get_length (json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "left-out"));
}

/* Pictures that vanish or are spoilt before the run and after its first steps are left out and told of once; every state that knows of all
 * of them leads to the same bits. */
static void
test_unreadable (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autofree char *pictures = thaw_fixture_pictures (TRAIN, VAL), *hash = NULL;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (pictures);
  g_autofree char *spoilt = some_picture (dataset, 0, THAW_SPLIT_TRAIN), *gone = some_picture (dataset, 1, THAW_SPLIT_VALIDATION);
  g_autoptr (ThawTrainOptions) options = run_options (i);
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
  g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new ();
  guint resumed = 0;

  g_assert_true (g_file_set_contents (spoilt, "no picture", -1, NULL));
  g_assert_cmpint (g_unlink (gone), ==, 0);
  record->remove_at = some_picture (dataset, 2, THAW_SPLIT_TRAIN);
  record->remove_step = 2;
  thaw_fixture_train (model, dataset, options, NULL, record, 1e-9, NULL);
  hash = model_hash (model);
  /* the third is only missed by a run that reads it again */
  g_assert_cmpuint (record->problems->len, >=, 2);
  g_assert_cmpuint (record->problems->len, <=, 3);
  for (guint k = 0; k < record->states->len; k++)
    {
      const ThawTrainState *state = g_ptr_array_index (record->states, k);
      g_autoptr (ThawModel) again = thaw_fixture_model (runs[i].head);
      g_autoptr (ThawFixtureRecord) rest = NULL;
      g_autofree char *reached = NULL;

      if (count_left_out (state) < 3)
        continue;
      rest = thaw_fixture_record_new ();
      thaw_fixture_train (again, dataset, options, state, rest, 1e9, NULL);
      reached = model_hash (again);
      g_assert_cmpstr (reached, ==, hash);
      g_assert_cmpuint (rest->problems->len, ==, 0);
      resumed++;
    }
  g_test_message ("%u problems, resumed %u times", record->problems->len, resumed);
  g_assert_true (resumed > 0 || record->problems->len == 2);
}

/* The last pictures of a class, or of validation, cannot be done without. */
static void
test_class_lost (void)
{
  for (guint split = THAW_SPLIT_TRAIN; split <= THAW_SPLIT_VALIDATION; split++)
    for (guint i = 0; i < 2; i++)
      {
        g_autofree char *pictures = thaw_fixture_pictures (3, 2);
        g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (pictures);
        g_autoptr (ThawTrainOptions) options = run_options (find_run (i ? "all" : "head"));
        g_autoptr (ThawModel) model = thaw_fixture_model ("linear");
        g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new ();
        g_autoptr (GError) error = NULL;

        for (guint k = 0; k < dataset->samples->len; k++)
          {
            const ThawSample *sample = g_ptr_array_index (dataset->samples, k);

            if (sample->split == split && (split == THAW_SPLIT_VALIDATION || sample->label == 1))
              g_assert_true (g_file_set_contents (sample->path, "spoilt", -1, NULL));
          }
        g_assert_false (thaw_fixture_train (model, dataset, options, NULL, record, 1e9, &error));
        g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
        g_test_message ("%s", error->message);
      }
}

/* A changed picture is noticed: the features of the old one are not used. */
static void
test_changed_picture (void)
{
  const guint i = find_run ("head");
  g_autofree char *pictures = thaw_fixture_pictures (TRAIN, VAL), *directory = thaw_test_directory ();
  char *hashes[3];
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (pictures);
  g_autofree char *one = some_picture (dataset, 0, THAW_SPLIT_TRAIN), *other = some_picture (dataset, 1, THAW_SPLIT_TRAIN);

  for (guint k = 0; k < 3; k++)
    {
      g_autoptr (ThawTrainOptions) options = run_options (i);
      g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
      g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new ();

      /* the second time with the features and hashes of the first, the third time from nothing */
      options->disk = k < 2 ? 1 << 20 : 0;
      options->cache_directory = g_strdup (directory);
      thaw_fixture_train (model, dataset, options, NULL, record, 1e9, NULL);
      hashes[k] = model_hash (model);
      if (k == 1)
        g_assert_cmpuint (record->features_total - record->features_cached, <=, 1);
      if (k == 0)
        {
          g_autofree char *contents = NULL;
          gsize length;

          g_assert_true (g_file_get_contents (other, &contents, &length, NULL));
          g_assert_true (g_file_set_contents (one, contents, (gssize) length, NULL));
        }
    }
  g_assert_cmpstr (hashes[0], !=, hashes[1]);
  g_assert_cmpstr (hashes[1], ==, hashes[2]);
  for (guint k = 0; k < 3; k++)
    g_free (hashes[k]);
}

/* The run stops, says what helps, and leaves the best weights (or those of the start). */
static void
test_not_finite (void)
{
  static const char *const phases[] = { "preset=head,epochs=5,lr=1e6,optimizer=sgd,schedule=constant", "preset=all,epochs=5,lr=1e6,optimizer=sgd,rate=*=1e33" };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autoptr (ThawTrainOptions) options = run_options (find_run ("head"));
      g_autoptr (ThawModel) model = thaw_fixture_model ("linear");
      g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
      g_autoptr (ThawFixtureRecord) record = thaw_fixture_record_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *hash = NULL, *best = NULL;
      ThawTensor *bias = thaw_tensor_map_get (model->parameters, "head.0.bias");

      if (i == 0)
        thaw_tensor_f32 (bias)[0] = NAN;
      hash = model_hash (model);
      g_assert_true (thaw_phase_parse (g_ptr_array_index (options->phases, 0), phases[i], NULL));
      g_assert_false (thaw_fixture_train (model, dataset, options, NULL, record, 1e9, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_NOT_FINITE);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "lower the learning rate"));
      if (record->epochs->len == 0)
        {
          best = model_hash (model);
          g_assert_cmpstr (best, ==, hash);
        }
    }
}

/* The runs called "threads" do run in several: the sums are others in another number of them, the result is about the same. */
static void
test_threads (void)
{
  const guint i = find_run ("threads");
  ThawFixtureRecord *records[2];
  char *hashes[2];
  double losses[2];

  for (guint k = 0; k < 2; k++)
    {
      g_autoptr (ThawTrainOptions) options = run_options (i);
      g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);

      options->threads = k + 1;
      records[k] = train_run (i, model, options, NULL, 1e9);
      hashes[k] = model_hash (model);
      losses[k] = g_array_index (records[k]->epochs, ThawEpoch, 0).loss;
    }
  g_assert_cmpstr (hashes[0], !=, hashes[1]);
  g_assert_cmpfloat_with_epsilon (losses[0], losses[1], 1e-4);
  for (guint k = 0; k < 2; k++)
    {
      thaw_fixture_record_free (records[k]);
      g_free (hashes[k]);
    }
}

static void
test_patience (void)
{
  const guint i = find_run ("patience");
  g_autoptr (ThawTrainOptions) options = run_options (i);
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[i].head);
  g_autoptr (ThawFixtureRecord) record = train_run (i, model, options, NULL, 1e9);
  double lowest = HUGE_VAL;
  guint waited = 0, first = 0;

  for (; first < record->epochs->len && g_array_index (record->epochs, ThawEpoch, first).phase == 0; first++)
    {
      const ThawEpoch *epoch = &g_array_index (record->epochs, ThawEpoch, first);

      g_assert_cmpuint (waited, <, 1);
      waited = epoch->val_loss < lowest ? 0 : waited + 1;
      lowest = MIN (lowest, epoch->val_loss);
    }
  g_assert_cmpuint (first, <, 9);
  g_assert_cmpuint (waited, ==, 1);
  g_assert_cmpuint (record->epochs->len, >, first);
}

/* What cannot be trained is refused before anything is done, in one line. */
static void
test_refused (void)
{
  static const char *const phases[] = { "train-from=block7", "freeze=nothing", "freeze=*", "bn=block9=batch", "rate=block9=2", "freeze=stem,freeze=block1,freeze=block2,freeze=head" };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autoptr (ThawTrainOptions) options = run_options (find_run ("head"));
      g_autoptr (ThawModel) model = thaw_fixture_model ("linear");
      g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
      g_autoptr (GError) error = NULL;

      g_assert_true (thaw_phase_parse (g_ptr_array_index (options->phases, 0), phases[i], NULL));
      g_assert_null (thaw_trainer_new (model, dataset, options, NULL, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_test_message ("%s", error->message);
    }
}

static void
add_runs (const char *group, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/train/%s/%s", group, runs[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), func);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = thaw_fixture_pictures (TRAIN, VAL);
  add_runs ("resume", test_resume);
  add_runs ("features", test_features);
  add_runs ("frozen", test_frozen);
  add_runs ("unreadable", test_unreadable);
  g_test_add_func ("/train/learns", test_learns);
  g_test_add_func ("/train/cancel", test_cancel);
  g_test_add_func ("/train/class-lost", test_class_lost);
  g_test_add_func ("/train/changed-picture", test_changed_picture);
  g_test_add_func ("/train/not-finite", test_not_finite);
  g_test_add_func ("/train/threads", test_threads);
  g_test_add_func ("/train/patience", test_patience);
  g_test_add_func ("/train/refused", test_refused);
  status = g_test_run ();
  g_free (folder);
  return status;
}
