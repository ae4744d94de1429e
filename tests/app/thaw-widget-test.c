/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-widget-test.h"

static gboolean
says (GtkWidget *widget, const char *text)
{
  static const char *const properties[] = { "label", "title" };

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (widget), properties[i]);
      g_autofree char *value = NULL;

      if (!pspec || pspec->value_type != G_TYPE_STRING)
        continue;
      g_object_get (widget, properties[i], &value, NULL);
      if (g_strcmp0 (value, text) == 0)
        return TRUE;
    }
  return FALSE;
}

GtkWidget *
thaw_widget_find (GtkWidget *root, GType type, const char *text)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (!text || says (root, text)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = thaw_widget_find (child, type, text);

      if (found)
        return found;
    }
  return NULL;
}

guint
thaw_widget_count (GtkWidget *root, GType type)
{
  guint n = g_type_is_a (G_OBJECT_TYPE (root), type) && gtk_widget_get_mapped (root);

  for (GtkWidget *child = gtk_widget_get_first_child (root); child; child = gtk_widget_get_next_sibling (child))
    n += thaw_widget_count (child, type);
  return n;
}

/* Between two frames of an animation nothing is done for longer. */
#define QUIET (8 * G_TIME_SPAN_MILLISECOND)
#define MOST (20 * G_TIME_SPAN_SECOND)

void
thaw_widget_settle (guint ms)
{
  const gint64 start = g_get_monotonic_time ();
  gint64 busy = start, now = start;

  for (; now - start < ms * G_TIME_SPAN_MILLISECOND || (now - busy < QUIET && now - start < MOST); now = g_get_monotonic_time ())
    {
      if (g_main_context_iteration (NULL, FALSE))
        busy = g_get_monotonic_time ();
      else
        g_usleep (500);
    }
}

gboolean
thaw_widget_goes (GtkWidget *root, GType type, const char *text)
{
  for (const gint64 start = g_get_monotonic_time (); thaw_widget_find (root, type, text); thaw_widget_settle (10))
    if (g_get_monotonic_time () - start > MOST)
      return FALSE;
  return TRUE;
}
