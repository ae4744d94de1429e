/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that have weights alone, such as those keras.applications downloads: the networks of that module are built in, and the one that
 * takes all of the weights, in their order and shapes, is it. Widths come from the weights. */
#include <gio/gio.h>
#include <thaw/thaw-error.h>

#include "thaw-backbone-resources.h"
#include "thaw-keras-private.h"

#define NETWORKS "/thaw/backbones/keras-networks.json.gz"

/* (transfer full) */
static GBytes *
load_networks (void)
{
  g_autoptr (GInputStream) packed = g_resource_open_stream (thaw_backbone_get_resource (), NETWORKS, 0, NULL);
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) stream = packed ? g_converter_input_stream_new (packed, converter) : NULL;
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();

  if (!stream || g_output_stream_splice (output, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL) < 0)
    g_error ("the layers of Keras' networks were not built into the program");
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (output));
}

static void
set_assumption (ThawModel *model, const char *title)
{
  g_autofree char *pictures = model->assumption;

  model->assumption = g_strdup_printf ("The file has weights alone; taken is the network whose layers they fit, Keras' %s or one of other widths, on pictures of %d x %d.%s%s",
                                       title, model->preprocessing.width, model->preprocessing.height, pictures ? " " : "", pictures ? pictures : "");
}

/* @network: {"title", "end", "model"}. The whole of it, or without the classifier; NULL where neither takes all of the weights */
static ThawModel *
try_network (const ThawKerasStore *store, const ThawJsonReader *network)
{
  g_autofree char *title = thaw_keras_string (network, "title"), *end = thaw_keras_string (network, "end");
  ThawJsonReader text;
  ThawModel *model = NULL;

  if (!title || !end || !thaw_json_find (network, "model", &text))
    g_error ("the list of Keras' networks is damaged");
  for (guint bare = 0; bare < 2 && !model; bare++)
    model = thaw_keras_read (text.at, text.end - text.at, store, FALSE, bare ? end : NULL, NULL);
  if (model)
    set_assumption (model, title);
  return model;
}

ThawModel *
thaw_keras_recognise (const ThawKerasStore *store, GError **error)
{
  g_autoptr (GBytes) bytes = load_networks ();
  ThawJsonReader networks, network;
  ThawModel *model = NULL;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  thaw_json_reader_init (&networks, text, size);
  while (!model && thaw_json_next (&networks, &network))
    model = try_network (store, &network);
  if (!model)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "an HDF5 file with weights alone that fit none of keras.applications' networks; save the whole model with model.save()");
  return model;
}
