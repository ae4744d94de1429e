/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef enum
{
  THAW_DTYPE_F32,
  THAW_DTYPE_F16,
  THAW_DTYPE_BF16,
  THAW_DTYPE_F64,
  THAW_DTYPE_I64,
  THAW_DTYPE_I32,
  THAW_DTYPE_I16,
  THAW_DTYPE_I8,
  THAW_DTYPE_U8,
  THAW_DTYPE_BOOL,
  THAW_N_DTYPES
} ThawDtype;

/* Row-major dimensions; rank 0 is a scalar of one element. */
struct _ThawShape
{
  int    rank;
  gint64 dim[THAW_MAX_RANK];
};

#define THAW_SHAPE(...)                                                                            \
  ((ThawShape){ .rank = sizeof ((gint64[]){ __VA_ARGS__ }) / sizeof (gint64),                      \
                .dim = { __VA_ARGS__ } })

gsize       thaw_dtype_size     (ThawDtype dtype);
const char *thaw_dtype_name     (ThawDtype dtype); /* "float32" */

gboolean    thaw_shape_equal    (const ThawShape *a, const ThawShape *b);
/* The product of the dimensions. Shapes from files are checked with thaw_shape_check() first. */
gint64      thaw_shape_count    (const ThawShape *self);
/* FALSE for a negative dimension, a rank above THAW_MAX_RANK or a product times @element beyond gsize. */
gboolean    thaw_shape_check    (const ThawShape *self, gsize element, gsize *out_bytes);
/* "32 x 3 x 3 x 3" (transfer full) */
char       *thaw_shape_to_string (const ThawShape *self);
/* for people, "256 x 14 x 14": without the leading 1 where @batched (transfer full) */
char       *thaw_text_shape     (const ThawShape *self, gboolean batched);

/**
 * ThawTensor:
 *
 * A dense row-major array, counted by reference (atomically). The data is either the tensor's own
 * or lies inside a GBytes (a mapped file) that it keeps alive; those are never written to.
 */
struct _ThawTensor
{
  ThawDtype dtype;
  ThawShape shape;
  void     *data;  /* 64-byte aligned when the tensor's own */
  gsize     bytes;

  GBytes   *owner; /* NULL: the data is the tensor's own */
  gatomicrefcount references;
};

/* zeros */
ThawTensor  *thaw_tensor_new        (ThawDtype dtype, const ThawShape *shape);
/* NULL with an error where the memory is not to be had: for shapes that come from a file */
ThawTensor  *thaw_tensor_try_new    (ThawDtype dtype, const ThawShape *shape, GError **error);
/* a view into @owner at @offset; NULL unless it lies inside and is aligned to its element */
ThawTensor  *thaw_tensor_new_view   (ThawDtype dtype, const ThawShape *shape, GBytes *owner, gsize offset, GError **error);
ThawTensor  *thaw_tensor_ref        (ThawTensor *self);
void         thaw_tensor_unref      (ThawTensor *self);
/* own memory, same dtype */
ThawTensor  *thaw_tensor_copy       (const ThawTensor *self);
/* F16, BF16, F64 and the integers become F32; a float32 tensor is returned with one more reference */
ThawTensor  *thaw_tensor_to_f32     (ThawTensor *self);
/* to F16 or BF16, rounded to nearest even */
ThawTensor  *thaw_tensor_convert    (ThawTensor *self, ThawDtype dtype);
/* axes in the manner of numpy.transpose, @perm has shape.rank entries; any dtype */
ThawTensor  *thaw_tensor_permute    (const ThawTensor *self, const int *perm);
/* the same numbers in another shape of as many; a view where the data lies in a GBytes */
ThawTensor  *thaw_tensor_reshape    (ThawTensor *self, const ThawShape *shape);
gint64       thaw_tensor_count      (const ThawTensor *self);
/* SHA-256 over dtype, shape and bytes, hexadecimal (transfer full) */
char        *thaw_tensor_hash       (const ThawTensor *self);

static inline float *
thaw_tensor_f32 (const ThawTensor *self)
{
  g_assert (self->dtype == THAW_DTYPE_F32);
  return self->data;
}

/**
 * ThawTensorMap:
 *
 * Name -> tensor, in the order of insertion. Counted by reference.
 */
ThawTensorMap *thaw_tensor_map_new    (void);
ThawTensorMap *thaw_tensor_map_ref    (ThawTensorMap *self);
void           thaw_tensor_map_unref  (ThawTensorMap *self);
/* every tensor copied */
ThawTensorMap *thaw_tensor_map_copy   (const ThawTensorMap *self);
/* @tensor: (transfer none), a reference is taken; replaces in place */
void           thaw_tensor_map_set    (ThawTensorMap *self, const char *name, ThawTensor *tensor);
void           thaw_tensor_map_take   (ThawTensorMap *self, const char *name, ThawTensor *tensor);
/* (transfer none) (nullable) */
ThawTensor    *thaw_tensor_map_get    (const ThawTensorMap *self, const char *name);
gboolean       thaw_tensor_map_remove (ThawTensorMap *self, const char *name);
guint          thaw_tensor_map_size   (const ThawTensorMap *self);
const char    *thaw_tensor_map_name   (const ThawTensorMap *self, guint i);
ThawTensor    *thaw_tensor_map_at     (const ThawTensorMap *self, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTensor, thaw_tensor_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTensorMap, thaw_tensor_map_unref)

G_END_DECLS
