/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-pool.h>

#define THAW_OP_TWIN "ops/thaw-op-batchnorm-ref.inc"
#include "ops/thaw-op-ref.h"

/* x is [rows, C]: every statistic is one of a column. With the batch's statistics the sums go over
 * the rows of all threads, so that every thread takes part, also one that has no pictures.
 *
 * saved, in the engine and in the twins: double mean[C], variance[C] (biased), of the whole batch.
 */

/* Squared distance of the running mean from the batch's, in variances, over which a variance that is a difference of double sums
 * would have fewer digits than float has */
#define FAR 1e6

enum { X, GAMMA, BETA, MEAN, VARIANCE };

static gboolean
uses_batch (const ThawOpCall *call)
{
  return call->run->training && call->node->params.norm.batch_statistics;
}

static gboolean
is_activated (const ThawNode *node)
{
  return node->params.norm.activation != THAW_ACTIVATION_NONE;
}

/* The rows of the whole batch. */
static double
batch_rows (const ThawOpCall *call)
{
  return (double) thaw_op_rows (call->node, call->run->n_total);
}

static gboolean
batchnorm_infer (ThawNode *node, GError **error)
{
  static const char *const what[]
      = { "input", "weight", "bias", "running mean", "running variance" };

  if (!thaw_op_check_inputs (node, 5, 5, error))
    return FALSE;
  if (node->params.norm.activation > THAW_ACTIVATION_RELU6)
    return thaw_op_fail (node, error, "has no activation but relu and relu6");
  node->shape = node->inputs[X]->shape;
  node->batched = node->inputs[X]->batched;
  if (node->shape.rank < 2 || !node->batched)
    return thaw_op_fail (node, error, "takes a value [N, ..., C] of pictures");
  for (guint i = GAMMA; i <= VARIANCE; i++)
    if (!thaw_op_check_vector (node, i, thaw_op_width (node), what[i], error))
      return FALSE;
  return TRUE;
}

/* The statistics chosen here hold for training with the batch too: there is no telling the two
 * apart before the run, and only gamma's gradient, that of the batch's statistics and that of an activation read x. */
static guint
batchnorm_needs (const ThawNode *node, const gboolean *wanted)
{
  gboolean batch = node->params.norm.batch_statistics;

  if (is_activated (node))
    return THAW_NEEDS_X (X);
  return wanted[GAMMA] || wanted[VARIANCE] || (batch && wanted[X]) ? THAW_NEEDS_X (X) : 0;
}

static gsize
batchnorm_saved_size (const ThawNode *node, gint64 n)
{
  return 2 * thaw_op_width (node) * sizeof (double);
}

static gsize
batchnorm_reference_saved (const ThawNode *node, gint64 n, gsize element)
{
  return batchnorm_saved_size (node, n);
}

/* double sums[2 C]; float mean[C], scale[C], offset[C], shift[C], slope[C] */
static gsize
batchnorm_workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  return thaw_op_width (node) * (2 * sizeof (double) + 5 * sizeof (float));
}

typedef struct
{
  gint64  channels;
  double *sums;
  float  *mean;
  float  *scale;
  float  *offset;
  float  *shift;
  float  *slope;
  float   low, high; /* the activation's bounds */
} Workspace;

static Workspace
lay_out (const ThawOpCall *call)
{
  gint64 channels = thaw_op_width (call->node);
  double *sums = call->workspace;
  float *mean = (float *) (sums + 2 * channels);

  memset (sums, 0, 2 * channels * sizeof (double));
  return (Workspace){ channels, sums, mean, mean + channels, mean + 2 * channels,
                      mean + 3 * channels, mean + 4 * channels,
                      is_activated (call->node) ? 0 : -INFINITY,
                      call->node->params.norm.activation == THAW_ACTIVATION_RELU6 ? 6 : INFINITY };
}

static void
sum_over_threads (const ThawOpCall *call, double *sums, gsize n)
{
  if (call->run->pool)
    thaw_pool_sum (call->run->pool, call->run->thread, sums, n);
}

/* Four rows at a time, so that the sums are fetched and stored a quarter as often. */
THAW_OP_VECTOR static void
sum_columns (gint64 rows, gint64 channels, const float *x, double *sum)
{
  gint64 r = 0;

  for (; r + 4 <= rows; r += 4, x += 4 * channels)
    for (gint64 c = 0; c < channels; c++)
      sum[c] += ((double) x[c] + (double) x[channels + c])
                + ((double) x[2 * channels + c] + (double) x[3 * channels + c]);
  for (; r < rows; r++, x += channels)
    for (gint64 c = 0; c < channels; c++)
      sum[c] += (double) x[c];
}

/* sum[c] += x - near, square[c] += (x - near)^2 */
THAW_OP_VECTOR static void
sum_moments (gint64 rows, gint64 channels, const float *x, const float *near, double *sum, double *square)
{
  for (gint64 r = 0; r < rows; r++, x += channels)
    for (gint64 c = 0; c < channels; c++)
      {
        double d = (double) x[c] - (double) near[c];

        sum[c] += d;
        square[c] += d * d;
      }
}

THAW_OP_VECTOR static void
sum_squares (gint64 rows, gint64 channels, const float *x, const double *mean, double *sum)
{
  for (gint64 r = 0; r < rows; r++, x += channels)
    for (gint64 c = 0; c < channels; c++)
      {
        double d = (double) x[c] - mean[c];

        sum[c] += d * d;
      }
}

/* Before the activation */
static inline float
line (float x, float mean, float scale, float offset)
{
  return (x - mean) * scale + offset;
}

/* What is no number stays what it is. */
static inline float
bound (float v, float low, float high)
{
  v = v < low ? low : v;
  return v > high ? high : v;
}

/* dy, as far as the activation lets it through: it is asked again what it did to x, rather than kept */
static inline float
gate (float v, float dy, float low, float high)
{
  return v <= low || v >= high ? 0 : dy;
}

/* sum[c] += dy, product[c] += dy (x - mean) */
THAW_OP_VECTOR static void
sum_products (gint64 rows, const Workspace *w, const float *dy, const float *x)
{
  const gint64 channels = w->channels;
  const float *mean = w->mean, *scale = w->scale, *offset = w->offset, low = w->low, high = w->high;
  double *sum = w->sums, *product = sum + channels;

  for (gint64 r = 0; r < rows; r++, x += channels, dy += channels)
    for (gint64 c = 0; c < channels; c++)
      {
        float d = gate (line (x[c], mean[c], scale[c], offset[c]), dy[c], low, high);

        sum[c] += (double) d;
        product[c] += (double) (d * (x[c] - mean[c]));
      }
}

THAW_OP_VECTOR static void
normalise (gint64 rows, const Workspace *w, const float *x, float *y)
{
  gint64 channels = w->channels;
  const float *mean = w->mean, *scale = w->scale, *offset = w->offset, low = w->low, high = w->high;

  for (gint64 r = 0; r < rows; r++, x += channels, y += channels)
    for (gint64 c = 0; c < channels; c++)
      y[c] = bound (line (x[c], mean[c], scale[c], offset[c]), low, high);
}

/* dx = dy scale + shift + (x - mean) slope */
THAW_OP_VECTOR static void
differentiate (gint64 rows, const Workspace *w, const float *x, const float *dy, float *dx)
{
  gint64 channels = w->channels;
  const float *mean = w->mean, *scale = w->scale, *offset = w->offset, *shift = w->shift, *slope = w->slope;
  const float  low = w->low, high = w->high;

  for (gint64 r = 0; r < rows; r++, x += channels, dy += channels, dx += channels)
    for (gint64 c = 0; c < channels; c++)
      dx[c] = gate (line (x[c], mean[c], scale[c], offset[c]), dy[c], low, high) * scale[c]
              + (shift[c] + (x[c] - mean[c]) * slope[c]);
}

THAW_OP_VECTOR static void
scale_rows (gint64 rows, const Workspace *w, const float *dy, float *dx)
{
  gint64 channels = w->channels;
  const float *scale = w->scale;

  for (gint64 r = 0; r < rows; r++, dy += channels, dx += channels)
    for (gint64 c = 0; c < channels; c++)
      dx[c] = dy[c] * scale[c];
}

/* The squares of what is left after the mean, as exact as it gets */
static void
observe_squares (const ThawOpCall *call, Workspace *w)
{
  double *mean = call->saved, *variance = mean + w->channels;
  double count = MAX (batch_rows (call), 1);
  gint64 rows = thaw_op_rows (call->node, call->n);

  memset (w->sums, 0, w->channels * sizeof (double));
  sum_squares (rows, w->channels, call->x[X], mean, w->sums);
  sum_over_threads (call, w->sums, w->channels);
  for (gint64 c = 0; c < w->channels; c++)
    variance[c] = w->sums[c] / count;
}

/* One pass, around the running mean, which is near; where it is so far from the batch's that the difference of the squares
 * would lose what counts, all threads make another. */
static void
observe (const ThawOpCall *call, Workspace *w)
{
  const float *near = call->x[MEAN];
  double *mean = call->saved, *variance = mean + w->channels, *square = w->sums + w->channels;
  double count = MAX (batch_rows (call), 1);
  gboolean far = FALSE;

  sum_moments (thaw_op_rows (call->node, call->n), w->channels, call->x[X], near, w->sums, square);
  sum_over_threads (call, w->sums, 2 * w->channels);
  for (gint64 c = 0; c < w->channels; c++)
    {
      double off = w->sums[c] / count;

      mean[c] = near[c] + off;
      variance[c] = MAX (square[c] / count - off * off, 0);
      far |= !(off * off <= FAR * (variance[c] + call->node->params.norm.eps));
    }
  if (far)
    observe_squares (call, w);
}

static double
inverse_deviation (const ThawOpCall *call, gint64 c)
{
  gint64 channels = thaw_op_width (call->node);
  double variance = uses_batch (call) ? ((const double *) call->saved)[channels + c]
                                      : (double) ((const float *) call->x[VARIANCE])[c];

  return 1 / sqrt (variance + call->node->params.norm.eps);
}

/* What makes x the value before the activation */
static void
fetch_line (const ThawOpCall *call, Workspace *w)
{
  for (gint64 c = 0; c < w->channels; c++)
    {
      w->mean[c] = uses_batch (call) ? (float) ((const double *) call->saved)[c]
                                     : ((const float *) call->x[MEAN])[c];
      w->scale[c] = (float) (((const float *) call->x[GAMMA])[c] * inverse_deviation (call, c));
      w->offset[c] = ((const float *) call->x[BETA])[c];
    }
}

static void
batchnorm_forward (const ThawOpCall *call)
{
  Workspace w = lay_out (call);

  if (uses_batch (call) && !call->again)
    observe (call, &w);
  fetch_line (call, &w);
  normalise (thaw_op_rows (call->node, call->n), &w, call->x[X], call->y);
}

/* Into the gradients of the parameters, from this thread's sums of dy and dy (x - mean). */
static void
add_parameters (const ThawOpCall *call, const Workspace *w)
{
  const float *gamma = call->x[GAMMA];
  const double *sum = w->sums, *product = sum + w->channels;
  gboolean batch = uses_batch (call);

  for (gint64 c = 0; c < w->channels; c++)
    {
      double inverse = inverse_deviation (call, c);

      if (call->dx[GAMMA])
        ((float *) call->dx[GAMMA])[c] += (float) (product[c] * inverse);
      if (call->dx[BETA])
        ((float *) call->dx[BETA])[c] += (float) sum[c];
      if (call->dx[MEAN] && !batch)
        ((float *) call->dx[MEAN])[c] -= (float) (sum[c] * gamma[c] * inverse);
      if (call->dx[VARIANCE] && !batch)
        ((float *) call->dx[VARIANCE])[c]
            -= (float) (product[c] * gamma[c] * inverse * inverse * inverse / 2);
    }
}

/* dx = gamma / s (dy - mean of dy - (x - mean) / s^2 mean of dy (x - mean)), s the deviation; stored statistics stay where x moves */
static void
prepare_slopes (const ThawOpCall *call, Workspace *w)
{
  const float *gamma = call->x[GAMMA];
  const double *sum = w->sums, *product = sum + w->channels;
  double count = uses_batch (call) ? MAX (batch_rows (call), 1) : INFINITY;

  for (gint64 c = 0; c < w->channels; c++)
    {
      double inverse = inverse_deviation (call, c);

      w->shift[c] = (float) (-gamma[c] * inverse * sum[c] / count);
      w->slope[c] = (float) (-gamma[c] * inverse * inverse * inverse * product[c] / count);
    }
}

/* sums[] = the sums of dy and, where x is there, of dy (x - mean) */
static void
sum_gradients (const ThawOpCall *call, Workspace *w, gboolean with_x)
{
  gint64 rows = thaw_op_rows (call->node, call->n);

  if (with_x)
    sum_products (rows, w, call->dy, call->x[X]);
  else
    sum_columns (rows, w->channels, call->dy, w->sums);
}

static void
batchnorm_backward (const ThawOpCall *call)
{
  gint64 rows = thaw_op_rows (call->node, call->n);
  gboolean batch = uses_batch (call), input = call->dx[X] != NULL;
  gboolean with_x = call->dx[GAMMA] || call->dx[VARIANCE] || (batch && input) || is_activated (call->node);
  Workspace w = lay_out (call);

  fetch_line (call, &w);
  if (with_x || call->dx[BETA] || call->dx[MEAN])
    {
      sum_gradients (call, &w, with_x);
      add_parameters (call, &w);
    }
  if (batch && input)
    sum_over_threads (call, w.sums, 2 * w.channels);
  if (!input)
    return;
  prepare_slopes (call, &w);
  if (batch || is_activated (call->node))
    differentiate (rows, &w, call->x[X], call->dy, call->dx[X]);
  else
    scale_rows (rows, &w, call->dy, call->dx[X]);
}

/* As PyTorch: what is remembered is the unbiased variance. */
static void
batchnorm_update_state (const ThawNode *node, const void *saved, gint64 n_total, void *const *state,
                        gsize element)
{
  gint64 channels = thaw_op_width (node);
  double count = (double) thaw_op_rows (node, n_total);
  double momentum = node->params.norm.momentum;
  const double *observed = saved;

  if (!node->params.norm.batch_statistics || count < 1)
    return;
  for (gint64 i = 0; i < 2 * channels; i++)
    {
      void *data = state[i < channels ? MEAN : VARIANCE];
      double value = i < channels ? observed[i] : observed[i] * count / MAX (count - 1, 1);

      if (element == sizeof (float))
        ((float *) data)[i % channels]
            += (float) (momentum * (value - ((float *) data)[i % channels]));
      else
        ((double *) data)[i % channels] += momentum * (value - ((double *) data)[i % channels]);
    }
}

const ThawOpClass thaw_op_batchnorm_class = {
  .name = "batchnorm",
  .infer = batchnorm_infer,
  .needs = batchnorm_needs,
  .workspace_size = batchnorm_workspace_size,
  .saved_size = batchnorm_saved_size,
  .forward = batchnorm_forward,
  .backward = batchnorm_backward,
  .update_state = batchnorm_update_state,
  .reference_saved = batchnorm_reference_saved,
  .reference = THAW_OP_REFERENCE (batchnorm),
};
