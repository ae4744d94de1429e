/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>
#include <thaw/thaw-tensor.h>

static ThawTensor *
tensor_over (ThawDtype dtype, const ThawShape *shape, void *data, gsize bytes)
{
  ThawTensor *self = g_new0 (ThawTensor, 1);

  self->dtype = dtype;
  self->shape = *shape;
  self->data = data;
  self->bytes = bytes;
  g_atomic_ref_count_init (&self->references);
  return self;
}

static void
report_too_large (const ThawShape *shape, GError **error)
{
  g_autofree char *text = thaw_shape_to_string (shape);

  g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
               "there is no memory for a tensor of %s elements", text);
}

ThawTensor *
thaw_tensor_try_new (ThawDtype dtype, const ThawShape *shape, GError **error)
{
  gsize bytes;
  void *data = NULL;

  if (thaw_shape_check (shape, thaw_dtype_size (dtype), &bytes))
    data = thaw_aligned_try_alloc (bytes);
  if (!data)
    {
      report_too_large (shape, error);
      return NULL;
    }
  memset (data, 0, bytes);
  return tensor_over (dtype, shape, data, bytes);
}

ThawTensor *
thaw_tensor_new (ThawDtype dtype, const ThawShape *shape)
{
  g_autoptr (GError) error = NULL;
  ThawTensor *self = thaw_tensor_try_new (dtype, shape, &error);

  if (!self)
    g_error ("%s", error->message);
  return self;
}

ThawTensor *
thaw_tensor_new_view (ThawDtype dtype, const ThawShape *shape, GBytes *owner, gsize offset, GError **error)
{
  gsize element = thaw_dtype_size (dtype), size, bytes, end;
  const guint8 *data = g_bytes_get_data (owner, &size);
  ThawTensor *self;

  if (!thaw_shape_check (shape, element, &bytes) || !thaw_size_add (offset, bytes, &end) || end > size)
    {
      g_autofree char *text = thaw_shape_to_string (shape);

      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "a tensor of %s elements does not fit into the data that is there", text);
      return NULL;
    }
  if ((guintptr) (data + offset) % element)
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "a tensor's data is not aligned");
      return NULL;
    }
  self = tensor_over (dtype, shape, (void *) (data + offset), bytes);
  self->owner = g_bytes_ref (owner);
  return self;
}

ThawTensor *
thaw_tensor_ref (ThawTensor *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_tensor_unref (ThawTensor *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  if (self->owner)
    g_bytes_unref (self->owner);
  else
    thaw_aligned_free (self->data);
  g_free (self);
}

ThawTensor *
thaw_tensor_copy (const ThawTensor *self)
{
  ThawTensor *copy = tensor_over (self->dtype, &self->shape, thaw_aligned_alloc (self->bytes), self->bytes);

  memcpy (copy->data, self->data, self->bytes);
  return copy;
}

ThawTensor *
thaw_tensor_reshape (ThawTensor *self, const ThawShape *shape)
{
  ThawTensor *shaped;

  g_assert (thaw_shape_count (shape) == thaw_tensor_count (self));
  shaped = self->owner ? tensor_over (self->dtype, shape, self->data, self->bytes)
                       : thaw_tensor_copy (self);
  if (self->owner)
    shaped->owner = g_bytes_ref (self->owner);
  shaped->shape = *shape;
  return shaped;
}

gint64
thaw_tensor_count (const ThawTensor *self)
{
  return thaw_shape_count (&self->shape);
}

static gsize
permuted_offset (const ThawTensor *self, const gint64 *stride, const gint64 *index)
{
  gsize offset = 0;

  for (int i = 0; i < self->shape.rank; i++)
    offset += index[i] * stride[i];
  return offset;
}

static void
advance (gint64 *index, const ThawShape *shape)
{
  for (int i = shape->rank - 1; i >= 0; i--)
    {
      if (++index[i] < shape->dim[i])
        return;
      index[i] = 0;
    }
}

ThawTensor *
thaw_tensor_permute (const ThawTensor *self, const int *perm)
{
  ThawShape shape = { .rank = self->shape.rank };
  gint64 source[THAW_MAX_RANK], stride[THAW_MAX_RANK], index[THAW_MAX_RANK] = { 0 }, step = 1;
  gsize element = thaw_dtype_size (self->dtype);
  ThawTensor *result;

  for (int i = shape.rank - 1; i >= 0; i--)
    {
      source[i] = step;
      step *= self->shape.dim[i];
    }
  for (int i = 0; i < shape.rank; i++)
    {
      shape.dim[i] = self->shape.dim[perm[i]];
      stride[i] = source[perm[i]];
    }
  result = thaw_tensor_new (self->dtype, &shape);
  for (gint64 i = 0, n = thaw_shape_count (&shape); i < n; i++)
    {
      memcpy ((guint8 *) result->data + i * element,
              (const guint8 *) self->data + permuted_offset (self, stride, index) * element, element);
      advance (index, &shape);
    }
  return result;
}

char *
thaw_tensor_hash (const ThawTensor *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *shape = thaw_shape_to_string (&self->shape);

  g_checksum_update (checksum, (const guchar *) thaw_dtype_name (self->dtype), -1);
  g_checksum_update (checksum, (const guchar *) shape, -1);
  g_checksum_update (checksum, self->data, self->bytes);
  return g_strdup (g_checksum_get_string (checksum));
}
