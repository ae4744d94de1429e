/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

#include <errno.h>
#include <string.h>
#include <thaw/thaw-zoo.h>

#define DEFAULT_BACKBONE "efficientnet_lite0"
#define DEFAULT_VALIDATION .2

static ThawModel *
open_backbone (const ThawTrainFlags *self, char **backbone, GError **error)
{
  const char *name = self->backbone ? self->backbone : DEFAULT_BACKBONE;
  gint64 seed = 0;

  *backbone = NULL;
  if (self->random_weights)
    {
      if (self->seed && !thaw_parse_int ("--seed", self->seed, 0, G_MAXINT64, &seed, error))
        return NULL;
      return thaw_zoo_create (name, 0, seed, error);
    }
  if (thaw_cli_is_project (name))
    return thaw_cli_open_model (name, 0, NULL, NULL, error);
  *backbone = g_strdup (name);
  return thaw_backbone_open (name, error);
}

ThawModel *
thaw_train_flags_backbone (const ThawTrainFlags *self, char **backbone, GError **error)
{
  gint64 side = 0;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawModel) resized = NULL;

  *backbone = NULL;
  if (self->input && !thaw_parse_int ("--input", self->input, 16, 4096, &side, error))
    return NULL;
  model = open_backbone (self, backbone, error);
  resized = model ? thaw_cli_resize (model, side, error) : NULL;
  if (!resized || !self->cut)
    return g_steal_pointer (&resized);
  return thaw_model_truncate (resized, self->cut, error);
}

ThawModel *
thaw_train_flags_model (const ThawTrainFlags *self,
                        const ThawModel *backbone,
                        const ThawDataset *dataset,
                        guint64 seed,
                        GError **error)
{
  ThawHead head;
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  g_autoptr (ThawModel) model = NULL;
  GError *local = NULL;

  if (!thaw_head_parse (&head, self->head ? self->head : THAW_HEAD_DEFAULT, &local))
    {
      thaw_cli_usage (error, "--head: %s", local->message);
      g_error_free (local);
      return NULL;
    }
  for (guint i = 0; i < dataset->classes->len; i++)
    g_ptr_array_add (labels, g_ptr_array_index (dataset->classes, i));
  g_ptr_array_add (labels, NULL);
  model = thaw_model_with_head (backbone, &head, (const char *const *) labels->pdata, seed, error);
  return model ? thaw_model_copy (model) : NULL;
}

/* --val or --test: a share into @share, or the pictures of a folder */
static gboolean
add_part (ThawDataset *dataset,
          ThawCli *cli,
          const char *option,
          const char *text,
          ThawSplit split,
          double *share,
          GError **error)
{
  g_autofree char *path = NULL;
  char *end;

  if (!text)
    return TRUE;
  g_ascii_strtod (text, &end);
  if (end != text && !*end)
    return thaw_parse_double (option, text, 0, .9, share, error);
  path = g_canonicalize_filename (text, NULL);
  if (!thaw_dataset_add_split (dataset, path, split, cli->cancellable, error))
    return FALSE;
  *share = 0;
  return TRUE;
}

static gboolean
limit_classes (const ThawTrainFlags *self, ThawDataset *dataset, GError **error)
{
  gint64 train = 0, val = 0;

  if ((self->per_class
       && !thaw_parse_int ("--per-class", self->per_class, 1, G_MAXINT, &train, error))
      || (self->val_per_class
          && !thaw_parse_int ("--val-per-class", self->val_per_class, 1, G_MAXINT, &val, error)))
    return FALSE;
  if (train)
    thaw_dataset_limit (dataset, THAW_SPLIT_TRAIN, train);
  if (val)
    thaw_dataset_limit (dataset, THAW_SPLIT_VALIDATION, val);
  return TRUE;
}

static gboolean
split (const ThawTrainFlags *self, ThawCli *cli, ThawDataset *dataset, guint64 seed, GError **error)
{
  double val = DEFAULT_VALIDATION, test = 0;
  gint64 split_seed = seed;

  if (!add_part (dataset, cli, "--val", self->val, THAW_SPLIT_VALIDATION, &val, error)
      || !add_part (dataset, cli, "--test", self->test, THAW_SPLIT_TEST, &test, error)
      || (self->split_seed
          && !thaw_parse_int ("--split-seed", self->split_seed, 0, G_MAXINT64, &split_seed, error)))
    return FALSE;
  if (val + test > .95)
    return thaw_cli_usage (error, "--val and --test leave nothing to train on");
  thaw_dataset_split (dataset, val, test, split_seed);
  return limit_classes (self, dataset, error);
}

ThawDataset *
thaw_train_flags_dataset (const ThawTrainFlags *self, ThawCli *cli, guint64 seed, GError **error)
{
  g_autoptr (ThawDataset) dataset = thaw_cli_dataset (cli, cli->arguments, error);

  if (!dataset || !split (self, cli, dataset, seed, error))
    return NULL;
  thaw_cli_list_problems (cli, dataset, 0);
  return thaw_dataset_check (dataset, error) ? g_steal_pointer (&dataset) : NULL;
}

char *
thaw_train_flags_project (const ThawTrainFlags *self, const char *first_folder, GError **error)
{
  g_autofree char *folder = thaw_project_folder ();
  g_autofree char *absolute = NULL;
  g_autofree char *name = NULL;
  g_autofree char *prefix = NULL;

  if (self->project)
    return g_strdup (self->project);
  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "%s cannot be made (%s): choose a place with --project", folder,
                   g_strerror (code));
      return NULL;
    }
  absolute = g_canonicalize_filename (first_folder, NULL);
  name = g_path_get_basename (absolute);
  prefix = g_strconcat (*name == '/' ? "pictures" : name, "-", NULL);
  return thaw_project_new_path (prefix);
}
