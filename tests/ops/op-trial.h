/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "op-cases.h"

typedef enum { ENGINE, TWIN_F32, TWIN_F64 } Maker;

/* Memory that is NaN at first and notices writes beyond its end. */
typedef struct
{
  void *data;
  gsize bytes;
} Buffer;

Buffer buffer_new   (gsize bytes);
void   buffer_clear (Buffer *self);

/* The node of a row with its inputs, inferred. */
typedef struct
{
  const OpCase *row;
  ThawNode      node;
  ThawNode      storage[MAX_CASE_INPUTS];
  ThawNode     *inputs[MAX_CASE_INPUTS];
} CaseNode;

/* FALSE with an error as the shape rule has it */
gboolean case_node_init (CaseNode *self, const OpCase *row, GError **error);

/**
 * Trial:
 *
 * One operation run forward and backward by one maker, with everything that surrounds it made
 * hostile: results and workspace start as NaN, all memory ends in guards.
 */
typedef struct
{
  const CaseNode *row;
  Maker   maker;
  gsize   element;
  gint64  n;
  ThawOpRun run;
  guint64 samples[8];

  Buffer  x[MAX_CASE_INPUTS];
  Buffer  dx[MAX_CASE_INPUTS];
  Buffer  y;
  Buffer  dy;
  Buffer  saved;
  Buffer  workspace;
  Buffer  prepared;
} Trial;

/* @first: the number of the first picture; values belong to pictures, not to their place in the
 * batch */
void trial_init (Trial *self, const CaseNode *row, Maker maker, gint64 first, gint64 n,
                 gboolean training);
void   trial_clear    (Trial *self);
void   trial_forward  (Trial *self);
void   trial_fill_dy  (Trial *self);
/* @wanted: bit i for dx[i]. Values of pictures that backward does not need become NaN first. */
void   trial_backward (Trial *self, guint wanted);
/* All inputs whose gradient can be wanted. */
guint  trial_all      (const Trial *self);
gint64 trial_count    (const Trial *self, guint input);
double trial_get      (const Trial *self, const Buffer *buffer, gint64 i);
/* What an input's gradient started from: 0 where it is to be overwritten. */
double trial_start    (const Trial *self, guint input, gint64 i);
