/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oldest way to say it that every version of HDF5 reads: superblock 0, object headers 1, groups that list their links. Numbers in
 * the messages below are those of the HDF5 File Format Specification 3.0. */
#include <stdlib.h>
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-cursor.h"
#include "thaw-hdf5-private.h"

#define SUPERBLOCK_SIZE 96
#define END_AT 40
#define ROOT_AT 64
#define MAX_SIZE ((gsize) 2000000000)

typedef struct
{
  GByteArray          *file;
  const ThawTensorMap *tensors;
  const char         **names; /* sorted: those of a group follow each other */
} Writer;

/* An object's header, as it grows */
typedef struct
{
  GByteArray *messages;
  guint       n;
} Header;

static void
pad (GByteArray *out)
{
  thaw_put (out, 0, (8 - out->len % 8) % 8);
}

static void
begin_message (Header *self, guint kind, guint size)
{
  self->n++;
  thaw_put (self->messages, kind, 2);
  thaw_put (self->messages, (size + 7) / 8 * 8, 2);
  thaw_put (self->messages, 0, 4);
}

/* Returns where it is */
static guint64
append_header (Writer *self, Header *header)
{
  guint64 at = self->file->len;

  thaw_put (self->file, 1, 2);
  thaw_put (self->file, header->n, 2);
  thaw_put (self->file, 1, 4); /* links to it */
  thaw_put (self->file, header->messages->len, 8);
  g_byte_array_append (self->file, header->messages->data, header->messages->len);
  return at;
}

static void
add_shape (Header *self, const ThawShape *shape)
{
  begin_message (self, THAW_HDF5_DATASPACE, 8 + 8 * shape->rank);
  thaw_put (self->messages, 1, 1);
  thaw_put (self->messages, shape->rank, 7);
  for (int i = 0; i < shape->rank; i++)
    thaw_put (self->messages, shape->dim[i], 8);
}

/* float32, little-endian: class and version, how the mantissa is kept, where the sign is; size; where exponent and mantissa are */
static void
add_type (Header *self)
{
  static const guint8 bits[] = { 0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0 };

  begin_message (self, THAW_HDF5_DATATYPE, sizeof bits);
  g_byte_array_append (self->messages, bits, sizeof bits);
  pad (self->messages);
}

static void
add_place (Header *self, guint64 at, gsize bytes)
{
  begin_message (self, THAW_HDF5_LAYOUT, 18);
  thaw_put (self->messages, 3, 1);
  thaw_put (self->messages, 1, 1); /* in one piece */
  thaw_put (self->messages, at, 8);
  thaw_put (self->messages, bytes, 8);
  pad (self->messages);
}

static guint64
write_array (Writer *self, const ThawTensor *tensor)
{
  g_autoptr (GByteArray) messages = g_byte_array_new ();
  Header header = { messages, 0 };
  guint64 at = self->file->len;

  g_byte_array_append (self->file, tensor->data, (guint) tensor->bytes);
  pad (self->file);
  add_shape (&header, &tensor->shape);
  add_type (&header);
  add_place (&header, tensor->bytes > 0 ? at : THAW_HDF5_NOWHERE, tensor->bytes);
  return append_header (self, &header);
}

static void
add_link (Header *self, const char *name, gsize length, guint64 at)
{
  begin_message (self, THAW_HDF5_LINK, (guint) (3 + length + 8));
  thaw_put (self->messages, 1, 1);
  thaw_put (self->messages, 0, 1); /* a hard link, whose name has a length of one byte */
  thaw_put (self->messages, length, 1);
  g_byte_array_append (self->messages, (const guint8 *) name, (guint) length);
  thaw_put (self->messages, at, 8);
  pad (self->messages);
}

/* The names from @first to @end, which have the first @depth letters in common */
static guint64
write_group (Writer *self, guint first, guint end, gsize depth)
{
  g_autoptr (GByteArray) messages = g_byte_array_new ();
  Header header = { messages, 0 };

  begin_message (&header, THAW_HDF5_LINK_INFO, 18);
  thaw_put (messages, 0, 2);
  thaw_put (messages, THAW_HDF5_NOWHERE, 8); /* no heap, no tree: the links are here */
  thaw_put (messages, THAW_HDF5_NOWHERE, 8);
  pad (messages);
  for (guint i = first, next; i < end; i = next)
    {
      const char *name = self->names[i] + depth;
      gsize length = strcspn (name, "/");

      for (next = i + 1; next < end && strncmp (self->names[next] + depth, name, length) == 0 && self->names[next][depth + length] == '/';)
        next++;
      add_link (&header, name, length,
                name[length] ? write_group (self, i, next, depth + length + 1)
                             : write_array (self, thaw_tensor_map_get (self->tensors, self->names[i])));
    }
  return append_header (self, &header);
}

static void
write_superblock (GByteArray *out)
{
  static const guint8 start[] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0 };

  g_byte_array_append (out, start, sizeof start);
  thaw_put (out, 0, 8);
  thaw_put (out, THAW_HDF5_NOWHERE, 8);
  thaw_put (out, 0, 8); /* the end, when it is known */
  thaw_put (out, THAW_HDF5_NOWHERE, 8);
  thaw_put (out, 0, SUPERBLOCK_SIZE - out->len);
}

static void
set_number (GByteArray *out, guint at, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (out->data + at, &value, sizeof value);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
check_sizes (const ThawTensorMap *tensors, gsize *total, GError **error)
{
  *total = SUPERBLOCK_SIZE;
  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      g_assert (thaw_tensor_map_at (tensors, i)->dtype == THAW_DTYPE_F32);
      *total += thaw_tensor_map_at (tensors, i)->bytes + 2 * strlen (thaw_tensor_map_name (tensors, i)) + 256;
      if (*total <= MAX_SIZE)
        continue;
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "weights of more than 2 GB in all");
      return FALSE;
    }
  return TRUE;
}

GBytes *
thaw_hdf5_write (const ThawTensorMap *tensors, GError **error)
{
  guint n = thaw_tensor_map_size (tensors);
  g_autofree const char **names = g_new (const char *, n + 1);
  Writer self = { .tensors = tensors, .names = names };
  gsize total;
  guint64 root;

  if (!check_sizes (tensors, &total, error))
    return NULL;
  for (guint i = 0; i < n; i++)
    names[i] = thaw_tensor_map_name (tensors, i);
  qsort (names, n, sizeof *names, compare_names);
  self.file = g_byte_array_sized_new ((guint) total);
  write_superblock (self.file);
  root = write_group (&self, 0, n, 0);
  set_number (self.file, ROOT_AT, root);
  set_number (self.file, END_AT, self.file->len);
  return g_byte_array_free_to_bytes (self.file);
}
