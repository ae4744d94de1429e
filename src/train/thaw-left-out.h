/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <thaw/thaw-dataset.h>

G_BEGIN_DECLS

/**
 * ThawLeftOut: the pictures that could not be read any more, each with the first epoch whose order does not have it
 *
 * An epoch's order must be the same when it is made again after a resume: a picture that is lost within an epoch stays in that epoch's
 * order and is passed over, and is gone from the next.
 */
typedef struct _ThawLeftOut ThawLeftOut;

typedef void (*ThawLeftOutFunc) (gpointer data, const char *path, const char *reason);

ThawLeftOut *thaw_left_out_new     (ThawDataset *dataset);
void         thaw_left_out_free    (ThawLeftOut *self);
/* Any thread; a picture's first reason counts. */
void         thaw_left_out_add     (ThawLeftOut *self, guint32 sample, const char *reason);
/* Any thread: must the picture be passed over? */
gboolean     thaw_left_out_has     (ThawLeftOut *self, guint32 sample);
/* The rest in the thread that runs the trainer only. Is the picture missing from the order of @epoch? */
gboolean     thaw_left_out_missing (const ThawLeftOut *self, guint32 sample, guint epoch);
/* Those added since the last call are missing from @epoch on: tells @func (nullable), in the order of the pictures. */
void         thaw_left_out_report  (ThawLeftOut *self, guint epoch, ThawLeftOutFunc func, gpointer data);
/* An array of pairs: picture, epoch */
void         thaw_left_out_write   (const ThawLeftOut *self, JsonBuilder *builder);
gboolean     thaw_left_out_read    (ThawLeftOut *self, JsonArray *array);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawLeftOut, thaw_left_out_free)

G_END_DECLS
