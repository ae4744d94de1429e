/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-export-pytorch.h"
#include "thaw-training-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-zoo.h>

static const char *const timm_parts[] = { "model.safetensors", "config.json", NULL };

/* What a folder of the format consists of; NULL: it is a file */
static const char *const *
parts_of (ThawExportFormat format)
{
  return format == THAW_EXPORT_TIMM ? timm_parts : format == THAW_EXPORT_TRAINING ? thaw_training_parts () : NULL;
}

gboolean
thaw_export_is_pytorch (const ThawExportOptions *options)
{
  const ThawExportFormat format = thaw_export_format (options);

  return format == THAW_EXPORT_PYTORCH || format == THAW_EXPORT_TIMM || format == THAW_EXPORT_TRAINING;
}

/* As PyTorch's programs mark theirs */
static GBytes *
write_safetensors (const ThawTensorMap *tensors, GError **error)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (metadata, (char *) "format", (char *) "pt");
  return thaw_safetensors_write (tensors, metadata, THAW_DTYPE_F32, error);
}

static gboolean
write_folder (const ThawZooState *state, const ThawModel *model, const ThawTensorMap *tensors, const char *path, GError **error)
{
  g_autofree char *weights = g_build_filename (path, timm_parts[0], NULL), *config = g_build_filename (path, timm_parts[1], NULL);
  g_autofree char *json = thaw_timm_config_write (model, state, error);
  g_autoptr (GBytes) text = json ? g_bytes_new (json, strlen (json)) : NULL;
  g_autoptr (GBytes) bytes = text ? write_safetensors (tensors, error) : NULL;
  int code;

  if (!bytes)
    return FALSE;
  if (g_mkdir (path, 0777) == 0)
    return thaw_file_replace (weights, bytes, error) && thaw_file_replace (config, text, error);
  code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "the folder %s could not be made: %s", path, g_strerror (code));
  return FALSE;
}

gboolean
thaw_export_write_pytorch (const ThawModel *model, const ThawDataset *dataset, const ThawExportOptions *options, const char *path, GError **error)
{
  g_auto (ThawZooState) state = { 0 };
  g_autoptr (ThawTensorMap) tensors = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (thaw_export_format (options) == THAW_EXPORT_TRAINING)
    return thaw_training_write (dataset, options->training, path, error);
  tensors = thaw_zoo_state_init (&state, model, error) ? thaw_zoo_state_dict (&state, model) : NULL;
  if (!tensors)
    return FALSE;
  if (thaw_export_format (options) == THAW_EXPORT_TIMM)
    return write_folder (&state, model, tensors, path, error);
  bytes = g_str_has_suffix (options->path, ".safetensors") ? write_safetensors (tensors, error) : thaw_pth_write (tensors, state.version, error);
  return bytes && thaw_file_replace (path, bytes, error);
}

ThawModel *
thaw_export_read_state (const ThawModel *like, const char *path, GError **error)
{
  g_auto (ThawZooState) state = { 0 };
  g_autoptr (ThawTensorMap) tensors = thaw_zoo_state_init (&state, like, error) ? thaw_weights_load (path, NULL, error) : NULL;

  return tensors ? thaw_zoo_from_state_dict (&state, like, tensors, error) : NULL;
}

static gboolean
move (const char *from, const char *to, GError **error)
{
  int code;

  if (g_rename (from, to) == 0)
    return TRUE;
  code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s could not be written: %s", to, g_strerror (code));
  return FALSE;
}

/* An older folder there keeps what else is in it. */
static gboolean
place_folder (const char *const *parts, const char *temporary, const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return move (temporary, path, error);
  for (; *parts; parts++)
    {
      g_autofree char *from = g_build_filename (temporary, *parts, NULL), *to = g_build_filename (path, *parts, NULL);

      if (!g_file_test (from, G_FILE_TEST_EXISTS))
        g_unlink (to);
      else if (!move (from, to, error))
        return FALSE;
    }
  g_rmdir (temporary);
  return TRUE;
}

/* A text as Python writes it */
static void
append_quoted (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (; *value; value++)
    if (*value == '"' || *value == '\\')
      g_string_append_printf (text, "\\%c", *value);
    else if (g_ascii_iscntrl (*value))
      g_string_append_printf (text, "\\x%02x", (guchar) *value);
    else
      g_string_append_c (text, *value);
  g_string_append_c (text, '"');
}

static void
append_triple (GString *text, const float *values)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < 3; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", g_ascii_formatd (number, sizeof number, "%.9g", values[i] / 255.));
}

/* torchvision cuts fractions of a pixel off where this network wants them rounded */
static gboolean
wants_rounding (const ThawPreprocessing *p)
{
  return !p->stretch && p->rounding == THAW_ROUNDING_NEAREST;
}

static void
append_geometry (GString *text, const ThawPreprocessing *p, const char *filter)
{
  g_string_append (text, "transform = transforms.Compose([\n    transforms.Resize(");
  if (p->stretch)
    g_string_append_printf (text, "(%d, %d)", p->height, p->width);
  else
    g_string_append_printf (text, "%d", thaw_preprocessing_side (p));
  g_string_append_printf (text, ", transforms.InterpolationMode.%s),\n    transforms.CenterCrop((%d, %d)),\n", filter, p->height, p->width);
}

static void
append_rounded_geometry (GString *text, const ThawPreprocessing *p, const char *filter)
{
  g_string_append_printf (text,
                          "def scale_and_crop(image):\n"
                          "    shorter = min(image.size)\n"
                          "    scaled = image.resize([(2 * %d * side + shorter) // (2 * shorter) for side in image.size], Image.Resampling.%s)\n"
                          "    left, top = int((scaled.width - %d) / 2), int((scaled.height - %d) / 2)\n"
                          "    return scaled.crop((left, top, left + %d, top + %d))\n\n\n"
                          "transform = transforms.Compose([\n    scale_and_crop,\n",
                          thaw_preprocessing_side (p), filter, p->width, p->height, p->width, p->height);
}

static void
append_transform (GString *text, const ThawPreprocessing *p)
{
  const char *filter = p->filter == THAW_FILTER_BICUBIC ? "BICUBIC" : "BILINEAR";

  g_string_append (text, wants_rounding (p) ? "\n\n# From a picture of Pillow's to the network's input\n" : "# From a picture of Pillow's to the network's input\n");
  (wants_rounding (p) ? append_rounded_geometry : append_geometry) (text, p, filter);
  g_string_append (text, "    transforms.ToTensor(),\n    transforms.Normalize((");
  append_triple (text, p->mean);
  g_string_append (text, "), (");
  append_triple (text, p->std);
  g_string_append (text, ")),\n])\n");
}

/* The state dict at "path" into "model". A safetensors file has no place for the version. */
static void
append_loading (GString *text, const ThawZooState *state, gboolean safetensors)
{
  if (!safetensors)
    g_string_append (text, "state = torch.load(path, weights_only=True)\n");
  else if (state->version == 0)
    g_string_append (text, "from safetensors.torch import load_file\n\nstate = load_file(path)\n");
  else
    g_string_append_printf (text,
                            "from collections import OrderedDict\nfrom safetensors.torch import load_file\n\nstate = OrderedDict(load_file(path))\n"
                            "state._metadata = {\"\": {\"version\": %u}}\n",
                            state->version);
  g_string_append (text, "model.load_state_dict(state, strict=True)\n");
}

/* How the state dict called @base is used (transfer full) */
static char *
write_python (const ThawModel *model, const ThawZooState *state, const char *base)
{
  g_autofree char *recipe = thaw_zoo_state_recipe (state, model);
  GString *text = g_string_new ("# Loads the network beside this file and what belongs to it: model, labels, transform\nimport pathlib\n\n");

  if (wants_rounding (&model->preprocessing))
    g_string_append (text, "from PIL import Image\n");
  g_string_append (text, "from torchvision import transforms\n");
  g_string_append (text, recipe);
  g_string_append (text, "path = pathlib.Path(__file__).with_name(");
  append_quoted (text, base);
  g_string_append (text, ")\n");
  append_loading (text, state, g_str_has_suffix (base, ".safetensors"));
  g_string_append (text, "model.eval()\n\nlabels = [");
  for (char **label = model->labels; label && *label; label++)
    {
      g_string_append (text, label == model->labels ? "" : ", ");
      append_quoted (text, *label);
    }
  g_string_append (text, "]\n");
  append_transform (text, &model->preprocessing);
  return g_string_free (text, FALSE);
}

gboolean
thaw_export_place_pytorch (const ThawModel *model, const ThawExportOptions *options, const char *temporary, GError **error)
{
  g_auto (ThawZooState) state = { 0 };
  g_autofree char *base = g_path_get_basename (options->path), *text = NULL, *beside = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *dot = strrchr (options->path, '.');

  if (parts_of (thaw_export_format (options)))
    return place_folder (parts_of (thaw_export_format (options)), temporary, options->path, error);
  if (!thaw_zoo_state_init (&state, model, error) || !move (temporary, options->path, error))
    return FALSE;
  text = write_python (model, &state, base);
  bytes = g_bytes_new (text, strlen (text));
  beside = dot && !strchr (dot, '/') ? g_strdup_printf ("%.*s.py", (int) (dot - options->path), options->path) : g_strconcat (options->path, ".py", NULL);
  return thaw_file_replace (beside, bytes, error);
}

void
thaw_export_forget (const ThawExportOptions *options, const char *path)
{
  const char *const *parts = parts_of (thaw_export_format (options));

  for (; parts && *parts && g_file_test (path, G_FILE_TEST_IS_DIR); parts++)
    {
      g_autofree char *part = g_build_filename (path, *parts, NULL);

      g_unlink (part);
    }
  g_remove (path);
}
