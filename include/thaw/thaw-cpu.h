/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

/* Instruction sets that kernels are built for, the later the wider. */
typedef enum
{
  THAW_ISA_BASELINE, /* what the compiler was told, SSE2 on x86-64 */
  THAW_ISA_AVX2,     /* with FMA */
  THAW_ISA_AVX512,   /* F, VL, DQ, BW */
  /* AVX-512 in float32 to the last bit, and products of bfloat16: */
  THAW_ISA_AVX512_BF16,
  THAW_ISA_AMX,      /* tiles */
  THAW_N_ISAS
} ThawIsa;

/* "baseline", "avx2", "avx512", "avx512bf16", "amx", as the environment variable THAW_ISA has it */
const char *thaw_isa_name     (ThawIsa isa);
/* This machine and its operating system can run it, by feature bits and never by its name. */
gboolean    thaw_isa_runs     (ThawIsa isa);
/* What to use: the widest that runs, or the one that THAW_ISA names (a warning is logged where that
 * one does not run or is not known). Read once; any thread. */
ThawIsa     thaw_cpu_isa      (void);
/* How many products of bfloat16 it takes the time of one of float32 for, about; 1: it gains nothing by them */
double      thaw_isa_bf16_gain (ThawIsa isa);
/* Bytes of the cache that a core has to itself (the second level), as the system tells; 1 MiB where it does not. Read once; any
 * thread. */
gsize       thaw_cpu_cache    (void);

G_END_DECLS
