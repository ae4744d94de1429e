/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <data/thaw-idx.h>
#include <string.h>
#include <zlib.h>

#include "thaw-fuzz.h"

static void
parse (GBytes *bytes, int rank)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawIdx) idx = thaw_idx_parse (bytes, rank, &error);
  volatile guint8 sum = 0;

  g_assert_true ((idx != NULL) == (error == NULL));
  for (gsize i = 0; idx && i < (gsize) idx->dim[0] * idx->dim[1] * idx->dim[2]; i++)
    sum ^= idx->values[i];
  thaw_fuzz_outcome (error ? error->message : rank == 1 ? "labels" : "pictures");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);

  parse (bytes, 1);
  parse (bytes, 3);
  return 0;
}

static GBytes *
pack (const char *data, gsize n)
{
  guint8 packed[256];
  z_stream stream = { .next_in = (Bytef *) data, .avail_in = n, .next_out = packed, .avail_out = sizeof packed };

  g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  deflateEnd (&stream);
  return g_bytes_new (packed, stream.total_out);
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  static const char labels[] = "\0\0\x08\x01\0\0\0\x04\0\1\2\3", pictures[] = "\0\0\x08\x03\0\0\0\x02\0\0\0\x03\0\0\0\x02" "abcdefABCDEF";

  g_ptr_array_add (seeds, g_bytes_new_static (labels, sizeof labels - 1));
  g_ptr_array_add (seeds, g_bytes_new_static (pictures, sizeof pictures - 1));
  g_ptr_array_add (seeds, pack (labels, sizeof labels - 1));
  g_ptr_array_add (seeds, pack (pictures, sizeof pictures - 1));
}
