/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <thaw/thaw-predictor.h>

/* a model that stands ready, with a thread's worth of pool at normal priority: it answers while a run trains */
struct _ThawAnswerer
{
  gatomicrefcount references;
  ThawModel      *model;
  ThawPool       *pool;
  ThawPredictor  *predictor;
  GMutex          mutex;
};

ThawAnswerer *
thaw_answerer_new (ThawModel *model, GError **error)
{
  ThawPool *pool = thaw_pool_new (1, 0);
  ThawPredictor *predictor = thaw_predictor_new (model, pool, error);
  ThawAnswerer *self;

  if (!predictor)
    {
      thaw_pool_free (pool);
      thaw_model_unref (model);
      return NULL;
    }
  self = g_new (ThawAnswerer, 1);
  *self = (ThawAnswerer){ .model = model, .pool = pool, .predictor = predictor };
  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->mutex);
  return self;
}

ThawAnswerer *
thaw_answerer_ref (ThawAnswerer *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_answerer_unref (ThawAnswerer *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  thaw_predictor_free (self->predictor);
  thaw_model_unref (self->model);
  thaw_pool_free (self->pool);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

ThawModel *
thaw_answerer_model (ThawAnswerer *self)
{
  return self->model;
}

float *
thaw_answerer_ask (ThawAnswerer *self, const ThawImage *image, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autofree float *probabilities = g_new (float, (gsize) thaw_model_n_classes (self->model));

  return thaw_predictor_image (self->predictor, image, probabilities, error) ? g_steal_pointer (&probabilities) : NULL;
}
