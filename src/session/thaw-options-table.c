/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-options-table.h"

#include <glib/gi18n.h>
#include <string.h>

/* an option as a property: what it is called, what it may be */
typedef struct
{
  const char       *name, *nick, *blurb;
  GType             type;
  double            low, high, value; /* of numbers; @value of switches too */
  const ThawChoice *choices;          /* of strings, ends with a NULL id */
  const char       *text;
  gboolean          open;             /* other text than the choices is allowed */
} Row;

static const ThawChoice optimizers[] = {
  { "sgd", N_ ("SGD with momentum") },
  { "adam", N_ ("Adam") },
  { "adamw", N_ ("AdamW") },
  { "rmsprop", N_ ("RMSprop") },
  { NULL },
};

static const ThawChoice schedules[] = {
  { "constant", N_ ("Constant") },
  { "step", N_ ("In three steps") },
  { "cosine", N_ ("Cosine") },
  { "one-cycle", N_ ("One cycle") },
  { NULL },
};

static const ThawChoice augmentations[] = {
  { "none", N_ ("None") },
  { "light", N_ ("Light") },
  { "strong", N_ ("Strong") },
  { NULL },
};

static const ThawChoice precisions[] = {
  { "float32", N_ ("Exact (float32)") },
  { "fast", N_ ("Fast (bfloat16)") },
  { NULL },
};

static const ThawChoice beginnings[] = {
  { "last", N_ ("The last blocks") },
  { "all", N_ ("All layers") },
  { "tree", N_ ("What the tree shows") },
  { NULL },
};

static const Row rows[THAW_N_OPTIONS] = {
  [THAW_OPTION_EPOCHS] = { "epochs", N_ ("Epochs"), N_ ("How often the network sees every training picture."), G_TYPE_INT, 1, 100000, 20 },
  [THAW_OPTION_BATCH] = { "batch", N_ ("Batch size"), N_ ("Pictures between two changes of the weights; more is steadier, fewer learns in more steps."),
                          G_TYPE_INT, 1, 65536, 32 },
  [THAW_OPTION_OPTIMIZER] = { "optimizer", N_ ("Optimizer"), N_ ("The rule by which weights are changed. Adam works without tuning."),
                              G_TYPE_STRING, .choices = optimizers, .text = "adam" },
  [THAW_OPTION_LEARNING_RATE] = { "learning-rate", N_ ("Learning rate"), N_ ("How far each step goes. Too high forgets what was learned, too low takes long."),
                                  G_TYPE_DOUBLE, 1e-9, 100, 1e-3 },
  [THAW_OPTION_SCHEDULE] = { "schedule", N_ ("Schedule"), N_ ("How the learning rate changes from the first step to the last."),
                             G_TYPE_STRING, .choices = schedules, .text = "constant" },
  [THAW_OPTION_WARMUP] = { "warmup", N_ ("Warm-up"), N_ ("Epochs in which the learning rate rises from nothing."), G_TYPE_DOUBLE, 0, 1000, 0 },
  [THAW_OPTION_WEIGHT_DECAY] = { "weight-decay", N_ ("Weight decay"), N_ ("Pulls weights towards zero, which helps against learning by heart."),
                                 G_TYPE_DOUBLE, 0, 10, 0 },
  [THAW_OPTION_MOMENTUM] = { "momentum", N_ ("Momentum"), N_ ("The share of the last step that is kept in the next one."), G_TYPE_DOUBLE, 0, .9999, .9 },
  [THAW_OPTION_NESTEROV] = { "nesterov", N_ ("Nesterov momentum"), N_ ("Looks one step ahead before it takes one."), G_TYPE_BOOLEAN },
  [THAW_OPTION_CLIP] = { "clip", N_ ("Gradient limit"), N_ ("Longer steps are shortened to this norm, so that one odd batch cannot do harm. 0 sets no limit."),
                         G_TYPE_DOUBLE, 0, 1e6, 0 },
  [THAW_OPTION_PATIENCE] = { "patience", N_ ("Early stopping"), N_ ("Ends after so many epochs without a better validation loss. 0 goes on to the end."),
                             G_TYPE_INT, 0, 100000, 0 },
  [THAW_OPTION_LABEL_SMOOTHING] = { "label-smoothing", N_ ("Label smoothing"), N_ ("The share of each answer that is spread over all classes; makes the network less sure of itself."),
                                    G_TYPE_DOUBLE, 0, .999, 0 },
  [THAW_OPTION_BALANCED] = { "balanced", N_ ("Balance the classes"), N_ ("Pictures of rare classes count more."), G_TYPE_BOOLEAN },
  [THAW_OPTION_AUGMENTATION] = { "augmentation", N_ ("Varied pictures"), N_ ("Shows each picture flipped, cropped or recoloured, as if there were more of them."),
                                 G_TYPE_STRING, .choices = augmentations, .text = "none" },
  [THAW_OPTION_VARIANTS] = { "variants", N_ ("Variants of a picture"), N_ ("So many are made and kept, which is fast. 0 makes new ones in every epoch."),
                             G_TYPE_INT, 0, 65536, 4 },
  [THAW_OPTION_PRECISION] = { "precision", N_ ("Precision of frozen layers"),
                              N_ ("Fast computes what does not train in bfloat16, where the processor has it. Afterwards the run says its accuracy in both."),
                              G_TYPE_STRING, .choices = precisions, .text = "float32" },
  [THAW_OPTION_SEED] = { "seed", N_ ("Seed"), N_ ("The same seed gives the same run again, another seed other random numbers."), G_TYPE_UINT64, 0, 0x1p53, 0 },
  [THAW_OPTION_HEAD_RATE] = { "head-rate", N_ ("Factor for the head"), N_ ("The head learns at so many times the rate of the other layers."),
                              G_TYPE_DOUBLE, 0, 1e6, 1 },
  [THAW_OPTION_RATES] = { "rates", N_ ("Rates of layer groups"), N_ ("Factors on the learning rate of some layers."), G_TYPE_STRING, .text = "", .open = TRUE },
  [THAW_OPTION_TWO_PHASES] = { "two-phases", N_ ("Two phases"), N_ ("First the head alone, then more layers at a low rate."), G_TYPE_BOOLEAN },
  [THAW_OPTION_SECOND_EPOCHS] = { "second-epochs", N_ ("Epochs of the second phase"), N_ ("How long more layers are trained."), G_TYPE_INT, 1, 100000, 10 },
  [THAW_OPTION_SECOND_LEARNING_RATE] = { "second-learning-rate", N_ ("Rate of the second phase"), N_ ("Lower than that of the first, so that what the layers know is only refined."),
                                         G_TYPE_DOUBLE, 1e-9, 100, 1e-4 },
  [THAW_OPTION_SECOND_FROM] = { "second-from", N_ ("Second phase trains"), N_ ("Which layers learn after the head."), G_TYPE_STRING, .choices = beginnings,
                                .text = "last", .open = TRUE },
};

static GParamSpec *
make_spec (const Row *row)
{
  /* lax: a value out of range is brought into it without a warning */
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_LAX_VALIDATION;

  switch (row->type)
    {
    case G_TYPE_INT:
      return g_param_spec_int (row->name, row->nick, row->blurb, (int) row->low, (int) row->high, (int) row->value, flags);
    case G_TYPE_UINT64:
      return g_param_spec_uint64 (row->name, row->nick, row->blurb, (guint64) row->low, (guint64) row->high, (guint64) row->value, flags);
    case G_TYPE_DOUBLE:
      return g_param_spec_double (row->name, row->nick, row->blurb, row->low, row->high, row->value, flags);
    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (row->name, row->nick, row->blurb, row->value != 0, flags);
    default:
      return g_param_spec_string (row->name, row->nick, row->blurb, row->text, flags);
    }
}

void
thaw_option_make_specs (GParamSpec **specs)
{
  for (guint i = 1; i < THAW_N_OPTIONS; i++)
    specs[i] = make_spec (&rows[i]);
}

const ThawChoice *
thaw_option_choices (ThawOption option)
{
  return rows[option].choices;
}

gboolean
thaw_option_is_open (ThawOption option)
{
  return rows[option].open;
}

ThawOption
thaw_option_find (const char *name)
{
  for (guint i = 1; i < THAW_N_OPTIONS; i++)
    if (strcmp (rows[i].name, name) == 0)
      return i;
  return 0;
}
