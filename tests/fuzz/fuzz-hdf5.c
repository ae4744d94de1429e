/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/weights/thaw-hdf5.h"
#include "thaw-fuzz.h"
#include "thaw-keras-sample.h"

/* every byte of every tensor, so that a sanitizer sees one that is not there */
static guint8
touch (const ThawTensorMap *map)
{
  guint8 sum = 0;

  for (guint i = 0; i < thaw_tensor_map_size (map); i++)
    for (gsize k = 0; k < thaw_tensor_map_at (map, i)->bytes; k++)
      sum ^= ((const guint8 *) thaw_tensor_map_at (map, i)->data)[k];
  return sum;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GHashTable) attributes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) map = thaw_hdf5_parse (bytes, &attributes, &error);
  volatile guint8 sum = map ? touch (map) : 0;

  (void) sum;
  g_assert_true ((map != NULL) == (error == NULL));
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  g_ptr_array_add (seeds, thaw_keras_sample ("tiny.h5.gz"));
  g_ptr_array_add (seeds, thaw_keras_sample ("tiny-latest.h5.gz"));
  g_ptr_array_add (seeds, thaw_keras_sample ("packed.h5.gz"));
  g_ptr_array_add (seeds, thaw_keras_sample ("small.h5.gz"));
}
