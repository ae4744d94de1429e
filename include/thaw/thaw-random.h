/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

/**
 * ThawRandomPurpose:
 *
 * What a random number is for. Streams of different purposes never meet. The values are part of
 * the documented sequence and never change.
 */
typedef enum
{
  THAW_RANDOM_INIT = 1,
  THAW_RANDOM_SHUFFLE = 2,
  THAW_RANDOM_AUGMENT = 3,
  THAW_RANDOM_DROPOUT = 4,
  THAW_RANDOM_SPLIT = 5,
} ThawRandomPurpose;

/**
 * ThawRandom:
 *
 * A counter-based stream (splitmix64, Steele, Lea, Flood 2014). Nothing is carried from one stream
 * to the next, so that any shuffle, augmentation or dropout mask can be made again anywhere from
 * (seed, purpose, epoch, item):
 *
 *     mix(z)   z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9; z = (z ^ z >> 27) * 0x94D049BB133111EB; z ^ z >> 31
 *     key      mix (mix (mix (mix (seed) + purpose) + epoch) + item)
 *     value i  mix (key + (i + 1) * 0x9E3779B97F4A7C15)                 i = 0, 1, ...
 */
struct _ThawRandom
{
  guint64 key;
  guint64 counter;
};

ThawRandom thaw_random       (guint64 seed, ThawRandomPurpose purpose, guint64 epoch, guint64 item);

static inline guint64
thaw_random_mix (guint64 z)
{
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

/* value i of the stream without moving it; inline, as dropout asks for millions of them */
static inline guint64
thaw_random_at (const ThawRandom *self, guint64 i)
{
  return thaw_random_mix (self->key + (i + 1) * 0x9E3779B97F4A7C15u);
}

static inline guint64
thaw_random_next (ThawRandom *self)
{
  return thaw_random_at (self, self->counter++);
}

/* [0, 1), 53 bits */
static inline double
thaw_random_unit (ThawRandom *self)
{
  return (double) (thaw_random_next (self) >> 11) * 0x1p-53;
}

/* [low, high) */
double     thaw_random_range (ThawRandom *self, double low, double high);
/* 0 .. n - 1 without bias (Lemire 2019); n > 0 */
guint64    thaw_random_below (ThawRandom *self, guint64 n);
/* standard normal (Box-Muller, the cosine half; two values of the stream) */
double     thaw_random_normal (ThawRandom *self);
/* Fisher-Yates from the end */
void       thaw_random_shuffle (ThawRandom *self, guint32 *items, gsize n);

G_END_DECLS
