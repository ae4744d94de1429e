/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drag-source [--uris | --text] FILE...: a small window from which these files can be dragged, as from a file manager. Ctrl+C copies them.
 * --uris: as text/uri-list alone, as older programs do; --text: a text, which is no file at all. Prints a line when a drag ended, taken or not. */
#include <gtk/gtk.h>
#include <stdio.h>
#include <string.h>

typedef enum { AS_FILES, AS_URIS, AS_TEXT } Form;

static Form form;
static GSList *files;

static GdkContentProvider *
uris (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const GSList *i = files; i; i = i->next)
    {
      g_autofree char *uri = g_file_get_uri (i->data);

      g_string_append_printf (text, "%s\r\n", uri);
    }
  return gdk_content_provider_new_for_bytes ("text/uri-list", g_string_free_to_bytes (g_steal_pointer (&text)));
}

static GdkContentProvider *
content (void)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (form == AS_URIS)
    return uris ();
  if (form == AS_TEXT)
    return gdk_content_provider_new_typed (G_TYPE_STRING, "no file");
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (files));
  return gdk_content_provider_new_for_value (&value);
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer data)
{
  return content ();
}

static void
end_cb (GtkDragSource *source, GdkDrag *drag, gboolean delete_data, gpointer data)
{
  puts ("ended");
  fflush (stdout);
}

static gboolean
copy_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  g_autoptr (GdkContentProvider) provider = content ();

  return gdk_clipboard_set_content (gtk_widget_get_clipboard (widget), provider);
}

static void
activate_cb (GApplication *application, gpointer data)
{
  GtkWidget *window = gtk_application_window_new (GTK_APPLICATION (application));
  GtkWidget *label = gtk_label_new ("drag me");
  GtkDragSource *source = gtk_drag_source_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Control>c"),
                                                          gtk_callback_action_new (copy_cb, NULL, NULL)));
  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_widget_add_controller (window, keys);
  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), NULL);
  g_signal_connect (source, "drag-end", G_CALLBACK (end_cb), NULL);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_title (GTK_WINDOW (window), "Drag source");
  gtk_window_set_default_size (GTK_WINDOW (window), 120, 80);
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--uris") == 0)
      form = AS_URIS;
    else if (strcmp (argv[i], "--text") == 0)
      form = AS_TEXT;
    else
      files = g_slist_append (files, g_file_new_for_commandline_arg (argv[i]));
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  return g_application_run (G_APPLICATION (application), 1, argv);
}
