/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-op.h>

#define MAX_WIDTH 65536

static gboolean
parse_dropout (ThawHeadLayer *layer, const char *value)
{
  char *end = NULL;
  double p = value ? g_ascii_strtod (value, &end) : .5;

  layer->kind = THAW_HEAD_DROPOUT;
  layer->p = (float) p;
  return (!value || (end != value && !*end)) && p >= 0 && layer->p < 1;
}

static gboolean
parse_linear (ThawHeadLayer *layer, const char *value)
{
  guint64 out = 0;

  layer->kind = THAW_HEAD_LINEAR;
  if (value && !g_ascii_string_to_unsigned (value, 10, 1, MAX_WIDTH, &out, NULL))
    return FALSE;
  layer->out = (gint64) out;
  return TRUE;
}

static gboolean
parse_activation (ThawHeadLayer *layer, const char *name)
{
  layer->kind = THAW_HEAD_ACTIVATION;
  for (ThawOp op = 0; op < THAW_N_OPS; op++)
    if (thaw_op_activation (op) != THAW_ACTIVATION_NONE && g_str_equal (name, thaw_op_name (op)))
      {
        layer->activation = thaw_op_activation (op);
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_layer (ThawHeadLayer *layer, const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, "=", 2);
  const char *name = parts[0] ? g_strstrip (parts[0]) : "";
  const char *value = parts[0] && parts[1] ? g_strstrip (parts[1]) : NULL;

  *layer = (ThawHeadLayer){ 0 };
  if (g_str_equal (name, "dropout"))
    return parse_dropout (layer, value);
  if (g_str_equal (name, "linear"))
    return parse_linear (layer, value);
  if (value)
    return FALSE;
  if (g_str_equal (name, "batchnorm"))
    {
      layer->kind = THAW_HEAD_BATCHNORM;
      return TRUE;
    }
  return parse_activation (layer, name);
}

/* The classes come out of the last layer and out of no other. */
static gboolean
check_outputs (const ThawHead *self, GError **error)
{
  for (guint i = 0; i < self->n_layers; i++)
    {
      const ThawHeadLayer *layer = &self->layers[i];
      gboolean classes = layer->kind == THAW_HEAD_LINEAR && layer->out == 0;

      if (classes != (i + 1 == self->n_layers))
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                       classes ? "head: layer %u, linear, needs a number, as in \"linear=128\": "
                                 "only the last has one output a class"
                               : "head: layer %u is the last and must be \"linear\" without a "
                                 "number: one output a class",
                       i + 1);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
thaw_head_parse (ThawHead *self, const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  guint n = g_strv_length (words);
  ThawHead head = { .n_layers = n };

  if (n < 1 || n > G_N_ELEMENTS (head.layers))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "head: %u layers; 1 to %u are possible, as in \"%s\"", n,
                   (guint) G_N_ELEMENTS (head.layers), THAW_HEAD_DEFAULT);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (!parse_layer (&head.layers[i], words[i]))
      {
        g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                     "head: \"%.40s\" is no layer; write dropout=P with P from 0 to below 1, "
                     "linear=N with N up to %d, batchnorm, or an activation such as relu",
                     words[i], MAX_WIDTH);
        return FALSE;
      }
  if (!check_outputs (&head, error))
    return FALSE;
  *self = head;
  return TRUE;
}

static const char *
activation_name (ThawActivation activation)
{
  for (ThawOp op = 0; op < THAW_N_OPS; op++)
    if (activation != THAW_ACTIVATION_NONE && thaw_op_activation (op) == activation)
      return thaw_op_name (op);
  g_return_val_if_reached ("");
}

/* The fewest digits that read back as the same float. */
static void
append_float (GString *text, float value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  char format[8];

  for (int digits = 1; digits <= 9; digits++)
    {
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (buffer, sizeof buffer, format, value);
      if ((float) g_ascii_strtod (buffer, NULL) == value)
        break;
    }
  g_string_append (text, buffer);
}

char *
thaw_head_to_string (const ThawHead *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->n_layers; i++)
    {
      const ThawHeadLayer *layer = &self->layers[i];

      g_string_append (text, i ? "," : "");
      switch (layer->kind)
        {
        case THAW_HEAD_DROPOUT:
          g_string_append (text, "dropout=");
          append_float (text, layer->p);
          break;
        case THAW_HEAD_LINEAR:
          g_string_append (text, "linear");
          if (layer->out)
            g_string_append_printf (text, "=%" G_GINT64_FORMAT, layer->out);
          break;
        case THAW_HEAD_ACTIVATION:
          g_string_append (text, activation_name (layer->activation));
          break;
        case THAW_HEAD_BATCHNORM:
          g_string_append (text, "batchnorm");
          break;
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
