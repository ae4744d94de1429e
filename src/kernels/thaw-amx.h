/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* Tiles of 16 rows of 64 bytes: sums of 16 columns, or 16 pairs of bfloat16. THAW_AMX_PLAIN: in C, for machines without. The number of
 * a tile is a literal. */
#define AMX_ROWS 16
#define AMX_BYTES 64
#define AMX_TILES 8

#ifdef THAW_AMX_PLAIN
#include <thaw/thaw-bf16.h>

typedef union
{
  guint8   bytes[AMX_ROWS][AMX_BYTES];
  float    sums[AMX_ROWS][AMX_BYTES / 4];
  ThawBf16 pairs[AMX_ROWS][AMX_BYTES / 4][2];
} AmxTile;

static __thread AmxTile amx_tiles[AMX_TILES];
static __thread gboolean amx_is_set_up;

static inline void
amx_set_up (void)
{
  memset (amx_tiles, 0, sizeof amx_tiles);
  amx_is_set_up = TRUE;
}

static inline void
amx_release (void)
{
  amx_is_set_up = FALSE;
}

static inline void
amx_zero (int tile)
{
  g_assert (amx_is_set_up);
  memset (&amx_tiles[tile], 0, sizeof amx_tiles[tile]);
}

static inline void
amx_load (int tile, const void *from, gsize stride)
{
  g_assert (amx_is_set_up);
  for (int i = 0; i < AMX_ROWS; i++)
    memcpy (amx_tiles[tile].bytes[i], (const guint8 *) from + i * stride, AMX_BYTES);
}

static inline void
amx_store (int tile, void *to, gsize stride)
{
  g_assert (amx_is_set_up);
  for (int i = 0; i < AMX_ROWS; i++)
    memcpy ((guint8 *) to + i * stride, amx_tiles[tile].bytes[i], AMX_BYTES);
}

static inline void
amx_add_product (int sums, int a, int b)
{
  g_assert (amx_is_set_up);
  for (int i = 0; i < AMX_ROWS; i++)
    for (int k = 0; k < AMX_ROWS; k++)
      for (int j = 0; j < AMX_BYTES / 4; j++)
        for (int half = 0; half < 2; half++)
          amx_tiles[sums].sums[i][j] += thaw_bf16_to_float (amx_tiles[a].pairs[i][k][half])
                                        * thaw_bf16_to_float (amx_tiles[b].pairs[k][j][half]);
}
#else
#include <immintrin.h>

/* Every thread has tiles of its own. */
static inline void
amx_set_up (void)
{
  struct
  {
    guint8  palette, start_row, reserved[14];
    guint16 bytes[16];
    guint8  rows[16];
  } config = { .palette = 1 };

  for (int i = 0; i < AMX_TILES; i++)
    {
      config.bytes[i] = AMX_BYTES;
      config.rows[i] = AMX_ROWS;
    }
  _tile_loadconfig (&config);
}

#define amx_release() _tile_release ()
#define amx_zero(tile) _tile_zero (tile)
#define amx_load(tile, from, stride) _tile_loadd (tile, from, stride)
#define amx_store(tile, to, stride) _tile_stored (tile, to, stride)
#define amx_add_product(sums, a, b) _tile_dpbf16ps (sums, a, b)
#endif
