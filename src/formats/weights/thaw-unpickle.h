/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-tensor.h>

#include "thaw-cursor.h"

G_BEGIN_DECLS

/**
 * ThawPickle: what a Python pickle describes, as plain data
 *
 * Pickle is a small program for a stack machine, with instructions that call any Python function. This machine has no such
 * thing: the names in thaw-unpickle-call.c stand for descriptions (a storage, a tensor over it), and any other name ends it
 * with an error. Values are rows of one array that name each other by number, so nothing is ever followed deeper than a
 * reader wants to, and a cycle does no harm. Texts point into the pickle itself, which must outlive this.
 */
typedef enum
{
  THAW_PICKLE_NONE,
  THAW_PICKLE_BOOL,
  THAW_PICKLE_INT,
  THAW_PICKLE_REAL,
  THAW_PICKLE_TEXT,    /* str and bytes */
  THAW_PICKLE_TUPLE,
  THAW_PICKLE_LIST,    /* sets too */
  THAW_PICKLE_DICT,
  THAW_PICKLE_GLOBAL,  /* a name of the table; number: its row */
  THAW_PICKLE_STORAGE, /* items.head: the key, a text; number: how many elements */
  THAW_PICKLE_TENSOR,
  THAW_PICKLE_OPAQUE,  /* something harmless that no tensor needs */
} ThawPickleKind;

typedef struct
{
  guint8 kind;
  guint8 dtype;           /* storage, tensor: ThawDtype, or THAW_N_DTYPES for one Thaw does not read */
  union
  {
    gint64 number;        /* bool, int, global; storage: elements; tensor: offset in elements */
    double real;
    gsize  length;        /* text */
    gsize  count;         /* tuple, list, dict */
  };
  union
  {
    const char *text;
    struct
    {
      guint32 head, tail; /* cells, 0: none; storage: head is the key */
    } items;
    struct
    {
      guint32 storage, size;
    } tensor;
  };
  guint32 stride;         /* tensor: a tuple, as size is */
} ThawPickleValue;

/* a link of a container's chain */
typedef struct
{
  guint32 key, value, next;
} ThawPickleCell;

typedef struct
{
  GArray *values; /* ThawPickleValue */
  GArray *cells;  /* ThawPickleCell; 0 is not used */
  guint32 root;
} ThawPickle;

/* Reads one pickle, protocol 2 to 5, and leaves @cursor behind it. */
ThawPickle            *thaw_pickle_read   (ThawCursor *cursor, GError **error);
void                   thaw_pickle_free   (ThawPickle *self);

const ThawPickleValue *thaw_pickle_value  (const ThawPickle *self, guint32 i);
/* The cell after @cell of a container, the first for 0; 0 at the end */
guint32                thaw_pickle_next   (const ThawPickle *self, const ThawPickleValue *container, guint32 cell, ThawPickleCell *out);
/* The value under a text in a dict, NULL where there is none */
const ThawPickleValue *thaw_pickle_lookup (const ThawPickle *self, const ThawPickleValue *dict, const char *key);
gboolean               thaw_pickle_is     (const ThawPickleValue *text, const char *expected);
/* A text as a string of C (transfer full); NULL unless it is UTF-8 without zeros, and no longer than
 * the name of anything */
char                  *thaw_pickle_string (const ThawPickleValue *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPickle, thaw_pickle_free)

/* For the machine: new rows, FALSE with an error at the limit */
ThawPickle *thaw_pickle_new (void);
gboolean thaw_pickle_add    (ThawPickle *self, const ThawPickleValue *value, guint32 *out, GError **error);
gboolean thaw_pickle_append (ThawPickle *self, guint32 container, guint32 key, guint32 value, GError **error);

/* The row of a name in the table of what may be named */
gboolean thaw_pickle_find_global (const char *module, gsize module_length, const char *name, gsize name_length,
                                  ThawPickleValue *out, GError **error);
/* What a call of @callee (a global) with the tuple @arguments stands for */
gboolean thaw_pickle_call        (ThawPickle *self, guint32 callee, guint32 arguments, guint32 *out, GError **error);
/* What a persistent id, ("storage", type, key, location, elements), stands for */
gboolean thaw_pickle_persistent  (ThawPickle *self, guint32 id, guint32 *out, GError **error);

G_END_DECLS
