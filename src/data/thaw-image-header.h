/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ThawImageHeader:
 *
 * What the first bytes of a picture say, read without a decoder and without allocating. @width and
 * @height are as stored, before
 * @orientation is applied.
 */
typedef struct
{
  const char *format;       /* "JPEG", "PNG", ... NULL: no picture as far as Thaw knows */
  const char *mime;         /* what GdkPixbuf calls it */
  int         width, height; /* 0: not found in these bytes */
  int         orientation;  /* EXIF's, 1 .. 8 */
  gsize orientation_at; /* TIFF: where it stands, 16 bits in the file's byte order; 0: nowhere */
  gboolean    final;        /* more bytes would say nothing else */
  gboolean    truncated;    /* the file itself says that it goes on behind these bytes */
} ThawImageHeader;

void thaw_image_header_read (ThawImageHeader *self, const guint8 *data, gsize length);

G_END_DECLS
