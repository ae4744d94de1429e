/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-tensor.h>

static void
test_shape_check (void)
{
  static const struct
  {
    ThawShape shape;
    gboolean  fits;
    gsize     bytes;
  } rows[] = {
    { { 0 }, TRUE, 4 },
    { { 2, { 3, 5 } }, TRUE, 60 },
    { { 3, { 3, 0, 5 } }, TRUE, 0 },
    { { 1, { -1 } }, FALSE, 0 },
    { { 7, { 1 } }, FALSE, 0 },
    { { -1, { 1 } }, FALSE, 0 },
    { { 2, { G_MAXINT64, 2 } }, FALSE, 0 },
    { { 3, { 1 << 30, 1 << 30, 1 << 30 } }, FALSE, 0 },
    { { 1, { G_MAXINT64 / 2 } }, FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gsize bytes = 99;

      g_assert_cmpint (thaw_shape_check (&rows[i].shape, 4, &bytes), ==, rows[i].fits);
      g_assert_cmpuint (bytes, ==, rows[i].fits ? rows[i].bytes : 99);
    }
}

static void
test_view (void)
{
  float values[6] = { 1, 2, 3, 4, 5, 6 };
  g_autoptr (GBytes) bytes = g_bytes_new (values, sizeof values);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensor) view = thaw_tensor_new_view (THAW_DTYPE_F32, &THAW_SHAPE (2, 2), bytes, 8, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (thaw_tensor_f32 (view)[3], ==, 6);
  g_assert_null (thaw_tensor_new_view (THAW_DTYPE_F32, &THAW_SHAPE (2, 2), bytes, 12, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (thaw_tensor_new_view (THAW_DTYPE_F32, &THAW_SHAPE (1), bytes, 2, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (thaw_tensor_new_view (THAW_DTYPE_F32, &THAW_SHAPE (1), bytes, G_MAXSIZE - 1, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

static ThawTensor *
every_half (ThawDtype dtype)
{
  ThawTensor *tensor = thaw_tensor_new (dtype, &THAW_SHAPE (65536));

  for (guint i = 0; i < 65536; i++)
    ((guint16 *) tensor->data)[i] = i;
  return tensor;
}

/* There and back is the identity for all 65536 patterns (a NaN stays one). */
static void
test_half_round_trip (void)
{
  const ThawDtype dtypes[] = { THAW_DTYPE_F16, THAW_DTYPE_BF16 };

  for (guint d = 0; d < 2; d++)
    {
      g_autoptr (ThawTensor) half = every_half (dtypes[d]);
      g_autoptr (ThawTensor) wide = thaw_tensor_to_f32 (half);
      g_autoptr (ThawTensor) back = thaw_tensor_convert (wide, dtypes[d]);

      for (guint i = 0; i < 65536; i++)
        if (!isnan (thaw_tensor_f32 (wide)[i]))
          g_assert_cmpuint (((guint16 *) back->data)[i], ==, i);
    }
}

/* Against the compiler's own conversion, on values between all neighbours. */
static void
test_half_rounding (void)
{
  const int n = 400000;
  g_autoptr (ThawTensor) wide = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n));
  g_autoptr (ThawTensor) half = NULL, bfloat = NULL;

  for (int i = 0; i < n; i++)
    {
      guint32 bits = (guint32) i * 10737u + 977u;

      memcpy (&thaw_tensor_f32 (wide)[i], &bits, 4);
      if (isnan (thaw_tensor_f32 (wide)[i]))
        thaw_tensor_f32 (wide)[i] = 1;
    }
  half = thaw_tensor_convert (wide, THAW_DTYPE_F16);
  bfloat = thaw_tensor_convert (wide, THAW_DTYPE_BF16);
  for (int i = 0; i < n; i++)
    {
      float value = thaw_tensor_f32 (wide)[i];
      _Float16 wanted = (_Float16) value;
      guint32 nearest = ((guint32) ((guint16 *) bfloat->data)[i]) << 16;
      float back;

      g_assert_cmpmem (&wanted, 2, (guint16 *) half->data + i, 2);
      memcpy (&back, &nearest, 4);
      if (isfinite (back))
        g_assert_cmpfloat (fabsf (back - value), <=, fabsf (value) * 0x1p-8f + 0x1p-134f);
    }
}

static void
test_permute (void)
{
  g_autoptr (ThawTensor) tensor = thaw_tensor_new (THAW_DTYPE_I64, &THAW_SHAPE (2, 3, 4));
  g_autoptr (ThawTensor) turned = NULL;

  for (gint64 i = 0; i < 24; i++)
    ((gint64 *) tensor->data)[i] = i;
  turned = thaw_tensor_permute (tensor, (int[]){ 2, 0, 1 });
  g_assert_true (thaw_shape_equal (&turned->shape, &THAW_SHAPE (4, 2, 3)));
  for (gint64 a = 0; a < 4; a++)
    for (gint64 b = 0; b < 2; b++)
      for (gint64 c = 0; c < 3; c++)
        g_assert_cmpint (((gint64 *) turned->data)[(a * 2 + b) * 3 + c], ==, (b * 3 + c) * 4 + a);
}

static void
test_hash (void)
{
  g_autoptr (ThawTensor) a = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (2, 3));
  g_autoptr (ThawTensor) b = thaw_tensor_copy (a);
  g_autoptr (ThawTensor) c = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (3, 2));
  g_autofree char *hash_a = thaw_tensor_hash (a), *hash_b = thaw_tensor_hash (b), *hash_c = thaw_tensor_hash (c);
  g_autofree char *changed = NULL;

  g_assert_cmpstr (hash_a, ==, hash_b);
  g_assert_cmpstr (hash_a, !=, hash_c);
  thaw_tensor_f32 (b)[5] = -0.f;
  changed = thaw_tensor_hash (b);
  g_assert_cmpstr (hash_a, !=, changed);
}

static void
test_map (void)
{
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  g_autoptr (ThawTensorMap) copy = NULL;

  thaw_tensor_map_take (map, "b", thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1)));
  thaw_tensor_map_take (map, "a", thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (2)));
  thaw_tensor_map_take (map, "b", thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (3)));
  g_assert_cmpuint (thaw_tensor_map_size (map), ==, 2);
  g_assert_cmpstr (thaw_tensor_map_name (map, 0), ==, "b");
  g_assert_cmpint (thaw_tensor_count (thaw_tensor_map_get (map, "b")), ==, 3);
  copy = thaw_tensor_map_copy (map);
  thaw_tensor_f32 (thaw_tensor_map_get (copy, "a"))[0] = 7;
  g_assert_cmpfloat (thaw_tensor_f32 (thaw_tensor_map_get (map, "a"))[0], ==, 0);
  g_assert_true (thaw_tensor_map_remove (map, "b"));
  g_assert_false (thaw_tensor_map_remove (map, "b"));
  g_assert_null (thaw_tensor_map_get (map, "b"));
  g_assert_cmpstr (thaw_tensor_map_name (map, 0), ==, "a");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape/check", test_shape_check);
  g_test_add_func ("/tensor/view", test_view);
  g_test_add_func ("/tensor/half/round-trip", test_half_round_trip);
  g_test_add_func ("/tensor/half/rounding", test_half_rounding);
  g_test_add_func ("/tensor/permute", test_permute);
  g_test_add_func ("/tensor/hash", test_hash);
  g_test_add_func ("/tensor/map", test_map);
  return g_test_run ();
}
