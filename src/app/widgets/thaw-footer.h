/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-network.h>

G_BEGIN_DECLS

#define THAW_TYPE_FOOTER (thaw_footer_get_type ())
G_DECLARE_FINAL_TYPE (ThawFooter, thaw_footer, THAW, FOOTER, AdwBin)

/**
 * ThawFooter: what training will need, as figures that follow every click
 */
void thaw_footer_set_network (ThawFooter *self, ThawNetwork *network);

G_END_DECLS
