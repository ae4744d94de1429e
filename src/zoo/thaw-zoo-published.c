/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-catalogue.h>

#include "thaw-zoo-private.h"

static void
describe (ThawModel *model, const ThawCatalogueEntry *entry)
{
  model->preprocessing.resize = entry->preprocessing.resize;
  model->preprocessing.filter = entry->preprocessing.filter;
  model->top1 = entry->top1;
  g_free (model->title);
  model->title = g_strdup (entry->title);
  if (!model->licence)
    model->licence = g_strdup (entry->licence);
}

ThawModel *
thaw_zoo_published (const ThawModel *model, const char *file_name)
{
  const ThawCatalogueEntry *entry = thaw_catalogue_of_file (model->architecture, file_name);
  const int size = entry ? entry->preprocessing.width : model->preprocessing.width;
  ThawModel *sized = model->preprocessing.width == size ? NULL : thaw_model_resize (model, size, size, NULL);

  if (!sized)
    sized = thaw_model_ref ((ThawModel *) model);
  if (entry && sized->preprocessing.width == size)
    describe (sized, entry);
  return sized;
}
