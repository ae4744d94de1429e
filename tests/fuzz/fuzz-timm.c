/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What timm's config.json says is what the zoo can read: its preprocessing and labels are valid. */
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-preprocessing.h>
#include <thaw/thaw-zoo.h>

#include <string.h>

#include "thaw-fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) metadata = thaw_timm_config_parse ((const char *) data, (gssize) size, &error);
  const char *json;

  g_assert_true ((metadata != NULL) == (error == NULL));
  json = metadata ? g_hash_table_lookup (metadata, "preprocessing") : NULL;
  if (json)
    {
      ThawPreprocessing preprocessing;
      GError *refused = NULL;

      /* a deviation of 0 is refused there */
      if (!thaw_preprocessing_from_json (&preprocessing, json, &refused))
        g_clear_error (&refused);
    }
  json = metadata ? g_hash_table_lookup (metadata, "labels") : NULL;
  if (json)
    {
      g_auto (GStrv) labels = thaw_labels_from_json (json, NULL);

      g_assert_nonnull (labels);
    }
  json = metadata ? g_hash_table_lookup (metadata, "architecture") : NULL;
  g_assert_true (!json || thaw_zoo_find (json));
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

static void
add (GPtrArray *seeds, const char *text)
{
  g_ptr_array_add (seeds, g_bytes_new (text, strlen (text)));
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  add (seeds, "{\"architecture\":\"tf_efficientnet_b0\",\"num_classes\":2,\"label_names\":[\"n01\",\"n02\"],\"label_descriptions\":{\"n01\":\"ant\"},"
              "\"pretrained_cfg\":{\"input_size\":[3,224,224],\"interpolation\":\"bicubic\",\"crop_pct\":0.875,\"crop_mode\":\"center\","
              "\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5],\"license\":\"apache-2.0\"}}");
  add (seeds, "{\"architecture\":\"vit_base_patch16_224\",\"model_args\":{\"img_size\":384,\"drop_rate\":0.1},\"label_names\":{\"0\":\"a\",\"1\":\"b\"},"
              "\"crop_mode\":\"squash\",\"crop_pct\":1.0,\"interpolation\":\"bilinear\"}");
  add (seeds, "{\"architectures\":[\"ViTForImageClassification\"]}");
}
