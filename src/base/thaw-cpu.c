/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-cpu.h>
#include <unistd.h>
#if defined __x86_64__ && defined __linux__
#include <sys/syscall.h>
#endif

static const char *const names[THAW_N_ISAS] = { "baseline", "avx2", "avx512", "avx512bf16", "amx" };

const char *
thaw_isa_name (ThawIsa isa)
{
  g_return_val_if_fail ((guint) isa < THAW_N_ISAS, NULL);
  return names[isa];
}

double
thaw_isa_bf16_gain (ThawIsa isa)
{
  static const double gains[THAW_N_ISAS] = { 1, 1, 1, 2, 8 };

  g_return_val_if_fail ((guint) isa < THAW_N_ISAS, 1);
  return gains[isa];
}

#ifdef __x86_64__
/* The system keeps room for tiles only in processes that asked for it. */
static gboolean
ask_for_tiles (void)
{
#ifdef SYS_arch_prctl
  const int request_permission = 0x1023, tile_data = 18;
  static gsize answer;

  if (g_once_init_enter (&answer))
    g_once_init_leave (&answer, syscall (SYS_arch_prctl, request_permission, tile_data) == 0 ? 1 : 2);
  return answer == 1;
#else
  return FALSE;
#endif
}
#endif

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
    case THAW_ISA_AVX512_BF16:
      return thaw_isa_runs (THAW_ISA_AVX512) && __builtin_cpu_supports ("avx512bf16");
    case THAW_ISA_AMX:
      return thaw_isa_runs (THAW_ISA_AVX512_BF16) && __builtin_cpu_supports ("amx-tile")
             && __builtin_cpu_supports ("amx-bf16") && ask_for_tiles ();
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

#define LEAST_CACHE ((gsize) 128 << 10)
#define USUAL_CACHE ((gsize) 1 << 20)
#define MOST_CACHE ((gsize) 8 << 20)

/* Some C libraries do not know it, some containers show no /sys. */
static gsize
read_cache (void)
{
  g_autofree char *text = NULL;
  glong bytes = -1;

#ifdef _SC_LEVEL2_CACHE_SIZE
  bytes = sysconf (_SC_LEVEL2_CACHE_SIZE);
#endif
  if (bytes <= 0 && g_file_get_contents ("/sys/devices/system/cpu/cpu0/cache/index2/size", &text, NULL, NULL))
    bytes = (glong) MIN (g_ascii_strtoull (text, NULL, 10) << 10, MOST_CACHE);
  return bytes > 0 ? CLAMP ((gsize) bytes, LEAST_CACHE, MOST_CACHE) : USUAL_CACHE;
}

gsize
thaw_cpu_cache (void)
{
  static gsize bytes;

  if (g_once_init_enter (&bytes))
    g_once_init_leave (&bytes, read_cache ());
  return bytes;
}
