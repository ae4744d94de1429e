/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "thaw-keras-private.h"

char *
thaw_keras_string (const ThawJsonReader *object, const char *key)
{
  ThawJsonReader value;

  return thaw_json_find (object, key, &value) && thaw_json_peek (&value) == '"' ? thaw_json_take_string (&value) : NULL;
}

gboolean
thaw_keras_is (const ThawJsonReader *object, const char *key, const char *text)
{
  g_autofree char *found = thaw_keras_string (object, key);

  return found && g_str_equal (found, text);
}

double
thaw_keras_double (const ThawJsonReader *object, const char *key, double otherwise)
{
  ThawJsonReader value;
  double number;

  return thaw_json_find (object, key, &value) && thaw_json_number (&value, &number) ? number : otherwise;
}

gboolean
thaw_keras_bool (const ThawJsonReader *object, const char *key, gboolean otherwise)
{
  ThawJsonReader value;
  char first = thaw_json_find (object, key, &value) ? thaw_json_peek (&value) : 0;

  return first == 't' ? TRUE : first == 'f' ? FALSE : otherwise;
}

/* Appends at @n; FALSE where something is no number */
static gboolean
collect (const ThawJsonReader *value, double *numbers, guint max, guint *n)
{
  ThawJsonReader at = *value, item;

  if (thaw_json_peek (&at) != '[')
    return *n < max && thaw_json_number (value, &numbers[(*n)++]);
  while (thaw_json_next (&at, &item))
    if (!collect (&item, numbers, max, n))
      return FALSE;
  return TRUE;
}

guint
thaw_keras_numbers (const ThawJsonReader *value, double *numbers, guint max)
{
  guint n = 0;

  return collect (value, numbers, max, &n) ? n : 0;
}

guint
thaw_keras_ints (const ThawJsonReader *object, const char *key, int *numbers, guint max)
{
  double found[16];
  ThawJsonReader value;
  guint n = thaw_json_find (object, key, &value) ? thaw_keras_numbers (&value, found, MIN (max, G_N_ELEMENTS (found))) : 0;

  for (guint i = 0; i < n; i++)
    {
      if (!(found[i] >= -16 && found[i] <= 65535) || found[i] != floor (found[i]))
        return 0;
      numbers[i] = (int) found[i];
    }
  return n;
}
