/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What training is said to need, against what it was seen to need. "test-train-cost measure" prints the latter. */
#include "thaw-train-fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#define MIB 1048576.

/* hymenoptera's 244 + 153 pictures, EfficientNet-Lite0, an epoch. MiB that a process grew by at most, measured on two cores (AMD EPYC, AVX-512). */
static const struct
{
  const char *name, *phase;
  int         batch;
  guint       threads;
  double      measured;
} cases[] = {
  { "head", "preset=head", 32, 2, 91 },
  { "last", "preset=last,optimizer=adamw", 32, 2, 170 },
  { "middle", "train-from=blocks.3", 32, 2, 214 },
  { "all", "preset=all,optimizer=sgd", 32, 2, 235 },
  { "all-one-thread", "preset=all", 32, 1, 298 },
  { "all-statistics", "preset=all,bn=batch", 16, 2, 697 },
};

static ThawModel *
load_model (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) backbone = thaw_backbone_open ("efficientnet_lite0", &error);
  g_autoptr (ThawModel) headed = NULL;
  ThawHead head;

  if (!backbone)
    return NULL;
  g_assert_true (thaw_head_parse (&head, THAW_HEAD_DEFAULT, NULL));
  headed = thaw_model_with_head (backbone, &head, (const char *const[]){ "ants", "bees", NULL }, 1, NULL);
  return thaw_model_copy (headed);
}

static ThawTrainOptions *
options_of (guint i)
{
  ThawTrainOptions *options = thaw_train_options_new ();
  ThawPhase *phase = g_ptr_array_index (options->phases, 0);

  g_assert_true (thaw_phase_parse (phase, cases[i].phase, NULL));
  phase->epochs = 1;
  phase->lr = 1e-4;
  options->batch = cases[i].batch;
  options->threads = cases[i].threads;
  options->disk = 0;
  return options;
}

static double
resident (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return (double) g_ascii_strtoull (strchr (text, ' '), NULL, 10) * (double) sysconf (_SC_PAGESIZE) / MIB;
}

/* In a process of its own: the peak is that of one run */
static void
measure (guint i, const char *folder)
{
  g_autoptr (ThawTrainOptions) options = options_of (i);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawTrainer) trainer = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GError) error = NULL;
  ThawTrainCost cost;
  struct rusage usage;
  double before;

  g_assert_true (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, NULL));
  before = resident ();
  model = load_model ();
  g_assert_nonnull (model);
  g_assert_true (thaw_train_cost (model, g_ptr_array_index (options->phases, 0), options, 244, 153, &cost, NULL));
  trainer = thaw_trainer_new (model, dataset, options, NULL, &error);
  g_assert_no_error (error);
  thaw_trainer_run (trainer, NULL, &error);
  g_assert_no_error (error);
  getrusage (RUSAGE_SELF, &usage);
  printf ("%s: %.0f MiB, said %.0f (parameters %.1f moments %.1f best %.1f pass %.1f step %.1f pictures %.1f ahead %.1f)\n", cases[i].name,
          (double) usage.ru_maxrss / 1024 - before, (double) cost.total / MIB, (double) cost.parameters / MIB, (double) cost.moments / MIB,
          (double) cost.best / MIB, (double) cost.pass / MIB, (double) cost.step / MIB, (double) cost.pictures / MIB, (double) cost.ahead / MIB);
}

static void
measure_all (const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      pid_t child = fork ();

      if (child == 0)
        {
          measure (i, folder);
          fflush (stdout);
          _exit (0);
        }
      waitpid (child, NULL, 0);
    }
}

static void
test_measured (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (ThawTrainOptions) options = options_of (i);
  g_autoptr (ThawModel) model = load_model ();
  g_autoptr (GError) error = NULL;
  ThawTrainCost cost;
  double ratio;

  if (!model)
    {
      g_test_skip ("the backbone is not there");
      return;
    }
  thaw_train_cost (model, g_ptr_array_index (options->phases, 0), options, 244, 153, &cost, &error);
  g_assert_no_error (error);
  ratio = (double) cost.total / MIB / cases[i].measured;
  g_test_message ("%.0f MiB, measured %.0f", (double) cost.total / MIB, cases[i].measured);
  g_assert_cmpfloat (ratio, >, .75);
  g_assert_cmpfloat (ratio, <, 1.25);
}

static ThawTrainCost
cost_of (const ThawModel *model, const char *phase, int batch, guint threads, guint pictures)
{
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  ThawTrainCost cost;

  g_assert_true (thaw_phase_parse (g_ptr_array_index (options->phases, 0), phase, NULL));
  options->batch = batch;
  options->threads = threads;
  g_assert_true (thaw_train_cost (model, g_ptr_array_index (options->phases, 0), options, pictures, pictures / 4, &cost, NULL));
  return cost;
}

/* More that trains, more threads, larger batches of batch statistics, more pictures: more memory, within the options' budget */
static void
test_grows (void)
{
  g_autoptr (ThawModel) model = thaw_fixture_model ("dropout=0.2,linear");
  ThawTrainCost head = cost_of (model, "preset=head", 8, 2, 100), last = cost_of (model, "train-from=block2", 8, 2, 100);
  ThawTrainCost all = cost_of (model, "preset=all", 8, 2, 100), sgd = cost_of (model, "preset=all,optimizer=sgd", 8, 2, 100);
  ThawTrainCost batch = cost_of (model, "preset=all,bn=batch", 8, 2, 100), large = cost_of (model, "preset=all,bn=batch", 64, 2, 100);
  ThawTrainCost many = cost_of (model, "preset=head", 8, 2, 50000000);

  g_assert_cmpint (head.trainable, ==, 51);
  g_assert_cmpuint (head.moments, ==, 2 * 51 * 4);
  g_assert_cmpuint (head.best, ==, 51 * 4);
  g_assert_cmpuint (head.parameters, ==, all.parameters);
  g_assert_cmpuint (all.moments, ==, 2 * sgd.moments);
  g_assert_cmpuint (head.pictures, ==, 125 * 16 * 4);
  g_assert_cmpuint (all.pictures, ==, 125 * 24 * 24 * 3);
  g_assert_cmpuint (head.step, <, last.step);
  g_assert_cmpuint (last.step, <, all.step);
  g_assert_cmpuint (batch.step, <, large.step);
  g_assert_cmpuint (all.pass, ==, 0);
  g_assert_cmpfloat (head.pass_multiply_adds, >, last.pass_multiply_adds);
  g_assert_cmpfloat (head.step_multiply_adds, <, last.step_multiply_adds);
  g_assert_true (head.in_memory);
  g_assert_false (many.in_memory);
  g_assert_cmpuint (many.pictures, <=, (gsize) 512 << 20);
}

static void
test_refused (void)
{
  g_autoptr (ThawModel) model = thaw_fixture_model ("linear");
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  g_autoptr (GError) error = NULL;
  ThawTrainCost cost;

  g_assert_true (thaw_phase_parse (g_ptr_array_index (options->phases, 0), "freeze=*", NULL));
  g_assert_false (thaw_train_cost (model, g_ptr_array_index (options->phases, 0), options, 10, 2, &cost, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

/* A line that follows every click: what it takes is printed, and never decides */
static void
test_fast (void)
{
  g_autoptr (ThawModel) model = load_model ();
  gint64 start = g_get_monotonic_time ();

  if (!model)
    {
      g_test_skip ("the backbone is not there");
      return;
    }
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 10; i++)
    g_assert_cmpfloat (cost_of (model, "preset=all", 32, 2, 1000).step_multiply_adds, >, 0);
  g_test_message ("%.2f ms", (double) (g_get_monotonic_time () - start) / 10000);
}

int
main (int argc, char **argv)
{
  if (argc > 2 && strcmp (argv[1], "measure") == 0)
    {
      measure_all (argv[2]);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/train/cost/measured/", cases[i].name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_measured);
    }
  g_test_add_func ("/train/cost/grows", test_grows);
  g_test_add_func ("/train/cost/refused", test_refused);
  g_test_add_func ("/train/cost/fast", test_fast);
  return g_test_run ();
}
