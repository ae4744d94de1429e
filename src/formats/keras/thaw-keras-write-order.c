/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keras sorts the layers that it reads: those furthest from the end first, and of those as far, the one that it comes to first when it
 * walks from the end back (keras.src.ops.function.map_graph). */
#include "thaw-keras-write.h"

typedef struct
{
  ThawKerasWritten *layer;
  guint             depth, met;
} Place;

static const ThawKerasWritten *
layer_at (const ThawKerasWriter *self, guint i)
{
  return g_ptr_array_index (self->layers, i);
}

/* Every layer stands behind those it is called with. */
static void
find_depths (const ThawKerasWriter *self, Place *places)
{
  for (guint i = self->layers->len; i-- > 0;)
    {
      const GArray *inputs = layer_at (self, i)->inputs;

      places[i].layer = g_ptr_array_index (self->layers, i);
      for (guint k = 0; k < inputs->len; k++)
        {
          Place *input = &places[g_array_index (inputs, guint, k)];

          input->depth = MAX (input->depth, places[i].depth + 1);
        }
    }
}

static void
walk_back (const ThawKerasWriter *self, Place *places)
{
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (guint));
  guint at = thaw_keras_last (self), met = 0;

  g_array_append_val (waiting, at);
  while (waiting->len > 0)
    {
      const GArray *inputs;

      at = g_array_index (waiting, guint, waiting->len - 1);
      g_array_set_size (waiting, waiting->len - 1);
      if (places[at].met > 0)
        continue;
      places[at].met = ++met;
      inputs = layer_at (self, at)->inputs;
      for (guint k = inputs->len; k-- > 0;)
        g_array_append_val (waiting, g_array_index (inputs, guint, k));
    }
}

static int
compare_places (const void *a, const void *b)
{
  const Place *x = a, *y = b;

  if (x->depth != y->depth)
    return x->depth > y->depth ? -1 : 1;
  return x->met < y->met ? -1 : x->met > y->met;
}

GPtrArray *
thaw_keras_order (const ThawKerasWriter *self)
{
  guint n = self->layers->len;
  g_autofree Place *places = g_new0 (Place, n);
  GPtrArray *order = g_ptr_array_sized_new (n);

  find_depths (self, places);
  walk_back (self, places);
  qsort (places, n, sizeof *places, compare_places);
  for (guint i = 0; i < n; i++)
    if (places[i].met > 0)
      g_ptr_array_add (order, places[i].layer);
  return order;
}
