/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ThawJsonReader:
 *
 * Strict JSON (RFC 8259) read piece by piece from text that may come from anywhere: nothing is kept but the place, so
 * that no file can make it use more memory than its strings have. Every function skips white space first, and on FALSE or NULL
 * the text is not what was asked for.
 */
typedef struct
{
  const char *at;
  const char *end;
} ThawJsonReader;

void      thaw_json_reader_init (ThawJsonReader *self, const char *text, gsize length);
/* the next character that is no white space, 0 at the end; stays there */
char      thaw_json_peek        (ThawJsonReader *self);
gboolean  thaw_json_take        (ThawJsonReader *self, char c);
/* decoded, valid UTF-8 without zeros (transfer full) */
char     *thaw_json_take_string (ThawJsonReader *self);
/* an integer in decimal, no fraction or exponent */
gboolean  thaw_json_take_int    (ThawJsonReader *self, gint64 *out);
/* any value, nested at most THAW_JSON_MAX_DEPTH deep */
gboolean  thaw_json_skip        (ThawJsonReader *self);

/* The number that @value begins with; FALSE where it is none, or not finite. @value stays where it is. */
gboolean  thaw_json_number      (const ThawJsonReader *value, double *number);
/* The value of the first member @key of the object that @object is at; FALSE where there is none. @object stays where it is. */
gboolean  thaw_json_find        (const ThawJsonReader *object, const char *key, ThawJsonReader *value);
/* The next value of an array, [ first; @array moves behind it. FALSE at the end and where it is no array */
gboolean  thaw_json_next        (ThawJsonReader *array, ThawJsonReader *value);

#define THAW_JSON_MAX_DEPTH 64

G_END_DECLS
