/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define THAW_BLOCK_ALIGNMENT 64

/* A piece of an arena that is in use from time @start to time @end, both included. */
typedef struct
{
  guint start, end;
  gsize bytes;
  gsize offset;   /* set by thaw_layout() */
} ThawBlock;

static inline gsize
thaw_layout_align (gsize bytes)
{
  return (bytes + THAW_BLOCK_ALIGNMENT - 1) & ~(gsize) (THAW_BLOCK_ALIGNMENT - 1);
}

/* Gives each block an offset so that blocks that are in use at the same time do not overlap;
 * returns the bytes of the arena. Largest first, each into the smallest gap that holds it ("greedy
 * by size", Pisarchyk and Lee 2020). */
gsize thaw_layout (ThawBlock *blocks, guint n);

G_END_DECLS
