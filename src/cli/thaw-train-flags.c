/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

#include <string.h>
#include <thaw/thaw-pool.h>

ThawTrainFlags thaw_train_flags;

#define FLAG(name, member, description, value)                                                     \
  {                                                                                                \
    name, 0, 0, G_OPTION_ARG_STRING, &thaw_train_flags.member, description, value                  \
  }
#define FLAGS(name, member, description, value)                                                    \
  {                                                                                                \
    name, 0, 0, G_OPTION_ARG_STRING_ARRAY, &thaw_train_flags.member, description, value            \
  }
#define FILENAME(name, member, description, value)                                                 \
  {                                                                                                \
    name, 0, 0, G_OPTION_ARG_FILENAME, &thaw_train_flags.member, description, value                \
  }
#define SWITCH(name, member, description)                                                          \
  {                                                                                                \
    name, 0, 0, G_OPTION_ARG_NONE, &thaw_train_flags.member, description, NULL                     \
  }

const GOptionEntry thaw_train_entries[] = {
  FILENAME ("project",
            project,
            "The project the run is kept in (a new one in your data folder)",
            "FILE.thaw"),
  SWITCH ("resume", resume, "Go on with the project's unfinished run, with its own settings"),
  FILENAME ("export", export, "Export the result: .onnx, .tflite or .safetensors", "FILE"),
  FILENAME ("backbone",
            backbone,
            "The pretrained network: a name of “thaw-cli backbones” or a file (efficientnet_lite0)",
            "B"),
  FLAG ("head", head, "The layers put in place of its classifier (dropout=0.2,linear)", "LAYERS"),
  FLAG ("cut", cut, "Use the backbone up to this layer only", "LAYER"),
  FLAG ("input", input, "Picture size of the network, pixels a side", "N"),
  SWITCH ("random-weights",
          random_weights,
          "Start from random weights; --backbone names the architecture"),
  FLAG ("preset",
        preset,
        "What trains: head (default), last (the blocks at the final resolution) or all",
        "PRESET"),
  FLAG ("train-from", train_from, "Train this layer and all after it", "LAYER"),
  FLAGS ("freeze", freeze, "Train all but this; may be repeated", "PATTERN"),
  FLAG ("epochs", epochs, "Passes over the training pictures (20)", "N"),
  FLAG ("batch", batch, "Pictures a step (32)", "N"),
  FLAG ("lr", lr, "Learning rate (0.001; beyond the head, 1e-4 to 3e-4 does better)", "X"),
  FLAG ("optimizer", optimizer, "sgd, adam (default), adamw or rmsprop", "O"),
  FLAG ("schedule", schedule, "Of the rate: constant (default), step, cosine or one-cycle", "S"),
  FLAG ("warmup", warmup, "Epochs in which the rate rises from nothing (0)", "EPOCHS"),
  FLAG ("weight-decay", weight_decay, "Weight decay (0; adamw 0.01)", "X"),
  FLAG ("momentum", momentum, "Of sgd (0.9)", "X"),
  FLAG ("clip", clip, "Largest norm of the gradient (0: any)", "NORM"),
  FLAG ("patience",
        patience,
        "End after so many epochs without a better validation loss (0: never)",
        "N"),
  FLAGS ("rate", rates, "A factor on the rate of some layers; may be repeated", "PATTERN=FACTOR"),
  FLAGS (
      "bn",
      bn,
      "BatchNorm statistics: frozen (default) or batch, or PATTERN=frozen|batch; may be repeated",
      "MODE"),
  FLAGS ("phase",
         phases,
         "A phase of its own on top of the above: preset=head,epochs=20,lr=1e-3; may be repeated",
         "SETTINGS"),
  FLAG ("augment", augment, "none (default), light or strong", "A"),
  FLAG ("variants",
        variants,
        "Augmented variants of each picture that are cached; 0: new ones each epoch (4)",
        "K"),
  FLAG ("label-smoothing", label_smoothing, "Share of the target spread over all classes (0)", "X"),
  FLAG ("class-weights", class_weights, "balanced: rare classes count more; none (default)", "W"),
  FILENAME ("val",
            val,
            "Validation pictures: a share of each class (0.2), or a folder",
            "FRACTION|FOLDER"),
  FILENAME (
      "test", test, "Test pictures: a share of each class (0), or a folder", "FRACTION|FOLDER"),
  FLAG ("seed", seed, "Of all random numbers (0)", "N"),
  FLAG ("split-seed", split_seed, "Of the split alone (the seed)", "N"),
  FLAG ("per-class", per_class, "At most so many training pictures a class", "N"),
  FLAG ("val-per-class", val_per_class, "At most so many validation pictures a class", "N"),
  FLAG ("threads", threads, "Compute threads (one a processor)", "N"),
  FLAG ("memory", memory, "For caches and work-ahead (512)", "MIB"),
  FLAG ("disk", disk, "Largest size of the feature cache on disk; 0: none (4096)", "MIB"),
  FILENAME ("cache", cache, "Folder of the feature cache (your cache folder)", "FOLDER"),
  FLAG ("checkpoint", checkpoint, "Within an epoch, a checkpoint after so many seconds (60)", "X"),
  FLAG ("precision", precision, THAW_CLI_PRECISION_HELP, "P"),
  FLAG ("nice", nice, "Nice value of the compute threads (0)", "N"),
  { NULL },
};

static void
append (GString *text, const char *key, const char *value)
{
  if (value)
    g_string_append_printf (text, "%s%s=%s", text->len ? "," : "", key, value);
}

/* What was given of the options that a phase has too, in the words of --phase */
static char *
phase_text (void)
{
  GString *text = g_string_new (NULL);

  for (const GOptionEntry *entry = thaw_train_entries; entry->long_name; entry++)
    if (!thaw_phase_has_key (entry->long_name))
      continue;
    else if (entry->arg == G_OPTION_ARG_STRING)
      append (text, entry->long_name, *(char **) entry->arg_data);
    else
      for (char **value = *(char ***) entry->arg_data; value && *value; value++)
        append (text, entry->long_name, *value);
  return g_string_free (text, FALSE);
}

/* What the settings say is the command line's fault. @local: freed */
static gboolean
as_usage (GError *local, GError **error)
{
  if (!local)
    return TRUE;
  thaw_cli_usage (error, "%s", local->message);
  g_error_free (local);
  return FALSE;
}

/* In --phase a comma ends a setting; here it can only be meant as a decimal point. */
static gboolean
check_points (const ThawTrainFlags *self, GError **error)
{
  const char *const numbers[] = { self->epochs, self->lr,     self->weight_decay, self->momentum,
                                  self->clip,   self->warmup, self->patience };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i] && strchr (numbers[i], ','))
      return thaw_cli_usage (error, "“%s” is no number: write it with a point", numbers[i]);
  return TRUE;
}

static gboolean
set_phases (const ThawTrainFlags *self, ThawTrainOptions *options, GError **error)
{
  g_autofree char *text = phase_text ();
  g_autoptr (ThawPhase) base = thaw_phase_new ();
  GError *local = NULL;

  if ((self->preset != NULL) + (self->train_from != NULL) + (self->freeze != NULL) > 1)
    return thaw_cli_usage (error, "--preset, --train-from and --freeze exclude each other");
  if (!check_points (self, error))
    return FALSE;
  thaw_phase_parse (base, text, &local);
  if (!as_usage (local, error))
    return FALSE;
  g_ptr_array_set_size (options->phases, 0);
  for (char **phase = self->phases; phase && *phase; phase++)
    {
      ThawPhase *copy = thaw_phase_copy (base);

      g_ptr_array_add (options->phases, copy);
      local = NULL;
      thaw_phase_parse (copy, *phase, &local);
      if (!as_usage (local, error))
        return FALSE;
    }
  if (options->phases->len == 0)
    g_ptr_array_add (options->phases, g_steal_pointer (&base));
  return TRUE;
}

static gboolean
parse_int (
    const char *option, const char *text, gint64 low, gint64 high, gint64 *value, GError **error)
{
  return !text || thaw_parse_int (option, text, low, high, value, error);
}

static gboolean
set_numbers (const ThawTrainFlags *self, ThawTrainOptions *options, GError **error)
{
  gint64 batch = options->batch, variants = options->variants, seed = 0, nice = 0;
  gint64 memory = options->memory >> 20, disk = options->disk >> 20;

  if (!parse_int ("--batch", self->batch, 1, 65536, &batch, error)
      || !parse_int ("--variants", self->variants, 0, 65536, &variants, error)
      || !parse_int ("--seed", self->seed, 0, G_MAXINT64, &seed, error)
      || !parse_int ("--nice", self->nice, 0, 19, &nice, error)
      || !parse_int ("--memory", self->memory, 1, 1 << 24, &memory, error)
      || !parse_int ("--disk", self->disk, 0, 1 << 24, &disk, error)
      || !thaw_parse_threads (self->threads, &options->threads, error))
    return FALSE;
  options->batch = batch;
  options->variants = variants;
  options->seed = seed;
  options->nice = nice;
  options->memory = (gsize) memory << 20;
  options->disk = (gsize) disk << 20;
  if (options->threads == 0)
    options->threads = thaw_pool_default_threads ();
  return !self->label_smoothing
         || thaw_parse_double ("--label-smoothing", self->label_smoothing, 0, .999,
                               &options->label_smoothing, error);
}

static gboolean
set_words (const ThawTrainFlags *self, ThawTrainOptions *options, GError **error)
{
  GError *local = NULL;

  if (self->augment)
    thaw_augmentation_parse (&options->augmentation, self->augment, &local);
  if (!as_usage (local, error))
    return FALSE;
  options->balanced = g_strcmp0 (self->class_weights, "balanced") == 0;
  if (self->class_weights && !options->balanced && g_strcmp0 (self->class_weights, "none") != 0)
    return thaw_cli_usage (error, "--class-weights takes balanced or none, not “%s”",
                           self->class_weights);
  if (!thaw_cli_precision (self->precision, &options->precision, error))
    return FALSE;
  options->cache_directory = self->cache ? g_canonicalize_filename (self->cache, NULL) : NULL;
  return TRUE;
}

ThawTrainOptions *
thaw_train_flags_options (const ThawTrainFlags *self, GError **error)
{
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();

  if (!set_phases (self, options, error) || !set_numbers (self, options, error)
      || !set_words (self, options, error))
    return NULL;
  return g_steal_pointer (&options);
}
