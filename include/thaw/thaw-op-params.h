/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-activation.h>
#include <thaw/thaw-tensor.h>

G_BEGIN_DECLS

typedef enum
{
  THAW_PADDING_EXPLICIT,
  /* TensorFlow's SAME: out = ceil (in / stride), the odd one out at the bottom and right; worked out
   * into @pad by the shape rule */
  THAW_PADDING_SAME,
} ThawPadding;

enum { THAW_TOP, THAW_LEFT, THAW_BOTTOM, THAW_RIGHT };

/* conv, depthwise, max-pool, avg-pool. Index 0 is vertical, 1 horizontal. */
typedef struct
{
  int            kernel[2];
  int            stride[2];
  int            dilation[2];
  ThawPadding    padding;
  int            pad[4];
  int            groups;        /* conv */
  ThawActivation activation;    /* conv, depthwise: applied last, after bias and residual */
  gboolean       ceil_mode;     /* pools: round the output size up, as PyTorch does */
  gboolean       count_padding; /* avg-pool: padding counts in the divisor (PyTorch's count_include_pad) */
} ThawWindowParams;

typedef struct { ThawActivation activation; } ThawLinearParams;
/* Doubles: .1 in float would put the double twin 1e-8 away from PyTorch. batch_statistics: normalise by the batch's mean and (biased) variance while training; else by the stored ones */
typedef struct { double eps; double momentum; gboolean batch_statistics; } ThawNormParams;
typedef struct { gint64 size[2]; } ThawAdaptiveParams;
typedef struct { int axis; } ThawAxisParams;               /* softmax, concat: counted with the batch axis; not 0 */
typedef struct { ThawShape shape; } ThawReshapeParams;     /* with the leading 1 of a batched value; one dimension may be -1 */
typedef struct { int rank; int perm[THAW_MAX_RANK]; } ThawTransposeParams;
typedef struct { int pad[4]; float value; } ThawPadParams; /* images [N, H, W, C] */
typedef struct { float p; } ThawDropoutParams;
typedef struct { int n_axes; int axis[THAW_MAX_RANK]; gboolean keep; } ThawReduceParams;
typedef struct { gboolean transpose_a, transpose_b; } ThawMatmulParams;

typedef union
{
  ThawWindowParams    window;
  ThawLinearParams    linear;
  ThawNormParams      norm;      /* batchnorm, layernorm, fold-weight, fold-bias */
  ThawAdaptiveParams  adaptive;
  ThawAxisParams      axis;
  ThawReshapeParams   reshape;
  ThawTransposeParams transpose;
  ThawPadParams       pad;
  ThawDropoutParams   dropout;
  ThawReduceParams    reduce;    /* mean */
  ThawMatmulParams    matmul;
} ThawOpParams;

G_END_DECLS
