/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

static char *architecture;

static const GOptionEntry entries[] = {
  { "architecture", 0, 0, G_OPTION_ARG_STRING, &architecture,
    "What the network is, or how pictures are prepared, where the file does not say: “inspect” names the choice", "NAME" },
  { NULL },
};

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autofree char *name = thaw_backbone_import_as (cli->arguments[0], architecture, error);
  JsonObject *object;

  if (!name)
    return FALSE;
  object = json_object_new ();
  json_object_set_string_member (object, "name", name);
  thaw_cli_emit (cli, object);
  thaw_cli_say (cli, "Imported as %s: use it with “thaw-cli train --backbone %s”.", name, name);
  return TRUE;
}

const ThawCommand thaw_command_import = {
  .name = "import",
  .arguments = "FILE",
  .summary = "add a backbone from a file to your library",
  .description = "Copies a model file (safetensors, PyTorch .pth or .pt, Keras .keras or .h5, a "
                 "TensorFlow.js model.json or a ZIP archive of it, ONNX and TensorFlow Lite image classifiers) "
                 "into your library of backbones.\n"
                 "Its architecture is recognised by the names and shapes of its weights. Nothing "
                 "in the file is executed.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
