/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-fuzz-mutate.h"

#include <string.h>

typedef void (*Mutation) (GByteArray *input, GBytes *other, GRand *random);

static gsize
pick (GRand *random, gsize n)
{
  return n > 1 ? (gsize) g_rand_int_range (random, 0, (gint32) MIN (n, G_MAXINT32)) : 0;
}

/* small pieces more often than large ones */
static gsize
pick_length (GRand *random, gsize most)
{
  gsize wanted = (gsize) 1 << pick (random, 12), cap = MIN (most, wanted);

  return cap ? 1 + pick (random, cap) : 0;
}

static void
insert (GByteArray *input, gsize at, const guint8 *data, gsize n)
{
  gsize old = input->len;

  g_byte_array_set_size (input, old + n);
  memmove (input->data + at + n, input->data + at, old - at);
  memcpy (input->data + at, data, n);
}

static void
flip_bit (GByteArray *input, GBytes *other, GRand *random)
{
  if (input->len)
    input->data[pick (random, input->len)] ^= 1 << pick (random, 8);
}

static void
set_byte (GByteArray *input, GBytes *other, GRand *random)
{
  if (input->len)
    input->data[pick (random, input->len)] = (guint8) g_rand_int (random);
}

/* in either byte order, over 1 to 8 bytes */
static void
set_integer (GByteArray *input, GBytes *other, GRand *random)
{
  static const guint64 values[] = { 0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
                                    0x100000000, 0x3fffffffffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff };
  gsize width = (gsize) 1 << pick (random, 4), at;
  guint64 value = values[pick (random, G_N_ELEMENTS (values))];
  gboolean big = g_rand_boolean (random);

  if (input->len < width)
    return;
  at = pick (random, input->len - width + 1);
  for (gsize i = 0; i < width; i++)
    input->data[at + (big ? width - 1 - i : i)] = (guint8) (value >> 8 * i);
}

/* a number written in digits, as JSON has them */
static void
set_digits (GByteArray *input, GBytes *other, GRand *random)
{
  static const char *const values[] = { "0", "-1", "4", "18446744073709551615", "9223372036854775807", "4611686018427387904", "1e9", "[", "{", "\"" };
  gsize at = pick (random, input->len), end = at;
  const char *value = values[pick (random, G_N_ELEMENTS (values))];

  while (at < input->len && !g_ascii_isdigit (input->data[at]))
    at++;
  for (end = at; end < input->len && g_ascii_isdigit (input->data[end]);)
    end++;
  if (end > at)
    g_byte_array_remove_range (input, at, end - at);
  insert (input, at, (const guint8 *) value, strlen (value));
}

static void
cut_end (GByteArray *input, GBytes *other, GRand *random)
{
  g_byte_array_set_size (input, pick (random, input->len + 1));
}

static void
remove_piece (GByteArray *input, GBytes *other, GRand *random)
{
  gsize at = pick (random, input->len), n = pick_length (random, input->len - at);

  if (n)
    g_byte_array_remove_range (input, at, n);
}

static void
insert_noise (GByteArray *input, GBytes *other, GRand *random)
{
  guint8 noise[16];
  gsize n = 1 + pick (random, sizeof noise);
  gboolean same = g_rand_boolean (random);

  for (gsize i = 0; i < n; i++)
    noise[i] = i && same ? noise[0] : (guint8) g_rand_int (random);
  insert (input, pick (random, input->len + 1), noise, n);
}

static void
repeat_piece (GByteArray *input, GBytes *other, GRand *random)
{
  gsize at = pick (random, input->len), n = pick_length (random, input->len - at);
  g_autofree guint8 *piece = g_memdup2 (input->data + at, n);

  for (gsize i = pick (random, 4) + 1; i > 0 && n; i--)
    insert (input, at, piece, n);
}

static void
move_piece (GByteArray *input, GBytes *other, GRand *random)
{
  gsize from = pick (random, input->len), n = pick_length (random, input->len - from);

  if (n)
    memmove (input->data + pick (random, input->len - n + 1), input->data + from, n);
}

static void
splice (GByteArray *input, GBytes *other, GRand *random)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (other, &size);
  gsize from = pick (random, size), at = pick (random, input->len + 1);

  if (g_rand_boolean (random))
    {
      g_byte_array_set_size (input, at);
      g_byte_array_append (input, data + from, size - from);
    }
  else if (size)
    insert (input, at, data + from, pick_length (random, size - from));
}

static const Mutation mutations[] = { flip_bit, set_byte, set_integer, set_integer, set_digits, cut_end, remove_piece, insert_noise, repeat_piece, move_piece, splice };

void
thaw_fuzz_mutate (GByteArray *input, GBytes *other, GRand *random, gsize limit)
{
  for (gsize i = (gsize) 1 << pick (random, 4); i > 0; i--)
    mutations[pick (random, G_N_ELEMENTS (mutations))](input, other, random);
  if (input->len > limit)
    g_byte_array_set_size (input, limit);
}
