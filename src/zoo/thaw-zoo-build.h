/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-zoo-private.h"

/* The model without parameters; @size as in ThawZooRequest */
ThawModel *thaw_zoo_build (const char *architecture, int size, gint64 classes, GError **error);
/* "resnet18, resnet34 ...": all of them (transfer full) */
char      *thaw_zoo_known (void);

/* thaw_zoo_graph() under the family's own names: to look at many, of which most are not what is looked for */
ThawGraph *thaw_zoo_own_graph (const char *architecture, int size, gint64 classes, ThawNode **features, ThawPreprocessing *preprocessing, GError **error);
/* "MobileNetV2 (timm)" (transfer full) */
char      *thaw_zoo_title (const char *architecture);

/* The rules that make timm's names of a family's (nullable: there are none), and what they make of a name (transfer full) and of the shape that goes
 * with the name they made */
const ThawZooRule *thaw_zoo_rules (const char *architecture);
char      *thaw_zoo_translate (gpointer rules, const char *name);
/* What @weights has for the parameter @node of thaw_zoo_own_graph() (nullable). @name: (out) (transfer full): what files call it */
const ThawTensor *thaw_zoo_find_tensor (const ThawZooRule *rules, const ThawNode *node, const ThawTensorMap *weights, char **name);
ThawShape  thaw_zoo_timm_shape (const ThawZooRule *rules, const char *name, const ThawShape *shape);
/* The architecture of a family's own that @architecture is: itself unless it is one of timm's */
const char *thaw_zoo_own (const char *architecture);
const char *thaw_zoo_timm_nth (const ThawFamily *family, guint i);
void       thaw_zoo_timm_request (const char *architecture, ThawZooRequest *request);
/* As one of timm's wants them, for the size that they have */
void       thaw_zoo_timm_preprocessing (const char *architecture, ThawPreprocessing *preprocessing);
/* The picture size that @weights are for as @architecture, where they say it; 0 */
int        thaw_zoo_measure (const char *architecture, const ThawTensorMap *weights);
const char *thaw_zoo_timm_assumption (const char *architecture);

/* Why no family recognised @weights: what is nearest and where it differs. */
void       thaw_zoo_set_unknown_error (const ThawTensorMap *weights, GError **error);
/* What a file's metadata say beyond the network: title, licence, top1, labels, preprocessing but its size */
gboolean   thaw_zoo_apply_metadata (ThawModel *model, GHashTable *metadata, GError **error);
