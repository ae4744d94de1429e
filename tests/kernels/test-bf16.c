/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-kernels.h>

#include "thaw-test-numbers.h"

/* Kernels of bfloat16, on every instruction set of this machine and, in place of tiles that it may not have, on tiles in plain C,
 * against sums in double of the same rounded numbers. */
#define SUM_TOLERANCE 1e-5
/* half a place of bfloat16, relative to the result */
#define ROUNDING 0x1p-8
#define CANARY 12345.f

#ifdef THAW_TEST_PLAIN_TILES
gsize thaw_gemm_bf16_packed_size_plain (gint64 k, gint64 n);
void  thaw_gemm_bf16_pack_plain        (const float *b, const ThawGemmAxis *k, const ThawGemmAxis *n, void *packed);
void  thaw_gemm_bf16_plain             (const ThawGemmBf16 *self);
#endif

#define N_TABLES (THAW_N_ISAS + 1)

/* Table @i: that of an instruction set; the last has plain tiles. FALSE: it does not run here */
static gboolean
get_kernels (guint i, ThawKernels *kernels)
{
  const ThawKernels *table = thaw_kernels_for (i < THAW_N_ISAS ? i : THAW_ISA_AVX512);

  if (!table)
    return FALSE;
  *kernels = *table;
  if (i < THAW_N_ISAS)
    return TRUE;
#ifdef THAW_TEST_PLAIN_TILES
  kernels->gemm_bf16_packed_size = thaw_gemm_bf16_packed_size_plain;
  kernels->gemm_bf16_pack = thaw_gemm_bf16_pack_plain;
  kernels->gemm_bf16 = thaw_gemm_bf16_plain;
  return TRUE;
#else
  return FALSE;
#endif
}

/* @n numbers, and how they come back from bfloat16 */
static ThawBf16 *
rounded (gint64 n, const float *numbers)
{
  ThawBf16 *values = g_new (ThawBf16, n + 1);

  for (gint64 i = 0; i < n; i++)
    values[i] = thaw_bf16_from_float (numbers[i]);
  return values;
}

/* --- conversion --- */

static void
test_convert (const ThawKernels *kernels)
{
  static const float odd[] = { 0, -0.f, 1, 1.00390625f, 1.01171875f, -1.005859375f, INFINITY, -INFINITY, NAN, 3.4e38f, 65504, -3.14159265f };

  for (gint64 n = 0; n <= 40; n++)
    {
      g_autofree float *x = thaw_test_numbers (n + 1), *back = thaw_test_filled (n + 1, CANARY);
      g_autofree ThawBf16 *y = g_new (ThawBf16, n + 1);

      for (gint64 i = 0; i < MIN (n, (gint64) G_N_ELEMENTS (odd)); i++)
        x[i] = odd[i];
      y[n] = 777;
      kernels->to_bf16 (n, x, y);
      kernels->from_bf16 (n, y, back);
      for (gint64 i = 0; i < n; i++)
        if (isnan (x[i]))
          g_assert_true (isnan (back[i]));
        else
          g_assert_true (y[i] == thaw_bf16_from_float (x[i]) && back[i] == thaw_bf16_to_float (y[i]));
      g_assert_cmpint (y[n], ==, 777);
      g_assert_true (back[n] == CANARY);
    }
}

/* --- products --- */

typedef struct
{
  gint64         m, n, k;
  gboolean       bias, residual, bf16_residual, bf16_c;
  ThawActivation activation;
  gint64         line, lines, runs, stride; /* windows: @line places in each of @lines lines, @runs lines high, @stride apart; 0: rows */
} Case;

typedef struct
{
  const Case *t;
  ThawBf16   *a, *w;
  float      *bias, *residual;
  ThawBf16   *low_residual, *low_c;
  float      *c;
  void       *packed;
  gint64      lda, line_stride;
} Product;

static void
product_init (Product *self, const ThawKernels *kernels, const Case *t)
{
  const gint64 places = t->line ? (t->line * t->stride + t->k) * (t->lines + t->runs) : t->m * (t->k + 6);
  g_autofree float *a = thaw_test_numbers (places), *w = thaw_test_numbers (t->n * t->k);
  const ThawGemmAxis k = thaw_gemm_axis (t->k, 1), n = thaw_gemm_axis (t->n, t->k);

  self->t = t;
  self->lda = t->line ? t->stride : t->k + 6;
  self->line_stride = t->line ? t->line * t->stride + t->k : 0;
  self->a = rounded (places, a);
  self->w = rounded (t->n * t->k, w);
  self->bias = thaw_test_numbers (t->n);
  self->residual = thaw_test_numbers (t->m * (t->n + 1));
  self->low_residual = rounded (t->m * (t->n + 1), self->residual);
  self->c = thaw_test_filled (t->m * (t->n + 2), CANARY);
  self->low_c = g_new0 (ThawBf16, t->m * (t->n + 2) + 1);
  self->packed = g_malloc (kernels->gemm_bf16_packed_size (t->k, t->n) + 1);
  kernels->gemm_bf16_pack (w, &k, &n, self->packed);
}

static void
product_clear (Product *self)
{
  g_free (self->a);
  g_free (self->w);
  g_free (self->bias);
  g_free (self->residual);
  g_free (self->low_residual);
  g_free (self->c);
  g_free (self->low_c);
  g_free (self->packed);
}

static ThawGemmBf16
call_of (const Product *self)
{
  const Case *t = self->t;

  return (ThawGemmBf16){ .m = t->m, .n = t->n, .k = t->k / 2, .a = self->a, .lda = self->lda / 2, .b = self->packed,
                         .bias = t->bias ? self->bias : NULL,
                         .residual = !t->residual ? NULL : t->bf16_residual ? (const void *) self->low_residual : self->residual,
                         .ldr = t->n + 1, .c = t->bf16_c ? (void *) self->low_c : self->c, .ldc = t->n + 2, .activation = t->activation,
                         .line = t->line, .line_stride = self->line_stride / 2, .runs = t->runs, .run_stride = self->line_stride / 2,
                         .bf16_residual = t->bf16_residual, .bf16_c = t->bf16_c };
}

/* Element (@i, @l) of a */
static double
left (const Product *self, gint64 i, gint64 l)
{
  const Case *t = self->t;
  const gint64 run = t->runs ? t->k / t->runs : t->k;
  const gint64 row = t->line ? i / t->line * self->line_stride + i % t->line * self->lda : i * self->lda;

  return thaw_bf16_to_float (self->a[row + (t->runs ? l / run * self->line_stride : 0) + l % run]);
}

static void
check_element (const Product *self, gint64 i, gint64 j)
{
  const Case *t = self->t;
  const gint64 at = i * (t->n + 2) + j, beside = i * (t->n + 1) + j;
  double sum = 0, magnitude = 1, expected, found = t->bf16_c ? thaw_bf16_to_float (self->low_c[at]) : self->c[at];

  for (gint64 l = 0; l < t->k; l++)
    {
      const double term = left (self, i, l) * thaw_bf16_to_float (self->w[j * t->k + l]);

      sum += term;
      magnitude += fabs (term);
    }
  sum += t->bias ? self->bias[j] : 0;
  if (t->residual)
    sum += t->bf16_residual ? thaw_bf16_to_float (self->low_residual[beside]) : self->residual[beside];
  expected = thaw_test_activated (t->activation, sum);
  if (!(fabs (found - expected) <= SUM_TOLERANCE * magnitude + (t->bf16_c ? ROUNDING * fabs (expected) : 0)))
    g_error ("%g where %g was expected: %d x %d x %d at %d, %d", found, expected, (int) t->m, (int) t->n, (int) t->k, (int) i, (int) j);
}

static void
check_product (const ThawKernels *kernels, const Case *t)
{
  Product self;
  ThawGemmBf16 call;

  product_init (&self, kernels, t);
  call = call_of (&self);
  kernels->gemm_bf16 (&call);
  for (gint64 i = 0; i < t->m; i++)
    {
      for (gint64 j = 0; j < t->n; j++)
        check_element (&self, i, j);
      for (gint64 j = t->n; j < t->n + 2; j++)
        g_assert_true (t->bf16_c ? self.low_c[i * (t->n + 2) + j] == 0 : self.c[i * (t->n + 2) + j] == CANARY);
    }
  product_clear (&self);
}

static void
test_product (const ThawKernels *kernels)
{
  static const gint64 ms[] = { 1, 5, 7, 13, 14, 15, 16, 17, 31, 32, 33, 49 };
  static const gint64 ns[] = { 1, 8, 15, 16, 17, 31, 32, 33, 65 };
  static const gint64 ks[] = { 2, 30, 32, 34, 96 };
  guint i = 0;

  for (guint m = 0; m < G_N_ELEMENTS (ms); m++)
    for (guint n = 0; n < G_N_ELEMENTS (ns); n++)
      for (guint k = 0; k < G_N_ELEMENTS (ks); k++, i++)
        check_product (kernels, &(Case){ ms[m], ns[n], ks[k], i % 2, i / 2 % 2, i / 3 % 2, i / 5 % 2, i % THAW_N_ACTIVATIONS });
  check_product (kernels, &(Case){ 40, 40, 1500, TRUE, TRUE, TRUE, TRUE, THAW_ACTIVATION_NONE });
  check_product (kernels, &(Case){ 29, 40, 2042, TRUE, TRUE, FALSE, FALSE, THAW_ACTIVATION_RELU }); /* rows a power of two apart */
  check_product (kernels, &(Case){ 0, 40, 32 });
}

/* Windows of 3 x 3 and 1 x 1 places, next to each other and two apart, as they lie in a picture */
static void
test_windows (const ThawKernels *kernels)
{
  static const gint64 widths[] = { 1, 7, 16, 19 };
  static const gint64 channels[] = { 2, 12, 32 };

  for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
    for (guint c = 0; c < G_N_ELEMENTS (channels); c++)
      for (gint64 step = 1; step <= 2; step++)
        {
          const gint64 line = widths[w], lines = 3, in = channels[c];

          check_product (kernels, &(Case){ line * lines, 33, 9 * in, TRUE, FALSE, FALSE, step == 2, THAW_ACTIVATION_RELU6, line, lines, 3, step * in });
          check_product (kernels, &(Case){ line * lines, 16, in, TRUE, FALSE, FALSE, FALSE, THAW_ACTIVATION_NONE, line, lines, 1, step * in });
        }
}

/* Any rows, multiplied alone, have the bits they have among all others. */
static void
test_bits (const ThawKernels *kernels)
{
  const Case t = { 67, 45, 162, TRUE, FALSE, FALSE, FALSE, THAW_ACTIVATION_SILU };
  Product self;
  ThawGemmBf16 call;
  g_autofree float *some = g_new (float, 67 * 47);

  product_init (&self, kernels, &t);
  call = call_of (&self);
  kernels->gemm_bf16 (&call);
  call.c = some;
  for (gint64 first = 0; first < t.m; first += 1 + first / 5)
    for (call.m = 1; call.m <= t.m - first; call.m += 1 + call.m / 6)
      {
        call.a = self.a + first * self.lda;
        kernels->gemm_bf16 (&call);
        for (gint64 i = 0; i < call.m; i++)
          g_assert_cmpmem (some + i * 47, 45 * sizeof (float), self.c + (first + i) * 47, 45 * sizeof (float));
      }
  product_clear (&self);
}

/* --- depthwise --- */

/* What float32 makes of the same numbers, rounded */
static void
check_depthwise (const ThawKernels *kernels, const ThawWindows *w, ThawActivation activation)
{
  const gint64 inputs = w->n * w->h * w->w * w->c, outputs = w->n * w->out_h * w->out_w * w->c;
  g_autofree float *numbers = thaw_test_numbers (inputs), *weight = thaw_test_numbers (w->kernel[0] * w->kernel[1] * w->c);
  g_autofree float *bias = thaw_test_numbers (w->c), *exact = g_new (float, outputs);
  g_autofree ThawBf16 *x = rounded (inputs, numbers), *y = g_new (ThawBf16, outputs + 1);
  const gint64 half = w->n * w->out_h / 2;
  ThawDepthwise call = { .windows = *w, .x = x, .weight = weight, .bias = bias, .y = y, .activation = activation, .end = half };

  for (gint64 i = 0; i < inputs; i++)
    numbers[i] = thaw_bf16_to_float (x[i]);
  kernels->depthwise_forward (&(ThawDepthwise){ .windows = *w, .x = numbers, .weight = weight, .bias = bias, .y = exact, .activation = activation });
  y[outputs] = 777;
  if (half > 0)
    kernels->depthwise_bf16 (&call);
  call.first = half;
  call.end = 0;
  kernels->depthwise_bf16 (&call);
  for (gint64 i = 0; i < outputs; i++)
    g_assert_cmpint (y[i], ==, thaw_bf16_from_float (exact[i]));
  g_assert_cmpint (y[outputs], ==, 777);
}

static void
test_depthwise (const ThawKernels *kernels)
{
  static const ThawWindows windows[] = {
    { 2, 7, 7, 16, 7, 7, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { 2, 7, 7, 33, 7, 7, { 5, 5 }, { 1, 1 }, { 1, 1 }, { 2, 2 } },
    { 2, 14, 15, 20, 7, 7, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 0, 0 } },
    { 1, 9, 8, 24, 9, 8, { 3, 3 }, { 1, 1 }, { 2, 2 }, { 2, 2 } },
    { 1, 11, 10, 3, 6, 5, { 7, 7 }, { 2, 2 }, { 1, 1 }, { 3, 3 } },
    { 1, 1, 1, 5, 1, 1, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    for (ThawActivation a = 0; a < THAW_N_ACTIVATIONS; a++)
      check_depthwise (kernels, &windows[i], a);
}

static const struct
{
  const char *name;
  void      (*test) (const ThawKernels *kernels);
} tests[] = {
  { "convert", test_convert }, { "product", test_product }, { "windows", test_windows },
  { "bits", test_bits },       { "depthwise", test_depthwise },
};

static void
run_test (gconstpointer data)
{
  ThawKernels kernels;

  if (get_kernels (GPOINTER_TO_UINT (data) % N_TABLES, &kernels))
    tests[GPOINTER_TO_UINT (data) / N_TABLES].test (&kernels);
  else
    g_test_skip ("this machine does not run it");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint k = 0; k < N_TABLES; k++)
      {
        g_autofree char *path = g_strdup_printf ("/bf16/%s/%s", tests[i].name, k < THAW_N_ISAS ? thaw_isa_name (k) : "plain-tiles");

        g_test_add_data_func (path, GUINT_TO_POINTER (i * N_TABLES + k), run_test);
      }
  return g_test_run ();
}
