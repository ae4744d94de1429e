/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against Pillow (tools/make-image-goldens.py): to the bit. */
#include <thaw-test.h>
#include <thaw/thaw-image.h>

#include "data/thaw-colour.h"
#include "pictures.h"

static JsonObject *goldens;

static int
pair (JsonObject *golden, const char *member, int i)
{
  return (int) json_array_get_int_element (json_object_get_array_member (golden, member), i);
}

static ThawFilter
filter_of (JsonObject *golden)
{
  return g_str_equal (json_object_get_string_member (golden, "filter"), "bicubic")
             ? THAW_FILTER_BICUBIC
             : THAW_FILTER_BILINEAR;
}

static void
assert_pixels (JsonObject *golden, const guint8 *pixels, gsize n, const char *what)
{
  g_autofree char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, pixels, n);

  if (g_str_equal (hash, json_object_get_string_member (golden, "sha256")))
    return;
  if (json_object_has_member (golden, "first"))
    for (int i = 0; i < 6; i++)
      g_test_message ("%s: value %d is %d, not %d", what, i, pixels[i], pair (golden, "first", i));
  g_test_message ("%s: other pixels than Pillow's", what);
  g_test_fail ();
}

static void
check_resample (JsonObject *golden)
{
  g_autoptr (ThawImage) source
      = thaw_test_picture (pair (golden, "source", 0), pair (golden, "source", 1));
  g_autoptr (ThawImage) image = NULL;
  gboolean boxed = !json_object_get_null_member (golden, "box");
  g_autofree char *what
      = g_strdup_printf ("%d x %d to %d x %d%s", source->width, source->height,
                         pair (golden, "to", 0), pair (golden, "to", 1), boxed ? " of a box" : "");
  double box[4];

  for (int i = 0; boxed && i < 4; i++)
    box[i] = json_array_get_double_element (json_object_get_array_member (golden, "box"), i);
  image = thaw_image_resample (source, pair (golden, "to", 0), pair (golden, "to", 1),
                               filter_of (golden), boxed ? box : NULL);
  assert_pixels (golden, image->pixels, 3 * (gsize) image->width * image->height, what);
}

static void
check_prepare (JsonObject *golden)
{
  g_autoptr (ThawImage) source
      = thaw_test_picture (pair (golden, "source", 0), pair (golden, "source", 1));
  ThawPreprocessing preprocessing = {
    .resize = (int) json_object_get_int_member (golden, "resize"),
    .stretch = json_object_get_boolean_member (golden, "stretch"),
    .width = pair (golden, "crop", 0),
    .height = pair (golden, "crop", 1),
    .filter = filter_of (golden),
    .rounding = g_str_equal (json_object_get_string_member (golden, "rounding"), "torchvision") ? THAW_ROUNDING_TORCHVISION : THAW_ROUNDING_NEAREST,
    .mean = { 0, 127, 12.5f },
    .std = { 1, 128, .3f },
  };
  gsize n = 3 * (gsize) preprocessing.width * preprocessing.height;
  g_autofree float *output = g_new (float, n);
  g_autofree guint8 *pixels = g_malloc (n);
  g_autofree char *what
      = g_strdup_printf ("%d x %d, resize %d, crop %d x %d", source->width, source->height,
                         preprocessing.resize, preprocessing.width, preprocessing.height);

  thaw_image_prepare (source, &preprocessing, output);
  for (gsize i = 0; i < n; i++)
    {
      double pixel = output[i] * preprocessing.std[i % 3] + preprocessing.mean[i % 3];

      pixels[i] = (guint8) (pixel + .5);
      g_assert_cmpfloat_with_epsilon (pixel, pixels[i], 1e-3);
    }
  assert_pixels (golden, pixels, n, what);
}

static void
check_enhance (JsonObject *golden)
{
  static const struct
  {
    const char *name;
    void (*change) (guint8 *pixels, gsize n, double factor);
  } kinds[] = {
    { "brightness", thaw_colour_brightness },
    { "contrast", thaw_colour_contrast },
    { "saturation", thaw_colour_saturation },
  };
  g_autoptr (ThawImage) image = thaw_test_picture (31, 17);
  const char *kind = json_object_get_string_member (golden, "kind");

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, kinds[i].name))
      kinds[i].change (image->pixels, 31 * 17, json_object_get_double_member (golden, "factor"));
  assert_pixels (golden, image->pixels, 3 * 31 * 17, kind);
}

/* What is there whole must come out whole; a file cut anywhere comes out whole, too, or not at all.
 */
static void
check_cuts (const char *name, GBytes *bytes, const ThawImage *whole)
{
  gsize length = g_bytes_get_size (bytes);

  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (bytes, 0, cut);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawImage) image = thaw_image_decode (part, name, &error);

      if (!image)
        {
          g_assert_nonnull (error);
          g_assert_null (strchr (error->message, '\n'));
          continue;
        }
      if (thaw_test_same (image, whole))
        continue;
      g_test_message ("%s cut to %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                      " bytes gave a picture with holes",
                      name, cut, length);
      g_test_fail ();
    }
}

static void
check_size (const char *name, const guint8 *data, gsize length, const ThawImage *image)
{
  g_autofree char *directory = thaw_test_directory ();
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;
  int width = 0, height = 0;

  g_assert_true (g_file_set_contents (path, (const char *) data, length, NULL));
  g_assert_true (thaw_image_size (path, &width, &height, &error));
  g_assert_cmpint (width, ==, image->width);
  g_assert_cmpint (height, ==, image->height);
}

static void
check_file (JsonObject *golden)
{
  const char *name = json_object_get_string_member (golden, "name");
  gsize length;
  guint8 *data = g_base64_decode (json_object_get_string_member (golden, "base64"), &length);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawImage) image = thaw_image_decode (bytes, name, &error);

  if (!image)
    {
      g_test_message ("%s", error->message);
      g_test_fail ();
      return;
    }
  g_assert_cmpint (image->width, ==, pair (golden, "size", 0));
  g_assert_cmpint (image->height, ==, pair (golden, "size", 1));
  assert_pixels (golden, image->pixels, 3 * (gsize) image->width * image->height, name);
  check_size (name, data, length, image);
  check_cuts (name, bytes, image);
}

typedef struct
{
  const char *section;
  void (*check) (JsonObject *golden);
} Section;

static const Section sections[] = {
  { "resample", check_resample },
  { "prepare", check_prepare },
  { "enhance", check_enhance },
  { "files", check_file },
};

static void
test_section (gconstpointer data)
{
  const Section *section = data;
  JsonArray *cases = json_object_get_array_member (goldens, section->section);

  g_assert_cmpuint (json_array_get_length (cases), >, 10);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    section->check (json_array_get_object_element (cases, i));
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  path = thaw_test_file ("golden/images.json");
  if (!json_parser_load_from_file (parser, path, &error))
    g_error ("%s: %s", path, error->message);
  goldens = json_node_get_object (json_parser_get_root (parser));
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      g_autofree char *name = g_strconcat ("/data/image-golden/", sections[i].section, NULL);

      g_test_add_data_func (name, &sections[i], test_section);
    }
  return g_test_run ();
}
