/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-executor.h>

/* Networks drawn from a seed: convolutions of all kinds, BatchNorm, activations, residuals, gates,
 * concatenations, pools and a classifier, with values that are used more than once. */
typedef struct
{
  ThawGraph     *graph;
  ThawTensorMap *parameters;
} RandomNet;

void random_net_build (RandomNet *self, guint64 seed);
void random_net_clear (RandomNet *self);

/* A freeze drawn from @seed; @batch: trained BatchNorm layers use the batch. */
ThawFreeze *random_net_freeze (const RandomNet *self, guint64 seed, gboolean batch);

/* Whether a value of the last forward of @reference (in double) is so close to a bend of an
 * activation that rounding may fall on either side. */
gboolean random_net_near_bend (const ThawGraph *graph, ThawReference *reference, gint64 n);

/**
 * Pass: pictures and gradients by formula, and what came out
 */
typedef struct
{
  ThawGraph *graph;
  gint64     n;
  gint64     shift;     /* picture i is the formula's picture i + shift */
  float    **outputs;   /* [n_outputs][n, ...] */
  float    **feed;      /* (nullable): the inputs, [n, ...] each, instead of pictures by formula */
  int        calls;     /* atomic: of load */
  int        fail_at;   /* the call of load that fails; 0: none */
} Pass;

void pass_init  (Pass *self, ThawGraph *graph, gint64 n);
void pass_clear (Pass *self);
extern const ThawExecutorIo pass_io;

/* The same pass by the naive twin, in double; @freeze NULL: forward alone. */
void pass_reference (const Pass *self, ThawReference *reference, const ThawOpRun *run,
                     const ThawFreeze *freeze);
