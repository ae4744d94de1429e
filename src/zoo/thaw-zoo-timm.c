/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks of timm: a family's own under timm's names, as its default weights want their pictures */
#include <string.h>

#include "thaw-zoo-build.h"

#define PREFIX "timm/"

typedef struct
{
  const char *name, *own;
  ThawPadding padding;
  double eps;
  int size, resize;
  gboolean stretch;
  ThawFilter filter;
  gboolean half; /* pictures from -1 to 1, else with ImageNet's means and deviations */
} Row;

static const Row rows[] = {
#define SAME THAW_PADDING_SAME
#define EXPLICIT THAW_PADDING_EXPLICIT
#define BILINEAR THAW_FILTER_BILINEAR
#define BICUBIC THAW_FILTER_BICUBIC
#define IMAGENET FALSE
#define HALF TRUE
#define THAW_TIMM(name, ...) { PREFIX name, __VA_ARGS__ },
#include "thaw-zoo-timm.inc"
#undef THAW_TIMM
};

static const Row *
find (const char *architecture)
{
  for (guint i = 0; g_str_has_prefix (architecture, PREFIX) && i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, architecture))
      return &rows[i];
  return NULL;
}

const char *
thaw_zoo_own (const char *architecture)
{
  const Row *row = find (architecture);

  return row ? row->own : architecture;
}

const char *
thaw_zoo_timm_nth (const ThawFamily *family, guint i)
{
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++)
    if (g_strv_contains (family->architectures, rows[k].own) && i-- == 0)
      return rows[k].name;
  return NULL;
}

const ThawZooRule *
thaw_zoo_rules (const char *architecture)
{
  const Row *row = find (architecture);
  const ThawFamily *family = row ? thaw_zoo_find (row->own) : NULL;

  return family && family->rules ? family->rules (row->own) : NULL;
}

void
thaw_zoo_timm_request (const char *architecture, ThawZooRequest *request)
{
  const Row *row = find (architecture);

  request->architecture = architecture;
  if (!row)
    return;
  request->architecture = row->own;
  request->eps = row->eps;
  request->padding = row->padding;
  if (!request->size)
    request->size = row->size;
}

void
thaw_zoo_timm_preprocessing (const char *architecture, ThawPreprocessing *preprocessing)
{
  const Row *row = find (architecture);
  int size = preprocessing->width;

  if (!row)
    return;
  *preprocessing = row->half ? thaw_zoo_preprocessing (row->resize, row->size, 127.5f, 127.5f)
                             : thaw_zoo_preprocessing_imagenet (row->resize, row->size);
  preprocessing->filter = row->filter;
  preprocessing->stretch = row->stretch;
  if (size == row->size)
    return;
  preprocessing->resize = row->resize * size / row->size;
  preprocessing->width = preprocessing->height = size;
}

/* Of two with the same tensors the one that came from TensorFlow says so. */
const char *
thaw_zoo_timm_assumption (const char *architecture)
{
  const Row *row = find (architecture);

  if (!row || !row->eps)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].own, row->own) && rows[i].padding != row->padding)
      return row->padding == THAW_PADDING_SAME
                 ? "TensorFlow's padding and BatchNorm's eps of 0.001, as timm's networks whose "
                   "names begin with tf_ have them; otherwise it is the one without tf_"
                 : "PyTorch's padding and BatchNorm's eps of 0.00001; with TensorFlow's it is the "
                   "one of timm's networks whose name begins with tf_";
  return NULL;
}

/* Names that timm had before it wrote how weights were trained behind a point */
static gboolean
is_old_tag (const char *rest)
{
  static const char *const tags[] = { "_ns", "_ap", "_aa", "_in21k", "_in21ft1k", "_in22k", "_in22ft1k", "_miil", "_miil_in21k" };

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    if (g_str_equal (rest, tags[i]))
      return TRUE;
  return !*rest || *rest == '.';
}

const char *
thaw_zoo_timm_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *own = rows[i].name + strlen (PREFIX);

      if (g_str_has_prefix (name, own) && is_old_tag (name + strlen (own)))
        return rows[i].name;
    }
  return NULL;
}

char *
thaw_zoo_timm_name (const char *architecture)
{
  const ThawFamily *family = thaw_zoo_find (architecture);
  const char *name = find (architecture) ? architecture : NULL;

  /* A family whose names timm has too. Lite's own networks are those that came from TensorFlow. */
  for (guint i = 0; !name && family && !family->rules && i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].own, architecture)
        && (family != &thaw_family_efficientnet_lite || rows[i].padding == THAW_PADDING_SAME))
      name = rows[i].name;
  return name ? g_strdup (name + strlen (PREFIX)) : NULL;
}

const char *
thaw_zoo_timm_of_file (const char *file_name)
{
  const char *found = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *own = rows[i].name + strlen (PREFIX);

      if (g_str_has_prefix (file_name, own) && strchr ("_-.", file_name[strlen (own)])
          && (!found || strlen (rows[i].name) > strlen (found)))
        found = rows[i].name;
    }
  return found;
}
