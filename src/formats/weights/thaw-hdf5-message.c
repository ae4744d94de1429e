/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-hdf5-private.h"

#define FLAG_SHARED 2

enum
{
  CLASS_INTEGER = 0,
  CLASS_FLOAT = 1,
  CLASS_STRING = 3,
  CLASS_VARIABLE = 9,
};

typedef struct
{
  guint8 class, bits;
  guint32 size;
  guint8 exponent; /* of a float: its bits */
} Type;

static gboolean
unsupported (GError **error, const char *what)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "an HDF5 file with %s; save the model again with Keras", what);
  return FALSE;
}

static gboolean
read_dataspace (ThawCursor *c, ThawShape *shape, GError **error)
{
  guint8 version, rank, flags, kind;
  guint64 dim;

  *shape = (ThawShape){ 0 };
  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &rank) || !thaw_cursor_u8 (c, &flags)
      || !thaw_cursor_u8 (c, &kind) || version < 1 || version > 2
      || (version == 1 && !thaw_cursor_take (c, 4)))
    return thaw_hdf5_damaged (error, "the size of an array cannot be read");
  if (rank > THAW_MAX_RANK)
    return unsupported (error, "an array of more dimensions than Thaw has");
  shape->rank = rank;
  for (int i = 0; i < rank; i++)
    {
      if (!thaw_cursor_u64 (c, &dim) || dim > G_MAXINT64)
        return thaw_hdf5_damaged (error, "the size of an array cannot be read");
      shape->dim[i] = (gint64) dim;
    }
  /* no elements at all */
  if (version == 2 && kind == 2)
    *shape = THAW_SHAPE (0);
  return TRUE;
}

static gboolean
read_type (ThawCursor *c, Type *type, GError **error)
{
  guint8 first;
  const guint8 *bits, *number;

  *type = (Type){ 0 };
  if (!thaw_cursor_u8 (c, &first) || !(bits = thaw_cursor_take (c, 3)) || !thaw_cursor_u32 (c, &type->size))
    return thaw_hdf5_damaged (error, "the type of an array cannot be read");
  type->class = first & 15;
  type->bits = bits[0];
  if (type->class == CLASS_FLOAT)
    {
      /* bit offset, precision, where the exponent is, its bits */
      if (!(number = thaw_cursor_take (c, 6)))
        return thaw_hdf5_damaged (error, "the type of an array cannot be read");
      type->exponent = number[5];
    }
  return TRUE;
}

/* FALSE: no little-endian number that a tensor can hold */
static gboolean
find_dtype (const Type *type, ThawDtype *dtype)
{
  gboolean is_signed = type->bits & 8;

  if ((type->bits & 1) || (type->class != CLASS_FLOAT && type->class != CLASS_INTEGER))
    return FALSE;
  switch (type->size)
    {
    case 1:
      *dtype = is_signed ? THAW_DTYPE_I8 : THAW_DTYPE_U8;
      return type->class == CLASS_INTEGER;
    case 2:
      *dtype = type->class == CLASS_INTEGER ? THAW_DTYPE_I16
               : type->exponent == 5        ? THAW_DTYPE_F16
                                            : THAW_DTYPE_BF16;
      return type->class == CLASS_FLOAT ? type->exponent == 5 || type->exponent == 8 : is_signed;
    case 4:
      *dtype = type->class == CLASS_FLOAT ? THAW_DTYPE_F32 : THAW_DTYPE_I32;
      return type->class == CLASS_FLOAT ? type->exponent == 8 : is_signed;
    case 8:
      *dtype = type->class == CLASS_FLOAT ? THAW_DTYPE_F64 : THAW_DTYPE_I64;
      return type->class == CLASS_FLOAT ? type->exponent == 11 : TRUE;
    default:
      return FALSE;
    }
}

/* How many numbers follow, where the list of the pieces is, their size along each axis and that of a number */
static gboolean
read_chunk_layout (ThawHdf5Object *object, ThawCursor *c, GError **error)
{
  guint8 n;

  if (!thaw_cursor_u8 (c, &n) || n == 0 || n > G_N_ELEMENTS (object->chunk) || !thaw_cursor_u64 (c, &object->chunks))
    return thaw_hdf5_damaged (error, "the pieces of an array cannot be read");
  for (guint i = 0; i < n; i++)
    if (!thaw_cursor_u32 (c, &object->chunk[i]))
      return thaw_hdf5_damaged (error, "the pieces of an array cannot be read");
  object->n_chunk = n;
  return TRUE;
}

static gboolean
read_layout (const ThawHdf5File *self, ThawHdf5Object *object, ThawCursor *c, GError **error)
{
  const guint8 *data = g_bytes_get_data (self->bytes, NULL);
  guint8 version, kind;
  guint16 size;

  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &kind))
    return thaw_hdf5_damaged (error, "the place of an array cannot be read");
  if (version < 3 || version > 4)
    return unsupported (error, "arrays laid out in a way that Thaw does not know");
  object->has_data = TRUE;
  if (kind == 0 && thaw_cursor_u16 (c, &size))
    {
      object->at = c->data + c->at - data;
      return thaw_cursor_take (c, size) || thaw_hdf5_damaged (error, "an array lies outside of it");
    }
  if (kind == 1 && thaw_cursor_u64 (c, &object->at))
    return TRUE;
  if (kind == 2 && version == 3)
    return read_chunk_layout (object, c, error);
  return unsupported (error, "arrays in pieces of a newer kind");
}

static gboolean
read_link (ThawHdf5File *self, ThawHdf5Object *object, ThawCursor *c, GError **error)
{
  guint8 version, flags, kind = 0;
  guint64 length = 0, address;
  const guint8 *number, *name;
  gsize width;

  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &flags) || version != 1
      || ((flags & 8) && !thaw_cursor_u8 (c, &kind)) || !thaw_cursor_take (c, (flags & 4) ? 8 : 0)
      || !thaw_cursor_take (c, (flags & 16) ? 1 : 0))
    return thaw_hdf5_damaged (error, "a link cannot be read");
  if (kind != 0)
    return unsupported (error, "links to other places or files");
  width = 1 << (flags & 3);
  if (!(number = thaw_cursor_take (c, width)))
    return thaw_hdf5_damaged (error, "a link cannot be read");
  for (gsize i = width; i > 0; i--)
    length = length << 8 | number[i - 1];
  if (length > thaw_cursor_left (c) || !(name = thaw_cursor_take (c, length)) || !thaw_cursor_u64 (c, &address))
    return thaw_hdf5_damaged (error, "a link cannot be read");
  return thaw_hdf5_add_link (self, object, (const char *) name, length, address, error);
}

static gboolean
read_link_info (ThawCursor *c, GError **error)
{
  guint8 version, flags;
  guint64 heap;

  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &flags)
      || !thaw_cursor_take (c, (flags & 1) ? 8 : 0) || !thaw_cursor_u64 (c, &heap))
    return thaw_hdf5_damaged (error, "a group cannot be read");
  return heap == THAW_HDF5_NOWHERE || unsupported (error, "groups of a kind that Thaw does not know");
}

/* A text of any length lies in a heap of its own: its length, the heap's address, its number there */
static gboolean
find_text (ThawHdf5File *self, ThawCursor *c, const char **text, gsize *length, GError **error)
{
  guint32 wanted_length, number;
  guint64 address, heap_size, size;
  guint16 index, references;
  ThawCursor heap;

  if (!thaw_cursor_u32 (c, &wanted_length) || !thaw_cursor_u64 (c, &address) || !thaw_cursor_u32 (c, &number))
    return thaw_hdf5_damaged (error, "an attribute cannot be read");
  if (!thaw_hdf5_at_mark (self, address, "GCOL", &heap, error))
    return FALSE;
  if (!thaw_cursor_take (&heap, 4) || !thaw_cursor_u64 (&heap, &heap_size))
    return thaw_hdf5_damaged (error, "an attribute cannot be read");
  while (thaw_cursor_u16 (&heap, &index) && thaw_cursor_u16 (&heap, &references) && thaw_cursor_take (&heap, 4)
         && thaw_cursor_u64 (&heap, &size) && index != 0 && size <= thaw_cursor_left (&heap))
    {
      const guint8 *content = thaw_cursor_take (&heap, size);

      if (!thaw_hdf5_work (self, 16, error))
        return FALSE;
      if (index == number && wanted_length <= size)
        {
          *text = (const char *) content;
          *length = wanted_length;
          return TRUE;
        }
      if (!thaw_cursor_take (&heap, (8 - size % 8) % 8))
        break;
    }
  return thaw_hdf5_damaged (error, "an attribute is missing");
}

/* The next text of an attribute's, where it is or in its heap; without the zeros behind it */
static gboolean
next_text (ThawHdf5File *self, const Type *type, ThawCursor *c, const char **text, gsize *length, GError **error)
{
  *length = type->size;
  if (type->class == CLASS_VARIABLE)
    {
      if (!find_text (self, c, text, length, error))
        return FALSE;
    }
  else if (!(*text = (const char *) thaw_cursor_take (c, *length)))
    return thaw_hdf5_damaged (error, "an attribute lies outside of it");
  *length = strnlen (*text, *length);
  return thaw_weights_budget_take (&self->budget, *length, error) && thaw_hdf5_work (self, *length, error);
}

static gboolean
keep_text (ThawHdf5File *self, ThawHdf5Object *object, const char *name, const Type *type, ThawCursor *c, GError **error)
{
  const char *text = NULL;
  gsize length;

  if (!next_text (self, type, c, &text, &length, error))
    return FALSE;
  if (g_utf8_validate_len (text, length, NULL))
    g_hash_table_insert (object->attributes, g_strdup (name), g_strndup (text, length));
  return TRUE;
}

/* A line each */
static gboolean
keep_list (ThawHdf5File *self, ThawHdf5Object *object, const char *name, const Type *type, gint64 n, ThawCursor *c,
           GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  const char *text = NULL;
  gsize length;

  for (gint64 i = 0; i < n; i++)
    {
      if (!next_text (self, type, c, &text, &length, error) || !thaw_weights_budget_take (&self->budget, 1, error))
        return FALSE;
      g_string_append_len (list, text, length);
      g_string_append_c (list, '\n');
    }
  if (!thaw_weights_budget_take (&self->budget, strlen (object->path) + strlen (name), error))
    return FALSE;
  if (g_utf8_validate_len (list->str, list->len, NULL))
    g_hash_table_insert (object->attributes, g_strdup_printf ("%s:%s", object->path, name), g_strdup (list->str));
  return TRUE;
}

/* Of the root one text, of all groups lists of names */
static gboolean
keep_attribute (ThawHdf5File *self, ThawHdf5Object *object, const char *name, const Type *type, const ThawShape *shape,
                ThawCursor *c, GError **error)
{
  if (type->class != CLASS_STRING && (type->class != CLASS_VARIABLE || (type->bits & 15) != 1))
    return TRUE;
  if (shape->rank == 0 && !*object->path)
    return keep_text (self, object, name, type, c, error);
  if (shape->rank == 1 && (g_str_has_prefix (name, "layer_names") || g_str_has_prefix (name, "weight_names")))
    return keep_list (self, object, name, type, shape->dim[0], c, error);
  return TRUE;
}

/* version, flags, lengths of name, type and size; then these three, which version 1 pads */
static gboolean
read_attribute (ThawHdf5File *self, ThawHdf5Object *object, ThawCursor *c, GError **error)
{
  guint8 version, flags;
  guint16 length[3];
  ThawCursor part[3];
  g_autofree char *name = NULL;
  ThawShape shape;
  Type type;

  if (!thaw_cursor_u8 (c, &version) || !thaw_cursor_u8 (c, &flags) || version < 1 || version > 3)
    return thaw_hdf5_damaged (error, "an attribute cannot be read");
  for (guint i = 0; i < 3; i++)
    if (!thaw_cursor_u16 (c, &length[i]))
      return thaw_hdf5_damaged (error, "an attribute cannot be read");
  if (version == 3 && !thaw_cursor_take (c, 1))
    return thaw_hdf5_damaged (error, "an attribute cannot be read");
  for (guint i = 0; i < 3; i++)
    {
      gsize padded = version == 1 ? (length[i] + 7u) / 8 * 8 : length[i];
      const guint8 *start = thaw_cursor_take (c, padded);

      if (!start)
        return thaw_hdf5_damaged (error, "an attribute cannot be read");
      thaw_cursor_init (&part[i], start, length[i]);
    }
  if ((version > 1 && flags != 0) || !read_type (&part[1], &type, NULL) || !read_dataspace (&part[2], &shape, NULL))
    return TRUE; /* none that is looked for */
  name = g_strndup ((const char *) part[0].data, part[0].size);
  return keep_attribute (self, object, name, &type, &shape, c, error);
}

gboolean
thaw_hdf5_message (ThawHdf5File *self, ThawHdf5Object *object, guint kind, guint flags, ThawCursor *message,
                   GError **error)
{
  Type type;

  if ((flags & FLAG_SHARED) && (kind == THAW_HDF5_DATASPACE || kind == THAW_HDF5_DATATYPE || kind == THAW_HDF5_LAYOUT))
    return unsupported (error, "types that objects share");
  switch (kind)
    {
    case THAW_HDF5_DATASPACE:
      object->has_shape = TRUE;
      return read_dataspace (message, &object->shape, error);
    case THAW_HDF5_DATATYPE:
      object->has_type = TRUE;
      if (!read_type (message, &type, error))
        return FALSE;
      object->is_number = find_dtype (&type, &object->dtype);
      return TRUE;
    case THAW_HDF5_LAYOUT:
      return read_layout (self, object, message, error);
    case THAW_HDF5_LINK:
      return read_link (self, object, message, error);
    case THAW_HDF5_LINK_INFO:
      return read_link_info (message, error);
    case THAW_HDF5_EXTERNAL:
      return unsupported (error, "arrays in other files");
    case THAW_HDF5_FILTER:
      return thaw_hdf5_read_filters (object, message, error);
    case THAW_HDF5_ATTRIBUTE:
      return (flags & FLAG_SHARED) || read_attribute (self, object, message, error);
    case THAW_HDF5_SYMBOL_TABLE:
      return (thaw_cursor_u64 (message, &object->tree) && thaw_cursor_u64 (message, &object->heap))
             || thaw_hdf5_damaged (error, "a group cannot be read");
    default:
      return TRUE;
    }
}
