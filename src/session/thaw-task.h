/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-pool.h>

G_BEGIN_DECLS

/* What GTask leaves to do where much is computed */

/* A thread of its own at nice 19 with a pool of @threads: @func returns when it is done */
typedef void (*ThawNiceFunc) (GTask *task, ThawPool *pool);
void thaw_task_run_nice (GTask *task, guint threads, ThawNiceFunc func);

/* News of @task, which keeps them in its data: @func is called in the main thread when that has nothing more urgent to do, once for all that was told until
 * then, and not after the task's callback. The same @func whenever @task tells. Any thread */
typedef void (*ThawNewsFunc) (GTask *task);
void thaw_task_tell     (GTask *task, ThawNewsFunc func);

G_END_DECLS
