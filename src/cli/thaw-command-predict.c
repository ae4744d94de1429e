/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <thaw/thaw-pool.h>
#include <thaw/thaw-predictor.h>

/* Pictures whose answers are shown together */
#define AT_ONCE 64

static struct
{
  char *top;
  char *threads;
  char *precision;
  gint64 run;
} options;

static const GOptionEntry entries[] = {
  { "top", 'n', 0, G_OPTION_ARG_STRING, &options.top,
    "Show the N most probable classes (3; with --json all)", "N" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads", "N" },
  { "precision", 0, 0, G_OPTION_ARG_STRING, &options.precision, THAW_CLI_PRECISION_HELP, "P" },
  { NULL },
};

static int
by_probability (gconstpointer a, gconstpointer b, gpointer data)
{
  const float *probabilities = data;
  int i = *(const int *) a, j = *(const int *) b;

  if (probabilities[i] != probabilities[j])
    return probabilities[i] < probabilities[j] ? 1 : -1;
  return i - j;
}

static JsonObject *
prediction (
    const ThawModel *model, const char *path, const int *order, const float *probabilities, int top)
{
  JsonObject *object = json_object_new ();
  JsonArray *classes = json_array_new ();
  g_autofree char *best = thaw_model_label (model, order[0]);

  json_object_set_string_member (object, "path", path);
  json_object_set_string_member (object, "class", best);
  json_object_set_double_member (object, "probability", probabilities[order[0]]);
  for (int i = 0; i < top; i++)
    {
      JsonObject *row = json_object_new ();
      g_autofree char *label = thaw_model_label (model, order[i]);

      json_object_set_string_member (row, "class", label);
      json_object_set_double_member (row, "probability", probabilities[order[i]]);
      json_array_add_object_element (classes, row);
    }
  json_object_set_array_member (object, "classes", classes);
  return object;
}

static char *
prediction_text (const ThawModel *model, const int *order, const float *probabilities, int top)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < top; i++)
    {
      g_autofree char *label = thaw_model_label (model, order[i]);
      g_autofree char *share = thaw_text_percent (probabilities[order[i]]);

      g_string_append_printf (text, "%s%s %s", i ? ", " : "", label, share);
    }
  return g_string_free (text, FALSE);
}

static void
report (ThawCli *cli, const ThawModel *model, const char *file, const float *probabilities, int top)
{
  int classes = thaw_model_n_classes (model);
  g_autofree int *order = g_new (int, classes);
  g_autofree char *path = thaw_text_path (file);
  g_autofree char *text = NULL;

  for (int i = 0; i < classes; i++)
    order[i] = i;
  g_qsort_with_data (order, classes, sizeof *order, by_probability, (gpointer) probabilities);
  thaw_cli_emit (
      cli, prediction (model, path, order, probabilities, top && top < classes ? top : classes));
  text = prediction_text (model, order, probabilities, MIN (top ? top : 3, classes));
  thaw_cli_say (cli, "%s: %s", path, text);
}

/* One line for a picture that cannot be read; the others go on */
static void
report_unreadable (ThawCli *cli, const char *file, const GError *reason)
{
  g_autofree char *path = thaw_text_path (file);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "path", path);
  json_object_set_string_member (object, "error", reason->message);
  thaw_cli_emit (cli, object);
  if (g_str_has_prefix (reason->message, path))
    thaw_cli_warn (cli, "thaw-cli: %s", reason->message);
  else
    thaw_cli_warn (cli, "thaw-cli: %s: %s", path, reason->message);
}

/* @failed grows by the pictures that could not be read. */
static gboolean
predict_some (ThawCli *cli,
              const ThawModel *model,
              ThawPredictor *predictor,
              char **files,
              guint n,
              int top,
              guint *failed,
              GError **error)
{
  gsize classes = thaw_predictor_classes (predictor);
  g_autofree float *probabilities = g_new (float, n * classes);
  g_autofree GError **errors = g_new0 (GError *, n);
  gboolean ok = thaw_predictor_run (predictor, (const char *const *) files, n, probabilities, errors,
                                    NULL, NULL, cli->cancellable, error);

  for (guint i = 0; i < n; i++)
    {
      if (ok && errors[i])
        report_unreadable (cli, files[i], errors[i]);
      else if (ok)
        report (cli, model, files[i], probabilities + i * classes, top);
      *failed += errors[i] != NULL;
      g_clear_error (&errors[i]);
    }
  return ok;
}

static gboolean
predict_all (ThawCli *cli, const ThawModel *model, ThawPrecision precision, ThawPool *pool, int top, GError **error)
{
  g_autoptr (ThawPredictor) predictor = thaw_predictor_new_in (model, precision, pool, error);
  guint failed = 0, n = cli->n_arguments - 1;

  for (guint i = 0; predictor && i < n; i += AT_ONCE)
    if (!predict_some (cli, model, predictor, cli->arguments + 1 + i, MIN (AT_ONCE, n - i), top,
                       &failed, error))
      return FALSE;
  if (predictor && failed)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                 "%u of %u pictures could not be read: see the lines above", failed, n);
  return predictor && failed == 0;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  gint64 top = 0;
  ThawPrecision precision;
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawModel) model = NULL;

  if (options.top && !thaw_parse_int ("--top", options.top, 1, G_MAXINT, &top, error))
    return FALSE;
  if (!thaw_cli_precision (options.precision, &precision, error))
    return FALSE;
  pool = thaw_cli_pool (options.threads, error);
  model = pool ? thaw_cli_open_model (cli->arguments[0], options.run, NULL, NULL, error) : NULL;
  return model && predict_all (cli, model, precision, pool, top, error);
}

const ThawCommand thaw_command_predict = {
  .name = "predict",
  .arguments = "PROJECT|MODEL IMAGE...",
  .summary = "say what is on pictures",
  .description = "Prints the most probable classes of each picture. A picture that cannot be read "
                 "is named on standard error and the\n"
                 "others go on; the exit status is then 1.",
  .options = entries,
  .min_arguments = 2,
  .max_arguments = -1,
  .run = run,
};
