/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-task.h"

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

/* --- news --- */

static G_DEFINE_QUARK (thaw-task-news, news)

static gboolean
news_cb (gpointer data)
{
  /* what is told from here on calls again */
  ThawNewsFunc func = (ThawNewsFunc) g_object_steal_qdata (data, news_quark ());

  if (!g_task_get_completed (data))
    func (data);
  return G_SOURCE_REMOVE;
}

void
thaw_task_tell (GTask *task, ThawNewsFunc func)
{
  /* one wake-up at most is on its way */
  if (g_object_replace_qdata (G_OBJECT (task), news_quark (), NULL, (gpointer) func, NULL, NULL))
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, news_cb, g_object_ref (task), g_object_unref);
}
