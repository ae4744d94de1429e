/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Builds an operation's naive twin from its one text, in float and in double. In thaw-op-NAME.c:
 *
 *     #define THAW_OP_TWIN "ops/thaw-op-NAME-ref.inc"
 *     #include "ops/thaw-op-ref.h"
 *     ...
 *     .reference = THAW_OP_REFERENCE (NAME)
 *
 * The text defines TWIN (NAME_forward) and TWIN (NAME_backward), static, and writes REAL for the
 * number type and MATH (exp) for a function of <math.h>. It is written for reading: no tricks, it
 * allocates what it needs, and it only ever adds to gradients, which TWIN (gradient) has cleared
 * where they are to be overwritten. Several texts may be built in one file: define THAW_OP_TWIN and
 * include again.
 */
#ifndef THAW_OP_TWIN
#error "define THAW_OP_TWIN first"
#endif

#include <math.h>
#include <string.h>

#include "ops/thaw-op-util.h"

#define TWIN_JOIN(a, b) a##b

#define REAL float
#define TWIN(name) TWIN_JOIN (name, _f32)
#define MATH(name) TWIN_JOIN (name, f)
#include "ops/thaw-op-ref-common.inc"
#include THAW_OP_TWIN
#undef REAL
#undef TWIN
#undef MATH

#define REAL double
#define TWIN(name) TWIN_JOIN (name, _f64)
#define MATH(name) name
#include "ops/thaw-op-ref-common.inc"
#include THAW_OP_TWIN
#undef REAL
#undef TWIN
#undef MATH

#undef TWIN_JOIN
#undef THAW_OP_TWIN
#define THAW_OP_TWINS_BUILT

#ifndef THAW_OP_REFERENCE
#define THAW_OP_REFERENCE(name)                                                                    \
  {                                                                                                \
    { name##_forward_f32, name##_backward_f32 }, { name##_forward_f64, name##_backward_f64 }       \
  }
#endif
