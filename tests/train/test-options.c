/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../support/thaw-test.h"

#include <float.h>
#include <locale.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-trainer.h>

/* Every member differs from its default; numbers that no short decimal hits. */
static ThawTrainOptions *
unusual_options (void)
{
  ThawTrainOptions *self = thaw_train_options_new ();
  ThawPhase *phase = thaw_phase_new ();
  const gboolean parsed = thaw_phase_parse (g_ptr_array_index (self->phases, 0),
                                            "preset=last,epochs=7,optimizer=sgd,nesterov=yes,bn=batch,bn=blocks.1=frozen,bn=*.bn2=batch,"
                                            "rate=head=10,rate=blocks.*=0.1,schedule=one-cycle",
                                            NULL)
                          && thaw_phase_parse (phase, "freeze=blocks.0,freeze=*.bias,weight-decay=0.3,optimizer=adamw,patience=3", NULL);

  g_assert_true (parsed);
  phase->lr = 1. / 3;
  phase->warmup = 2. / 7;
  phase->clip = 1e-300;
  phase->optimizer.eps = DBL_EPSILON / 3;
  phase->optimizer.beta2 = 1 - DBL_EPSILON;
  g_ptr_array_add (self->phases, phase);
  self->augmentation = (ThawAugmentation){ .1f, .2f, 12.34f, .3f, .7f };
  self->batch = 17;
  self->variants = 5;
  self->label_smoothing = .1;
  self->balanced = TRUE;
  self->seed = G_MAXUINT64 - 1;
  self->threads = 3;
  self->memory = 123456789;
  self->disk = 0;
  self->nice = 5;
  self->precision = THAW_PRECISION_FAST;
  self->cache_directory = g_strdup ("/tmp/a \"b\" \xff");
  return self;
}

static void
test_json (void)
{
  g_autoptr (ThawTrainOptions) options = unusual_options ();
  g_autofree char *json = thaw_train_options_to_json (options);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTrainOptions) back = thaw_train_options_from_json (json, &error);
  g_autoptr (ThawTrainOptions) copy = thaw_train_options_copy (options);
  const ThawPhase *a = g_ptr_array_index (options->phases, 1), *b;
  g_autofree char *again = NULL, *of_copy = thaw_train_options_to_json (copy);

  g_assert_no_error (error);
  again = thaw_train_options_to_json (back);
  g_assert_cmpstr (json, ==, again);
  g_assert_cmpstr (json, ==, of_copy);
  b = g_ptr_array_index (back->phases, 1);
  g_assert_cmpmem (&a->lr, sizeof a->lr, &b->lr, sizeof b->lr);
  g_assert_cmpmem (&a->warmup, sizeof a->warmup, &b->warmup, sizeof b->warmup);
  g_assert_cmpmem (&a->clip, sizeof a->clip, &b->clip, sizeof b->clip);
  g_assert_cmpmem (&a->optimizer, sizeof a->optimizer, &b->optimizer, sizeof b->optimizer);
  g_assert_cmpmem (&options->augmentation, sizeof options->augmentation, &back->augmentation, sizeof back->augmentation);
  g_assert_cmpuint (options->seed, ==, back->seed);
  g_assert_cmpstr (options->cache_directory, ==, back->cache_directory);
  g_assert_cmpuint (g_strv_length (b->freeze), ==, 2);
  g_assert_cmpfloat (b->optimizer.weight_decay, ==, .3);
  g_assert_cmpint (back->precision, ==, THAW_PRECISION_FAST);
}

/* As older versions wrote it */
static void
test_json_without_precision (void)
{
  g_autoptr (ThawTrainOptions) options = thaw_train_options_from_json ("{\"phases\":[{}]}", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (options->precision, ==, THAW_PRECISION_FLOAT32);
  g_assert_null (thaw_train_options_from_json ("{\"phases\":[{}],\"precision\":\"half\"}", &error));
  g_assert_nonnull (strstr (error->message, "half"));
}

/* FALSE where no locale with a decimal comma is to be had; one is compiled where only its source is installed */
static gboolean
use_decimal_comma (void)
{
  static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8", "pl_PL.UTF-8" };
  g_autofree char *directory = thaw_test_directory (), *file = g_build_filename (directory, "de_DE.UTF-8", NULL);
  const char *const command[] = { "localedef", "-i", "de_DE", "-f", "UTF-8", file, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    if (setlocale (LC_NUMERIC, locales[i]))
      return TRUE;
  g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                NULL, NULL, NULL, NULL);
  g_setenv ("LOCPATH", directory, TRUE);
  return setlocale (LC_NUMERIC, "de_DE.UTF-8") != NULL;
}

/* GLib's g_ascii_ functions and JSON-GLib must not follow the locale. */
static void
test_json_decimal_comma (void)
{
  g_autoptr (ThawTrainOptions) options = unusual_options ();
  g_autofree char *plain = thaw_train_options_to_json (options), *json = NULL, *again = NULL;
  g_autoptr (ThawTrainOptions) back = NULL;
  g_autofree char *comma = NULL;

  if (!use_decimal_comma ())
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  comma = g_strdup_printf ("%.1f", .5);
  g_assert_cmpstr (comma, ==, "0,5");
  json = thaw_train_options_to_json (options);
  back = thaw_train_options_from_json (json, NULL);
  again = thaw_train_options_to_json (back);
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpstr (plain, ==, json);
  g_assert_cmpstr (plain, ==, again);
}

static void
test_refused_json (void)
{
  static const char *const texts[] = {
    "", "[]", "{", "{}", "{\"phases\":[]}", "{\"phases\":[1]}", "{\"phases\":3}", "{\"phases\":[{\"lr\":-1}]}",
    "{\"phases\":[{\"lr\":\"x\"}]}", "{\"phases\":[{\"epochs\":1.5}]}", "{\"phases\":[{\"epochs\":0}]}",
    "{\"phases\":[{\"preset\":\"most\"}]}", "{\"phases\":[{\"preset\":[]}]}", "{\"phases\":[{\"optimizer\":\"magic\"}]}",
    "{\"phases\":[{\"freeze\":[1]}]}", "{\"phases\":[{\"bn-rules\":[{}]}]}", "{\"phases\":[{\"rate-rules\":[{\"pattern\":\"a\",\"factor\":-1}]}]}",
    "{\"phases\":[{}],\"batch\":0}", "{\"phases\":[{}],\"batch\":-5}", "{\"phases\":[{}],\"balanced\":2}", "{\"phases\":[{}],\"augmentation\":1}",
    "{\"phases\":[{}],\"augmentation\":{\"flip\":2}}", "{\"phases\":[{}],\"seed\":-1}", "{\"phases\":[{}],\"cache-directory\":1}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawTrainOptions) options = thaw_train_options_from_json (texts[i], &error);

      g_test_message ("%s: %s", texts[i], error ? error->message : "accepted");
      g_assert_null (options);
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_refused_phase (void)
{
  static const char *const texts[] = {
    "preset",      "preset=",    "preset=most", "lr=0",     "lr=-1",     "lr=nan",       "lr=inf",       "lr=1,5",      "lr=1e-3x", "epochs=0",
    "epochs=1.5",  "epochs=-1",  "momentum=1",  "beta1=1",  "bn=maybe",  "bn=head=some", "rate=head",    "rate=head=x", "rate=a=-1", "rate=a=inf",
    "optimizer=x", "schedule=x", "nesterov=2",  "colour=1", "warmup=-1", "clip=-1",      "patience=1.0", "eps=2",       "train-from=", "preset=\xff",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (ThawPhase) phase = thaw_phase_new ();
      g_autoptr (GError) error = NULL;
      gboolean parsed = thaw_phase_parse (phase, texts[i], &error);

      g_test_message ("%u: %s", i, error ? error->message : "accepted");
      g_assert_false (parsed);
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
    }
}

static void
test_phase (void)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  g_assert_true (thaw_phase_parse (phase, "weight-decay=0.5, optimizer=adamw ,lr=3e-4,train-from=blocks.4", NULL));
  g_assert_cmpint (phase->optimizer.kind, ==, THAW_OPTIMIZER_ADAMW);
  g_assert_cmpfloat (phase->optimizer.weight_decay, ==, .5);
  g_assert_cmpfloat (phase->lr, ==, 3e-4);
  g_assert_cmpstr (phase->train_from, ==, "blocks.4");
  g_assert_null (phase->preset);
  g_assert_true (thaw_phase_parse (phase, "freeze=a", NULL));
  g_assert_true (thaw_phase_parse (phase, "freeze=b,optimizer=adamw", NULL));
  g_assert_null (phase->train_from);
  g_assert_cmpuint (g_strv_length (phase->freeze), ==, 2);
  /* the optimizer it has already keeps its settings */
  g_assert_cmpfloat (phase->optimizer.weight_decay, ==, .5);
  g_assert_true (thaw_phase_parse (phase, "preset=all,optimizer=adam", NULL));
  g_assert_null (phase->freeze);
  g_assert_cmpfloat (phase->optimizer.weight_decay, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/options/json", test_json);
  g_test_add_func ("/train/options/json/without-precision", test_json_without_precision);
  g_test_add_func ("/train/options/json-decimal-comma", test_json_decimal_comma);
  g_test_add_func ("/train/options/refused-json", test_refused_json);
  g_test_add_func ("/train/options/phase", test_phase);
  g_test_add_func ("/train/options/refused-phase", test_refused_phase);
  return g_test_run ();
}
