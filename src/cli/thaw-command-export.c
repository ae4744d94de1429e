/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <thaw/thaw-pool.h>

static struct
{
  char *output;
  char *format;
  char *dtype;
  gboolean preprocessing;
  char *threads;
  gint64 run;
} options;

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
    "Where it goes: NAME.onnx, NAME.safetensors, NAME.pth, NAME.keras or NAME.tflite; a folder for timm and pytorch-training", "FILE" },
  { "format", 0, 0, G_OPTION_ARG_STRING, &options.format,
    "onnx, safetensors, pytorch (a state dict: .pth or .safetensors), timm (a folder), keras, tflite or pytorch-training (a folder to go on with the training of a run on other machines), whatever the name ends with", "F" },
  { "preprocessing", 0, 0, G_OPTION_ARG_NONE, &options.preprocessing,
    "ONNX: put the preprocessing inside: input uint8 [H, W, 3] of any size, output probabilities",
    NULL },
  { "dtype", 0, 0, G_OPTION_ARG_STRING, &options.dtype, "safetensors: f32 (default), f16 or bf16; tflite: f32 or f16",
    "TYPE" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads for the check", "N" },
  { NULL },
};

/* The one that was asked for, or the newest, which need not have been trained yet */
static ThawRun *
find_run (ThawProject *project, GError **error)
{
  g_autoptr (GPtrArray) runs = options.run ? NULL : thaw_project_runs (project, error);

  if (runs && runs->len)
    return g_ptr_array_steal_index (runs, runs->len - 1);
  return options.run || runs ? thaw_cli_find_run (project, options.run, error) : NULL;
}

/* The run's own pictures and settings go along. */
static gboolean
export_training (ThawCli *cli, const ThawExportOptions *target, ThawPool *pool, GError **error)
{
  g_auto (ThawResume) resume = { 0 };
  g_autoptr (ThawProject) project = thaw_project_open (cli->arguments[0], THAW_PROJECT_READ, error);
  g_autoptr (ThawRun) run = project ? find_run (project, error) : NULL;
  g_autoptr (ThawModel) model = run ? thaw_project_model (project, run->id, error) : NULL;
  ThawExportOptions options_with = *target;
  ThawExportTraining training;

  if (!model || !thaw_project_resume (project, run->id, &resume, error))
    return FALSE;
  training = (ThawExportTraining){ run->name, run->id, run->started, resume.model, resume.options, resume.state };
  options_with.training = &training;
  return thaw_cli_export (cli, model, resume.dataset, &options_with, pool, error);
}

static gboolean
export_opened (ThawCli *cli, const ThawExportOptions *target, ThawPool *pool, GError **error)
{
  g_autoptr (ThawProject) project = NULL;
  g_autoptr (ThawModel) model
      = thaw_cli_open_model (cli->arguments[0], options.run, &project, NULL, error);
  g_autoptr (ThawDataset) dataset = NULL;

  if (!model)
    return FALSE;
  if (project)
    {
      dataset = thaw_project_get_dataset (project, error);
      if (!dataset || !thaw_cli_match_labels (dataset, model, error))
        return FALSE;
    }
  return thaw_cli_export (cli, model, dataset, target, pool, error);
}

static gboolean
run (ThawCli *cli, GError **error)
{
  ThawExportOptions target = { .path = options.output,
                        .format = options.format,
                        .preprocessing = options.preprocessing };
  g_autoptr (ThawPool) pool = NULL;

  if (!options.output)
    return thaw_cli_usage (error,
                           "say where the file goes with -o FILE.onnx, -o FILE.safetensors, -o FILE.pth, -o FILE.keras or -o FILE.tflite");
  if ((options.dtype && !thaw_parse_dtype (options.dtype, &target.dtype, error))
      || !thaw_cli_export_check (&target, error))
    return FALSE;
  pool = thaw_cli_pool (options.threads, error);
  if (!pool)
    return FALSE;
  return thaw_export_format (&target) == THAW_EXPORT_TRAINING && thaw_cli_is_project (cli->arguments[0]) ? export_training (cli, &target, pool, error)
                                                                                                        : export_opened (cli, &target, pool, error);
}

const ThawCommand thaw_command_export = {
  .name = "export",
  .arguments = "PROJECT|MODEL -o FILE",
  .summary = "write a trained model for other programs",
  .description = "Writes the model with its labels and preprocessing, reads the file back, runs it "
                 "on the project's validation pictures and\n"
                 "compares. A file that differs by more than 1e-3 is not left behind. Without "
                 "pictures (MODEL is a file) made-up ones\n"
                 "are compared. A state dict of PyTorch's gets a NAME.py beside, which loads it with its labels "
                 "and its transform.\n"
                 "A .keras or a TensorFlow Lite file takes pictures of numbers from 0 to 255 and gives probabilities.\n\n"
                 "--format pytorch-training writes a folder with train.py, which goes on with the training of a run on any "
                 "number of machines and GPUs\n"
                 "under torchrun; its README.md says how. “thaw-cli import-run” brings the result back.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
