/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-kernels.h>

extern const ThawKernels thaw_kernels_baseline;
#ifdef __x86_64__
extern const ThawKernels thaw_kernels_avx2, thaw_kernels_avx512, thaw_kernels_avx512bf16, thaw_kernels_amx;
#endif

static const ThawKernels *const tables[THAW_N_ISAS] = {
  [THAW_ISA_BASELINE] = &thaw_kernels_baseline,
#ifdef __x86_64__
  [THAW_ISA_AVX2] = &thaw_kernels_avx2,
  [THAW_ISA_AVX512] = &thaw_kernels_avx512,
  [THAW_ISA_AVX512_BF16] = &thaw_kernels_avx512bf16,
  [THAW_ISA_AMX] = &thaw_kernels_amx,
#endif
};

const ThawKernels *
thaw_kernels_for (ThawIsa isa)
{
  g_return_val_if_fail ((guint) isa < THAW_N_ISAS, NULL);
  return thaw_isa_runs (isa) ? tables[isa] : NULL;
}

const ThawKernels *
thaw_kernels (void)
{
  const ThawKernels *kernels = thaw_kernels_for (thaw_cpu_isa ());

  return kernels ? kernels : &thaw_kernels_baseline;
}
