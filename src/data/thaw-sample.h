/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-dataset.h>

G_BEGIN_DECLS

/* thaw_sample_load() whose messages do not name the picture */
ThawImage *thaw_sample_decode (ThawSample *self, GError **error);

G_END_DECLS
