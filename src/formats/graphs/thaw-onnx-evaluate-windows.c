/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows over constants of any number of axes, and norms over their channels */
#include <math.h>
#include <string.h>

#include "thaw-onnx-evaluate.h"

#define MAX_AXES (THAW_MAX_RANK - 2)

typedef struct
{
  int       n;                      /* axes behind the pictures and channels */
  gint64    kernel[MAX_AXES], stride[MAX_AXES], dilation[MAX_AXES], before[MAX_AXES], after[MAX_AXES];
  ThawShape shape;                  /* of the result */
} Windows;

/* [@n] of the attribute, all @otherwise where it is not there */
static gboolean
read_list (const ThawOnnx__Node *node, const char *name, int n, gint64 otherwise, gint64 *out)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  for (int i = 0; i < n; i++)
    {
      out[i] = attribute && attribute->n_ints == (gsize) n ? attribute->ints[i] : otherwise;
      if (out[i] < 0 || out[i] > 65536)
        return FALSE;
    }
  return !attribute || attribute->n_ints == (gsize) n;
}

/* auto_pad, where it says something */
static void
pad_alike (Windows *self, const ThawOnnx__Node *node, const ThawShape *from)
{
  const gboolean upper = thaw_onnx_string_is (node, "auto_pad", "SAME_UPPER"), lower = thaw_onnx_string_is (node, "auto_pad", "SAME_LOWER");

  for (int i = 0; i < self->n && (upper || lower); i++)
    {
      const gint64 in = from->dim[2 + i], out = (in + self->stride[i] - 1) / self->stride[i];
      const gint64 total = MAX ((out - 1) * self->stride[i] + (self->kernel[i] - 1) * self->dilation[i] + 1 - in, 0);

      self->before[i] = upper ? total / 2 : total - total / 2;
      self->after[i] = total - self->before[i];
    }
}

static gboolean
find_windows (Windows *self, const ThawOnnx__Node *node, const ThawShape *from)
{
  const gboolean up = thaw_onnx_get_int (node, "ceil_mode", 0) != 0;
  gint64 pads[2 * MAX_AXES];

  *self = (Windows){ .n = from->rank - 2, .shape = *from };
  if (self->n < 1 || !thaw_onnx_attribute (node, "kernel_shape") || !read_list (node, "kernel_shape", self->n, 1, self->kernel)
      || !read_list (node, "strides", self->n, 1, self->stride) || !read_list (node, "dilations", self->n, 1, self->dilation)
      || !read_list (node, "pads", 2 * self->n, 0, pads))
    return FALSE;
  for (int i = 0; i < self->n; i++)
    {
      self->before[i] = pads[i];
      self->after[i] = pads[self->n + i];
      if (self->kernel[i] < 1 || self->stride[i] < 1 || self->dilation[i] < 1)
        return FALSE;
    }
  pad_alike (self, node, from);
  for (int i = 0; i < self->n; i++)
    {
      const gint64 room = from->dim[2 + i] + self->before[i] + self->after[i] - (self->kernel[i] - 1) * self->dilation[i] - 1;
      gint64 out = room < 0 ? 0 : (room + (up ? self->stride[i] - 1 : 0)) / self->stride[i] + 1;

      /* the last window begins inside */
      if (up && (out - 1) * self->stride[i] >= from->dim[2 + i] + self->before[i])
        out--;
      if (out < 1)
        return FALSE;
      self->shape.dim[2 + i] = out;
    }
  return TRUE;
}

/* What a window over one channel has in it */
typedef struct
{
  double most, sum;
  gint64 place;              /* of the largest, in the channel */
  gint64 inside, counted;    /* numbers, and those with the padding that is said */
} Found;

static Found
look (const Windows *self, const ThawTensor *x, gint64 base, const gint64 *corner)
{
  const gint64 *size = x->shape.dim + 2;
  Found found = { -INFINITY, 0, 0, 0, 0 };
  gint64 n = 1;

  for (int i = 0; i < self->n; i++)
    n *= self->kernel[i];
  for (gint64 k = 0; k < n; k++)
    {
      gint64 rest = k, place = 0, step = 1;
      gboolean inside = TRUE, counted = TRUE;

      for (int i = self->n - 1; i >= 0; i--)
        {
          const gint64 at = corner[i] + rest % self->kernel[i] * self->dilation[i];

          inside &= at >= 0 && at < size[i];
          counted &= at < size[i] + self->after[i];
          place += at * step;
          step *= size[i];
          rest /= self->kernel[i];
        }
      found.counted += counted;
      if (!inside)
        continue;
      found.inside++;
      found.sum += thaw_onnx_at (x, base + place);
      if (thaw_onnx_at (x, base + place) > found.most)
        {
          found.most = thaw_onnx_at (x, base + place);
          found.place = place;
        }
    }
  return found;
}

/* The number of a place with the last axis first, as storage_order 1 counts */
static gint64
by_columns (const ThawShape *shape, gint64 place)
{
  gint64 rest = place, index[THAW_MAX_RANK], result = 0;

  for (int i = shape->rank - 1; i >= 2; i--)
    {
      index[i] = rest % shape->dim[i];
      rest /= shape->dim[i];
    }
  for (int i = shape->rank - 1; i >= 2; i--)
    result = result * shape->dim[i] + index[i];
  return result;
}

static gboolean
run_pool (const ThawOnnxCall *self)
{
  const gboolean max = g_str_equal (self->proto->op_type, "MaxPool"), padding = thaw_onnx_get_int (self->proto, "count_include_pad", 0) != 0;
  const gboolean columns = thaw_onnx_get_int (self->proto, "storage_order", 0) != 0;
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  g_autoptr (ThawTensor) places = NULL;
  gint64 channel = 1, out = 1;
  Windows windows;
  ThawTensor *y;

  if (!x || !find_windows (&windows, self->proto, &x->shape))
    return thaw_onnx_call_fail (self, "windows that do not fit");
  for (int i = 0; i < windows.n; i++)
    {
      channel *= x->shape.dim[2 + i];
      out *= windows.shape.dim[2 + i];
    }
  y = thaw_onnx_call_new (self, x->dtype, &windows.shape);
  places = y && self->proto->n_output > 1 ? thaw_onnx_call_new (self, THAW_DTYPE_I64, &windows.shape) : NULL;
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    {
      gint64 rest = i, corner[MAX_AXES];
      Found found;

      for (int d = windows.n - 1; d >= 0; d--)
        {
          corner[d] = rest % windows.shape.dim[2 + d] * windows.stride[d] - windows.before[d];
          rest /= windows.shape.dim[2 + d];
        }
      found = look (&windows, x, i / out * channel, corner);
      thaw_onnx_put (y, i, max ? found.most : found.sum / (double) MAX (padding ? found.counted : found.inside, 1));
      if (places)
        ((gint64 *) places->data)[i] = i / out * channel + (columns ? by_columns (&x->shape, found.place) : found.place);
    }
  if (places)
    thaw_onnx_call_give (self, 1, g_steal_pointer (&places));
  return thaw_onnx_call_give (self, 0, y);
}

/* All of every channel */
static gboolean
run_global_pool (const ThawOnnxCall *self)
{
  const gboolean max = g_str_equal (self->proto->op_type, "GlobalMaxPool");
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  ThawShape shape = { 0 };
  gint64 n = 1;
  ThawTensor *y;

  if (!x || x->shape.rank < 3)
    return FALSE;
  shape = x->shape;
  for (int i = 2; i < shape.rank; i++)
    {
      n *= shape.dim[i];
      shape.dim[i] = 1;
    }
  y = n > 0 ? thaw_onnx_call_new (self, x->dtype, &shape) : NULL;
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    {
      double sum = 0, most = -INFINITY;

      for (gint64 k = 0; k < n; k++)
        {
          sum += thaw_onnx_at (x, i * n + k);
          most = MAX (most, thaw_onnx_at (x, i * n + k));
        }
      thaw_onnx_put (y, i, max ? most : sum / (double) n);
    }
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_lrn (const ThawOnnxCall *self)
{
  const double alpha = thaw_onnx_get_float (self->proto, "alpha", 1e-4), beta = thaw_onnx_get_float (self->proto, "beta", .75);
  const double bias = thaw_onnx_get_float (self->proto, "bias", 1);
  const gint64 size = thaw_onnx_get_int (self->proto, "size", 0);
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 inner = 1, channels;
  ThawTensor *y;

  if (!x || x->shape.rank < 2 || size < 1 || size > 65536)
    return FALSE;
  channels = x->shape.dim[1];
  for (int i = 2; i < x->shape.rank; i++)
    inner *= x->shape.dim[i];
  y = thaw_onnx_call_new (self, x->dtype, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    {
      const gint64 c = i / inner % channels, from = MAX (c - (size - 1) / 2, 0), to = MIN (c + size / 2 + 1, channels);
      double squares = 0;

      for (gint64 k = from; k < to; k++)
        squares += pow (thaw_onnx_at (x, i + (k - c) * inner), 2);
      thaw_onnx_put (y, i, thaw_onnx_at (x, i) / pow (bias + alpha / (double) size * squares, beta));
    }
  return thaw_onnx_call_give (self, 0, y);
}

/* Means and variances of each channel: those that are stored, or in training mode the numbers' own, which then go into the stored ones */
static gboolean
run_batchnorm (const ThawOnnxCall *self)
{
  const double eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5), momentum = thaw_onnx_get_float (self->proto, "momentum", .9);
  const gboolean training = thaw_onnx_get_int (self->proto, "training_mode", 0) != 0;
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  ThawTensor *y, *kept[2] = { NULL, NULL };
  gint64 channels, inner = 1, count;

  if (!x || x->shape.rank < 2)
    return FALSE;
  channels = x->shape.dim[1];
  count = thaw_tensor_count (x);
  for (int i = 2; i < x->shape.rank; i++)
    inner *= x->shape.dim[i];
  for (gsize k = 1; k < 5; k++)
    if (!thaw_onnx_call_input (self, k) || thaw_tensor_count (thaw_onnx_call_input (self, k)) != channels)
      return thaw_onnx_call_fail (self, "not one number a channel");
  y = thaw_onnx_call_new (self, THAW_DTYPE_F32, &x->shape);
  for (guint k = 0; k < 2; k++)
    kept[k] = y ? thaw_onnx_call_new (self, THAW_DTYPE_F32, &THAW_SHAPE (channels)) : NULL;
  for (gint64 c = 0; kept[0] && kept[1] && c < channels; c++)
    {
      const gint64 n = count / channels;
      double statistic[2];

      for (guint k = 0; k < 2; k++)
        {
          statistic[k] = thaw_onnx_at (thaw_onnx_call_input (self, 3 + k), c);
          if (training)
            {
              double sum = 0;

              for (gint64 i = 0; i < n; i++)
                sum += k ? pow (thaw_onnx_at (x, (i / inner * channels + c) * inner + i % inner) - statistic[0], 2)
                         : thaw_onnx_at (x, (i / inner * channels + c) * inner + i % inner);
              thaw_onnx_put (kept[k], c, momentum * statistic[k] + (1 - momentum) * sum / (double) n);
              statistic[k] = sum / (double) n;
            }
        }
      for (gint64 i = 0; i < n; i++)
        {
          const gint64 at = (i / inner * channels + c) * inner + i % inner;

          thaw_onnx_put (y, at, (thaw_onnx_at (x, at) - statistic[0]) / sqrt (statistic[1] + eps) * thaw_onnx_at (thaw_onnx_call_input (self, 1), c)
                                    + thaw_onnx_at (thaw_onnx_call_input (self, 2), c));
        }
    }
  return thaw_onnx_call_give (self, 1, kept[0]) & thaw_onnx_call_give (self, 2, kept[1]) & thaw_onnx_call_give (self, 0, y);
}

ThawOnnxRun
thaw_onnx_find_windows (const char *type)
{
  static const struct
  {
    const char *type;
    ThawOnnxRun run;
  } rows[] = { { "MaxPool", run_pool }, { "AveragePool", run_pool }, { "GlobalMaxPool", run_global_pool }, { "GlobalAveragePool", run_global_pool },
               { "LRN", run_lrn }, { "BatchNormalization", run_batchnorm } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].run;
  return NULL;
}
