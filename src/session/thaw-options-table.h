/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-options.h>

G_BEGIN_DECLS

/* The order of the properties; 0 is none */
typedef enum
{
  THAW_OPTION_EPOCHS = 1,
  THAW_OPTION_BATCH,
  THAW_OPTION_OPTIMIZER,
  THAW_OPTION_LEARNING_RATE,
  THAW_OPTION_SCHEDULE,
  THAW_OPTION_WARMUP,
  THAW_OPTION_WEIGHT_DECAY,
  THAW_OPTION_MOMENTUM,
  THAW_OPTION_NESTEROV,
  THAW_OPTION_CLIP,
  THAW_OPTION_PATIENCE,
  THAW_OPTION_LABEL_SMOOTHING,
  THAW_OPTION_BALANCED,
  THAW_OPTION_AUGMENTATION,
  THAW_OPTION_VARIANTS,
  THAW_OPTION_PRECISION,
  THAW_OPTION_SEED,
  THAW_OPTION_HEAD_RATE,
  THAW_OPTION_RATES,
  THAW_OPTION_TWO_PHASES,
  THAW_OPTION_SECOND_EPOCHS,
  THAW_OPTION_SECOND_LEARNING_RATE,
  THAW_OPTION_SECOND_FROM,
  THAW_N_OPTIONS
} ThawOption;

/* The table as properties; [THAW_N_OPTIONS], the first is NULL */
void              thaw_option_make_specs (GParamSpec **specs);
/* (nullable) */
const ThawChoice *thaw_option_choices    (ThawOption option);
/* Whether other text than the choices is allowed */
gboolean          thaw_option_is_open    (ThawOption option);
/* 0: no option is called @name */
ThawOption        thaw_option_find       (const char *name);

G_END_DECLS
