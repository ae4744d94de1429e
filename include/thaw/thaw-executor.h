/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-freeze.h>
#include <thaw/thaw-op.h>

G_BEGIN_DECLS

/**
 * ThawExecutorIo:
 *
 * How values get in and out of a pass. All three are called in the compute threads, for pictures
 * @first .. @first + @n - 1 of the step (a micro-batch), never for the same pictures twice in a pass.
 */
typedef struct
{
  /* Fills inputs[i], [n, ...], for each input of the graph. FALSE with an error ends the pass. */
  gboolean (*load)  (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error);
  /* Forward: hands out outputs[i], [n, ...]. */
  void     (*store) (gpointer data, gint64 first, gint64 n, const float *const *outputs);
  /* Training: fills the gradient of the loss with respect to each output. */
  void     (*loss)  (gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs);
} ThawExecutorIo;

typedef struct
{
  ThawPool         *pool;         /* (transfer none), outlives the executor */
  gint64            micro_batch;  /* pictures a thread takes at once; 0: chosen from the graph (at most 8; in training 2, or 8 where values are small) */
  const ThawFreeze *training;     /* (nullable): NULL for inference; else what trains */
  gboolean          every_thread; /* wake all threads however little there is to do (for tests); else small passes run in one */
  gsize             cache;        /* bytes of a core's own cache, by which the plan is made; 0: this machine's. No result depends on it */
  double           *seconds;      /* (nullable): [graph size], outlives the executor: processor time that the caller's thread spends in
                                   * forward() of each node is added, by the node's id */
} ThawExecutorOptions;

/**
 * ThawExecutor:
 *
 * A graph compiled for running: buffers laid out, one set a thread; kernels packed. Parameters are
 * read from @parameters (by the names of the graph's parameter nodes; float32, checked at creation).
 *
 * Inference: any thread takes the next micro-batch; a picture's outputs are the same bits whatever
 * its place, the micro-batch and the other pictures.
 * Training: micro-batch k belongs to thread k mod T. Each thread keeps its own gradient sums, which are
 * added in the order of the threads. With batch statistics anywhere in the graph the step is one
 * micro-batch a thread, and the threads meet at every such layer. A pass of less than some four million
 * multiply-adds runs in the caller's thread alone: waking the others would take longer.
 */
ThawExecutor *thaw_executor_new      (ThawGraph                 *graph,
                                      ThawTensorMap             *parameters,
                                      const ThawExecutorOptions *options,
                                      GError                   **error);
void          thaw_executor_free     (ThawExecutor *self);

/* The parameters changed: folds and packs again. Called by the two below when it was never called. */
void          thaw_executor_refresh  (ThawExecutor *self);

/* Gives back the memory for values until the next pass, which takes it again. */
void          thaw_executor_rest     (ThawExecutor *self);

/* @n pictures, any number. @cancellable is looked at between micro-batches. */
gboolean      thaw_executor_forward  (ThawExecutor         *self,
                                      gint64                n,
                                      const ThawExecutorIo *io,
                                      gpointer              data,
                                      GCancellable         *cancellable,
                                      GError              **error);

/**
 * thaw_executor_train:
 * @samples: [n] (nullable): the number of each picture, for dropout's random numbers
 *
 * One step: forward, loss, backward for @n pictures. Afterwards thaw_executor_gradients() holds the
 * gradients and running statistics have moved (in @parameters). On error neither has meaning and running
 * statistics are as before. Nothing else is written to the parameters.
 */
gboolean      thaw_executor_train    (ThawExecutor         *self,
                                      gint64                n,
                                      guint64               seed,
                                      guint64               epoch,
                                      const guint64        *samples,
                                      const ThawExecutorIo *io,
                                      gpointer              data,
                                      GError              **error);

/* (transfer none): trainable parameter -> gradient, in the parameter's own layout */
ThawTensorMap *thaw_executor_gradients (ThawExecutor *self);

/**
 * ThawPlanCost: what a graph will need, before anything runs
 */
typedef struct
{
  gsize  buffer_bytes;    /* values, gradients of values, workspaces: all threads */
  gsize  parameter_bytes; /* packed parameters, gradient sums: all threads */
  double multiply_adds;   /* one picture: forward, and backward where training */
} ThawPlanCost;

/* @n_threads: of the pool; @batch: pictures of a pass or step */
void          thaw_executor_cost     (const ThawGraph *graph, const ThawFreeze *training, gint64 micro_batch, guint n_threads, gint64 batch, ThawPlanCost *cost);

/**
 * ThawPlanRow: one operation of a plan, for looking at; text belongs to the graph
 */
typedef struct
{
  guint       node;         /* its id in the graph */
  const char *layer;
  const char *op, *kernel;  /* what it is, and how it is computed */
  guint       stage;        /* counted from 0: operations of one stage take @pictures at a time, one after the other */
  gint64      pictures;
  guint       chain;        /* 0: alone; else operations with the same number make @lines lines of the last one's value at a time, */
  gint64      lines;        /* so that what lies between them never leaves the cache */
  gboolean    again;        /* its value is let go of and computed once more for backward */
  gsize       weight_bytes; /* packed */
  gsize       value_bytes;  /* of the result, for one picture */
  double      multiply_adds;/* forward, for one picture */
  double      seconds;      /* forward, for one picture on one core, as predicted */
} ThawPlanRow;

/* What an executor of @graph will do on this machine, in its order (transfer full): ThawPlanRow. @options: without a pool. @graph stays. */
GArray       *thaw_executor_describe (const ThawGraph *graph, const ThawExecutorOptions *options, guint n_threads, gint64 batch);

/**
 * The naive twin of the executor: every node by its op's reference functions, in order, one thread,
 * nothing fused. @element: sizeof (float) or sizeof (double) chooses the twin. Values are kept per node
 * for looking at. For tests and for judging the engine; slow on purpose.
 */
typedef struct _ThawReference ThawReference;

/* parameters are converted to @element */
ThawReference *thaw_reference_new       (const ThawGraph *graph, const ThawTensorMap *parameters, gsize element);
void           thaw_reference_free      (ThawReference *self);
/* @inputs[i]: [n, ...] of @element */
void           thaw_reference_forward   (ThawReference *self, gint64 n, const ThawOpRun *run, const void *const *inputs);
/* @d_outputs[i]: gradient of output i. Gradients of all parameters that @training trains; then moves running statistics. */
void           thaw_reference_backward  (ThawReference *self, const ThawFreeze *training, const void *const *d_outputs);
/* n x shape elements; of the last forward (transfer none) */
const void    *thaw_reference_value     (ThawReference *self, const ThawNode *node);
const void    *thaw_reference_gradient  (ThawReference *self, const char *parameter);
void          *thaw_reference_parameter (ThawReference *self, const char *parameter); /* to be updated by an optimizer */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawExecutor, thaw_executor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawReference, thaw_reference_free)

G_END_DECLS
