/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resize, and Upsample, which it was before: what the file says of each axis, and the same done with constants */
#include <math.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"

/* Of one axis */
#define LARGEST 65535
/* Of a scaled picture: 256 pixels on the short side and 128 times that on the long one */
#define MAX_ELEMENTS (G_GINT64_CONSTANT (3) << 23)

const char *const thaw_onnx_scaling_modes[] = { "nearest", "linear", "cubic" };
const char *const thaw_onnx_nearest_modes[] = { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" };
const char *const thaw_onnx_coordinates[] = { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "half_pixel_symmetric",
                                              "tf_crop_and_resize" };

/* Which of @words the attribute is, @otherwise where it is not there; -1: another */
static int
find_word (const ThawOnnx__Node *node, const char *name, const char *const *words, int n, int otherwise)
{
  if (!thaw_onnx_attribute (node, name))
    return otherwise;
  for (int i = 0; i < n; i++)
    if (thaw_onnx_string_is (node, name, words[i]))
      return i;
  return -1;
}

static gboolean
find_rules (ThawOnnxResize *self, const ThawOnnx__Node *node, gboolean old)
{
  int mode = find_word (node, "mode", thaw_onnx_scaling_modes, THAW_N_SCALINGS, THAW_SCALING_NEAREST);
  int nearest = old ? THAW_NEAREST_FLOOR : find_word (node, "nearest_mode", thaw_onnx_nearest_modes, THAW_N_NEARESTS, THAW_NEAREST_LOWER);
  int where = old ? THAW_COORDINATES_ASYMMETRIC
                  : find_word (node, "coordinate_transformation_mode", thaw_onnx_coordinates, THAW_N_COORDINATES + 1, THAW_COORDINATES_HALF_PIXEL);

  if (mode < 0 || nearest < 0 || where < 0)
    return FALSE;
  self->params.mode = mode;
  self->params.nearest = nearest;
  self->crops = where == THAW_N_COORDINATES;
  self->params.coordinates = self->crops ? THAW_COORDINATES_HALF_PIXEL : (ThawCoordinates) where;
  self->params.cubic = thaw_onnx_get_float (node, "cubic_coeff_a", -.75);
  self->params.antialias = thaw_onnx_get_int (node, "antialias", 0) != 0;
  self->params.exclude_outside = thaw_onnx_get_int (node, "exclude_outside", 0) != 0;
  self->extrapolation = thaw_onnx_get_float (node, "extrapolation_value", 0);
  return TRUE;
}

/* The axes in the order of the lists; FALSE: axes that there are not */
static gboolean
find_axes (const ThawOnnx__Node *node, int rank, int *axes, int *n)
{
  const ThawOnnx__Attribute *given = thaw_onnx_attribute (node, "axes");

  *n = given ? (int) MIN (given->n_ints, THAW_MAX_RANK) : rank;
  for (int i = 0; i < *n; i++)
    {
      axes[i] = given ? thaw_onnx_axis (given->ints[i], rank) : i;
      if (axes[i] < 0)
        return FALSE;
    }
  return *n <= rank;
}

/* One of the lists, [@n]; FALSE where it is not there or has not as many numbers */
static gboolean
read_list (const ThawTensor *tensor, int n, double *out)
{
  if (!tensor || thaw_tensor_count (tensor) != n)
    return FALSE;
  for (int i = 0; i < n; i++)
    out[i] = thaw_onnx_at (tensor, i);
  return TRUE;
}

/* Sizes that only bound the picture, which keeps its shape */
static void
keep_shape (const ThawOnnx__Node *node, const ThawShape *from, const int *axes, int n, double *sizes, double *scales)
{
  gboolean smaller = thaw_onnx_string_is (node, "keep_aspect_ratio_policy", "not_larger");
  double scale = scales[0];

  if (!smaller && !thaw_onnx_string_is (node, "keep_aspect_ratio_policy", "not_smaller"))
    return;
  for (int i = 1; i < n; i++)
    scale = smaller ? MIN (scale, scales[i]) : MAX (scale, scales[i]);
  for (int i = 0; i < n; i++)
    {
      scales[i] = scale;
      sizes[i] = floor (scale * (double) from->dim[axes[i]] + .5);
    }
}

/* New sides, and new ones to old ones */
static gboolean
find_sides (const ThawOnnx__Node *node, const ThawShape *from, const ThawOnnxResizeLists *lists, const int *axes, int n, double *sizes, double *scales)
{
  gboolean sized = read_list (lists->sizes, n, sizes);

  if (!sized && !read_list (lists->scales, n, scales))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (sized)
      scales[i] = sizes[i] / (double) from->dim[axes[i]];
    else
      sizes[i] = floorf ((float) scales[i] * (float) from->dim[axes[i]]);
  if (sized && n)
    keep_shape (node, from, axes, n, sizes, scales);
  for (int i = 0; i < n; i++)
    if (!(sizes[i] >= 1 && sizes[i] <= LARGEST && scales[i] > 0))
      return FALSE;
  return TRUE;
}

/* tf_crop_and_resize: from @start to @end of the axis, as shares of it */
static void
place_crop (ThawScaling *scaling, double start, double end)
{
  const double last = (double) scaling->from - 1;

  scaling->first = scaling->to > 1 ? start * last : (start + end) / 2 * last;
  scaling->step = scaling->to > 1 ? (end - start) * last / (double) (scaling->to - 1) : 0;
}

static gboolean
set_axis (ThawOnnxResize *self, int axis, gint64 from, double to, double scale)
{
  const ThawResizeParams *p = &self->params;

  if (from < 1 || from > LARGEST)
    return FALSE;
  self->axis[axis] = (ThawScaling){ .mode = p->mode, .nearest = p->nearest, .from = from, .to = (gint64) to, .stretch = p->antialias && scale < 1 ? 1 / scale : 1,
                                    .cubic = p->cubic, .exclude_outside = p->exclude_outside };
  thaw_scaling_place (&self->axis[axis], p->coordinates, scale);
  self->scale[axis] = scale;
  self->shape.dim[axis] = (gint64) to;
  self->scaled[axis] = self->crops || (gint64) to != from || scale != 1;
  return TRUE;
}

gboolean
thaw_onnx_find_resize (ThawOnnxResize *self, const ThawOnnx__Node *node, gboolean old, const ThawShape *from, const ThawOnnxResizeLists *lists)
{
  double sizes[THAW_MAX_RANK], scales[THAW_MAX_RANK], region[2 * THAW_MAX_RANK];
  int axes[THAW_MAX_RANK], n;

  *self = (ThawOnnxResize){ .shape = *from };
  if (!find_rules (self, node, old) || !find_axes (node, from->rank, axes, &n) || !find_sides (node, from, lists, axes, n, sizes, scales)
      || (self->crops && !read_list (lists->region, 2 * n, region)))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      if (!set_axis (self, axes[i], from->dim[axes[i]], sizes[i], scales[i]))
        return FALSE;
      if (self->crops)
        place_crop (&self->axis[axes[i]], region[i], region[n + i]);
    }
  return TRUE;
}

static gboolean
lies_outside (const ThawScaling *scaling, gint64 i)
{
  const double at = scaling->first + (double) i * scaling->step;

  return at < 0 || at > (double) scaling->from - 1;
}

/* @axis of @x becomes as long as @scaling says. Bytes are rounded after every axis, as Pillow and ONNX Runtime have it. */
static ThawTensor *
scale_axis (const ThawOnnxCall *call, const ThawTensor *x, int axis, const ThawOnnxResize *resize)
{
  const ThawScaling *scaling = &resize->axis[axis];
  const guint most = thaw_scaling_most (scaling);
  g_autofree gint64 *places = g_new (gint64, most);
  g_autofree double *weights = g_new (double, most);
  gint64 outer = 1, inner = 1;
  ThawShape shape = x->shape;
  ThawTensor *y;

  for (int d = 0; d < shape.rank; d++)
    *(d < axis ? &outer : &inner) *= d == axis ? 1 : shape.dim[d];
  shape.dim[axis] = scaling->to;
  y = thaw_onnx_call_new (call, x->dtype, &shape);
  for (gint64 i = 0; y && i < scaling->to; i++)
    {
      const guint n = thaw_scaling_taps (scaling, i, places, weights);
      const gboolean outside = resize->crops && lies_outside (scaling, i);

      for (gint64 at = 0; at < outer * inner; at++)
        {
          double sum = outside ? resize->extrapolation : 0;

          for (guint k = 0; k < n && !outside; k++)
            sum += weights[k] * thaw_onnx_at (x, (at / inner * scaling->from + places[k]) * inner + at % inner);
          thaw_onnx_put (y, (at / inner * scaling->to + i) * inner + at % inner, x->dtype == THAW_DTYPE_F32 ? sum : floor (sum + .5));
        }
    }
  return y;
}

gboolean
thaw_onnx_run_resize (const ThawOnnxCall *self)
{
  const gboolean old = self->opset < 11 || g_str_equal (self->proto->op_type, "Upsample");
  ThawTensor *x = thaw_onnx_call_input (self, 0);
  g_autoptr (ThawTensor) listed = thaw_onnx_listed_scales (self->proto);
  const ThawOnnxResizeLists lists = { .region = old ? NULL : thaw_onnx_call_input (self, 1),
                                      .scales = listed ? listed : thaw_onnx_call_input (self, old ? 1 : 2),
                                      .sizes = old ? NULL : thaw_onnx_call_input (self, 3) };
  g_autoptr (ThawTensor) y = x ? thaw_tensor_ref (x) : NULL;
  ThawOnnxResize resize;

  if (!x || !thaw_onnx_find_resize (&resize, self->proto, old, &x->shape, &lists) || thaw_shape_count (&resize.shape) > MAX_ELEMENTS)
    return thaw_onnx_call_fail (self, "sides, scales or a rule of scaling that do not fit");
  /* Pillow and ONNX Runtime leave out what lies outside of a picture */
  for (int axis = 0; x->dtype == THAW_DTYPE_U8 && resize.params.antialias && axis < x->shape.rank; axis++)
    resize.axis[axis].exclude_outside = TRUE;
  for (int axis = x->shape.rank - 1; y && axis >= 0; axis--)
    if (resize.scaled[axis])
      {
        ThawTensor *scaled = scale_axis (self, y, axis, &resize);

        thaw_tensor_unref (y);
        y = scaled;
      }
  return thaw_onnx_call_give (self, 0, g_steal_pointer (&y));
}

ThawTensor *
thaw_onnx_listed_scales (const ThawOnnx__Node *node)
{
  const ThawOnnx__Attribute *attribute = g_str_equal (node->op_type, "Upsample") ? thaw_onnx_attribute (node, "scales") : NULL;
  ThawTensor *scales = attribute ? thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE ((gint64) attribute->n_floats)) : NULL;

  for (gsize i = 0; scales && i < attribute->n_floats; i++)
    thaw_tensor_f32 (scales)[i] = attribute->floats[i];
  return scales;
}
