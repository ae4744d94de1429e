/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-predictions.h>

G_BEGIN_DECLS

#define THAW_TYPE_PREDICTIONS_TABLE (thaw_predictions_table_get_type ())
G_DECLARE_FINAL_TYPE (ThawPredictionsTable, thaw_predictions_table, THAW, PREDICTIONS_TABLE, AdwBin)

/**
 * ThawPredictionsTable: the answers to many pictures: thumbnail, name, class, probability, second
 */
void thaw_predictions_table_set (ThawPredictionsTable *self, ThawPredictions *predictions);

G_END_DECLS
