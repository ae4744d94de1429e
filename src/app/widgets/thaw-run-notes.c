/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-run-notes.h"
#include "thaw-run-facts.h"

#include <glib/gi18n.h>

struct _ThawRunNotes
{
  AdwBin       parent_instance;
  ThawRuns    *runs;
  ThawRunItem *run;

  /* of the template */
  GtkStack    *stack;
  GtkEditable *name;
  GtkTextView *notes;
};

G_DEFINE_FINAL_TYPE (ThawRunNotes, thaw_run_notes, ADW_TYPE_BIN)

static char *
dup_written (ThawRunNotes *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->notes);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
keep_name (ThawRunNotes *self)
{
  g_autofree char *before = self->run ? thaw_run_fact_name (self->run) : NULL;
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));

  if (self->run && *name && !g_str_equal (name, before))
    thaw_runs_rename (self->runs, self->run, name);
}

static void
keep_notes (ThawRunNotes *self)
{
  const char *before = self->run ? thaw_run_item_get_run (self->run)->notes : NULL;
  g_autofree char *notes = dup_written (self);

  if (self->run && g_strcmp0 (notes, before ? before : "") != 0)
    thaw_runs_set_notes (self->runs, self->run, notes);
}

/* What the run has: it was shown, or an edit was undone */
static void
show_name (ThawRunNotes *self)
{
  g_autofree char *name = thaw_run_fact_name (self->run);

  if (!g_str_equal (gtk_editable_get_text (self->name), name))
    gtk_editable_set_text (self->name, name);
}

static void
show_notes (ThawRunNotes *self)
{
  const char *notes = thaw_run_item_get_run (self->run)->notes;
  g_autofree char *written = dup_written (self);

  if (g_strcmp0 (written, notes ? notes : "") != 0)
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->notes), notes ? notes : "", -1);
}

void
thaw_run_notes_set_run (ThawRunNotes *self, ThawRuns *runs, ThawRunItem *run)
{
  if (self->run == run)
    return;
  if (self->run)
    {
      keep_name (self);
      keep_notes (self);
      g_signal_handlers_disconnect_by_data (self->run, self);
    }
  g_set_object (&self->runs, runs);
  g_set_object (&self->run, run);
  gtk_stack_set_visible_child_name (self->stack, run ? "run" : "nothing");
  if (!run)
    return;
  show_name (self);
  show_notes (self);
  g_signal_connect_swapped (run, "notify::name", G_CALLBACK (show_name), self);
  g_signal_connect_swapped (run, "notify::notes", G_CALLBACK (show_notes), self);
}

void
thaw_run_notes_set_locked (ThawRunNotes *self, gboolean locked)
{
  gtk_editable_set_editable (self->name, !locked);
  gtk_text_view_set_editable (self->notes, !locked);
}

void
thaw_run_notes_focus_name (ThawRunNotes *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->name));
  gtk_editable_select_region (self->name, 0, -1);
}

static void
thaw_run_notes_dispose (GObject *object)
{
  ThawRunNotes *self = THAW_RUN_NOTES (object);

  if (self->run)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  g_clear_object (&self->runs);
  adw_bin_set_child (ADW_BIN (object), NULL); /* of the template, and bound: what unparents it there does not tell AdwBin */
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RUN_NOTES);
  G_OBJECT_CLASS (thaw_run_notes_parent_class)->dispose (object);
}

static void
thaw_run_notes_class_init (ThawRunNotesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_run_notes_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-run-notes.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawRunNotes, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawRunNotes, name);
  gtk_widget_class_bind_template_child (widget_class, ThawRunNotes, notes);
  gtk_widget_class_bind_template_callback (widget_class, keep_name);
  gtk_widget_class_bind_template_callback (widget_class, keep_notes);
}

static void
thaw_run_notes_init (ThawRunNotes *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
