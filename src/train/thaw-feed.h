/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-left-out.h"

G_BEGIN_DECLS

/**
 * ThawFeed: prepared pictures in an order that is known ahead
 *
 * Plain pictures (variant 0) can be kept as bytes: normalising maps 256 values a channel one to one, so that they come back to the same
 * bits; a picture with other values is not kept.
 */
typedef struct _ThawFeed ThawFeed;

typedef struct
{
  ThawDataset             *dataset;       /* outlives the pictures, as all here */
  const ThawPreprocessing *preprocessing;
  const ThawAugmentation  *augmentation;  /* (nullable) */
  guint64                  seed;
  ThawLeftOut             *left_out;      /* learns of those that cannot be read */
  guint                    n_threads;     /* that decode */
  gsize                    ahead, keep;   /* budgets in bytes */
} ThawFeedOptions;

ThawFeed *thaw_feed_new   (const ThawFeedOptions *options);
void          thaw_feed_free  (ThawFeed *self);
/* floats a picture */
gsize         thaw_feed_size  (const ThawFeed *self);
/* What will be taken, from item @from on, in about this order. @items: (transfer none), stays until the next begin or end.
 * @skip: (nullable) [n]: items that will hardly be taken */
void          thaw_feed_begin (ThawFeed *self, const ThawLoaderItem *items, gsize n, gsize from, const guint8 *skip);
void          thaw_feed_end   (ThawFeed *self);
/* Any thread, different items. FALSE: it cannot be read; @output is zeros. An item may be taken again. */
gboolean      thaw_feed_take  (ThawFeed *self, gsize item, float *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFeed, thaw_feed_free)

G_END_DECLS
