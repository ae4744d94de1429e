/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

/**
 * ThawPoolFunc:
 * @thread: 0 .. n_threads - 1
 *
 * The part of the work that one thread does.
 */
typedef void (*ThawPoolFunc) (gpointer data, guint thread);

/* The number of threads used when nobody says otherwise: the CPUs this process may run on. */
guint     thaw_pool_default_threads (void);

/**
 * thaw_pool_new:
 * @n_threads: 1 .. 256
 * @nice: the nice value of the pool's own threads, 0 .. 19
 *
 * Threads live as long as the pool: none is made in a hot loop. Each sets
 * flush-to-zero.
 */
ThawPool *thaw_pool_new       (guint n_threads, int nice);
void      thaw_pool_free      (ThawPool *self);
guint     thaw_pool_n_threads (const ThawPool *self);

/* Calls @func once in every thread (the caller is thread 0) and returns when all are done. One run
 * at a time; not from inside a run. */
void      thaw_pool_run       (ThawPool *self, ThawPoolFunc func, gpointer data);

/* The same for thread 0 alone, the caller: for work that is not worth waking the others. Neither barrier nor sum inside. */
void      thaw_pool_run_alone (ThawPool *self, ThawPoolFunc func, gpointer data);

/* Inside a run, called by every thread: returns when all have called it. */
void      thaw_pool_barrier   (ThawPool *self);

/* Inside a run, called by every thread with the same @n: replaces @values by their sum over the
 * threads, added in the order of the threads, so that the bits do not depend on who came first. */
void      thaw_pool_sum       (ThawPool *self, guint thread, double *values, gsize n);

/* Processor time of the calling thread so far, in seconds: what other programs take makes no difference. */
double    thaw_thread_seconds (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPool, thaw_pool_free)

G_END_DECLS
