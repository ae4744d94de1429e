/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"

/* Where only products of bfloat16 are built again the others are those of THAW_ISA_BASE. */
#ifdef THAW_ISA_BASE
#define THAW_BASE_NAME(name) THAW_ISA_JOIN (name, THAW_ISA_BASE)
#define THAW_KERNEL(name, type, arguments) type THAW_BASE_NAME (thaw_##name) arguments;
#define THAW_BF16_KERNEL(name, type, arguments)
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
#else
#define THAW_BASE_NAME(name) THAW_ISA_NAME (name)
#endif

extern const ThawKernels THAW_ISA_NAME (thaw_kernels);

const ThawKernels THAW_ISA_NAME (thaw_kernels) = {
  .isa = THAW_ISA_ID,
#define THAW_KERNEL(name, type, arguments) .name = THAW_BASE_NAME (thaw_##name),
#define THAW_BF16_KERNEL(name, type, arguments) .name = THAW_ISA_NAME (thaw_##name),
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
};
