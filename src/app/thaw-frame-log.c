/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-frame-log.h"

#include <stdio.h>
#include <thaw/thaw-pool.h>

typedef struct
{
  FILE       *file;
  GListModel *tree;
  gint64      begun;
  gboolean    drawn;
} FrameLog;

static void
frame_log_free (gpointer data)
{
  FrameLog *self = data;

  fclose (self->file);
  g_object_unref (self->tree);
  g_free (self);
}

static void
before_paint_cb (GdkFrameClock *clock, FrameLog *self)
{
  self->begun = g_get_monotonic_time ();
  self->drawn = FALSE;
}

static void
paint_cb (GdkFrameClock *clock, FrameLog *self)
{
  self->drawn = TRUE;
}

static void
after_paint_cb (GdkFrameClock *clock, FrameLog *self)
{
  gint64 now = g_get_monotonic_time ();

  fprintf (self->file, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d %u\n", now, now - self->begun,
           (gint64) (thaw_thread_seconds () * G_USEC_PER_SEC), self->drawn, g_list_model_get_n_items (self->tree));
}

static void
realize_cb (GtkWidget *window, FrameLog *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), self);
  g_signal_connect (clock, "paint", G_CALLBACK (paint_cb), self);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), self);
  gdk_frame_clock_begin_updating (clock);
}

static void
unrealize_cb (GtkWidget *window, FrameLog *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  gdk_frame_clock_end_updating (clock);
  g_signal_handlers_disconnect_by_data (clock, self);
}

void
thaw_frame_log_watch (GtkWidget *window, GListModel *tree)
{
  const char *path = g_getenv ("THAW_FRAME_LOG");
  FILE *file = path ? fopen (path, "a") : NULL;
  FrameLog *self;

  if (!file)
    return;
  setvbuf (file, NULL, _IOLBF, 0); /* a frame that was is in the file, whatever happens next: some five microseconds each */
  self = g_new0 (FrameLog, 1);
  self->file = file;
  self->tree = g_object_ref (tree);
  g_object_set_data_full (G_OBJECT (window), "thaw-frame-log", self, frame_log_free);
  g_signal_connect (window, "realize", G_CALLBACK (realize_cb), self);
  g_signal_connect (window, "unrealize", G_CALLBACK (unrealize_cb), self);
}
