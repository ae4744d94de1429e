/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-layout.h"

static int
by_size (const void *a, const void *b)
{
  const ThawBlock *x = *(ThawBlock *const *) a;
  const ThawBlock *y = *(ThawBlock *const *) b;

  if (x->bytes != y->bytes)
    return x->bytes < y->bytes ? 1 : -1;
  return x < y ? -1 : 1; /* equal ones in their order: the layout is the same everywhere */
}

/* @placed is sorted by offset. */
static gsize
find_gap (const ThawBlock *block, ThawBlock *const *placed, guint n_placed)
{
  gsize free_from = 0, best = 0, best_size = G_MAXSIZE;

  for (guint i = 0; i < n_placed; i++)
    {
      const ThawBlock *other = placed[i];

      if (other->end < block->start || block->end < other->start)
        continue;
      if (other->offset >= free_from + block->bytes && other->offset - free_from < best_size)
        {
          best = free_from;
          best_size = other->offset - free_from;
        }
      free_from = MAX (free_from, other->offset + other->bytes);
    }
  return best_size < G_MAXSIZE ? best : free_from;
}

static void
insert_by_offset (ThawBlock *block, ThawBlock **placed, guint n_placed)
{
  guint i = n_placed;

  for (; i > 0 && placed[i - 1]->offset > block->offset; i--)
    placed[i] = placed[i - 1];
  placed[i] = block;
}

gsize
thaw_layout (ThawBlock *blocks, guint n)
{
  g_autofree ThawBlock **order = g_new (ThawBlock *, n + 1);
  g_autofree ThawBlock **placed = g_new (ThawBlock *, n + 1);
  gsize total = 0;

  for (guint i = 0; i < n; i++)
    {
      blocks[i].bytes = thaw_layout_align (blocks[i].bytes);
      order[i] = &blocks[i];
    }
  qsort (order, n, sizeof *order, by_size);
  for (guint i = 0; i < n; i++)
    {
      order[i]->offset = find_gap (order[i], placed, i);
      insert_by_offset (order[i], placed, i);
      total = MAX (total, order[i]->offset + order[i]->bytes);
    }
  return total;
}
