/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IDX files: MNIST's, and what is none. */
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <unistd.h>
#include <zlib.h>

#include "data/thaw-idx.h"
#include "pictures.h"

static GBytes *
pack (GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  z_stream stream = { .next_in = (guint8 *) data, .avail_in = length };
  gsize room = compressBound (length) + 64;
  guint8 *packed = g_malloc (room);

  g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), ==,
                   Z_OK);
  stream.next_out = packed;
  stream.avail_out = room;
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  deflateEnd (&stream);
  return g_bytes_new_take (packed, room - stream.avail_out);
}

/* Header with these @dim, then @n values, value i being i * 7 */
static GBytes *
make_idx (int rank, const guint32 *dim, gsize n)
{
  guint8 *data = g_malloc0 (4 + 4 * rank + n);

  data[2] = 8;
  data[3] = rank;
  for (int i = 0; i < rank; i++)
    for (int b = 0; b < 4; b++)
      data[4 + 4 * i + b] = dim[i] >> (24 - 8 * b);
  for (gsize i = 0; i < n; i++)
    data[4 + 4 * rank + i] = i * 7;
  return g_bytes_new_take (data, 4 + 4 * rank + n);
}

static void
test_headers (void)
{
  static const struct
  {
    int         rank;
    guint32     dim[3];
    gsize       n;
    const char *says;   /* NULL: fine */
  } cases[] = {
    { 3, { 5, 4, 3 }, 60, NULL },
    { 1, { 9 }, 9, NULL },
    { 3, { 5, 4, 3 }, 59, "shorter than its header says" },
    { 3, { 5, 4, 3 }, 61, "longer than its header says" },
    { 3, { 0, 4, 3 }, 0, "empty" },
    { 3, { 5, 0, 3 }, 0, "empty" },
    { 3, { 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF }, 10, "beyond all measure" },
    { 3, { 0x10000, 0x10000, 0x10000 }, 10, "" },
    { 3, { 5000000, 28, 28 }, 10, "2 GiB" },
    { 3, { 1000, 1000, 2000 }, 10, "" },
    { 1, { 20000000 }, 10, "ten million" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int packed = 0; packed < 2; packed++)
      {
        g_autoptr (GBytes) plain = make_idx (cases[i].rank, cases[i].dim, cases[i].n);
        g_autoptr (GBytes) bytes = packed ? pack (plain) : g_bytes_ref (plain);
        g_autoptr (GError) error = NULL;
        g_autoptr (ThawIdx) idx = thaw_idx_parse (bytes, cases[i].rank, &error);

        g_assert_cmpint (idx != NULL, ==, cases[i].says == NULL);
        if (!idx)
          {
            g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
            g_assert_nonnull (strstr (error->message, cases[i].says));
            continue;
          }
        for (gsize k = 0; k < cases[i].n; k++)
          g_assert_cmpint (idx->values[k], ==, (guint8) (k * 7));
      }
}

/* Cut and damaged anywhere: an error, no more; with a check sum nothing damaged passes. */
static void
test_damage (void)
{
  static const guint32 dim[3] = { 6, 5, 4 };
  g_autoptr (GBytes) plain = make_idx (3, dim, 120);
  g_autoptr (GBytes) packed = pack (plain);
  gsize length;
  const guint8 *data = g_bytes_get_data (packed, &length);

  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (packed, 0, cut);

      g_assert_null (thaw_idx_parse (part, 3, NULL));
    }
  for (gsize bit = 80; bit < 8 * length; bit++)
    {
      guint8 *copy = g_memdup2 (data, length);
      g_autoptr (GBytes) damaged = g_bytes_new_take (copy, length);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawIdx) idx = NULL;

      copy[bit / 8] ^= 1 << bit % 8;
      idx = thaw_idx_parse (damaged, 3, &error);
      if (idx)
        g_assert_cmpmem (idx->values, 120, (const guint8 *) g_bytes_get_data (plain, NULL) + 16,
                         120);
    }
  for (gsize bit = 0; bit < 8 * 4; bit++)
    {
      guint8 *copy = g_memdup2 (g_bytes_get_data (plain, NULL), 136);
      g_autoptr (GBytes) damaged = g_bytes_new_take (copy, 136);

      copy[bit / 8] ^= 1 << bit % 8;
      g_assert_null (thaw_idx_parse (damaged, 3, NULL));
    }
  g_assert_null (thaw_idx_parse (plain, 1, NULL));
}

static void
write_bytes (const char *folder, const char *name, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  thaw_test_write (folder, name, data, length);
}

/* @n pictures of 3 rows and 4 columns; labels 7 i mod 256 */
static void
write_pair (const char *folder, const char *prefix, guint32 n, gboolean packed)
{
  const guint32 dim[3] = { n, 3, 4 };
  g_autoptr (GBytes) pictures = make_idx (3, dim, 12 * n);
  g_autoptr (GBytes) labels = make_idx (1, dim, n);
  g_autoptr (GBytes) packed_pictures = pack (pictures);
  g_autoptr (GBytes) packed_labels = pack (labels);
  g_autofree char *pictures_name
      = g_strdup_printf ("%s-images-idx3-ubyte%s", prefix, packed ? ".gz" : "");
  g_autofree char *labels_name
      = g_strdup_printf ("%s-labels-idx1-ubyte%s", prefix, packed ? ".gz" : "");

  write_bytes (folder, pictures_name, packed ? packed_pictures : pictures);
  write_bytes (folder, labels_name, packed ? packed_labels : labels);
}

static void
test_folder (void)
{
  for (int packed = 0; packed < 2; packed++)
    {
      g_autofree char *folder = thaw_test_directory ();
      g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
      g_autoptr (GError) error = NULL;

      write_pair (folder, "train", 4, packed);
      write_pair (folder, "t10k", 2, packed);
      if (packed)
        write_pair (folder, "train", 4, FALSE);
      g_assert_true (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, &error));
      g_assert_cmpuint (dataset->classes->len, ==, 4);
      g_assert_cmpstr (dataset->classes->pdata[1], ==, "14");
      g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, -1), ==, 4);
      g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1), ==, 2);
      for (guint i = 0; i < dataset->samples->len; i++)
        {
          ThawSample *sample = dataset->samples->pdata[i];
          g_autoptr (ThawImage) image = thaw_sample_load (sample, &error);
          g_autofree char *label = g_strdup_printf ("%u", (guint) (guint8) (sample->index * 7));
          guint8 pixels[12];

          g_assert_no_error (error);
          g_assert_cmpstr (dataset->classes->pdata[sample->label], ==, label);
          g_assert_cmpint (image->width, ==, 4);
          g_assert_cmpint (image->height, ==, 3);
          for (int k = 0; k < 36; k++)
            g_assert_cmpint (image->pixels[k], ==, (guint8) ((sample->index * 12 + k / 3) * 7));
          for (int k = 0; k < 12; k++)
            pixels[k] = image->pixels[3 * k];
          g_clear_pointer (&label, g_free);
          label = g_compute_checksum_for_data (G_CHECKSUM_SHA256, pixels, 12);
          g_assert_cmpstr (sample->hash, ==, label);
        }
    }
}

static void
test_names (void)
{
  static const char lines[] = "zero\r\n\nx\nx\nx\nx\nx\nseven\n";
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *fashion = g_build_filename (folder, "FashionMNIST", NULL);
  g_autofree char *file = g_build_filename (fashion, "train-images-idx3-ubyte.gz", NULL);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (ThawDataset) single = thaw_dataset_new ();

  thaw_test_write (folder, "labels.txt", lines, strlen (lines));
  write_pair (folder, "train", 3, TRUE);
  g_assert_true (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, NULL));
  g_assert_cmpuint (dataset->classes->len, ==, 3);
  g_assert_cmpstr (dataset->classes->pdata[0], ==, "14");
  g_assert_cmpstr (dataset->classes->pdata[1], ==, "seven");
  g_assert_cmpstr (dataset->classes->pdata[2], ==, "zero");
  write_pair (fashion, "train", 2, TRUE);
  g_assert_true (thaw_dataset_add_path (single, file, NULL, NULL, NULL, NULL));
  g_assert_cmpstr (single->classes->pdata[0], ==, "Sneaker");
  g_assert_cmpstr (single->classes->pdata[1], ==, "T-shirt/top");
  thaw_dataset_split (single, .5, 0, 1);
  g_assert_cmpuint (thaw_dataset_count (single, THAW_SPLIT_TRAIN, -1), ==, 2);
}

static void
test_limit (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  guint before;

  write_pair (folder, "train", 600, TRUE);
  write_pair (folder, "t10k", 600, TRUE);
  g_assert_true (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, NULL));
  before = thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1);
  thaw_dataset_limit (dataset, THAW_SPLIT_TRAIN, 2);
  g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1), ==, before);
  for (guint i = 0; i < 256; i++)
    g_assert_cmpuint (thaw_dataset_count (dataset, THAW_SPLIT_TRAIN, i), ==, 2);
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i];

      if (sample->split == THAW_SPLIT_TRAIN)
        g_assert_cmpint (sample->index, <, 512);
    }
}

static void
test_wrong_pairs (void)
{
  static const struct
  {
    guint32     n_labels;   /* 0: no file */
    const char *says;
  } cases[] = { { 0, "train-labels-idx1-ubyte" }, { 3, "has 4 pictures, but there are 3 labels" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint32 dim[3] = { 4, 3, 4 };
      g_autofree char *folder = thaw_test_directory ();
      g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
      g_autoptr (GBytes) pictures = make_idx (3, dim, 48);
      g_autoptr (GBytes) labels = make_idx (1, &cases[i].n_labels, cases[i].n_labels);
      g_autoptr (GError) error = NULL;

      write_bytes (folder, "train-images-idx3-ubyte", pictures);
      if (cases[i].n_labels)
        write_bytes (folder, "train-labels-idx1-ubyte", labels);
      g_assert_false (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, &error));
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_assert_cmpuint (dataset->samples->len, ==, 0);
    }
}

/* The file becomes another, or goes: what was read of it does not hide that. */
static void
test_changed (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "train-images-idx3-ubyte", NULL);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autoptr (GError) error = NULL;
  ThawSample *last;

  write_pair (folder, "train", 4, FALSE);
  g_assert_true (thaw_dataset_add_path (dataset, folder, NULL, NULL, NULL, NULL));
  last = dataset->samples->pdata[3];
  for (guint i = 0; i < 4; i++)
    if (((ThawSample *) dataset->samples->pdata[i])->index == 3)
      last = dataset->samples->pdata[i];
  thaw_image_free (thaw_sample_load (last, &error));
  g_assert_no_error (error);
  write_pair (folder, "train", 2, FALSE);
  g_assert_null (thaw_sample_load (last, &error));
  g_assert_nonnull (strstr (error->message, "holds 2 pictures only"));
  g_clear_error (&error);
  unlink (path);
  g_assert_null (thaw_sample_load (last, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/idx/headers", test_headers);
  g_test_add_func ("/data/idx/damage", test_damage);
  g_test_add_func ("/data/idx/folder", test_folder);
  g_test_add_func ("/data/idx/names", test_names);
  g_test_add_func ("/data/idx/limit", test_limit);
  g_test_add_func ("/data/idx/wrong-pairs", test_wrong_pairs);
  g_test_add_func ("/data/idx/changed", test_changed);
  return g_test_run ();
}
