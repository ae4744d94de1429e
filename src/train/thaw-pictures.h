/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-left-out.h"

G_BEGIN_DECLS

/**
 * ThawPictures: prepared pictures in an order that is known ahead
 *
 * Plain pictures (variant 0) can be kept as bytes: normalising maps 256 values a channel one to one, so that they come back to the same
 * bits; a picture with other values is not kept.
 */
typedef struct _ThawPictures ThawPictures;

typedef struct
{
  ThawDataset             *dataset;       /* outlives the pictures, as all here */
  const ThawPreprocessing *preprocessing;
  const ThawAugmentation  *augmentation;  /* (nullable) */
  guint64                  seed;
  ThawLeftOut             *left_out;      /* learns of those that cannot be read */
  guint                    n_threads;     /* that decode */
  gsize                    ahead, keep;   /* budgets in bytes */
} ThawPicturesOptions;

ThawPictures *thaw_pictures_new   (const ThawPicturesOptions *options);
void          thaw_pictures_free  (ThawPictures *self);
/* floats a picture */
gsize         thaw_pictures_size  (const ThawPictures *self);
/* What will be taken, from item @from on, in about this order. @items: (transfer none), stays until the next begin or end */
void          thaw_pictures_begin (ThawPictures *self, const ThawLoaderItem *items, gsize n, gsize from);
void          thaw_pictures_end   (ThawPictures *self);
/* Any thread, different items. FALSE: it cannot be read; @output is zeros. An item may be taken again. */
gboolean      thaw_pictures_take  (ThawPictures *self, gsize item, float *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPictures, thaw_pictures_free)

G_END_DECLS
