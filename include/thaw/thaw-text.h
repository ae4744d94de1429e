/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Figures for people, with a point in every locale; (transfer full), any thread */
char  *thaw_text_number   (double value, int decimals);             /* "0.0123"; "-" where it is no number */
char  *thaw_text_figures  (double value, int digits);               /* "%g" */
char  *thaw_text_count    (double count);                           /* "4.7 M", "864" */
char  *thaw_text_bytes    (double bytes);                           /* "210 MB" */
char  *thaw_text_percent  (double share);                           /* "96.1 %" */
char  *thaw_text_interval (double share, double low, double high);  /* "96.1 % (90.8 to 98.4)" */
char  *thaw_text_seconds  (double seconds);                         /* "3.2 s", "2 min 05 s" */
char  *thaw_text_date     (gint64 microseconds);                    /* since 1970, local time, "2026-11-22 08:40" */
/* A file name as text: valid UTF-8 stays, other bytes become \xHH, and a backslash \\, so that it can be undone */
char  *thaw_text_path     (const char *path);
/* Whether all of @words (separated by blanks, nullable) are in @text, whatever their case */
gboolean thaw_text_has_words (const char *text, const char *words);
/* The most memory this process has had, MiB */
double thaw_peak_rss_mib  (void);

G_END_DECLS
