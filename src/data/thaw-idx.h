/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ThawIdx:
 *
 * The values of an IDX file (MNIST's format, yann.lecun.com/exdb/mnist): unsigned bytes in one
 * dimension (labels) or three (pictures: number, rows, columns). Read-only, counted by reference.
 */
typedef struct
{
  guint32 dim[3];       /* 1 where there is none */
  const guint8 *values; /* [dim 0][dim 1][dim 2] */
  GBytes *bytes;
  gatomicrefcount references;
} ThawIdx;

/**
 * thaw_idx_parse:
 * @bytes: a whole file, plain or gzip
 * @rank: 1 or 3
 *
 * The counts of the header are checked against what is there before anything is allocated for them.
 * Messages do not name the file.
 */
ThawIdx *thaw_idx_parse (GBytes *bytes, int rank, GError **error);
ThawIdx *thaw_idx_ref (ThawIdx *self);
void thaw_idx_unref (ThawIdx *self);

/* The pictures of @path, unpacked once for all that ask: the files used last are kept. A file that
 * was changed is read again. Any thread. @size and @mtime (microseconds): (out) of the file */
ThawIdx *thaw_idx_open (const char *path, gint64 *size, gint64 *mtime, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawIdx, thaw_idx_unref)

G_END_DECLS
