/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-dataset-import.h"
#include "thaw-image-codec.h"

/* Enough to know a picture by, and the size of most. */
#define SNIFF_BYTES 4096

static const struct
{
  const char *name;
  ThawSplit split;
} split_names[] = {
  { "train", THAW_SPLIT_TRAIN },           { "training", THAW_SPLIT_TRAIN },
  { "val", THAW_SPLIT_VALIDATION },        { "valid", THAW_SPLIT_VALIDATION },
  { "validation", THAW_SPLIT_VALIDATION }, { "test", THAW_SPLIT_TEST },
  { "testing", THAW_SPLIT_TEST },
};

ThawSplit
thaw_split_of_folder (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (split_names); i++)
    if (g_ascii_strcasecmp (name, split_names[i].name) == 0)
      return split_names[i].split;
  return THAW_N_SPLITS;
}

/* How many sub-folders are of each split, and [THAW_N_SPLITS] of none */
static void
count_splits (const ThawListing *listing, guint counts[THAW_N_SPLITS + 1])
{
  memset (counts, 0, (THAW_N_SPLITS + 1) * sizeof *counts);
  for (guint i = 0; i < listing->folders->len; i++)
    counts[thaw_split_of_folder (((ThawEntry *) listing->folders->pdata[i])->name)]++;
}

/* All sub-folders are called like splits, or one for training and another one are among them: one
 * class may well be "test". */
static gboolean
has_splits (const guint counts[THAW_N_SPLITS + 1])
{
  guint others = counts[THAW_SPLIT_VALIDATION] + counts[THAW_SPLIT_TEST];

  if (counts[THAW_N_SPLITS] == 0)
    return counts[THAW_SPLIT_TRAIN] + others > 0;
  return counts[THAW_SPLIT_TRAIN] > 0 && others > 0;
}

static gboolean
looks_like_a_picture (const char *name)
{
  static const char *const extensions[] = { ".jpg", ".jpeg", ".jpe",  ".png",  ".webp", ".gif",
                                            ".bmp", ".tif",  ".tiff", ".avif", ".heic", NULL };
  const char *dot = strrchr (name, '.');

  for (int i = 0; dot && extensions[i]; i++)
    if (g_ascii_strcasecmp (dot, extensions[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Its first bytes; FALSE with the reason why it is of no use. @header tells whether it is a picture
 * all the same. */
static gboolean
sniff (const char *path, const ThawFileInfo *info, ThawImageHeader *header, GError **error)
{
  guint8 bytes[SNIFF_BYTES];
  gsize length = sizeof bytes;

  *header = (ThawImageHeader){ 0 };
  if (info->size == 0)
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "is empty");
      return FALSE;
    }
  if (!thaw_file_head (path, bytes, &length, error))
    return FALSE;
  thaw_image_header_read (header, bytes, length);
  return thaw_image_check_header (header, (gint64) length == info->size, error);
}

/* One class, being gathered. */
typedef struct
{
  ThawImport *import;
  const char *name;
  int label; /* -1 until there is something in it */
  ThawSplit split;
  gboolean given;
  GHashTable *seen; /* the folders walked already, as device and inode: links may lead in circles */
} ClassWalk;

static gboolean
enter_folder (GHashTable *seen, guint64 device, guint64 inode)
{
  return g_hash_table_add (seen, g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                                  device, inode));
}

static gboolean
walk_file (ClassWalk *self, const char *path, const ThawEntry *entry, GError **error)
{
  g_autoptr (GError) reason = NULL;
  ThawImageHeader header;
  gboolean usable = sniff (path, &entry->info, &header, &reason);

  if (self->label < 0 && (usable || header.format || looks_like_a_picture (entry->name)))
    self->label = thaw_import_class (self->import, self->name);
  if (usable)
    return thaw_import_picture (self->import, path, &entry->info, -1, self->label, self->split,
                                self->given, error);
  thaw_dataset_add_problem (self->import->found, path, reason->message);
  return TRUE;
}

static gboolean
walk_files (ClassWalk *self, const ThawListing *listing, GError **error)
{
  for (guint i = 0; i < listing->files->len; i++)
    {
      const ThawEntry *entry = listing->files->pdata[i];
      g_autofree char *path = g_build_filename (listing->path, entry->name, NULL);

      if (g_cancellable_set_error_if_cancelled (self->import->cancellable, error)
          || !walk_file (self, path, entry, error))
        return FALSE;
    }
  return TRUE;
}

/* A folder that cannot be opened is a problem, no more: FALSE only when cancelled. */
static gboolean
walk_folder (ClassWalk *self, const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (ThawListing) listing = thaw_listing_new (self->import, path, &reason);

  if (!listing)
    {
      thaw_dataset_add_problem (self->import->found, path, reason->message);
      return TRUE;
    }
  if (!enter_folder (self->seen, listing->device, listing->inode))
    return TRUE;
  for (guint i = 0; i < listing->folders->len; i++)
    {
      const ThawEntry *entry = listing->folders->pdata[i];
      g_autofree char *child = g_build_filename (path, entry->name, NULL);

      if (!walk_folder (self, child, error))
        return FALSE;
    }
  return walk_files (self, listing, error);
}

/* Names that show the same, differing only by bytes that are not UTF-8, stay two classes: the
 * second in the order of their bytes gets a number. Composed and decomposed letters are one name,
 * so that a class finds its validation pictures again. */
static char *
name_of_class (const char *folder, GHashTable *taken)
{
  g_autofree char *display = thaw_file_display_name (folder);
  g_autofree char *normal = g_utf8_normalize (display, -1, G_NORMALIZE_NFC);
  char *name = g_strdup (normal ? normal : display);

  for (int i = 2; !g_hash_table_add (taken, g_strdup (name)); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s (%d)", normal ? normal : display, i);
    }
  return name;
}

/* Sets @any where there was something that is, or was meant to be, a picture. */
static gboolean
import_class (ThawImport *self, const ThawListing *parent, const ThawEntry *entry, const char *name,
              ThawSplit split, gboolean given, gboolean *any, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *path = g_build_filename (parent->path, entry->name, NULL);
  ClassWalk walk = { self, name, -1, split, given, seen };

  enter_folder (seen, parent->device, parent->inode);
  if (!walk_folder (&walk, path, error))
    return FALSE;
  if (walk.label < 0 && g_hash_table_size (seen) > 1)
    thaw_dataset_add_problem (self->found, path, "holds no pictures");
  *any = *any || walk.label >= 0;
  return TRUE;
}

static void
report_loose_pictures (ThawImport *self, const ThawListing *listing)
{
  for (guint i = 0; i < listing->files->len; i++)
    {
      const ThawEntry *entry = listing->files->pdata[i];
      g_autofree char *path = g_build_filename (listing->path, entry->name, NULL);
      ThawImageHeader header;

      sniff (path, &entry->info, &header, NULL);
      if (header.format)
        thaw_dataset_add_problem (self->found, path, "is not in a class folder");
    }
}

/* Every sub-folder a class. @any as above */
static gboolean
import_classes (ThawImport *self, const ThawListing *listing, ThawSplit split, gboolean given,
                gboolean *any, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < listing->folders->len; i++)
    {
      const ThawEntry *entry = listing->folders->pdata[i];
      g_autofree char *name = name_of_class (entry->name, taken);

      if (!import_class (self, listing, entry, name, split, given, any, error))
        return FALSE;
    }
  return TRUE;
}

/* Training pictures count as given only where validation pictures are, too: else some of them must
 * be split off. */
static gboolean
import_splits (ThawImport *self, const ThawListing *listing, const guint counts[THAW_N_SPLITS + 1],
               GError **error)
{
  for (guint i = 0; i < listing->folders->len; i++)
    {
      const ThawEntry *entry = listing->folders->pdata[i];
      ThawSplit split = thaw_split_of_folder (entry->name);
      g_autofree char *path = g_build_filename (listing->path, entry->name, NULL);
      g_autoptr (GError) reason = NULL;
      g_autoptr (ThawListing) inner = NULL;
      gboolean given = split != THAW_SPLIT_TRAIN || counts[THAW_SPLIT_VALIDATION] > 0, any = FALSE;

      if (split == THAW_N_SPLITS)
        {
          thaw_dataset_add_problem (self->found, path,
                                    "is passed over: it stands beside a folder for training");
          continue;
        }
      inner = thaw_listing_new (self, path, &reason);
      if (!inner)
        thaw_dataset_add_problem (self->found, path, reason->message);
      else if (!import_classes (self, inner, split, given, &any, error))
        return FALSE;
      else
        report_loose_pictures (self, inner);
    }
  return TRUE;
}

/* A folder of pictures: the class has the folder's name. */
static gboolean
import_single_class (ThawImport *self, const ThawListing *listing, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *folder = g_path_get_basename (listing->path);
  g_autofree char *name = name_of_class (folder, taken);
  ClassWalk walk = { self, name, -1, THAW_SPLIT_TRAIN, FALSE, taken };

  return walk_files (&walk, listing, error);
}

gboolean
thaw_import_folder (ThawImport *self, const char *path, GError **error)
{
  g_autoptr (ThawListing) listing = thaw_listing_new (self, path, error);
  guint counts[THAW_N_SPLITS + 1];
  gboolean any = FALSE;

  if (!listing)
    {
      g_autofree char *name = thaw_file_display_name (path);

      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  if (thaw_listing_has_idx (listing))
    return thaw_import_idx_listing (self, listing, error);
  count_splits (listing, counts);
  if (has_splits (counts))
    return import_splits (self, listing, counts, error);
  if (!import_classes (self, listing, THAW_SPLIT_TRAIN, FALSE, &any, error))
    return FALSE;
  if (!any)
    return import_single_class (self, listing, error);
  report_loose_pictures (self, listing);
  return TRUE;
}

gboolean
thaw_import_into (ThawImport *self, const char *path, const char *name, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFC);
  g_autofree char *file = g_path_get_basename (path);
  ClassWalk walk = { self, normal ? normal : name, -1, THAW_SPLIT_TRAIN, FALSE, seen };
  ThawEntry entry = { .name = file };
  g_autoptr (GError) reason = NULL;

  if (!thaw_file_info (path, &entry.info, &reason))
    {
      thaw_dataset_add_problem (self->found, path, reason->message);
      return TRUE;
    }
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return walk_folder (&walk, path, error);
  return walk_file (&walk, path, &entry, error);
}

static gboolean
is_picture (const char *path, const ThawEntry *entry)
{
  ThawImageHeader header;

  sniff (path, &entry->info, &header, NULL);
  return header.format != NULL;
}

/* Whether a picture is in @path or below, @depth levels at most: links may lead in circles */
static gboolean
holds_a_picture (ThawImport *self, const char *path, int depth)
{
  g_autoptr (ThawListing) listing = thaw_listing_new (self, path, NULL);
  gboolean found = FALSE;

  if (!listing || g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  for (guint i = 0; !found && i < listing->files->len; i++)
    {
      const ThawEntry *entry = listing->files->pdata[i];
      g_autofree char *file = g_build_filename (path, entry->name, NULL);

      found = is_picture (file, entry);
    }
  for (guint i = 0; !found && depth > 0 && i < listing->folders->len; i++)
    {
      g_autofree char *folder
          = g_build_filename (path, ((const ThawEntry *) listing->folders->pdata[i])->name, NULL);

      found = holds_a_picture (self, folder, depth - 1);
    }
  return found;
}

/* Deep enough for what people have */
#define MOST_DEPTH 8

gboolean
thaw_import_is_mixed (ThawImport *self, const char *path, guint *n_loose, guint *n_folders)
{
  g_autoptr (ThawListing) listing = thaw_listing_new (self, path, NULL);
  guint counts[THAW_N_SPLITS + 1];

  *n_loose = *n_folders = 0;
  if (!listing || listing->folders->len == 0 || thaw_listing_has_idx (listing))
    return FALSE;
  count_splits (listing, counts);
  if (has_splits (counts))
    return FALSE;
  for (guint i = 0; i < listing->files->len; i++)
    {
      const ThawEntry *entry = listing->files->pdata[i];
      g_autofree char *file = g_build_filename (path, entry->name, NULL);

      *n_loose += is_picture (file, entry);
    }
  for (guint i = 0; *n_loose > 0 && i < listing->folders->len; i++)
    {
      g_autofree char *folder
          = g_build_filename (path, ((const ThawEntry *) listing->folders->pdata[i])->name, NULL);

      *n_folders += holds_a_picture (self, folder, MOST_DEPTH);
    }
  return *n_folders > 0;
}
