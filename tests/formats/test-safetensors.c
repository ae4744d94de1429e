/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#include "thaw-sample.h"

static ThawTensor *
tensor_of (ThawDtype dtype, gint64 n)
{
  ThawTensor *tensor = thaw_tensor_new (dtype, &THAW_SHAPE (n));

  for (gsize i = 0; i < tensor->bytes; i++)
    ((guint8 *) tensor->data)[i] = (guint8) (17 * i + 3);
  return tensor;
}

static GHashTable *
new_metadata (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static ThawTensorMap *
parse (GBytes *bytes, GHashTable **metadata)
{
  g_autoptr (GError) error = NULL;
  ThawTensorMap *map = thaw_weights_parse (bytes, metadata, &error);

  g_assert_no_error (error);
  return map;
}

/* Every type, of an odd count so that alignment is not a matter of luck, comes back with its bits, viewed in place. */
static void
test_dtypes (void)
{
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  g_autoptr (ThawTensorMap) back = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < THAW_N_DTYPES; i++)
    thaw_tensor_map_take (map, thaw_dtype_name (i), tensor_of (i, 5));
  thaw_tensor_map_take (map, "scalar", thaw_tensor_new (THAW_DTYPE_F32, &(ThawShape){ 0 }));
  thaw_tensor_map_take (map, "empty", thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (3, 0, 2)));
  bytes = thaw_safetensors_write (map, NULL, THAW_DTYPE_F32, &error);
  g_assert_no_error (error);
  back = parse (bytes, NULL);
  g_assert_cmpint (thaw_tensor_map_size (back), ==, thaw_tensor_map_size (map));
  for (guint i = 0; i < thaw_tensor_map_size (map); i++)
    {
      ThawTensor *wanted = thaw_tensor_map_at (map, i), *found = thaw_tensor_map_get (back, thaw_tensor_map_name (map, i));

      g_assert_nonnull (found);
      g_assert_nonnull (found->owner);
      g_assert_cmpint (found->dtype, ==, wanted->dtype);
      g_assert_true (thaw_shape_equal (&found->shape, &wanted->shape));
      g_assert_cmpmem (found->data, found->bytes, wanted->data, wanted->bytes);
    }
}

static const float numbers[] = { 0, -0.f, 1, -2.5f, 1e-3f, 65504, 3.14159265f, 1e-7f };

/* Floating types are converted and the others kept; reading back gives what conversion by hand gives. */
static void
test_conversion (void)
{
  static const ThawDtype targets[] = { THAW_DTYPE_F32, THAW_DTYPE_F16, THAW_DTYPE_BF16 };

  for (guint t = 0; t < G_N_ELEMENTS (targets); t++)
    {
      g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
      g_autoptr (ThawTensor) f32 = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (2, 4));
      g_autoptr (ThawTensor) f64 = thaw_tensor_new (THAW_DTYPE_F64, &THAW_SHAPE (8));
      g_autoptr (ThawTensor) wanted = NULL;
      g_autoptr (ThawTensorMap) back = NULL;
      g_autoptr (GBytes) bytes = NULL;
      gboolean narrow = targets[t] != THAW_DTYPE_F32;

      memcpy (f32->data, numbers, sizeof numbers);
      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        ((double *) f64->data)[i] = numbers[i];
      thaw_tensor_map_set (map, "f32", f32);
      thaw_tensor_map_set (map, "f64", f64);
      thaw_tensor_map_take (map, "i64", tensor_of (THAW_DTYPE_I64, 3));
      bytes = thaw_safetensors_write (map, NULL, targets[t], NULL);
      back = parse (bytes, NULL);
      wanted = narrow ? thaw_tensor_convert (f32, targets[t]) : thaw_tensor_ref (f32);
      g_assert_cmpint (thaw_tensor_map_get (back, "f32")->dtype, ==, targets[t]);
      g_assert_cmpmem (thaw_tensor_map_get (back, "f32")->data, wanted->bytes, wanted->data, wanted->bytes);
      g_assert_cmpint (thaw_tensor_map_get (back, "f64")->dtype, ==, narrow ? targets[t] : THAW_DTYPE_F64);
      g_assert_cmpint (thaw_tensor_map_get (back, "i64")->dtype, ==, THAW_DTYPE_I64);
      if (narrow)
        g_assert_cmpmem (thaw_tensor_map_get (back, "f64")->data, wanted->bytes, wanted->data, wanted->bytes);
    }
}

/* The bytes depend on the contents alone, not on the order in which a hash table gives its keys; the header fills eights. */
static void
test_deterministic (void)
{
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  g_autoptr (GBytes) first = NULL;

  thaw_tensor_map_take (map, "b", tensor_of (THAW_DTYPE_F32, 3));
  thaw_tensor_map_take (map, "a", tensor_of (THAW_DTYPE_U8, 3));
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (GHashTable) metadata = new_metadata (), back = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (ThawTensorMap) again = NULL;
      guint64 length;

      for (guint i = 0; i < 20; i++)
        {
          guint k = (i * 7 + round) % 20;

          g_hash_table_insert (metadata, g_strdup_printf ("key %u \"\\\n\xc3\xa4", k), g_strdup_printf ("%u\x01/[", k * k));
        }
      bytes = thaw_safetensors_write (map, metadata, THAW_DTYPE_F32, NULL);
      memcpy (&length, g_bytes_get_data (bytes, NULL), 8);
      g_assert_cmpint (GUINT64_FROM_LE (length) % 8, ==, 0);
      if (!first)
        first = g_bytes_ref (bytes);
      g_assert_true (g_bytes_equal (bytes, first));
      again = parse (bytes, &back);
      g_assert_cmpint (g_hash_table_size (back), ==, 20);
      g_assert_cmpstr (g_hash_table_lookup (back, "key 3 \"\\\n\xc3\xa4"), ==, "9\x01/[");
      g_assert_cmpstr (thaw_tensor_map_name (again, 0), ==, "b");
    }
}

static void
test_refuses_to_write (void)
{
  static const char *const names[] = { "__metadata__", "\xff" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
      g_autoptr (GError) error = NULL;

      thaw_tensor_map_take (map, names[i], tensor_of (THAW_DTYPE_F32, 1));
      g_assert_null (thaw_safetensors_write (map, NULL, THAW_DTYPE_F32, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
    }
}

#define F32(name, shape, begin, end)                                                                                   \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

static const struct
{
  const char *header;
  guint64     length; /* claimed, 0: the true one */
  gsize       data;   /* bytes that follow */
  const char *message;
} hostile[] = {
  { "{}", G_MAXUINT64, 0, "first bytes" },
  { "{}", 90000000, 0, "longer than the file" },
  { "{}", 0, 4, "belong to no tensor" },
  { "{", 0, 0, "damaged" },
  { "{}x", 0, 0, "damaged" },
  { "{\"a\"}", 0, 0, "damaged" },
  { "{\"a\":1}", 0, 0, "damaged" },
  { "{\"a\":{}}", 0, 0, "damaged" },
  { "{" F32 ("a", "[1]", 0, 4) ",}", 0, 4, "damaged" },
  { "{" F32 ("a", "[1]", 0, 8) "}", 0, 4, "outside the file" },
  { "{" F32 ("a", "[1]", -4, 0) "}", 0, 4, "outside the file" },
  { "{" F32 ("a", "[1]", 4, 0) "}", 0, 4, "outside the file" },
  { "{" F32 ("a", "[2]", 0, 4) "}", 0, 4, "does not match" },
  { "{" F32 ("a", "[-1]", 0, 4) "}", 0, 4, "does not match" },
  { "{" F32 ("a", "[4611686018427387904,4]", 0, 0) "}", 0, 0, "does not match" },
  { "{" F32 ("a", "[9223372036854775807,0,9223372036854775807]", 0, 0) "}", 0, 0, "does not match" },
  { "{" F32 ("a", "[99999999999999999999]", 0, 4) "}", 0, 4, "damaged" },
  { "{" F32 ("a", "[1.0]", 0, 4) "}", 0, 4, "damaged" },
  { "{" F32 ("a", "[1,1,1,1,1,1,1]", 0, 4) "}", 0, 4, "more than 6 dimensions" },
  { "{" F32 ("a", "[[1]]", 0, 4) "}", 0, 4, "damaged" },
  { "{" F32 ("a", "[1]", 0, 4) "," F32 ("b", "[1]", 0, 4) "}", 0, 4, "overlaps" },
  { "{" F32 ("a", "[2]", 0, 8) "," F32 ("b", "[1]", 4, 8) "}", 0, 8, "overlaps" },
  { "{" F32 ("a", "[1]", 0, 4) "," F32 ("b", "[1]", 8, 12) "}", 0, 12, "after a gap" },
  { "{" F32 ("a", "[1]", 0, 4) "}", 0, 8, "belong to no tensor" },
  { "{" F32 ("a", "[1]", 0, 4) "," F32 ("a", "[1]", 4, 8) "}", 0, 8, "two tensors are named 'a'" },
  { "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}", 0, 4, "type 'F8_E4M3'" },
  { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 4, "damaged" },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 4, "damaged" },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0, 4, "damaged" },
  { "{\"\\u0000\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 4, "damaged" },
  { "{\"__metadata__\":{\"a\":1}}", 0, 0, "damaged" },
  { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, 0, "damaged" },
  { "{\"__metadata__\":{\"a\":\"1\"},\"__metadata__\":{\"b\":\"2\"}}", 0, 0, "damaged" },
};

static void
test_hostile (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr (GBytes) bytes = thaw_sample_safetensors (hostile[i].header, hostile[i].length, hostile[i].data);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawTensorMap) map = thaw_weights_parse (bytes, NULL, &error);

      g_test_message ("%s", hostile[i].header);
      g_assert_null (map);
      g_assert_true (error->domain == THAW_ERROR);
      if (!strstr (error->message, hostile[i].message) || strchr (error->message, '\n'))
        g_error ("%s: '%s' was expected, '%s' came", hostile[i].header, hostile[i].message, error->message);
    }
}

/* What is unusual but right */
static const struct
{
  const char *header;
  gsize       data;
  guint       tensors;
} fair[] = {
  { "{}", 0, 0 },
  { "{ }  \n", 0, 0 },
  { "{\"__metadata__\":{}}", 0, 0 },
  { "{" F32 ("a", "[]", 0, 4) "}", 4, 1 },
  { "{" F32 ("a", "[0]", 0, 0) "," F32 ("b", "[1]", 0, 4) "}", 4, 2 },
  { "{" F32 ("b", "[1]", 4, 8) "," F32 ("a", "[1]", 0, 4) "}", 8, 2 },
  { "{\"a\":{\"shape\":[1],\"note\":{\"x\":[[null]]},\"data_offsets\":[0,4],\"dtype\":\"F32\"}}", 4, 1 },
  { "{\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}," F32 ("a", "[1]", 1, 5) "}", 5, 2 },
};

static void
test_fair (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (fair); i++)
    {
      g_autoptr (GBytes) bytes = thaw_sample_safetensors (fair[i].header, 0, fair[i].data);
      g_autoptr (ThawTensorMap) map = parse (bytes, NULL);

      g_assert_cmpint (thaw_tensor_map_size (map), ==, fair[i].tensors);
    }
}

static void
test_deep (void)
{
  GString *header = g_string_new ("{\"a\":{\"x\":");
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (header, '[');
  bytes = thaw_sample_safetensors (header->str, 0, 0);
  g_assert_null (thaw_weights_parse (bytes, NULL, NULL));
  g_string_free (header, TRUE);
}

static void
test_torture (void)
{
  g_autoptr (GBytes) bytes = thaw_sample_safetensors ("{\"__metadata__\":{\"k\":\"v\"}," F32 ("a", "[1,2]", 0, 8) "," F32 ("b", "[1]", 8, 12) "}", 0, 12);
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  for (gsize cut = 0; cut < n; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new (data, cut);
      g_autoptr (GError) error = NULL;

      g_assert_null (thaw_weights_parse (part, NULL, &error));
      g_assert_nonnull (error);
    }
  for (gsize at = 0; at < n; at++)
    for (guint value = 0; value < 256; value++)
      {
        g_autofree guint8 *copy = g_memdup2 (data, n);
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (GError) error = NULL;
        g_autoptr (ThawTensorMap) map = NULL;

        copy[at] = value;
        changed = g_bytes_new_take (g_steal_pointer (&copy), n);
        map = thaw_weights_parse (changed, NULL, &error);
        g_assert_true ((map != NULL) != (error != NULL));
      }
}

/* The three backbones beside the checkout: what others wrote */
static void
test_shared (void)
{
  static const char *const files[] = { "backbones/mobilenet_v1_0.25_224.safetensors", "backbones/mobilenet_v2_1.0_224_dequant.safetensors",
                                       "backbones/squeezenet1_1_torchvision_fp16.safetensors" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = thaw_test_shared (files[i]);
      g_autoptr (GHashTable) metadata = NULL;
      g_autoptr (ThawTensorMap) map = NULL;
      g_autoptr (GError) error = NULL;

      if (!path)
        {
          g_test_skip ("../shared is not there");
          return;
        }
      map = thaw_weights_load (path, &metadata, &error);
      g_assert_no_error (error);
      g_assert_cmpint (thaw_tensor_map_size (map), >, 20);
      g_assert_cmpint (thaw_tensor_map_at (map, 0)->dtype, ==, THAW_DTYPE_F32);
      g_assert_cmpint (g_hash_table_size (metadata), >, 0);
    }
}

/* A line break in a name does not come through to a person's terminal. */
static void
test_one_line (void)
{
  g_autoptr (GBytes) bytes = thaw_sample_safetensors ("{" F32 ("a\\n\\u001b[2J", "[1]", 0, 8) "}", 0, 4);
  g_autofree char *folder = thaw_test_directory (), *path = g_build_filename (folder, "x", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_file_replace (path, bytes, NULL));
  g_assert_null (thaw_weights_load (path, NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, "'a??[2J' lies outside"));
}

/* Another process cuts the file while its tensors are in use: they stay what they were, and who asks again is told of the new file */
static void
test_cut_short (void)
{
  g_autofree char *folder = thaw_test_directory (), *path = g_build_filename (folder, "cut.safetensors", NULL);
  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new (), map = NULL, again = NULL;
  ThawTensor *tensor = tensor_of (THAW_DTYPE_F32, 3 << 20);
  g_autoptr (GError) error = NULL;

  thaw_tensor_map_take (tensors, "weight", tensor);
  g_assert_true (thaw_safetensors_save (tensors, NULL, THAW_DTYPE_F32, path, &error));
  map = thaw_weights_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (truncate (path, 4096), ==, 0);
  g_assert_cmpmem (thaw_tensor_map_at (map, 0)->data, thaw_tensor_map_at (map, 0)->bytes, tensor->data, tensor->bytes);
  again = thaw_weights_load (path, NULL, &error);
  g_assert_null (again);
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, path));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/dtypes", test_dtypes);
  g_test_add_func ("/safetensors/conversion", test_conversion);
  g_test_add_func ("/safetensors/deterministic", test_deterministic);
  g_test_add_func ("/safetensors/refuses-to-write", test_refuses_to_write);
  g_test_add_func ("/safetensors/hostile", test_hostile);
  g_test_add_func ("/safetensors/fair", test_fair);
  g_test_add_func ("/safetensors/deep", test_deep);
  g_test_add_func ("/safetensors/torture", test_torture);
  g_test_add_func ("/safetensors/cut-short", test_cut_short);
  g_test_add_func ("/safetensors/one-line", test_one_line);
  g_test_add_func ("/safetensors/shared", test_shared);
  return g_test_run ();
}
