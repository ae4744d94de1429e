/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-trainer.h>

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
