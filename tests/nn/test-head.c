/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-model.h>

static void
test_round_trip (void)
{
  static const struct
  {
    const char *text, *back;
  } rows[] = {
    { "linear", "linear" },
    { THAW_HEAD_DEFAULT, THAW_HEAD_DEFAULT },
    { " dropout=.25 , linear=128 , relu , batchnorm , linear ",
      "dropout=0.25,linear=128,relu,batchnorm,linear" },
    { "dropout,linear", "dropout=0.5,linear" },
    { "dropout=0,linear", "dropout=0,linear" },
    { "dropout=0.333333343,linear", "dropout=0.33333334,linear" },
    { "silu,hardswish,gelu,relu6,sigmoid,tanh,hardsigmoid,linear",
      "silu,hardswish,gelu,relu6,sigmoid,tanh,hardsigmoid,linear" },
    { "linear=65536,linear", "linear=65536,linear" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *back = NULL;
      ThawHead head, again;

      thaw_head_parse (&head, rows[i].text, &error);
      g_assert_no_error (error);
      back = thaw_head_to_string (&head);
      g_assert_cmpstr (back, ==, rows[i].back);
      g_assert_true (thaw_head_parse (&again, back, NULL));
      g_assert_cmpuint (again.n_layers, ==, head.n_layers);
      for (guint k = 0; k < head.n_layers; k++)
        {
          g_assert_cmpint (again.layers[k].kind, ==, head.layers[k].kind);
          g_assert_true (again.layers[k].p == head.layers[k].p);
          g_assert_cmpint (again.layers[k].out, ==, head.layers[k].out);
          g_assert_cmpint (again.layers[k].activation, ==, head.layers[k].activation);
        }
    }
}

static void
test_refused (void)
{
  static const char *const bad[] = { "",
                                     ",",
                                     "linear,",
                                     "relu",
                                     "dropout=0.2",
                                     "linear=10",
                                     "linear,linear",
                                     "linear,relu",
                                     "dropout=1,linear",
                                     "dropout=-0.1,linear",
                                     "dropout=x,linear",
                                     "dropout=,linear",
                                     "dropout=0,5,linear",
                                     "dropout=nan,linear",
                                     "linear=0,linear",
                                     "linear=65537,linear",
                                     "linear=12x,linear",
                                     "linear=-3,linear",
                                     "relu=2,linear",
                                     "batchnorm=1,linear",
                                     "softmax,linear",
                                     "conv,linear",
                                     "none,linear",
                                     "Linear" };
  g_autoptr (GString) many = g_string_new ("linear");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      ThawHead head;

      g_test_message ("%s", bad[i]);
      g_assert_false (thaw_head_parse (&head, bad[i], &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_assert_null (strchr (error->message, '\n'));
    }
  for (int i = 0; i < 32; i++)
    g_string_prepend (many, "relu,");
  g_assert_false (thaw_head_parse (&(ThawHead){ 0 }, many->str, NULL));
}

/* Where a comma is the decimal point, a head must read and write the same. */
static void
test_locale (void)
{
  if (!setlocale (LC_NUMERIC, "de_DE.UTF-8") && !setlocale (LC_NUMERIC, "de_DE"))
    {
      g_test_skip ("no locale with a decimal comma");
      return;
    }
  test_round_trip ();
  setlocale (LC_NUMERIC, "C");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/head/round-trip", test_round_trip);
  g_test_add_func ("/head/refused", test_refused);
  g_test_add_func ("/head/locale", test_locale);
  return g_test_run ();
}
