/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

void
thaw_project_event_clear (gpointer event)
{
  g_free (((ThawProjectEvent *) event)->text);
}

GArray *
thaw_project_steps (ThawProject *self, gint64 run, GError **error)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (ThawProjectStep));
  g_auto (ThawQuery) query = { 0 };

  if (!thaw_project_flush (self, error))
    return NULL;
  thaw_query_prepare (&query, self,
                      "SELECT step, loss, lr, seconds FROM steps WHERE run = ? ORDER BY step");
  thaw_query_bind (&query, "i", run);
  while (thaw_query_next (&query))
    {
      ThawProjectStep step = { .step = (guint64) thaw_query_int (&query, 0, 0, G_MAXINT64),
                               .loss = thaw_query_double (&query, 1),
                               .lr = thaw_query_double (&query, 2),
                               .seconds = thaw_query_double (&query, 3) };

      g_array_append_val (steps, step);
    }
  return thaw_query_end (&query, error) ? g_steal_pointer (&steps) : NULL;
}

GArray *
thaw_project_events (ThawProject *self, gint64 run, GError **error)
{
  g_autoptr (GArray) events = g_array_new (FALSE, FALSE, sizeof (ThawProjectEvent));
  g_auto (ThawQuery) query = { 0 };

  g_array_set_clear_func (events, thaw_project_event_clear);
  if (!thaw_project_flush (self, error))
    return NULL;
  thaw_query_prepare (&query, self,
                      "SELECT time, step, seconds, text FROM events WHERE run = ? ORDER BY id");
  thaw_query_bind (&query, "i", run);
  while (thaw_query_next (&query))
    {
      ThawProjectEvent event = { .time = thaw_query_int (&query, 0, G_MININT64, G_MAXINT64),
                                 .step = (guint64) thaw_query_int (&query, 1, 0, G_MAXINT64),
                                 .seconds = thaw_query_double (&query, 2),
                                 .text = g_strdup (thaw_query_text (&query, 3)) };

      g_array_append_val (events, event);
    }
  return thaw_query_end (&query, error) ? g_steal_pointer (&events) : NULL;
}
