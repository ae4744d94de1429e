/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-dataset.h>

/* The picture "W x H" of tools/make-image-goldens.py (transfer full) */
ThawImage *thaw_test_picture   (int width, int height);
/* One colour (transfer full) */
ThawImage *thaw_test_plain     (int width, int height, guint8 red, guint8 green, guint8 blue);
/* @type: GdkPixbuf's: "png", "jpeg", "bmp", "tiff". Makes the folders above it. */
void       thaw_test_save      (const ThawImage *image, const char *type, const char *path);
/* As above, folder and name apart; the name may be anything a file system takes */
void thaw_test_save_in (const char *folder, const char *name, const ThawImage *image,
                        const char *type);
void thaw_test_write (const char *folder, const char *name, const void *data, gsize length);
/* All pixels equal */
gboolean   thaw_test_same      (const ThawImage *a, const ThawImage *b);
