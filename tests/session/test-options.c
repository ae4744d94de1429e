/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-options.h>

static const ThawPhase *
phase_at (const ThawTrainOptions *options, guint i)
{
  g_assert_cmpuint (i, <, options->phases->len);
  return g_ptr_array_index (options->phases, i);
}

static void
check_to_train (ThawOptions *self, const ThawTrainOptions *expected, const ThawPhase *freezing)
{
  g_autoptr (ThawTrainOptions) options = thaw_options_to_train (self, freezing);
  g_autofree char *found = thaw_train_options_to_json (options), *wanted = thaw_train_options_to_json (expected);

  g_assert_cmpstr (found, ==, wanted);
}

/* As a run of the command line without options */
static void
test_defaults (void)
{
  ThawOptions *self = thaw_options_new ();
  g_autoptr (ThawTrainOptions) expected = thaw_train_options_new ();
  g_autoptr (ThawPhase) head = thaw_phase_new ();

  check_to_train (self, expected, NULL);
  check_to_train (self, expected, head);
  g_assert_finalize_object (self);
}

/* A flag of the command line and the property that is the same */
static void
test_same_as_flags (void)
{
  static const struct
  {
    const char *name, *value, *flag;
  } cases[] = {
    { "epochs", "7", "epochs=7" },          { "learning-rate", "0.02", "lr=0.02" },       { "optimizer", "adamw", "optimizer=adamw" },
    { "schedule", "one-cycle", "schedule=one-cycle" }, { "warmup", "1.5", "warmup=1.5" }, { "weight-decay", "0.1", "weight-decay=0.1" },
    { "clip", "2", "clip=2" },              { "patience", "3", "patience=3" },            { "head-rate", "10", "rate=head=10" },
    { "optimizer", "sgd", "optimizer=sgd" },   { "optimizer", "rmsprop", "optimizer=rmsprop" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThawOptions *self = thaw_options_new ();
      g_autoptr (ThawTrainOptions) expected = thaw_train_options_new ();
      g_autofree char *json = strcmp (cases[i].name, "optimizer") == 0 || strcmp (cases[i].name, "schedule") == 0
                                  ? g_strdup_printf ("{\"%s\":\"%s\"}", cases[i].name, cases[i].value)
                                  : g_strdup_printf ("{\"%s\":%s}", cases[i].name, cases[i].value);

      g_assert_true (thaw_phase_parse (g_ptr_array_index (expected->phases, 0), cases[i].flag, NULL));
      g_assert_true (thaw_options_from_json (self, json, NULL));
      check_to_train (self, expected, NULL);
      g_assert_finalize_object (self);
    }
}

/* GObject's own limits: nothing out of range arrives. */
static void
test_ranges (void)
{
  ThawOptions *self = thaw_options_new ();
  g_autofree char *optimizer = NULL, *augmentation = NULL;
  int epochs, batch;
  double rate, smoothing;

  g_object_set (self, "epochs", 0, "batch", 1 << 30, "learning-rate", -1., "label-smoothing", 2., "optimizer", "magic", "augmentation", NULL, NULL);
  g_object_get (self, "epochs", &epochs, "batch", &batch, "learning-rate", &rate, "label-smoothing", &smoothing, "optimizer", &optimizer,
                "augmentation", &augmentation, NULL);
  g_assert_cmpint (epochs, ==, 1);
  g_assert_cmpint (batch, ==, 65536);
  g_assert_cmpfloat (rate, ==, 1e-9);
  g_assert_cmpfloat (smoothing, <, 1);
  g_assert_cmpstr (optimizer, ==, "adam");
  g_assert_cmpstr (augmentation, ==, "none");
  g_object_set (self, "learning-rate", NAN, NULL);
  g_object_get (self, "learning-rate", &rate, NULL);
  g_assert_cmpfloat (rate, ==, 1e-9);
  g_assert_finalize_object (self);
}

static void
check_rate (ThawOptions *self, double expected)
{
  double rate;

  g_object_get (self, "learning-rate", &rate, NULL);
  g_assert_cmpfloat (rate, ==, expected);
}

static void
follow (ThawOptions *self, const char *settings)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  g_assert_true (thaw_phase_parse (phase, settings, NULL));
  thaw_options_follow (self, phase);
}

static void
test_rate_follows (void)
{
  ThawOptions *self = thaw_options_new ();
  double decay;

  check_rate (self, 1e-3);
  follow (self, "preset=last");
  check_rate (self, 3e-4);
  follow (self, "preset=all");
  check_rate (self, 1e-4);
  follow (self, "train-from=head.0");
  check_rate (self, 1e-3);
  follow (self, "freeze=stem");
  check_rate (self, 3e-4);
  g_object_set (self, "two-phases", TRUE, NULL);
  check_rate (self, 1e-3);
  g_object_set (self, "two-phases", FALSE, "learning-rate", .5, NULL);
  follow (self, "preset=head");
  check_rate (self, .5);
  g_assert_false (thaw_options_is_default (self, "learning-rate"));
  thaw_options_reset_one (self, "learning-rate");
  check_rate (self, 1e-3);
  g_assert_true (thaw_options_is_default (self, "learning-rate"));
  g_object_set (self, "optimizer", "adamw", NULL);
  g_object_get (self, "weight-decay", &decay, NULL);
  g_assert_cmpfloat (decay, ==, .01);
  g_object_set (self, "weight-decay", 0., "optimizer", "adam", "optimizer", "adamw", NULL);
  g_object_get (self, "weight-decay", &decay, NULL);
  g_assert_cmpfloat (decay, ==, 0);
  g_assert_finalize_object (self);
}

static void
set_unusual (ThawOptions *self)
{
  g_object_set (self, "epochs", 5, "batch", 17, "optimizer", "sgd", "learning-rate", 1. / 3, "schedule", "cosine", "warmup", .5, "weight-decay", 1e-5,
                "momentum", .8, "nesterov", TRUE, "clip", 2.5, "patience", 4, "label-smoothing", .1, "balanced", TRUE, "augmentation", "strong", "variants", 0, "precision", "fast",
                "seed", G_GUINT64_CONSTANT (123456789012), "head-rate", 10., "rates", "blocks.0=0.1\nstem = 0", "two-phases", TRUE, "second-epochs", 3,
                "second-learning-rate", 1e-5, "second-from", "blocks.4", NULL);
}

static void
test_json (void)
{
  ThawOptions *self = thaw_options_new (), *back = thaw_options_new ();
  g_autofree char *empty = thaw_options_to_json (self), *json = NULL, *again = NULL;
  double rate;

  g_assert_cmpstr (empty, ==, "{}");
  set_unusual (self);
  json = thaw_options_to_json (self);
  g_object_set (back, "epochs", 99, NULL);
  g_assert_true (thaw_options_from_json (back, json, NULL));
  again = thaw_options_to_json (back);
  g_assert_cmpstr (json, ==, again);
  g_object_get (back, "learning-rate", &rate, NULL);
  g_assert_cmpfloat (rate, ==, 1. / 3);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (back), NULL);

      for (GParamSpec **spec = specs; *spec; spec++)
        if (strcmp ((*spec)->name, "generation") != 0)
          g_assert_cmpint (thaw_options_is_default (back, (*spec)->name), ==, i);
      thaw_options_reset (back);
    }
  g_assert_finalize_object (self);
  g_assert_finalize_object (back);
}

static void
test_json_tolerant (void)
{
  static const char *const refused[] = { "", "[1]", "{", "5" };
  ThawOptions *self = thaw_options_new ();
  int epochs, batch;
  double rate;
  g_autofree char *optimizer = NULL;

  g_assert_true (thaw_options_from_json (self,
                                         "{\"epochs\": 1e99, \"batch\": \"32; drop\", \"optimizer\": 7, \"unheard-of\": [1], "
                                         "\"learning-rate\": 2, \"generation\": 5, \"balanced\": 1, \"momentum\": null, \"rates\": {}}",
                                         NULL));
  g_object_get (self, "epochs", &epochs, "batch", &batch, "optimizer", &optimizer, "learning-rate", &rate, NULL);
  g_assert_cmpint (epochs, ==, 100000);
  g_assert_cmpint (batch, ==, 32);
  g_assert_cmpstr (optimizer, ==, "adam");
  g_assert_cmpfloat (rate, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (thaw_options_from_json (self, refused[i], &error));
      g_assert_nonnull (error);
    }
  check_rate (self, 2);
  g_assert_finalize_object (self);
}

static void
test_two_phases (void)
{
  ThawOptions *self = thaw_options_new ();
  g_autoptr (ThawPhase) tree = thaw_phase_new ();
  g_autoptr (ThawTrainOptions) options = NULL, shown = NULL;
  const ThawPhase *first, *second;

  set_unusual (self);
  g_assert_true (thaw_phase_parse (tree, "freeze=blocks.1,bn=blocks.2=batch", NULL));
  options = thaw_options_to_train (self, tree);
  first = phase_at (options, 0);
  second = phase_at (options, 1);
  g_assert_cmpuint (options->phases->len, ==, 2);
  g_assert_cmpstr (first->preset, ==, "head");
  g_assert_null (first->freeze);
  g_assert_cmpuint (first->rate_rules->len, ==, 0);
  g_assert_cmpint (first->epochs, ==, 5);
  g_assert_cmpfloat (first->lr, ==, 1. / 3);
  g_assert_cmpstr (second->train_from, ==, "blocks.4");
  g_assert_null (second->preset);
  g_assert_null (second->freeze);
  g_assert_cmpuint (second->bn_rules->len, ==, 1);
  g_assert_cmpint (second->epochs, ==, 3);
  g_assert_cmpfloat (second->lr, ==, 1e-5);
  g_assert_cmpfloat (second->optimizer.momentum, ==, .8);
  g_assert_true (second->optimizer.nesterov);
  g_assert_cmpuint (second->rate_rules->len, ==, 3);
  g_assert_cmpstr (((const ThawRateRule *) g_ptr_array_index (second->rate_rules, 2))->pattern, ==, "stem");
  g_assert_cmpfloat (((const ThawRateRule *) g_ptr_array_index (second->rate_rules, 1))->factor, ==, .1);

  g_object_set (self, "second-from", "tree", NULL);
  shown = thaw_options_to_train (self, tree);
  g_assert_cmpstr (phase_at (shown, 1)->freeze[0], ==, "blocks.1");
  g_assert_cmpstr (phase_at (shown, 0)->preset, ==, "head");
  g_assert_finalize_object (self);
}

static void
check_remark (ThawOptions *self, const char *name, gboolean said, gboolean applying)
{
  gboolean applies;
  g_autofree char *remark = thaw_options_remark (self, name, &applies);

  g_assert_cmpint (remark != NULL, ==, said);
  g_assert_cmpint (applies, ==, applying);
}

static void
test_remarks (void)
{
  ThawOptions *self = thaw_options_new ();

  check_remark (self, "momentum", TRUE, FALSE);
  check_remark (self, "variants", TRUE, FALSE);
  check_remark (self, "second-from", TRUE, FALSE);
  check_remark (self, "epochs", FALSE, TRUE);
  check_remark (self, "warmup", FALSE, TRUE);
  g_object_set (self, "optimizer", "sgd", "augmentation", "light", "two-phases", TRUE, "warmup", 10., "patience", 10, "second-from", "tree", NULL);
  check_remark (self, "momentum", FALSE, TRUE);
  check_remark (self, "variants", FALSE, TRUE);
  check_remark (self, "warmup", TRUE, TRUE);
  check_remark (self, "patience", TRUE, TRUE);
  check_remark (self, "second-from", TRUE, TRUE);
  follow (self, "preset=all");
  check_remark (self, "second-from", FALSE, TRUE);
  g_object_set (self, "momentum", 0., NULL);
  check_remark (self, "nesterov", TRUE, FALSE);
  g_assert_finalize_object (self);
}

static void
test_generation (void)
{
  ThawOptions *self = thaw_options_new ();
  guint64 before, after;

  g_object_get (self, "generation", &before, NULL);
  g_object_set (self, "epochs", 3, NULL);
  g_object_get (self, "generation", &after, NULL);
  g_assert_cmpuint (after, >, before);
  g_object_set (self, "epochs", 3, NULL);
  g_object_get (self, "generation", &before, NULL);
  g_assert_cmpuint (after, ==, before);
  g_assert_finalize_object (self);
}

static void
test_rate_lines (void)
{
  static const char *const refused[] = { "", "=", "a", "a=", "=1", "a=-1", "a=x", "a=1x", "a=inf", "a=nan" };
  g_autofree char *pattern = NULL;
  double factor;

  g_assert_true (thaw_options_parse_rate (" a=b = 1e-1 ", &pattern, &factor));
  g_assert_cmpstr (pattern, ==, "a=b");
  g_assert_cmpfloat (factor, ==, .1);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *none = NULL;

      g_assert_false (thaw_options_parse_rate (refused[i], &none, &factor));
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/same-as-flags", test_same_as_flags);
  g_test_add_func ("/options/ranges", test_ranges);
  g_test_add_func ("/options/rate-follows", test_rate_follows);
  g_test_add_func ("/options/json", test_json);
  g_test_add_func ("/options/json-tolerant", test_json_tolerant);
  g_test_add_func ("/options/two-phases", test_two_phases);
  g_test_add_func ("/options/remarks", test_remarks);
  g_test_add_func ("/options/generation", test_generation);
  g_test_add_func ("/options/rate-lines", test_rate_lines);
  return g_test_run ();
}
