/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-cpu.h>

static const char *const names[THAW_N_ISAS] = { "baseline", "avx2", "avx512" };

const char *
thaw_isa_name (ThawIsa isa)
{
  g_return_val_if_fail ((guint) isa < THAW_N_ISAS, NULL);
  return names[isa];
}

gboolean
thaw_isa_runs (ThawIsa isa)
{
  switch (isa)
    {
    case THAW_ISA_BASELINE:
      return TRUE;
#ifdef __x86_64__
    case THAW_ISA_AVX2:
      return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
    case THAW_ISA_AVX512:
      return thaw_isa_runs (THAW_ISA_AVX2) && __builtin_cpu_supports ("avx512f")
             && __builtin_cpu_supports ("avx512vl") && __builtin_cpu_supports ("avx512dq")
             && __builtin_cpu_supports ("avx512bw");
#endif
    default:
      return FALSE;
    }
}

static ThawIsa
widest (void)
{
  ThawIsa isa = THAW_N_ISAS - 1;

  while (!thaw_isa_runs (isa))
    isa--;
  return isa;
}

static ThawIsa
choose (void)
{
  const char *wanted = g_getenv ("THAW_ISA");

  if (!wanted || !*wanted)
    return widest ();
  for (ThawIsa isa = 0; isa < THAW_N_ISAS; isa++)
    if (g_str_equal (wanted, names[isa]) && thaw_isa_runs (isa))
      return isa;
  g_warning ("THAW_ISA=%s: not an instruction set of this machine, taking %s; baseline always "
             "works", wanted, names[widest ()]);
  return widest ();
}

ThawIsa
thaw_cpu_isa (void)
{
  static gsize chosen;

  if (g_once_init_enter (&chosen))
    g_once_init_leave (&chosen, choose () + 1);
  return chosen - 1;
}
