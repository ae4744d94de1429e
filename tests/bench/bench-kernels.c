/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Speeds of the kernels at the shapes of real networks, one thread, beside OpenBLAS in one run.
 * Not a test: nothing here passes or fails. usage: bench-kernels [gemm|transposed|depthwise]...
 */
#include <cblas.h>
#include <string.h>
#include <thaw/thaw-kernels.h>
#include <thaw/thaw-size.h>

void openblas_set_num_threads (int n);

/* Each measurement goes on this long, in turns, and the best pass counts. */
#define SECONDS .15

typedef struct
{
  const char *where;
  gint64      m, k, n;
} Product;

static const Product products[] = {
  { "square", 512, 512, 512 },
  { "square", 1536, 1536, 1536 },
  { "stem, 3x3x3", 12544, 27, 32 },
  { "ResNet-50 reduction 56", 3136, 256, 64 },
  { "ResNet-50 reduction 28", 6272, 512, 128 },
  { "ResNet-50 reduction 14", 1568, 1024, 256 },
  { "the same, sixteen more", 1568, 1040, 256 },
  { "ResNet-50 reduction 7", 392, 2048, 512 },
  { "the same, sixteen more", 392, 2064, 512 },
  { "ResNet-50 expansion 7", 392, 512, 2048 },
  { "MobileNetV2 first expansion", 12544, 16, 96 },
  { "MobileNetV2 first projection", 12544, 32, 16 },
  { "MobileNetV2 projection 112", 12544, 96, 16 },
  { "MobileNetV2 expansion 56", 3136, 24, 144 },
  { "MobileNetV2 projection 56", 3136, 144, 24 },
  { "MobileNetV2 projection 28", 784, 192, 32 },
  { "MobileNetV2 expansion 14", 196, 64, 384 },
  { "MobileNetV2 projection 14", 196, 384, 64 },
  { "MobileNetV2 projection 14", 196, 576, 96 },
  { "MobileNetV2 expansion 7", 49, 160, 960 },
  { "MobileNetV2 projection 7", 49, 960, 160 },
  { "MobileNetV2 last", 49, 320, 1280 },
  { "the same, 8 pictures", 392, 960, 160 },
  { "Lite0 projection 28", 784, 240, 40 },
  { "Lite0 expansion 14", 196, 112, 672 },
  { "Lite0 last, 8 pictures", 392, 320, 1280 },
  { "ResNet 3x3 at 56", 3136, 576, 64 },
  { "ResNet 3x3 at 14", 196, 2304, 256 },
  { "ResNet 3x3 at 7", 49, 4608, 512 },
  { "ResNet-50 1x1 at 56", 3136, 64, 256 },
  { "ResNet-50 1x1 at 7", 49, 2048, 512 },
};

typedef struct
{
  const char *where;
  gint64      size, channels, kernel, stride;
} Depthwise;

static const Depthwise depthwises[] = {
  { "MobileNetV2 112", 112, 32, 3, 1 },  { "MobileNetV2 112", 112, 96, 3, 2 },
  { "MobileNetV2 56", 56, 144, 3, 1 },   { "MobileNetV2 28", 28, 192, 3, 1 },
  { "MobileNetV2 14", 14, 384, 3, 1 },   { "MobileNetV2 14", 14, 576, 3, 2 },
  { "MobileNetV2 7", 7, 960, 3, 1 },     { "Lite0 56", 56, 144, 5, 2 },
  { "Lite0 28", 28, 240, 5, 1 },         { "Lite0 14", 14, 672, 5, 1 },
  { "Lite0 7", 7, 1152, 5, 1 },          { "narrow", 56, 8, 3, 1 },
};

typedef void (*Work) (gconstpointer data);

/* Seconds of the best pass of each of @n works, taken in turns so that a busy machine hits all
 * alike. */
static void
measure (guint n, const Work *works, const gconstpointer *data, double *best)
{
  gint64 end;

  for (guint i = 0; i < n; i++)
    {
      works[i](data[i]);
      best[i] = G_MAXDOUBLE;
    }
  end = g_get_monotonic_time () + (gint64) (n * SECONDS * 1e6);
  do
    for (guint i = 0; i < n; i++)
      {
        gint64 start = g_get_monotonic_time (), passes = 0, now;

        do
          {
            works[i](data[i]);
            passes++;
            now = g_get_monotonic_time ();
          }
        while (now - start < 5000);
        best[i] = MIN (best[i], (now - start) * 1e-6 / passes);
      }
  while (g_get_monotonic_time () < end);
}

static float *
numbers (gint64 n)
{
  float *values = thaw_aligned_alloc (n * sizeof (float));

  for (gint64 i = 0; i < n; i++)
    values[i] = (float) (i * 7919 % 1009) / 1009 - .5f;
  return values;
}

static void
own_gemm (gconstpointer data)
{
  thaw_kernels ()->gemm (data);
}

static void
blas_gemm (gconstpointer data)
{
  const ThawGemm *g = data;

  /* the right operand lies unpacked in @residual */
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, g->m, g->n, g->k, 1, g->a, g->lda,
               g->residual, g->k, 0, g->c, g->ldc);
}

static void
own_transposed (gconstpointer data)
{
  thaw_kernels ()->gemm_transposed (data);
}

static void
blas_transposed (gconstpointer data)
{
  const ThawGemmTransposed *t = data;

  cblas_sgemm (CblasRowMajor, CblasTrans, CblasNoTrans, t->o, t->k, t->m, 1, t->a, t->lda, t->b,
               t->ldb, 1, t->g, t->ldg);
}

static void
report (const char *where, const char *shape, double operations, const double *seconds)
{
  g_print ("%-30s %-20s %7.1f %7.1f %6.2f\n", where, shape, operations / seconds[0] * 1e-9,
           operations / seconds[1] * 1e-9, seconds[1] / seconds[0]);
}

static void
bench_product (const Product *p)
{
  const ThawKernels *kernels = thaw_kernels ();
  g_autofree char *shape = g_strdup_printf ("%d x %d x %d", (int) p->m, (int) p->k, (int) p->n);
  float *a = numbers (p->m * p->k), *w = numbers (p->n * p->k), *c = numbers (p->m * p->n);
  float *packed = thaw_aligned_alloc (kernels->gemm_packed_size (p->k, p->n) * sizeof (float));
  ThawGemmAxis k = thaw_gemm_axis (p->k, 1), n = thaw_gemm_axis (p->n, p->k);
  ThawGemm own = { .m = p->m,
                   .n = p->n,
                   .k = p->k,
                   .a = a,
                   .lda = p->k,
                   .b = packed,
                   .bias = w,
                   .c = c,
                   .ldc = p->n,
                   .activation = THAW_ACTIVATION_RELU6 };
  ThawGemm blas = own;
  double seconds[2];

  kernels->gemm_pack (w, &k, &n, packed);
  blas.residual = w;
  measure (2, (Work[]){ own_gemm, blas_gemm }, (gconstpointer[]){ &own, &blas }, seconds);
  report (p->where, shape, 2. * p->m * p->k * p->n, seconds);
  thaw_aligned_free (a);
  thaw_aligned_free (w);
  thaw_aligned_free (c);
  thaw_aligned_free (packed);
}

static void
bench_transposed (const Product *p)
{
  g_autofree char *shape = g_strdup_printf ("%d x %d x %d", (int) p->m, (int) p->k, (int) p->n);
  float *a = numbers (p->m * p->n), *b = numbers (p->m * p->k), *g = numbers (p->n * p->k);
  ThawGemmTransposed t = {
    .m = p->m, .o = p->n, .k = p->k, .a = a, .lda = p->n, .b = b, .ldb = p->k, .g = g, .ldg = p->k
  };
  double seconds[2];

  measure (2, (Work[]){ own_transposed, blas_transposed }, (gconstpointer[]){ &t, &t }, seconds);
  report (p->where, shape, 2. * p->m * p->k * p->n, seconds);
  thaw_aligned_free (a);
  thaw_aligned_free (b);
  thaw_aligned_free (g);
}

static void
own_depthwise (gconstpointer data)
{
  thaw_kernels ()->depthwise_forward (data);
}

static void
own_depthwise_backward (gconstpointer data)
{
  thaw_kernels ()->depthwise_backward (data);
}

static void
bench_depthwise (const Depthwise *d)
{
  gint64 out = d->size / d->stride, pad = (d->kernel - 1) / 2, taps = d->kernel * d->kernel;
  g_autofree char *shape
      = g_strdup_printf ("%d x %d / %d", (int) d->channels, (int) d->kernel, (int) d->stride);
  ThawWindows w = { 1, d->size, d->size, d->channels, out, out, { d->kernel, d->kernel },
                    { d->stride, d->stride }, { 1, 1 }, { pad, pad } };
  float *x = numbers (d->size * d->size * d->channels),
        *dx = numbers (d->size * d->size * d->channels);
  float *y = numbers (out * out * d->channels), *dz = numbers (out * out * d->channels);
  float *weight = numbers (taps * d->channels), *dweight = numbers (taps * d->channels);
  ThawDepthwise forward = { w, x, weight, weight, y, THAW_ACTIVATION_RELU6 };
  ThawDepthwiseBackward backward
      = { w, x, weight, weight, y, dz, dx, dweight, dweight, THAW_ACTIVATION_RELU6 };
  double operations = 2. * out * out * d->channels * taps, seconds[2];

  measure (2, (Work[]){ own_depthwise, own_depthwise_backward },
           (gconstpointer[]){ &forward, &backward }, seconds);
  g_print ("%-30s %-20s %7.1f %7.1f %6.2f\n", d->where, shape, operations / seconds[0] * 1e-9,
           2 * operations / seconds[1] * 1e-9, seconds[1] / seconds[0]);
  thaw_aligned_free (x);
  thaw_aligned_free (dx);
  thaw_aligned_free (y);
  thaw_aligned_free (dz);
  thaw_aligned_free (weight);
  thaw_aligned_free (dweight);
}

static gboolean
wanted (char **argv, const char *name)
{
  return !argv[1] || g_strv_contains ((const char *const *) argv + 1, name);
}

int
main (int argc, char **argv)
{
  openblas_set_num_threads (1);
  g_print ("kernels: %s; GFLOP/s on one thread\n", thaw_isa_name (thaw_kernels ()->isa));
  if (wanted (argv, "gemm"))
    {
      g_print ("\n%-51s %7s %7s %6s\n", "product m x k x n", "Thaw", "BLAS", "ratio");
      for (guint i = 0; i < G_N_ELEMENTS (products); i++)
        bench_product (&products[i]);
    }
  if (wanted (argv, "transposed"))
    {
      g_print ("\n%-51s %7s %7s %6s\n", "gradient of a weight, m x k x n", "Thaw", "BLAS", "ratio");
      for (guint i = 0; i < G_N_ELEMENTS (products); i++)
        bench_transposed (&products[i]);
    }
  if (wanted (argv, "depthwise"))
    {
      g_print ("\n%-51s %7s %7s %6s\n", "depthwise channels x kernel / stride", "forward", "back",
               "time");
      for (guint i = 0; i < G_N_ELEMENTS (depthwises); i++)
        bench_depthwise (&depthwises[i]);
    }
  return 0;
}
