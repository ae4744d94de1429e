/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thaw/thaw-pool.h>
#include <time.h>
#include <unistd.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

/* Spins this often before the processor is handed to others: waiting that only spins collapses on a
 * busy machine. */
#define SPINS 2000
#define YIELDS 200

typedef struct
{
  ThawPool *pool;
  guint     thread;
  GThread  *handle;
} Worker;

struct _ThawPool
{
  guint        n_threads;
  int          nice;
  Worker      *workers;     /* [n_threads], 0 is the caller and has no handle */

  GMutex       mutex;
  GCond        start;
  guint        generation;  /* atomic; moves when there is work, under the mutex */
  gboolean     stop;
  ThawPoolFunc func;
  gpointer     data;
  int          running;     /* atomic: own threads still at work */

  int          arrived;     /* atomic */
  guint        phase;       /* atomic */
  double      *sums;        /* [n_threads][sums_n] */
  gsize        sums_n;
};

guint
thaw_pool_default_threads (void)
{
  cpu_set_t set;

  if (sched_getaffinity (0, sizeof set, &set) == 0)
    return CLAMP (CPU_COUNT (&set), 1, 256);
  return CLAMP (g_get_num_processors (), 1, 256);
}

static void
flush_denormals (void)
{
#ifdef __SSE__
  _mm_setcsr (_mm_getcsr () | 0x8040);
#endif
}

static void
relax (guint round)
{
  if (round < SPINS)
    {
#ifdef __SSE__
      _mm_pause ();
#endif
    }
  else if (round < SPINS + YIELDS)
    sched_yield ();
  else
    g_usleep (50);
}

/* Returns the new generation. */
static guint
wait_for_work (ThawPool *self, guint seen)
{
  for (guint i = 0; i < SPINS; i++)
    {
      if ((guint) g_atomic_int_get ((int *) &self->generation) != seen)
        break;
      relax (0);
    }
  g_mutex_lock (&self->mutex);
  while (self->generation == seen)
    g_cond_wait (&self->start, &self->mutex);
  seen = self->generation;
  g_mutex_unlock (&self->mutex);
  return seen;
}

static gpointer
worker_main (gpointer data)
{
  Worker *worker = data;
  ThawPool *self = worker->pool;
  guint generation = 0;

  if (self->nice)
    setpriority (PRIO_PROCESS, syscall (SYS_gettid), self->nice);
  flush_denormals ();
  while (TRUE)
    {
      generation = wait_for_work (self, generation);
      if (self->stop)
        return NULL;
      self->func (self->data, worker->thread);
      g_atomic_int_add (&self->running, -1);
    }
}

ThawPool *
thaw_pool_new (guint n_threads, int nice)
{
  ThawPool *self = g_new0 (ThawPool, 1);

  self->n_threads = CLAMP (n_threads, 1, 256);
  self->nice = nice;
  self->workers = g_new0 (Worker, self->n_threads);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->start);
  for (guint i = 1; i < self->n_threads; i++)
    {
      self->workers[i] = (Worker){ .pool = self, .thread = i };
      self->workers[i].handle = g_thread_new ("thaw-compute", worker_main, &self->workers[i]);
    }
  return self;
}

static void
announce (ThawPool *self)
{
  g_mutex_lock (&self->mutex);
  g_atomic_int_set (&self->running, (int) self->n_threads - 1);
  g_atomic_int_inc ((int *) &self->generation);
  g_cond_broadcast (&self->start);
  g_mutex_unlock (&self->mutex);
}

void
thaw_pool_free (ThawPool *self)
{
  self->stop = TRUE;
  announce (self);
  for (guint i = 1; i < self->n_threads; i++)
    g_thread_join (self->workers[i].handle);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->start);
  g_free (self->workers);
  g_free (self->sums);
  g_free (self);
}

guint
thaw_pool_n_threads (const ThawPool *self)
{
  return self->n_threads;
}

static void
run (ThawPool *self, ThawPoolFunc func, gpointer data, gboolean alone)
{
#ifdef __SSE__
  guint control = _mm_getcsr ();
#endif

  flush_denormals ();
  self->func = func;
  self->data = data;
  if (self->n_threads > 1 && !alone)
    announce (self);
  func (data, 0);
  for (guint i = 0; g_atomic_int_get (&self->running) > 0; i++)
    relax (i);
#ifdef __SSE__
  _mm_setcsr (control);
#endif
}

void
thaw_pool_run (ThawPool *self, ThawPoolFunc func, gpointer data)
{
  run (self, func, data, FALSE);
}

void
thaw_pool_run_alone (ThawPool *self, ThawPoolFunc func, gpointer data)
{
  run (self, func, data, TRUE);
}

void
thaw_pool_barrier (ThawPool *self)
{
  guint phase = g_atomic_int_get ((int *) &self->phase);

  if (g_atomic_int_add (&self->arrived, 1) == (int) self->n_threads - 1)
    {
      g_atomic_int_set (&self->arrived, 0);
      g_atomic_int_inc ((int *) &self->phase);
      return;
    }
  for (guint i = 0; (guint) g_atomic_int_get ((int *) &self->phase) == phase; i++)
    relax (i);
}

static void
reserve_sums (ThawPool *self, gsize n)
{
  if (self->sums_n >= n)
    return;
  g_free (self->sums);
  self->sums = g_new (double, self->n_threads * n);
  self->sums_n = n;
}

void
thaw_pool_sum (ThawPool *self, guint thread, double *values, gsize n)
{
  if (self->n_threads == 1)
    return;
  if (thread == 0)
    reserve_sums (self, n);
  thaw_pool_barrier (self);
  memcpy (self->sums + thread * n, values, n * sizeof (double));
  thaw_pool_barrier (self);
  memset (values, 0, n * sizeof (double));
  for (guint t = 0; t < self->n_threads; t++)
    for (gsize i = 0; i < n; i++)
      values[i] += self->sums[t * n + i];
  thaw_pool_barrier (self);
}

double
thaw_thread_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}
