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
    "Where it goes: NAME.onnx, NAME.safetensors, NAME.pth or NAME.keras; a folder for timm", "FILE" },
  { "format", 0, 0, G_OPTION_ARG_STRING, &options.format,
    "onnx, safetensors, pytorch (a state dict: .pth or .safetensors), timm (a folder) or keras, whatever the name ends with", "F" },
  { "preprocessing", 0, 0, G_OPTION_ARG_NONE, &options.preprocessing,
    "ONNX: put the preprocessing inside: input uint8 [H, W, 3] of any size, output probabilities",
    NULL },
  { "dtype", 0, 0, G_OPTION_ARG_STRING, &options.dtype, "safetensors: f32 (default), f16 or bf16",
    "TYPE" },
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "The run of the project (the last)", "ID" },
  { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads, "Compute threads for the check", "N" },
  { NULL },
};

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
                           "say where the file goes with -o FILE.onnx, -o FILE.safetensors, -o FILE.pth or -o FILE.keras");
  if ((options.dtype && !thaw_parse_dtype (options.dtype, &target.dtype, error))
      || !thaw_cli_export_check (&target, error))
    return FALSE;
  pool = thaw_cli_pool (options.threads, error);
  return pool && export_opened (cli, &target, pool, error);
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
                 "A .keras file takes pictures of numbers from 0 to 255 and gives probabilities.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
