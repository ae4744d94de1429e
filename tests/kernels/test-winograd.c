/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Winograd's kernels, on every instruction set of this machine, against plain convolutions in double, at sizes around
 * the edges of their tiles: within 2e-5 of the largest value, and the bits of any block, tile and share.
 */
#include <math.h>
#include <string.h>
#include <thaw/thaw-kernels.h>

#include "thaw-test-numbers.h"
#include "thaw-test.h"

#define TOLERANCE 2e-5
#define CANARY 12345.f
/* What comes after has the kernels of the last of these. */
#define N_FLOAT_ISAS (THAW_ISA_AVX512 + 1)

typedef struct
{
  gint64         h, w, c, out;
  gint64         pad[4];
  int            tile;
  gint64         block;
  gboolean       with_bias, with_residual;
  ThawActivation activation;
} Case;

typedef struct
{
  const ThawKernels *kernels;
  const Case        *t;
  ThawWindows        w;
  gint64             inputs, outputs;
  float             *x, *weight, *bias, *residual, *y;
  double            *exact; /* before the activation */
} Trial;

/* Calls for every output of a channel, tap and what it sees: their offsets at channel 0. */
#define EACH_TAP(trial, output, tap, input)                                                        \
  for (gint64 output = 0; output < (trial)->w.n * (trial)->w.out_h * (trial)->w.out_w; output++)   \
    for (gint64 tap = 0, input; tap < 9; tap++)                                                    \
      if ((input = seen (&(trial)->w, output, tap)) >= 0)

/* -1: in the padding */
static gint64
seen (const ThawWindows *w, gint64 output, gint64 tap)
{
  gint64 line = output / w->out_w, i = line % w->out_h - w->pad[0] + tap / 3,
         j = output % w->out_w - w->pad[1] + tap % 3;

  return i >= 0 && i < w->h && j >= 0 && j < w->w
             ? ((line / w->out_h * w->h + i) * w->w + j) * w->c
             : -1;
}

static void
convolve (Trial *self)
{
  gint64 c = self->w.c, out = self->t->out;

  for (gint64 i = 0; i < self->outputs; i++)
    self->exact[i] = (self->t->with_bias ? self->bias[i % out] : 0)
                     + (self->t->with_residual ? self->residual[i] : 0);
  EACH_TAP (self, output, tap, input)
    for (gint64 o = 0; o < out; o++)
      for (gint64 k = 0; k < c; k++)
        self->exact[output * out + o]
            += (double) self->x[input + k] * self->weight[(o * c + k) * 9 + tap];
}

static void
trial_init (Trial *self, const ThawKernels *kernels, const Case *t)
{
  *self = (Trial){ .kernels = kernels, .t = t };
  self->w = (ThawWindows){ .n = 2, .h = t->h, .w = t->w, .c = t->c,
                           .out_h = t->h + t->pad[0] + t->pad[2] - 2,
                           .out_w = t->w + t->pad[1] + t->pad[3] - 2, .kernel = { 3, 3 },
                           .stride = { 1, 1 }, .dilation = { 1, 1 },
                           .pad = { t->pad[0], t->pad[1] } };
  self->inputs = 2 * t->h * t->w * t->c;
  self->outputs = 2 * self->w.out_h * self->w.out_w * t->out;
  self->x = thaw_test_numbers (self->inputs);
  self->weight = thaw_test_numbers (t->out * t->c * 9);
  self->bias = thaw_test_numbers (t->out);
  self->residual = thaw_test_numbers (self->outputs);
  self->y = thaw_test_filled (self->outputs + 1, CANARY);
  self->exact = g_new (double, self->outputs + 1);
}

static void
trial_clear (Trial *self)
{
  g_free (self->x);
  g_free (self->weight);
  g_free (self->bias);
  g_free (self->residual);
  g_free (self->y);
  g_free (self->exact);
}

static float *
pack (const ThawKernels *kernels, const ThawWinogradWeights *weights)
{
  gsize size = kernels->winograd_packed_size (weights);
  float *packed = thaw_test_filled (size + 1, CANARY);

  kernels->winograd_pack (weights, packed);
  g_assert_true (packed[size] == CANARY);
  return packed;
}

static ThawWinograd
call_of (const Trial *self, const float *packed, float *workspace)
{
  const Case *t = self->t;

  return (ThawWinograd){ .windows = self->w, .out = t->out, .tile = t->tile, .x = self->x,
                         .weight = packed, .bias = t->with_bias ? self->bias : NULL,
                         .residual = t->with_residual ? self->residual : NULL, .y = self->y,
                         .activation = t->activation, .end = thaw_winograd_tiles (&self->w, t->tile),
                         .columns = t->out, .block = t->block, .workspace = workspace };
}

/* The largest difference, relative to the largest value. */
static double
error_of (gint64 n, const float *values, const double *exact, ThawActivation activation)
{
  double error = 0, largest = 1e-3;

  for (gint64 i = 0; i < n; i++)
    {
      double difference = fabs (values[i] - thaw_test_activated (activation, exact[i]));

      error = difference > error || isnan (difference) ? difference : error;
      largest = MAX (largest, fabs (exact[i]));
    }
  return error / largest;
}

static void
assert_within (double error, const Case *t, const char *what)
{
  if (!(error <= TOLERANCE))
    g_error ("%s, tile %d, %dx%dx%d -> %d: error %g", what, t->tile, (int) t->h, (int) t->w,
             (int) t->c, (int) t->out, error);
}

/* In pieces: the same bits. */
static void
check_shares (const Trial *self, ThawWinograd call)
{
  gint64 tiles = call.end;
  g_autofree float *whole = g_memdup2 (self->y, (self->outputs + 1) * sizeof (float));

  memset (self->y, 0, self->outputs * sizeof (float));
  for (gint64 column = 0; column < self->t->out; column += 32)
    for (gint64 part = 0; part < 3; part++)
      {
        call.block = 1 + part % self->t->block;
        call.column = column;
        call.columns = MIN (32, self->t->out - column);
        call.first = tiles * part / 3;
        call.end = tiles * (part + 1) / 3;
        self->kernels->winograd (&call);
      }
  g_assert_cmpmem (self->y, (self->outputs + 1) * sizeof (float), whole,
                   (self->outputs + 1) * sizeof (float));
}

static double
check_forward (const ThawKernels *kernels, const Case *t)
{
  Trial self;
  ThawWinograd call;
  gsize space = kernels->winograd_space (t->tile, t->c, t->out, t->block);
  g_autofree float *packed = NULL, *workspace = thaw_test_filled (space + 1, CANARY);
  double error;

  trial_init (&self, kernels, t);
  packed = pack (kernels, &(ThawWinogradWeights){ t->tile, t->c, t->out, self.weight, 9, t->c * 9 });
  call = call_of (&self, packed, workspace);
  kernels->winograd (&call);
  convolve (&self);
  error = error_of (self.outputs, self.y, self.exact, t->activation);
  assert_within (error, t, "forward");
  g_assert_true (self.y[self.outputs] == CANARY && workspace[space] == CANARY);
  check_shares (&self, call);
  trial_clear (&self);
  return error;
}

/* The gradient of the input: a convolution of dz, here @self.y, with the kernels reversed. */
static double
check_input_gradient (const ThawKernels *kernels, const Case *t)
{
  Trial self;
  gsize space = kernels->winograd_space (t->tile, t->out, t->c, t->block);
  g_autofree float *packed = NULL, *workspace = g_new (float, space), *dx = NULL, *dz = NULL;
  g_autofree double *exact = NULL;
  double error;

  trial_init (&self, kernels, t);
  dz = thaw_test_numbers (self.outputs);
  dx = thaw_test_filled (self.inputs + 1, CANARY);
  exact = g_new0 (double, self.inputs);
  packed = pack (kernels,
                 &(ThawWinogradWeights){ t->tile, t->out, t->c, self.weight, t->c * 9, 9, TRUE });
  kernels->winograd (&(ThawWinograd){
      .windows = { .n = 2, .h = self.w.out_h, .w = self.w.out_w, .c = t->out, .out_h = t->h,
                   .out_w = t->w, .kernel = { 3, 3 }, .stride = { 1, 1 }, .dilation = { 1, 1 },
                   .pad = { 2 - t->pad[0], 2 - t->pad[1] } },
      .out = t->c, .tile = t->tile, .x = dz, .weight = packed, .y = dx,
      .end = 2 * ((t->h + t->tile - 1) / t->tile) * ((t->w + t->tile - 1) / t->tile),
      .columns = t->c, .block = t->block, .workspace = workspace });
  EACH_TAP (&self, output, tap, input)
    for (gint64 o = 0; o < t->out; o++)
      for (gint64 k = 0; k < t->c; k++)
        exact[input + k]
            += (double) dz[output * t->out + o] * self.weight[(o * t->c + k) * 9 + tap];
  error = error_of (self.inputs, dx, exact, THAW_ACTIVATION_NONE);
  assert_within (error, t, "gradient of the input");
  g_assert_true (dx[self.inputs] == CANARY);
  trial_clear (&self);
  return error;
}

static double
check_weight_gradient (const ThawKernels *kernels, const Case *t)
{
  Trial self;
  gint64 weights = t->out * t->c * 9;
  gsize space = kernels->winograd_gradient_space (t->tile, t->c, t->out, t->block);
  g_autofree float *workspace = thaw_test_filled (space + 1, CANARY), *dz = NULL,
                   *dweight = thaw_test_filled (weights + 1, .5f);
  g_autofree double *exact = g_new (double, weights);
  double error;

  trial_init (&self, kernels, t);
  dz = thaw_test_numbers (self.outputs);
  kernels->winograd_gradient (&(ThawWinogradGradient){ self.w, t->out, t->tile, self.x, dz, dweight,
                                                       t->block, workspace });
  for (gint64 i = 0; i < weights; i++)
    exact[i] = .5;
  EACH_TAP (&self, output, tap, input)
    for (gint64 o = 0; o < t->out; o++)
      for (gint64 k = 0; k < t->c; k++)
        exact[(o * t->c + k) * 9 + tap] += (double) dz[output * t->out + o] * self.x[input + k];
  error = error_of (weights, dweight, exact, THAW_ACTIVATION_NONE);
  assert_within (error, t, "gradient of the weight");
  g_assert_true (dweight[weights] == .5f && workspace[space] == CANARY);
  trial_clear (&self);
  return error;
}

typedef double (*Check) (const ThawKernels *kernels, const Case *t);

static const Check checks[] = { check_forward, check_input_gradient, check_weight_gradient };

static void
sweep (const ThawKernels *kernels, int tile)
{
  static const gint64 sizes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 13 };
  static const gint64 channels[] = { 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49, 70 };
  static const ThawActivation activations[]
      = { THAW_ACTIVATION_NONE, THAW_ACTIVATION_RELU, THAW_ACTIVATION_RELU6, THAW_ACTIVATION_SILU };
  guint i = 0;

  for (guint h = 0; h < G_N_ELEMENTS (sizes); h++)
    for (guint w = 0; w < G_N_ELEMENTS (sizes); w++)
      for (guint k = 0; k < 3; k++, i++)
        {
          Case t = { sizes[h], sizes[w], channels[i % 14], channels[(i / 3 + i * 5) % 14],
                     { 1, 1, 1, 1 }, tile, 1 + i % 5 * 4, i % 2, i / 2 % 2, activations[i % 4] };

          for (int side = 0; side < 4 && k > 0; side++)
            t.pad[side] = (i / (side + 1) + side) % 3;
          if (t.h + t.pad[0] + t.pad[2] < 3 || t.w + t.pad[1] + t.pad[3] < 3)
            continue;
          for (guint c = 0; c < G_N_ELEMENTS (checks); c++)
            checks[c](kernels, &t);
        }
}

/* As deep and wide as in real networks: how far off sums of thousands are. */
static void
measure (const ThawKernels *kernels, int tile)
{
  static const char *const names[] = { "forward", "input", "weight" };
  Case t = { 28, 28, 512, 40, { 1, 1, 1, 1 }, tile, 32 };

  for (guint c = 0; c < G_N_ELEMENTS (checks); c++)
    g_test_message ("F(%d, 3) on %s: error %.2g of the largest value", tile, names[c],
                    checks[c](kernels, &t));
}

static void
run_test (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  const ThawKernels *kernels = thaw_kernels_for (i % N_FLOAT_ISAS);
  int tile = i / N_FLOAT_ISAS % 2 ? 4 : 2;

  if (!kernels)
    g_test_skip ("this machine does not run it");
  else if (i / N_FLOAT_ISAS / 2)
    measure (kernels, tile);
  else
    sweep (kernels, tile);
}

/* How far off sums of thousands are is a matter of numbers: nothing for the sanitizers */
#define MEASURED (!THAW_TEST_SANITIZED)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < (MEASURED ? 4 : 2) * N_FLOAT_ISAS; i++)
    {
      g_autofree char *path = g_strdup_printf (
          "/winograd/%s/%d/%s", i / N_FLOAT_ISAS / 2 ? "deep" : "sizes",
          i / N_FLOAT_ISAS % 2 ? 4 : 2, thaw_isa_name (i % N_FLOAT_ISAS));

      g_test_add_data_func (path, GUINT_TO_POINTER (i), run_test);
    }
  return g_test_run ();
}
