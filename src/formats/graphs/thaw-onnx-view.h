/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-onnx-read.h"

G_BEGIN_DECLS

/* Of a picture's value: a piece of memory that lies in steps of what follows it, and where the file has it */
typedef struct
{
  gint64 size;
  int    axis;  /* the file's; -1: of none (the pictures of a value that the file has once) */
  int    place; /* among the parts of that axis, the outermost first */
} ThawOnnxPart;

#define THAW_ONNX_MAX_PARTS 16

/**
 * ThawOnnxView: a value of the file, and where its numbers lie in Thaw's
 *
 * The parts are listed as they lie in @node's memory; the first is the pictures', of size 1. Each axis of the file is made of any
 * number of them. So turning axes and reshaping change the view alone: nothing is moved before an operation wants another order than
 * the one in which the numbers lie, and most never do: what PyTorch turns to channels last lies so already.
 */
typedef struct _ThawOnnxView
{
  ThawNode    *node;
  const char  *name; /* (nullable): what the file calls the last node that changed the view alone; it is given to what is made of it */
  int          rank; /* of the file's value */
  guint        n;
  ThawOnnxPart part[THAW_ONNX_MAX_PARTS];
} ThawOnnxView;

/* Sets the error; always FALSE */
gboolean thaw_onnx_view_fail      (GError **error, const char *what);
/* @axes: the file's axis of each of @node's, the pictures' first */
void     thaw_onnx_view_init      (ThawOnnxView *self, ThawNode *node, int rank, const int *axes);
/* [N, H, W, C] that the file has as [N, C, H, W] */
void     thaw_onnx_view_image     (ThawOnnxView *self, ThawNode *node);
/* as the file has it */
ThawShape thaw_onnx_view_shape    (const ThawOnnxView *self);
gint64   thaw_onnx_view_dim       (const ThawOnnxView *self, int axis);
/* The file's axis that the pictures lead; -1: none */
int      thaw_onnx_view_pictures  (const ThawOnnxView *self);
/* Parts that lie together and belong together become one, those of size 1 go. */
void     thaw_onnx_view_simplify  (ThawOnnxView *self);
/* Part @at keeps @outer of its numbers, and what is left becomes the part behind it. FALSE: there are too many */
gboolean thaw_onnx_view_split     (ThawOnnxView *self, guint at, gint64 outer);
/* The @k-th part of @axis but for the pictures', in the file's order: its place in memory; 0: there is none */
guint    thaw_onnx_view_part      (const ThawOnnxView *self, int axis, guint k);
/* The places in memory of the parts in the file's order, [n]; returns how many, without pictures that the file does not have */
guint    thaw_onnx_view_sort      (const ThawOnnxView *self, guint *order);
/* The parts of @axis are those from @first up to @end; FALSE where something else lies between them, or they are in another order */
gboolean thaw_onnx_view_together  (const ThawOnnxView *self, int axis, guint *first, guint *end);
/* @perm: of the file's axes */
void     thaw_onnx_view_transpose (ThawOnnxView *self, const int *perm);
/* FALSE with an error where nothing of that shape can be made */
gboolean thaw_onnx_view_reshape   (ThawOnnxReader *reader, ThawOnnxView *self, const ThawShape *shape, GError **error);
/* Brings the parts into the order @order, [n], of their places in memory; the first stays 0. */
gboolean thaw_onnx_view_arrange   (ThawOnnxReader *reader, ThawOnnxView *self, const guint *order, GError **error);
/* The file's axes in the order @axes, [rank], in memory */
gboolean thaw_onnx_view_order     (ThawOnnxReader *reader, ThawOnnxView *self, const int *axes, GError **error);
/* The parts of @axis together and in order behind all others, which keep theirs */
gboolean thaw_onnx_view_last      (ThawOnnxReader *reader, ThawOnnxView *self, int axis, GError **error);
/* The value with the axes @shape over the same memory; NULL with an error */
ThawNode *thaw_onnx_view_node     (ThawOnnxReader *reader, const ThawOnnxView *self, const ThawShape *shape, GError **error);
/* The value with an axis of its own for the file's @axis, which lies together, and which of the node's it is */
ThawNode *thaw_onnx_view_axis     (ThawOnnxReader *reader, ThawOnnxView *self, int axis, int *own, GError **error);
/* The value with an axis that holds the file's @axis and maybe what lies inside it: @inside numbers of the node's axis @own for each */
ThawNode *thaw_onnx_view_around   (ThawOnnxReader *reader, ThawOnnxView *self, int axis, int *own, gint64 *inside, GError **error);
/* As [1, H, W, C]; NULL with an error where it is no image */
ThawNode *thaw_onnx_view_as_image (ThawOnnxReader *reader, ThawOnnxView *self, GError **error);

/* Rows along @axis: the value with that axis last in memory, [1, ..., n] */
ThawNode *thaw_onnx_view_rows     (ThawOnnxReader *reader, ThawOnnxView *self, int axis, GError **error);
/* The same with rows of @n made of them by @node */
void     thaw_onnx_view_new_rows  (ThawOnnxView *self, ThawNode *node, int axis, gint64 n);

/* The value that input @i is; NULL: none that depends on the picture */
const ThawOnnxView *thaw_onnx_input_value (const ThawOnnxReading *self, gsize i);
const ThawOnnxView *thaw_onnx_value       (const ThawOnnxReader *self, const char *name);
/* Output @i is @view; always TRUE */
gboolean thaw_onnx_give           (const ThawOnnxReading *self, gsize i, const ThawOnnxView *view);
/* @tensor as the mask of shifted windows, which does not train; NULL: it is something else */
ThawNode *thaw_onnx_window_mask   (ThawOnnxReader *reader, const ThawTensor *tensor);
/* @views joined along the file's @axis; one without a node is the constant that is the file's input of that number */
gboolean thaw_onnx_join           (const ThawOnnxReading *self, ThawOnnxView *views, guint n, int axis, ThawOnnxView *out);
/* @x to the power of a number */
gboolean thaw_onnx_raise          (const ThawOnnxReading *self, const ThawOnnxView *x, double exponent, ThawOnnxView *out, gboolean is_layer);
/* The places @from, [@n], of the file's @axis */
gboolean thaw_onnx_take_places    (const ThawOnnxReading *self, ThawOnnxView *view, int axis, const gint64 *from, gint64 n);
gboolean thaw_onnx_read_concat    (const ThawOnnxReading *self);
gboolean thaw_onnx_read_pad       (const ThawOnnxReading *self);
/* Output 0 is @x times the matrix @weight, [I, O] or where @turned [O, I], plus @bias (nullable); the names are the file's */
gboolean thaw_onnx_give_linear    (const ThawOnnxReading *self, const ThawOnnxView *x, ThawTensor *weight, gboolean turned, const char *weight_name, ThawTensor *bias,
                                   const char *bias_name);
/* x + y or x y with broadcasting, of values; the result may be x. NULL, NULL where @b is a number */
gboolean thaw_onnx_join_values    (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, const ThawOnnxView *b, ThawOnnxView *out, gboolean is_layer);
/* The same with a constant; @name: the file's (nullable) */
gboolean thaw_onnx_join_constant  (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, ThawTensor *b, const char *name, ThawOnnxView *out, gboolean is_layer);
/* The same with one number */
gboolean thaw_onnx_join_number    (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, double b, ThawOnnxView *out, gboolean is_layer);

G_END_DECLS
