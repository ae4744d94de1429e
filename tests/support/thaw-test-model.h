/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-executor.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-nn.h>

/* All parameters of @graph by the formula of thaw_test_parameter() (transfer full) */
ThawTensorMap *thaw_test_parameters (const ThawGraph *graph, double gain);
/* Every output of @graph, run by the engine on @inputs[i] ([n, ...], one an input): ThawTensor (transfer full) */
GPtrArray     *thaw_test_run        (ThawGraph *graph, ThawTensorMap *parameters, ThawTensor *const *inputs, guint n_threads);
/* The same by the double twin: each an array of doubles, GArray (transfer full) */
GPtrArray     *thaw_test_run_f64    (const ThawGraph *graph, const ThawTensorMap *parameters, ThawTensor *const *inputs);
/* The file of a model with random weights, written where it is not there yet; @classes as thaw_zoo_create() has it (transfer full) */
char          *thaw_test_backbone   (const char *architecture, int classes, guint64 seed);
/* One of the zoo's with random weights, for pictures of @side, and a new head where @head is given: three classes with awkward labels (transfer full) */
ThawModel     *thaw_test_small_model (const char *architecture, const char *head, int side);
/* Of what was built, with random weights, for two classes (transfer full) */
ThawModel     *thaw_test_model_of   (ThawBuilder *b, ThawNode *logits, ThawNode *features);
/* The logits of three pictures are the same but for @tolerance of the largest */
void           thaw_test_same_answers (const ThawModel *a, const ThawModel *b, double tolerance);
/* (transfer full) */
double        *thaw_test_doubles    (const float *values, gsize n);
