/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every row of op-cases.c through every check of op-checks.h.
 */
#include <thaw-test.h>

#include "op-checks.h"

static const struct
{
  const char *name;
  OpCheck     check;
} checks[] = {
  { "gradient", op_check_gradient },
  { "twins", op_check_twins },
  { "contract", op_check_contract },
};

typedef struct
{
  const OpCase *row;
  OpCheck       check;
} Test;

static void
run_test (gconstpointer data)
{
  const Test *test = data;
  g_autoptr (GError) error = NULL;
  CaseNode row;

  if (!case_node_init (&row, test->row, &error))
    g_test_fail_printf ("%s: %s", test->row->name, error->message);
  else
    test->check (&row);
}

/* An operation that no row tests is an omission. */
static void
test_every_op_has_a_row (void)
{
  for (ThawOp op = 0; op < THAW_N_OPS; op++)
    {
      guint rows = 0;

      for (guint i = 0; i < n_op_cases; i++)
        rows += op_cases[i].op == op;
      if (rows == 0 && op != THAW_OP_INPUT && op != THAW_OP_PARAMETER)
        g_test_fail_printf ("op-cases.c has no row for '%s'", thaw_op_name (op));
    }
}

int
main (int argc, char **argv)
{
  if (thaw_test_skips_isa ())
    return 0;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ops/every-op-has-a-row", test_every_op_has_a_row);
  for (guint i = 0; i < n_op_cases; i++)
    for (guint k = 0; k < G_N_ELEMENTS (checks); k++)
      {
        g_autofree char *path = g_strdup_printf ("/ops/%s/%s", op_cases[i].name, checks[k].name);
        Test *test = g_new (Test, 1);

        *test = (Test){ &op_cases[i], checks[k].check };
        g_test_add_data_func_full (path, test, run_test, g_free);
      }
  return g_test_run ();
}
