/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>

static struct
{
  char *top;
  char *threads;
  gint64 run;
} options;

static const GOptionEntry entries[] = {
  { "top", 'n', 0, G_OPTION_ARG_STRING, &options.top,
    "Show the N most probable classes (3; with --json all)", "N" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads", "N" },
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
  g_autofree char *best = thaw_cli_label (model, order[0]);

  json_object_set_string_member (object, "path", path);
  json_object_set_string_member (object, "class", best);
  json_object_set_double_member (object, "probability", probabilities[order[0]]);
  for (int i = 0; i < top; i++)
    {
      JsonObject *row = json_object_new ();
      g_autofree char *label = thaw_cli_label (model, order[i]);

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
      g_autofree char *label = thaw_cli_label (model, order[i]);
      g_autofree char *share = thaw_text_percent (probabilities[order[i]]);

      g_string_append_printf (text, "%s%s %s", i ? ", " : "", label, share);
    }
  return g_string_free (text, FALSE);
}

static gboolean
predict (
    ThawCli *cli, const ThawModel *model, ThawPool *pool, const char *file, int top, GError **error)
{
  g_autoptr (ThawImage) image = thaw_image_load (file, error);
  int classes = thaw_model_n_classes (model);
  g_autofree float *probabilities = g_new0 (float, classes);
  g_autofree int *order = g_new (int, classes);
  g_autofree char *path = thaw_text_path (file);
  g_autofree char *text = NULL;

  if (!image || !thaw_predict (model, image, pool, probabilities, error))
    return FALSE;
  for (int i = 0; i < classes; i++)
    order[i] = i;
  g_qsort_with_data (order, classes, sizeof *order, by_probability, probabilities);
  thaw_cli_emit (
      cli, prediction (model, path, order, probabilities, top && top < classes ? top : classes));
  text = prediction_text (model, order, probabilities, MIN (top ? top : 3, classes));
  thaw_cli_say (cli, "%s: %s", path, text);
  return TRUE;
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
  thaw_cli_warn (cli, "thaw-cli: %s: %s", path, reason->message);
}

static gboolean
predict_all (ThawCli *cli, const ThawModel *model, ThawPool *pool, int top, GError **error)
{
  guint failed = 0, n = cli->n_arguments - 1;

  for (guint i = 1; i <= n; i++)
    {
      g_autoptr (GError) local = NULL;

      if (g_cancellable_set_error_if_cancelled (cli->cancellable, error))
        return FALSE;
      if (predict (cli, model, pool, cli->arguments[i], top, &local))
        continue;
      failed++;
      report_unreadable (cli, cli->arguments[i], local);
    }
  if (failed == 0)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
               "%u of %u pictures could not be read: see the lines above", failed, n);
  return FALSE;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  gint64 top = 0;
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawModel) model = NULL;

  if (options.top && !thaw_parse_int ("--top", options.top, 1, G_MAXINT, &top, error))
    return FALSE;
  pool = thaw_cli_pool (options.threads, error);
  model = pool ? thaw_cli_open_model (cli->arguments[0], options.run, NULL, NULL, error) : NULL;
  return model && predict_all (cli, model, pool, top, error);
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
