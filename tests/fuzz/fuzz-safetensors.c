/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read can be written. */
#include <thaw/thaw-format.h>

#include "thaw-fuzz.h"
#include "thaw-sample.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) map = thaw_safetensors_parse (bytes, &metadata, &error);
  g_autoptr (GBytes) again = map ? thaw_safetensors_write (map, metadata, THAW_DTYPE_F16, &error) : NULL;

  g_assert_true ((map && again) == !error);
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

static void
add (GPtrArray *seeds, const char *header, gsize n)
{
  g_ptr_array_add (seeds, thaw_sample_safetensors (header, 0, n));
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  add (seeds, "{}", 0);
  add (seeds, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]}}", 32);
  add (seeds, "{\"__metadata__\":{\"format\":\"pt\",\"k\\u00e4\":\"\\ud83d\\ude00\\n\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[0,3],\"data_offsets\":[0,0]}}", 0);
}
