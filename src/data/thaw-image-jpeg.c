/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-image-codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
#include <thaw/thaw-error.h>

/* Some cameras pad before a marker. More than this is a picture that lost its way. */
#define SPARE_BYTES 16
/* A progressive picture has ten or so; thousands are made to keep a decoder busy. */
#define MOST_SCANS 500

typedef struct
{
  struct jpeg_decompress_struct base;
  struct jpeg_error_mgr         errors;
  struct jpeg_progress_mgr      progress;
  jmp_buf                       escape;
  char                          message[JMSG_LENGTH_MAX];
  ThawImage                    *image;
  guint8                       *row;     /* one CMYK row */
  GError                       *error;
} Decoder;

/* The base comes first, so that libjpeg's pointer is ours. */
G_STATIC_ASSERT (G_STRUCT_OFFSET (Decoder, base) == 0);

G_NORETURN static void
give_up_cb (j_common_ptr base)
{
  Decoder *self = (Decoder *) base;

  if (!self->message[0])
    self->errors.format_message (base, self->message);
  longjmp (self->escape, 1);
}

/* What says nothing about the pixels. Everything else means that some of them are made up. */
static gboolean
is_harmless (const struct jpeg_error_mgr *errors)
{
  switch (errors->msg_code)
    {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_ICC:
      return TRUE;
    case JWRN_EXTRANEOUS_DATA:
      return errors->msg_parm.i[0] <= SPARE_BYTES;
    default:
      return FALSE;
    }
}

static void
warn_cb (j_common_ptr base, int level)
{
  if (level < 0 && !is_harmless (base->err))
    give_up_cb (base);
}

static void
say_nothing_cb (j_common_ptr base)
{
}

static void
count_scans_cb (j_common_ptr base)
{
  Decoder *self = (Decoder *) base;

  if (self->base.input_scan_number <= MOST_SCANS)
    return;
  g_snprintf (self->message, sizeof self->message, "more than %d scans", MOST_SCANS);
  give_up_cb (base);
}

static guint8
multiply_255 (guint a, guint b)
{
  guint product = a * b + 128;

  return (product + (product >> 8)) >> 8;
}

/* Four channels are stored inverted, whether they say so (Adobe) or not: Pillow's rule, and its
 * arithmetic. */
static void
convert_cmyk (const guint8 *cmyk, guint8 *rgb, int width)
{
  for (int x = 0; x < width; x++)
    for (int c = 0; c < 3; c++)
      rgb[3 * x + c] = cmyk[4 * x + 3] - multiply_255 (255 - cmyk[4 * x + c], cmyk[4 * x + 3]);
}

static void
read_rows (Decoder *self)
{
  struct jpeg_decompress_struct *base = &self->base;
  gsize stride = 3 * (gsize) self->image->width;

  while (base->output_scanline < base->output_height)
    {
      guint8 *target = self->image->pixels + base->output_scanline * stride;
      JSAMPROW rows[4];
      guint n = self->row ? 1 : MIN (4, base->output_height - base->output_scanline);

      for (guint i = 0; i < n; i++)
        rows[i] = self->row ? self->row : target + i * stride;
      jpeg_read_scanlines (base, rows, n);
      if (self->row)
        convert_cmyk (self->row, target, self->image->width);
    }
}

/* Everything between the first byte and the last; libjpeg leaves it by longjmp(). */
static gboolean
decode (Decoder *self, GBytes *bytes)
{
  struct jpeg_decompress_struct *base = &self->base;
  gboolean four;

  jpeg_mem_src (base, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  jpeg_read_header (base, TRUE);
  self->image = thaw_image_try_new (base->image_width, base->image_height, &self->error);
  if (!self->image)
    return FALSE;
  four = base->jpeg_color_space == JCS_CMYK || base->jpeg_color_space == JCS_YCCK;
  base->out_color_space = four ? JCS_CMYK : JCS_RGB;
  base->dct_method = JDCT_ISLOW;
  if (four)
    self->row = g_malloc (4 * (gsize) base->image_width);
  jpeg_start_decompress (base);
  read_rows (self);
  jpeg_finish_decompress (base);
  return TRUE;
}

static gboolean
decode_guarded (Decoder *self, GBytes *bytes)
{
  if (setjmp (self->escape))
    {
      g_set_error (&self->error, THAW_ERROR, THAW_ERROR_INVALID, "truncated or damaged JPEG: %s",
                   self->message);
      return FALSE;
    }
  self->base.err = jpeg_std_error (&self->errors);
  self->errors.error_exit = give_up_cb;
  self->errors.emit_message = warn_cb;
  self->errors.output_message = say_nothing_cb;
  jpeg_create_decompress (&self->base);
  self->progress.progress_monitor = count_scans_cb;
  self->base.progress = &self->progress;
  return decode (self, bytes);
}

ThawImage *
thaw_image_decode_jpeg (GBytes *bytes, GError **error)
{
  Decoder *self = g_new0 (Decoder, 1);
  ThawImage *image = NULL;

  if (decode_guarded (self, bytes))
    image = g_steal_pointer (&self->image);
  else
    g_propagate_error (error, g_steal_pointer (&self->error));
  jpeg_destroy_decompress (&self->base);
  g_clear_pointer (&self->image, thaw_image_free);
  g_free (self->row);
  g_free (self);
  return image;
}
