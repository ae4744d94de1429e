/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives: TensorFlow.js' and Keras'. */
#include <thaw/thaw-format.h>

#include "formats/weights/thaw-zip.h"
#include "thaw-fuzz.h"
#include "thaw-keras-sample.h"
#include "thaw-sample.h"

static void
parse (const guint8 *data, gsize size, ThawModel *(*parser) (GBytes *, GError **))
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = parser (bytes, &error);

  g_assert_true ((model != NULL) == (error == NULL));
  thaw_fuzz_outcome (error ? error->message : "ok");
}

/* With the checksums made right: else few changes would come past them. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  thaw_sample_repair_zip (copy, size);
  parse (copy, size, thaw_tfjs_parse);
  parse (copy, size, thaw_keras_parse);
  return 0;
}

/* The entries that an archive has, stored */
static GBytes *
store (const char *sample, const char *const *names)
{
  g_autoptr (GBytes) bytes = thaw_keras_sample (sample);
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, NULL);
  GBytes *contents[8] = { NULL }, *stored;
  ThawWeightsBudget budget = { G_MAXSIZE };

  for (guint i = 0; names[i]; i++)
    contents[i] = thaw_zip_read (zip, names[i], &budget, NULL);
  stored = thaw_zip_write (names, contents, NULL);
  for (guint i = 0; names[i]; i++)
    g_bytes_unref (contents[i]);
  return stored;
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  static const char *const shards[] = { "model.json", "group1-shard1of2.bin", "group1-shard2of2.bin", NULL };
  static const char *const labelled[] = { "model.json", "group1-shard1of2.bin", "group1-shard2of2.bin", "metadata.json", NULL };

  g_ptr_array_add (seeds, store ("small-tfjs-quantised.zip", shards));
  g_ptr_array_add (seeds, store ("small-tfjs.zip", labelled));
  g_ptr_array_add (seeds, thaw_keras_sample ("small.keras.gz"));
}
