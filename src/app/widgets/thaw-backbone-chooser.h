/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-backbones.h>
#include <thaw/thaw-network.h>

G_BEGIN_DECLS

#define THAW_TYPE_BACKBONE_CHOOSER (thaw_backbone_chooser_get_type ())
G_DECLARE_FINAL_TYPE (ThawBackboneChooser, thaw_backbone_chooser, THAW, BACKBONE_CHOOSER, AdwBin)

/**
 * ThawBackboneChooser: the network's backbone with its figures, those there are besides, the catalogue's, and "Import..."
 *
 * Signal "failed" (const char *title, GError *error): a file that was to be imported cannot be, or a download ended so while the list was
 * closed. "said" (const char *text): what else happened meanwhile.
 */
void thaw_backbone_chooser_set_network (ThawBackboneChooser *self, ThawNetwork *network);
/* (nullable): why no other backbone can be chosen now */
void thaw_backbone_chooser_set_problem (ThawBackboneChooser *self, const char *problem);
/* A run trains: nothing is measured meanwhile */
void thaw_backbone_chooser_set_training (ThawBackboneChooser *self, gboolean training);

G_END_DECLS
