/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-drop.h"

#include <glib/gi18n.h>

typedef struct
{
  GtkWidget             *widget;  /* of paste: owned */
  const ThawDropHandler *handler;
  gpointer               data;
} Receiver;

static void
add_text (GPtrArray *files, const char *text)
{
  g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", -1);

  for (int i = 0; lines[i]; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (g_str_has_prefix (line, "file://"))
        g_ptr_array_add (files, g_file_new_for_uri (line));
      else if (g_path_is_absolute (line))
        g_ptr_array_add (files, g_file_new_for_path (line));
    }
}

GPtrArray *
thaw_drop_value_files (const GValue *value)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      const GdkFileList *list = g_value_get_boxed (value);
      g_autoptr (GSList) held = list ? gdk_file_list_get_files ((GdkFileList *) list) : NULL;

      for (const GSList *i = held; i; i = i->next)
        g_ptr_array_add (files, g_object_ref (i->data));
    }
  else if (G_VALUE_HOLDS (value, G_TYPE_FILE) && g_value_get_object (value))
    g_ptr_array_add (files, g_value_dup_object (value));
  else if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value))
    add_text (files, g_value_get_string (value));
  return files;
}

char **
thaw_drop_paths (GPtrArray *files)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; i < files->len; i++)
    {
      char *path = g_file_get_path (files->pdata[i]);

      if (path)
        g_ptr_array_add (paths, path);
    }
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

static void
refuse (const Receiver *self, const char *why)
{
  if (self->handler->refused)
    self->handler->refused (self->widget, why, self->data);
}

static gboolean
receive (const Receiver *self, const GValue *value)
{
  g_autoptr (GPtrArray) files = thaw_drop_value_files (value);
  g_auto (GStrv) paths = thaw_drop_paths (files);
  g_autofree char *why = self->handler->why_not ? self->handler->why_not (self->widget, self->data) : NULL;

  if (why)
    refuse (self, why);
  else if (files->len == 0)
    refuse (self, _("That is no file. Drop folders or pictures from a file manager."));
  else if (!paths[0])
    refuse (self, _("These files are not on this machine. Copy them to a folder here first, and drop that."));
  else
    self->handler->dropped (self->widget, files, self->data);
  return !why && paths[0];
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  return receive (data, value);
}

GtkDropTarget *
thaw_drop_attach (GtkWidget *widget, const ThawDropHandler *handler, gpointer data)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY | GDK_ACTION_MOVE);
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_FILE, G_TYPE_STRING };
  Receiver *receiver = g_new (Receiver, 1);

  *receiver = (Receiver){ widget, handler, data };
  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_data (target, "drop", G_CALLBACK (drop_cb), receiver, (GClosureNotify) (GCallback) g_free, 0);
  gtk_widget_add_css_class (widget, "thaw-drop");
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (target));
  return target;
}

static void
receiver_free (Receiver *self)
{
  g_object_unref (self->widget);
  g_free (self);
}

static void
refuse_clipboard (const Receiver *self)
{
  refuse (self, _("There are no files on the clipboard. Copy folders or pictures in a file manager first."));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Receiver *self = data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);

  if (value)
    receive (self, value);
  else
    refuse_clipboard (self);
  receiver_free (self);
}

void
thaw_drop_paste (GtkWidget *widget, const ThawDropHandler *handler, gpointer data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);
  g_autoptr (GdkContentFormats) all
      = gdk_content_formats_union_deserialize_gtypes (gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  Receiver *receiver = g_new (Receiver, 1);
  GType type = G_TYPE_STRING;

  *receiver = (Receiver){ g_object_ref (widget), handler, data };
  if (gdk_content_formats_contain_gtype (all, GDK_TYPE_FILE_LIST))
    type = GDK_TYPE_FILE_LIST;
  else if (!gdk_content_formats_contain_gtype (all, G_TYPE_STRING))
    {
      refuse_clipboard (receiver);
      receiver_free (receiver);
      return;
    }
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, read_cb, receiver);
}

static gboolean
paste_anywhere_cb (GtkWidget *page, GVariant *arguments, gpointer action)
{
  return gtk_widget_get_mapped (page) && gtk_widget_activate_action (page, action, NULL);
}

void
thaw_drop_add_paste_key (GtkWidget *page, const char *action)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_v, GDK_CONTROL_MASK),
                                                          gtk_callback_action_new (paste_anywhere_cb, (gpointer) action, NULL)));
  gtk_widget_add_controller (page, keys);
}
