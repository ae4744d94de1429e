/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

gboolean
thaw_cli_export_check (const ThawExportOptions *options, GError **error)
{
  const ThawExportFormat format = thaw_export_format (options);

  if (format == THAW_EXPORT_UNKNOWN)
    return thaw_cli_usage (
        error,
        "%s is no format to export to: end the name with .onnx, .safetensors, .pth, .keras or .tflite, or use --format",
        options->format ? options->format : options->path);
  if (options->preprocessing && format != THAW_EXPORT_ONNX)
    return thaw_cli_usage (error, "--preprocessing goes with ONNX alone");
  if (options->dtype != THAW_DTYPE_F32 && format != THAW_EXPORT_SAFETENSORS && !(format == THAW_EXPORT_TFLITE && options->dtype == THAW_DTYPE_F16))
    return thaw_cli_usage (error, "--dtype goes with safetensors (f16 or bf16) and TensorFlow Lite (f16) alone");
  return TRUE;
}

static void
emit (ThawCli *cli, const ThawExportResult *result, const char *path)
{
  JsonObject *object = thaw_cli_event ("export");

  json_object_set_string_member (object, "path", path);
  json_object_set_int_member (object, "checked", result->checked);
  json_object_set_int_member (object, "same_top1", result->same);
  json_object_set_double_member (object, "difference", result->difference);
  if (result->rounded)
    {
      json_object_set_double_member (object, "rounding_difference", result->rounding);
      json_object_set_int_member (object, "rounding_same_top1", result->rounded_same);
    }
  thaw_cli_emit (cli, object);
}

static void
report (ThawCli *cli, const ThawExportOptions *options, const ThawExportResult *result)
{
  g_autofree char *path = g_canonicalize_filename (options->path, NULL);
  g_autofree char *path_text = thaw_text_path (path);
  g_autofree char *difference = thaw_text_figures (result->difference, 2);
  g_autofree char *rounding = thaw_text_figures (result->rounding, 2);

  emit (cli, result, path_text);
  thaw_cli_say (cli,
                "Exported %s; read back and checked on %u %spictures: largest difference of the %s "
                "%s, same class on %u.",
                path_text, result->checked, result->made_up ? "made-up " : "validation ",
                result->probabilities ? "probabilities" : "logits", difference, result->same);
  if (result->rounded && result->cut)
    thaw_cli_say (cli, "timm cuts fractions of a pixel off where this network rounds them: the logits move by up to %s; the class is the same on %u of %u.",
                  rounding, result->rounded_same, result->checked);
  else if (result->rounded)
    thaw_cli_say (cli,
                  "With %s weights the logits move by up to %s; the class is the same on %u of %u.",
                  thaw_dtype_name (options->dtype), rounding, result->rounded_same, result->checked);
}

gboolean
thaw_cli_export (ThawCli *self,
                 const ThawModel *model,
                 ThawDataset *dataset,
                 const ThawExportOptions *options,
                 ThawPool *pool,
                 GError **error)
{
  ThawExportResult result;

  if (!thaw_export (model, dataset, options, pool, NULL, NULL, self->cancellable, &result, error))
    return FALSE;
  report (self, options, &result);
  return TRUE;
}
