/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the zoo makes of the tensors and metadata of a file that was read well: heads, cuts, labels, preprocessing. */
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
  g_autoptr (ThawModel) model = map ? thaw_zoo_from_weights (map, metadata, &error) : NULL;

  g_assert_true ((model != NULL) == (error == NULL));
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
  add (seeds,
       "{\"__metadata__\":{\"architecture\":\"squeezenet1_1\",\"head\":\"dropout=0.2,linear=4,relu,linear\",\"cut_at\":\"features.3\","
       "\"labels\":\"[\\\"a\\\",\\\"b\\\"]\",\"licence\":\"MIT\",\"top1\":\"50.5\",\"preprocessing\":\"{\\\"resize\\\":72,\\\"stretch\\\":false,"
       "\\\"width\\\":64,\\\"height\\\":64,\\\"filter\\\":\\\"bilinear\\\",\\\"mean\\\":[0,0,0],\\\"std\\\":[1,1,1]}\"},"
       "\"head.2.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[0,32]}}",
       32);
  add (seeds,
       "{\"__metadata__\":{\"architecture\":\"other\",\"preprocessing\":\"{\\\"resize\\\":8,\\\"stretch\\\":false,\\\"width\\\":4,\\\"height\\\":4,"
       "\\\"filter\\\":\\\"bilinear\\\",\\\"mean\\\":[0,0,0],\\\"std\\\":[1,1,1]}\","
       "\"graph\":\"{\\\"nodes\\\":[[\\\"input\\\",\\\"input\\\",[],[4,1,4,4,3]],[\\\"parameter\\\",\\\"w\\\",[],[4,2,3,1,1]],"
       "[\\\"conv\\\",\\\"c\\\",[0,1,-1,-1],[1,1,1,1,1,1,0,0,0,0,0,1,0,0,0]],[\\\"global-pool\\\",\\\"p\\\",[2],[]],"
       "[\\\"reshape\\\",\\\"r\\\",[3],[2,1,2]]],\\\"outputs\\\":[4],\\\"features\\\":3}\"},"
       "\"w\":{\"dtype\":\"F32\",\"shape\":[2,3,1,1],\"data_offsets\":[0,24]}}",
       24);
  add (seeds, "{\"features.0.weight\":{\"dtype\":\"F16\",\"shape\":[64,3,3,3],\"data_offsets\":[0,3456]}}", 3456);
}
