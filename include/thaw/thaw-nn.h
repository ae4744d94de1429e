/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-graph.h>

G_BEGIN_DECLS

/* Layers as functions node -> node. Each adds the parameters "NAME.weight" ... to the graph and the
 * operation called NAME. A NULL @x gives NULL, so that a builder checks once; the first failure is kept
 * in the builder. */
typedef struct
{
  ThawGraph *graph;
  GError    *error;   /* the first failure */
  GStringChunk *names; /* (nullable): a builder's own, for names that it puts together */
} ThawBuilder;

typedef struct
{
  gint64      out;
  int         kernel;      /* square; or set kernel_hw */
  int         kernel_hw[2];
  int         stride;      /* 0 means 1 */
  int         dilation;    /* 0 means 1 */
  int         pad;         /* on every side; or set pad_hw: above and below, left and right */
  int         pad_hw[2];
  ThawPadding padding;
  int         groups;      /* 0 means 1; = in = out: depthwise */
  gboolean    bias;
} ThawConvSpec;

ThawNode *thaw_nn_conv       (ThawBuilder *b, ThawNode *x, const char *name, const ThawConvSpec *spec);
ThawNode *thaw_nn_linear     (ThawBuilder *b, ThawNode *x, const char *name, gint64 out, gboolean bias);
ThawNode *thaw_nn_batchnorm  (ThawBuilder *b, ThawNode *x, const char *name, double eps);
ThawNode *thaw_nn_activation (ThawBuilder *b, ThawNode *x, const char *name, ThawActivation activation);
ThawNode *thaw_nn_dropout    (ThawBuilder *b, ThawNode *x, const char *name, float p);
ThawNode *thaw_nn_max_pool   (ThawBuilder *b, ThawNode *x, const char *name, int kernel, int stride, int pad, gboolean ceil_mode);
ThawNode *thaw_nn_avg_pool   (ThawBuilder *b, ThawNode *x, const char *name, int kernel, int stride, int pad);
ThawNode *thaw_nn_global_pool (ThawBuilder *b, ThawNode *x, const char *name);
ThawNode *thaw_nn_adaptive_pool (ThawBuilder *b, ThawNode *x, const char *name, gint64 height, gint64 width);
ThawNode *thaw_nn_add        (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name);
ThawNode *thaw_nn_mul        (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name);
ThawNode *thaw_nn_concat     (ThawBuilder *b, ThawNode *const *x, guint n, const char *name, int axis);
ThawNode *thaw_nn_layernorm  (ThawBuilder *b, ThawNode *x, const char *name, double eps);
ThawNode *thaw_nn_softmax    (ThawBuilder *b, ThawNode *x, const char *name, int axis);
ThawNode *thaw_nn_matmul     (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name);
/* @shape: with the leading 1 of a batched value */
ThawNode *thaw_nn_reshape    (ThawBuilder *b, ThawNode *x, const char *name, const ThawShape *shape);
/* @perm: one number an axis of @x, the batch axis first */
ThawNode *thaw_nn_transpose  (ThawBuilder *b, ThawNode *x, const char *name, const int *perm);
/* bottom and right */
ThawNode *thaw_nn_pad        (ThawBuilder *b, ThawNode *x, const char *name, int bottom, int right);
ThawNode *thaw_nn_slice      (ThawBuilder *b, ThawNode *x, const char *name, int axis, gint64 start, gint64 length);
ThawNode *thaw_nn_shuffle    (ThawBuilder *b, ThawNode *x, const char *name, gint64 groups);
/* the single number @value, for thaw_nn_mul() */
ThawNode *thaw_nn_number     (ThawBuilder *b, const char *name, double value);
ThawNode *thaw_nn_normalize  (ThawBuilder *b, ThawNode *x, const char *name);
ThawNode *thaw_nn_exp        (ThawBuilder *b, ThawNode *x, const char *name);
ThawNode *thaw_nn_relative_bias (ThawBuilder *b, ThawNode *table, const char *name, gint64 height, gint64 width);
ThawNode *thaw_nn_constant   (ThawBuilder *b, const char *name, const ThawConstantParams *constant);
/* a parameter called NAME itself */
ThawNode *thaw_nn_parameter  (ThawBuilder *b, const char *name, const ThawShape *shape);
/* with parameters that were made already; @bias: (nullable) */
ThawNode *thaw_nn_linear_with (ThawBuilder *b, ThawNode *x, const char *name, ThawNode *weight, ThawNode *bias);
/* to [N, H*W*C] in PyTorch's order (C, H, W) */
ThawNode *thaw_nn_flatten    (ThawBuilder *b, ThawNode *x, const char *name);

/**
 * thaw_nn_initialise:
 * @prefix: only parameters under this name; "" for all
 *
 * Fills the graph's parameters in @parameters from the seed, adding those that are missing and replacing
 * others: convolutions Kaiming normal (fan out, gain of ReLU), linear layers uniform in
 * +-1/sqrt (in) for weight and bias as PyTorch does, BatchNorm and LayerNorm 1 and 0, running statistics
 * 0 and 1. The stream is (seed, THAW_RANDOM_INIT, 0, FNV-1a of the name), so that a parameter's values
 * depend on no other parameter.
 */
void      thaw_nn_initialise (const ThawGraph *graph, ThawTensorMap *parameters, const char *prefix, guint64 seed);

G_END_DECLS
