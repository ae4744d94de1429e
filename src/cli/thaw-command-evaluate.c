/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <thaw/thaw-csv.h>
#include <thaw/thaw-pool.h>

/* A confusion matrix of more classes is shown as a list of its mistakes */
#define MATRIX_CLASSES 20
#define LISTED_MISTAKES 20

static struct
{
  char *predictions;
  char *split;
  char *threads;
  char *precision;
  gint64 run;
} options;

static const GOptionEntry entries[] = {
  { "predictions", 0, 0, G_OPTION_ARG_FILENAME, &options.predictions,
    "Write what was said of each picture (RFC 4180)", "FILE.csv" },
  { "split", 0, 0, G_OPTION_ARG_STRING, &options.split,
    "train, val, test or all (with folders all; else test where there is one, or val)", "SPLIT" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads", "N" },
  { "precision", 0, 0, G_OPTION_ARG_STRING, &options.precision, THAW_CLI_PRECISION_HELP "; accuracy is said in both", "P" },
  { NULL },
};

static const char *const split_names[] = { "train", "val", "test", "all" };

static gboolean
choose_split (const ThawDataset *dataset, gboolean own, ThawSplit *split, GError **error)
{
  if (!options.split)
    {
      *split = !own                                                    ? THAW_N_SPLITS
               : thaw_dataset_count (dataset, THAW_SPLIT_TEST, -1) > 0 ? THAW_SPLIT_TEST
                                                                       : THAW_SPLIT_VALIDATION;
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (split_names); i++)
    if (strcmp (options.split, split_names[i]) == 0)
      {
        *split = (ThawSplit) i;
        return TRUE;
      }
  return thaw_cli_usage (error, "--split takes train, val, test or all, not “%s”", options.split);
}

/* A picture inside an IDX file is FILE#NUMBER */
static char *
sample_text (const ThawSample *sample)
{
  g_autofree char *path = thaw_text_path (sample->path);

  return sample->index < 0 ? g_steal_pointer (&path)
                           : g_strdup_printf ("%s#%" G_GINT64_FORMAT, path, sample->index);
}

static void
append_row (GString *csv,
            const ThawModel *model,
            const ThawDataset *dataset,
            const ThawEvaluation *evaluation,
            guint i)
{
  const ThawSample *sample = g_ptr_array_index (dataset->samples, evaluation->samples[i]);
  const float *probabilities = evaluation->probabilities + (gsize) i * evaluation->classes;
  g_autofree char *path = sample_text (sample);
  g_autofree char *label = thaw_model_label (model, evaluation->labels[i]);
  g_autofree char *prediction = thaw_model_label (model, evaluation->predictions[i]);

  thaw_csv_append_text (csv, path);
  g_string_append_printf (csv, ",%s,", split_names[sample->split]);
  thaw_csv_append_text (csv, label);
  g_string_append_c (csv, ',');
  thaw_csv_append_text (csv, prediction);
  g_string_append_c (csv, ',');
  thaw_csv_append_number (csv, (double) probabilities[evaluation->predictions[i]]);
  for (guint k = 0; k < evaluation->classes; k++)
    {
      g_string_append_c (csv, ',');
      thaw_csv_append_number (csv, (double) probabilities[k]);
    }
  g_string_append (csv, "\r\n");
}

static gboolean
write_predictions (const ThawModel *model,
                   const ThawDataset *dataset,
                   const ThawEvaluation *evaluation,
                   GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  GString *csv = g_string_new ("path,split,label,prediction,probability");

  for (guint k = 0; k < evaluation->classes; k++)
    {
      g_autofree char *label = thaw_model_label (model, k);

      g_string_append_c (csv, ',');
      thaw_csv_append_text (csv, label);
    }
  g_string_append (csv, "\r\n");
  for (guint i = 0; i < evaluation->n; i++)
    append_row (csv, model, dataset, evaluation, i);
  bytes = g_string_free_to_bytes (csv);
  return thaw_file_replace (options.predictions, bytes, error);
}

static guint64
cell (const ThawEvaluation *evaluation, guint label, guint prediction)
{
  return evaluation->confusion[(gsize) label * evaluation->classes + prediction];
}

static guint64
class_size (const ThawEvaluation *evaluation, guint label)
{
  guint64 n = 0;

  for (guint k = 0; k < evaluation->classes; k++)
    n += cell (evaluation, label, k);
  return n;
}

static void
emit_class (JsonArray *array, const ThawModel *model, const ThawEvaluation *evaluation, guint k)
{
  JsonObject *object = json_object_new ();
  g_autofree char *label = thaw_model_label (model, k);
  double precision, recall, f1;

  thaw_evaluation_class (evaluation, k, &precision, &recall, &f1);
  json_object_set_string_member (object, "class", label);
  json_object_set_int_member (object, "pictures", class_size (evaluation, k));
  json_object_set_double_member (object, "precision", precision);
  json_object_set_double_member (object, "recall", recall);
  json_object_set_double_member (object, "f1", f1);
  json_array_add_object_element (array, object);
}

static void
emit_cell (JsonArray *array,
           const ThawModel *model,
           const ThawEvaluation *evaluation,
           guint label,
           guint prediction)
{
  JsonObject *object;
  g_autofree char *is = NULL;
  g_autofree char *said = NULL;

  if (cell (evaluation, label, prediction) == 0)
    return;
  is = thaw_model_label (model, label);
  said = thaw_model_label (model, prediction);
  object = json_object_new ();
  json_object_set_string_member (object, "class", is);
  json_object_set_string_member (object, "prediction", said);
  json_object_set_int_member (object, "pictures", cell (evaluation, label, prediction));
  json_array_add_object_element (array, object);
}

static void
emit (ThawCli *cli, const ThawModel *model, const ThawEvaluation *evaluation, ThawSplit split)
{
  JsonObject *object = thaw_cli_event ("evaluation");
  JsonArray *classes = json_array_new ();
  JsonArray *confusion = json_array_new ();

  for (guint i = 0; i < evaluation->classes; i++)
    {
      if (class_size (evaluation, i) > 0)
        emit_class (classes, model, evaluation, i);
      for (guint k = 0; k < evaluation->classes; k++)
        emit_cell (confusion, model, evaluation, i, k);
    }
  json_object_set_string_member (object, "split", split_names[split]);
  json_object_set_int_member (object, "pictures", evaluation->n);
  json_object_set_double_member (object, "accuracy", evaluation->accuracy);
  json_object_set_double_member (object, "low", evaluation->low);
  json_object_set_double_member (object, "high", evaluation->high);
  json_object_set_double_member (object, "loss", evaluation->loss);
  json_object_set_array_member (object, "classes", classes);
  json_object_set_array_member (object, "confusion", confusion);
  thaw_cli_emit (cli, object);
}

static void
print_classes (ThawCli *cli, const ThawModel *model, const ThawEvaluation *evaluation)
{
  ThawTable *table = thaw_table_new ("lrrrr");

  thaw_table_add (table, "CLASS", "PICTURES", "PRECISION", "RECALL", "F1");
  for (guint k = 0; k < evaluation->classes; k++)
    {
      g_autofree char *label = thaw_model_label (model, k);
      g_autofree char *n = g_strdup_printf ("%" G_GUINT64_FORMAT, class_size (evaluation, k));
      double values[3];
      char *texts[3];

      if (class_size (evaluation, k) == 0)
        continue;
      thaw_evaluation_class (evaluation, k, &values[0], &values[1], &values[2]);
      for (int i = 0; i < 3; i++)
        texts[i] = thaw_text_percent (values[i]);
      thaw_table_add (table, label, n, texts[0], texts[1], texts[2]);
      for (int i = 0; i < 3; i++)
        g_free (texts[i]);
    }
  thaw_table_print (table, cli);
}

static char **
matrix_row (const ThawModel *model, const ThawEvaluation *evaluation, int label)
{
  char **cells = g_new0 (char *, evaluation->classes + 2);

  cells[0] = label < 0 ? g_strdup ("IS \\ SAID") : thaw_model_label (model, label);
  for (guint k = 0; k < evaluation->classes; k++)
    cells[k + 1] = label < 0 ? thaw_model_label (model, k)
                             : g_strdup_printf ("%" G_GUINT64_FORMAT, cell (evaluation, label, k));
  return cells;
}

static void
print_matrix (ThawCli *cli, const ThawModel *model, const ThawEvaluation *evaluation)
{
  g_autofree char *columns = g_strnfill (evaluation->classes + 1, 'r');
  ThawTable *table;

  columns[0] = 'l';
  table = thaw_table_new (columns);
  for (int i = -1; i < (int) evaluation->classes; i++)
    thaw_table_take (table, matrix_row (model, evaluation, i));
  thaw_table_print (table, cli);
}

static int
by_count (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;

  return x[0] != y[0] ? (x[0] < y[0] ? 1 : -1) : x[1] != y[1] ? (x[1] < y[1] ? -1 : 1) : 0;
}

static void
print_mistakes (ThawCli *cli, const ThawModel *model, const ThawEvaluation *evaluation)
{
  g_autoptr (GArray) mistakes = g_array_new (FALSE, FALSE, 2 * sizeof (guint64));
  ThawTable *table = thaw_table_new ("llr");
  gsize classes = evaluation->classes;

  for (gsize i = 0; i < classes * classes; i++)
    if (evaluation->confusion[i] && i / classes != i % classes)
      g_array_append_vals (mistakes, (guint64[]){ evaluation->confusion[i], i }, 1);
  g_array_sort (mistakes, by_count);
  thaw_table_add (table, "IS", "SAID", "PICTURES");
  for (guint m = 0; m < MIN (mistakes->len, LISTED_MISTAKES); m++)
    {
      const guint64 *mistake = &((guint64 *) mistakes->data)[2 * m];
      g_autofree char *is = thaw_model_label (model, mistake[1] / classes);
      g_autofree char *said = thaw_model_label (model, mistake[1] % classes);
      g_autofree char *n = g_strdup_printf ("%" G_GUINT64_FORMAT, mistake[0]);

      thaw_table_add (table, is, said, n);
    }
  thaw_table_print (table, cli);
}

static void
print (ThawCli *cli, const ThawModel *model, const ThawEvaluation *evaluation, ThawSplit split)
{
  g_autofree char *accuracy
      = thaw_text_interval (evaluation->accuracy, evaluation->low, evaluation->high);
  g_autofree char *loss = thaw_text_number (evaluation->loss, 4);
  const char *note = split == THAW_SPLIT_VALIDATION ? "; it also chose the best epoch" : "";

  thaw_cli_say (cli, "accuracy %s of %u pictures (95 %% interval; %s%s), loss %s\n", accuracy,
                evaluation->n, split_names[split], note, loss);
  print_classes (cli, model, evaluation);
  thaw_cli_say (cli, "%s", "");
  if (evaluation->classes <= MATRIX_CLASSES)
    print_matrix (cli, model, evaluation);
  else
    print_mistakes (cli, model, evaluation);
}

static ThawDataset *
open_pictures (ThawCli *cli, const ThawModel *model, ThawProject *project, GError **error)
{
  g_autoptr (ThawDataset) dataset = NULL;

  if (cli->n_arguments > 1)
    dataset = thaw_cli_dataset (cli, cli->arguments + 1, error);
  else if (project)
    dataset = thaw_project_get_dataset (project, error);
  else
    thaw_cli_usage (error, "say which pictures: a folder whose sub-folders are the classes");
  if (!dataset)
    return NULL;
  thaw_cli_list_problems (cli, dataset, 0);
  return thaw_cli_match_labels (dataset, model, error) ? g_steal_pointer (&dataset) : NULL;
}

/* What the same network answers in float32, for comparing */
static gboolean
tell_float32 (ThawCli *cli, const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPool *pool, GError **error)
{
  g_autoptr (ThawEvaluation) evaluation = thaw_evaluate (model, dataset, split, pool, cli->cancellable, error);
  g_autofree char *accuracy = evaluation ? thaw_text_interval (evaluation->accuracy, evaluation->low, evaluation->high) : NULL;
  JsonObject *object;

  if (!evaluation)
    return FALSE;
  object = thaw_cli_event ("float32");
  json_object_set_double_member (object, "accuracy", evaluation->accuracy);
  json_object_set_double_member (object, "loss", evaluation->loss);
  thaw_cli_emit (cli, object);
  thaw_cli_say (cli, "in float32: accuracy %s; what follows is computed in bfloat16", accuracy);
  return TRUE;
}

static gboolean
evaluate (ThawCli *cli,
          const ThawModel *model,
          ThawDataset *dataset,
          ThawSplit split,
          ThawPrecision precision,
          ThawPool *pool,
          GError **error)
{
  guint problems = dataset->problems->len;
  g_autoptr (ThawEvaluation) evaluation = NULL;

  if ((split == THAW_N_SPLITS ? dataset->samples->len : thaw_dataset_count (dataset, split, -1))
      == 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "there are no pictures to evaluate (%s): choose another folder or --split",
                   split_names[split]);
      return FALSE;
    }
  if (precision != THAW_PRECISION_FLOAT32 && !tell_float32 (cli, model, dataset, split, pool, error))
    return FALSE;
  evaluation = thaw_evaluate_in (model, dataset, split, precision, pool, cli->cancellable, error);
  if (!evaluation)
    return FALSE;
  thaw_cli_list_problems (cli, dataset, problems);
  if (options.predictions && !write_predictions (model, dataset, evaluation, error))
    return FALSE;
  emit (cli, model, evaluation, split);
  if (!cli->json)
    print (cli, model, evaluation, split);
  return TRUE;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autoptr (ThawPool) pool = thaw_cli_pool (options.threads, error);
  g_autoptr (ThawProject) project = NULL;
  g_autoptr (ThawModel) model
      = pool ? thaw_cli_open_model (cli->arguments[0], options.run, &project, NULL, error) : NULL;
  g_autoptr (ThawDataset) dataset = model ? open_pictures (cli, model, project, error) : NULL;
  ThawSplit split = THAW_N_SPLITS;
  ThawPrecision precision;

  return dataset && thaw_cli_precision (options.precision, &precision, error) && choose_split (dataset, cli->n_arguments == 1, &split, error)
         && evaluate (cli, model, dataset, split, precision, pool, error);
}

const ThawCommand thaw_command_evaluate = {
  .name = "evaluate",
  .arguments = "PROJECT|MODEL [FOLDER...]",
  .summary = "measure a model on labelled pictures",
  .description
  = "Prints the accuracy with its 95 % interval (Wilson), precision, recall and F1 of each class "
    "and the confusion matrix.\n"
    "The folders' sub-folders are the classes and must be called as the model's classes are. "
    "Without a folder the\n"
    "project's own test pictures are used, or its validation pictures where there are none.\n\n"
    "--predictions writes a line for each picture: path, split, label, prediction, its "
    "probability, and the probability\n"
    "of every class. In paths a backslash is written \\\\ and a byte that is not UTF-8 \\xHH.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = -1,
  .run = run,
};
