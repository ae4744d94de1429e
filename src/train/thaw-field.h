/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  THAW_FIELD_INT,    /* int */
  THAW_FIELD_UINT,   /* guint */
  THAW_FIELD_UINT64, /* guint64, gsize */
  THAW_FIELD_FLOAT,
  THAW_FIELD_DOUBLE,
  THAW_FIELD_BOOL,
} ThawFieldKind;

/**
 * ThawField: a number in a structure, as it is called in text and in JSON, with its limits (both allowed)
 *
 * Tables of them are the one place where options are listed: parsing, writing and reading all go by them.
 */
typedef struct
{
  const char   *name;
  ThawFieldKind kind;
  gsize         offset;
  double        low, high;
} ThawField;

/* @fields end with a NULL name. (transfer none) (nullable) */
const ThawField *thaw_field_find  (const ThawField *fields, const char *name);
/* From text as a person writes it, in every locale with a decimal point */
gboolean         thaw_field_parse (const ThawField *self, gpointer structure, const char *text, GError **error);
/* Members of the object that is open; they read back to the same bits */
void             thaw_fields_write (const ThawField *fields, gconstpointer structure, JsonBuilder *builder);
/* Members that are absent leave their field alone */
gboolean         thaw_fields_read  (const ThawField *fields, gpointer structure, JsonObject *object, GError **error);

G_END_DECLS
