/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-dataset.h>

#include "thaw-file.h"

G_BEGIN_DECLS

/**
 * ThawImport:
 *
 * What is being added: pictures are gathered in @found and reach the data set together at the end,
 * or not at all.
 */
typedef struct
{
  ThawDataset *found;
  GHashTable *labels; /* class name -> label */
  guint n_found;
  GCancellable *cancellable;
  void (*progress) (gpointer data, guint found);
  gpointer data;
} ThawImport;

/* The label of a class, which is made if need be */
int thaw_import_class (ThawImport *self, const char *name);
/* Adds a picture. FALSE: cancelled */
gboolean thaw_import_picture (ThawImport *self, const char *path, const ThawFileInfo *info,
                              gint64 index, int label, ThawSplit split, gboolean given,
                              GError **error);

/* An entry of a folder, links followed */
typedef struct
{
  char *name;
  ThawFileInfo info;
  guint64 device, inode;
} ThawEntry;

/* A folder's sub-folders and files, hidden ones left out, each sorted by the bytes of its name;
 * what is neither is a problem. */
typedef struct
{
  char *path;
  guint64 device, inode;
  GPtrArray *folders; /* ThawEntry */
  GPtrArray *files;   /* ThawEntry */
} ThawListing;

ThawListing *thaw_listing_new (ThawImport *import, const char *path, GError **error);
void thaw_listing_free (ThawListing *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawListing, thaw_listing_free)

/* @path: absolute. Their messages name the file. */
gboolean thaw_import_folder (ThawImport *self, const char *path, GError **error);
gboolean thaw_import_idx_file (ThawImport *self, const char *path, GError **error);
/* A picture file, or a folder with everything below it, as one class */
gboolean thaw_import_into (ThawImport *self, const char *path, const char *name, GError **error);
/* Whether there are pictures beside sub-folders with pictures, and how many */
gboolean thaw_import_is_mixed (ThawImport *self, const char *path, guint *n_loose,
                               guint *n_folders);
/* Whether there are IDX files among them */
gboolean thaw_listing_has_idx (const ThawListing *self);
gboolean thaw_import_idx_listing (ThawImport *self, const ThawListing *listing, GError **error);

G_END_DECLS
