/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every way to compute a convolution at the shapes of real networks, on one thread: microseconds a picture, beside what
 * the cost model says, whose cheapest way is marked. Not a test: nothing here passes or fails. Processor time of the
 * best of many passes, the ways in turns, so that a busy machine hits all alike.
 * usage: bench-convolutions [PICTURES [NAME]]    NAME: of the shapes that are wanted
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <thaw/thaw-size.h>

#include "ops/thaw-convolution-way.h"

#define SECONDS .3

typedef struct
{
  const char *where;
  gint64      size, in, out, kernel, stride;
} Shape;

static const Shape shapes[] = {
  { "stem", 224, 3, 64, 7, 2 },      { "stem", 224, 3, 32, 3, 2 },
  { "ResNet 56", 56, 64, 64, 3, 1 }, { "ResNet 28", 28, 128, 128, 3, 1 },
  { "ResNet 14", 14, 256, 256, 3, 1 }, { "ResNet 7", 7, 512, 512, 3, 1 },
  { "ResNet 56 / 2", 56, 64, 128, 3, 2 }, { "ResNet 28 / 2", 28, 128, 256, 3, 2 },
  { "ResNet 14 / 2", 14, 256, 512, 3, 2 }, { "shortcut", 56, 64, 128, 1, 2 },
  { "shortcut", 14, 1024, 2048, 1, 2 }, { "SqueezeNet", 54, 16, 64, 3, 1 },
  { "SqueezeNet", 13, 64, 256, 3, 1 }, { "narrow", 28, 16, 16, 3, 1 },
  { "narrow", 14, 32, 32, 3, 1 },
};

#define THAW_CONVOLUTION_WAY(name) &thaw_convolution_##name,
#define THAW_WEIGHT_GRADIENT_WAY(name)
static const ThawConvolutionWay *const ways[] = {
#include "ops/thaw-convolution-ways.inc"
};
#undef THAW_CONVOLUTION_WAY
#undef THAW_WEIGHT_GRADIENT_WAY
#define THAW_CONVOLUTION_WAY(name)
#define THAW_WEIGHT_GRADIENT_WAY(name) &thaw_weight_gradient_##name,
static const ThawWeightGradientWay *const gradient_ways[] = {
#include "ops/thaw-convolution-ways.inc"
};
#undef THAW_CONVOLUTION_WAY
#undef THAW_WEIGHT_GRADIENT_WAY

/* One way at one shape, with all that it needs. */
typedef struct
{
  const char *name;
  ThawConvolution shape;
  const ThawConvolutionWay *way;
  const ThawWeightGradientWay *gradient_way;
  float *x, *y, *weight, *packed, *workspace;
  double cost, best;
} Run;

static double
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec + t.tv_nsec * 1e-9;
}

static float *
numbers (gint64 n)
{
  float *values = thaw_aligned_alloc ((n + 1) * sizeof (float));

  for (gint64 i = 0; i < n; i++)
    values[i] = (float) (i * 7919 % 1009) / 1009 - .5f;
  return values;
}

static void
pass (Run *self)
{
  double start = now (), seconds;
  const ThawConvolutionCall call = { .x = self->x, .packed = self->packed, .y = self->y,
                                     .workspace = self->workspace };

  if (self->way)
    self->way->run (&self->shape, &call);
  else
    self->gradient_way->add (&self->shape, self->x, self->y, 0, thaw_convolution_rows (&self->shape),
                             self->weight, self->workspace);
  seconds = now () - start;
  self->best = MIN (self->best, seconds);
}

static void
run_init (Run *self, const char *name, const ThawConvolution *shape)
{
  const ThawWindows *w = &shape->windows;

  self->name = name;
  self->shape = *shape;
  self->best = G_MAXDOUBLE;
  self->x = numbers (w->n * w->h * w->w * w->c);
  self->y = numbers (thaw_convolution_rows (shape) * shape->out);
  self->weight = numbers (thaw_convolution_window (shape) * shape->out);
}

static void
run_clear (Run *self)
{
  thaw_aligned_free (self->x);
  thaw_aligned_free (self->y);
  thaw_aligned_free (self->weight);
  thaw_aligned_free (self->packed);
  thaw_aligned_free (self->workspace);
}

static guint
add_runs (Run *runs, const ThawConvolution *shape)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (isfinite (ways[i]->cost (shape)))
      {
        run_init (&runs[n], ways[i]->name, shape);
        runs[n].way = ways[i];
        runs[n].cost = ways[i]->cost (shape);
        runs[n].packed = numbers (ways[i]->packed_floats (shape));
        ways[i]->pack (shape, runs[n].weight, runs[n].packed);
        runs[n++].workspace = numbers (ways[i]->space_floats (shape));
      }
  for (guint i = 0; i < G_N_ELEMENTS (gradient_ways); i++)
    if (isfinite (gradient_ways[i]->cost (shape)))
      {
        run_init (&runs[n], gradient_ways[i]->name, shape);
        runs[n].gradient_way = gradient_ways[i];
        runs[n].cost = gradient_ways[i]->cost (shape);
        runs[n++].workspace = numbers (gradient_ways[i]->space_floats (shape));
      }
  return n;
}

static void
bench_shape (const Shape *s, gint64 n)
{
  gint64 pad = (s->kernel - 1) / 2, out = (s->size + s->stride - 1) / s->stride;
  ThawConvolution shape = { .windows = { n, s->size, s->size, s->in, out, out,
                                         { s->kernel, s->kernel }, { s->stride, s->stride },
                                         { 1, 1 }, { pad, pad } },
                            .groups = 1, .in = s->in, .out = s->out };
  Run runs[G_N_ELEMENTS (ways) + G_N_ELEMENTS (gradient_ways)] = { 0 };
  guint n_runs = add_runs (runs, &shape);
  double end = now () + SECONDS * n_runs, direct = (double) out * out * s->kernel * s->kernel * s->in * s->out;

  do
    for (guint i = 0; i < n_runs; i++)
      pass (&runs[i]);
  while (now () < end);
  g_print ("%s: %d x %d x %d -> %d, %d x %d / %d\n", s->where, (int) s->size, (int) s->size, (int) s->in, (int) s->out,
           (int) s->kernel, (int) s->kernel, (int) s->stride);
  for (guint i = 0; i < n_runs; i++)
    {
      gboolean chosen = runs[i].way ? runs[i].way == thaw_convolution_way (&shape)
                                    : runs[i].gradient_way == thaw_weight_gradient_way (&shape);

      g_print ("  %-8s %c %-12s %9.1f us %7.1f GMAC/s  cost %7.1f M, %5.1f a ns\n", runs[i].way ? "forward" : "weight",
               chosen ? '*' : ' ', runs[i].name, runs[i].best / n * 1e6, direct * n / runs[i].best * 1e-9,
               runs[i].cost * 1e-6, runs[i].cost * n / runs[i].best * 1e-9);
      run_clear (&runs[i]);
    }
}

int
main (int argc, char **argv)
{
  gint64 n = argc > 1 ? CLAMP (atoi (argv[1]), 1, 256) : 8;

  g_print ("kernels: %s; one thread, %d pictures\n", thaw_isa_name (thaw_kernels ()->isa), (int) n);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (argc < 3 || strstr (shapes[i].where, argv[2]))
      bench_shape (&shapes[i], n);
  return 0;
}
