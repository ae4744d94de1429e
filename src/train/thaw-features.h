/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-feed.h"

#include <thaw/thaw-executor.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/**
 * ThawFeatures: the values at the cut, for pictures in an order that is known ahead
 *
 * Where they come from makes no difference to their bits: kept in memory for the whole phase, read from the feature cache, or computed.
 */
typedef struct _ThawFeatures ThawFeatures;

typedef struct
{
  const ThawModel         *model;
  ThawDataset             *dataset;
  ThawGraph               *before;       /* from the picture to the cut */
  const ThawTrainOptions  *options;
  ThawPool                *pool;
  ThawFeed            *pictures;
  ThawLeftOut             *left_out;
  const ThawTrainObserver *observer;
  gboolean               (*breathe) (gpointer data, GError **error); /* (nullable): any thread, before it takes pictures: may wait */
  gpointer                 breathe_data;
  gsize                    memory;       /* budget in bytes */
} ThawFeaturesOptions;

ThawFeatures *thaw_features_new     (const ThawFeaturesOptions *options);
void          thaw_features_free    (ThawFeatures *self);

/* The pass: afterwards the features of @items are in memory or in the cache, as far as there is room. Pictures that cannot be read are left
 * out. Not for variants that are used once only. */
gboolean      thaw_features_prepare (ThawFeatures *self, const ThawLoaderItem *items, gsize n, GCancellable *cancellable, GError **error);

/* Without the pass: what is known of @items is found, the rest is kept once it is staged. */
gboolean      thaw_features_fill    (ThawFeatures *self, const ThawLoaderItem *items, gsize n, GError **error);

/* As thaw_feed_begin() */
void          thaw_features_begin   (ThawFeatures *self, const ThawLoaderItem *items, gsize n, gsize from);
void          thaw_features_end     (ThawFeatures *self);
/* TRUE when stage() has nothing to compute or to read for any item */
gboolean      thaw_features_resident (const ThawFeatures *self);
/* Makes the features of items[positions[0 .. n - 1]] ready for load(). Pictures that cannot be read are left out; their features are
 * zeros. */
gboolean      thaw_features_stage   (ThawFeatures *self, const guint32 *positions, gsize n, GCancellable *cancellable, GError **error);
/* Any thread: the features of @n pictures from number @first of those staged, to the inputs of what comes after the cut */
void          thaw_features_load    (const ThawFeatures *self, gsize first, gsize n, float *const *inputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFeatures, thaw_features_free)

G_END_DECLS
