/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>

/* The share that the crop has, in as few digits as give @resize back when timm rounds down; 0 where there is none */
static double
find_share (const ThawPreprocessing *p)
{
  int side = MIN (p->width, p->height);

  if (p->stretch || p->resize == 0)
    return 1;
  for (double scale = 100; scale < 1e9; scale *= 10)
    {
      double share = round (side * scale / p->resize) / scale;

      if ((int) floor (side / share) == p->resize && share <= 1)
        return share;
    }
  return 0;
}

static void
set_triple (JsonObject *object, const char *name, const float *values)
{
  JsonArray *array = json_array_new ();

  /* 123.675 is 0.485: a float has seven digits */
  for (int i = 0; i < 3; i++)
    json_array_add_double_element (array, round (values[i] / 255. * 1e7) / 1e7);
  json_object_set_array_member (object, name, array);
}

static void
set_sizes (JsonObject *object, const ThawPreprocessing *p)
{
  JsonArray *array = json_array_new ();

  json_array_add_int_element (array, 3);
  json_array_add_int_element (array, p->height);
  json_array_add_int_element (array, p->width);
  json_object_set_array_member (object, "input_size", array);
}

static JsonObject *
make_config (const ThawModel *model, const ThawZooState *state, double share)
{
  const ThawPreprocessing *p = &model->preprocessing;
  JsonObject *config = json_object_new ();

  set_sizes (config, p);
  json_object_set_boolean_member (config, "fixed_input_size", thaw_zoo_find (model->architecture)->measure != NULL);
  json_object_set_string_member (config, "interpolation", p->filter == THAW_FILTER_BICUBIC ? "bicubic" : "bilinear");
  json_object_set_double_member (config, "crop_pct", share);
  json_object_set_string_member (config, "crop_mode", p->stretch ? "squash" : "center");
  set_triple (config, "mean", p->mean);
  set_triple (config, "std", p->std);
  json_object_set_int_member (config, "num_classes", thaw_model_n_classes (model));
  json_object_set_string_member (config, "classifier", state->classifier);
  if (model->licence)
    json_object_set_string_member (config, "license", model->licence);
  return config;
}

static JsonObject *
make_root (const ThawModel *model, const ThawZooState *state, double share)
{
  JsonObject *root = json_object_new ();
  JsonArray *labels = json_array_new ();
  gboolean sized = thaw_zoo_find (model->architecture)->measure != NULL;

  json_object_set_string_member (root, "architecture", state->timm);
  json_object_set_int_member (root, "num_classes", thaw_model_n_classes (model));
  for (char **label = model->labels; label && *label; label++)
    json_array_add_string_element (labels, *label);
  if (model->labels)
    json_object_set_array_member (root, "label_names", labels);
  else
    json_array_unref (labels);
  if (sized)
    {
      JsonObject *args = json_object_new ();

      json_object_set_int_member (args, "img_size", model->preprocessing.width);
      json_object_set_object_member (root, "model_args", args);
    }
  json_object_set_object_member (root, "pretrained_cfg", make_config (model, state, share));
  return root;
}

char *
thaw_timm_config_write (const ThawModel *model, const ThawZooState *state, GError **error)
{
  double share = find_share (&model->preprocessing);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *root;

  if (!state->timm || state->sequential || share == 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   !state->timm         ? "timm has no network that computes the same as %s under the same names: export a PyTorch state dict (.pth)"
                   : state->sequential  ? "timm's %s has one matrix as its head, and this head is more: export a PyTorch state dict (.pth), or train with the head “linear”"
                                        : "timm's %s cannot be told to scale pictures as this network wants them: export a PyTorch state dict (.pth)",
                   model->architecture);
      return NULL;
    }
  root = make_root (model, state, share);
  node = json_node_init_object (json_node_alloc (), root);
  json_object_unref (root);
  return thaw_json_write (node);
}
