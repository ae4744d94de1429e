/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-keras-sample.h"

#include <gio/gio.h>
#include <string.h>

static GBytes *
unpack (GBytes *packed)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) source = g_memory_input_stream_new_from_bytes (packed);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (source, converter);
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  GError *error = NULL;

  g_output_stream_splice (output, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (output));
}

GBytes *
thaw_keras_sample (const char *name)
{
  /* fuzz targets are no programs of GLib's test framework, which knows the folder otherwise */
  const char *tests = g_getenv ("G_TEST_SRCDIR");
  g_autofree char *path = g_build_filename (tests ? tests : "tests", "formats", "keras", name, NULL);
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  char *data;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  bytes = g_bytes_new_take (data, size);
  return g_str_has_suffix (name, ".gz") ? unpack (bytes) : g_steal_pointer (&bytes);
}

GBytes *
thaw_keras_sample_with (GBytes *bytes, const char *old, const char *new)
{
  gsize size, length = strlen (old);
  const char *data = g_bytes_get_data (bytes, &size);
  char *found = memmem (data, size, old, length), *copy;

  g_assert_true (found && strlen (new) == length);
  copy = g_memdup2 (data, size);
  memcpy (copy + (found - data), new, length);
  return g_bytes_new_take (copy, size);
}
