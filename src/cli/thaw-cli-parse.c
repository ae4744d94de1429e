/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <thaw/thaw-pool.h>

G_DEFINE_QUARK (thaw - cli - usage, thaw_cli_usage)

gboolean
thaw_cli_usage (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error)
    *error = g_error_new_valist (THAW_CLI_USAGE, 0, format, arguments);
  va_end (arguments);
  return FALSE;
}

gboolean
thaw_parse_double (
    const char *option, const char *text, double low, double high, double *value, GError **error)
{
  g_autofree char *from = thaw_text_figures (low, 6);
  g_autofree char *to = thaw_text_figures (high, 6);
  char *end;
  double number = g_ascii_strtod (text, &end);

  if (end == text || *end || !(number >= low && number <= high))
    return thaw_cli_usage (error, "%s takes a number from %s to %s, not “%s”", option, from, to,
                           text);
  *value = number;
  return TRUE;
}

gboolean
thaw_parse_int (
    const char *option, const char *text, gint64 low, gint64 high, gint64 *value, GError **error)
{
  if (g_ascii_string_to_signed (text, 10, low, high, value, NULL))
    return TRUE;
  return thaw_cli_usage (
      error, "%s takes a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not “%s”",
      option, low, high, text);
}

gboolean
thaw_parse_dtype (const char *text, ThawDtype *dtype, GError **error)
{
  static const struct
  {
    const char *name;
    ThawDtype dtype;
  } names[] = {
    { "f32", THAW_DTYPE_F32 },     { "float32", THAW_DTYPE_F32 }, { "f16", THAW_DTYPE_F16 },
    { "float16", THAW_DTYPE_F16 }, { "bf16", THAW_DTYPE_BF16 },   { "bfloat16", THAW_DTYPE_BF16 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (text, names[i].name) == 0)
      {
        *dtype = names[i].dtype;
        return TRUE;
      }
  return thaw_cli_usage (error, "--dtype takes f32, f16 or bf16, not “%s”", text);
}

gboolean
thaw_parse_threads (const char *text, guint *threads, GError **error)
{
  gint64 number = 0;

  if (text && !thaw_parse_int ("--threads", text, 1, 256, &number, error))
    return FALSE;
  *threads = number;
  return TRUE;
}

ThawPool *
thaw_cli_pool (const char *threads, GError **error)
{
  guint number;

  if (!thaw_parse_threads (threads, &number, error))
    return NULL;
  return thaw_pool_new (number ? number : thaw_pool_default_threads (), 0);
}

gboolean
thaw_cli_precision (const char *text, ThawPrecision *precision, GError **error)
{
  g_autoptr (GError) local = NULL;

  *precision = THAW_PRECISION_FLOAT32;
  if (text && !thaw_precision_parse (precision, text, &local))
    return thaw_cli_usage (error, "--precision takes float32 or fast, not “%s”", text);
  return thaw_precision_check (*precision, error);
}
