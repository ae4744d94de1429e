/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef enum { THAW_FILTER_BILINEAR, THAW_FILTER_BICUBIC } ThawFilter;

/**
 * ThawPreprocessing:
 *
 * From an upright RGB picture of any size to the network's input: the shorter side is scaled to @resize
 * (or, where @stretch, both sides to the crop), the centre @height x @width is taken, and each channel
 * becomes (x - mean) / std with x in 0 .. 255. Lives in base: data/ and zoo/ both see it.
 */
struct _ThawPreprocessing
{
  int        resize;   /* pixels; 0: the crop's own size */
  gboolean   stretch;
  int        width, height;
  ThawFilter filter;
  float      mean[3], std[3];
};

char    *thaw_preprocessing_to_json   (const ThawPreprocessing *self);
gboolean thaw_preprocessing_from_json (ThawPreprocessing *self, const char *json, GError **error);

G_END_DECLS
