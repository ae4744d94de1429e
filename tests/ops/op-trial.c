/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "op-trial.h"

#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-size.h>

#define GUARD 64
#define GUARD_BYTE 0xA5

Buffer
buffer_new (gsize bytes)
{
  Buffer self = { thaw_aligned_alloc (bytes + GUARD), bytes };

  memset (self.data, 0xFF, bytes);
  memset ((guint8 *) self.data + bytes, GUARD_BYTE, GUARD);
  return self;
}

void
buffer_clear (Buffer *self)
{
  for (gsize i = 0; self->data && i < GUARD; i++)
    g_assert_cmphex (((guint8 *) self->data)[self->bytes + i], ==, GUARD_BYTE);
  thaw_aligned_free (self->data);
  *self = (Buffer){ 0 };
}

gboolean
case_node_init (CaseNode *self, const OpCase *row, GError **error)
{
  memset (self, 0, sizeof *self);
  self->row = row;
  self->node = (ThawNode){ .op = row->op, .name = (char *) "layer", .params = row->params, .inputs = self->inputs };
  for (guint i = 0; i < MAX_CASE_INPUTS && row->inputs[i].kind != INPUT_NONE; i++)
    {
      gboolean batched = row->inputs[i].kind == INPUT_BATCHED || row->inputs[i].kind == INPUT_BATCHED_POSITIVE;

      self->storage[i] = (ThawNode){ .id = i,
                                     .op = batched ? THAW_OP_INPUT : THAW_OP_PARAMETER,
                                     .name = (char *)"input",
                                     .shape = row->inputs[i].shape,
                                     .batched = batched };
      self->inputs[i] = row->inputs[i].kind == INPUT_ABSENT ? NULL : &self->storage[i];
      self->node.n_inputs = self->node.id = i + 1;
    }
  return thaw_op_class (row->op)->infer (&self->node, error);
}

static gint64
count (const ThawNode *node, gint64 n)
{
  return thaw_shape_count (&node->shape) * (node->batched ? n : 1);
}

gint64
trial_count (const Trial *self, guint input)
{
  return count (self->row->inputs[input], self->n);
}

double
trial_get (const Trial *self, const Buffer *buffer, gint64 i)
{
  g_assert_cmpint (i, <, buffer->bytes / self->element);
  return self->element == sizeof (float) ? (double) ((const float *) buffer->data)[i]
                                         : ((const double *) buffer->data)[i];
}

static void
set (const Trial *self, Buffer *buffer, gint64 i, double value)
{
  if (self->element == sizeof (float))
    ((float *) buffer->data)[i] = (float) value;
  else
    ((double *) buffer->data)[i] = value;
}

/* Pictures @first .. of a value that is a formula of its name; exact in float. */
static Buffer
fill (const Trial *self, const ThawNode *node, const char *what, guint i, double offset,
      double scale)
{
  gint64 size = count (node, self->n),
         start = node->batched ? (gint64) self->samples[0] * count (node, 1) : 0;
  g_autofree char *name = g_strdup_printf ("%s/%s%u", self->row->row->name, what, i);
  g_autofree double *u = g_new (double, start + size + 1);
  Buffer buffer = buffer_new (size * self->element);

  thaw_test_formula (name, start + size, u);
  for (gint64 k = 0; k < size; k++)
    set (self, &buffer, k, (double) (float) (offset + scale * u[start + k]));
  return buffer;
}

static Buffer
fill_input (const Trial *self, guint i)
{
  const OpCase *row = self->row->row;
  double spread = i == 0 && row->spread > 0 ? row->spread : 1;

  if (row->inputs[i].kind == INPUT_POSITIVE || row->inputs[i].kind == INPUT_BATCHED_POSITIVE)
    return fill (self, self->row->inputs[i], "x", i, 1, .5);
  return fill (self, self->row->inputs[i], "x", i, 0, spread);
}

double
trial_start (const Trial *self, guint input, gint64 i)
{
  return self->row->inputs[input]->batched ? 0 : .25 + .125 * (double) (i % 3);
}

static void
allocate_engine (Trial *self)
{
  const ThawOpClass *klass = thaw_op_class (self->row->node.op);
  const ThawNode *node = &self->row->node;

  if (klass->saved_size && self->run.training)
    self->saved = buffer_new (klass->saved_size (node, self->n));
  if (klass->workspace_size)
    self->workspace = buffer_new (klass->workspace_size (node, self->n, self->run.training));
  if (klass->prepared_size)
    self->prepared = buffer_new (klass->prepared_size (node, self->run.training));
}

void
trial_init (Trial *self, const CaseNode *row, Maker maker, gint64 first, gint64 n,
            gboolean training)
{
  const ThawOpClass *klass = thaw_op_class (row->node.op);

  memset (self, 0, sizeof *self);
  self->row = row;
  self->maker = maker;
  self->element = maker == TWIN_F64 ? sizeof (double) : sizeof (float);
  self->n = row->node.batched ? n : 1;
  for (gint64 i = 0; i < 8; i++)
    self->samples[i] = (guint64) (first + i);
  self->run = (ThawOpRun){
    .training = training, .seed = 3, .epoch = 2, .samples = self->samples, .n_total = n
  };
  for (guint i = 0; i < row->node.n_inputs; i++)
    if (row->inputs[i])
      self->x[i] = fill_input (self, i);
  self->y = buffer_new (count (&row->node, self->n) * self->element);
  if (maker == ENGINE)
    allocate_engine (self);
  else if (klass->reference_saved && training)
    self->saved = buffer_new (klass->reference_saved (&row->node, self->n, self->element));
}

void
trial_clear (Trial *self)
{
  for (guint i = 0; i < MAX_CASE_INPUTS; i++)
    {
      buffer_clear (&self->x[i]);
      buffer_clear (&self->dx[i]);
    }
  buffer_clear (&self->y);
  buffer_clear (&self->dy);
  buffer_clear (&self->saved);
  buffer_clear (&self->workspace);
  buffer_clear (&self->prepared);
}

static void
call (Trial *self, gboolean backward)
{
  const ThawOpClass *klass = thaw_op_class (self->row->node.op);
  const void *x[MAX_CASE_INPUTS];
  void *dx[MAX_CASE_INPUTS];
  ThawOpCall c = { .node = &self->row->node,
                   .run = &self->run,
                   .n = self->n,
                   .x = x,
                   .dx = dx,
                   .y = self->y.data,
                   .dy = self->dy.data,
                   .saved = self->saved.data,
                   .workspace = self->workspace.data,
                   .prepared = self->prepared.data };

  for (guint i = 0; i < MAX_CASE_INPUTS; i++)
    {
      x[i] = self->x[i].data;
      dx[i] = self->dx[i].data;
    }
  if (self->workspace.data)
    memset (self->workspace.data, 0xFF, self->workspace.bytes);
  if (self->maker != ENGINE)
    (backward ? klass->reference[self->maker - TWIN_F32].backward
              : klass->reference[self->maker - TWIN_F32].forward) (&c);
  else
    (backward ? klass->backward : klass->forward) (&c);
}

void
trial_forward (Trial *self)
{
  const ThawOpClass *klass = thaw_op_class (self->row->node.op);
  const void *x[MAX_CASE_INPUTS];

  for (guint i = 0; i < MAX_CASE_INPUTS; i++)
    x[i] = self->x[i].data;
  if (self->maker == ENGINE && klass->prepare)
    klass->prepare (&self->row->node, x, self->prepared.data, self->run.training);
  call (self, FALSE);
}

guint
trial_all (const Trial *self)
{
  guint all = 0;

  for (guint i = 0; i < self->row->node.n_inputs; i++)
    all |= self->row->inputs[i] ? 1u << i : 0;
  return all;
}

static void
forget_what_is_not_needed (Trial *self, guint wanted)
{
  gboolean flags[MAX_CASE_INPUTS];
  guint needs;

  for (guint i = 0; i < MAX_CASE_INPUTS; i++)
    flags[i] = (wanted >> i & 1) != 0;
  needs = thaw_op_class (self->row->node.op)->needs (&self->row->node, flags);
  for (guint i = 0; i < self->row->node.n_inputs; i++)
    if (self->row->inputs[i] && self->row->inputs[i]->batched && !(needs & THAW_NEEDS_X (i)))
      memset (self->x[i].data, 0xFF, self->x[i].bytes);
  if (!(needs & THAW_NEEDS_Y))
    memset (self->y.data, 0xFF, self->y.bytes);
}

void
trial_fill_dy (Trial *self)
{
  self->dy = fill (self, &self->row->node, "dy", 0, 0, 1);
}

void
trial_backward (Trial *self, guint wanted)
{
  trial_fill_dy (self);
  for (guint i = 0; i < self->row->node.n_inputs; i++)
    {
      if (!(wanted >> i & 1))
        continue;
      self->dx[i] = buffer_new (trial_count (self, i) * self->element);
      for (gint64 k = 0; k < trial_count (self, i) && !self->row->inputs[i]->batched; k++)
        set (self, &self->dx[i], k, trial_start (self, i, k));
    }
  forget_what_is_not_needed (self, wanted);
  call (self, TRUE);
}
