/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-op.h>

#include "thaw-model-private.h"

/* The area of an image, the length of a sequence, 1 for a row. */
static gint64
area (const ThawNode *node)
{
  const ThawShape *shape = &node->shape;

  return shape->rank == 4 ? shape->dim[1] * shape->dim[2] : shape->rank == 3 ? shape->dim[1] : 1;
}

/* The last image (or sequence) before the classifier that a layer with weights makes. */
static const ThawNode *
final_value (const ThawModel *self)
{
  const ThawNode *found = NULL;

  for (guint id = 0; id <= self->features->id; id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->batched && node->shape.rank > 2 && node->n_inputs > 1 && node->inputs[1]
          && node->inputs[1]->op == THAW_OP_PARAMETER)
        found = node;
    }
  return found;
}

static gboolean
ends_at (const ThawLayer *layer, const ThawNode *final)
{
  const ThawNode *value = thaw_layer_value (layer);

  return value && value->shape.rank == final->shape.rank && area (value) == area (final);
}

/* A container of blocks, such as "features": its parts end at several resolutions. */
static gboolean
changes_resolution (const ThawLayer *layer, const ThawNode *final)
{
  for (guint i = 0; i < layer->children->len; i++)
    if (!ends_at (g_ptr_array_index (layer->children, i), final))
      return TRUE;
  return FALSE;
}

static const ThawLayer *
first_block (const ThawLayer *layer, const ThawNode *final)
{
  for (guint i = 0; i < layer->children->len; i++)
    {
      const ThawLayer *row = g_ptr_array_index (layer->children, i);

      if (row->parameters > 0 && ends_at (row, final))
        {
          const ThawLayer *inner
              = changes_resolution (row, final) ? first_block (row, final) : NULL;

          return inner ? inner : row;
        }
    }
  return NULL;
}

const char *
thaw_model_last_blocks (const ThawModel *self)
{
  const ThawNode *final = final_value (self);
  const ThawLayer *block = final ? first_block (self->layers, final) : NULL;

  for (guint i = 0; !block && i < self->layers->children->len; i++)
    {
      const ThawLayer *row = g_ptr_array_index (self->layers->children, i);

      if (row->parameters > 0)
        block = row;
    }
  return block ? block->name : "";
}
