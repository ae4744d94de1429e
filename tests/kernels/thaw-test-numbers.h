/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>

G_BEGIN_DECLS

/* @n of them in -1 .. 1, g_free() */
float *thaw_test_numbers   (gint64 n);
float *thaw_test_filled    (gint64 n, float value);
/* What an activation makes of @x, by its formula */
double thaw_test_activated (ThawActivation activation, double x);

G_END_DECLS
