/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-cursor.h"
#include "thaw-hdf5.h"

/* "no such place" */
#define THAW_HDF5_NOWHERE G_MAXUINT64

/* Kinds of messages in an object's header */
enum
{
  THAW_HDF5_DATASPACE = 0x01,
  THAW_HDF5_LINK_INFO = 0x02,
  THAW_HDF5_DATATYPE = 0x03,
  THAW_HDF5_LINK = 0x06,
  THAW_HDF5_EXTERNAL = 0x07,
  THAW_HDF5_LAYOUT = 0x08,
  THAW_HDF5_FILTER = 0x0b,
  THAW_HDF5_ATTRIBUTE = 0x0c,
  THAW_HDF5_SYMBOL_TABLE = 0x11,
};

/* What may be done to the pieces of an array */
enum
{
  THAW_HDF5_DEFLATE = 1,
  THAW_HDF5_SHUFFLE = 2,
  THAW_HDF5_FLETCHER32 = 3,
};

typedef struct
{
  char   *name;
  guint64 address;
} ThawHdf5Link;

/* What the messages of an object say of it */
typedef struct
{
  GArray     *links;       /* ThawHdf5Link: a group of the newer kind */
  guint64     tree, heap;  /* a group of the older kind; NOWHERE: it is none */
  gboolean    has_shape, has_type, has_data;
  ThawShape   shape;
  gboolean    is_number;   /* of a type that a tensor can have: @dtype */
  ThawDtype   dtype;
  guint64     at;          /* of the data in the file; NOWHERE: never written, all zeros */
  guint       n_chunk;     /* an array in pieces: their sizes, with that of a number; 0: it is in one */
  guint32     chunk[THAW_MAX_RANK + 1];
  guint64     chunks;      /* the tree of them; NOWHERE: never written */
  guint       n_filters;
  guint16     filters[4];  /* what was done to them, in order */
  const char *path;        /* where it was found, "" for the root */
  GHashTable *attributes;  /* texts are added to it, as thaw_hdf5_parse() returns them */
} ThawHdf5Object;

typedef struct
{
  GBytes           *bytes;
  ThawWeightsBudget budget;
  guint64           work;  /* bytes that may still be looked at: a sound file's parts are looked at once */
} ThawHdf5File;

gboolean thaw_hdf5_damaged (GError **error, const char *what);
/* A cursor at @address that ends where the file does; FALSE with an error where that is outside of it */
gboolean thaw_hdf5_at      (const ThawHdf5File *self, guint64 address, ThawCursor *cursor, GError **error);
/* The same, behind the four letters @mark */
gboolean thaw_hdf5_at_mark (const ThawHdf5File *self, guint64 address, const char *mark, ThawCursor *cursor, GError **error);
gboolean thaw_hdf5_work    (ThawHdf5File *self, guint64 bytes, GError **error);
/* Takes one message of an object's header into @object */
gboolean thaw_hdf5_message (ThawHdf5File *self, ThawHdf5Object *object, guint type, guint flags, ThawCursor *message, GError **error);

/* The header of the object at @address, all of its messages */
gboolean thaw_hdf5_object_read  (ThawHdf5File *self, guint64 address, ThawHdf5Object *object, GError **error);
void     thaw_hdf5_object_clear (ThawHdf5Object *object);
/* The members of a group of the older kind, added to its links */
gboolean thaw_hdf5_read_symbols (ThawHdf5File *self, ThawHdf5Object *object, GError **error);
/* What a message says was done to the pieces; and all of these together (transfer full) */
gboolean    thaw_hdf5_read_filters (ThawHdf5Object *object, ThawCursor *message, GError **error);
ThawTensor *thaw_hdf5_read_chunks  (ThawHdf5File *self, const ThawHdf5Object *object, GError **error);
gboolean thaw_hdf5_add_link     (ThawHdf5File *self, ThawHdf5Object *object, const char *name, gsize length, guint64 address, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawHdf5Object, thaw_hdf5_object_clear)
