/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-text.h>

#include <math.h>
#include <string.h>
#include <sys/resource.h>

static char *
formatted (const char *kind, int precision, double value)
{
  char buffer[400], format[16];

  if (!isfinite (value))
    return g_strdup ("-");
  g_snprintf (format, sizeof format, "%%.%d%s", precision, kind);
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, format, value));
}

char *
thaw_text_number (double value, int decimals)
{
  return formatted ("f", decimals, value);
}

char *
thaw_text_figures (double value, int digits)
{
  return formatted ("g", digits, value);
}

/* Three figures at most before it goes to the next unit */
static char *
with_unit (double value, const char *const *units)
{
  g_autofree char *number = NULL;
  int unit = 0;

  for (; value >= 999.5 && units[unit + 1]; unit++)
    value /= 1000;
  number = thaw_text_number (value, unit > 0 && value < 9.95 ? 1 : 0);
  return g_strconcat (number, *units[unit] ? " " : "", units[unit], NULL);
}

char *
thaw_text_count (double count)
{
  return with_unit (count, (const char *const[]){ "", "k", "M", "G", "T", NULL });
}

char *
thaw_text_bytes (double bytes)
{
  return with_unit (bytes, (const char *const[]){ "B", "kB", "MB", "GB", "TB", NULL });
}

char *
thaw_text_percent (double share)
{
  g_autofree char *number = thaw_text_number (share * 100, 1);

  return isfinite (share) ? g_strconcat (number, " %", NULL) : g_strdup ("-");
}

char *
thaw_text_interval (double share, double low, double high)
{
  g_autofree char *middle = thaw_text_percent (share);
  g_autofree char *from = thaw_text_number (low * 100, 1);
  g_autofree char *to = thaw_text_number (high * 100, 1);

  return g_strdup_printf ("%s (%s to %s)", middle, from, to);
}

char *
thaw_text_seconds (double seconds)
{
  g_autofree char *number = NULL;
  int whole;

  if (!isfinite (seconds) || seconds > 1e8)
    return g_strdup ("-");
  whole = (int) (seconds + .5);
  if (whole >= 3600)
    return g_strdup_printf ("%d h %02d min", whole / 3600, whole % 3600 / 60);
  if (whole >= 100)
    return g_strdup_printf ("%d min %02d s", whole / 60, whole % 60);
  number = thaw_text_number (seconds, seconds < .995 ? 2 : seconds < 9.95 ? 1 : 0);
  return g_strconcat (number, " s", NULL);
}

char *
thaw_text_date (gint64 microseconds)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc ? g_date_time_to_local (utc) : NULL;

  return local ? g_date_time_format (local, "%Y-%m-%d %H:%M") : g_strdup ("-");
}

char *
thaw_text_path (const char *path)
{
  GString *text = g_string_new (NULL);

  while (*path)
    {
      gunichar c = g_utf8_get_char_validated (path, -1);
      const char *next = g_utf8_next_char (path);

      if (*path == '\\')
        g_string_append (text, "\\\\");
      else if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (text, "\\x%02X", (guchar) *path);
          next = path + 1;
        }
      else
        g_string_append_len (text, path, next - path);
      path = next;
    }
  return g_string_free (text, FALSE);
}

gboolean
thaw_text_has_words (const char *text, const char *words)
{
  g_autofree char *folded = g_utf8_casefold (text, -1), *wanted = g_utf8_casefold (words ? words : "", -1);
  g_auto (GStrv) parts = g_strsplit_set (wanted, " \t", -1);

  for (guint i = 0; parts[i]; i++)
    if (!strstr (folded, parts[i]))
      return FALSE;
  return TRUE;
}

double
thaw_peak_rss_mib (void)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}
