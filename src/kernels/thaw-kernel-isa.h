/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>

/* The build gives THAW_ISA_SUFFIX (avx2) and THAW_ISA_ID (THAW_ISA_AVX2): every kernel's symbol
 * carries the instruction set it was built for. */
#define THAW_ISA_JOIN_(name, suffix) name##_##suffix
#define THAW_ISA_JOIN(name, suffix) THAW_ISA_JOIN_ (name, suffix)
#define THAW_ISA_NAME(name) THAW_ISA_JOIN (name, THAW_ISA_SUFFIX)

#define THAW_KERNEL(name, type, arguments) type THAW_ISA_NAME (thaw_##name) arguments;
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
