/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-results.h>

G_BEGIN_DECLS

#define THAW_TYPE_MISTAKE_TILE (thaw_mistake_tile_get_type ())
G_DECLARE_FINAL_TYPE (ThawMistakeTile, thaw_mistake_tile, THAW, MISTAKE_TILE, AdwBin)

/**
 * ThawMistakeTile: a picture, its class, what the network called it, and whether it was relabelled
 */
GtkWidget *thaw_mistake_tile_new (void);
/* @mistake: (nullable) (transfer none) */
void       thaw_mistake_tile_set (ThawMistakeTile *self, ThawMistake *mistake);
/* In words, on one line (transfer full) */
char      *thaw_mistake_tile_dup_text (ThawMistake *mistake);

G_END_DECLS
