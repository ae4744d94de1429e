/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result's metrics.json: what is taken of it is in the ranges that the rest of Thaw relies on. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-training-result.h>

#include "thaw-fuzz.h"

static void
check_epochs (const ThawTrainingResult *result)
{
  g_assert_cmpuint (result->epochs->len, >, 0);
  for (guint i = 0; i < result->epochs->len; i++)
    {
      const ThawEpoch *epoch = &g_array_index (result->epochs, ThawEpoch, i);

      g_assert_cmpint (epoch->phase, >=, 0);
      g_assert_cmpuint ((guint) epoch->phase, <, result->options->phases->len);
      g_assert_cmpint (epoch->epoch, ==, g_array_index (result->epochs, ThawEpoch, 0).epoch + (int) i);
      g_assert_true (epoch->val_accuracy >= 0 && epoch->val_accuracy <= 1 && isfinite (epoch->loss) && isfinite (epoch->val_loss) && epoch->seconds >= 0);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTrainingResult) result = thaw_training_result_parse ((const char *) data, size, &error);

  g_assert_true ((result != NULL) == (error == NULL));
  if (result)
    check_epochs (result);
  for (guint i = 1; result && i < result->steps->len; i++)
    g_assert_cmpuint (g_array_index (result->steps, ThawTrainingStep, i).step, >, g_array_index (result->steps, ThawTrainingStep, i - 1).step);
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  static const char text[]
      = "{\"format\":\"thaw-result\",\"version\":1,\"run\":1,\"started\":1795382241044670,\"finished\":true,\"processes\":2,\"device\":\"cpu\",\"training\":{\"phases\":"
        "[{\"preset\":\"head\",\"epochs\":2,\"lr\":0.001,\"optimizer\":\"adam\",\"bn-rules\":[{\"pattern\":\"a\",\"batch\":true}],\"rate-rules\":[{\"pattern\":\"b\",\"factor\":2.0}]},"
        "{\"freeze\":[\"blocks.0\"],\"epochs\":1}],\"augmentation\":{\"flip\":0.5},\"batch\":16,\"seed\":\"18446744073709551615\"},\"epochs\":[{\"phase\":0,\"epoch\":1,\"loss\":0.7,"
        "\"accuracy\":0.5,\"val_loss\":0.6,\"val_accuracy\":0.75,\"lr\":1e-3,\"seconds\":1.5,\"images_per_second\":20,\"best\":true},{\"phase\":1,\"epoch\":2,\"loss\":0.7,\"accuracy\":0.5,"
        "\"val_loss\":0.6,\"val_accuracy\":0.75,\"lr\":1e-3,\"seconds\":1.5,\"images_per_second\":20,\"best\":false}],\"steps\":[[1,0.7,0.001,0.1],[2,0.6,0.001,0.2]]}";

  g_ptr_array_add (seeds, g_bytes_new_static (text, strlen (text)));
}
