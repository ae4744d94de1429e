/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <malloc.h>
#include <stdlib.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>

G_DEFINE_QUARK (thaw-error, thaw_error)

#define ALIGNMENT 64
/* A decoded picture of half a megapixel is mapped, what GTK allocates for a widget is not */
#define LARGE_BLOCK (256 << 10)
#define KEPT_FREE (1 << 20)

void *
thaw_aligned_try_alloc (gsize bytes)
{
  gsize rounded;

  if (!thaw_size_add (MAX (bytes, 1), ALIGNMENT - 1, &rounded))
    return NULL;
  return aligned_alloc (ALIGNMENT, rounded & ~(gsize) (ALIGNMENT - 1));
}

void *
thaw_aligned_alloc (gsize bytes)
{
  void *memory = thaw_aligned_try_alloc (bytes);

  if (!memory)
    g_error ("out of memory: %" G_GSIZE_FORMAT " bytes were wanted", bytes);
  return memory;
}

void
thaw_aligned_free (void *memory)
{
  free (memory);
}

void
thaw_memory_set_up (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK);
  mallopt (M_TRIM_THRESHOLD, KEPT_FREE);
#endif
}
