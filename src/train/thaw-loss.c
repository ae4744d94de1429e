/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-optimizer.h>

/* What a picture's loss weighs the classes' log-probabilities by (torch.nn.functional.cross_entropy): the label
 * gets 1 - smoothing, every class smoothing / classes, each times its class weight. */
typedef struct
{
  int           label;
  double        on_label, on_each;
  const double *weights; /* (nullable) */
  double        total;   /* of all shares */
} Target;

static double
class_weight (const double *weights, gint64 c)
{
  return weights ? weights[c] : 1;
}

static double
target_share (const Target *self, gint64 c)
{
  double share = self->on_each * class_weight (self->weights, c);

  return c == self->label ? share + self->on_label : share;
}

static Target
target_new (gint64 classes, int label, double smoothing, const double *weights)
{
  Target self = { .label = label, .weights = weights };

  self.on_label = (1 - smoothing) * class_weight (weights, label);
  self.on_each = smoothing / (double) classes;
  if (smoothing == 0)
    self.total = self.on_label;
  else
    for (gint64 c = 0; c < classes; c++)
      self.total += target_share (&self, c);
  return self;
}

double
thaw_cross_entropy_weight (gint64 n, const int *labels, const double *class_weights)
{
  double sum = 0;

  if (!class_weights)
    return (double) n;
  for (gint64 i = 0; i < n; i++)
    sum += class_weights[labels[i]];
  return sum;
}

#define T float
#define NAME(x) x##_f32
#include "thaw-loss-cross-entropy.inc"
#undef T
#undef NAME

#define T double
#define NAME(x) x##_f64
#include "thaw-loss-cross-entropy.inc"
