/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-softmax.h"

#include <math.h>

void
thaw_softmax (gsize classes, const float *logits, float *probabilities)
{
  double max = (double) logits[0], sum = 0;

  for (gsize c = 1; c < classes; c++)
    max = MAX (max, (double) logits[c]);
  for (gsize c = 0; c < classes; c++)
    sum += exp ((double) logits[c] - max);
  for (gsize c = 0; c < classes; c++)
    probabilities[c] = (float) (exp ((double) logits[c] - max) / sum);
}
