/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-activation.h>
#include <thaw/thaw-scaling.h>
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
/* Doubles: .1 in float would put the double twin 1e-8 away from PyTorch. batch_statistics: normalise by the batch's mean and (biased) variance while training; else by the stored ones.
 * activation: batchnorm's, applied last: none, relu or relu6 */
typedef struct { double eps; double momentum; gboolean batch_statistics; ThawActivation activation; } ThawNormParams;
typedef struct { gint64 size[2]; } ThawAdaptiveParams;
typedef struct { int axis; } ThawAxisParams;               /* softmax, log-softmax, concat: counted with the batch axis; not 0 */
typedef struct { ThawShape shape; } ThawReshapeParams;     /* with the leading 1 of a batched value; one dimension may be -1 */
typedef struct { int rank; int perm[THAW_MAX_RANK]; } ThawTransposeParams;
typedef struct { int pad[4]; float value; } ThawPadParams; /* images [N, H, W, C] */
typedef struct { float p; } ThawDropoutParams;
typedef struct { int n_axes; int axis[THAW_MAX_RANK]; gboolean keep; } ThawReduceParams;
typedef struct { gboolean transpose_a, transpose_b; } ThawMatmulParams;

typedef struct { int axis; gint64 start, length; } ThawSliceParams;  /* counted with the batch axis; not 0 of a batched value */
typedef struct { gint64 window[2]; } ThawRelativeParams;
typedef struct { gint64 groups; } ThawShuffleParams;
typedef struct { double exponent; } ThawPowerParams;
typedef struct { gint64 size; double alpha, beta, bias; } ThawLrnParams;
/* Index 0 is vertical. scale: new sides to old ones, multiplied in float and rounded down, as other programs do; 0: @size whatever the old ones are. antialias: filters grow where it shrinks. cubic: Keys' a */
typedef struct
{
  ThawScalingMode mode;
  ThawNearest     nearest;
  ThawCoordinates coordinates;
  gint64          size[2];
  double          scale[2];
  double          cubic;
  gboolean        antialias, exclude_outside;
} ThawResizeParams;

/* Values that follow from the architecture alone. number: [1], @value. window-mask: Swin's for shifted windows, [windows,
 * T, T] with T the places of a window: -100 where two places of a window were no neighbours before the shift; @size: the
 * padded image's. relative-coords: Swin V2's, [(2 window0 - 1) (2 window1 - 1), 2]: log-spaced distances. */
typedef enum { THAW_CONSTANT_NUMBER, THAW_CONSTANT_WINDOW_MASK, THAW_CONSTANT_RELATIVE_COORDS, THAW_N_CONSTANTS } ThawConstantKind;
typedef struct { ThawConstantKind kind; gint64 size[2], window[2], shift[2]; double value; } ThawConstantParams;

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
  ThawSliceParams     slice;
  ThawConstantParams  constant;
  ThawRelativeParams  relative;  /* relative-bias */
  ThawShuffleParams   shuffle;
  ThawPowerParams     power;
  ThawLrnParams       lrn;
  ThawResizeParams    resize;
} ThawOpParams;

G_END_DECLS
