/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each stage between a picture's file and the network alone, on one thread, by its processor time.
 *
 * usage: bench-pictures FOLDER [SECONDS A STAGE (2)]
 * FOLDER has pictures, also in folders below it; the first 200 that can be read are used. Prints pictures a second.
 */
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>

#define MOST 200

typedef struct
{
  GPtrArray *files;  /* GBytes */
  GPtrArray *images; /* ThawImage, decoded from them */
  ThawPreprocessing preprocessing;
  ThawAugmentation augmentation;
  float *output; /* [224, 224, 3] */
} Pictures;

static void
read_folder (Pictures *self, const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && self->images->len < MOST && (name = g_dir_read_name (folder)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      g_autofree char *data = NULL;
      gsize size;
      g_autoptr (GBytes) bytes = NULL;
      ThawImage *image = NULL;

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        read_folder (self, child);
      else if (g_file_get_contents (child, &data, &size, NULL))
        {
          bytes = g_bytes_new_take (g_steal_pointer (&data), size);
          image = thaw_image_decode (bytes, child, NULL);
        }
      if (!image)
        continue;
      g_ptr_array_add (self->files, g_steal_pointer (&bytes));
      g_ptr_array_add (self->images, image);
    }
}

static void
decode (Pictures *self, guint i)
{
  g_autoptr (ThawImage) image = thaw_image_decode (self->files->pdata[i], "picture", NULL);
}

static void
prepare (Pictures *self, guint i)
{
  thaw_image_prepare (self->images->pdata[i], &self->preprocessing, self->output);
}

static void
augment (Pictures *self, guint i)
{
  thaw_image_augment (self->images->pdata[i], &self->preprocessing, &self->augmentation, 0, 1, i, self->output);
}

static void
measure (Pictures *self, const char *what, double seconds, void (*stage) (Pictures *self, guint i))
{
  double start = thaw_thread_seconds (), took = 0;
  gsize n = 0;

  for (; took < seconds; took = thaw_thread_seconds () - start)
    for (guint i = 0; i < self->images->len; i++, n++)
      stage (self, i);
  g_print ("%-28s %8.0f pictures/s  %6.3f ms\n", what, n / took, took / n * 1e3);
}

static void
measure_all (Pictures *self, double seconds)
{
  static const struct
  {
    const char *what, *augmentation;
  } kinds[] = { { "augment, light", "light" }, { "augment, strong", "strong" } };

  measure (self, "decode", seconds, decode);
  measure (self, "resample and normalise", seconds, prepare);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      thaw_augmentation_parse (&self->augmentation, kinds[i].augmentation, NULL);
      measure (self, kinds[i].what, seconds, augment);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_image_free);
  g_autofree float *output = g_new (float, 3 * 224 * 224);
  Pictures pictures = {
    .files = files,
    .images = images,
    .preprocessing = { 256, FALSE, 224, 224, THAW_FILTER_BILINEAR, { 127, 127, 127 }, { 128, 128, 128 } },
    .output = output,
  };

  if (argc < 2)
    {
      g_printerr ("usage: bench-pictures FOLDER [SECONDS]\n");
      return 2;
    }
  read_folder (&pictures, argv[1]);
  if (images->len == 0)
    {
      g_printerr ("no pictures in %s\n", argv[1]);
      return 1;
    }
  g_print ("%u pictures\n", images->len);
  measure_all (&pictures, argc > 2 ? g_ascii_strtod (argv[2], NULL) : 2);
  return 0;
}
