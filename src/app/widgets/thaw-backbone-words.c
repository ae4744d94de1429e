/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-backbone-words.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-text.h>

char *
thaw_backbone_words_latency (double seconds)
{
  g_autofree char *milliseconds = thaw_text_number (seconds * 1e3, seconds < .01 ? 1 : 0);

  return seconds < 1 ? g_strdup_printf (_("%s ms"), milliseconds) : thaw_text_seconds (seconds);
}

char *
thaw_backbone_words_speed (ThawBackboneItem *item)
{
  g_autofree char *text = NULL;
  double seconds;
  gboolean measured;

  g_object_get (item, "image-seconds", &seconds, "measured", &measured, NULL);
  if (seconds <= 0)
    return NULL;
  text = thaw_backbone_words_latency (seconds);
  return g_strdup_printf (measured ? _("%s an image here") : _("about %s an image here, predicted"), text);
}

static void
append (GString *line, const char *text)
{
  if (text && *text)
    g_string_append_printf (line, "%s%s", line->len ? ", " : "", text);
}

char *
thaw_backbone_words_size (ThawBackboneItem *item)
{
  GString *line = g_string_new (NULL);
  g_autofree char *count = NULL, *parameters_text = NULL, *input_text = NULL, *accuracy = NULL, *top1_text = NULL;
  gint64 parameters;
  double top1;
  int input;

  g_object_get (item, "parameters", &parameters, "input", &input, "top1", &top1, NULL);
  count = thaw_text_count ((double) parameters);
  parameters_text = g_strdup_printf (_("%s parameters"), count);
  input_text = input > 0 ? g_strdup_printf ("%d × %d", input, input) : NULL;
  accuracy = thaw_text_percent (top1 / 100);
  top1_text = top1 > 0 ? g_strdup_printf (_("%s ImageNet"), accuracy) : NULL;
  append (line, parameters > 0 ? parameters_text : NULL);
  append (line, input_text);
  append (line, top1_text);
  return g_string_free (line, FALSE);
}

char *
thaw_backbone_words_licence (const char *licence)
{
  if (!licence)
    return g_strdup (_("licence not known"));
  return strstr (licence, "-NC") ? g_strdup_printf (_("%s: no commercial use"), licence) : g_strdup (licence);
}

char *
thaw_backbone_words_more (ThawBackboneItem *item)
{
  GString *line = g_string_new (NULL);
  g_autofree char *speed = thaw_backbone_words_speed (item), *licence = NULL, *licence_text = NULL;

  g_object_get (item, "licence", &licence, NULL);
  licence_text = thaw_backbone_words_licence (licence);
  append (line, speed);
  append (line, licence_text);
  return g_string_free (line, FALSE);
}

char *
thaw_backbone_words_received (ThawBackboneItem *item)
{
  g_autofree char *here = NULL, *all = NULL;
  gint64 received, bytes;

  g_object_get (item, "received", &received, "bytes", &bytes, NULL);
  here = thaw_text_bytes ((double) received);
  all = thaw_text_bytes ((double) bytes);
  /* what has arrived, and all there is */
  return g_strdup_printf (_("%s of %s"), here, all);
}
