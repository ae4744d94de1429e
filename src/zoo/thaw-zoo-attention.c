/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-zoo-attention.h"

/* Part @i of @qkv as [1, windows, heads, places, C / heads] */
static ThawNode *
split_heads (ThawBuilder *b, ThawNode *qkv, const ThawZooAttention *self, int i)
{
  static const char *const parts[] = { "query", "key", "value" };
  static const int turn[] = { 0, 1, 3, 2, 4 };
  const char *name = thaw_zoo_path (b, "%s.%s", self->name, parts[i]);
  gint64 width = qkv ? qkv->shape.dim[2] / 3 : 0;
  ThawNode *x = thaw_nn_slice (b, qkv, thaw_zoo_path (b, "%s_part", name), 2, i * width, width);

  x = thaw_nn_reshape (
      b, x, thaw_zoo_path (b, "%s_heads", name),
      &THAW_SHAPE (1, self->windows, self->places, self->heads, width / self->heads));
  return thaw_nn_transpose (b, x, name, turn);
}

/* What is added to the scores [1, windows, heads, places, places] (nullable) */
static ThawNode *
join_bias (ThawBuilder *b, const ThawZooAttention *self)
{
  ThawNode *mask;

  if (!self->mask)
    return self->bias;
  mask = thaw_nn_reshape (b, self->mask, thaw_zoo_path (b, "%s.mask_of_heads", self->name),
                          &THAW_SHAPE (self->windows, 1, self->places, self->places));
  return self->bias
             ? thaw_nn_add (b, mask, self->bias, thaw_zoo_path (b, "%s.masked_bias", self->name))
             : mask;
}

static ThawNode *
add_scores (ThawBuilder *b, ThawNode *query, ThawNode *key, const ThawZooAttention *self)
{
  static const int turn[] = { 0, 1, 2, 4, 3 };
  ThawNode *x;

  if (self->logit_scale)
    {
      query = thaw_nn_normalize (b, query, thaw_zoo_path (b, "%s.query_direction", self->name));
      key = thaw_nn_normalize (b, key, thaw_zoo_path (b, "%s.key_direction", self->name));
    }
  else
    {
      x = thaw_nn_number (b, thaw_zoo_path (b, "%s.factor", self->name), self->scale);
      query = thaw_nn_mul (b, query, x, thaw_zoo_path (b, "%s.scaled_query", self->name));
    }
  key = thaw_nn_transpose (b, key, thaw_zoo_path (b, "%s.turned_key", self->name), turn);
  x = thaw_nn_matmul (b, query, key, thaw_zoo_path (b, "%s.scores", self->name));
  if (!self->logit_scale)
    return x;
  return thaw_nn_mul (b, x, self->logit_scale, thaw_zoo_path (b, "%s.scaled_scores", self->name));
}

ThawNode *
thaw_zoo_attention (ThawBuilder *b, ThawNode *qkv, const ThawZooAttention *self)
{
  static const int turn[] = { 0, 1, 3, 2, 4 };
  ThawNode *parts[3], *x, *bias = join_bias (b, self);

  for (int i = 0; i < 3; i++)
    parts[i] = split_heads (b, qkv, self, i);
  x = add_scores (b, parts[0], parts[1], self);
  if (bias)
    x = thaw_nn_add (b, x, bias, thaw_zoo_path (b, "%s.biased_scores", self->name));
  x = thaw_nn_softmax (b, x, thaw_zoo_path (b, "%s.softmax", self->name), 4);
  x = thaw_nn_matmul (b, x, parts[2], thaw_zoo_path (b, "%s.weighted", self->name));
  x = thaw_nn_transpose (b, x, thaw_zoo_path (b, "%s.by_place", self->name), turn);
  return thaw_nn_reshape (
      b, x, thaw_zoo_path (b, "%s.joined", self->name),
      &THAW_SHAPE (1, self->windows * self->places, qkv ? qkv->shape.dim[2] / 3 : 0));
}

ThawNode *
thaw_zoo_mlp (ThawBuilder *b, ThawNode *x, const char *name, const char *const *layers, gint64 wide)
{
  gint64 width = x ? x->shape.dim[x->shape.rank - 1] : 0;

  x = thaw_nn_linear (b, x, thaw_zoo_path (b, "%s.%s", name, layers[0]), wide, TRUE);
  x = thaw_nn_activation (b, x, thaw_zoo_path (b, "%s.%s", name, layers[1]), THAW_ACTIVATION_GELU);
  return thaw_nn_linear (b, x, thaw_zoo_path (b, "%s.%s", name, layers[2]), width, TRUE);
}

ThawNode *
thaw_zoo_to_windows (ThawBuilder *b, ThawNode *x, const char *name, gint64 height, gint64 width)
{
  static const int turn[] = { 0, 1, 3, 2, 4, 5 };
  gint64 h = x ? x->shape.dim[1] : 0, w = x ? x->shape.dim[2] : 0, c = x ? x->shape.dim[3] : 0;

  x = thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.grid", name),
                       &THAW_SHAPE (1, h / height, height, w / width, width, c));
  x = thaw_nn_transpose (b, x, thaw_zoo_path (b, "%s.by_window", name), turn);
  return thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.windows", name), &THAW_SHAPE (1, h * w, c));
}

ThawNode *
thaw_zoo_from_windows (ThawBuilder *b,
                       ThawNode *x,
                       const char *name,
                       const ThawShape *image,
                       gint64 height,
                       gint64 width)
{
  static const int turn[] = { 0, 1, 3, 2, 4, 5 };
  gint64 h = image->dim[1], w = image->dim[2];

  x = thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.window_grid", name),
                       &THAW_SHAPE (1, h / height, w / width, height, width, image->dim[3]));
  x = thaw_nn_transpose (b, x, thaw_zoo_path (b, "%s.by_row", name), turn);
  return thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.image", name), image);
}
