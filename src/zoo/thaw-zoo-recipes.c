/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-zoo-private.h"

/* How a published file wants its pictures, which is not in it */
typedef struct
{
  const char *file, *architecture;
  int resize, size;
  ThawFilter filter;
  double top1;
} Recipe;

static const Recipe recipes[] = {
#define BILINEAR THAW_FILTER_BILINEAR
#define BICUBIC THAW_FILTER_BICUBIC
#define THAW_RECIPE(...) { __VA_ARGS__ },
#include "thaw-zoo-recipes.inc"
#undef THAW_RECIPE
#undef BILINEAR
#undef BICUBIC
};

/* Copies are called "resnet50-0676ba61 (1).pth" and so on; "googlenet_imagenet_input" is still a
 * GoogLeNet. */
static gboolean
is_of (const Recipe *self, const ThawModel *model, const char *file_name)
{
  return strstr (file_name, self->file)
         && g_str_has_prefix (model->architecture, self->architecture);
}

ThawModel *
thaw_zoo_published (const ThawModel *model, const char *file_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      const Recipe *recipe = &recipes[i];
      ThawModel *sized;

      if (!is_of (recipe, model, file_name))
        continue;
      sized = model->preprocessing.width == recipe->size
                  ? NULL
                  : thaw_model_resize (model, recipe->size, recipe->size, NULL);
      if (!sized)
        sized = thaw_model_ref ((ThawModel *)model);
      if (sized->preprocessing.width == recipe->size)
        {
          sized->preprocessing.resize = recipe->resize;
          sized->preprocessing.filter = recipe->filter;
          sized->top1 = recipe->top1;
        }
      return sized;
    }
  return thaw_model_ref ((ThawModel *)model);
}
