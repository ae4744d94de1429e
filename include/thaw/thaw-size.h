/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sizes that come from files are computed with these alone. FALSE means overflow, @out is then
 * untouched. */
static inline gboolean
thaw_size_mul (gsize a, gsize b, gsize *out)
{
  return !__builtin_mul_overflow (a, b, out);
}

static inline gboolean
thaw_size_add (gsize a, gsize b, gsize *out)
{
  return !__builtin_add_overflow (a, b, out);
}

/* Memory for the engine's buffers: 64-byte aligned, not initialised; aborts like g_malloc when the
 * system has none. Freed with thaw_aligned_free(). */
void    *thaw_aligned_alloc (gsize bytes);
void     thaw_aligned_free  (void *memory);

/* The same, but NULL where the memory is not to be had: for sizes that come from a file. */
void    *thaw_aligned_try_alloc (gsize bytes);

/* A program's first call: large blocks go back to the system as soon as they are freed. Else the C library keeps those of up to
 * 32 MiB for itself, in pieces that fit nothing later, and what training had is still taken after it. */
void     thaw_memory_set_up (void);

G_END_DECLS
