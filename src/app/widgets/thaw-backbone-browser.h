/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-backbones.h>

G_BEGIN_DECLS

#define THAW_TYPE_BACKBONE_BROWSER (thaw_backbone_browser_get_type ())
G_DECLARE_FINAL_TYPE (ThawBackboneBrowser, thaw_backbone_browser, THAW, BACKBONE_BROWSER, AdwBin)

/**
 * ThawBackboneBrowser: installed backbones and those of the catalogue, to search, sort, choose and download
 *
 * Signal "chosen" (ThawBackboneItem): an installed one. Actions: "backbone.order" (property order: "suggested", "accuracy", "size", "speed"),
 * "backbone.download" and "backbone.stop" (a name); "backbone.import" is its parent's.
 */
void thaw_backbone_browser_set_backbones (ThawBackboneBrowser *self, ThawBackbones *backbones);
/* It comes to be seen, @height pixels at most: the rows are made from now on. @chosen: (nullable): a name; its row gets the focus */
void thaw_backbone_browser_show          (ThawBackboneBrowser *self, const char *chosen, int height);

G_END_DECLS
