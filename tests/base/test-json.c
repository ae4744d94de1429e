/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/labels", test_labels);
  g_test_add_func ("/json/bad", test_bad);
  g_test_add_func ("/json/deep", test_deep);
  return g_test_run ();
}
