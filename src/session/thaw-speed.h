/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-model.h>

G_BEGIN_DECLS

/**
 * ThawSpeed: how fast a network is on this machine, measured once and kept
 *
 * Seconds are those of all threads at work together, for one picture. The network is cut at a few places; between them time follows the
 * multiply-adds.
 */
#define THAW_SPEED_POINTS 7

typedef struct
{
  double before_work, forward;  /* multiply-adds before the cut, and their seconds */
  double after_work, train;     /* multiply-adds of a training step after it, and their seconds */
} ThawSpeedPoint;

typedef struct
{
  double         image;         /* one picture alone, the whole network */
  double         weight;        /* of one that trains, in each step: the optimizer, packing it again */
  guint          n_points;
  ThawSpeedPoint points[THAW_SPEED_POINTS]; /* from the picture to the head */
} ThawSpeed;

/* What it is kept under: the network's layers, the threads and the processor (transfer full) */
char    *thaw_speed_key     (const ThawModel *model, guint threads);
/* Any thread. FALSE: not measured yet */
gboolean thaw_speed_load    (const char *key, ThawSpeed *speed);
void     thaw_speed_save    (const char *key, const ThawSpeed *speed);
/* What networks that were measured here suggest, per multiply-add; constants where there are none */
void     thaw_speed_guess   (double forward_work, double train_work, guint threads, ThawSpeed *speed);
/* The calling thread's and the pool's time; a second or two. @model: with head */
gboolean thaw_speed_measure (const ThawModel *model, ThawPool *pool, GCancellable *cancellable, ThawSpeed *speed, GError **error);
/* Kept, or measured now and kept; blocks, also while another thread measures. @pool: of a nice thread, thaw_task_run_nice() */
gboolean thaw_speed_obtain  (const ThawModel *model, ThawPool *pool, GCancellable *cancellable, ThawSpeed *speed, GError **error);

/* Seconds of one picture, all threads at work */
double   thaw_speed_forward (const ThawSpeed *self, double work);
double   thaw_speed_train   (const ThawSpeed *self, double work);
/* The multiply-adds of the whole network, forward */
double   thaw_speed_whole   (const ThawSpeed *self);

G_END_DECLS
