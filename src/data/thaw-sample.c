/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-sample.h"

#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-file.h"
#include "thaw-idx.h"
#include "thaw-image-codec.h"

ThawSample *
thaw_sample_new (void)
{
  ThawSample *self = g_new0 (ThawSample, 1);

  self->index = -1;
  return self;
}

ThawSample *
thaw_sample_copy (const ThawSample *self)
{
  ThawSample *copy = g_new (ThawSample, 1);

  *copy = *self;
  copy->path = g_strdup (self->path);
  /* decoding threads set it */
  copy->hash = g_strdup (g_atomic_pointer_get (&((ThawSample *) self)->hash));
  return copy;
}

void
thaw_sample_free (ThawSample *self)
{
  if (!self)
    return;
  g_free (self->path);
  g_free (self->hash);
  g_free (self);
}

/* Content is what counts: a file that was only copied or touched is the same picture, one that was
 * edited is another and must not pass for it (the features kept for it would be wrong). */
static gboolean
check_content (ThawSample *self, const ThawFileInfo *info, const guint8 *data, gsize length,
               GError **error)
{
  char *known = g_atomic_pointer_get (&self->hash);
  g_autofree char *hash = NULL;

  if (known && info->size == self->size && info->mtime == self->mtime)
    return TRUE;
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, length);
  if (known && strcmp (known, hash) != 0)
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID,
                           "was changed since it was added; add it again");
      return FALSE;
    }
  /* Two threads may come with two variants of one picture. */
  if (!known && g_atomic_pointer_compare_and_exchange (&self->hash, NULL, hash))
    g_steal_pointer (&hash);
  return TRUE;
}

static ThawImage *
decode_idx (ThawSample *self, GError **error)
{
  ThawFileInfo info;
  g_autoptr (ThawIdx) idx = thaw_idx_open (self->path, &info.size, &info.mtime, error);
  gsize n;
  const guint8 *values;
  ThawImage *image;

  if (!idx)
    return NULL;
  if (self->index >= idx->dim[0])
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "holds %u pictures only; it was changed since it was added", idx->dim[0]);
      return NULL;
    }
  n = (gsize) idx->dim[1] * idx->dim[2];
  values = idx->values + self->index * n;
  if (!check_content (self, &info, values, n, error))
    return NULL;
  image = thaw_image_try_new (idx->dim[2], idx->dim[1], error);
  for (gsize i = 0; image && i < n; i++)
    memset (image->pixels + 3 * i, values[i], 3);
  return image;
}

ThawImage *
thaw_sample_decode (ThawSample *self, GError **error)
{
  ThawFileInfo info;
  g_autoptr (GBytes) bytes = NULL;
  gsize length;
  const guint8 *data;

  if (self->index >= 0)
    return decode_idx (self, error);
  bytes = thaw_file_read (self->path, &info, error);
  if (!bytes)
    return NULL;
  data = g_bytes_get_data (bytes, &length);
  if (!check_content (self, &info, data, length, error))
    return NULL;
  return thaw_image_decode_bytes (bytes, error);
}

char *
thaw_sample_display_name (const ThawSample *self)
{
  g_autofree char *name = thaw_file_display_name (self->path);

  return self->index < 0 ? g_steal_pointer (&name)
                         : g_strdup_printf ("%s#%" G_GINT64_FORMAT, name, self->index);
}

ThawImage *
thaw_sample_load (ThawSample *self, GError **error)
{
  ThawImage *image = thaw_sample_decode (self, error);
  g_autofree char *name = image ? NULL : thaw_sample_display_name (self);

  if (!image)
    g_prefix_error (error, "%s: ", name);
  return image;
}
