/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-results.h>

G_BEGIN_DECLS

#define THAW_TYPE_CLASS_TABLE (thaw_class_table_get_type ())
G_DECLARE_FINAL_TYPE (ThawClassTable, thaw_class_table, THAW, CLASS_TABLE, AdwBin)

/**
 * ThawClassTable: precision, recall and F1 of each class
 *
 * Signal "chosen" (int label): a row was activated.
 */
/* @classes: (nullable) of ThawClassFigures */
void thaw_class_table_set (ThawClassTable *self, GListModel *classes);

G_END_DECLS
