/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>

#include "graphs/thaw-graphs.h"
#include "keras/thaw-keras.h"
#include "weights/thaw-weights.h"

G_BEGIN_DECLS

typedef struct
{
  const char     *suffix;  /* of a file's name, without the dot */
  const char     *name;
  gboolean      (*sniff)   (GBytes *bytes);
  ThawTensorMap *(*weights) (GBytes *bytes, GHashTable **metadata, GError **error);
  ThawModel     *(*model)   (GBytes *bytes, GError **error);
} ThawFormat;

guint             thaw_formats_count (void);
const ThawFormat *thaw_formats_get   (guint i);
/* by the first bytes; NULL with an error that lists what Thaw reads */
const ThawFormat *thaw_formats_find  (GBytes *bytes, GError **error);

/* The file at @path, mapped; of one whose weights lie in files beside it, all of them as one archive. NULL with an error */
GBytes           *thaw_model_bytes  (const char *path, GError **error);
/* Puts the path before an error's message and makes it one line, whatever names from the file are in it */
void              thaw_formats_prefix_error (GError **error, const char *path);

/* A regular file, whole and ours: nothing is lost when another process cuts it short (but of files of 512 MiB and more). As long as somebody has it, whoever asks again gets the same pages. Errors name the path and are GIO's. */
GBytes           *thaw_file_map      (const char *path, GError **error);

G_END_DECLS
