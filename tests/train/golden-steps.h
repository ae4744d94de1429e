/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-zoo.h>

enum { GOLDEN_BATCH = 8, GOLDEN_CLASSES = 10 };

/* One case of ../shared/golden/training_steps.json, with the network set up and cut as it asks. */
typedef struct
{
  ThawModel           *model;      /* dropout off */
  ThawTensorMap       *parameters; /* by the formula */
  ThawFreeze          *freeze;
  ThawGraph           *before;     /* NULL where everything trains */
  ThawGraph           *after;      /* output 0: the logits; others are looked at alone */
  GPtrArray           *trainable;  /* names */
  ThawTensor          *pictures;
  int                  labels[GOLDEN_BATCH];
  ThawOptimizerOptions options;
  double               lr, smoothing, clip; /* clip 0: none */
  double              *class_weights;       /* NULL: none */
  double               weight_sum;
} GoldenCase;

typedef struct _GoldenEngine GoldenEngine;

/* What trains: the engine in float, or the twins in double. */
typedef struct
{
  GoldenEngine *(*open)     (const GoldenCase *golden);
  void          (*close)    (GoldenEngine *self);
  /* forward and backward; returns the loss */
  double        (*step)     (GoldenEngine *self, const GoldenCase *golden);
  void          (*scale)    (GoldenEngine *self, const GoldenCase *golden, double factor);
  void          (*update)   (GoldenEngine *self, const GoldenCase *golden, guint64 step);
  /* as doubles (transfer full) */
  double       *(*gradient) (GoldenEngine *self, const char *name, gsize n);
  double       *(*value)    (GoldenEngine *self, const char *name, gsize n);
  /* on which side of its kinks every value of outputs 1, 2 ... was in the last step, a byte each (transfer none) */
  const guint8 *(*gates)    (GoldenEngine *self);
} GoldenEngineClass;

/* ReLU and ReLU6, alone or fused; NONE where there is no kink */
ThawActivation golden_kinks      (const ThawNode *node);
/* values of outputs 1, 2 ... for the whole batch */
gsize          golden_gate_count (const ThawGraph *graph);
static inline guint8
golden_gate (ThawActivation activation, double y)
{
  return y <= 0 ? 0 : activation == THAW_ACTIVATION_RELU6 && y >= 6 ? 2 : 1;
}

extern const GoldenEngineClass golden_engine_f32, golden_engine_f64;
