/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-tensor.h>

/* Files made byte by byte, true and lying, for the tests and as seeds for the fuzz targets. */

/* one tensor "w" as a pickle of PyTorch describes it; what is 0 or NULL is as it should be for @size */
typedef struct
{
  const char *storage;     /* "FloatStorage" */
  gint64      elements;    /* of the storage, as claimed */
  gint64      offset;
  int         rank;
  gint64      size[8], stride[8];
} ThawSampleTensor;

#define THAW_SAMPLE_TENSOR ((ThawSampleTensor){ "FloatStorage", 6, 0, 2, { 2, 3 }, { 3, 1 } })

/* The pickle of {"w": tensor} (transfer full) */
GString *thaw_sample_pickle     (const ThawSampleTensor *tensor);
/* The pickle that calls module.name ("id") (transfer full) */
GString *thaw_sample_call       (const char *module, const char *name);

/* A legacy .pth: preamble, @pickle, one storage "0" of @n bytes and @elements claimed */
GBytes  *thaw_sample_legacy     (const GString *pickle, guint64 elements, gsize n);
/* A ZIP .pth: archive/data.pkl and archive/data/0 of @n zero bytes */
GBytes  *thaw_sample_zip        (const GString *pickle, gsize n, gboolean deflate);
/* The checksums of a ZIP's stored entries made right again after a change, as far as it can still be read */
void     thaw_sample_repair_zip (guint8 *data, gsize n);

typedef struct
{
  const char *name;
  const char *data;
  gsize       n;
  gsize       claimed;     /* size in the directory, 0: the true one */
  gboolean    deflate;
} ThawSampleEntry;

GBytes  *thaw_sample_archive    (const ThawSampleEntry *entries, guint n);

/* A safetensors file: length (0: the true one), header, @n bytes of data */
GBytes  *thaw_sample_safetensors (const char *header, guint64 length, gsize n);
