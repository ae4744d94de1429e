/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

static void
emit (ThawCli *cli, const ThawBackbone *backbone)
{
  JsonObject *object = json_object_new ();
  g_autofree char *path = backbone->path ? thaw_text_path (backbone->path) : NULL;

  json_object_set_string_member (object, "name", backbone->name);
  json_object_set_string_member (object, "title", backbone->title);
  json_object_set_boolean_member (object, "installed", backbone->path != NULL);
  json_object_set_string_member (object, "path", path);
  json_object_set_string_member (object, "licence", backbone->licence);
  json_object_set_double_member (object, "imagenet_top1", backbone->top1);
  json_object_set_int_member (object, "parameters", backbone->parameters);
  json_object_set_int_member (object, "input", backbone->input);
  thaw_cli_emit (cli, object);
}

static void
add_row (ThawTable *table, const ThawBackbone *backbone)
{
  g_autofree char *parameters = thaw_text_count (backbone->parameters);
  g_autofree char *input = g_strdup_printf ("%d", backbone->input);
  g_autofree char *top1
      = backbone->top1 > 0 ? thaw_text_percent (backbone->top1 / 100) : g_strdup ("-");

  thaw_table_add (table, backbone->name, backbone->title, backbone->parameters ? parameters : "-",
                  backbone->input ? input : "-", top1, backbone->licence ? backbone->licence : "-",
                  backbone->path ? "yes" : "no");
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autoptr (GPtrArray) list = thaw_backbone_list ();
  ThawTable *table = thaw_table_new ("llrrrll");

  thaw_table_add (table, "NAME", "TITLE", "PARAMETERS", "INPUT", "IMAGENET", "LICENCE",
                  "INSTALLED");
  for (guint i = 0; i < list->len; i++)
    {
      emit (cli, g_ptr_array_index (list, i));
      add_row (table, g_ptr_array_index (list, i));
    }
  thaw_table_print (table, cli);
  return TRUE;
}

const ThawCommand thaw_command_backbones = {
  .name = "backbones",
  .arguments = "",
  .summary = "list the backbones known and installed",
  .description = "Lists the pretrained networks that can be trained on your pictures: those "
                 "installed with Thaw, those in your\n"
                 "library (thaw-cli import), and those that are known but not installed.",
  .max_arguments = 0,
  .run = run,
};
