/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-random.h>

#include "ops/thaw-op-util.h"

/* Element i of a picture is dropped when value FNV-1a (the node's name) + i of the stream (seed,
 * THAW_RANDOM_DROPOUT, epoch, the picture's number), as a number in [0, 1), is below p. The name
 * makes layers differ, and a mask is the same wherever the network was cut, whatever else is in the
 * batch. Backward draws the mask again: nothing is saved. */
static guint64
hash_name (const char *name)
{
  guint64 hash = 0xcbf29ce484222325u;

  for (const char *c = name ? name : ""; *c; c++)
    hash = (hash ^ (guint8) *c) * 0x100000001b3u;
  return hash;
}

/* The stream of picture @i of the call, at its first element. */
static ThawRandom
picture_stream (const ThawOpCall *call, gint64 i)
{
  const ThawOpRun *run = call->run;
  guint64 sample = run->samples && call->node->batched ? run->samples[i] : (guint64) i;
  ThawRandom stream = thaw_random (run->seed, THAW_RANDOM_DROPOUT, run->epoch, sample);

  stream.counter = hash_name (call->node->name);
  return stream;
}

#define THAW_OP_TWIN "ops/thaw-op-dropout-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
dropout_infer (ThawNode *node, GError **error)
{
  float p = node->params.dropout.p;

  if (!(p >= 0 && p <= 1))
    return thaw_op_fail (node, error, "the part to drop must lie between 0 and 1, not at %g", p);
  return thaw_op_infer_same (node, error);
}

/* The random numbers are the work: the twin in float is the engine's. */
const ThawOpClass thaw_op_dropout_class = {
  .name = "dropout",
  .infer = dropout_infer,
  .needs = thaw_op_needs_nothing,
  .forward = dropout_forward_f32,
  .backward = dropout_backward_f32,
  .reference = THAW_OP_REFERENCE (dropout),
};
