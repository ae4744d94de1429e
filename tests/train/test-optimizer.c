/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../support/thaw-test.h"

#include <math.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-random.h>

#define STEPS 60
#define N 37
#define LR .05

static const struct
{
  const char          *name;
  ThawOptimizerOptions options;
} rules[] = {
  { "sgd", { THAW_OPTIMIZER_SGD } },
  { "sgd-decay", { THAW_OPTIMIZER_SGD, .weight_decay = .1 } },
  { "momentum", { THAW_OPTIMIZER_SGD, .momentum = .9, .weight_decay = .1 } },
  { "nesterov", { THAW_OPTIMIZER_SGD, .momentum = .8, .nesterov = TRUE, .weight_decay = .01 } },
  { "adam", { THAW_OPTIMIZER_ADAM, .beta1 = .9, .beta2 = .999, .eps = 1e-8 } },
  { "adam-decay", { THAW_OPTIMIZER_ADAM, .beta1 = .7, .beta2 = .9, .eps = 1e-2, .weight_decay = .2 } },
  { "adamw", { THAW_OPTIMIZER_ADAMW, .beta1 = .9, .beta2 = .99, .eps = 1e-3, .weight_decay = .3 } },
  { "rmsprop", { THAW_OPTIMIZER_RMSPROP, .alpha = .99, .eps = 1e-2 } },
  { "rmsprop-decay", { THAW_OPTIMIZER_RMSPROP, .alpha = .9, .eps = 1e-8, .weight_decay = .1 } },
};

/* sum over i <= t of share * keep^(t - i) * x[i]^power: what a running mean is, written out */
static long double
weighted (const long double *x, int t, long double keep, long double share, int power)
{
  long double sum = 0;

  for (int i = 0; i <= t; i++)
    sum += share * powl (keep, t - i) * powl (x[i], power);
  return sum;
}

/* The rules as torch.optim documents them, from the whole history of gradients instead of moments */
static long double
closed_form (const ThawOptimizerOptions *o, long double value, long double decay, const long double *g, int t)
{
  switch (o->kind)
    {
    case THAW_OPTIMIZER_SGD:
      {
        long double velocity = weighted (g, t, o->momentum, 1, 1);

        return value - LR * (o->nesterov ? g[t] + o->momentum * velocity : velocity);
      }
    case THAW_OPTIMIZER_RMSPROP:
      return value - LR * g[t] / (sqrtl (weighted (g, t, o->alpha, 1 - (long double) o->alpha, 2)) + o->eps);
    default:
      {
        long double mean = weighted (g, t, o->beta1, 1 - (long double) o->beta1, 1) / (1 - powl (o->beta1, t + 1));
        long double square = weighted (g, t, o->beta2, 1 - (long double) o->beta2, 2) / (1 - powl (o->beta2, t + 1));

        return value * (1 - LR * decay) - LR * mean / (sqrtl (square) + o->eps);
      }
    }
}

static void
make_gradients (double *gradients)
{
  ThawRandom random = thaw_random (1, THAW_RANDOM_INIT, 0, 0);

  for (int i = 0; i < STEPS * N; i++)
    gradients[i] = thaw_random_normal (&random) * exp (thaw_random_range (&random, -3, 1));
}

static long double
expect (const ThawOptimizerOptions *o, long double value, const double *gradients)
{
  const gboolean decoupled = o->kind == THAW_OPTIMIZER_ADAMW;
  long double g[STEPS];

  for (int t = 0; t < STEPS; t++)
    {
      g[t] = gradients[t * N] + (decoupled ? 0 : o->weight_decay * value);
      value = closed_form (o, value, decoupled ? o->weight_decay : 0, g, t);
    }
  return value;
}

static void
test_rule (gconstpointer data)
{
  const ThawOptimizerOptions *o = data;
  g_autofree double *gradients = g_new (double, STEPS * N);
  double value[N], slot0[N] = { 0 }, slot1[N] = { 0 }, expected[N];
  float value32[N], gradient32[N], slot32[2][N] = { 0 };

  make_gradients (gradients);
  for (int i = 0; i < N; i++)
    {
      value32[i] = (float) (value[i] = i - N / 2);
      expected[i] = (double) expect (o, value[i], gradients + i);
    }
  for (int t = 0; t < STEPS; t++)
    {
      for (int i = 0; i < N; i++)
        gradient32[i] = (float) gradients[t * N + i];
      thaw_optimizer_step_f64 (o, LR, (guint64) t + 1, N, value, gradients + t * N, (double *[]){ slot0, slot1 });
      thaw_optimizer_step_f32 (o, LR, (guint64) t + 1, N, value32, gradient32, (float *[]){ slot32[0], slot32[1] });
    }
  g_assert_cmpfloat (thaw_test_relative_f64 (value, expected, N), <, 1e-13);
  g_assert_cmpfloat (thaw_test_relative (value32, expected, N), <, 2e-6);
}

/* Any split of the elements gives the same bits. */
static void
test_split (gconstpointer data)
{
  const ThawOptimizerOptions *o = data;
  g_autofree double *gradients = g_new (double, STEPS * N);
  float whole[N], parts[N], gradient[N], slots[2][N] = { 0 }, part_slots[2][N] = { 0 };

  make_gradients (gradients);
  for (int i = 0; i < N; i++)
    whole[i] = parts[i] = (float) i / 3;
  for (int t = 0; t < STEPS; t++)
    {
      for (int i = 0; i < N; i++)
        gradient[i] = (float) gradients[t * N + i];
      thaw_optimizer_step_f32 (o, LR, (guint64) t + 1, N, whole, gradient, (float *[]){ slots[0], slots[1] });
      for (int from = 0, to; from < N; from = to)
        {
          to = MIN (from + 1 + (from + t) % 11, N);
          thaw_optimizer_step_f32 (o, LR, (guint64) t + 1, (gsize) (to - from), parts + from, gradient + from,
                                   (float *[]){ part_slots[0] + from, part_slots[1] + from });
        }
    }
  g_assert_cmpmem (whole, sizeof whole, parts, sizeof parts);
}

/* --- loss --- */

#define PICTURES 7
#define CLASSES 5

static const struct
{
  const char *name;
  double      smoothing;
  gboolean    weighted;
  double      scale;
} losses[] = {
  { "plain", 0, FALSE, 3 },
  { "smoothed", .1, FALSE, 3 },
  { "weighted", 0, TRUE, 3 },
  { "both", .3, TRUE, 3 },
  { "huge", 0, FALSE, 1e4 },
  { "huge-smoothed", .1, TRUE, 1e4 },
};

static const double class_weights[CLASSES] = { .5, 1, 1.5, .25, 3 };

typedef struct
{
  double logits[PICTURES * CLASSES];
  int    labels[PICTURES];
  const double *weights;
  double smoothing, weight_sum;
} LossCase;

static LossCase
make_loss (guint which)
{
  LossCase self = { .smoothing = losses[which].smoothing, .weights = losses[which].weighted ? class_weights : NULL };

  thaw_test_formula ("logits", PICTURES * CLASSES, self.logits);
  for (int i = 0; i < PICTURES * CLASSES; i++)
    self.logits[i] *= losses[which].scale;
  for (int i = 0; i < PICTURES; i++)
    self.labels[i] = i * 3 % CLASSES;
  self.weight_sum = thaw_cross_entropy_weight (PICTURES, self.labels, self.weights);
  return self;
}

/* Written out in long double from torch's documentation: mean of the label's part and of the smoothed part */
static long double
mean_loss (const LossCase *self)
{
  long double label_part = 0, smooth_part = 0, weight_sum = 0;

  for (int i = 0; i < PICTURES; i++)
    {
      const double *z = self->logits + i * CLASSES;
      const int y = self->labels[i];
      long double max = -HUGE_VALL, sum = 0;

      for (int c = 0; c < CLASSES; c++)
        max = fmaxl (max, z[c]);
      for (int c = 0; c < CLASSES; c++)
        sum += expl (z[c] - max);
      for (int c = 0; c < CLASSES; c++)
        {
          long double nll = max + logl (sum) - z[c], w = self->weights ? self->weights[c] : 1;

          label_part += c == y ? w * nll : 0;
          smooth_part += w * nll / CLASSES;
        }
      weight_sum += self->weights ? self->weights[y] : 1;
    }
  return ((1 - self->smoothing) * label_part + self->smoothing * smooth_part) / weight_sum;
}

static void
test_loss (gconstpointer data)
{
  LossCase self = make_loss (GPOINTER_TO_UINT (data));
  double gradient[PICTURES * CLASSES], shares[PICTURES], sum = 0, largest = 0, step;

  thaw_cross_entropy_f64 (PICTURES, CLASSES, self.logits, self.labels, self.smoothing, self.weights, self.weight_sum, gradient, shares);
  for (int i = 0; i < PICTURES; i++)
    sum += shares[i];
  g_assert_cmpfloat_with_epsilon (sum / self.weight_sum, (double) mean_loss (&self), 1e-13 * (double) mean_loss (&self));
  for (int k = 0; k < PICTURES * CLASSES; k++)
    {
      const double kept = self.logits[k];
      long double up, down;

      step = 1e-5 * MAX (1, fabs (kept));
      self.logits[k] = kept + step;
      up = mean_loss (&self);
      self.logits[k] = kept - step;
      down = mean_loss (&self);
      self.logits[k] = kept;
      largest = MAX (largest, fabs ((double) ((up - down) / (2 * step)) - gradient[k]));
    }
  g_assert_cmpfloat (largest, <, 1e-9);
}

static void
test_loss_f32 (gconstpointer data)
{
  LossCase self = make_loss (GPOINTER_TO_UINT (data));
  double gradient[PICTURES * CLASSES], shares[PICTURES], shares32[PICTURES];
  float logits32[PICTURES * CLASSES], gradient32[PICTURES * CLASSES];

  for (int i = 0; i < PICTURES * CLASSES; i++)
    self.logits[i] = logits32[i] = (float) self.logits[i];
  thaw_cross_entropy_f64 (PICTURES, CLASSES, self.logits, self.labels, self.smoothing, self.weights, self.weight_sum, gradient, shares);
  thaw_cross_entropy_f32 (PICTURES, CLASSES, logits32, self.labels, self.smoothing, self.weights, self.weight_sum, gradient32, shares32);
  g_assert_cmpmem (shares, sizeof shares, shares32, sizeof shares32);
  g_assert_cmpfloat (thaw_test_relative (gradient32, gradient, PICTURES * CLASSES), <, 1e-7);
}

static void
test_loss_extremes (void)
{
  static const float far[] = { 3e38f, -3e38f, 0 }, infinite[] = { INFINITY, 0, 0 }, nan[] = { 0, NAN, 0 };
  const int first = 0, second = 1;
  double loss;

  thaw_cross_entropy_f32 (1, 3, far, &first, 0, NULL, 1, NULL, &loss);
  g_assert_cmpfloat (loss, ==, 0);
  thaw_cross_entropy_f32 (1, 3, far, &second, .1, NULL, 1, NULL, &loss);
  g_assert_true (isfinite (loss) && loss > 5e38);
  /* what is broken must show, not vanish */
  thaw_cross_entropy_f32 (1, 3, infinite, &first, 0, NULL, 1, NULL, &loss);
  g_assert_false (isfinite (loss));
  thaw_cross_entropy_f32 (1, 3, nan, &first, 0, NULL, 1, NULL, &loss);
  g_assert_false (isfinite (loss));
}

/* --- schedule --- */

/* The one-cycle and cosine figures: torch.optim.lr_scheduler.OneCycleLR (max_lr=1, total_steps=10) and CosineAnnealingLR (T_max=10)
 * worked out by their documented formulas */
static const struct
{
  ThawSchedule schedule;
  double       step, n_steps, warmup, factor;
} factors[] = {
  { THAW_SCHEDULE_CONSTANT, 0, 10, 0, 1 },
  { THAW_SCHEDULE_CONSTANT, 9, 10, 0, 1 },
  { THAW_SCHEDULE_CONSTANT, 0, 10, 4, .2 },
  { THAW_SCHEDULE_CONSTANT, 3, 10, 4, .8 },
  { THAW_SCHEDULE_CONSTANT, 4, 10, 4, 1 },
  { THAW_SCHEDULE_STEP, 0, 9, 0, 1 },
  { THAW_SCHEDULE_STEP, 2, 9, 0, 1 },
  { THAW_SCHEDULE_STEP, 3, 9, 0, .1 },
  { THAW_SCHEDULE_STEP, 5, 9, 0, .1 },
  { THAW_SCHEDULE_STEP, 6, 9, 0, .01 },
  { THAW_SCHEDULE_STEP, 8, 9, 0, .01 },
  { THAW_SCHEDULE_STEP, 5, 12, 3, 1 },
  { THAW_SCHEDULE_STEP, 6, 12, 3, .1 },
  { THAW_SCHEDULE_COSINE, 0, 10, 0, 1 },
  { THAW_SCHEDULE_COSINE, 5, 10, 0, .5 },
  { THAW_SCHEDULE_COSINE, 9, 10, 0, .024471741852423234 },
  { THAW_SCHEDULE_COSINE, 7, 12, 2, .5 },
  { THAW_SCHEDULE_ONE_CYCLE, 0, 10, 0, .04 },
  { THAW_SCHEDULE_ONE_CYCLE, 1, 10, 0, .52 },
  { THAW_SCHEDULE_ONE_CYCLE, 2, 10, 0, 1 },
  { THAW_SCHEDULE_ONE_CYCLE, 9, 10, 0, 4e-6 },
  { THAW_SCHEDULE_ONE_CYCLE, 0, 1, 0, 1 },
  { THAW_SCHEDULE_COSINE, 0, 1, 0, 1 },
  { THAW_SCHEDULE_COSINE, 2, 3, 5, .5 },
};

static void
test_schedule (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
    {
      double factor = thaw_schedule_factor (factors[i].schedule, factors[i].step, factors[i].n_steps, factors[i].warmup);

      if (!(fabs (factor - factors[i].factor) <= 1e-12))
        g_error ("row %u: %.17g", i, factor);
    }
}

/* Never negative, never above the base rate, no jumps but those of "step" */
static void
test_schedule_bounds (void)
{
  for (guint schedule = THAW_SCHEDULE_CONSTANT; schedule <= THAW_SCHEDULE_ONE_CYCLE; schedule++)
    for (int n = 1; n < 50; n++)
      for (int warmup = 0; warmup < 9; warmup += 4)
        for (int step = 0; step < n; step++)
          {
            double factor = thaw_schedule_factor (schedule, step, n, warmup);

            g_assert_true (factor > 0 && factor <= 1);
          }
}

static void
test_names (void)
{
  for (guint i = 0; i < THAW_N_OPTIMIZERS; i++)
    {
      ThawOptimizerKind kind;

      g_assert_true (thaw_optimizer_parse (&kind, thaw_optimizer_name (i), NULL));
      g_assert_cmpuint (kind, ==, i);
    }
  for (guint i = THAW_SCHEDULE_CONSTANT; i <= THAW_SCHEDULE_ONE_CYCLE; i++)
    {
      ThawSchedule schedule;

      g_assert_true (thaw_schedule_parse (&schedule, thaw_schedule_name (i), NULL));
      g_assert_cmpuint (schedule, ==, i);
    }
}

static void
add (const char *group, const char *name, gconstpointer data, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/train/%s/%s", group, name);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      add ("optimizer", rules[i].name, &rules[i].options, test_rule);
      add ("optimizer-split", rules[i].name, &rules[i].options, test_split);
    }
  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    {
      add ("loss", losses[i].name, GUINT_TO_POINTER (i), test_loss);
      add ("loss-f32", losses[i].name, GUINT_TO_POINTER (i), test_loss_f32);
    }
  g_test_add_func ("/train/loss/extremes", test_loss_extremes);
  g_test_add_func ("/train/schedule/factors", test_schedule);
  g_test_add_func ("/train/schedule/bounds", test_schedule_bounds);
  g_test_add_func ("/train/names", test_names);
  return g_test_run ();
}
