/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-control.h"

#include "thaw-train-options-private.h"

#include <math.h>
#include <thaw/thaw-error.h>

struct _ThawTrainControl
{
  gatomicrefcount references;
  GMutex          mutex;
  GCond           changed;
  gboolean        paused;   /* what was asked for */
  gboolean        held;     /* the run's thread heeds it */
  ThawTrainChange change;
};

ThawTrainControl *
thaw_train_control_new (void)
{
  ThawTrainControl *self = g_new0 (ThawTrainControl, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  return self;
}

ThawTrainControl *
thaw_train_control_ref (ThawTrainControl *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_train_control_unref (ThawTrainControl *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  thaw_phase_free (self->change.freezing);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

static void
set_paused (ThawTrainControl *self, gboolean paused)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->paused = paused;
  g_cond_broadcast (&self->changed);
}

void
thaw_train_control_pause (ThawTrainControl *self)
{
  set_paused (self, TRUE);
}

void
thaw_train_control_go_on (ThawTrainControl *self)
{
  set_paused (self, FALSE);
}

gboolean
thaw_train_control_is_paused (ThawTrainControl *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->paused;
}

gboolean
thaw_train_control_set_rate (ThawTrainControl *self, double lr, GError **error)
{
  const ThawField *field = thaw_field_find (thaw_phase_fields, "lr");
  g_autoptr (GMutexLocker) locker = NULL;

  if (!isfinite (lr) || lr < field->low || lr > field->high)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "this is no learning rate: use a number above 0, for example 0.001");
      return FALSE;
    }
  locker = g_mutex_locker_new (&self->mutex);
  self->change.rate = lr;
  return TRUE;
}

void
thaw_train_control_set_freezing (ThawTrainControl *self, const ThawPhase *freezing)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_clear_pointer (&self->change.freezing, thaw_phase_free);
  self->change.freezing = thaw_phase_copy (freezing);
}

gboolean
thaw_train_control_take (ThawTrainControl *self, ThawTrainChange *change)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  *change = self->change;
  self->change = (ThawTrainChange){ 0 };
  return change->rate > 0 || change->freezing;
}

void
thaw_train_control_hold (ThawTrainControl *self, GCancellable *cancellable)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->held = TRUE;
  while (self->paused && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->changed, &self->mutex);
  self->held = FALSE;
  g_cond_broadcast (&self->changed);
}

void
thaw_train_control_wait (ThawTrainControl *self, GCancellable *cancellable)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  while (self->held && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->changed, &self->mutex);
}

void
thaw_train_control_wake_cb (GCancellable *cancellable, gpointer data)
{
  ThawTrainControl *self = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_cond_broadcast (&self->changed);
}
