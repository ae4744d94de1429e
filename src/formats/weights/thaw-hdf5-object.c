/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects' headers, and the members of groups. */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-hdf5-private.h"

#define MESSAGE_CONTINUATION 0x10
/* Pieces of one header, and levels of one group's tree: more than any library writes */
#define MAX_PIECES 4096
#define MAX_LEVELS 16
#define MAX_NAME 1024

gboolean
thaw_hdf5_damaged (GError **error, const char *what)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a damaged HDF5 file: %s; if it was cut off, fetch it again",
               what);
  return FALSE;
}

gboolean
thaw_hdf5_at (const ThawHdf5File *self, guint64 address, ThawCursor *cursor, GError **error)
{
  thaw_cursor_init_bytes (cursor, self->bytes);
  return thaw_cursor_seek (cursor, address) || thaw_hdf5_damaged (error, "it points outside of itself");
}

gboolean
thaw_hdf5_at_mark (const ThawHdf5File *self, guint64 address, const char *mark, ThawCursor *cursor, GError **error)
{
  const guint8 *found;

  if (!thaw_hdf5_at (self, address, cursor, error))
    return FALSE;
  found = thaw_cursor_take (cursor, 4);
  return (found && memcmp (found, mark, 4) == 0) || thaw_hdf5_damaged (error, "a part of it is not what it should be");
}

gboolean
thaw_hdf5_work (ThawHdf5File *self, guint64 bytes, GError **error)
{
  if (bytes > self->work)
    return thaw_hdf5_damaged (error, "it has the same parts again and again");
  self->work -= bytes;
  return TRUE;
}

static void
clear_link_cb (gpointer data)
{
  g_free (((ThawHdf5Link *) data)->name);
}

void
thaw_hdf5_object_clear (ThawHdf5Object *object)
{
  g_clear_pointer (&object->links, g_array_unref);
}

gboolean
thaw_hdf5_add_link (ThawHdf5File *self, ThawHdf5Object *object, const char *name, gsize length, guint64 address,
                    GError **error)
{
  ThawHdf5Link link = { .address = address };

  if (length == 0 || length > MAX_NAME || memchr (name, 0, length) || memchr (name, '/', length)
      || !g_utf8_validate_len (name, length, NULL))
    return thaw_hdf5_damaged (error, "a name cannot be read");
  if (!thaw_weights_budget_take (&self->budget, sizeof link + length, error))
    return FALSE;
  link.name = g_strndup (name, length);
  g_array_append_val (object->links, link);
  return TRUE;
}

/* The pieces a header lies in: the first, and those that messages name */
typedef struct
{
  guint64 address, size;
} Piece;

typedef struct
{
  guint8  version, flags; /* of the header */
  GArray *pieces;
} Header;

static gboolean
read_message (ThawHdf5File *self, ThawHdf5Object *object, Header *header, ThawCursor *c, GError **error)
{
  guint8 small, flags;
  guint16 kind, size;
  const guint8 *start;
  ThawCursor message;
  Piece piece;

  if (header->version == 1
          ? !thaw_cursor_u16 (c, &kind) || !thaw_cursor_u16 (c, &size) || !thaw_cursor_u8 (c, &flags) || !thaw_cursor_take (c, 3)
          : !thaw_cursor_u8 (c, &small) || !thaw_cursor_u16 (c, &size) || !thaw_cursor_u8 (c, &flags)
                || !thaw_cursor_take (c, (header->flags & 4) ? 2 : 0))
    return thaw_hdf5_damaged (error, "an object's header cannot be read");
  if (header->version != 1)
    kind = small;
  if (!(start = thaw_cursor_take (c, size)))
    return thaw_hdf5_damaged (error, "an object's header is cut off");
  thaw_cursor_init (&message, start, size);
  if (kind != MESSAGE_CONTINUATION)
    return thaw_hdf5_message (self, object, kind, flags, &message, error);
  if (!thaw_cursor_u64 (&message, &piece.address) || !thaw_cursor_u64 (&message, &piece.size)
      || header->pieces->len >= MAX_PIECES)
    return thaw_hdf5_damaged (error, "an object's header cannot be read");
  g_array_append_val (header->pieces, piece);
  return TRUE;
}

/* The first piece of either version */
static gboolean
read_start (const ThawHdf5File *self, guint64 address, Header *header, Piece *piece, GError **error)
{
  const guint8 *first, *number;
  guint32 size;
  guint8 version;
  ThawCursor c;

  if (!thaw_hdf5_at (self, address, &c, error))
    return FALSE;
  first = thaw_cursor_take (&c, 4);
  header->version = first && memcmp (first, "OHDR", 4) == 0 ? 2 : 1;
  if (header->version == 1)
    {
      if (!first || first[0] != 1 || !thaw_cursor_take (&c, 4) || !thaw_cursor_u32 (&c, &size) || !thaw_cursor_take (&c, 4))
        return thaw_hdf5_damaged (error, "an object's header cannot be read");
      *piece = (Piece){ c.at, size };
      return TRUE;
    }
  if (!thaw_cursor_u8 (&c, &version) || !thaw_cursor_u8 (&c, &header->flags) || version != 2
      || !thaw_cursor_take (&c, (header->flags & 0x20) ? 16 : 0) || !thaw_cursor_take (&c, (header->flags & 0x10) ? 4 : 0)
      || !(number = thaw_cursor_take (&c, 1 << (header->flags & 3))))
    return thaw_hdf5_damaged (error, "an object's header cannot be read");
  piece->size = 0;
  for (gsize i = 1 << (header->flags & 3); i > 0; i--)
    piece->size = piece->size << 8 | number[i - 1];
  piece->address = c.at;
  return TRUE;
}

static gboolean
read_piece (ThawHdf5File *self, ThawHdf5Object *object, Header *header, guint i, GError **error)
{
  Piece piece = g_array_index (header->pieces, Piece, i);
  gsize least = header->version == 1 ? 8 : 4;
  const guint8 *start;
  ThawCursor c;

  if (!thaw_hdf5_work (self, piece.size, error) || !thaw_hdf5_at (self, piece.address, &c, error))
    return FALSE;
  if (!(start = thaw_cursor_take (&c, piece.size)))
    return thaw_hdf5_damaged (error, "an object's header is cut off");
  thaw_cursor_init (&c, start, piece.size);
  if (header->version == 2 && i > 0)
    {
      /* "OCHK" before, a checksum behind */
      if (piece.size < 8 || memcmp (start, "OCHK", 4) != 0)
        return thaw_hdf5_damaged (error, "a part of it is not what it should be");
      thaw_cursor_init (&c, start + 4, piece.size - 8);
    }
  while (thaw_cursor_left (&c) >= least)
    if (!read_message (self, object, header, &c, error))
      return FALSE;
  return TRUE;
}

gboolean
thaw_hdf5_object_read (ThawHdf5File *self, guint64 address, ThawHdf5Object *object, GError **error)
{
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  Header header = { .pieces = pieces };
  Piece first;

  object->links = g_array_new (FALSE, FALSE, sizeof (ThawHdf5Link));
  g_array_set_clear_func (object->links, clear_link_cb);
  object->tree = object->heap = object->at = THAW_HDF5_NOWHERE;
  if (!read_start (self, address, &header, &first, error))
    return FALSE;
  g_array_append_val (pieces, first);
  for (guint i = 0; i < pieces->len; i++)
    if (!read_piece (self, object, &header, i, error))
      return FALSE;
  return TRUE;
}

typedef struct
{
  ThawHdf5File   *file;
  ThawHdf5Object *object;
  const guint8   *names;
  guint64         names_size;
  guint           nodes; /* that were read: a tree that runs in circles is left */
} Symbols;

static gboolean
read_heap (Symbols *self, GError **error)
{
  guint64 free_list, address;
  ThawCursor c;

  if (!thaw_hdf5_at_mark (self->file, self->object->heap, "HEAP", &c, error))
    return FALSE;
  if (!thaw_cursor_take (&c, 4) || !thaw_cursor_u64 (&c, &self->names_size) || !thaw_cursor_u64 (&c, &free_list)
      || !thaw_cursor_u64 (&c, &address) || !thaw_hdf5_at (self->file, address, &c, error)
      || !(self->names = thaw_cursor_take (&c, self->names_size)))
    {
      g_clear_error (error);
      return thaw_hdf5_damaged (error, "the names of a group cannot be read");
    }
  return TRUE;
}

/* name, object, kind of what is cached of it, the cache */
static gboolean
read_symbol (Symbols *self, ThawCursor *c, GError **error)
{
  guint64 name, address;
  guint32 cached;
  const char *start;

  if (!thaw_cursor_u64 (c, &name) || !thaw_cursor_u64 (c, &address) || !thaw_cursor_u32 (c, &cached)
      || !thaw_cursor_take (c, 20) || name >= self->names_size)
    return thaw_hdf5_damaged (error, "the members of a group cannot be read");
  if (cached == 2)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "an HDF5 file with links to other places");
      return FALSE;
    }
  start = (const char *) self->names + name;
  return thaw_hdf5_add_link (self->file, self->object, start, strnlen (start, self->names_size - name), address, error);
}

static gboolean
read_leaf (Symbols *self, guint64 address, GError **error)
{
  guint16 n;
  ThawCursor c;

  if (!thaw_hdf5_at_mark (self->file, address, "SNOD", &c, error))
    return FALSE;
  if (!thaw_cursor_take (&c, 2) || !thaw_cursor_u16 (&c, &n))
    return thaw_hdf5_damaged (error, "the members of a group cannot be read");
  if (!thaw_hdf5_work (self->file, 40 * n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!read_symbol (self, &c, error))
      return FALSE;
  return TRUE;
}

/* kind, level, entries, neighbours; then keys and children by turns. @above: its parent's level */
static gboolean
read_tree (Symbols *self, guint64 address, guint above, GError **error)
{
  guint8 kind, level;
  guint16 n;
  guint64 key, child;
  ThawCursor c;

  if (!thaw_hdf5_at_mark (self->file, address, "TREE", &c, error))
    return FALSE;
  if (!thaw_cursor_u8 (&c, &kind) || !thaw_cursor_u8 (&c, &level) || !thaw_cursor_u16 (&c, &n) || !thaw_cursor_take (&c, 16)
      || kind != 0 || level >= above || ++self->nodes > THAW_WEIGHTS_MAX_TENSORS)
    return thaw_hdf5_damaged (error, "the members of a group cannot be read");
  for (guint i = 0; i < n; i++)
    {
      if (!thaw_cursor_u64 (&c, &key) || !thaw_cursor_u64 (&c, &child))
        return thaw_hdf5_damaged (error, "the members of a group cannot be read");
      if (level > 0 ? !read_tree (self, child, level, error) : !read_leaf (self, child, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_hdf5_read_symbols (ThawHdf5File *self, ThawHdf5Object *object, GError **error)
{
  Symbols symbols = { .file = self, .object = object };

  return read_heap (&symbols, error) && read_tree (&symbols, object->tree, MAX_LEVELS, error);
}
