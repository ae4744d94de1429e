/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader, and then what the zoo makes of tensors and metadata. */
#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

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
  g_autoptr (ThawModel) model = NULL;

  thaw_fuzz_outcome (error ? error->message : "ok");
  g_assert_true ((map && again) == !error);
  if (!map)
    return 0;
  model = thaw_zoo_from_weights (map, metadata, &error);
  g_assert_true ((model != NULL) == (error == NULL));
  thaw_fuzz_outcome (error ? error->message : "a model");
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
  add (seeds,
       "{\"__metadata__\":{\"architecture\":\"squeezenet1_1\",\"head\":\"dropout=0.2,linear=4,relu,linear\",\"cut_at\":\"features.3\","
       "\"labels\":\"[\\\"a\\\",\\\"b\\\"]\",\"licence\":\"MIT\",\"top1\":\"50.5\",\"preprocessing\":\"{\\\"resize\\\":72,\\\"stretch\\\":false,"
       "\\\"width\\\":64,\\\"height\\\":64,\\\"filter\\\":\\\"bilinear\\\",\\\"mean\\\":[0,0,0],\\\"std\\\":[1,1,1]}\"},"
       "\"head.2.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[0,32]}}",
       32);
  add (seeds, "{\"features.0.weight\":{\"dtype\":\"F16\",\"shape\":[64,3,3,3],\"data_offsets\":[0,3456]}}", 3456);
}
