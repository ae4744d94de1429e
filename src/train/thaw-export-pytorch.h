/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-export.h>

G_BEGIN_DECLS

/* Whether it is a format of PyTorch's: a state dict, timm's folder or a training's */
gboolean   thaw_export_is_pytorch    (const ThawExportOptions *options);
/* The file or the folder @path; @dataset: (nullable): for a training alone */
gboolean   thaw_export_write_pytorch (const ThawModel *model, const ThawDataset *dataset, const ThawExportOptions *options, const char *path, GError **error);
/* The state dict in @path as a model that should be @like */
ThawModel *thaw_export_read_state    (const ThawModel *like, const char *path, GError **error);
/* @temporary at the place that @options name; a state dict gets a Python file beside that loads it */
gboolean   thaw_export_place_pytorch (const ThawModel *model, const ThawExportOptions *options, const char *temporary, GError **error);
/* Removes what was written at @path, file or folder */
void       thaw_export_forget        (const ThawExportOptions *options, const char *path);

G_END_DECLS
