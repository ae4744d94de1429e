/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-options-private.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
is_text (const ThawOptions *self, ThawOption option, const char *text)
{
  return strcmp (thaw_options_string (self, option), text) == 0;
}

/* Epochs of the phase that needs the fewest */
static int
fewest_epochs (const ThawOptions *self)
{
  int first = thaw_options_int (self, THAW_OPTION_EPOCHS);

  return thaw_options_boolean (self, THAW_OPTION_TWO_PHASES) ? MIN (first, thaw_options_int (self, THAW_OPTION_SECOND_EPOCHS)) : first;
}

/* Why @option has no effect now; NULL: it has one */
static const char *
why_idle (const ThawOptions *self, ThawOption option)
{
  switch (option)
    {
    case THAW_OPTION_NESTEROV:
      if (thaw_options_double (self, THAW_OPTION_MOMENTUM) == 0)
        return _ ("There is no momentum to look ahead with.");
      G_GNUC_FALLTHROUGH;
    case THAW_OPTION_MOMENTUM:
      return thaw_options_optimizer (self) == THAW_OPTIMIZER_SGD ? NULL : _ ("Only SGD has it; the other optimizers keep a memory of their own.");
    case THAW_OPTION_VARIANTS:
      return is_text (self, THAW_OPTION_AUGMENTATION, "none") ? _ ("Only where pictures are varied.") : NULL;
    case THAW_OPTION_SECOND_EPOCHS:
    case THAW_OPTION_SECOND_LEARNING_RATE:
    case THAW_OPTION_SECOND_FROM:
      return thaw_options_boolean (self, THAW_OPTION_TWO_PHASES) ? NULL : _ ("Only in two phases.");
    case THAW_OPTION_PRECISION:
      return thaw_precision_check (THAW_PRECISION_FAST, NULL) ? NULL : _ ("This processor has no products of bfloat16: all is computed in float32.");
    default:
      return NULL;
    }
}

static const char *
remark_rate (const ThawOptions *self)
{
  if (!self->set[THAW_OPTION_LEARNING_RATE])
    return _ ("Fits what trains until you set it.");
  if (self->breadth != THAW_BREADTH_HEAD && !thaw_options_boolean (self, THAW_OPTION_TWO_PHASES)
      && thaw_options_double (self, THAW_OPTION_LEARNING_RATE) > 5 * thaw_options_fitting_rate (self->breadth))
    return _ ("High for layers that were trained before: they may forget what they know.");
  return NULL;
}

static const char *
remark_second_rate (const ThawOptions *self)
{
  if (thaw_options_double (self, THAW_OPTION_SECOND_LEARNING_RATE) > thaw_options_rate (self, THAW_BREADTH_HEAD))
    return _ ("Higher than in the first phase: what the layers know may be lost.");
  return NULL;
}

static const char *
remark_warmup (const ThawOptions *self)
{
  double warmup = thaw_options_double (self, THAW_OPTION_WARMUP);

  if (warmup > 0 && warmup >= fewest_epochs (self))
    return _ ("As long as the training: the rate never reaches its height.");
  return warmup > 0 && is_text (self, THAW_OPTION_SCHEDULE, "one-cycle") ? _ ("One cycle begins with a low rate by itself.") : NULL;
}

static const char *
remark_patience (const ThawOptions *self)
{
  int patience = thaw_options_int (self, THAW_OPTION_PATIENCE);

  return patience > 0 && patience >= fewest_epochs (self) ? _ ("Never ends it early: there are not more epochs than that.") : NULL;
}

static const char *
remark_second_from (const ThawOptions *self)
{
  return is_text (self, THAW_OPTION_SECOND_FROM, "tree") && self->breadth == THAW_BREADTH_HEAD
             ? _ ("The tree shows the head alone: thaw more layers there, or choose others here.")
             : NULL;
}

static const char *
remark_two_phases (const ThawOptions *self)
{
  return thaw_options_boolean (self, THAW_OPTION_TWO_PHASES) ? _ ("The first phase trains the head, whatever the tree shows.") : NULL;
}

static const char *
remark (const ThawOptions *self, ThawOption option)
{
  switch (option)
    {
    case THAW_OPTION_LEARNING_RATE:
      return remark_rate (self);
    case THAW_OPTION_SECOND_LEARNING_RATE:
      return remark_second_rate (self);
    case THAW_OPTION_WEIGHT_DECAY:
      return self->set[option] ? NULL : _ ("Fits the optimizer until you set it.");
    case THAW_OPTION_WARMUP:
      return remark_warmup (self);
    case THAW_OPTION_PATIENCE:
      return remark_patience (self);
    case THAW_OPTION_TWO_PHASES:
      return remark_two_phases (self);
    case THAW_OPTION_SECOND_FROM:
      return remark_second_from (self);
    default:
      return NULL;
    }
}

char *
thaw_options_remark (ThawOptions *self, const char *name, gboolean *applies)
{
  ThawOption option = thaw_option_find (name);
  const char *idle;

  g_return_val_if_fail (option != 0, NULL);
  idle = why_idle (self, option);
  if (applies)
    *applies = idle == NULL;
  return g_strdup (idle ? idle : remark (self, option));
}
