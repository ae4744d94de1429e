/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-unpickle.h"

/* A state dict of 30 000 tensors has a million values. */
#define MAX_VALUES (1 << 20)
/* One text of a megabyte can be named a million times. */
#define MAX_NAME 512

ThawPickle *
thaw_pickle_new (void)
{
  ThawPickle *self = g_new0 (ThawPickle, 1);

  self->values = g_array_new (FALSE, FALSE, sizeof (ThawPickleValue));
  self->cells = g_array_new (FALSE, TRUE, sizeof (ThawPickleCell));
  g_array_set_size (self->cells, 1);
  return self;
}

void
thaw_pickle_free (ThawPickle *self)
{
  g_array_unref (self->values);
  g_array_unref (self->cells);
  g_free (self);
}

gboolean
thaw_pickle_add (ThawPickle *self, const ThawPickleValue *value, guint32 *out, GError **error)
{
  if (self->values->len == MAX_VALUES)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "a pickle of more than %d values", MAX_VALUES);
      return FALSE;
    }
  *out = self->values->len;
  g_array_append_vals (self->values, value, 1);
  return TRUE;
}

gboolean
thaw_pickle_append (ThawPickle *self, guint32 container, guint32 key, guint32 value, GError **error)
{
  ThawPickleValue *owner = &g_array_index (self->values, ThawPickleValue, container);
  ThawPickleCell cell = { key, value, 0 };
  guint32 place = self->cells->len;

  /* a tuple from the memo can be put into lists any number of times */
  if (place == 4 * MAX_VALUES)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "a pickle of more than %d items", 4 * MAX_VALUES);
      return FALSE;
    }
  g_array_append_val (self->cells, cell);
  if (owner->items.tail)
    g_array_index (self->cells, ThawPickleCell, owner->items.tail).next = place;
  else
    owner->items.head = place;
  owner->items.tail = place;
  owner->count++;
  return TRUE;
}

const ThawPickleValue *
thaw_pickle_value (const ThawPickle *self, guint32 i)
{
  return &g_array_index (self->values, ThawPickleValue, i);
}

guint32
thaw_pickle_next (const ThawPickle *self, const ThawPickleValue *container, guint32 cell, ThawPickleCell *out)
{
  guint32 next = cell ? g_array_index (self->cells, ThawPickleCell, cell).next : container->items.head;

  if (next)
    *out = g_array_index (self->cells, ThawPickleCell, next);
  return next;
}

const ThawPickleValue *
thaw_pickle_lookup (const ThawPickle *self, const ThawPickleValue *dict, const char *key)
{
  ThawPickleCell item;

  if (dict->kind != THAW_PICKLE_DICT)
    return NULL;
  for (guint32 cell = 0; (cell = thaw_pickle_next (self, dict, cell, &item));)
    if (thaw_pickle_is (thaw_pickle_value (self, item.key), key))
      return thaw_pickle_value (self, item.value);
  return NULL;
}

gboolean
thaw_pickle_is (const ThawPickleValue *text, const char *expected)
{
  return text->kind == THAW_PICKLE_TEXT && text->length == strlen (expected)
         && memcmp (text->text, expected, text->length) == 0;
}

char *
thaw_pickle_string (const ThawPickleValue *text)
{
  if (text->kind != THAW_PICKLE_TEXT || text->length > MAX_NAME || !g_utf8_validate_len (text->text, text->length, NULL))
    return NULL;
  return g_strndup (text->text, text->length);
}
