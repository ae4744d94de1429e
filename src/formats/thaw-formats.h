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
/* For readers that copy the numbers of a file, so that it is not in memory beside its copy. @data may be in what thaw_file_map() gave, or anywhere else,
 * where nothing is done. What was let go of reads as zeros until it is wanted again. Any thread. */
/* @data was copied: its memory goes back, but for what stays, and unless somebody else has the file */
void              thaw_file_let_go   (gconstpointer data, gsize size);
/* Before @data is read that may have been let go of; @stays: it is looked at later too. FALSE with an error where the file has changed since */
gboolean          thaw_file_want     (gconstpointer data, gsize size, gboolean stays, GError **error);
/* @copy was made of @tensor, or is @tensor: what of the file nobody looks at any more is let go of, and what @copy looks at stays */
gboolean          thaw_file_took     (const ThawTensor *tensor, const ThawTensor *copy, GError **error);

G_END_DECLS
