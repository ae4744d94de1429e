/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-random.h>

ThawRandom
thaw_random (guint64 seed, ThawRandomPurpose purpose, guint64 epoch, guint64 item)
{
  return (ThawRandom){ .key = thaw_random_mix (thaw_random_mix (thaw_random_mix (thaw_random_mix (seed) + purpose) + epoch) + item) };
}

double
thaw_random_range (ThawRandom *self, double low, double high)
{
  return low + (high - low) * thaw_random_unit (self);
}

guint64
thaw_random_below (ThawRandom *self, guint64 n)
{
  unsigned __int128 product = (unsigned __int128) thaw_random_next (self) * n;

  if ((guint64) product < n)
    while ((guint64) product < -n % n)
      product = (unsigned __int128) thaw_random_next (self) * n;
  return product >> 64;
}

double
thaw_random_normal (ThawRandom *self)
{
  double u = 1 - thaw_random_unit (self);
  double v = thaw_random_unit (self);

  return sqrt (-2 * log (u)) * cos (2 * G_PI * v);
}

void
thaw_random_shuffle (ThawRandom *self, guint32 *items, gsize n)
{
  for (gsize i = n; i > 1; i--)
    {
      gsize j = thaw_random_below (self, i);
      guint32 item = items[i - 1];

      items[i - 1] = items[j];
      items[j] = item;
    }
}
