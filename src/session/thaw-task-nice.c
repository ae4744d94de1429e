/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <sys/resource.h>
#include <unistd.h>

/* what the thread is given */
typedef struct
{
  GTask       *task;
  guint        threads;
  ThawNiceFunc func;
} Work;

/* A thread that was made nice stays so: GTask's own threads, which others use after it, are left alone. */
static gpointer
thread_cb (gpointer data)
{
  g_autofree Work *work = data;
  g_autoptr (GTask) task = work->task;
  g_autoptr (ThawPool) pool = NULL;

  setpriority (PRIO_PROCESS, (id_t) gettid (), 19);
  pool = thaw_pool_new (MAX (work->threads, 1), 19);
  work->func (task, pool);
  return NULL;
}

void
thaw_task_run_nice (GTask *task, guint threads, ThawNiceFunc func)
{
  Work *work = g_new (Work, 1);

  *work = (Work){ .task = g_object_ref (task), .threads = threads, .func = func };
  g_thread_unref (g_thread_new ("thaw-ask", thread_cb, work));
}
