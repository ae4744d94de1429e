/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef struct _JsonParser JsonParser;
typedef struct _JsonNode JsonNode;

/* JSON from a file or another untrusted place: json-glib's parser recurses, so nesting beyond 64 levels is refused
 * before it sees the text. @length: bytes, or -1 up to the NUL. (transfer full), NULL with an error */
JsonParser *thaw_json_parse       (const char *text, gssize length, GError **error);

/* What JSON-GLib 1.6 gets wrong when it writes: 1e-05 becomes "1e-05.0", which is no JSON. On one line, members in their order; numbers as
 * short as reads back to the same bits, with a point in every locale; what is no number becomes null. (transfer full) */
char       *thaw_json_write         (JsonNode *root);
void        thaw_json_append_double (GString *text, double value);
/* in quotes; what is no UTF-8 becomes what is */
void        thaw_json_append_string (GString *text, const char *string);

/* Class labels as a JSON array of strings, as model files carry them under "labels". At most 1 000 000;
 * JSON that is anything else is an error. */
char       *thaw_labels_to_json   (const char *const *labels);
char      **thaw_labels_from_json (const char *json, GError **error);

G_END_DECLS
