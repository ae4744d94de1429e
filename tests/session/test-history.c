/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-history.h>

typedef struct
{
  ThawHistory *history;
  int         *value;
  int          from, to;
} Change;

static void set_value (ThawHistory *history, int *value, int to);

static void
undo_cb (gpointer data)
{
  const Change *change = data;

  set_value (change->history, change->value, change->from);
}

static void
redo_cb (gpointer data)
{
  const Change *change = data;

  set_value (change->history, change->value, change->to);
}

static void
set_value (ThawHistory *history, int *value, int to)
{
  g_autofree char *label = g_strdup_printf ("Set %d", to);
  Change *change = g_new (Change, 1);

  *change = (Change){ history, value, *value, to };
  *value = to;
  thaw_history_add (history, label, undo_cb, redo_cb, change, g_free);
}

static void
check_labels (ThawHistory *history, const char *undo, const char *redo)
{
  g_autofree char *found_undo = NULL, *found_redo = NULL;

  g_object_get (history, "undo-label", &found_undo, "redo-label", &found_redo, NULL);
  g_assert_cmpstr (found_undo, ==, undo);
  g_assert_cmpstr (found_redo, ==, redo);
}

static void
test_back_and_forth (void)
{
  ThawHistory *history = thaw_history_new ();
  int value = 0;

  check_labels (history, NULL, NULL);
  set_value (history, &value, 1);
  set_value (history, &value, 2);
  check_labels (history, "Set 2", NULL);
  thaw_history_undo (history);
  g_assert_cmpint (value, ==, 1);
  check_labels (history, "Set 1", "Set 2");
  thaw_history_redo (history);
  g_assert_cmpint (value, ==, 2);
  thaw_history_undo (history);
  thaw_history_undo (history);
  thaw_history_undo (history);
  g_assert_cmpint (value, ==, 0);
  set_value (history, &value, 5);
  check_labels (history, "Set 5", NULL);
  thaw_history_clear (history);
  check_labels (history, NULL, NULL);
  g_assert_finalize_object (history);
}

static void
test_many (void)
{
  ThawHistory *history = thaw_history_new ();
  int value = 0;

  for (int i = 1; i <= 1000; i++)
    set_value (history, &value, i);
  for (int i = 0; i < 1000; i++)
    thaw_history_undo (history);
  g_assert_cmpint (value, >, 0);
  g_assert_cmpint (value, <, 1000);
  g_assert_finalize_object (history);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/back-and-forth", test_back_and_forth);
  g_test_add_func ("/history/many", test_many);
  return g_test_run ();
}
