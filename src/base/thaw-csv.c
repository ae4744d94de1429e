/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-csv.h>

#include <string.h>

void
thaw_csv_append_text (GString *csv, const char *text)
{
  if (!text || !strpbrk (text, ",\"\r\n"))
    {
      g_string_append (csv, text ? text : "");
      return;
    }
  g_string_append_c (csv, '"');
  for (; *text; text++)
    {
      if (*text == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *text);
    }
  g_string_append_c (csv, '"');
}

void
thaw_csv_append_number (GString *csv, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (csv, g_ascii_formatd (buffer, sizeof buffer, "%.9g", value));
}
