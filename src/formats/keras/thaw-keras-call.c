/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a layer is called with: Keras 3 and the versions before it say so in ways of their own. */
#include <thaw/thaw-error.h>

#include "thaw-keras-call.h"

static gboolean
refuse (ThawKerasCall *self, const char *what)
{
  thaw_keras_refuse (self->layer, what, self->error);
  return FALSE;
}

static gboolean
add_operand (ThawKerasCall *self, const ThawKerasOperand *operand)
{
  if (self->layer->n_operands == THAW_KERAS_MAX_OPERANDS)
    return refuse (self, "has too many inputs");
  self->layer->operands[self->layer->n_operands++] = *operand;
  return TRUE;
}

/* ["conv1", 0, 0, ...]: the layer, which of its calls, which of its results */
static gboolean
add_reference (ThawKerasCall *self, ThawJsonReader list)
{
  ThawJsonReader item;
  ThawKerasOperand operand = { 0 };
  g_autofree char *name = NULL;
  double number = 0;

  if (!thaw_json_next (&list, &item) || !(name = thaw_json_take_string (&item)))
    return refuse (self, "has an input that cannot be read");
  for (guint i = 0; i < 2; i++)
    if (thaw_json_next (&list, &item) && thaw_json_number (&item, &number) && number != 0)
      return refuse (self, "takes what another layer gives when it is called a second time, or its second result");
  operand.value = g_hash_table_lookup (self->values, name);
  return operand.value ? add_operand (self, &operand) : refuse (self, "takes the result of a layer that does not come before it");
}

/* Numbers as they are, or in what Keras wraps arrays in; anything else is none. */
static gboolean
add_numbers (ThawKerasCall *self, ThawJsonReader value)
{
  ThawKerasOperand operand = { 0 };
  ThawJsonReader config, inner;

  if (thaw_json_peek (&value) == '{' && thaw_json_find (&value, "config", &config) && thaw_json_find (&config, "value", &inner))
    value = inner;
  operand.n_numbers = thaw_keras_numbers (&value, operand.numbers, 3);
  return operand.n_numbers == 0 || add_operand (self, &operand);
}

/* Keras 3: a tensor, a number, or a list of such */
static gboolean
add_argument (ThawKerasCall *self, ThawJsonReader value)
{
  ThawJsonReader config, history, item;

  if (thaw_json_peek (&value) == '{' && thaw_keras_is (&value, "class_name", "__keras_tensor__"))
    {
      if (!thaw_json_find (&value, "config", &config) || !thaw_json_find (&config, "keras_history", &history))
        return refuse (self, "has an input that cannot be read");
      return add_reference (self, history);
    }
  if (thaw_json_peek (&value) != '[')
    return add_numbers (self, value);
  while (thaw_json_next (&value, &item))
    if (!add_argument (self, item))
      return FALSE;
  return TRUE;
}

/* What stands beside the tensors: {"y": 3.0}. Names of other things are no numbers, or numbers that say how. */
static gboolean
add_keywords (ThawKerasCall *self, const ThawJsonReader *keywords)
{
  static const char *const keys[] = { "x", "y", "x1", "x2", "value", "bias" };
  ThawJsonReader value;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (thaw_json_find (keywords, keys[i], &value)
        && !(thaw_json_peek (&value) == '[' && !self->is_new ? add_numbers (self, value) : add_argument (self, value)))
      return FALSE;
  return TRUE;
}

static gboolean
read_new (ThawKerasCall *self, const ThawJsonReader *node)
{
  ThawJsonReader part;

  if (thaw_json_find (node, "args", &part) && !add_argument (self, part))
    return FALSE;
  return !thaw_json_find (node, "kwargs", &part) || thaw_json_peek (&part) != '{' || add_keywords (self, &part);
}

/* ["conv1", 0, 0, {}] */
static gboolean
read_entry (ThawKerasCall *self, ThawJsonReader entry)
{
  ThawJsonReader at = entry, item;

  if (!add_reference (self, entry))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    if (!thaw_json_next (&at, &item))
      return TRUE;
  return thaw_json_peek (&item) != '{' || add_keywords (self, &item);
}

/* [["conv1", 0, 0, {}], ...], or one of these itself */
static gboolean
read_old (ThawKerasCall *self, ThawJsonReader node)
{
  ThawJsonReader at = node, item;

  while (thaw_json_next (&at, &item))
    {
      if (thaw_json_peek (&item) == '"')
        return read_entry (self, node);
      if (!read_entry (self, item))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_keras_call_read (ThawKerasCall *self, const ThawJsonReader *layer)
{
  ThawJsonReader nodes, node, other;

  if (!thaw_json_find (layer, "inbound_nodes", &nodes) || !thaw_json_next (&nodes, &node))
    return refuse (self, "has no input");
  if (thaw_json_next (&nodes, &other))
    return refuse (self, "is called more than once, which Thaw does not know");
  self->is_new = thaw_json_peek (&node) == '{';
  self->layer->call = node;
  if (!(self->is_new ? read_new (self, &node) : read_old (self, node)))
    return FALSE;
  return self->layer->n_operands > 0 || refuse (self, "has no input");
}
