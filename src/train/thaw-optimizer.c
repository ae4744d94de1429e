/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-optimizer.h>

/* The update loops are worth vectorising; square root and division are correctly rounded in every width. */
#pragma GCC optimize("O3")

static const struct
{
  const char *name;
  double      weight_decay;
} kinds[THAW_N_OPTIMIZERS] = {
  [THAW_OPTIMIZER_SGD] = { "sgd", 0 },
  [THAW_OPTIMIZER_ADAM] = { "adam", 0 },
  [THAW_OPTIMIZER_ADAMW] = { "adamw", .01 },
  [THAW_OPTIMIZER_RMSPROP] = { "rmsprop", 0 },
};

void
thaw_optimizer_defaults (ThawOptimizerOptions *self, ThawOptimizerKind kind)
{
  *self = (ThawOptimizerOptions){
    .kind = kind,
    .momentum = kind == THAW_OPTIMIZER_SGD ? .9 : 0,
    .beta1 = .9,
    .beta2 = .999,
    .alpha = .99,
    .eps = 1e-8,
    .weight_decay = kinds[kind].weight_decay,
  };
}

const char *
thaw_optimizer_name (ThawOptimizerKind kind)
{
  g_return_val_if_fail (kind < THAW_N_OPTIMIZERS, NULL);
  return kinds[kind].name;
}

gboolean
thaw_optimizer_parse (ThawOptimizerKind *kind, const char *name, GError **error)
{
  for (guint i = 0; i < THAW_N_OPTIMIZERS; i++)
    if (g_ascii_strcasecmp (name, kinds[i].name) == 0)
      {
        *kind = i;
        return TRUE;
      }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "optimizer “%s” is not known: use sgd, adam, adamw or rmsprop", name);
  return FALSE;
}

guint
thaw_optimizer_slots (const ThawOptimizerOptions *self)
{
  switch (self->kind)
    {
    case THAW_OPTIMIZER_SGD:
      return self->momentum != 0 ? 1 : 0;
    case THAW_OPTIMIZER_RMSPROP:
      return 1;
    default:
      return 2;
    }
}

#define T float
#define SQRT sqrtf
#define NAME(x) x##_f32
#include "thaw-optimizer-step.inc"
#undef T
#undef SQRT
#undef NAME

#define T double
#define SQRT sqrt
#define NAME(x) x##_f64
#include "thaw-optimizer-step.inc"
