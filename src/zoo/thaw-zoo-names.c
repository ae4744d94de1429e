/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-zoo-build.h"

enum
{
  MOST_NUMBERS = 4
};

typedef struct
{
  gint64 number[MOST_NUMBERS];
  guint n;
} Numbers;

/* How many characters of @name @pattern is, up to the end of a component; 0 where it is not that name's beginning */
static gsize
match (const char *pattern, const char *name, Numbers *numbers)
{
  const char *at = name;

  numbers->n = 0;
  for (; *pattern; pattern++)
    {
      char *end;
      gboolean kept = *pattern == '*';

      if (!kept && *pattern != '?')
        {
          if (*pattern != *at++)
            return 0;
          continue;
        }
      if (!g_ascii_isdigit (*at))
        return 0;
      numbers->number[numbers->n] = g_ascii_strtoll (at, &end, 10);
      numbers->n += kept;
      g_assert (numbers->n < MOST_NUMBERS);
      at = end;
    }
  return !*at || *at == '.' ? (gsize) (at - name) : 0;
}

static void
expand (GString *name, const char *to, const Numbers *numbers)
{
  guint i = 0;

  for (; *to; to++)
    if (*to == '*' || *to == '+' || *to == '-')
      {
        g_assert (i < numbers->n);
        g_string_append_printf (name, "%" G_GINT64_FORMAT,
                                numbers->number[i++] + (*to == '+') - (*to == '-'));
      }
    else
      g_string_append_c (name, *to);
}

/* Where "weight", "running_mean" ... begins, which no rule is about; the end where there is none */
static gsize
layer_length (const char *name)
{
  static const char *const parameters[] = { ".weight", ".bias", ".running_mean", ".running_var" };

  for (guint i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (g_str_has_suffix (name, parameters[i]))
      return strlen (name) - strlen (parameters[i]);
  return strlen (name);
}

char *
thaw_zoo_translate (gpointer rules, const char *name)
{
  gsize layer = layer_length (name);
  g_autofree char *translated = g_strndup (name, layer);

  for (const ThawZooRule *rule = rules; rule && rule->from; rule++)
    {
      Numbers numbers;
      gsize length = match (rule->from, translated, &numbers);
      g_autoptr (GString) next = length ? g_string_new (NULL) : NULL;

      if (!next)
        continue;
      expand (next, rule->to, &numbers);
      g_string_append (next, translated + length);
      g_free (translated);
      translated = g_strdup (next->str);
    }
  return g_strconcat (translated, name + layer, NULL);
}

const ThawTensor *
thaw_zoo_find_tensor (const ThawZooRule *rules, const ThawNode *node, const ThawTensorMap *weights, char **name)
{
  *name = thaw_zoo_translate ((gpointer) rules, node->name);
  return thaw_tensor_map_get (weights, *name);
}

ThawShape
thaw_zoo_timm_shape (const ThawZooRule *rules, const char *name, const ThawShape *own)
{
  g_autofree char *layer = g_strndup (name, layer_length (name));
  int kernel = 0;
  ThawShape shape = *own;

  for (; rules && rules->from; rules++)
    {
      Numbers numbers;

      if (rules->kernel && match (rules->to, layer, &numbers) == strlen (layer))
        kernel = rules->kernel;
    }
  if (kernel > 0 && shape.rank == 2)
    return THAW_SHAPE (shape.dim[0], shape.dim[1] / (kernel * kernel), kernel, kernel);
  if (kernel < 0)
    shape.rank = 1;
  return shape;
}
