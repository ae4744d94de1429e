/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-size.h>
#include <thaw/thaw-tensor.h>

static const struct
{
  const char *name;
  gsize       size;
} dtypes[THAW_N_DTYPES] = {
  [THAW_DTYPE_F32] = { "float32", 4 }, [THAW_DTYPE_F16] = { "float16", 2 },
  [THAW_DTYPE_BF16] = { "bfloat16", 2 }, [THAW_DTYPE_F64] = { "float64", 8 },
  [THAW_DTYPE_I64] = { "int64", 8 }, [THAW_DTYPE_I32] = { "int32", 4 },
  [THAW_DTYPE_I16] = { "int16", 2 }, [THAW_DTYPE_I8] = { "int8", 1 },
  [THAW_DTYPE_U8] = { "uint8", 1 }, [THAW_DTYPE_BOOL] = { "bool", 1 },
};

gsize
thaw_dtype_size (ThawDtype dtype)
{
  return dtypes[dtype].size;
}

const char *
thaw_dtype_name (ThawDtype dtype)
{
  return dtypes[dtype].name;
}

gboolean
thaw_shape_equal (const ThawShape *a, const ThawShape *b)
{
  if (a->rank != b->rank)
    return FALSE;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return FALSE;
  return TRUE;
}

gint64
thaw_shape_count (const ThawShape *self)
{
  gint64 count = 1;

  for (int i = 0; i < self->rank; i++)
    count *= self->dim[i];
  return count;
}

gboolean
thaw_shape_check (const ThawShape *self, gsize element, gsize *out_bytes)
{
  gsize bytes = element;
  gboolean empty = FALSE;

  if (self->rank < 0 || self->rank > THAW_MAX_RANK)
    return FALSE;
  for (int i = 0; i < self->rank; i++)
    {
      /* A zero must not hide that the other dimensions cannot be multiplied: strides are made of them. */
      if (self->dim[i] < 0 || !thaw_size_mul (bytes, MAX (self->dim[i], 1), &bytes))
        return FALSE;
      empty |= self->dim[i] == 0;
    }
  if (bytes > G_MAXSSIZE)
    return FALSE;
  *out_bytes = empty ? 0 : bytes;
  return TRUE;
}

static char *
join (const ThawShape *self, int first)
{
  GString *text = g_string_new (NULL);

  for (int i = first; i < self->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > first ? " x " : "", self->dim[i]);
  return g_string_free (text, FALSE);
}

char *
thaw_shape_to_string (const ThawShape *self)
{
  return self->rank ? join (self, 0) : g_strdup ("scalar");
}

char *
thaw_text_shape (const ThawShape *self, gboolean batched)
{
  return join (self, batched ? 1 : 0);
}
