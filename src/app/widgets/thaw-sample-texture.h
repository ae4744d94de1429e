/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

typedef enum
{
  THAW_TEXTURE_FOR_PEOPLE,  /* as thaw_thumbnail_decode() has it: transparent where the picture is */
  THAW_TEXTURE_FOR_NETWORK, /* decoded as for the network, whole: upright, converted to RGB */
} ThawTextureKind;

/**
 * thaw_sample_texture_async:
 * @owner: the task's source: lives until @callback was called
 * @sample: (transfer full)
 * @side: the longer side of what is returned, where the picture is larger
 *
 * Reads a picture in a thread. Finish: (transfer full), NULL with an error that says why it cannot be shown. Main thread.
 */
void        thaw_sample_texture_async  (gpointer owner, ThawSample *sample, int side, ThawTextureKind kind, GCancellable *cancellable, GAsyncReadyCallback callback);
GdkTexture *thaw_sample_texture_finish (GAsyncResult *result, GError **error);

G_END_DECLS
