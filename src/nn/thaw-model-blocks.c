/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-model-private.h"

/* The area of an image, the length of a sequence, 1 for a row. */
static gint64
area (const ThawNode *node)
{
  const ThawShape *shape = &node->shape;

  return shape->rank == 4 ? shape->dim[1] * shape->dim[2] : shape->rank == 3 ? shape->dim[1] : 1;
}

/* The last image (or sequence) before the classifier that a layer with weights makes; a single
 * place, as a norm behind the pool has it, only where there is nothing else. */
static const ThawNode *
final_value (const ThawModel *self)
{
  const ThawNode *found = NULL;

  for (guint id = 0; id <= self->features->id; id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->batched && node->shape.rank > 2 && node->n_inputs > 1 && node->inputs[1]
          && node->inputs[1]->op == THAW_OP_PARAMETER
          && (area (node) > 1 || !found || area (found) == 1))
        found = node;
    }
  return found;
}

static gboolean
ends_at (const ThawLayer *layer, const ThawNode *final)
{
  const ThawNode *value = thaw_layer_value (layer);

  return value && value->shape.rank > 2 && area (value) == area (final);
}

/* What ends by joining its branches is one block. */
static gboolean
joins_branches (const ThawLayer *layer)
{
  const ThawNode *value = thaw_layer_value (layer);

  for (guint i = 0; i < layer->children->len; i++)
    if (((const ThawLayer *)g_ptr_array_index (layer->children, i))->node == value)
      return value && (value->op == THAW_OP_CONCAT || value->op == THAW_OP_ADD);
  return FALSE;
}

/* A container of blocks, such as "features": its parts end at several resolutions. */
static gboolean
changes_resolution (const ThawLayer *layer, const ThawNode *final)
{
  if (joins_branches (layer))
    return FALSE;
  for (guint i = 0; i < layer->children->len; i++)
    {
      const ThawLayer *row = g_ptr_array_index (layer->children, i);

      if (row->parameters > 0 && !ends_at (row, final))
        return TRUE;
    }
  return FALSE;
}

/* A sequence keeps its length from the first block to the last: then it is the last quarter of
 * them. */
static const ThawLayer *
last_quarter (const ThawLayer *layer)
{
  guint n = layer->children->len;
  const ThawNode *value = thaw_layer_value (layer);

  return value->shape.rank == 3 && n >= 4 ? g_ptr_array_index (layer->children, n - (n + 2) / 4)
                                          : layer;
}

static gboolean
holds (const ThawLayer *layer, const ThawNode *node)
{
  gsize length = strlen (layer->name);

  return strncmp (node->name, layer->name, length) == 0 && node->name[length] == '.';
}

static const ThawLayer *
first_block (const ThawLayer *layer, const ThawNode *final)
{
  for (guint i = 0; i < layer->children->len; i++)
    {
      const ThawLayer *row = g_ptr_array_index (layer->children, i);
      const ThawLayer *inner = NULL;

      if (row->parameters == 0)
        continue;
      if (ends_at (row, final))
        {
          inner = changes_resolution (row, final) ? first_block (row, final) : NULL;
          return inner ? inner : last_quarter (row);
        }
      /* one that a pool ends */
      if (holds (row, final))
        inner = first_block (row, final);
      if (inner)
        return inner;
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
