/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-field.h"

#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

extern const ThawField thaw_phase_fields[];
extern const ThawField thaw_augmentation_fields[];
extern const ThawField thaw_train_options_fields[];

/* Preset, layer or patterns, and BatchNorm's rules, of @from */
void     thaw_phase_copy_freezing  (ThawPhase *self, const ThawPhase *from);
/* An object */
void       thaw_phase_write        (const ThawPhase *self, JsonBuilder *builder);
ThawPhase *thaw_phase_read         (JsonObject *object, GError **error);

/* Each of the three ways to say what trains takes the place of the others; freezing adds a pattern. */
void     thaw_phase_set_preset     (ThawPhase *self, const char *preset);
void     thaw_phase_set_train_from (ThawPhase *self, const char *layer);
void     thaw_phase_add_freeze     (ThawPhase *self, const char *pattern);
void     thaw_phase_add_rate       (ThawPhase *self, const char *pattern, double factor);
void     thaw_phase_add_bn         (ThawPhase *self, const char *pattern, gboolean batch);
/* "head", "last" or "all" */
gboolean thaw_preset_check         (const char *name, GError **error);

G_END_DECLS
