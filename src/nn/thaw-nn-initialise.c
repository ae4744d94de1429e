/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-freeze.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-random.h>

/* What a parameter is to the operation that reads it. */
typedef enum
{
  RULE_ZERO,
  RULE_ONE,
  RULE_NORMAL,
  RULE_UNIFORM
} Rule;

typedef struct
{
  Rule rule;
  double scale;
} Plan;

static guint64
fnv1a (const char *text)
{
  guint64 hash = 0xcbf29ce484222325u;

  for (const char *c = text; *c; c++)
    hash = (hash ^ (guint8) *c) * 0x100000001b3u;
  return hash;
}

/* He et al. 2015, fan out: a kernel's outputs that one input value reaches, and a gain. */
static Plan
plan_conv (const ThawNode *node, guint input)
{
  const ThawShape *shape = &node->inputs[1]->shape;
  gint64 groups = node->op == THAW_OP_DEPTHWISE ? shape->dim[0] : node->params.window.groups;
  double fan = (double) shape->dim[0] / groups * shape->dim[2] * shape->dim[3];

  return input == 1 ? (Plan){ RULE_NORMAL, sqrt (2 / fan) } : (Plan){ RULE_ZERO };
}

static Plan
plan_parameter (const ThawNode *node, guint input)
{
  switch (node->op)
    {
    case THAW_OP_CONV:
    case THAW_OP_DEPTHWISE:
      return plan_conv (node, input);
    case THAW_OP_LINEAR:
      return (Plan){ RULE_UNIFORM, 1 / sqrt (node->inputs[1]->shape.dim[1]) };
    case THAW_OP_BATCHNORM:
      return (Plan){ input == 1 || input == 4 ? RULE_ONE : RULE_ZERO };
    case THAW_OP_LAYERNORM:
      return (Plan){ input == 1 ? RULE_ONE : RULE_ZERO };
    default:
      return (Plan){ RULE_NORMAL, .02 }; /* embeddings, as Dosovitskiy et al. 2020 begin */
    }
}

static ThawTensor *
make (const ThawNode *parameter, Plan plan, guint64 seed)
{
  ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &parameter->shape);
  ThawRandom random = thaw_random (seed, THAW_RANDOM_INIT, 0, fnv1a (parameter->name));
  gint64 n = thaw_tensor_count (tensor);
  float *x = thaw_tensor_f32 (tensor);

  for (gint64 i = 0; i < n; i++)
    switch (plan.rule)
      {
      case RULE_ZERO:
        x[i] = 0;
        break;
      case RULE_ONE:
        x[i] = 1;
        break;
      case RULE_NORMAL:
        x[i] = (float) (plan.scale * thaw_random_normal (&random));
        break;
      case RULE_UNIFORM:
        x[i] = (float) thaw_random_range (&random, -plan.scale, plan.scale);
        break;
      }
  return tensor;
}

void
thaw_nn_initialise (const ThawGraph *graph, ThawTensorMap *parameters, const char *prefix,
                    guint64 seed)
{
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        {
          ThawNode *input = node->inputs[i];

          /* The first reader of a parameter decides what it is. */
          if (input && input->op == THAW_OP_PARAMETER
              && (!*prefix || thaw_name_matches (input->name, prefix))
              && g_hash_table_add (done, input))
            thaw_tensor_map_take (parameters, input->name,
                                  make (input, plan_parameter (node, i), seed));
        }
    }
}
