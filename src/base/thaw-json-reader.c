/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-json-reader.h>

void
thaw_json_reader_init (ThawJsonReader *self, const char *text, gsize length)
{
  self->at = text;
  self->end = text + length;
}

char
thaw_json_peek (ThawJsonReader *self)
{
  while (self->at < self->end && (*self->at == ' ' || *self->at == '\t' || *self->at == '\n' || *self->at == '\r'))
    self->at++;
  return self->at < self->end ? *self->at : 0;
}

gboolean
thaw_json_take (ThawJsonReader *self, char c)
{
  if (thaw_json_peek (self) != c || self->at == self->end)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
take_hex (ThawJsonReader *self, gunichar *out)
{
  gunichar value = 0;

  if (self->end - self->at < 4)
    return FALSE;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (*self->at++);

      if (digit < 0)
        return FALSE;
      value = value << 4 | (gunichar) digit;
    }
  *out = value;
  return TRUE;
}

/* after "\u" */
static gboolean
take_unicode (ThawJsonReader *self, gunichar *out)
{
  gunichar low;

  if (!take_hex (self, out))
    return FALSE;
  if (*out < 0xD800 || *out > 0xDFFF)
    return *out != 0;
  if (*out > 0xDBFF || self->end - self->at < 2 || self->at[0] != '\\' || self->at[1] != 'u')
    return FALSE;
  self->at += 2;
  if (!take_hex (self, &low) || low < 0xDC00 || low > 0xDFFF)
    return FALSE;
  *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
  return TRUE;
}

/* after "\"; @text: NULL when the string is only passed over */
static gboolean
take_escape (ThawJsonReader *self, GString *text)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *found;
  gunichar c;

  if (self->at == self->end || !*self->at)
    return FALSE;
  found = strchr (names, *self->at++);
  if (found)
    c = (guchar) values[found - names];
  else if (self->at[-1] != 'u' || !take_unicode (self, &c))
    return FALSE;
  if (text)
    g_string_append_unichar (text, c);
  return TRUE;
}

static gboolean
scan_string (ThawJsonReader *self, GString *text)
{
  if (!thaw_json_take (self, '"'))
    return FALSE;
  while (self->at < self->end && *self->at != '"')
    {
      const char *start = self->at;

      while (self->at < self->end && *self->at != '"' && *self->at != '\\')
        if ((guchar) *self->at++ < 0x20)
          return FALSE;
      if (!g_utf8_validate_len (start, self->at - start, NULL))
        return FALSE;
      if (text)
        g_string_append_len (text, start, self->at - start);
      if (self->at < self->end && *self->at == '\\' && (self->at++, !take_escape (self, text)))
        return FALSE;
    }
  return thaw_json_take (self, '"');
}

char *
thaw_json_take_string (ThawJsonReader *self)
{
  GString *text = g_string_new (NULL);
  gboolean good = scan_string (self, text);

  return g_string_free (text, !good);
}

static gsize
take_digits (ThawJsonReader *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return self->at - start;
}

/* the integer part of a number: no leading zeros */
static gboolean
take_integer_text (ThawJsonReader *self)
{
  const char *start;

  thaw_json_peek (self);
  if (self->at < self->end && *self->at == '-')
    self->at++;
  start = self->at;
  return take_digits (self) > 0 && (*start != '0' || self->at - start == 1);
}

gboolean
thaw_json_take_int (ThawJsonReader *self, gint64 *out)
{
  const char *start;
  char text[24];

  thaw_json_peek (self);
  start = self->at;
  if (!take_integer_text (self) || self->at - start >= (gssize) sizeof text)
    return FALSE;
  if (self->at < self->end && strchr (".eE", *self->at))
    return FALSE;
  memcpy (text, start, self->at - start);
  text[self->at - start] = 0;
  return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, out, NULL);
}

static gboolean
skip_number (ThawJsonReader *self)
{
  if (!take_integer_text (self))
    return FALSE;
  if (self->at < self->end && *self->at == '.' && (self->at++, take_digits (self) == 0))
    return FALSE;
  if (self->at == self->end || (*self->at != 'e' && *self->at != 'E'))
    return TRUE;
  self->at++;
  if (self->at < self->end && (*self->at == '+' || *self->at == '-'))
    self->at++;
  return take_digits (self) > 0;
}

static gboolean
skip_word (ThawJsonReader *self, const char *word)
{
  gsize n = strlen (word);

  if ((gsize) (self->end - self->at) < n || memcmp (self->at, word, n) != 0)
    return FALSE;
  self->at += n;
  return TRUE;
}

static gboolean skip_value (ThawJsonReader *self, guint depth);

static gboolean
skip_members (ThawJsonReader *self, char close, guint depth)
{
  if (depth == THAW_JSON_MAX_DEPTH)
    return FALSE;
  self->at++;
  if (thaw_json_take (self, close))
    return TRUE;
  do
    {
      if (close == '}' && (!scan_string (self, NULL) || !thaw_json_take (self, ':')))
        return FALSE;
      if (!skip_value (self, depth + 1))
        return FALSE;
    }
  while (thaw_json_take (self, ','));
  return thaw_json_take (self, close);
}

static gboolean
skip_value (ThawJsonReader *self, guint depth)
{
  switch (thaw_json_peek (self))
    {
    case '{':
      return skip_members (self, '}', depth);
    case '[':
      return skip_members (self, ']', depth);
    case '"':
      return scan_string (self, NULL);
    case 't':
      return skip_word (self, "true");
    case 'f':
      return skip_word (self, "false");
    case 'n':
      return skip_word (self, "null");
    default:
      return skip_number (self);
    }
}

gboolean
thaw_json_skip (ThawJsonReader *self)
{
  return skip_value (self, 0);
}

/* The value that @self is at, which is passed */
static gboolean
take_value (ThawJsonReader *self, ThawJsonReader *value)
{
  thaw_json_peek (self);
  value->at = self->at;
  if (!thaw_json_skip (self))
    return FALSE;
  value->end = self->at;
  return TRUE;
}

/* Whether the string that @self is at, which is passed, reads @key */
static gboolean
take_key (ThawJsonReader *self, const char *key, gboolean *equal)
{
  g_autofree char *name = thaw_json_take_string (self);

  *equal = name && strcmp (name, key) == 0;
  return name && thaw_json_take (self, ':');
}

gboolean
thaw_json_find (const ThawJsonReader *object, const char *key, ThawJsonReader *value)
{
  ThawJsonReader at = *object;
  gboolean equal;

  if (!thaw_json_take (&at, '{'))
    return FALSE;
  do
    if (!take_key (&at, key, &equal) || !take_value (&at, value))
      return FALSE;
  while (!equal && thaw_json_take (&at, ','));
  return equal;
}

gboolean
thaw_json_next (ThawJsonReader *array, ThawJsonReader *value)
{
  if (!thaw_json_take (array, '[') && !thaw_json_take (array, ','))
    return FALSE;
  return thaw_json_peek (array) != ']' && take_value (array, value);
}

gboolean
thaw_json_number (const ThawJsonReader *value, double *number)
{
  ThawJsonReader at = *value;
  char text[64];
  gsize n;

  if (thaw_json_peek (&at) != '-' && !g_ascii_isdigit (thaw_json_peek (&at)))
    return FALSE;
  n = MIN ((gsize) (at.end - at.at), sizeof text - 1);
  memcpy (text, at.at, n);
  text[n] = 0;
  *number = g_ascii_strtod (text, NULL);
  return isfinite (*number);
}
