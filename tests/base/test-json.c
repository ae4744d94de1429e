/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-json-reader.h>
#include <thaw/thaw-preprocessing.h>

static void
test_labels (void)
{
  static const char *const labels[] = { "ants", "a \"b\"\\", "Käfer\n", "", "[[", NULL };
  g_autofree char *json = thaw_labels_to_json (labels);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) back = thaw_labels_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_true (g_strv_equal ((const char *const *) back, labels));
}

static void
test_bad (void)
{
  static const char *const bad[] = { "", "{}", "[1]", "[\"a\", null]", "[[\"a\"]]", "[\"a\"", "x", "\"a\"" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (thaw_labels_from_json (bad[i], &error));
      g_assert_nonnull (error);
    }
}

/* A million brackets end json-glib's parser, and with it the process. */
static void
test_deep (void)
{
  static const char *const brackets[] = { "[", "{\"a\":", "[\"\\\"\"," };

  for (guint i = 0; i < G_N_ELEMENTS (brackets); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      ThawPreprocessing preprocessing;

      for (guint k = 0; k < 1000000; k++)
        g_string_append (text, brackets[i]);
      g_assert_null (thaw_json_parse (text->str, text->len, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_assert_false (thaw_preprocessing_from_json (&preprocessing, text->str, NULL));
    }
}

/* A comment could hide the quote that makes a counter of brackets blind. */
static void
test_hidden (void)
{
  g_autoptr (GString) text = g_string_new ("// \"\n");
  g_autoptr (GError) error = NULL;

  for (guint k = 0; k < 1000000; k++)
    g_string_append_c (text, '[');
  g_assert_null (thaw_json_parse (text->str, text->len, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

static const struct
{
  const char *text;
  gboolean    good;
} values[] = {
  { "1", TRUE },        { "-0", TRUE },        { "1.5e-3", TRUE },   { "1E+2", TRUE },       { "true", TRUE },
  { "null", TRUE },     { "\"\"", TRUE },      { "[]", TRUE },       { " [ 1 , \"a\" ] ", TRUE }, { "{\"a\":{}}", TRUE },
  { "01", FALSE },      { "1.", FALSE },       { ".5", FALSE },      { "1e", FALSE },        { "-", FALSE },
  { "+1", FALSE },      { "nul", FALSE },      { "'a'", FALSE },     { "[1,]", FALSE },      { "[,1]", FALSE },
  { "{\"a\"}", FALSE }, { "{a:1}", FALSE },    { "\"\t\"", FALSE }, { "\"\xff\"", FALSE }, { "\"\\x\"", FALSE },
  { "\"\\u12\"", FALSE }, { "\"\\ud800\"", FALSE }, { "\"\\u0000\"", FALSE }, { "1 2", FALSE }, { "/**/1", FALSE },
};

static void
test_strict (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      ThawJsonReader reader;
      gboolean good;

      thaw_json_reader_init (&reader, values[i].text, strlen (values[i].text));
      good = thaw_json_skip (&reader) && !thaw_json_peek (&reader) && reader.at == reader.end;
      if (good != values[i].good)
        g_error ("'%s' was %s", values[i].text, good ? "accepted" : "refused");
    }
}

static void
test_string (void)
{
  static const char text[] = "\"a\\n\\\"\\u00e4\\ud83d\\ude00\\/\" 12 -9223372036854775808 9223372036854775808";
  ThawJsonReader reader;
  g_autofree char *string = NULL;
  gint64 a, b, c;

  thaw_json_reader_init (&reader, text, strlen (text));
  string = thaw_json_take_string (&reader);
  g_assert_cmpstr (string, ==, "a\n\"\xc3\xa4\xf0\x9f\x98\x80/");
  g_assert_true (thaw_json_take_int (&reader, &a) && a == 12);
  g_assert_true (thaw_json_take_int (&reader, &b) && b == G_MININT64);
  g_assert_false (thaw_json_take_int (&reader, &c));
}

/* Written numbers read back to the same bits, and a strict reader takes the text. */
static void
test_write (void)
{
  static const double numbers[] = { 0, -0., 1, .1, 1. / 3, 1e-5, 1e-300, 1e22, 1e300, 123456789, -2.5e-8, 5e-324, 0x1.fffffffffffffp+1023 };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (JsonNode) array = json_node_alloc ();
      JsonArray *items = json_array_new ();
      g_autoptr (JsonParser) parser = NULL;
      g_autofree char *text = NULL;
      double back;

      json_array_add_double_element (items, numbers[i]);
      json_array_add_string_element (items, "a\"\\\n\x01\xc3\xa4");
      json_array_add_boolean_element (items, TRUE);
      json_array_add_null_element (items);
      json_node_init_array (array, items);
      json_array_unref (items);
      text = thaw_json_write (array);
      parser = thaw_json_parse (text, -1, NULL);
      g_assert_nonnull (parser);
      items = json_node_get_array (json_parser_get_root (parser));
      back = json_array_get_double_element (items, 0);
      g_assert_cmpmem (&back, sizeof back, &numbers[i], sizeof back);
      g_assert_cmpstr (json_array_get_string_element (items, 1), ==, "a\"\\\n\x01\xc3\xa4");
      g_assert_true (json_array_get_null_element (items, 3));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/labels", test_labels);
  g_test_add_func ("/json/bad", test_bad);
  g_test_add_func ("/json/deep", test_deep);
  g_test_add_func ("/json/hidden", test_hidden);
  g_test_add_func ("/json/strict", test_strict);
  g_test_add_func ("/json/string", test_string);
  g_test_add_func ("/json/write", test_write);
  return g_test_run ();
}
