/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Python says between brackets: x[..., ::-1], x[:, :, :, 8:16] */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-private.h"

typedef struct
{
  gint64   start, end;
  gboolean backwards; /* all of it, from its end */
} Range;

/* The list of what stands between the commas: Keras 3 has it as the second argument, older versions as "slice_spec" behind the layer's name */
static gboolean
find_list (const ThawKerasLayer *layer, ThawJsonReader *list)
{
  ThawJsonReader at = layer->call, args, item;

  if (thaw_json_find (&layer->call, "args", &args))
    return thaw_json_next (&args, &item) && thaw_json_next (&args, list) && thaw_json_peek (list) == '[';
  /* [["conv1", 0, 0, {}]], or the inner list alone */
  if (!thaw_json_next (&at, &item))
    return FALSE;
  if (thaw_json_peek (&item) == '[')
    at = item;
  else
    at = layer->call;
  for (guint i = 0; i < 4; i++)
    if (!thaw_json_next (&at, &item))
      return FALSE;
  return thaw_json_find (&item, "slice_spec", list) && thaw_json_peek (list) == '[';
}

static guint
count (ThawJsonReader list)
{
  ThawJsonReader item;
  guint n = 0;

  while (thaw_json_next (&list, &item))
    n++;
  return n;
}

/* As Python counts: from the end where it is negative, and not beyond either */
static gboolean
read_limit (const ThawJsonReader *slice, const char *key, gint64 size, gint64 *limit)
{
  ThawJsonReader value;
  double number;

  if (!thaw_json_find (slice, key, &value) || thaw_json_peek (&value) == 'n')
    return TRUE;
  if (!thaw_json_number (&value, &number) || number != floor (number) || fabs (number) > 1e9)
    return FALSE;
  *limit = CLAMP ((gint64) number + (number < 0 ? size : 0), 0, size);
  return TRUE;
}

static gboolean
read_range (const ThawJsonReader *item, gint64 size, Range *range)
{
  ThawJsonReader config, step;
  const ThawJsonReader *slice = thaw_json_find (item, "config", &config) ? &config : item;
  double number = 1;

  *range = (Range){ 0, size, FALSE };
  if (thaw_json_peek (&(ThawJsonReader){ item->at, item->end }) != '{' || !read_limit (slice, "start", size, &range->start)
      || !read_limit (slice, "stop", size, &range->end))
    return FALSE;
  if (thaw_json_find (slice, "step", &step) && thaw_json_peek (&step) != 'n' && !thaw_json_number (&step, &number))
    return FALSE;
  range->backwards = number == -1 && range->start == 0 && range->end == size;
  return number == 1 || range->backwards;
}

/* A range for each axis of @shape, three dots standing for those in the middle; FALSE where the list says something else */
static gboolean
read_ranges (ThawJsonReader list, const ThawShape *shape, Range *ranges)
{
  int axis = 0, left = (int) MIN (count (list), THAW_MAX_RANK + 2);
  gboolean dots = FALSE;
  ThawJsonReader item;

  for (int i = 0; i < shape->rank; i++)
    ranges[i] = (Range){ 0, shape->dim[i], FALSE };
  for (; thaw_json_next (&list, &item); left--)
    if (!dots && thaw_keras_is (&item, "class_name", "__ellipsis__"))
      {
        dots = TRUE;
        axis = shape->rank - left + 1;
      }
    else if (axis < 0 || axis >= shape->rank || !read_range (&item, shape->dim[axis], &ranges[axis]))
      return FALSE;
    else
      axis++;
  return TRUE;
}

static gboolean
is_whole (const Range *range, gint64 size)
{
  return !range->backwards && range->start == 0 && range->end == size;
}

/* The picture with its channels the other way round, and nothing else */
static gboolean
turns_picture (const ThawKerasValue *x, const Range *ranges)
{
  const ThawShape *shape = &x->node->shape;

  return x->picture && ranges[3].backwards && is_whole (&ranges[0], shape->dim[0]) && is_whole (&ranges[1], shape->dim[1])
         && is_whole (&ranges[2], shape->dim[2]);
}

static void
turn (const ThawKerasValue *x, ThawKerasValue *value)
{
  *value = *x;
  value->turned = !x->turned;
  for (int c = 0; c < 3; c++)
    {
      value->scale[c] = x->scale[2 - c];
      value->offset[c] = x->offset[2 - c];
    }
}

static ThawNode *
cut (ThawKerasLayer *layer, const Range *ranges, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  int last = 0;

  for (int i = 0; x && i < x->shape.rank; i++)
    {
      if (ranges[i].backwards || (i == 0 && !is_whole (&ranges[i], 1)))
        return thaw_keras_refuse (layer, "turns round what is no picture, or picks some of the pictures", error);
      last = is_whole (&ranges[i], x->shape.dim[i]) ? last : i;
    }
  for (int i = 1; x && i <= last; i++)
    {
      g_autofree char *part = g_strdup_printf ("axis%d", i);

      if (!is_whole (&ranges[i], x->shape.dim[i]))
        x = thaw_nn_slice (&layer->reader->b, x, i == last ? layer->name : thaw_keras_path (layer->reader, layer->name, part), i,
                           ranges[i].start, ranges[i].end - ranges[i].start);
    }
  return x;
}

int
thaw_keras_slice (ThawKerasLayer *layer, ThawKerasValue *value, GError **error)
{
  const ThawKerasValue *x = layer->n_operands > 0 ? layer->operands[0].value : NULL;
  Range ranges[THAW_MAX_RANK];
  ThawJsonReader list;

  if (!g_str_equal (layer->class_name, "GetItem") && !g_str_equal (layer->class_name, "SlicingOpLambda"))
    return -1;
  if (!x || !layer->call.at || !find_list (layer, &list) || !read_ranges (list, &x->node->shape, ranges))
    return thaw_keras_refuse (layer, "picks parts in a way that Thaw does not know", error) != NULL;
  if (turns_picture (x, ranges))
    turn (x, value);
  else
    *value = (ThawKerasValue){ .node = cut (layer, ranges, error) };
  return value->node != NULL;
}
