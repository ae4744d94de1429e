/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run that is paused and changed while it goes on. */
#include "thaw-train-fixture.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>

#define TRAIN 7
#define VAL 4
#define BATCH 4
#define STEPS_OF_EPOCH 6 /* 3 x TRAIN pictures */

typedef struct
{
  guint64     at;          /* step after which it is asked for */
  double      rate;
  const char *freezing;
} Change;

typedef struct
{
  const char *name;
  const char *head;
  const char *phases[2];
  Change      changes[5];
  float       flip;
  guint       variants;
  gsize       memory;
} Run;

static const Run runs[] = {
  { "rate", "dropout=0.3,linear", { "preset=head,epochs=3,lr=.01,schedule=cosine" }, { { 4, .rate = .002 }, { 13, .rate = .1 } } },
  { "thaw", "dropout=0.3,linear", { "preset=head,epochs=3,lr=.01" }, { { 4, .freezing = "train-from=block2" } } },
  { "freeze", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01" }, { { 4, .freezing = "preset=head" } } },
  { "to-and-fro", "linear", { "preset=head,epochs=4,lr=.01,optimizer=rmsprop" },
    { { 3, .freezing = "preset=all,bn=batch" }, { 8, .freezing = "preset=head" }, { 9, .rate = .003 }, { 14, .rate = .001, .freezing = "freeze=stem" } } },
  { "momentum", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01,optimizer=sgd,rate=block2=.5,weight-decay=.01" },
    { { 2, .freezing = "train-from=block1" }, { 6, .freezing = "preset=head" }, { 12, .freezing = "preset=all" } } },
  { "phases", "dropout=0.2,linear", { "preset=head,epochs=2,lr=.02", "train-from=block2,epochs=2,lr=.003,patience=1" },
    { { 5, .freezing = "preset=all" }, { 15, .rate = .001, .freezing = "preset=head" } } },
  { "augmented", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01" }, { { 4, .freezing = "train-from=block2" } }, .flip = .5f },
  { "variants", "linear", { "preset=all,epochs=4,lr=.01" }, { { 4, .freezing = "train-from=block2" }, { 9, .freezing = "preset=head" } }, .flip = .5f, .variants = 2 },
  { "no-memory", "dropout=0.3,linear", { "preset=all,epochs=3,lr=.01" }, { { 4, .freezing = "train-from=block2" } }, .memory = 2000 },
};

static char *folder;

static ThawPhase *
phase_of (const char *text)
{
  ThawPhase *phase = thaw_phase_new ();
  g_autoptr (GError) error = NULL;

  thaw_phase_parse (phase, text, &error);
  g_assert_no_error (error);
  return phase;
}

static ThawTrainOptions *
options_of (const Run *run)
{
  ThawTrainOptions *options = thaw_train_options_new ();

  g_ptr_array_set_size (options->phases, 0);
  for (guint i = 0; i < G_N_ELEMENTS (run->phases) && run->phases[i]; i++)
    g_ptr_array_add (options->phases, phase_of (run->phases[i]));
  options->batch = BATCH;
  options->augmentation.flip = run->flip;
  options->variants = run->variants;
  options->memory = run->memory;
  options->threads = 2;
  options->disk = 0;
  options->seed = 11;
  return options;
}

/* What is asked of a run at which of its steps */
typedef struct
{
  const Run         *run;
  ThawFixtureRecord *record;
  guint64            base;     /* steps before it was resumed */
  guint              next;     /* change */
} Plan;

static void
ask_cb (gpointer data, guint64 step)
{
  Plan *plan = data;

  for (; plan->next < G_N_ELEMENTS (plan->run->changes) && plan->run->changes[plan->next].at <= plan->base + step; plan->next++)
    {
      const Change *change = &plan->run->changes[plan->next];
      g_autoptr (ThawPhase) freezing = change->freezing ? phase_of (change->freezing) : NULL;

      if (change->at == 0)
        return;
      if (change->rate > 0)
        g_assert_true (thaw_train_control_set_rate (plan->record->control, change->rate, NULL));
      if (freezing)
        thaw_train_control_set_freezing (plan->record->control, freezing);
    }
}

static ThawFixtureRecord *
train (const Run *run, ThawModel *model, const ThawTrainState *from, guint64 base, guint next, double interval)
{
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawTrainOptions) options = options_of (run);
  ThawFixtureRecord *record = thaw_fixture_record_new ();
  Plan plan = { .run = run, .record = record, .base = base, .next = next };

  record->control = thaw_train_control_new ();
  record->hook = ask_cb;
  record->hook_data = &plan;
  ask_cb (&plan, 0);
  thaw_fixture_train (model, dataset, options, from, record, interval, NULL);
  record->hook = NULL;
  return record;
}

static guint64
number_in (const ThawTrainState *state, const char *name)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  g_assert_true (json_parser_load_from_data (parser, state->json, -1, NULL));
  return (guint64) json_object_get_int_member (json_node_get_object (json_parser_get_root (parser)), name);
}

/* Changes as an index from how many were told: a change of both is told twice */
static guint
next_change (const Run *run, guint told)
{
  guint i = 0;

  for (; i < G_N_ELEMENTS (run->changes) && run->changes[i].at && told; i++)
    told -= (run->changes[i].rate > 0) + (run->changes[i].freezing != NULL);
  g_assert_cmpuint (told, ==, 0);
  return i;
}

/* From every state the same changes at the same steps lead to the same bits. */
static void
test_resume (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (ThawModel) model = thaw_fixture_model (run->head), unchanged = thaw_fixture_model (run->head);
  g_autoptr (ThawFixtureRecord) whole = train (run, model, NULL, 0, 0, 1e-9);
  g_autoptr (ThawFixtureRecord) plain = train (run, unchanged, NULL, 0, G_N_ELEMENTS (run->changes), 1e9);
  g_autofree char *hash = thaw_model_hash (model, NULL), *other = thaw_model_hash (unchanged, NULL);

  g_assert_cmpstr (hash, !=, other);
  for (guint i = 0; i < whole->events->len; i++)
    g_test_message ("%s", (const char *) g_ptr_array_index (whole->events, i));
  g_assert_cmpuint (next_change (run, whole->changes), >, 0);
  for (guint k = 0; k < whole->states->len; k++)
    {
      const ThawTrainState *state = g_ptr_array_index (whole->states, k);
      const guint64 base = number_in (state, "epoch") * STEPS_OF_EPOCH + number_in (state, "step");
      g_autoptr (ThawModel) again = thaw_fixture_model (run->head);
      g_autoptr (ThawFixtureRecord) rest
          = train (run, again, state, base, next_change (run, g_array_index (whole->state_changes, guint, k)), 1e9);
      g_autofree char *reached = thaw_model_hash (again, NULL);

      g_assert_cmpuint (rest->steps + base, ==, whole->steps);
      g_assert_cmpstr (reached, ==, hash);
      thaw_fixture_same_epochs (whole->epochs, rest->epochs, whole->epochs->len - rest->epochs->len);
    }
  g_test_message ("%u states", whole->states->len);
}

static ThawFreeze *
freezing_at (const Run *run, const ThawModel *model, guint told)
{
  const char *text = run->phases[0];
  g_autoptr (ThawPhase) phase = NULL;
  ThawFreeze *freeze;

  for (guint i = 0; i < next_change (run, told); i++)
    text = run->changes[i].freezing ? run->changes[i].freezing : text;
  phase = phase_of (text);
  freeze = thaw_phase_freeze (phase, model, NULL);
  g_assert_nonnull (freeze);
  return freeze;
}

/* Between two states of a run only what trains has moved, and that has. */
static void
check_moves (const Run *run, const ThawModel *model, const ThawTrainState *a, const ThawTrainState *b, guint told)
{
  g_autoptr (ThawFreeze) freeze = freezing_at (run, model, told);
  guint moved = 0;

  for (guint i = 0; i < thaw_tensor_map_size (b->tensors); i++)
    {
      const char *key = thaw_tensor_map_name (b->tensors, i), *name = key + strlen ("model/");
      const ThawTensor *after = thaw_tensor_map_at (b->tensors, i), *before = thaw_tensor_map_get (a->tensors, key);
      const ThawNode *node = g_str_has_prefix (key, "model/") ? thaw_graph_find (model->graph, name) : NULL;
      g_autofree char *layer = node ? g_strndup (name, strrchr (name, '.') - name) : NULL;

      if (!node || !before)
        continue;
      if (memcmp (before->data, after->data, after->bytes) == 0)
        continue;
      moved++;
      g_assert_true (thaw_graph_is_weight (model->graph, node) ? thaw_freeze_is_trainable (freeze, name)
                                                               : thaw_freeze_uses_batch_statistics (freeze, layer));
    }
  if (number_in (a, "step") != number_in (b, "step"))
    g_assert_cmpuint (moved, >, 0);
}

static void
test_frozen (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (ThawModel) model = thaw_fixture_model (run->head);
  g_autoptr (ThawFixtureRecord) whole = train (run, model, NULL, 0, 0, 1e-9);

  for (guint k = 1; k < whole->states->len && number_in (g_ptr_array_index (whole->states, k), "phase") == 0; k++)
    check_moves (run, model, g_ptr_array_index (whole->states, k - 1), g_ptr_array_index (whole->states, k),
                 g_array_index (whole->state_changes, guint, k - 1));
}

/* What is newly thawed begins as at a first step: Adam moves it by its rate. */
static void
test_first_step (void)
{
  const Run *run = &runs[1];
  g_autoptr (ThawModel) model = thaw_fixture_model (run->head);
  g_autoptr (ThawFixtureRecord) whole = train (run, model, NULL, 0, 0, 1e-9);
  static const char key[] = "model/block2.conv.weight";
  ThawTensor *x, *y;
  guint k = 0;
  double most = 0;

  while (g_array_index (whole->state_changes, guint, k) == 0)
    k++;
  x = thaw_tensor_map_get (((ThawTrainState *) g_ptr_array_index (whole->states, k))->tensors, key);
  y = thaw_tensor_map_get (((ThawTrainState *) g_ptr_array_index (whole->states, k + 1))->tensors, key);
  for (gint64 n = 0; n < thaw_tensor_count (x); n++)
    most = MAX (most, fabs ((double) thaw_tensor_f32 (y)[n] - thaw_tensor_f32 (x)[n]));
  g_assert_cmpfloat_with_epsilon (most, .01, .0002);
}

/* --- pausing --- */

typedef struct
{
  ThawFixtureRecord *record;
  ThawModel         *model;
  const ThawTrainState *from;
  GError            *error;
  gboolean           good;
} Job;

static gpointer
job_cb (gpointer data)
{
  Job *job = data;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawTrainOptions) options = options_of (&runs[0]);

  job->record->thread = g_thread_self ();
  job->good = thaw_fixture_train (job->model, dataset, options, job->from, job->record, 1e9, &job->error);
  return NULL;
}

static void
pause_cb (gpointer data, guint64 step)
{
  ThawFixtureRecord *record = data;

  if (step == 3 || step == 7)
    thaw_train_control_pause (record->control);
}

static void
wait_for_pause (ThawFixtureRecord *record)
{
  for (guint i = 0; !g_atomic_int_get (&record->paused); i++)
    {
      g_assert_cmpuint (i, <, 10000);
      g_usleep (1000);
    }
}

static ThawFixtureRecord *
pausing_record (void)
{
  ThawFixtureRecord *record = thaw_fixture_record_new ();

  record->control = thaw_train_control_new ();
  record->hook = pause_cb;
  record->hook_data = record;
  /* before the first picture went through the frozen part */
  thaw_train_control_pause (record->control);
  return record;
}

/* Pauses change no bits; nothing goes on in one; a state was offered before it. */
static void
test_pause (void)
{
  static const guint64 steps[] = { 0, 3, 7 };
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[0].head), plain = thaw_fixture_model (runs[0].head);
  g_autoptr (ThawFixtureRecord) unpaused = train (&runs[0], plain, NULL, 0, G_N_ELEMENTS (runs[0].changes), 1e9);
  g_autoptr (ThawFixtureRecord) record = pausing_record ();
  Job job = { .record = record, .model = model };
  GThread *thread = g_thread_new ("run", job_cb, &job);
  g_autofree char *hash = NULL, *wanted = thaw_model_hash (plain, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      wait_for_pause (record);
      g_usleep (20000);
      g_assert_cmpuint (record->steps, ==, steps[i]);
      g_assert_cmpuint (record->pauses, ==, i + 1);
      g_assert_cmpuint (record->states->len, >=, i + 1);
      g_atomic_int_set (&record->paused, 0);
      thaw_train_control_go_on (record->control);
    }
  g_thread_join (thread);
  g_assert_no_error (job.error);
  g_assert_true (job.good);
  hash = thaw_model_hash (model, NULL);
  g_assert_cmpstr (hash, ==, wanted);
  thaw_fixture_same_epochs (unpaused->epochs, record->epochs, 0);
}

/* A paused run is stopped like any other, and goes on from there. */
static void
test_stop_paused (void)
{
  g_autoptr (ThawModel) plain = thaw_fixture_model (runs[0].head);
  g_autoptr (ThawFixtureRecord) unpaused = train (&runs[0], plain, NULL, 0, G_N_ELEMENTS (runs[0].changes), 1e9);
  g_autofree char *wanted = thaw_model_hash (plain, NULL);

  for (guint pauses = 0; pauses < 2; pauses++)
    {
      g_autoptr (ThawModel) model = thaw_fixture_model (runs[0].head), again = thaw_fixture_model (runs[0].head);
      g_autoptr (ThawFixtureRecord) record = pausing_record (), rest = NULL;
      Job job = { .record = record, .model = model };
      GThread *thread = g_thread_new ("run", job_cb, &job);
      g_autofree char *hash = NULL;

      wait_for_pause (record);
      if (pauses)
        {
          g_atomic_int_set (&record->paused, 0);
          thaw_train_control_go_on (record->control);
          wait_for_pause (record);
        }
      g_cancellable_cancel (record->cancellable);
      g_thread_join (thread);
      g_assert_error (job.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&job.error);
      rest = train (&runs[0], again, g_ptr_array_index (record->states, record->states->len - 1), record->steps, G_N_ELEMENTS (runs[0].changes), 1e9);
      g_assert_cmpuint (rest->steps + record->steps, ==, unpaused->steps);
      hash = thaw_model_hash (again, NULL);
      g_assert_cmpstr (hash, ==, wanted);
    }
}

/* What cannot be is said and changes nothing. */
static void
test_refused (void)
{
  static const Run run = { "refused", "dropout=0.3,linear", { "preset=head,epochs=3,lr=.01,schedule=cosine" },
                           { { 2, .freezing = "train-from=block77" }, { 3, .freezing = "freeze=stem,freeze=block1,freeze=block2,freeze=head" },
                             { 4, .rate = .01 }, { 5, .freezing = "preset=head" } } };
  g_autoptr (ThawModel) model = thaw_fixture_model (run.head), plain = thaw_fixture_model (run.head);
  g_autoptr (ThawFixtureRecord) record = train (&run, model, NULL, 0, 0, 1e9);
  g_autoptr (ThawFixtureRecord) other = train (&run, plain, NULL, 0, G_N_ELEMENTS (run.changes), 1e9);
  g_autofree char *a = thaw_model_hash (model, NULL), *b = thaw_model_hash (plain, NULL);
  guint told = 0;

  g_assert_cmpstr (a, ==, b);
  g_assert_cmpuint (record->changes, ==, 0);
  for (guint i = 0; i < record->events->len; i++)
    told += g_str_has_prefix (g_ptr_array_index (record->events, i), "what trains was not changed");
  g_assert_cmpuint (told, ==, 2);
  g_assert_false (thaw_train_control_set_rate (record->control, 0, NULL));
  g_assert_false (thaw_train_control_set_rate (record->control, NAN, NULL));
}

/* A state whose change does not fit is refused in one line. */
static void
test_damaged (void)
{
  static const char *const changes[] = { "\"changed\":7", "\"changed\":{\"train-from\":\"block77\"}", "\"changed\":{\"lr\":\"fast\"}",
                                         "\"changed\":{},\"moments-since\":[1]", "\"changed\":{},\"moments-since\":{\"head.1.bias\":9000000}",
                                         "\"changed\":{\"preset\":\"all\"}" };
  g_autoptr (ThawModel) model = thaw_fixture_model (runs[0].head);
  g_autoptr (ThawFixtureRecord) whole = train (&runs[0], model, NULL, 0, G_N_ELEMENTS (runs[0].changes), 1e-9);
  ThawTrainState *state = g_ptr_array_index (whole->states, 2);
  g_autofree char *good = g_steal_pointer (&state->json);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (ThawModel) again = thaw_fixture_model (runs[0].head);
      g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
      g_autoptr (ThawTrainOptions) options = options_of (&runs[0]);
      g_autoptr (ThawTrainer) trainer = thaw_trainer_new (again, dataset, options, NULL, NULL);
      g_autoptr (GError) error = NULL;

      g_free (state->json);
      state->json = g_strdup_printf ("{%s,%s", changes[i], good + 1);
      g_assert_false (thaw_trainer_restore (trainer, state, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_assert_null (strchr (error->message, '\n'));
      g_test_message ("%s", error->message);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = thaw_fixture_pictures (TRAIN, VAL);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autofree char *resume = g_strconcat ("/train/control/resume/", runs[i].name, NULL);
      g_autofree char *frozen = g_strconcat ("/train/control/frozen/", runs[i].name, NULL);

      g_test_add_data_func (resume, &runs[i], test_resume);
      g_test_add_data_func (frozen, &runs[i], test_frozen);
    }
  g_test_add_func ("/train/control/first-step", test_first_step);
  g_test_add_func ("/train/control/pause", test_pause);
  g_test_add_func ("/train/control/stop-paused", test_stop_paused);
  g_test_add_func ("/train/control/refused", test_refused);
  g_test_add_func ("/train/control/damaged", test_damaged);
  status = g_test_run ();
  g_free (folder);
  return status;
}
