/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Fields of a table in a file (RFC 4180), the same in every locale. Commas and line ends are the caller's. Any thread */
void thaw_csv_append_text   (GString *csv, const char *text);  /* (nullable): as empty; in quotes where it has to be */
void thaw_csv_append_number (GString *csv, double value);      /* nine figures: a float is read back as it was */

G_END_DECLS
