/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/* What was asked for since the last time */
typedef struct
{
  double     rate;     /* 0: nothing */
  ThawPhase *freezing; /* (nullable) (owned) */
} ThawTrainChange;

/* FALSE where nothing was */
gboolean thaw_train_control_take   (ThawTrainControl *self, ThawTrainChange *change);
/* The run's thread: returns when it may go on, or is cancelled. Meanwhile the others are held by thaw_train_control_wait(). */
void     thaw_train_control_hold   (ThawTrainControl *self, GCancellable *cancellable);
/* Any other thread of the run */
void     thaw_train_control_wait   (ThawTrainControl *self, GCancellable *cancellable);
/* For g_cancellable_connect(): those that wait look at the cancellable again */
void     thaw_train_control_wake_cb (GCancellable *cancellable, gpointer self);

G_END_DECLS
