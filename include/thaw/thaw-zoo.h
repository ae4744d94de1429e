/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-model.h>

G_BEGIN_DECLS

/**
 * ThawFamily:
 *
 * One architecture family, one file in src/zoo/, one line in thaw-zoo-list.inc.
 */
struct _ThawFamily
{
  const char        *name;           /* "mobilenet_v2" */
  const char *const *architectures;  /* NULL-terminated: the names build() knows */
  const char *const *titles;         /* one an architecture: "MobileNetV2" */

  /* The network with its pretrained classifier for @classes, without parameter data.
   * @features: (out): the classifier's input. @preprocessing: (out): the family's default. */
  ThawGraph *(*build)     (const char *architecture, gint64 classes, ThawNode **features, ThawPreprocessing *preprocessing, GError **error);

  /* Whether names and shapes in @weights are this family's: returns the architecture (transfer none) and
   * the number of classes, or NULL. May rename and relayout: @weights is the reader's own copy. */
  const char *(*recognise) (ThawTensorMap *weights, gint64 *classes);

  /* (nullable) one an architecture: what recognise() takes for granted where it gives that one, and what to say otherwise */
  const char *const *assumptions;
};

guint             thaw_zoo_n_families (void);
const ThawFamily *thaw_zoo_family     (guint i);

/* The family that has @architecture (nullable) */
const ThawFamily *thaw_zoo_find      (const char *architecture);

/* Random weights. @classes 0: 1000. Unknown names: error that lists the known ones. */
ThawModel *thaw_zoo_create    (const char *architecture, gint64 classes, guint64 seed, GError **error);

/**
 * thaw_zoo_from_weights:
 * @weights: (inout): looked at alone; tensors that are float32 already are shared with the model
 * @metadata: (nullable): string -> string: "architecture", "labels" (JSON array), "preprocessing" (JSON),
 *   "licence", "head", "cut_at", "title", "top1": what Thaw itself writes; all optional
 *
 * A model from named tensors: recognised by names and shapes, or rebuilt from metadata. Every tensor of the
 * architecture must be there with its shape, in float32 afterwards.
 */
ThawModel *thaw_zoo_from_weights (ThawTensorMap *weights, GHashTable *metadata, GError **error);
/* @model as torchvision's weights file called @file_name wants it (resnet50-11ad3fa6.pth: scaled to 232): size, resize rule, filter
 * and accuracy, which the file itself does not tell. Other names change nothing. (transfer full) */
ThawModel *thaw_zoo_published    (const ThawModel *model, const char *file_name);
/* What was taken for granted because the tensors of @architecture do not say it, a sentence; NULL where nothing was */
const char *thaw_zoo_assumption  (const char *architecture);
/* The metadata of @model for a weights file: the inverse of the above (transfer full) */
GHashTable *thaw_zoo_metadata    (const ThawModel *model);

G_END_DECLS
