/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"

extern const ThawKernels THAW_ISA_NAME (thaw_kernels);

const ThawKernels THAW_ISA_NAME (thaw_kernels) = {
  .isa = THAW_ISA_ID,
#define THAW_KERNEL(name, type, arguments) .name = THAW_ISA_NAME (thaw_##name),
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
};
