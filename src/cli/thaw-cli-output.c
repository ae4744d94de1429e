/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <thaw/thaw-json.h>

#define BAR_WIDTH 24
#define BAR_INTERVAL (G_USEC_PER_SEC / 10)

/* As it is, whatever the locale's character set: g_print() would put question marks into names */
static void
put_line (FILE *stream, const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);

  fprintf (stream, "%s\n", text);
  fflush (stream);
}

void
thaw_cli_say (ThawCli *self, const char *format, ...)
{
  va_list arguments;

  if (self->json)
    return;
  thaw_cli_progress_clear (self);
  va_start (arguments, format);
  put_line (stdout, format, arguments);
  va_end (arguments);
}

void
thaw_cli_warn (ThawCli *self, const char *format, ...)
{
  va_list arguments;

  thaw_cli_progress_clear (self);
  va_start (arguments, format);
  put_line (stderr, format, arguments);
  va_end (arguments);
}

JsonObject *
thaw_cli_event (const char *event)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "event", event);
  return object;
}

JsonObject *
thaw_cli_epoch (const ThawEpoch *epoch)
{
  JsonObject *object = thaw_cli_event ("epoch");

  json_object_set_int_member (object, "epoch", epoch->epoch);
  json_object_set_int_member (object, "phase", epoch->phase + 1);
  json_object_set_double_member (object, "loss", epoch->loss);
  json_object_set_double_member (object, "accuracy", epoch->accuracy);
  json_object_set_double_member (object, "val_loss", epoch->val_loss);
  json_object_set_double_member (object, "val_accuracy", epoch->val_accuracy);
  json_object_set_double_member (object, "lr", epoch->lr);
  json_object_set_double_member (object, "seconds", epoch->seconds);
  json_object_set_double_member (object, "images_per_second", epoch->images_per_second);
  json_object_set_boolean_member (object, "best", epoch->best);
  return object;
}

void
thaw_cli_emit (ThawCli *self, JsonObject *object)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (root, object);
  if (self->json)
    {
      g_autofree char *line = thaw_json_write (root);

      fprintf (stdout, "%s\n", line);
      fflush (stdout);
    }
}

void
thaw_cli_progress_clear (ThawCli *self)
{
  if (self->drawn)
    fputs ("\r\033[K", stderr);
  self->drawn = FALSE;
}

static void
draw (ThawCli *self, const char *what, double done, double total)
{
  double share = total > 0 ? CLAMP (done / total, 0, 1) : 0;
  double elapsed = (g_get_monotonic_time () - self->started_at) / 1e6;
  g_autofree char *left = NULL;
  char bar[BAR_WIDTH + 1];

  for (int i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < (int) (share * BAR_WIDTH + .5) ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  if (total <= 0)
    fprintf (stderr, "\r%.0f %s\033[K", done, what);
  else
    {
      left = share > 0 && elapsed > 1 ? thaw_text_seconds (elapsed * (1 / share - 1))
                                      : g_strdup ("");
      fprintf (stderr, "\r[%s] %3.0f %%  %.0f of %.0f %s%s%s%s\033[K", bar, share * 100, done,
               total, what, *left ? "  " : "", left, *left ? " left" : "");
    }
  fflush (stderr);
}

void
thaw_cli_progress (ThawCli *self, const char *what, double done, double total)
{
  gint64 now;

  if (!self->terminal)
    return;
  now = g_get_monotonic_time ();
  if (g_strcmp0 (what, self->drawn_what) != 0)
    {
      g_free (self->drawn_what);
      self->drawn_what = g_strdup (what);
      self->started_at = now;
    }
  else if (now - self->drawn_at < BAR_INTERVAL)
    return;
  self->drawn_at = now;
  self->drawn = TRUE;
  draw (self, what, done, total);
}

struct _ThawTable
{
  char *alignment;
  GPtrArray *rows; /* char ** */
};

ThawTable *
thaw_table_new (const char *alignment)
{
  ThawTable *self = g_new0 (ThawTable, 1);

  self->alignment = g_strdup (alignment);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

void
thaw_table_take (ThawTable *self, char **cells)
{
  g_ptr_array_add (self->rows, cells);
}

void
thaw_table_add (ThawTable *self, ...)
{
  gsize columns = strlen (self->alignment);
  char **cells = g_new0 (char *, columns + 1);
  va_list arguments;

  va_start (arguments, self);
  for (gsize i = 0; i < columns; i++)
    {
      const char *cell = va_arg (arguments, const char *);

      cells[i] = g_strdup (cell ? cell : "");
    }
  va_end (arguments);
  thaw_table_take (self, cells);
}

static int
text_width (const char *text)
{
  int width = 0;

  if (!g_utf8_validate (text, -1, NULL))
    return strlen (text);
  for (; *text; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static void
print_row (const ThawTable *self, char **cells, const int *widths)
{
  gsize columns = strlen (self->alignment);
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < columns; i++)
    {
      int space = widths[i] - text_width (cells[i]);

      if (i)
        g_string_append (line, "  ");
      if (self->alignment[i] == 'r')
        g_string_append_printf (line, "%*s%s", space, "", cells[i]);
      else
        g_string_append_printf (line, "%s%*s", cells[i], i + 1 < columns ? space : 0, "");
    }
  fprintf (stdout, "%s\n", g_strchomp (line->str));
  g_string_free (line, TRUE);
}

static void
print_rows (const ThawTable *self)
{
  gsize columns = strlen (self->alignment);
  g_autofree int *widths = g_new0 (int, columns);

  for (guint r = 0; r < self->rows->len; r++)
    for (gsize i = 0; i < columns; i++)
      widths[i] = MAX (widths[i], text_width (((char **) g_ptr_array_index (self->rows, r))[i]));
  for (guint r = 0; r < self->rows->len; r++)
    print_row (self, g_ptr_array_index (self->rows, r), widths);
  fflush (stdout);
}

void
thaw_table_print (ThawTable *self, ThawCli *cli)
{
  if (!cli->json && self->rows->len > 1)
    print_rows (self);
  g_ptr_array_unref (self->rows);
  g_free (self->alignment);
  g_free (self);
}
