/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thaw_image_prepare() as operators: sizes are worked out from the picture's own in integers, the picture is
 * scaled in 8 bits as Pillow does, cropped in the middle and normalised. */
#include <string.h>

#include "thaw-onnx.h"

static const char *
add (ThawOnnxBuilder *b, const char *type, const char *output, const char *x, const char *y)
{
  const char *inputs[] = { x, y, NULL };

  thaw_onnx_add_node (b, type, output, inputs, output);
  return output;
}

static void
cast (ThawOnnxBuilder *b, const char *output, const char *x, int type)
{
  const char *inputs[] = { x, NULL };

  thaw_onnx_set_int (thaw_onnx_add_node (b, "Cast", output, inputs, output), "to", type);
}

/* image [H, W, 3] -> picture_planes [1, 3, H, W] */
static void
write_planes (ThawOnnxBuilder *b)
{
  const char *inputs[] = { THAW_ONNX_IMAGE, NULL };

  thaw_onnx_set_ints (thaw_onnx_add_node (b, "Transpose", "picture_turned", inputs, "picture_turned"), "perm",
                      (gint64[]){ 2, 0, 1 }, 3);
  add (b, "Unsqueeze", "picture_planes", "picture_turned", thaw_onnx_add_ints (b, (gint64[]){ 0 }, 1));
}

/* scaled_size [2]: the shorter side becomes @side, the longer what belongs to it, the nearest integer or cut off */
static const char *
write_scaled_size (ThawOnnxBuilder *b, gint64 side, ThawRounding rounding)
{
  const char *slice[] = { "picture_shape", thaw_onnx_add_ints (b, (gint64[]){ 0 }, 1),
                          thaw_onnx_add_ints (b, (gint64[]){ 2 }, 1), NULL };

  add (b, "Shape", "picture_shape", THAW_ONNX_IMAGE, NULL);
  thaw_onnx_add_node (b, "Slice", "picture_size", slice, "picture_size");
  add (b, "ReduceMin", "shorter_side", "picture_size", NULL);
  if (rounding == THAW_ROUNDING_TORCHVISION)
    {
      add (b, "Mul", "size_times_side", "picture_size", thaw_onnx_add_int (b, side));
      return add (b, "Div", "scaled_size", "size_times_side", "shorter_side");
    }
  add (b, "Mul", "size_times_side", "picture_size", thaw_onnx_add_int (b, 2 * side));
  add (b, "Add", "size_to_round", "size_times_side", "shorter_side");
  add (b, "Mul", "shorter_side_twice", "shorter_side", thaw_onnx_add_int (b, 2));
  return add (b, "Div", "scaled_size", "size_to_round", "shorter_side_twice");
}

static void
write_scale (ThawOnnxBuilder *b, const char *size, ThawFilter filter)
{
  const char *sizes[] = { thaw_onnx_add_ints (b, (gint64[]){ 1, 3 }, 2), size, NULL };
  const char *inputs[] = { "picture_planes", "", "", "scaled_sizes", NULL };
  ThawOnnx__Node *node;

  thaw_onnx_set_int (thaw_onnx_add_node (b, "Concat", "scaled_sizes", sizes, "scaled_sizes"), "axis", 0);
  node = thaw_onnx_add_node (b, "Resize", "picture_scaled", inputs, "picture_scaled");
  thaw_onnx_set_string (node, "mode", filter == THAW_FILTER_BICUBIC ? "cubic" : "linear");
  thaw_onnx_set_string (node, "coordinate_transformation_mode", "half_pixel");
  thaw_onnx_set_int (node, "antialias", 1);
  if (filter == THAW_FILTER_BICUBIC)
    thaw_onnx_set_float (node, "cubic_coeff_a", -.5);
}

/* thaw_preprocessing_margin(): half of crop_margin, whose odd pixel stands after the crop, or on the even side */
static void
write_crop_start (ThawOnnxBuilder *b, ThawRounding rounding)
{
  const char *two = thaw_onnx_add_int (b, 2), *margin = "crop_margin";

  if (rounding == THAW_ROUNDING_TORCHVISION)
    {
      add (b, "Div", "crop_margin_half", margin, two);
      add (b, "Mod", "crop_margin_odd", "crop_margin_half", two);
      margin = add (b, "Add", "crop_margin_even", margin, "crop_margin_odd");
    }
  add (b, "Div", "crop_start", margin, two);
}

/* The middle @height x @width of picture_scaled */
static void
write_crop (ThawOnnxBuilder *b, const char *size, gint64 height, gint64 width, ThawRounding rounding)
{
  const char *crop = thaw_onnx_add_ints (b, (gint64[]){ height, width }, 2);
  const char *slice[] = { "picture_scaled", "crop_start", "crop_end", thaw_onnx_add_ints (b, (gint64[]){ 2, 3 }, 2), NULL };

  add (b, "Sub", "crop_margin", size, crop);
  write_crop_start (b, rounding);
  add (b, "Add", "crop_end", "crop_start", crop);
  thaw_onnx_add_node (b, "Slice", "picture_cropped", slice, "picture_cropped");
}

static const char *
add_channels (ThawOnnxBuilder *b, const char *name, const float *values)
{
  g_autoptr (ThawTensor) tensor = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 3, 1, 1));

  memcpy (tensor->data, values, 3 * sizeof *values);
  return thaw_onnx_add_tensor (b, name, tensor);
}

void
thaw_onnx_write_preprocessing (ThawOnnxBuilder *self, const ThawPreprocessing *preprocessing)
{
  gint64 crop[] = { preprocessing->height, preprocessing->width };
  gint64 side = thaw_preprocessing_side (preprocessing);
  const char *size = preprocessing->stretch ? thaw_onnx_add_ints (self, crop, 2) : write_scaled_size (self, side, preprocessing->rounding);

  write_planes (self);
  write_scale (self, size, preprocessing->filter);
  write_crop (self, size, crop[0], crop[1], preprocessing->rounding);
  cast (self, "picture_float", "picture_cropped", THAW_ONNX_FLOAT);
  add (self, "Sub", "picture_centred", "picture_float", add_channels (self, "preprocessing.mean", preprocessing->mean));
  add (self, "Div", THAW_ONNX_INPUT, "picture_centred", add_channels (self, "preprocessing.std", preprocessing->std));
}
