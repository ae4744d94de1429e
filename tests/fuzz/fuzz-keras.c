/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The descriptions of layers, with weights that fit the small network's; archives are fuzz-tfjs'. */
#include <string.h>

#include "formats/keras/thaw-keras-private.h"
#include "formats/weights/thaw-hdf5.h"
#include "thaw-fuzz.h"
#include "thaw-keras-sample.h"

static ThawKerasStore store;
static GHashTable *attributes;

static void
load_weights (void)
{
  g_autoptr (GBytes) bytes = thaw_keras_sample ("small.h5.gz");
  ThawTensorMap *tensors = thaw_hdf5_parse (bytes, &attributes, NULL);

  g_assert_nonnull (tensors);
  thaw_keras_store_init (&store, tensors, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = NULL;

  if (!attributes)
    load_weights ();
  model = thaw_keras_read ((const char *) data, size, &store, size % 2, NULL, &error);
  g_assert_true ((model != NULL) == (error == NULL));
  thaw_fuzz_outcome (error ? error->message : "ok");
  return 0;
}

#define INPUT "{\"class_name\":\"InputLayer\",\"config\":{\"batch_input_shape\":[null,4,4,3],\"name\":\"i\"}}"

/* What the small network has not, and nothing else, so that few changes are wasted */
static const char *const models[] = {
  "{\"class_name\":\"Sequential\",\"config\":[" INPUT ",{\"class_name\":\"Flatten\",\"config\":{}},{\"class_name\":\"Reshape\",\"config\":{\"target_shape\":[4,4,-1]}}]}",
  "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[" INPUT ",{\"class_name\":\"GlobalMaxPooling2D\",\"config\":{}},{\"class_name\":\"Softmax\",\"config\":{}}]}}",
  "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[" INPUT ",{\"class_name\":\"Permute\",\"config\":{\"dims\":[2,1,3]}},{\"class_name\":\"Dropout\",\"config\":{\"rate\":0.5}}]}}",
  "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[" INPUT ",{\"class_name\":\"Normalization\",\"config\":{\"mean\":[1,2,3],\"variance\":[1,1,4]}},"
  "{\"class_name\":\"ZeroPadding2D\",\"config\":{\"padding\":1}},{\"class_name\":\"ReLU\",\"config\":{}},{\"class_name\":\"Rescaling\",\"config\":{\"scale\":2,\"offset\":1}}]}}",
  "{\"class_name\":\"Functional\",\"config\":{\"layers\":[" INPUT ",{\"class_name\":\"Activation\",\"name\":\"a\",\"config\":{\"activation\":\"hard_sigmoid\"},\"inbound_nodes\":[[[\"i\",0,0,{}]]]},"
  "{\"class_name\":\"TFOpLambda\",\"name\":\"o\",\"config\":{\"function\":\"math.multiply\"},\"inbound_nodes\":[[\"a\",0,0,{\"y\":0.5}]]},"
  "{\"class_name\":\"Average\",\"name\":\"m\",\"config\":{},\"inbound_nodes\":[[[\"a\",0,0],[\"o\",0,0]]]}],\"output_layers\":[[\"m\",0,0]]}}",
};

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  const char *config;

  load_weights ();
  config = g_hash_table_lookup (attributes, "model_config");
  g_ptr_array_add (seeds, g_bytes_new (config, strlen (config)));
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    g_ptr_array_add (seeds, g_bytes_new_static (models[i], strlen (models[i])));
}
