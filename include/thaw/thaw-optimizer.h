/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef enum { THAW_OPTIMIZER_SGD, THAW_OPTIMIZER_ADAM, THAW_OPTIMIZER_ADAMW, THAW_OPTIMIZER_RMSPROP, THAW_N_OPTIMIZERS } ThawOptimizerKind;

/* PyTorch's rules and defaults (torch.optim). */
typedef struct
{
  ThawOptimizerKind kind;
  double            momentum;      /* SGD; .9 */
  gboolean          nesterov;
  double            beta1, beta2;  /* Adam, AdamW; .9, .999 */
  double            alpha;         /* RMSprop; .99 */
  double            eps;           /* 1e-8 */
  double            weight_decay;  /* L2, or decoupled with AdamW */
} ThawOptimizerOptions;

void        thaw_optimizer_defaults (ThawOptimizerOptions *self, ThawOptimizerKind kind);
const char *thaw_optimizer_name     (ThawOptimizerKind kind); /* "adamw" */
gboolean    thaw_optimizer_parse    (ThawOptimizerKind *kind, const char *name, GError **error);
guint       thaw_optimizer_slots    (const ThawOptimizerOptions *self); /* moments a parameter needs: 0, 1 or 2 */

/* One update of @n numbers; @step counts from 1; @slots: zeros before the first. Elementwise: any split gives the same bits.
 * The double twin is the same source built again. */
void        thaw_optimizer_step_f32 (const ThawOptimizerOptions *options, double lr, guint64 step, gsize n, float *value, const float *gradient, float *const *slots);
void        thaw_optimizer_step_f64 (const ThawOptimizerOptions *options, double lr, guint64 step, gsize n, double *value, const double *gradient, double *const *slots);

/**
 * Softmax cross-entropy with label smoothing and class weights as torch.nn.functional.cross_entropy (mean: divided by @weight_sum, the sum of the
 * labels' class weights over the whole step).
 * @logits: [n, classes]; @gradient: [n, classes] (nullable); @losses: [n], each picture's share before the division
 */
void        thaw_cross_entropy_f32  (gint64 n, gint64 classes, const float *logits, const int *labels, double smoothing, const double *class_weights, double weight_sum, float *gradient, double *losses);
void        thaw_cross_entropy_f64  (gint64 n, gint64 classes, const double *logits, const int *labels, double smoothing, const double *class_weights, double weight_sum, double *gradient, double *losses);
/* the sum over the step that both need: class weights of the labels, or their number */
double      thaw_cross_entropy_weight (gint64 n, const int *labels, const double *class_weights);

typedef enum { THAW_SCHEDULE_CONSTANT, THAW_SCHEDULE_STEP, THAW_SCHEDULE_COSINE, THAW_SCHEDULE_ONE_CYCLE } ThawSchedule;

const char *thaw_schedule_name      (ThawSchedule schedule);
gboolean    thaw_schedule_parse     (ThawSchedule *schedule, const char *name, GError **error);
/* The factor on the base rate at @step of @n_steps, after @warmup steps that rise linearly. step: a tenth after each third.
 * cosine: to 0. one-cycle: from 1/25 up to 1 at 30 %, down to 1e-4 / 25, both cosine (Smith 2018, as PyTorch). */
double      thaw_schedule_factor    (ThawSchedule schedule, double step, double n_steps, double warmup);

G_END_DECLS
