/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-softmax.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-trainer.h>

ThawEvaluation *
thaw_evaluation_new (guint n, guint classes)
{
  ThawEvaluation *self = g_new0 (ThawEvaluation, 1);

  self->classes = classes;
  self->samples = g_new (guint32, MAX (n, 1));
  self->labels = g_new (int, MAX (n, 1));
  self->predictions = g_new (int, MAX (n, 1));
  self->probabilities = g_new (float, MAX ((gsize) n * classes, 1));
  self->logits = g_new (float, MAX ((gsize) n * classes, 1));
  self->confusion = g_new0 (guint64, MAX ((gsize) classes * classes, 1));
  return self;
}

void
thaw_evaluation_free (ThawEvaluation *self)
{
  if (!self)
    return;
  g_free (self->samples);
  g_free (self->labels);
  g_free (self->predictions);
  g_free (self->probabilities);
  g_free (self->logits);
  g_free (self->confusion);
  g_free (self);
}

static int
first_largest (gsize classes, const float *values)
{
  gsize best = 0;

  for (gsize c = 1; c < classes; c++)
    if (values[c] > values[best])
      best = c;
  return (int) best;
}

/* The last row, whose probabilities and logits are in place */
static void
count_row (ThawEvaluation *self, guint32 sample, int label, int prediction)
{
  self->samples[self->n] = sample;
  self->labels[self->n] = label;
  self->predictions[self->n] = prediction;
  self->confusion[(gsize) label * self->classes + (gsize) prediction]++;
  self->n++;
}

static double
cross_entropy (gsize classes, const float *logits, int label)
{
  double loss;

  thaw_cross_entropy_f32 (1, (gint64) classes, logits, &label, 0, NULL, 1, NULL, &loss);
  return loss;
}

void
thaw_evaluation_add (ThawEvaluation *self, guint32 sample, int label, const float *logits)
{
  const gsize classes = self->classes, row = self->n * classes;

  memmove (self->logits + row, logits, classes * sizeof (float));
  thaw_softmax (classes, self->logits + row, self->probabilities + row);
  self->loss += cross_entropy (classes, self->logits + row, label);
  count_row (self, sample, label, first_largest (classes, self->logits + row));
}

void
thaw_evaluation_add_row (ThawEvaluation *self, const ThawEvaluation *from, guint row, int label)
{
  const gsize classes = self->classes, own = self->n * classes, other = row * classes;

  memcpy (self->probabilities + own, from->probabilities + other, classes * sizeof (float));
  memcpy (self->logits + own, from->logits + other, classes * sizeof (float));
  self->loss += cross_entropy (classes, self->logits + own, label);
  count_row (self, from->samples[row], label, from->predictions[row]);
}

void
thaw_evaluation_finish (ThawEvaluation *self)
{
  guint64 right = 0;

  for (gsize c = 0; c < self->classes; c++)
    right += self->confusion[c * self->classes + c];
  self->accuracy = self->n ? (double) right / self->n : 0;
  self->loss = self->n ? self->loss / self->n : 0;
  thaw_wilson_interval (right, self->n, &self->low, &self->high);
}

ThawEvaluation *
thaw_evaluation_new_from (guint n, guint classes, const int *labels, const float *probabilities, double loss)
{
  ThawEvaluation *self = thaw_evaluation_new (n, classes);

  for (guint i = 0; i < n; i++)
    {
      const gsize row = (gsize) i * classes;

      for (guint c = 0; c < classes; c++)
        {
          self->probabilities[row + c] = probabilities[row + c];
          self->logits[row + c] = logf (probabilities[row + c]);
        }
      count_row (self, i, labels[i], first_largest (classes, probabilities + row));
    }
  self->loss = loss * n;
  thaw_evaluation_finish (self);
  return self;
}

ThawEvaluation *
thaw_evaluation_relabel (const ThawEvaluation *original, const int *labels)
{
  ThawEvaluation *self = thaw_evaluation_new (original->n, original->classes);

  for (guint i = 0; i < original->n; i++)
    if (labels[i] >= 0)
      thaw_evaluation_add_row (self, original, i, labels[i]);
  thaw_evaluation_finish (self);
  return self;
}

/* Wilson 1927, with continuity left out; z of 95 % */
void
thaw_wilson_interval (guint64 right, guint64 n, double *low, double *high)
{
  const double z = 1.959963984540054, count = (double) n, share = n ? (double) right / count : 0;
  double middle, reach;

  *low = 0;
  *high = 1;
  if (n == 0)
    return;
  middle = share + z * z / (2 * count);
  reach = z * sqrt (share * (1 - share) / count + z * z / (4 * count * count));
  *low = MAX ((middle - reach) / (1 + z * z / count), 0);
  *high = MIN ((middle + reach) / (1 + z * z / count), 1);
}

void
thaw_evaluation_class (const ThawEvaluation *self, guint label, double *precision, double *recall, double *f1)
{
  guint64 right = self->confusion[label * self->classes + label], predicted = 0, actual = 0;

  for (guint c = 0; c < self->classes; c++)
    {
      predicted += self->confusion[c * self->classes + label];
      actual += self->confusion[label * self->classes + c];
    }
  *precision = predicted ? (double) right / (double) predicted : 0;
  *recall = actual ? (double) right / (double) actual : 0;
  *f1 = predicted + actual ? 2 * (double) right / (double) (predicted + actual) : 0;
}
