/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef struct _JsonParser JsonParser;

/* JSON from a file or another untrusted place: json-glib's parser recurses, so nesting beyond 64 levels is refused
 * before it sees the text. @length: bytes, or -1 up to the NUL. (transfer full), NULL with an error */
JsonParser *thaw_json_parse       (const char *text, gssize length, GError **error);

/* Class labels as a JSON array of strings, as model files carry them under "labels". At most 1 000 000;
 * JSON that is anything else is an error. */
char       *thaw_labels_to_json   (const char *const *labels);
char      **thaw_labels_from_json (const char *json, GError **error);

G_END_DECLS
