/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-zoo-private.h"

/* Attention of the tokens [1, windows * places, C] to the others of their window. */
typedef struct
{
  const char *name;                   /* of the attention: what is put together inside begins so */
  gint64      windows, places, heads;
  double      scale;                  /* on the queries; 0: cosine attention */
  ThawNode   *logit_scale;            /* cosine attention: [heads, 1, 1] */
  ThawNode   *bias;                   /* (nullable): [heads, places, places] */
  ThawNode   *mask;                   /* (nullable): [windows, places, places] */
} ThawZooAttention;

/* @qkv: queries, keys and values side by side, [1, windows * places, 3 C]; returns [1, windows * places, C] */
ThawNode *thaw_zoo_attention    (ThawBuilder *b, ThawNode *qkv, const ThawZooAttention *self);
/* Linear (GELU (Linear (x))), called @layers[0] (@wide), @layers[1] and @layers[2] below @name */
ThawNode *thaw_zoo_mlp          (ThawBuilder *b, ThawNode *x, const char *name, const char *const *layers, gint64 wide);
/* The image [1, H, W, C] in windows of @height x @width as tokens [1, windows * places, C], and back */
ThawNode *thaw_zoo_to_windows   (ThawBuilder *b, ThawNode *x, const char *name, gint64 height, gint64 width);
ThawNode *thaw_zoo_from_windows (ThawBuilder *b, ThawNode *x, const char *name, const ThawShape *image, gint64 height, gint64 width);
