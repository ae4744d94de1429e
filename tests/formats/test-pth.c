/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#include "thaw-sample.h"

static void
compare_tensor (const char *file, ThawTensorMap *map, guint i, JsonObject *expected)
{
  const char *name = json_object_get_string_member (expected, "name");
  ThawTensor *tensor = thaw_tensor_map_get (map, name);
  JsonArray *shape = json_object_get_array_member (expected, "shape");
  JsonArray *values = json_object_get_array_member (expected, "values");
  g_autoptr (ThawTensor) f32 = NULL;

  g_test_message ("%s %s", file, name);
  g_assert_nonnull (tensor);
  g_assert_cmpstr (thaw_tensor_map_name (map, i), ==, name);
  g_assert_cmpstr (thaw_dtype_name (tensor->dtype), ==, json_object_get_string_member (expected, "dtype"));
  g_assert_cmpint (tensor->shape.rank, ==, json_array_get_length (shape));
  for (int k = 0; k < tensor->shape.rank; k++)
    g_assert_cmpint (tensor->shape.dim[k], ==, json_array_get_int_element (shape, k));
  g_assert_cmpint (thaw_tensor_count (tensor), ==, json_array_get_length (values));
  f32 = thaw_tensor_to_f32 (tensor);
  for (gint64 k = 0; k < thaw_tensor_count (tensor); k++)
    g_assert_cmpfloat (thaw_tensor_f32 (f32)[k], ==, json_array_get_double_element (values, k));
}

/* Every file that PyTorch wrote has in it what PyTorch said. */
static void
test_pytorch (void)
{
  g_autofree char *expected = thaw_test_file ("formats/pth/expected.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GList) files = NULL;

  g_assert_true (json_parser_load_from_file (parser, expected, &error));
  files = json_object_get_members (json_node_get_object (json_parser_get_root (parser)));
  g_assert_cmpint (g_list_length (files), ==, 11);
  for (GList *file = files; file; file = file->next)
    {
      JsonArray *tensors = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), file->data);
      g_autofree char *relative = g_strdup_printf ("formats/pth/%s.pth", (char *) file->data);
      g_autofree char *path = thaw_test_file (relative);
      g_autoptr (GHashTable) metadata = NULL;
      g_autoptr (ThawTensorMap) map = thaw_weights_load (path, &metadata, &error);

      g_assert_no_error (error);
      g_assert_cmpint (g_hash_table_size (metadata), ==, 0);
      g_assert_cmpint (thaw_tensor_map_size (map), ==, json_array_get_length (tensors));
      for (guint i = 0; i < json_array_get_length (tensors); i++)
        compare_tensor (file->data, map, i, json_array_get_object_element (tensors, i));
    }
}

static void
refused (GBytes *bytes, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) map = thaw_weights_parse (bytes, NULL, &error);

  g_assert_null (map);
  g_assert_nonnull (error);
  g_assert_true (error->domain == THAW_ERROR);
  if (!strstr (error->message, message) || strchr (error->message, '\n'))
    g_error ("'%s' was expected, '%s' came", message, error->message);
}

static const struct
{
  const char *module, *name;
} calls[] = {
  { "os", "system" },           { "posix", "system" },         { "builtins", "eval" },          { "builtins", "exec" },
  { "__builtin__", "eval" },    { "subprocess", "Popen" },     { "torch.hub", "load" },         { "torch._utils", "_import_dotted_name" },
  { "torch.nn.modules.conv", "Conv2d" }, { "torch", "load" },  { "collections", "OrderedDict.x" }, { "", "" },
};

/* A file that asks for code to be run gets nothing but a message with what it asked for. */
static void
test_code (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *message = g_strdup_printf ("wants to call %s.%s; Thaw runs no code", calls[i].module, calls[i].name);
      GString *pickle = thaw_sample_call (calls[i].module, calls[i].name);
      g_autoptr (GBytes) legacy = thaw_sample_legacy (pickle, 0, 0);
      g_autoptr (GBytes) zip = thaw_sample_zip (pickle, 0, FALSE);

      refused (legacy, message);
      refused (zip, message);
      g_string_free (pickle, TRUE);
    }
}

#define P(text) text, sizeof text - 1

/* a name on the stack, instructions that a state dict has no use for, and sense that makes none */
static const struct
{
  const char *pickle;
  gsize       n;
  const char *message;
} programs[] = {
  { P ("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."), "wants to call posix.system" },
  { P ("\x80\x02(X\x02\x00\x00\x00idios\nsystem\n."), "instruction 0x69" },
  { P ("\x80\x02\x82\x01."), "instruction 0x82" },
  { P ("(dp0\n."), "instruction 0x70" },
  { P ("\x80\x00}."), "protocol 0" },
  { P ("\x80\x09}."), "protocol 9" },
  { P ("\x80\x02}\x80\x02K\x01s."), "damaged pickle" },
  { P ("\x80\x02."), "damaged pickle" },
  { P ("\x80\x02N."), "no named tensors" },
  { P ("\x80\x02}."), "no named tensors" },
  { P ("\x80\x02h\x05."), "damaged pickle" },
  { P ("\x80\x02}q\x01h\x01q\x02h\x02h\x02s."), "damaged pickle" },
  { P ("\x80\x02}r\xff\xff\xff\xff."), "damaged pickle" },
  { P ("\x80\x02X\xff\xff\xff\xff."), "damaged pickle" },
  { P ("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff."), "damaged pickle" },
  { P ("\x80\x02\x8b\xff\xff\xff\xff."), "damaged pickle" },
  { P ("\x80\x02K\x01K\x02\x86R."), "damaged pickle" },
  { P ("\x80\x02""ctorch\nFloatStorage\n)R."), "is called that is no function" },
  { P ("\x80\x02""ctorch._utils\n_rebuild_tensor_v2\n)R."), "not described as PyTorch does" },
  { P ("\x80\x02""ctorch._utils\n_rebuild_parameter\nN\x85R."), "a parameter that is no tensor" },
  { P ("\x80\x02)Q."), "not described as PyTorch does" },
  { P ("\x80\x02]q\x01h\x01""a0h\x01."), "no named tensors" },
  { P ("\x80\x02}q\x01X\x01\x00\x00\x00xh\x01s."), "no named tensors" },
};

static void
test_programs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      GString *pickle = g_string_new_len (programs[i].pickle, programs[i].n);
      g_autoptr (GBytes) zip = thaw_sample_zip (pickle, 0, FALSE);

      g_test_message ("program %u", i);
      refused (zip, programs[i].message);
      g_string_free (pickle, TRUE);
    }
}

static const struct
{
  ThawSampleTensor tensor;
  gsize            bytes; /* that are there */
  const char      *message;
} lies[] = {
  { { "FloatStorage", 6, 0, 2, { 2, 3 }, { 3, 1 } }, 23, "reaches beyond" },
  { { "FloatStorage", 6, 1, 2, { 2, 3 }, { 3, 1 } }, 24, "reaches beyond" },
  { { "FloatStorage", 6, -1, 2, { 2, 3 }, { 3, 1 } }, 24, "reaches beyond" },
  { { "FloatStorage", 6, G_MAXINT64, 2, { 2, 3 }, { 3, 1 } }, 24, "reaches beyond" },
  { { "FloatStorage", 6, G_MAXINT64 / 4, 2, { 2, 3 }, { 3, 1 } }, 24, "reaches beyond" },
  { { "FloatStorage", 6, 0, 2, { 2, 3 }, { 4, 1 } }, 24, "reaches beyond" },
  { { "FloatStorage", 6, 0, 2, { 2, 3 }, { 3, -1 } }, 24, "makes no sense" },
  { { "FloatStorage", 6, 0, 2, { -2, 3 }, { 3, 1 } }, 24, "makes no sense" },
  { { "FloatStorage", 6, 0, 7, { 1, 1, 1, 1, 1, 2, 3 }, { 6, 6, 6, 6, 6, 3, 1 } }, 24, "makes no sense" },
  { { "FloatStorage", 6, 0, 2, { G_MAXINT64, G_MAXINT64 }, { 0, 0 } }, 24, "larger than any memory" },
  { { "FloatStorage", 6, 0, 2, { 0, G_MAXINT64 }, { 0, 0 } }, 24, "larger than any memory" },
  { { "FloatStorage", 6, 0, 2, { 2, 3 }, { G_MAXINT64, G_MAXINT64 } }, 24, "larger than any memory" },
  { { "FloatStorage", 6, 0, 1, { G_GINT64_CONSTANT (1) << 40 }, { 0 } }, 24, "twice the file's own size" },
  { { "FloatStorage", -6, 0, 2, { 2, 3 }, { 3, 1 } }, 24, "not described as PyTorch does" },
  { { "ComplexFloatStorage", 6, 0, 2, { 2, 3 }, { 3, 1 } }, 48, "that Thaw does not read" },
  { { "QInt8Storage", 6, 0, 2, { 2, 3 }, { 3, 1 } }, 48, "wants to call torch.QInt8Storage" },
};

static void
test_lies (void)
{
  GString *good = thaw_sample_pickle (&THAW_SAMPLE_TENSOR);
  g_autoptr (GBytes) legacy = thaw_sample_legacy (good, 6, 24), zip = thaw_sample_zip (good, 24, FALSE);
  g_autoptr (GBytes) cut = thaw_sample_legacy (good, 7, 24), lying = thaw_sample_legacy (good, G_MAXUINT64 / 2, 24);
  g_autoptr (ThawTensorMap) a = thaw_weights_parse (legacy, NULL, NULL), b = thaw_weights_parse (zip, NULL, NULL);

  g_assert_true (a && b);
  g_assert_cmpint (thaw_tensor_map_get (a, "w")->bytes, ==, 24);
  refused (cut, "longer than the file");
  refused (lying, "longer than the file");
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      GString *pickle = thaw_sample_pickle (&lies[i].tensor);
      g_autoptr (GBytes) bytes = thaw_sample_zip (pickle, lies[i].bytes, FALSE);

      g_test_message ("lie %u", i);
      refused (bytes, lies[i].message);
      g_string_free (pickle, TRUE);
    }
  g_string_free (good, TRUE);
}

#define ZEROS (1 << 20)

static void
test_archives (void)
{
  g_autofree char *zeros = g_malloc0 (ZEROS);
  GString *pickle = thaw_sample_pickle (&THAW_SAMPLE_TENSOR);
  const ThawSampleEntry data = { "a/data.pkl", pickle->str, pickle->len }, bomb = { "a/data/0", zeros, ZEROS, 0, TRUE };
  const struct
  {
    ThawSampleEntry entries[3];
    guint           n;
    const char     *message;
  } table[] = {
    { { { "readme", "x", 1 } }, 1, "without data.pkl" },
    { { data, { "b/data.pkl", "x", 1 } }, 2, "two entries named" },
    { { data, { "a/data.pkl", "x", 1 } }, 2, "have one name" },
    { { data }, 1, "'a/data/0' is missing" },
    { { data, { "a/data/0", zeros, 24, 25 } }, 2, "lies outside" },
    { { data, { "a/data/0", zeros, 24, 23, TRUE } }, 2, "does not unpack" },
    { { data, { "a/data/0", zeros, 24, 25, TRUE } }, 2, "does not unpack" },
    { { data, { "a/data/0", zeros, 24, G_MAXUINT32, TRUE } }, 2, "twice the file's own size" },
    { { data, { "a/data/0", zeros, 24, G_MAXUINT32 - 1, TRUE } }, 2, "twice the file's own size" },
    { { data, bomb }, 2, "twice the file's own size" },
    { { data, { "a/constants.pkl", "x", 1 } }, 2, "TorchScript" },
    { { data, { "a/byteorder", "big", 3 } }, 2, "big-endian" },
    { { data, { "../../etc/passwd", "x", 1 } }, 2, "'a/data/0' is missing" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GBytes) bytes = thaw_sample_archive (table[i].entries, table[i].n);

      g_test_message ("archive %u", i);
      refused (bytes, table[i].message);
    }
  g_string_free (pickle, TRUE);
}

/* Cut off anywhere, the file is refused with a line; with one byte changed it is refused or read, never more. */
static void
torture (GBytes *bytes, gboolean checksums)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  for (gsize cut = 0; cut < n; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new (data, cut);

      refused (part, "");
    }
  for (gsize at = 0; at < n; at++)
    for (guint mask = 1; mask < 256; mask = mask == 128 ? 255 : mask << 1)
      {
        g_autofree guint8 *copy = g_memdup2 (data, n);
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (ThawTensorMap) map = NULL;
        g_autoptr (GError) error = NULL;

        copy[at] ^= mask;
        if (!checksums)
          thaw_sample_repair_zip (copy, n);
        changed = g_bytes_new_take (g_steal_pointer (&copy), n);
        map = thaw_weights_parse (changed, NULL, &error);
        g_assert_true ((map != NULL) != (error != NULL));
        for (guint i = 0; map && i < thaw_tensor_map_size (map); i++)
          g_assert_cmpint (thaw_tensor_map_at (map, i)->bytes, <=, 2 * n + 65536);
      }
}

static void
test_torture (void)
{
  GString *pickle = thaw_sample_pickle (&THAW_SAMPLE_TENSOR);
  g_autoptr (GBytes) legacy = thaw_sample_legacy (pickle, 6, 24);
  g_autoptr (GBytes) zip = thaw_sample_zip (pickle, 24, FALSE);
  g_autoptr (GBytes) deflated = thaw_sample_zip (pickle, 24, TRUE);

  torture (legacy, TRUE);
  torture (zip, TRUE);
  torture (zip, FALSE);
  torture (deflated, TRUE);
  g_string_free (pickle, TRUE);
}

/* A changed byte inside an archive's contents is noticed. */
static void
test_checksum (void)
{
  GString *pickle = thaw_sample_pickle (&THAW_SAMPLE_TENSOR);
  g_autoptr (GBytes) zip = thaw_sample_zip (pickle, 24, FALSE);
  gsize n;
  guint8 *copy = g_bytes_unref_to_data (g_steal_pointer (&zip), &n);
  g_autoptr (GBytes) changed = NULL;

  copy[30 + strlen ("archive/data.pkl") + pickle->len + 30 + strlen ("archive/data/0")] ^= 1;
  changed = g_bytes_new_take (copy, n);
  refused (changed, "the checksum of 'archive/data/0' is wrong");
  g_string_free (pickle, TRUE);
}

static gsize
address_space (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return g_ascii_strtoull (text, NULL, 10) * sysconf (_SC_PAGESIZE);
}

/* In a process of its own that may take @room more bytes: beyond it, memory that is asked for ends the process. */
static void
refused_within (GBytes *bytes, const char *message, gsize room)
{
#ifdef __SANITIZE_ADDRESS__
  refused (bytes, message);
#else
  gsize limit = address_space () + room;
  pid_t child = fork ();
  int status;

  if (child == 0)
    {
      setrlimit (RLIMIT_AS, &(struct rlimit){ limit, limit });
      refused (bytes, message);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
#endif
}

/* Structures that cost a byte each in the file stay within a bound of their own, and tensors within twice the file. */
static void
test_floods (void)
{
  static const char *const patterns[] = { "(", "}", "]q\x01", "(]", "N\x85", "}q\x01h\x01h\x01s", "K\x01\x85\x94" };
  const ThawSampleTensor expanded = { "FloatStorage", 1, 0, 1, { 600 << 20 }, { 0 } };
  GString *huge = thaw_sample_pickle (&expanded);
  g_autoptr (GBytes) small = thaw_sample_zip (huge, 4, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      GString *pickle = g_string_new ("\x80\x02");
      g_autoptr (GBytes) zip = NULL;

      while (pickle->len < 8 << 20)
        g_string_append (pickle, patterns[i]);
      zip = thaw_sample_zip (pickle, 0, FALSE);
      refused_within (zip, "pickle", 96 << 20);
      g_string_free (pickle, TRUE);
    }
  refused_within (small, "twice the file's own size", 16 << 20);
  g_string_free (huge, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pth/pytorch", test_pytorch);
  g_test_add_func ("/pth/code", test_code);
  g_test_add_func ("/pth/programs", test_programs);
  g_test_add_func ("/pth/lies", test_lies);
  g_test_add_func ("/pth/archives", test_archives);
  g_test_add_func ("/pth/torture", test_torture);
  g_test_add_func ("/pth/checksum", test_checksum);
  g_test_add_func ("/pth/floods", test_floods);
  return g_test_run ();
}
