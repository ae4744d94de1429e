/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-cpu.h>

G_BEGIN_DECLS

#define THAW_RESAMPLE_PRECISION 22
/* Rows are resampled this many at a time. */
#define THAW_RESAMPLE_ROWS 4
/* Bytes that may be read behind what is asked for, and the number of columns summed at a time */
#define THAW_RESAMPLE_PADDING 16

/**
 * ThawTaps:
 *
 * The sources of every result along one side, and their weights with 22 bits of fraction. Weights
 * are stored in two parts, since processors multiply 16 bits fastest: weight = high * 2^15 + low,
 * low within 0 .. 2^15 - 1. Behind the last weight of an odd number stands a zero.
 */
typedef struct
{
  int     n;
  int     stride;      /* even */
  int    *first;       /* [n] */
  int    *count;       /* [n] */
  gint16 *high, *low;  /* [n][stride] */
} ThawTaps;

/**
 * ThawResamplePasses:
 *
 * @rows: four rows of RGB pixels at once, each to its target; up to THAW_RESAMPLE_PADDING bytes
 * behind a source row are read (and do not count), one byte behind a target row is written.
 *
 * @column: one row from @n rows with these weights, @length bytes; sources and target have room for
 * a multiple of THAW_RESAMPLE_PADDING.
 *
 * Every result is clip ((1/2 + sum of weight * source) >> 22), the sum being one of 32-bit
 * integers: the bits are those of any order and any instruction set.
 */
typedef struct
{
  void (*rows)   (const ThawTaps *taps, const guint8 *const rows[THAW_RESAMPLE_ROWS],
                  guint8 *const targets[THAW_RESAMPLE_ROWS]);
  void (*column) (const gint16 *high, const gint16 *low, int n, const guint8 *const *rows,
                  guint8 *target, gsize length);
} ThawResamplePasses;

ThawResamplePasses thaw_resample_passes (ThawIsa isa);

G_END_DECLS
