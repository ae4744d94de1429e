/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-format.h>

#include "thaw-fuzz.h"
#include "thaw-sample.h"

/* every byte of every tensor, so that a sanitizer sees one that is not there */
static guint8
touch (const ThawTensorMap *map)
{
  guint8 sum = 0;

  for (guint i = 0; i < thaw_tensor_map_size (map); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_at (map, i);

      for (gsize k = 0; k < tensor->bytes; k++)
        sum ^= ((const guint8 *) tensor->data)[k];
    }
  return sum;
}

static void
parse (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) map = thaw_pth_parse (bytes, &error);
  volatile guint8 sum = map ? touch (map) : 0;

  (void) sum;
  g_assert_true ((map != NULL) == (error == NULL));
  thaw_fuzz_outcome (!error ? "ok" : strstr (error->message, "wants to call") ? "a call" : error->message);
}

/* As it is, and with the checksums made right: else few changes would come past them. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  parse (data, size);
  if (size < 4 || memcmp (data, "PK\3\4", 4) != 0)
    return 0;
  thaw_sample_repair_zip (copy, size);
  parse (copy, size);
  return 0;
}

static void
add_pickle (GPtrArray *seeds, GString *pickle)
{
  g_ptr_array_add (seeds, thaw_sample_legacy (pickle, 6, 24));
  g_ptr_array_add (seeds, thaw_sample_zip (pickle, 24, FALSE));
  g_ptr_array_add (seeds, thaw_sample_zip (pickle, 24, TRUE));
  g_string_free (pickle, TRUE);
}

/* Every name that may be named, and every kind of instruction, somewhere to start from */
#define P(text) { text, sizeof text - 1 }

static const struct
{
  const char *text;
  gsize       n;
} programs[] = {
  P ("\x80\x04\x95\x20\0\0\0\0\0\0\0}\x94\x8c\x0bstate_dict\x94}\x94(\x8c\x01w\x94K\x01us."),
  P ("\x80\x02""ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\0\0\0wK\x01K\x02\x86q\x02u}b."),
  P ("\x80\x02}(X\x01\0\0\0wctorch\nSize\n(K\x01K\x02t\x85RX\x01\0\0\0""actorch\ndevice\nX\x03\0\0\0cpu\x85Ru."),
  P ("\x80\x02""cargparse\nNamespace\n)\x81}X\x01\0\0\0xG\x3f\xf0\0\0\0\0\0\0sb."),
  P ("\x80\x02]((K\x01J\xff\xff\xff\xffM\x01\x02\x8a\x02\x01\x02\x8b\x01\0\0\0\x01NlN\x88\x89""1e."),
  P ("\x80\x02""c__builtin__\nset\n]\x85R\x8f(K\x01\x90(K\x02\x91(dC\x01xB\x01\0\0\0yU\x01zT\x01\0\0\0w0."),
  P ("\x80\x02""ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_parameter\nctorch.nn.parameter\nParameter\n)}tR."),
};

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  static const ThawSampleTensor strided = { "DoubleStorage", 6, 1, 2, { 2, 2 }, { 1, 2 } };

  add_pickle (seeds, thaw_sample_pickle (&THAW_SAMPLE_TENSOR));
  add_pickle (seeds, thaw_sample_pickle (&strided));
  add_pickle (seeds, thaw_sample_call ("posix", "system"));
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    add_pickle (seeds, g_string_new_len (programs[i].text, programs[i].n));
}
