/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays in pieces, which may be compressed: h5py writes them so where it is asked for compression="gzip", shuffle=True. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <zlib.h>

#include "thaw-hdf5-private.h"

#define MAX_LEVELS 16
/* Behind a piece with a checksum */
#define CHECKSUM 4

typedef struct
{
  ThawHdf5File         *file;
  const ThawHdf5Object *object;
  ThawTensor           *tensor;
  gsize                 element, bytes;  /* of a number, of a piece */
  guint8               *data, *other;    /* [bytes + CHECKSUM] */
  guint64               left;            /* pieces that may still come: no more than the array has */
} Chunks;

gboolean
thaw_hdf5_read_filters (ThawHdf5Object *object, ThawCursor *c, GError **error)
{
  guint8 version, n;

  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &n) || version < 1 || version > 2 || !thaw_cursor_take (c, version == 1 ? 6 : 0)
      || n > G_N_ELEMENTS (object->filters))
    return thaw_hdf5_damaged (error, "how an array is compressed cannot be read");
  for (guint i = 0; i < n; i++)
    {
      guint16 id, name = 0, flags, values;

      if (!thaw_cursor_u16 (c, &id) || ((version == 1 || id > 255) && !thaw_cursor_u16 (c, &name)) || !thaw_cursor_u16 (c, &flags)
          || !thaw_cursor_u16 (c, &values) || !thaw_cursor_take (c, version == 1 ? (name + 7) / 8 * 8 : name)
          || !thaw_cursor_take (c, 4 * (values + (version == 1 ? values % 2 : 0))))
        return thaw_hdf5_damaged (error, "how an array is compressed cannot be read");
      if (id != THAW_HDF5_DEFLATE && id != THAW_HDF5_SHUFFLE && id != THAW_HDF5_FLETCHER32)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "an HDF5 file with arrays compressed by filter number %u; save the model again with Keras", id);
          return FALSE;
        }
      object->filters[i] = id;
    }
  object->n_filters = n;
  return TRUE;
}

/* The first bytes of all numbers, then the second ones ... */
static void
unshuffle (const Chunks *self, const guint8 *from, guint8 *to, gsize size)
{
  gsize n = size / self->element;

  for (gsize b = 0; b < self->element; b++)
    for (gsize i = 0; i < n; i++)
      to[i * self->element + b] = from[b * n + i];
  memcpy (to + n * self->element, from + n * self->element, size - n * self->element);
}

/* Undoes one filter on what is in @data; FALSE where it cannot be undone */
static gboolean
undo (Chunks *self, guint filter, gsize *size)
{
  uLongf length = self->bytes + CHECKSUM;
  guint8 *swap = self->data;

  if (filter == THAW_HDF5_FLETCHER32)
    {
      *size -= MIN (*size, CHECKSUM);
      return TRUE;
    }
  if (filter == THAW_HDF5_SHUFFLE)
    unshuffle (self, self->data, self->other, *size);
  else if (uncompress (self->other, &length, self->data, *size) == Z_OK)
    *size = length;
  else
    return FALSE;
  self->data = self->other;
  self->other = swap;
  return TRUE;
}

/* The piece that begins at @at of the array; what lies beyond its end is left out. */
static void
place (const Chunks *self, const guint64 *at)
{
  const ThawShape *shape = &self->tensor->shape;
  const guint32 *chunk = self->object->chunk;
  int last = shape->rank - 1;
  gsize row = MIN (chunk[last], shape->dim[last] - at[last]) * self->element;
  gint64 index[THAW_MAX_RANK] = { 0 };
  int axis;

  do
    {
      gsize from = 0, to = 0;

      for (int i = 0; i <= last; i++)
        {
          from = from * chunk[i] + index[i];
          to = to * shape->dim[i] + at[i] + index[i];
        }
      memcpy ((guint8 *) self->tensor->data + to * self->element, self->data + from * self->element, row);
      for (axis = last - 1; axis >= 0; axis--)
        {
          if (++index[axis] < chunk[axis] && (gint64) at[axis] + index[axis] < shape->dim[axis])
            break;
          index[axis] = 0;
        }
    }
  while (axis >= 0);
}

static gboolean
read_chunk (Chunks *self, guint32 stored, guint32 mask, const guint64 *at, guint64 address, GError **error)
{
  gsize size = stored;
  const guint8 *start;
  ThawCursor c;

  for (int i = 0; i < self->tensor->shape.rank; i++)
    if (at[i] >= (guint64) self->tensor->shape.dim[i] || at[i] % self->object->chunk[i] != 0)
      return thaw_hdf5_damaged (error, "a piece of an array lies outside of it");
  if (self->left-- == 0)
    return thaw_hdf5_damaged (error, "an array has more pieces than fit into it");
  if (!thaw_hdf5_work (self->file, stored, error) || !thaw_hdf5_at (self->file, address, &c, error))
    return FALSE;
  if (!(start = thaw_cursor_take (&c, stored)))
    return thaw_hdf5_damaged (error, "a piece of an array is cut off");
  /* a compressed one that is longer than what it is made from has not been compressed */
  if (stored > self->bytes + CHECKSUM)
    return thaw_hdf5_damaged (error, "a piece of an array is larger than it can be");
  memcpy (self->data, start, stored);
  for (guint i = self->object->n_filters; i-- > 0;)
    if (!(mask >> i & 1) && !undo (self, self->object->filters[i], &size))
      return thaw_hdf5_damaged (error, "a piece of an array cannot be decompressed");
  if (size != self->bytes)
    return thaw_hdf5_damaged (error, "a piece of an array has another size than it should");
  place (self, at);
  return TRUE;
}

/* kind, level, entries, neighbours; then by turns a piece's size, what was not done to it and where it belongs, and where it lies */
static gboolean
read_tree (Chunks *self, guint64 address, guint above, GError **error)
{
  const int rank = self->tensor->shape.rank;
  guint8 kind, level;
  guint16 n;
  ThawCursor c;

  if (!thaw_hdf5_at_mark (self->file, address, "TREE", &c, error))
    return FALSE;
  if (!thaw_cursor_u8 (&c, &kind) || !thaw_cursor_u8 (&c, &level) || !thaw_cursor_u16 (&c, &n) || !thaw_cursor_take (&c, 16) || kind != 1 || level >= above)
    return thaw_hdf5_damaged (error, "the list of an array's pieces cannot be read");
  if (!thaw_hdf5_work (self->file, 24 + n * (24 + 8 * (guint64) rank), error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      guint32 stored, mask;
      guint64 at[THAW_MAX_RANK + 1], child;

      if (!thaw_cursor_u32 (&c, &stored) || !thaw_cursor_u32 (&c, &mask))
        return thaw_hdf5_damaged (error, "the list of an array's pieces is cut off");
      for (int k = 0; k <= rank; k++)
        if (!thaw_cursor_u64 (&c, &at[k]))
          return thaw_hdf5_damaged (error, "the list of an array's pieces is cut off");
      if (!thaw_cursor_u64 (&c, &child))
        return thaw_hdf5_damaged (error, "the list of an array's pieces is cut off");
      if (level > 0 ? !read_tree (self, child, level, error) : !read_chunk (self, stored, mask, at, child, error))
        return FALSE;
    }
  return TRUE;
}

/* How many bytes a piece has, and how many pieces the array; FALSE where these are none, or more than any has */
static gboolean
measure (Chunks *self, const ThawHdf5Object *object, gsize element)
{
  ThawShape piece = { .rank = object->shape.rank };

  if (object->n_chunk != (guint) object->shape.rank + 1 || object->shape.rank == 0 || object->chunk[object->shape.rank] != element)
    return FALSE;
  self->element = element;
  self->left = 1;
  for (int i = 0; i < object->shape.rank; i++)
    {
      piece.dim[i] = object->chunk[i];
      if (object->chunk[i] == 0)
        return FALSE;
      self->left *= (guint64) (object->shape.dim[i] + object->chunk[i] - 1) / object->chunk[i];
    }
  return thaw_shape_check (&piece, element, &self->bytes);
}

ThawTensor *
thaw_hdf5_read_chunks (ThawHdf5File *file, const ThawHdf5Object *object, GError **error)
{
  Chunks self = { .file = file, .object = object };
  g_autoptr (ThawTensor) tensor = NULL;
  g_autofree guint8 *data = NULL, *other = NULL;
  gsize bytes;

  if (!thaw_shape_check (&object->shape, thaw_dtype_size (object->dtype), &bytes) || !measure (&self, object, thaw_dtype_size (object->dtype)))
    {
      thaw_hdf5_damaged (error, "the pieces of an array do not fit it");
      return NULL;
    }
  if (!thaw_weights_budget_take (&file->budget, bytes, error) || !(tensor = thaw_tensor_try_new (object->dtype, &object->shape, error)))
    return NULL;
  if (object->chunks == THAW_HDF5_NOWHERE || bytes == 0)
    return g_steal_pointer (&tensor);
  if (self.bytes > file->budget.left)
    {
      thaw_weights_budget_take (&file->budget, self.bytes, error);
      return NULL;
    }
  self.tensor = tensor;
  data = self.data = g_malloc (self.bytes + CHECKSUM);
  other = self.other = g_malloc (self.bytes + CHECKSUM);
  return read_tree (&self, object->chunks, MAX_LEVELS, error) ? g_steal_pointer (&tensor) : NULL;
}
