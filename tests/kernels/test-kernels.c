/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-kernels.h>

#include "thaw-test-numbers.h"

/* Every kernel, on every instruction set of this machine, against loops in double, at sizes around
 * the edges of its tiles. Sums are within TOLERANCE of the sum of their terms' magnitudes. */
#define TOLERANCE 1e-5
/* what stands where nothing may be written */
#define CANARY 12345.f

/* What comes after has the kernels of the last of these (test_isa_shared), but for those of bfloat16 (test-bf16.c). */
#define N_FLOAT_ISAS (THAW_ISA_AVX512 + 1)

typedef void (*KernelTest) (const ThawKernels *kernels);

static double
slope (ThawActivation activation, double y)
{
  switch (activation)
    {
    case THAW_ACTIVATION_RELU:
      return y > 0;
    case THAW_ACTIVATION_RELU6:
      return y > 0 && y < 6;
    case THAW_ACTIVATION_SIGMOID:
      return y * (1 - y);
    case THAW_ACTIVATION_TANH:
      return 1 - y * y;
    case THAW_ACTIVATION_HARDSIGMOID:
      return y > 0 && y < 1 ? 1. / 6 : 0;
    default:
      return 1;
    }
}

static void
assert_close (double value, double expected, double magnitude)
{
  if (!(fabs (value - expected) <= TOLERANCE * magnitude))
    g_error ("%g where %g was expected", value, expected);
}

/* gemm */

typedef struct
{
  gint64         m, n, k;
  gboolean       transposed, with_bias, with_residual;
  ThawActivation activation;
} GemmCase;

static float *
packed_matrix (const ThawKernels *kernels, const GemmCase *t, const float *b)
{
  float *packed = g_new (float, MAX (kernels->gemm_packed_size (t->k, t->n), 1));
  ThawGemmAxis k = thaw_gemm_axis (t->k, t->transposed ? 1 : t->n);
  ThawGemmAxis n = thaw_gemm_axis (t->n, t->transposed ? t->k : 1);

  kernels->gemm_pack (b, &k, &n, packed);
  return packed;
}

static void
check_gemm_element (const GemmCase *t, const ThawGemm *g, const float *b, gint64 i, gint64 j)
{
  double sum = 0, magnitude = 1e-3;

  for (gint64 l = 0; l < t->k; l++)
    {
      double term = (double) g->a[i * g->lda + l] * b[t->transposed ? j * t->k + l : l * t->n + j];

      sum += term;
      magnitude += fabs (term);
    }
  if (g->bias)
    sum += g->bias[j];
  if (g->residual)
    sum += g->residual[i * g->ldr + j];
  assert_close (g->c[i * g->ldc + j], thaw_test_activated (t->activation, sum), magnitude + 2);
}

static void
check_gemm (const ThawKernels *kernels, const GemmCase *t)
{
  g_autofree float *a = thaw_test_numbers (t->m * (t->k + 3)), *b = thaw_test_numbers (t->k * t->n),
                   *bias = thaw_test_numbers (t->n);
  g_autofree float *residual = thaw_test_numbers (t->m * (t->n + 1)), *c = thaw_test_filled (t->m * (t->n + 2), CANARY);
  g_autofree float *packed = packed_matrix (kernels, t, b);
  ThawGemm g = { .m = t->m, .n = t->n, .k = t->k, .a = a, .lda = t->k + 3, .b = packed,
                 .bias = t->with_bias ? bias : NULL, .residual = t->with_residual ? residual : NULL,
                 .ldr = t->n + 1, .c = c, .ldc = t->n + 2, .activation = t->activation };

  kernels->gemm (&g);
  for (gint64 i = 0; i < t->m; i++)
    {
      for (gint64 j = 0; j < t->n; j++)
        check_gemm_element (t, &g, b, i, j);
      g_assert_true (c[i * g.ldc + t->n] == CANARY && c[i * g.ldc + t->n + 1] == CANARY);
    }
}

static void
test_gemm (const ThawKernels *kernels)
{
  static const gint64 ms[] = { 0, 1, 2, 5, 6, 7, 13, 14, 15, 28, 29, 49, 61 };
  static const gint64 ns[] = { 1, 3, 4, 5, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 65 };
  static const gint64 ks[] = { 0, 1, 2, 3, 16, 33 };
  guint i = 0;

  for (guint m = 0; m < G_N_ELEMENTS (ms); m++)
    for (guint n = 0; n < G_N_ELEMENTS (ns); n++)
      for (guint k = 0; k < G_N_ELEMENTS (ks); k++, i++)
        check_gemm (kernels, &(GemmCase){ ms[m], ns[n], ks[k], i % 2, i / 2 % 2, i / 3 % 2,
                                          i % THAW_N_ACTIVATIONS });
  check_gemm (kernels, &(GemmCase){ 40, 40, 5000, TRUE, TRUE, FALSE, THAW_ACTIVATION_NONE });
  /* rows that lie a power of two apart */
  check_gemm (kernels, &(GemmCase){ 29, 40, 1021, TRUE, TRUE, FALSE, THAW_ACTIVATION_RELU });
  check_gemm (kernels, &(GemmCase){ 13, 33, 2045, FALSE, FALSE, TRUE, THAW_ACTIVATION_NONE });
}

/* Any rows, multiplied alone, have the bits they have among all others. */
static void
test_gemm_bits (const ThawKernels *kernels)
{
  static const gint64 ks[] = { 1, 27, 96, 700 };
  enum { ROWS = 67, COLUMNS = 45 };

  for (guint i = 0; i < G_N_ELEMENTS (ks); i++)
    {
      GemmCase t = { ROWS, COLUMNS, ks[i], TRUE };
      g_autofree float *a = thaw_test_numbers (ROWS * t.k), *b = thaw_test_numbers (t.k * COLUMNS),
                       *bias = thaw_test_numbers (COLUMNS);
      g_autofree float *all = thaw_test_numbers (ROWS * COLUMNS), *some = thaw_test_numbers (ROWS * COLUMNS);
      g_autofree float *packed = packed_matrix (kernels, &t, b);
      ThawGemm g = { .m = ROWS,
                     .n = COLUMNS,
                     .k = t.k,
                     .a = a,
                     .lda = t.k,
                     .b = packed,
                     .bias = bias,
                     .c = all,
                     .ldc = COLUMNS,
                     .activation = i % 2 ? THAW_ACTIVATION_SILU : THAW_ACTIVATION_RELU6 };

      kernels->gemm (&g);
      g.c = some;
      for (gint64 first = 0; first < ROWS; first += 1 + first / 5)
        for (g.m = 1; g.m <= ROWS - first; g.m++)
          {
            g.a = a + first * t.k;
            kernels->gemm (&g);
            g_assert_cmpmem (some, g.m * COLUMNS * sizeof (float), all + first * COLUMNS,
                             g.m * COLUMNS * sizeof (float));
          }
    }
}

static void
test_gemm_accumulate (const ThawKernels *kernels)
{
  GemmCase t = { 15, 17, 9, FALSE };
  g_autofree float *a = thaw_test_numbers (15 * 9), *b = thaw_test_numbers (9 * 17), *c = thaw_test_numbers (15 * 17);
  g_autofree float *before = g_memdup2 (c, 15 * 17 * sizeof (float)),
                   *packed = packed_matrix (kernels, &t, b);
  ThawGemm g = { .m = 15,
                 .n = 17,
                 .k = 9,
                 .a = a,
                 .lda = 9,
                 .b = packed,
                 .residual = c,
                 .ldr = 17,
                 .c = c,
                 .ldc = 17 };

  kernels->gemm (&g);
  g.residual = before;
  for (gint64 i = 0; i < 15; i++)
    for (gint64 j = 0; j < 17; j++)
      check_gemm_element (&t, &g, b, i, j);
}

/* A kernel [o, c, taps] packed as rows (tap, c) and columns o, and the other way round. */
static void
test_gemm_pack_pairs (const ThawKernels *kernels)
{
  enum { O = 35, C = 5, TAPS = 9 };
  g_autofree float *w = thaw_test_numbers (O * C * TAPS), *a = thaw_test_filled (O * C * TAPS, 0),
                   *c = thaw_test_numbers (O * C * TAPS);
  g_autofree float *packed = g_new (float, MAX (kernels->gemm_packed_size (C * TAPS, O),
                                                kernels->gemm_packed_size (O, C * TAPS)));
  ThawGemmAxis pairs = thaw_gemm_axis_pair (TAPS, 1, C, TAPS), o = thaw_gemm_axis (O, C * TAPS);
  ThawGemm g = {
    .m = C * TAPS, .n = O, .k = C * TAPS, .a = a, .lda = C * TAPS, .b = packed, .c = c, .ldc = O
  };

  g_free (g_steal_pointer (&a));
  a = thaw_test_filled (C * TAPS * C * TAPS, 0);
  for (int i = 0; i < C * TAPS; i++)
    a[i * (C * TAPS + 1)] = 1;
  g.a = a;
  kernels->gemm_pack (w, &pairs, &o, packed);
  kernels->gemm (&g);
  for (int tap = 0; tap < TAPS; tap++)
    for (int i = 0; i < C; i++)
      for (int j = 0; j < O; j++)
        g_assert_cmpfloat (c[(tap * C + i) * O + j], ==, w[(j * C + i) * TAPS + tap]);
  kernels->gemm_pack (w, &o, &pairs, packed);
  g = (ThawGemm){
    .m = O, .n = C * TAPS, .k = O, .a = a, .lda = C * TAPS, .b = packed, .c = c, .ldc = C * TAPS
  };
  kernels->gemm (&g);
  for (int tap = 0; tap < TAPS; tap++)
    for (int i = 0; i < C; i++)
      for (int j = 0; j < O; j++)
        g_assert_cmpfloat (c[j * C * TAPS + tap * C + i], ==, w[(j * C + i) * TAPS + tap]);
}

/* gemm_transposed, column_sums */

static void
check_transposed (const ThawKernels *kernels, gint64 m, gint64 o, gint64 k)
{
  gint64 lda = o + 1, ldb = k + 2, ldg = k + 3;
  g_autofree float *a = thaw_test_numbers (m * lda), *b = thaw_test_numbers (m * ldb), *g = thaw_test_filled (o * ldg, .5f);

  kernels->gemm_transposed (&(ThawGemmTransposed){ m, o, k, a, lda, b, ldb, g, ldg });
  for (gint64 i = 0; i < o; i++)
    for (gint64 j = 0; j < ldg; j++)
      {
        double sum = .5, magnitude = 1;

        for (gint64 r = 0; r < m && j < k; r++)
          {
            sum += (double) a[r * lda + i] * b[r * ldb + j];
            magnitude += fabs ((double) a[r * lda + i] * b[r * ldb + j]);
          }
        assert_close (g[i * ldg + j], sum, magnitude);
      }
}

static void
test_gemm_transposed (const ThawKernels *kernels)
{
  static const gint64 ms[] = { 0, 1, 5, 255, 256, 257, 530 };
  static const gint64 os[] = { 1, 5, 6, 7, 13, 14, 15, 30 };
  static const gint64 ks[] = { 1, 4, 7, 9, 16, 17, 33 };

  for (guint m = 0; m < G_N_ELEMENTS (ms); m++)
    for (guint o = 0; o < G_N_ELEMENTS (os); o++)
      for (guint k = 0; k < G_N_ELEMENTS (ks); k++)
        check_transposed (kernels, ms[m], os[o], ks[k]);
}

static void
test_column_sums (const ThawKernels *kernels)
{
  for (gint64 m = 0; m < 600; m = m * 3 / 2 + 1)
    for (gint64 n = 1; n < 40; n++)
      {
        g_autofree float *a = thaw_test_numbers (m * (n + 1)), *sums = thaw_test_filled (n + 1, .25f);

        kernels->column_sums (m, n, a, n + 1, sums);
        for (gint64 j = 0; j < n; j++)
          {
            double sum = .25;

            for (gint64 i = 0; i < m; i++)
              sum += a[i * (n + 1) + j];
            assert_close (sums[j], sum, m + 1);
          }
        g_assert_cmpfloat (sums[n], ==, .25f);
      }
}

/* windows: depthwise, im2col, col2im */

typedef struct
{
  gint64 h, w, c, kernel[2], stride[2], dilation[2], pad[4];
} WindowCase;

static const WindowCase windows[] = {
  { 7, 7, 16, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1, 1, 1 } },
  { 7, 7, 33, { 5, 5 }, { 1, 1 }, { 1, 1 }, { 2, 2, 2, 2 } },
  { 14, 15, 20, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 0, 0, 1, 1 } },
  { 15, 16, 9, { 5, 5 }, { 2, 2 }, { 1, 1 }, { 1, 2, 2, 2 } },
  { 1, 1, 5, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1, 1, 1 } },
  { 2, 3, 17, { 5, 5 }, { 1, 1 }, { 1, 1 }, { 2, 2, 2, 2 } },
  { 9, 8, 24, { 3, 3 }, { 1, 1 }, { 2, 2 }, { 2, 2, 2, 2 } },
  { 9, 22, 8, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 0, 0, 0, 0 } },
  { 11, 10, 3, { 7, 7 }, { 2, 2 }, { 1, 1 }, { 3, 3, 3, 3 } },
  { 6, 9, 4, { 1, 1 }, { 2, 2 }, { 1, 1 }, { 0, 0, 0, 0 } },
  { 8, 8, 18, { 2, 4 }, { 1, 2 }, { 1, 1 }, { 1, 1, 0, 2 } },
  { 10, 7, 16, { 3, 5 }, { 3, 1 }, { 1, 1 }, { 1, 2, 1, 2 } },
  { 6, 6, 7, { 3, 3 }, { 1, 3 }, { 3, 2 }, { 4, 5, 4, 5 } },
  { 5, 5, 16, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 3, 4, 3, 4 } },
};

/* @n pictures of @t */
static ThawWindows
windows_of (const WindowCase *t, gint64 n)
{
  ThawWindows w = { .n = n, .h = t->h, .w = t->w, .c = t->c };

  for (int i = 0; i < 2; i++)
    {
      w.kernel[i] = t->kernel[i];
      w.stride[i] = t->stride[i];
      w.dilation[i] = t->dilation[i];
      w.pad[i] = t->pad[i];
    }
  w.out_h
      = (t->h + t->pad[0] + t->pad[2] - (t->kernel[0] - 1) * t->dilation[0] - 1) / t->stride[0] + 1;
  w.out_w
      = (t->w + t->pad[1] + t->pad[3] - (t->kernel[1] - 1) * t->dilation[1] - 1) / t->stride[1] + 1;
  return w;
}

/* The offset of what window (@i, @j) of picture @n sees at (@ky, @kx), channel 0; -1 in the
 * padding. */
static gint64
seen (const ThawWindows *w, gint64 n, gint64 i, gint64 j, gint64 ky, gint64 kx)
{
  gint64 row = i * w->stride[0] - w->pad[0] + ky * w->dilation[0];
  gint64 column = j * w->stride[1] - w->pad[1] + kx * w->dilation[1];

  return row >= 0 && row < w->h && column >= 0 && column < w->w
             ? ((n * w->h + row) * w->w + column) * w->c
             : -1;
}

typedef struct
{
  ThawWindows w;
  gint64      inputs, outputs, taps;
  float      *x, *weight, *reversed, *bias, *y, *dz, *dx, *dweight, *dbias;
} Depthwise;

static void
depthwise_init (Depthwise *self, const WindowCase *t)
{
  self->w = windows_of (t, 2);
  self->inputs = 2 * t->h * t->w * t->c;
  self->outputs = 2 * self->w.out_h * self->w.out_w * t->c;
  self->taps = t->kernel[0] * t->kernel[1];
  self->x = thaw_test_numbers (self->inputs);
  self->weight = thaw_test_numbers (self->taps * t->c);
  self->reversed = g_new (float, self->taps * t->c);
  for (gint64 tap = 0; tap < self->taps; tap++)
    memcpy (self->reversed + (self->taps - 1 - tap) * t->c, self->weight + tap * t->c,
            t->c * sizeof (float));
  self->bias = thaw_test_numbers (t->c);
  self->y = thaw_test_filled (self->outputs + 1, CANARY);
  self->dz = thaw_test_numbers (self->outputs);
  self->dx = thaw_test_filled (self->inputs + 1, CANARY);
  self->dweight = thaw_test_filled (self->taps * t->c, .5f);
  self->dbias = thaw_test_filled (t->c, .5f);
}

static void
depthwise_clear (Depthwise *self)
{
  g_free (self->x);
  g_free (self->weight);
  g_free (self->reversed);
  g_free (self->bias);
  g_free (self->y);
  g_free (self->dz);
  g_free (self->dx);
  g_free (self->dweight);
  g_free (self->dbias);
}

typedef void (*TapFunc) (
    gpointer data, const ThawWindows *w, gint64 output, gint64 tap, gint64 input);

/* Calls @func for every output position, element of its window and the input it sees (-1: padding).
 */
static void
each_tap (const ThawWindows *w, TapFunc func, gpointer data)
{
  gint64 output = 0;

  for (gint64 n = 0; n < w->n; n++)
    for (gint64 i = 0; i < w->out_h; i++)
      for (gint64 j = 0; j < w->out_w; j++, output++)
        for (gint64 tap = 0; tap < w->kernel[0] * w->kernel[1]; tap++)
          func (data, w, output, tap, seen (w, n, i, j, tap / w->kernel[1], tap % w->kernel[1]));
}

typedef struct
{
  const Depthwise *d;
  const float     *dz;
  double          *y, *dx, *dweight;
} Sums;

static void
forward_tap (gpointer data, const ThawWindows *w, gint64 output, gint64 tap, gint64 input)
{
  Sums *s = data;

  for (gint64 c = 0; c < w->c && input >= 0; c++)
    s->y[output * w->c + c] += (double) s->d->x[input + c] * s->d->weight[tap * w->c + c];
}

static void
backward_tap (gpointer data, const ThawWindows *w, gint64 output, gint64 tap, gint64 input)
{
  Sums *s = data;

  for (gint64 c = 0; c < w->c && input >= 0; c++)
    {
      double dz = s->dz[output * w->c + c];

      s->dx[input + c] += dz * s->d->weight[tap * w->c + c];
      s->dweight[tap * w->c + c] += dz * s->d->x[input + c];
    }
}

static void
check_depthwise_forward (const ThawKernels *kernels,
                         Depthwise *d,
                         ThawActivation activation,
                         gboolean bias)
{
  g_autofree double *y = g_new0 (double, d->outputs);
  Sums sums = { .d = d, .y = y };
  ThawDepthwise depthwise = { d->w, d->x, d->weight, bias ? d->bias : NULL, d->y, activation };

  /* in two parts where there are lines enough */
  depthwise.end = d->w.n * d->w.out_h / 2;
  kernels->depthwise_forward (&depthwise);
  depthwise.first = depthwise.end;
  depthwise.end = 0;
  kernels->depthwise_forward (&depthwise);
  each_tap (&d->w, forward_tap, &sums);
  for (gint64 i = 0; i < d->outputs; i++)
    assert_close (d->y[i], thaw_test_activated (activation, y[i] + (bias ? d->bias[i % d->w.c] : 0)),
                  d->taps);
  g_assert_cmpfloat (d->y[d->outputs], ==, CANARY);
}

/* dz after the mask, in @masked */
static void
mask (const Depthwise *d, ThawActivation activation, float *masked)
{
  for (gint64 i = 0; i < d->outputs; i++)
    masked[i] = (float) (d->dz[i] * slope (activation, d->y[i]));
}

static void
check_depthwise_backward (const ThawKernels *kernels,
                          Depthwise *d,
                          ThawActivation activation,
                          guint what)
{
  g_autofree double *dx = g_new0 (double, d->inputs), *dweight = g_new0 (double, d->taps * d->w.c);
  g_autofree double *dbias = g_new0 (double, d->w.c);
  g_autofree float *masked = g_new (float, d->outputs);
  Sums sums = { .d = d, .dz = masked, .dx = dx, .dweight = dweight };
  double outputs = (double) d->outputs / d->w.c;

  mask (d, activation, masked);
  kernels->depthwise_backward (&(ThawDepthwiseBackward){
      d->w, d->x, d->weight, d->reversed, d->y, d->dz, what & 1 ? d->dx : NULL,
      what & 2 ? d->dweight : NULL, what & 4 ? d->dbias : NULL, activation });
  each_tap (&d->w, backward_tap, &sums);
  for (gint64 i = 0; i < d->outputs; i++)
    {
      assert_close (d->dz[i], masked[i], 1);
      dbias[i % d->w.c] += masked[i];
    }
  for (gint64 i = 0; i < d->inputs; i++)
    assert_close (d->dx[i], what & 1 ? dx[i] : CANARY, d->taps);
  for (gint64 i = 0; i < d->taps * d->w.c; i++)
    assert_close (d->dweight[i], what & 2 ? dweight[i] + .5 : .5, outputs);
  for (gint64 i = 0; i < d->w.c; i++)
    assert_close (d->dbias[i], what & 4 ? dbias[i] + .5 : .5, outputs);
  g_assert_cmpfloat (d->dx[d->inputs], ==, CANARY);
}

static void
test_depthwise (const ThawKernels *kernels)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    for (guint what = 0; what < 8; what++)
      {
        ThawActivation activation = (i + what) % (THAW_ACTIVATION_HARDSIGMOID + 1);
        Depthwise d;

        depthwise_init (&d, &windows[i]);
        check_depthwise_forward (kernels, &d, (i + what) % THAW_N_ACTIVATIONS, what % 2);
        check_depthwise_forward (kernels, &d, activation, what % 2);
        check_depthwise_backward (kernels, &d, activation, what);
        depthwise_clear (&d);
      }
}

typedef struct
{
  const ThawIm2col *im2col;
  const float      *x, *columns; /* all rows */
  double           *dx;
} Columns;

static void
column_tap (gpointer data, const ThawWindows *w, gint64 output, gint64 tap, gint64 input)
{
  Columns *s = data;
  gint64 channels = s->im2col->channels, width = w->kernel[0] * w->kernel[1] * channels;

  for (gint64 c = 0; c < channels; c++)
    {
      float value = s->columns[output * width + tap * channels + c];

      if (s->dx && input >= 0)
        s->dx[input + s->im2col->channel + c] += value;
      else if (!s->dx)
        g_assert_cmpfloat (value, ==, input < 0 ? 0 : s->x[input + s->im2col->channel + c]);
    }
}

static void
check_im2col (const ThawKernels *kernels, const ThawWindows *w, gint64 channel, gint64 channels)
{
  gint64 inputs = w->n * w->h * w->w * w->c, rows = w->n * w->out_h * w->out_w;
  gint64 width = w->kernel[0] * w->kernel[1] * channels, split = rows / 3;
  g_autofree float *x = thaw_test_numbers (inputs), *columns = thaw_test_filled (rows * width + 1, CANARY),
                   *dx = thaw_test_filled (inputs, 1);
  g_autofree double *expected = g_new0 (double, inputs);
  ThawIm2col first = { *w, channel, channels, 0, split },
             rest = { *w, channel, channels, split, rows - split };
  Columns s = { .im2col = &first, .x = x, .columns = columns };

  kernels->im2col (&first, x, columns);
  kernels->im2col (&rest, x, columns + split * width);
  g_assert_cmpfloat (columns[rows * width], ==, CANARY);
  each_tap (w, column_tap, &s);
  kernels->col2im (&first, columns, dx);
  kernels->col2im (&rest, columns + split * width, dx);
  s.dx = expected;
  each_tap (w, column_tap, &s);
  for (gint64 i = 0; i < inputs; i++)
    assert_close (dx[i], expected[i] + 1, width + 1);
}

static void
test_im2col (const ThawKernels *kernels)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      ThawWindows w = windows_of (&windows[i], 2);

      check_im2col (kernels, &w, 0, w.c);
      check_im2col (kernels, &w, 1, w.c / 2);
    }
}

/* activations */

static void
test_activate (const ThawKernels *kernels)
{
  enum { N = 4003 };
  /* where small values are differences of large ones */
  static const double absolute[THAW_N_ACTIVATIONS] = { [THAW_ACTIVATION_HARDSIGMOID] = 1e-7,
                                                       [THAW_ACTIVATION_HARDSWISH] = 5e-7,
                                                       [THAW_ACTIVATION_GELU] = 5e-7 };
  g_autofree float *x = g_new (float, N), *y = g_new (float, N), *dy = g_new (float, N);

  for (int i = 0; i < N; i++)
    x[i] = (i - N / 2) * (i % 3 ? .01f : 1e-4f);
  x[0] = -INFINITY; /* backward alone */
  x[1] = -200;
  x[N - 2] = 200;
  for (ThawActivation a = 0; a < THAW_N_ACTIVATIONS; a++)
    {
      kernels->activate (a, N, x, y);
      for (int i = 1; i < N; i++)
        {
          double expected = thaw_test_activated (a, x[i]);

          if (!(fabs (y[i] - expected) <= 1e-6 * fabs (expected) + absolute[a] + 1e-30))
            g_error ("activation %d at %.9g: %.9g where %.9g was expected", a, x[i], y[i],
                     expected);
        }
      for (int i = 0; i < N; i++)
        dy[i] = 3;
      kernels->activate_backward (a, N, y, dy);
      for (int i = 0; i < N && a <= THAW_ACTIVATION_HARDSIGMOID; i++)
        assert_close (dy[i], 3 * slope (a, y[i]), 1);
    }
}

/* A loss that is no longer a number must stay visible. */
static void
test_activate_nan (const ThawKernels *kernels)
{
  for (ThawActivation a = 0; a < THAW_N_ACTIVATIONS; a++)
    for (int n = 1; n < 40; n++)
      {
        g_autofree float *x = thaw_test_filled (n, NAN);

        kernels->activate (a, n, x, x);
        for (int i = 0; i < n; i++)
          g_assert_true (isnan (x[i]));
      }
}

static void
test_isa (void)
{
  g_assert_true (thaw_isa_runs (THAW_ISA_BASELINE));
  g_assert_nonnull (thaw_kernels_for (THAW_ISA_BASELINE));
  g_assert_true (thaw_isa_runs (thaw_kernels ()->isa));
}

static void
test_isa_shared (void)
{
  const ThawKernels *last = thaw_kernels_for (N_FLOAT_ISAS - 1);

  for (ThawIsa isa = N_FLOAT_ISAS; isa < THAW_N_ISAS; isa++)
    {
      const ThawKernels *kernels = thaw_kernels_for (isa);

#define THAW_KERNEL(name, type, arguments) g_assert_true (!kernels || kernels->name == last->name);
#define THAW_BF16_KERNEL(name, type, arguments) g_assert_true (!kernels || kernels->name != last->name);
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
    }
}

static void
test_isa_forced (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("THAW_ISA", "baseline", TRUE);
      g_assert_cmpint (thaw_kernels ()->isa, ==, THAW_ISA_BASELINE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

static void
test_isa_unknown (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("THAW_ISA", "abacus", TRUE);
      g_test_expect_message ("thaw", G_LOG_LEVEL_WARNING, "*abacus*");
      g_assert_true (thaw_isa_runs (thaw_cpu_isa ()));
      g_test_assert_expected_messages ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

static const struct
{
  const char *name;
  KernelTest  test;
} tests[] = {
  { "gemm", test_gemm },
  { "gemm/bits", test_gemm_bits },
  { "gemm/accumulate", test_gemm_accumulate },
  { "gemm/pack-pairs", test_gemm_pack_pairs },
  { "gemm-transposed", test_gemm_transposed },
  { "column-sums", test_column_sums },
  { "depthwise", test_depthwise },
  { "im2col", test_im2col },
  { "activate", test_activate },
  { "activate/nan", test_activate_nan },
};

static void
run_test (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data) / N_FLOAT_ISAS;
  const ThawKernels *kernels = thaw_kernels_for (GPOINTER_TO_UINT (data) % N_FLOAT_ISAS);

  if (kernels)
    tests[i].test (kernels);
  else
    g_test_skip ("this machine does not run it");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (ThawIsa isa = 0; isa < N_FLOAT_ISAS; isa++)
      {
        g_autofree char *path
            = g_strdup_printf ("/kernels/%s/%s", tests[i].name, thaw_isa_name (isa));

        g_test_add_data_func (path, GUINT_TO_POINTER (i * N_FLOAT_ISAS + isa), run_test);
      }
  g_test_add_func ("/kernels/isa", test_isa);
  g_test_add_func ("/kernels/isa/shared", test_isa_shared);
  g_test_add_func ("/kernels/isa/forced", test_isa_forced);
  g_test_add_func ("/kernels/isa/unknown", test_isa_unknown);
  return g_test_run ();
}
