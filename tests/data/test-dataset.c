/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of folders as people have them, and what becomes of them. */
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>
#include <unistd.h>

#include "pictures.h"

/* A tree is a text, an entry a line: "NAME" a picture (its type by its extension), "NAME text",
 * "NAME empty", "NAME cut" (half a JPEG), "NAME huge" (the header of a picture of 20000 x 20000),
 * "NAME/" a folder, "NAME -> TARGET" a link, "NAME pipe". */
static void
plant_bytes (const char *root, const char *name, const char *kind)
{
  static const guint8 huge[]
      = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x4E\x20\0\0\x4E\x20\x08\2\0\0\0\x65\x3B\x7D\x8C";
  g_autoptr (ThawImage) picture = thaw_test_picture (24, 16);
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  if (strcmp (kind, "text") == 0)
    thaw_test_write (root, name, "only words", 10);
  else if (strcmp (kind, "empty") == 0)
    thaw_test_write (root, name, "", 0);
  else if (strcmp (kind, "huge") == 0)
    thaw_test_write (root, name, huge, sizeof huge - 1);
  else if (strcmp (kind, "pipe") == 0)
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  else
    {
      thaw_test_save (picture, g_str_has_suffix (name, ".png") ? "png" : "jpeg", path);
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      if (strcmp (kind, "cut") == 0)
        thaw_test_write (root, name, data, length / 2);
    }
}

/* The word behind the name, if it is one: names may hold spaces, too. */
static const char *
kind_of (const char *line)
{
  static const char *const kinds[] = { " text", " empty", " cut", " huge", " pipe" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_suffix (line, kinds[i]))
      return kinds[i] + 1;
  return "";
}

static void
plant_line (const char *root, const char *line)
{
  g_auto (GStrv) link = g_strsplit (line, " -> ", 2);
  const char *kind = kind_of (line);
  g_autofree char *name = g_strndup (line, strlen (line) - strlen (kind) - (kind[0] ? 1 : 0));
  g_autofree char *path = g_build_filename (root, link[0], NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  if (link[0] && link[1])
    g_assert_cmpint (symlink (link[1], path), ==, 0);
  else if (g_str_has_suffix (line, "/"))
    g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  else
    plant_bytes (root, name, kind);
}

static char *
plant (const char *tree)
{
  g_autofree char *above = thaw_test_directory ();
  char *root = g_build_filename (above, "root", NULL);
  g_auto (GStrv) lines = g_strsplit (tree, "\n", -1);

  g_assert_cmpint (g_mkdir_with_parents (root, 0700), ==, 0);
  for (int i = 0; lines[i]; i++)
    if (lines[i][0])
      plant_line (root, lines[i]);
  return root;
}

/* "a 2 1 0; b 1 0 0": classes and their pictures for training, validation, test, in order */
static char *
summary (const ThawDataset *dataset)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < dataset->classes->len; i++)
    g_string_append_printf (text, "%s%s %u %u %u", i ? "; " : "",
                            (char *) dataset->classes->pdata[i],
                            thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, i),
                            thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, i),
                            thaw_dataset_count (dataset, THAW_SPLIT_TEST, i));
  return g_string_free (text, FALSE);
}

static char *
problems (const ThawDataset *dataset, const char *root)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < dataset->problems->len; i++)
    {
      const ThawProblem *problem = dataset->problems->pdata[i];

      g_assert_true (g_utf8_validate (problem->path, -1, NULL));
      g_assert_null (strchr (problem->path, '\n'));
      g_assert_null (strchr (problem->reason, '\n'));
      g_string_append_printf (text, "%s%s %s", i ? "; " : "",
                              g_str_has_prefix (problem->path, root)
                                  ? problem->path + strlen (root) + 1
                                  : problem->path,
                              problem->reason);
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *name;
  const char *tree;
  const char *classes;
  const char *problems;   /* NULL: none */
  const char *error;      /* part of the message; NULL: it works */
} Tree;

static const Tree trees[] = {
  { "classes",
    "b/1.jpg\nb/2.png\na/1.jpg\nLICENSE text\n.hidden/1.jpg\na/.hidden.jpg\na/Thumbs.db text",
    "a 1 0 0; b 2 0 0" },
  { "nested", "a/1.jpg\na/more/2.jpg\na/more/still/3.jpg\nb/1.jpg", "a 3 0 0; b 1 0 0" },
  { "one class", "1.jpg\n2.jpg\nnotes/", "root 2 0 0", "notes holds no pictures" },
  { "splits", "train/a/1.jpg\ntrain/b/1.jpg\nval/a/1.jpg\nval/b/1.jpg\ntest/a/1.jpg",
    "a 1 1 1; b 1 1 0" },
  { "long names", "Training/a/1.jpg\ntraining/b/1.jpg\nvalidation/a/1.jpg\nTESTING/b/1.jpg",
    "a 1 1 0; b 1 0 1" },
  { "beside splits", "train/a/1.jpg\nvalid/a/1.jpg\nimages/x.jpg", "a 1 1 0",
    "images is passed over: it stands beside a folder for training" },
  { "a class called test", "test/1.jpg\ncat/1.jpg\nval/1.jpg", "cat 1 0 0; test 1 0 0; val 1 0 0" },
  { "loose in split", "train/a/1.jpg\ntrain/2.jpg\nval/a/1.jpg\nval/README text", "a 1 1 0",
    "train/2.jpg is not in a class folder" },
  { "mixed", "a/1.jpg\nb/1.jpg\n2.jpg\nREADME text", "a 1 0 0; b 1 0 0",
    "2.jpg is not in a class folder" },
  { "bad files", "a/1.jpg\na/0.jpg text\nb/1.jpg\nb/2.jpg empty\nb/3.png huge\nb/notes.txt text",
    "a 1 0 0; b 1 0 0",
    "a/0.jpg is not a picture by its content; b/2.jpg is empty; "
    "b/3.png 20000 x 20000 pixels are more than the limit of 100 million; scale it down; "
    "b/notes.txt is not a picture by its content" },
  { "class of bad ones", "a/1.jpg\nb/1.jpg text", "a 1 0 0; b 0 0 0",
    "b/1.jpg is not a picture by its content" },
  { "class of words", "a/1.jpg\nb/1.txt text", "a 1 0 0",
    "b/1.txt is not a picture by its content; b holds no pictures" },
  { "wrong extension", "a/1.png.txt\nb/x", "a 1 0 0; b 1 0 0" },
  { "links",
    "a/1.jpg\na/again -> ..\na/self -> .\nb/1.jpg\nb/c/2.jpg\nb/d -> c\nb/3.jpg -> "
    "../a/1.jpg\nb/4.jpg -> nowhere\nc -> a",
    "a 1 0 0; b 3 0 0; c 1 0 0", "b/4.jpg cannot be opened: No such file or directory" },
  { "pipe", "a/1.jpg\na/2.jpg pipe\nb/1.jpg", "a 1 0 0; b 1 0 0",
    "a/2.jpg is neither a file nor a folder" },
  { "empty", "", "", NULL, "holds no pictures; give a folder whose sub-folders are the classes" },
  { "empty classes", "a/\nb/", "", "a holds no pictures; b holds no pictures",
    "holds no picture that can be used (2 problems" },
  { "nothing but text", "a/1.jpg text", "", "a/1.jpg is not a picture by its content",
    "(1 problems; the first: " },
  { "same in both forms", "a\xCC\x88/1.jpg\n\xC3\xA4/1.jpg", "\xC3\xA4 1 0 0; \xC3\xA4 (2) 1 0 0" },
  { "not UTF-8", "\xE4/1.jpg\n\xE5/\xFF\xFE.jpg\na b/c d.jpg",
    "a b 1 0 0; \xEF\xBF\xBD 1 0 0; \xEF\xBF\xBD (2) 1 0 0" },
};

static void
test_tree (gconstpointer data)
{
  const Tree *tree = data;
  g_autofree char *root = plant (tree->tree);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (GError) error = NULL;
  gboolean added = thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, &error);
  g_autofree char *classes = summary (dataset);
  g_autofree char *bad = problems (dataset, root);

  g_assert_cmpstr (classes, ==, tree->classes);
  g_assert_cmpstr (bad, ==, tree->problems ? tree->problems : "");
  g_assert_cmpint (added, ==, tree->error == NULL);
  if (added)
    return;
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, tree->error));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_no_permission (void)
{
  g_autofree char *root = plant ("a/1.jpg\nb/1.jpg\nb/2.jpg\nc/1.jpg");
  g_autofree char *closed_folder = g_build_filename (root, "c", NULL);
  g_autofree char *closed_file = g_build_filename (root, "b", "2.jpg", NULL);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autofree char *classes = NULL;
  g_autofree char *bad = NULL;

  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  g_assert_cmpint (chmod (closed_folder, 0), ==, 0);
  g_assert_cmpint (chmod (closed_file, 0), ==, 0);
  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  classes = summary (dataset);
  bad = problems (dataset, root);
  chmod (closed_folder, 0700);
  g_assert_cmpstr (classes, ==, "a 1 0 0; b 1 0 0");
  g_assert_cmpstr (bad, ==,
                   "b/2.jpg cannot be opened: Permission denied; c cannot be opened: Permission "
                   "denied");
}

/* Several folders: classes of one name grow, what is there already stays one, the order depends on
 * nothing but names. */
static void
test_several (void)
{
  g_autofree char *first = plant ("b/1.jpg\nc/1.jpg");
  g_autofree char *second = plant ("a/1.jpg\nb/2.jpg");
  g_autofree char *held_back = plant ("c/9.jpg\na/9.jpg\na/8.jpg");
  g_autofree char *inside = g_build_filename (second, "b", NULL);
  g_autofree char *classes = NULL;
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();

  g_assert_true (thaw_dataset_add_path (dataset, first, NULL, NULL, NULL, NULL));
  g_assert_true (thaw_dataset_add_path (dataset, second, NULL, NULL, NULL, NULL));
  g_assert_true (thaw_dataset_add_path (dataset, first, NULL, NULL, NULL, NULL));
  g_assert_true (thaw_dataset_add_split (dataset, held_back, THAW_SPLIT_VALIDATION, NULL, NULL));
  classes = summary (dataset);
  g_assert_cmpstr (classes, ==, "a 1 2 0; b 2 0 0; c 1 1 0");
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i],
                       *before = i ? dataset->samples->pdata[i - 1] : NULL;
      g_autofree char *folder = g_path_get_dirname (sample->path);
      g_autofree char *name = g_path_get_basename (folder);

      g_assert_cmpstr (name, ==, dataset->classes->pdata[sample->label]);
      if (before && before->split == sample->split)
        g_assert_true (
            before->label < sample->label
            || (before->label == sample->label && strcmp (before->path, sample->path) < 0));
    }
  g_assert_true (thaw_dataset_add_split (dataset, inside, THAW_SPLIT_TEST, NULL, NULL));
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_TEST, -1), ==, 1);
}

static void
count_cb (gpointer data, guint found)
{
  *(guint *) data = found;
}

static void
cancel_cb (gpointer data, guint found)
{
  g_cancellable_cancel (data);
}

static void
test_cancel (void)
{
  GString *tree = g_string_new ("b/1.jpg\n");
  g_autofree char *root = NULL;
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint found = 0;

  for (int i = 0; i < 200; i++)
    g_string_append_printf (tree, "a/%d.jpg\n", i);
  root = plant (tree->str);
  g_string_free (tree, TRUE);
  g_assert_false (
      thaw_dataset_add_path (dataset, root, cancel_cb, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (dataset->samples->len, ==, 0);
  g_assert_cmpuint (dataset->classes->len, ==, 0);
  g_assert_true (thaw_dataset_add_path (dataset, root, count_cb, &found, NULL, NULL));
  g_assert_cmpuint (found, ==, 201);
}

/* A data set without files: @counts pictures a class */
static ThawDataset *
make_up (const guint *counts, guint n_classes)
{
  ThawDataset *dataset = thaw_dataset_new ();

  for (guint c = 0; c < n_classes; c++)
    {
      g_ptr_array_add (dataset->classes, g_strdup_printf ("%u", c));
      for (guint i = 0; i < counts[c]; i++)
        {
          ThawSample *sample = g_new0 (ThawSample, 1);

          sample->path = g_strdup_printf ("/%u/%u", c, i);
          sample->index = -1;
          sample->label = c;
          g_ptr_array_add (dataset->samples, sample);
        }
    }
  return dataset;
}

static void
test_split (void)
{
  static const guint counts[] = { 1, 2, 3, 7, 40, 1000 };
  static const struct
  {
    double validation, test;
  } shares[] = { { 0, 0 }, { .2, 0 }, { .2, .1 }, { .5, .5 }, { .99, 0 }, { .001, .001 } };

  for (gsize s = 0; s < G_N_ELEMENTS (shares); s++)
    {
      g_autoptr (ThawDataset) dataset = make_up (counts, G_N_ELEMENTS (counts));

      thaw_dataset_split (dataset, shares[s].validation, shares[s].test, 3);
      for (gsize c = 0; c < G_N_ELEMENTS (counts); c++)
        {
          guint train = thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, c);
          guint validation = thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, c);
          guint test = thaw_dataset_count (dataset, THAW_SPLIT_TEST, c);

          g_assert_cmpuint (train + validation + test, ==, counts[c]);
          g_assert_cmpuint (train, >=, 1);
          if (shares[s].validation > 0 && counts[c] >= 2)
            g_assert_cmpuint (validation, >=, 1);
          if (shares[s].test > 0 && counts[c] >= 40 && shares[s].validation + shares[s].test < 1)
            g_assert_cmpfloat_with_epsilon (test, MAX (1, counts[c] * shares[s].test), .5);
          if (counts[c] >= 40 && shares[s].validation > .1)
            g_assert_cmpfloat_with_epsilon (validation,
                                            MIN (counts[c] - 1, counts[c] * shares[s].validation),
                                            .51);
        }
    }
}

static char *
splits (const ThawDataset *dataset)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < dataset->samples->len; i++)
    g_string_append_c (text, "tvx"[((ThawSample *) dataset->samples->pdata[i])->split]);
  return g_string_free (text, FALSE);
}

/* By the seed alone; given splits stay */
static void
test_split_again (void)
{
  static const guint counts[] = { 50, 50 };
  g_autoptr (ThawDataset) dataset = make_up (counts, 2);
  g_autofree char *one = NULL, *two = NULL, *again = NULL, *given = NULL;
  ThawSample *first = dataset->samples->pdata[0];

  thaw_dataset_split (dataset, .2, .1, 1);
  one = splits (dataset);
  thaw_dataset_split (dataset, .2, .1, 2);
  two = splits (dataset);
  thaw_dataset_split (dataset, .2, .1, 1);
  again = splits (dataset);
  g_assert_cmpstr (one, !=, two);
  g_assert_cmpstr (one, ==, again);
  g_assert_cmpint (strncmp (one, one + 50, 50), !=, 0);
  first->split = THAW_SPLIT_TEST;
  first->split_given = TRUE;
  thaw_dataset_split (dataset, .2, .1, 1);
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_TEST, -1), ==, 1);
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1), ==, 20);
  first->split = THAW_SPLIT_VALIDATION;
  thaw_dataset_split (dataset, .2, .1, 1);
  given = splits (dataset);
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1), ==, 1);
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, -1), ==, 99);
}

/* A training and a test folder, as many have: validation comes from the former. */
static void
test_split_of_train_and_test (void)
{
  g_autofree char *root = plant (
      "train/a/1.jpg\ntrain/a/2.jpg\ntrain/b/1.jpg\ntrain/b/2.jpg\ntest/a/3.jpg\ntest/b/3.jpg");
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autofree char *classes = NULL;

  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  thaw_dataset_split (dataset, .2, .2, 1);
  classes = summary (dataset);
  g_assert_cmpstr (classes, ==, "a 1 1 1; b 1 1 1");
  g_assert_true (thaw_dataset_check (dataset, NULL));
}

static void
test_check (void)
{
  static const struct
  {
    guint       n_classes;
    guint       counts[3];
    double      validation;
    const char *says;
  } cases[] = {
    { 0, { 0 }, .2, "there are no classes" },
    { 1, { 9 }, .2, "one class only" },
    { 3, { 4, 0, 4 }, .2, "class \"1\" has no picture to train with" },
    { 2, { 4, 4 }, 0, "no picture to validate with" },
    { 2, { 4, 1 }, .2, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThawDataset) dataset = make_up (cases[i].counts, cases[i].n_classes);
      g_autoptr (GError) error = NULL;

      thaw_dataset_split (dataset, cases[i].validation, 0, 1);
      g_assert_cmpint (thaw_dataset_check (dataset, &error), ==, cases[i].says == NULL);
      if (cases[i].says)
        g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

static void
test_verify (void)
{
  g_autofree char *root = plant ("a/1.jpg\na/2.jpg cut\na/3.png\nb/1.jpg\nb/2.jpg cut");
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autofree char *classes = NULL;
  guint done = 0;

  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  g_assert_cmpuint (dataset->samples->len, ==, 5);
  g_assert_true (thaw_dataset_verify (dataset, pool, count_cb, &done, NULL, NULL));
  g_assert_cmpuint (done, ==, 5);
  classes = summary (dataset);
  g_assert_cmpstr (classes, ==, "a 2 0 0; b 1 0 0");
  g_assert_cmpuint (dataset->problems->len, ==, 2);
  for (guint i = 0; i < dataset->problems->len; i++)
    g_assert_true (g_str_has_prefix (((ThawProblem *) dataset->problems->pdata[i])->reason,
                                     "truncated or damaged JPEG: "));
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i];
      g_autofree char *data = NULL;
      g_autofree char *hash = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (sample->path, &data, &length, NULL));
      hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guint8 *) data, length);
      g_assert_cmpstr (sample->hash, ==, hash);
      g_assert_cmpint (sample->size, ==, length);
    }
}

static void
touch (const char *path, gint64 seconds)
{
  struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* Touched: the same picture. Edited: an error. Gone: an error. */
static void
test_changed (void)
{
  g_autofree char *root = plant ("a/1.png");
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawImage) image = NULL;
  g_autoptr (ThawImage) again = NULL;
  g_autoptr (ThawImage) other = thaw_test_picture (5, 5);
  g_autoptr (GError) error = NULL;
  ThawSample *sample;

  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  sample = dataset->samples->pdata[0];
  image = thaw_sample_load (sample, NULL);
  g_assert_nonnull (image);
  g_assert_cmpuint (strlen (sample->hash), ==, 64);
  touch (sample->path, 1234567);
  again = thaw_sample_load (sample, NULL);
  g_assert_true (thaw_test_same (image, again));
  thaw_test_save (other, "png", sample->path);
  g_assert_null (thaw_sample_load (sample, &error));
  g_assert_nonnull (strstr (error->message, "was changed since it was added"));
  g_clear_error (&error);
  unlink (sample->path);
  g_assert_null (thaw_sample_load (sample, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, sample->path));
}

/* A copy is the same and lives on when the other is changed and gone. */
static void
test_copy (void)
{
  g_autofree char *root = plant ("train/a/1.jpg\ntrain/b/1.jpg\ntrain/b/2.jpg text\nval/a/2.jpg\nval/b/9.jpg");
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawDataset) copy = NULL;
  g_autoptr (ThawDataset) again = NULL;
  g_autoptr (ThawImage) image = NULL;

  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  image = thaw_sample_load (dataset->samples->pdata[1], NULL);
  g_assert_nonnull (image);
  copy = thaw_dataset_copy (dataset);
  thaw_test_same_dataset (copy, dataset);
  g_assert_cmpuint (copy->problems->len, ==, 1);
  g_assert_cmpstr (((ThawProblem *) copy->problems->pdata[0])->path, ==,
                   ((ThawProblem *) dataset->problems->pdata[0])->path);
  again = thaw_dataset_copy (copy);
  ((ThawSample *) copy->samples->pdata[0])->label = 1;
  g_ptr_array_remove_index (copy->samples, 2);
  g_clear_pointer (&copy, thaw_dataset_unref);
  thaw_test_same_dataset (again, dataset);
}

/* Samples and classes in any order give the data set that the folders give. */
static void
test_build (void)
{
  g_autofree char *root = plant ("train/b/1.jpg\ntrain/a/1.jpg\ntrain/c/1.jpg\ntrain/b/0.jpg\nval/a/2.jpg\nval/c/9.jpg");
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawDataset) built = thaw_dataset_new ();

  g_assert_true (thaw_dataset_add_path (dataset, root, NULL, NULL, NULL, NULL));
  for (guint i = dataset->samples->len; i-- > 0;)
    {
      ThawSample *sample = thaw_sample_copy (dataset->samples->pdata[i]);

      sample->label = thaw_dataset_add_class (built, dataset->classes->pdata[sample->label]);
      thaw_dataset_take_sample (built, sample);
    }
  g_assert_cmpstr (built->classes->pdata[0], ==, "c");
  g_assert_cmpint (thaw_dataset_add_class (built, "c"), ==, 0);
  thaw_dataset_sort (built);
  thaw_test_same_dataset (built, dataset);
  thaw_dataset_sort (built);
  thaw_test_same_dataset (built, dataset);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (trees); i++)
    {
      g_autofree char *name
          = g_strdelimit (g_strconcat ("/data/dataset/tree/", trees[i].name, NULL), " ", '-');

      g_test_add_data_func (name, &trees[i], test_tree);
    }
  g_test_add_func ("/data/dataset/no-permission", test_no_permission);
  g_test_add_func ("/data/dataset/several", test_several);
  g_test_add_func ("/data/dataset/copy", test_copy);
  g_test_add_func ("/data/dataset/build", test_build);
  g_test_add_func ("/data/dataset/cancel", test_cancel);
  g_test_add_func ("/data/dataset/split", test_split);
  g_test_add_func ("/data/dataset/split-again", test_split_again);
  g_test_add_func ("/data/dataset/split-of-train-and-test", test_split_of_train_and_test);
  g_test_add_func ("/data/dataset/check", test_check);
  g_test_add_func ("/data/dataset/verify", test_verify);
  g_test_add_func ("/data/dataset/changed", test_changed);
  return g_test_run ();
}
