/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-random.h>

static guint64
mix (guint64 z)
{
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

ThawRandom
thaw_random (guint64 seed, ThawRandomPurpose purpose, guint64 epoch, guint64 item)
{
  return (ThawRandom){ .key = mix (mix (mix (mix (seed) + purpose) + epoch) + item) };
}

guint64
thaw_random_at (const ThawRandom *self, guint64 i)
{
  return mix (self->key + (i + 1) * 0x9E3779B97F4A7C15u);
}

guint64
thaw_random_next (ThawRandom *self)
{
  return thaw_random_at (self, self->counter++);
}

double
thaw_random_unit (ThawRandom *self)
{
  return (double) (thaw_random_next (self) >> 11) * 0x1p-53;
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
