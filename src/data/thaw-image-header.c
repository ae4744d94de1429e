/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-image-header.h"

#include <string.h>

/* Bytes of which no more than @length may be looked at: reading beyond gives zeros and sets @past.
 */
typedef struct
{
  const guint8 *data;
  gsize         length;
  gboolean      big_endian;
  gboolean      past;
} Cursor;

static guint
get_byte (Cursor *self, gsize at)
{
  if (at < self->length)
    return self->data[at];
  self->past = TRUE;
  return 0;
}

static guint
get_16 (Cursor *self, gsize at)
{
  guint a = get_byte (self, at), b = get_byte (self, at + 1);

  return self->big_endian ? a << 8 | b : b << 8 | a;
}

static guint32
get_32 (Cursor *self, gsize at)
{
  guint32 a = get_16 (self, at), b = get_16 (self, at + 2);

  return self->big_endian ? a << 16 | b : b << 16 | a;
}

static gboolean
has (const Cursor *self, gsize at, const char *text, gsize n)
{
  return at <= self->length && self->length - at >= n && memcmp (self->data + at, text, n) == 0;
}

static void
set_size (ThawImageHeader *self, guint64 width, guint64 height)
{
  self->width = MIN (width, G_MAXINT);
  self->height = MIN (height, G_MAXINT);
}

/* The first directory of a TIFF file, which is what EXIF is, too (TIFF 6.0, section 2). */
static void
read_tiff_directory (ThawImageHeader *self, Cursor *cursor, gboolean with_size)
{
  gsize at;
  guint n;

  cursor->big_endian = has (cursor, 0, "MM", 2);
  at = get_32 (cursor, 4);
  n = get_16 (cursor, at);
  for (guint i = 0; i < n && !cursor->past; i++)
    {
      gsize entry = at + 2 + 12 * (gsize) i;
      guint tag = get_16 (cursor, entry);
      guint32 value = get_16 (cursor, entry + 2) == 3 ? get_16 (cursor, entry + 8)
                                                      : get_32 (cursor, entry + 8);

      if (cursor->past)
        break;
      if (tag == 0x112 && value >= 1 && value <= 8)
        {
          self->orientation = value;
          self->orientation_at = entry + 8;
        }
      else if (tag == 0x100 && with_size)
        self->width = MIN (value, G_MAXINT);
      else if (tag == 0x101 && with_size)
        self->height = MIN (value, G_MAXINT);
    }
}

static void
read_exif (ThawImageHeader *self, const Cursor *cursor, gsize at, gsize length)
{
  Cursor exif = { 0 };

  if (at > cursor->length)
    return;
  exif.data = cursor->data + at;
  exif.length = MIN (length, cursor->length - at);
  if (has (&exif, 0, "Exif\0\0", 6))
    {
      exif.data += 6;
      exif.length -= 6;
    }
  if (has (&exif, 0, "II*\0", 4) || has (&exif, 0, "MM\0*", 4))
    read_tiff_directory (self, &exif, FALSE);
}

static void
read_tiff (ThawImageHeader *self, Cursor *cursor)
{
  read_tiff_directory (self, cursor, TRUE);
  self->final = !cursor->past && self->width > 0 && self->height > 0;
}

static gboolean
is_frame_header (guint marker)
{
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Markers up to the frame header (ITU T.81, annex B); EXIF comes before it. */
static void
read_jpeg (ThawImageHeader *self, Cursor *cursor)
{
  gsize at = 2;

  cursor->big_endian = TRUE;
  while (!cursor->past)
    {
      guint marker, length;

      if (get_byte (cursor, at) != 0xFF)
        {
          at++;
          continue;
        }
      marker = get_byte (cursor, at + 1);
      if (marker == 0xFF || marker == 0 || (marker >= 0xD0 && marker <= 0xD8) || marker == 1)
        {
          at += marker == 0xFF ? 1 : 2;
          continue;
        }
      length = get_16 (cursor, at + 2);
      if (marker == 0xD9 || marker == 0xDA || length < 2)
        return;
      if (marker == 0xE1 && has (cursor, at + 4, "Exif\0\0", 6))
        read_exif (self, cursor, at + 4, length - 2);
      if (is_frame_header (marker))
        {
          guint height = get_16 (cursor, at + 5), width = get_16 (cursor, at + 7);

          if (cursor->past)
            return;
          set_size (self, width, height);
          self->final = TRUE;
          return;
        }
      at += 2 + length;
    }
}

/* Chunks up to IEND (PNG specification, section 5). GdkPixbuf takes a file that stops before it
 * without a word. */
static void
read_png (ThawImageHeader *self, Cursor *cursor)
{
  gsize at = 8;

  cursor->big_endian = TRUE;
  if (has (cursor, 12, "IHDR", 4) && cursor->length >= 24)
    set_size (self, get_32 (cursor, 16), get_32 (cursor, 20));
  while (cursor->length - at >= 12)
    {
      gsize length = get_32 (cursor, at);

      if (length > cursor->length - at - 12)
        break;
      if (has (cursor, at + 4, "eXIf", 4))
        read_exif (self, cursor, at + 8, length);
      if (has (cursor, at + 4, "IEND", 4))
        {
          self->final = TRUE;
          return;
        }
      at += length + 12;
    }
  self->truncated = TRUE;
}

static void
read_webp_size (ThawImageHeader *self, Cursor *cursor)
{
  if (has (cursor, 12, "VP8X", 4))
    set_size (self, 1 + (get_32 (cursor, 24) & 0xFFFFFF), 1 + (get_32 (cursor, 26) >> 8));
  else if (has (cursor, 12, "VP8L", 4))
    set_size (self, 1 + (get_32 (cursor, 21) & 0x3FFF), 1 + (get_32 (cursor, 21) >> 14 & 0x3FFF));
  else if (has (cursor, 12, "VP8 ", 4))
    set_size (self, get_16 (cursor, 26) & 0x3FFF, get_16 (cursor, 28) & 0x3FFF);
  if (cursor->past)
    set_size (self, 0, 0);
}

/* RIFF chunks (developers.google.com/speed/webp/docs/riff_container); EXIF comes last. */
static void
read_webp (ThawImageHeader *self, Cursor *cursor)
{
  gsize end = (gsize) get_32 (cursor, 4) + 8;
  gsize at = 12;

  read_webp_size (self, cursor);
  self->truncated = end > cursor->length;
  self->final = !self->truncated;
  while (cursor->length - at >= 8)
    {
      gsize length = get_32 (cursor, at + 4);

      if (length > cursor->length - at - 8)
        return;
      if (has (cursor, at, "EXIF", 4))
        read_exif (self, cursor, at + 8, length);
      at += 8 + length;
      if (length % 2 && at < cursor->length)
        at++;
    }
}

static void
read_gif (ThawImageHeader *self, Cursor *cursor)
{
  set_size (self, get_16 (cursor, 6), get_16 (cursor, 8));
  self->final = !cursor->past;
}

/* The bytes of a bitmap's rows; of a compressed one, all there is to go by is what the file calls
 * its size. */
static guint64
bmp_end (Cursor *cursor, gboolean old)
{
  guint64 bits = get_16 (cursor, old ? 24 : 28);
  guint64 width = old ? get_16 (cursor, 18) : get_32 (cursor, 18);
  guint64 height
      = old ? get_16 (cursor, 20) : (guint64) ABS ((gint64) (gint32) get_32 (cursor, 22));
  guint32 compression = old ? 0 : get_32 (cursor, 30);

  if (compression == 1 || compression == 2)
    return get_32 (cursor, 2);
  return get_32 (cursor, 10) + (width * bits + 31) / 32 * 4 * height;
}

static void
read_bmp (ThawImageHeader *self, Cursor *cursor)
{
  gboolean old = get_32 (cursor, 14) == 12;

  if (old)
    set_size (self, get_16 (cursor, 18), get_16 (cursor, 20));
  else
    set_size (self, get_32 (cursor, 18), (guint64) ABS ((gint64) (gint32) get_32 (cursor, 22)));
  self->truncated = bmp_end (cursor, old) > cursor->length || cursor->past;
  self->final = !cursor->past;
  if (cursor->past)
    set_size (self, 0, 0);
}

/* A number of a PNM header, behind spaces and comments; 0 where there is none. */
static guint64
pnm_number (Cursor *cursor, gsize *at)
{
  guint64 value = 0;

  while (!cursor->past
         && (g_ascii_isspace (get_byte (cursor, *at)) || get_byte (cursor, *at) == '#'))
    {
      gboolean comment = get_byte (cursor, *at) == '#';

      do
        ++*at;
      while (comment && !cursor->past && get_byte (cursor, *at) != '\n');
    }
  while (g_ascii_isdigit (get_byte (cursor, *at)) && value <= G_MAXINT)
    value = value * 10 + get_byte (cursor, (*at)++) - '0';
  return value;
}

/* The binary ones: P4 bits, P5 grey, P6 colour (netpbm.sourceforge.net/doc) */
static void
read_pnm (ThawImageHeader *self, Cursor *cursor)
{
  gsize at = 2;
  int kind = get_byte (cursor, 1) - '0';
  guint64 width = pnm_number (cursor, &at), height = pnm_number (cursor, &at);
  guint64 largest = kind == 4 ? 1 : pnm_number (cursor, &at);
  guint64 row = kind == 4 ? (width + 7) / 8 : width * (kind == 6 ? 3 : 1) * (largest > 255 ? 2 : 1);

  self->truncated = cursor->past || width > G_MAXINT || height > G_MAXINT
                    || at + 1 + row * height > cursor->length;
  self->final = !cursor->past;
  if (!cursor->past)
    set_size (self, width, height);
}

/* Of these GdkPixbuf's loader, where there is one, tells the size. */
static void
read_nothing (ThawImageHeader *self, Cursor *cursor)
{
}

typedef struct
{
  const char *format;
  const char *mime;
  gsize       at;
  gsize       length;
  const char *signature;
  void (*read) (ThawImageHeader *self, Cursor *cursor);
} Format;

static const Format formats[] = {
  { "JPEG", "image/jpeg", 0, 3, "\xFF\xD8\xFF", read_jpeg },
  { "PNG", "image/png", 0, 8, "\x89PNG\r\n\x1A\n", read_png },
  { "GIF", "image/gif", 0, 4, "GIF8", read_gif },
  { "WebP", "image/webp", 8, 4, "WEBP", read_webp },
  { "TIFF", "image/tiff", 0, 4, "II*\0", read_tiff },
  { "TIFF", "image/tiff", 0, 4, "MM\0*", read_tiff },
  { "TIFF", "image/tiff", 0, 4, "II+\0", read_nothing },
  { "TIFF", "image/tiff", 0, 4, "MM\0+", read_nothing },
  { "BMP", "image/bmp", 0, 2, "BM", read_bmp },
  { "PNM", "image/x-portable-anymap", 0, 2, "P4", read_pnm },
  { "PNM", "image/x-portable-anymap", 0, 2, "P5", read_pnm },
  { "PNM", "image/x-portable-anymap", 0, 2, "P6", read_pnm },
  { "AVIF", "image/avif", 4, 8, "ftypavif", read_nothing },
  { "HEIF", "image/heif", 4, 8, "ftypheic", read_nothing },
  { "HEIF", "image/heif", 4, 8, "ftypmif1", read_nothing },
  { "JPEG XL", "image/jxl", 0, 12, "\0\0\0\x0CJXL \r\n\x87\n", read_nothing },
  { "JPEG 2000", "image/jp2", 0, 12, "\0\0\0\x0CjP  \r\n\x87\n", read_nothing },
};

/* Two letters are too little to call a text a picture. */
static gboolean
is_plausible (const Format *format, const Cursor *cursor)
{
  if (format->read == read_bmp)
    return cursor->length >= 26 && memchr ("\x0C\x28\x34\x38\x40\x6C\x7C", cursor->data[14], 7)
           && cursor->data[15] == 0 && cursor->data[16] == 0 && cursor->data[17] == 0;
  if (cursor->data[0] == 'P' && format->length == 2)
    return cursor->length > 2 && (g_ascii_isspace (cursor->data[2]) || cursor->data[2] == '#');
  return format->read != read_webp || has (cursor, 0, "RIFF", 4);
}

void
thaw_image_header_read (ThawImageHeader *self, const guint8 *data, gsize length)
{
  Cursor cursor = { .data = data, .length = length };

  *self = (ThawImageHeader){ .orientation = 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (formats) && !self->format; i++)
    {
      const Format *format = &formats[i];

      if (!has (&cursor, format->at, format->signature, format->length)
          || !is_plausible (format, &cursor))
        continue;
      self->format = format->format;
      self->mime = format->mime;
      format->read (self, &cursor);
    }
}
