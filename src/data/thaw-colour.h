/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Changes of colour in place: @pixels is RGB, @n pixels; a @factor of 1 changes nothing. The first
 * three are Pillow's ImageEnhance to the bit (its libImaging/Blend.c and Convert.c). Any thread. */
void thaw_colour_brightness (guint8 *pixels, gsize n, double factor);
void thaw_colour_contrast   (guint8 *pixels, gsize n, double factor);
void thaw_colour_saturation (guint8 *pixels, gsize n, double factor);
/* @turn: of the colour circle, 1 being all of it; lightness and saturation of the hexagonal model
 * (HSV) stay */
void thaw_colour_hue        (guint8 *pixels, gsize n, double turn);

G_END_DECLS
