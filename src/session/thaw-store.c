/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-store.h>

#include <sys/resource.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

/* A checkpoint is a hash of every weight: behind the main thread, before those that train */
#define NICE 5

/* something the thread is to do */
typedef struct
{
  ThawStoreFunc  func; /* NULL: the thread ends */
  gpointer       data;
  GDestroyNotify destroy;

  /* who waits: a task or a thread; nobody where it was only handed over */
  GTask         *task;
  GDestroyNotify destroy_result;
  gboolean       waited_for;

  /* of who waits, under the mutex */
  gpointer       result;
  GError        *error;
  gboolean       done;
} Job;

struct _ThawStore
{
  GThread        *thread;
  GAsyncQueue    *jobs; /* Job */

  GMutex          mutex;
  GCond           cond;

  /* of the thread */
  char           *path;
  ThawProjectMode mode;
  ThawProject    *project;
};

static void
wake (ThawStore *self, Job *job)
{
  g_mutex_lock (&self->mutex);
  job->done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* The task's result is what becomes of the job: nothing of it may be touched by this thread afterwards */
static void
answer_task (Job *job)
{
  GTask *task = job->task;

  if (job->error)
    g_task_return_error (task, job->error);
  else
    g_task_return_pointer (task, job->result, job->destroy_result);
  g_object_unref (task);
}

static void
run_job (ThawStore *self, Job *job)
{
  gboolean cancelled = job->task && g_cancellable_set_error_if_cancelled (g_task_get_cancellable (job->task), &job->error);

  if (!cancelled)
    job->result = job->func (self->project, job->data, &job->error);
  if (job->waited_for)
    {
      wake (self, job);
      return;
    }
  if (job->destroy)
    job->destroy (job->data);
  if (job->task)
    answer_task (job);
  else
    g_clear_error (&job->error);
  g_free (job);
}

static void
open_project (ThawStore *self, Job *opening)
{
  self->project = thaw_project_open (self->path, self->mode, &opening->error);
  wake (self, opening);
}

static gpointer
thread_cb (gpointer data)
{
  ThawStore *self = data;
  Job *job = g_async_queue_pop (self->jobs);

  setpriority (PRIO_PROCESS, (id_t) gettid (), NICE);
  open_project (self, job);
  if (!self->project)
    return NULL;
  while ((job = g_async_queue_pop (self->jobs))->func)
    run_job (self, job);
  thaw_project_close (g_steal_pointer (&self->project), &job->error);
  wake (self, job);
  return NULL;
}

static void
wait_for (ThawStore *self, Job *job)
{
  g_async_queue_push (self->jobs, job);
  g_mutex_lock (&self->mutex);
  while (!job->done)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static void
store_free (ThawStore *self)
{
  g_thread_join (self->thread);
  g_async_queue_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->path);
  g_free (self);
}

ThawStore *
thaw_store_open (const char *path, ThawProjectMode mode, GError **error)
{
  ThawStore *self = g_new0 (ThawStore, 1);
  Job opening = { 0 };

  self->path = g_strdup (path);
  self->mode = mode;
  self->jobs = g_async_queue_new ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("thaw-store", thread_cb, self);
  wait_for (self, &opening);
  if (!opening.error)
    return self;
  g_propagate_error (error, opening.error);
  store_free (self);
  return NULL;
}

gboolean
thaw_store_close (ThawStore *self, GError **error)
{
  Job closing = { 0 };

  wait_for (self, &closing);
  store_free (self);
  if (!closing.error)
    return TRUE;
  g_propagate_error (error, closing.error);
  return FALSE;
}

gpointer
thaw_store_call (ThawStore *self, ThawStoreFunc func, gpointer data, GError **error)
{
  Job job = { .func = func, .data = data, .waited_for = TRUE };

  wait_for (self, &job);
  if (job.error)
    g_propagate_error (error, job.error);
  return job.result;
}

void
thaw_store_post (ThawStore *self, ThawStoreFunc func, gpointer data, GDestroyNotify destroy)
{
  Job *job = g_new0 (Job, 1);

  *job = (Job){ .func = func, .data = data, .destroy = destroy };
  g_async_queue_push (self->jobs, job);
}

void
thaw_store_async (ThawStore          *self,
                  ThawStoreFunc       func,
                  gpointer            data,
                  GDestroyNotify      destroy,
                  GDestroyNotify      destroy_result,
                  GObject            *source,
                  GCancellable       *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer            user_data)
{
  Job *job = g_new0 (Job, 1);
  GTask *task = g_task_new (source, cancellable, callback, user_data);

  g_task_set_source_tag (task, thaw_store_async);
  *job = (Job){ .func = func, .data = data, .destroy = destroy, .destroy_result = destroy_result, .task = task };
  g_async_queue_push (self->jobs, job);
}

gpointer
thaw_store_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
