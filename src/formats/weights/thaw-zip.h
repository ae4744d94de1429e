/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-weights.h"

G_BEGIN_DECLS

/**
 * ThawZip:
 *
 * The entries of a ZIP archive in memory (APPNOTE.TXT 6.3.10): stored or deflated, ZIP64 where it is needed; no encryption, no
 * second volume. Names are looked up, never used as paths. Every entry is checked against its CRC-32 when it is read.
 */
typedef struct _ThawZip ThawZip;

ThawZip    *thaw_zip_open (GBytes *bytes, GError **error);
void        thaw_zip_free (ThawZip *self);
/* The one entry whose last path component is @base: its whole name (transfer none); NULL with an error where there is none or another */
const char *thaw_zip_find (const ThawZip *self, const char *base, GError **error);
gboolean    thaw_zip_has  (const ThawZip *self, const char *name);
/* A stored entry is a view, a deflated one comes out of @budget (transfer full) */
GBytes     *thaw_zip_read (ThawZip *self, const char *name, ThawWeightsBudget *budget, GError **error);

/* An archive with @contents stored under @names, NULL-terminated (transfer full); NULL with an error beyond 2 GB */
GBytes     *thaw_zip_write (const char *const *names, GBytes *const *contents, GError **error);
/* The same behind another file's bytes, @before: a reader of archives finds it from the end */
GBytes     *thaw_zip_append (GBytes *before, const char *const *names, GBytes *const *contents, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawZip, thaw_zip_free)

G_END_DECLS
