/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-dataset-import.h"
#include "thaw-idx.h"

#define N_LABELS 256

static const char *const fashion_names[]
    = { "T-shirt/top", "Trouser", "Pullover", "Dress",      "Coat", "Sandal",
        "Shirt",       "Sneaker", "Bag",      "Ankle boot", NULL };

static gboolean
is_pictures_name (const char *name)
{
  return strstr (name, "images") && strstr (name, "idx3")
         && (g_str_has_suffix (name, "ubyte") || g_str_has_suffix (name, "ubyte.gz"));
}

gboolean
thaw_listing_has_idx (const ThawListing *listing)
{
  for (guint i = 0; i < listing->files->len; i++)
    if (is_pictures_name (((ThawEntry *) listing->files->pdata[i])->name))
      return TRUE;
  return FALSE;
}

static char *
replace_last (const char *text, const char *old, const char *new)
{
  const char *at = g_strrstr (text, old);

  return at ? g_strdup_printf ("%.*s%s%s", (int) (at - text), text, new, at + strlen (old))
            : g_strdup (text);
}

/* The labels beside train-images-idx3-ubyte.gz are in train-labels-idx1-ubyte.gz, packed or not. */
static char *
labels_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = g_path_get_basename (path);
  g_autofree char *named = replace_last (file, "images", "labels");
  g_autofree char *same = replace_last (named, "idx3", "idx1");
  g_autofree char *other = g_str_has_suffix (same, ".gz") ? g_strndup (same, strlen (same) - 3)
                                                          : g_strconcat (same, ".gz", NULL);
  char *candidate = g_build_filename (folder, same, NULL);

  if (g_file_test (candidate, G_FILE_TEST_EXISTS))
    return candidate;
  g_free (candidate);
  return g_build_filename (folder, other, NULL);
}

static ThawIdx *
open_labels (const char *pictures_path, GError **error)
{
  g_autofree char *path = labels_path (pictures_path);
  g_autofree char *name = thaw_file_display_name (path);
  g_autoptr (GBytes) bytes = thaw_file_read (path, NULL, error);
  ThawIdx *labels = bytes ? thaw_idx_parse (bytes, 1, error) : NULL;

  if (!labels)
    g_prefix_error (error, "%s: ", name);
  return labels;
}

/* A text with a name a line beside the file, or the folder's own name, tells what the numbers stand
 * for; (nullable) */
static char **
read_names (const char *pictures_path)
{
  static const char *const files[] = { "labels.txt", "classes.txt" };
  g_autofree char *folder = g_path_get_dirname (pictures_path);
  g_autofree char *lower = g_ascii_strdown (folder, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i], NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && g_utf8_validate (text, -1, NULL))
        return g_strsplit (g_strstrip (text), "\n", -1);
    }
  if (strstr (lower, "fashion-mnist") || strstr (lower, "fashionmnist")
      || strstr (lower, "fashion_mnist"))
    return g_strdupv ((char **) fashion_names);
  return NULL;
}

/* [N_LABELS]: the class of each number that occurs */
static void
make_classes (ThawImport *import, const ThawIdx *labels, const char *pictures_path,
              int classes[N_LABELS])
{
  g_auto (GStrv) names = read_names (pictures_path);
  guint n_names = names ? g_strv_length (names) : 0;
  gboolean occurs[N_LABELS] = { FALSE };

  for (guint32 i = 0; i < labels->dim[0]; i++)
    occurs[labels->values[i]] = TRUE;
  for (guint i = 0; i < N_LABELS; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      const char *name = i < n_names ? g_strstrip (names[i]) : "";

      if (occurs[i])
        classes[i] = thaw_import_class (import, name[0] ? name : number);
    }
}

static gboolean
import_file (ThawImport *import, const char *path, ThawSplit split, gboolean given, GError **error)
{
  ThawFileInfo info;
  g_autofree char *name = thaw_file_display_name (path);
  g_autoptr (ThawIdx) labels = open_labels (path, error);
  g_autoptr (ThawIdx) pictures
      = labels ? thaw_idx_open (path, &info.size, &info.mtime, error) : NULL;
  int classes[N_LABELS];

  if (!pictures)
    {
      if (labels)
        g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  if (pictures->dim[0] != labels->dim[0])
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "%s: has %u pictures, but there are %u labels beside it", name, pictures->dim[0],
                   labels->dim[0]);
      return FALSE;
    }
  make_classes (import, labels, path, classes);
  for (guint32 i = 0; i < labels->dim[0]; i++)
    if (!thaw_import_picture (import, path, &info, i, classes[labels->values[i]], split, given,
                              error))
      return FALSE;
  return TRUE;
}

/* MNIST's test pictures are called t10k; they are what is validated with. */
static ThawSplit
split_of_file (const char *name)
{
  return strstr (name, "t10k") || strstr (name, "test") ? THAW_SPLIT_VALIDATION : THAW_SPLIT_TRAIN;
}

/* Unpacked beside packed is the same twice. */
static gboolean
is_copy (const ThawListing *listing, const char *name)
{
  g_autofree char *plain
      = g_str_has_suffix (name, ".gz") ? g_strndup (name, strlen (name) - 3) : NULL;

  for (guint i = 0; plain && i < listing->files->len; i++)
    if (strcmp (((ThawEntry *) listing->files->pdata[i])->name, plain) == 0)
      return TRUE;
  return FALSE;
}

gboolean
thaw_import_idx_listing (ThawImport *self, const ThawListing *listing, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  gboolean validation = FALSE;

  for (guint i = 0; i < listing->files->len; i++)
    {
      char *name = ((ThawEntry *) listing->files->pdata[i])->name;

      if (!is_pictures_name (name) || is_copy (listing, name))
        continue;
      g_ptr_array_add (names, name);
      validation = validation || split_of_file (name) == THAW_SPLIT_VALIDATION;
    }
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (listing->path, names->pdata[i], NULL);

      if (!import_file (self, path, split_of_file (names->pdata[i]), validation, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_import_idx_file (ThawImport *self, const char *path, GError **error)
{
  g_autofree char *file = g_path_get_basename (path);
  g_autofree char *name = thaw_file_display_name (path);

  if (is_pictures_name (file))
    return import_file (self, path, THAW_SPLIT_TRAIN, FALSE, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "%s: is a single file; give the folder whose sub-folders are the classes", name);
  return FALSE;
}
