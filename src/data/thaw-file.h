/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Nothing beyond this is read into memory as one picture or one IDX file. */
#define THAW_FILE_MAX_BYTES ((gsize) 512 << 20)

typedef struct
{
  gint64 size;  /* bytes */
  gint64 mtime; /* microseconds */
} ThawFileInfo;

/**
 * thaw_file_read:
 * @info: (out) (optional): of the file that was read
 *
 * The whole of a regular file; pipes and devices are never opened for waiting. Messages do not name
 * the file: the caller, who knows what it is, does. Any thread.
 */
GBytes *thaw_file_read (const char *path, ThawFileInfo *info, GError **error);
/* Of a regular file, or of what a link leads to */
gboolean thaw_file_info (const char *path, ThawFileInfo *info, GError **error);
/* The first bytes alone; @length: (inout) room, then how many there were. */
gboolean thaw_file_head (const char *path, guint8 *buffer, gsize *length, GError **error);
/* A name for messages: UTF-8, and one line whatever the file's name holds (transfer full) */
char *thaw_file_display_name (const char *path);

G_END_DECLS
