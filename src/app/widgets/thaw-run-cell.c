/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-run-cell.h"
#include "widgets/thaw-names.h"
#include "thaw-run-facts.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

struct _ThawRunCell
{
  GtkWidget    parent_instance;
  ThawRunFact  fact;        /* (nullable): what it says, */
  const char  *setting;     /* or what this one was; static */
  ThawRunItem *run;
  ThawRuns    *runs;        /* (nullable): of a name alone */
  GtkWidget   *label;       /* child */
  GtkWidget   *badge;       /* child; (nullable) */
  int          least, most; /* characters that have room; 0: all */
};

G_DEFINE_FINAL_TYPE (ThawRunCell, thaw_run_cell, GTK_TYPE_WIDGET)

/* "best, shown, stopped early"; NULL: nothing sets it apart. (transfer full) */
static char *
dup_badge (ThawRunCell *self)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const char *status = thaw_run_fact_status (self->run);

  if (thaw_run_best (G_LIST_MODEL (self->runs)) == self->run)
    g_ptr_array_add (words, (gpointer) _("★ best"));
  if (thaw_runs_get_current (self->runs) == self->run)
    g_ptr_array_add (words, (gpointer) _("shown"));
  if (status)
    g_ptr_array_add (words, (gpointer) status);
  g_ptr_array_add (words, NULL);
  return words->len > 1 ? g_strjoinv (", ", (char **) words->pdata) : NULL;
}

/* (transfer full) */
static char *
dup_text (ThawRunCell *self)
{
  return self->fact ? self->fact (self->run) : g_strdup (thaw_run_setting (self->run, self->setting));
}

static void
update (ThawRunCell *self)
{
  g_autofree char *text = self->run ? dup_text (self) : NULL;
  g_autofree char *badge = self->run && self->runs ? dup_badge (self) : NULL;

  gtk_label_set_label (GTK_LABEL (self->label), text ? text : "");
  if (self->most)
    gtk_label_set_width_chars (GTK_LABEL (self->label), CLAMP ((int) g_utf8_strlen (text ? text : "", -1), self->least, self->most));
  if (gtk_label_get_ellipsize (GTK_LABEL (self->label)) != PANGO_ELLIPSIZE_NONE)
    thaw_tooltip_set (self->label, text);
  if (!self->badge)
    return;
  thaw_name_row (GTK_WIDGET (self), text ? text : "");
  gtk_label_set_label (GTK_LABEL (self->badge), badge ? badge : "");
  gtk_widget_set_visible (self->badge, badge != NULL);
}

void
thaw_run_cell_set_run (ThawRunCell *self, ThawRunItem *run)
{
  if (self->run == run)
    return;
  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, update, self);
  g_set_object (&self->run, run);
  if (run)
    g_signal_connect_swapped (run, "notify", G_CALLBACK (update), self);
  update (self);
}

ThawRunItem *
thaw_run_cell_get_run (ThawRunCell *self)
{
  return self->run;
}

static GtkWidget *
add_label (ThawRunCell *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return label;
}

/* Text of any length; the tooltip has all of it. It has room for @most characters where it has so many, and may take up to @natural. */
static void
limit_width (ThawRunCell *self, int least, int most, int natural)
{
  self->least = least;
  self->most = most;
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (self->label), natural);
}

static ThawRunCell *
new_cell (ThawRunFact fact, const char *setting)
{
  ThawRunCell *self = g_object_new (THAW_TYPE_RUN_CELL, NULL);

  self->fact = fact;
  self->setting = setting;
  self->label = add_label (self);
  return self;
}

GtkWidget *
thaw_run_cell_new_fact (ThawRunFact fact)
{
  ThawRunCell *self = new_cell (fact, NULL);

  gtk_widget_add_css_class (self->label, "numeric");
  return GTK_WIDGET (self);
}

GtkWidget *
thaw_run_cell_new_setting (const char *name)
{
  ThawRunCell *self = new_cell (NULL, name);

  limit_width (self, 5, 16, 24);
  return GTK_WIDGET (self);
}

GtkWidget *
thaw_run_cell_new_name (ThawRuns *runs)
{
  ThawRunCell *self = new_cell (thaw_run_fact_name, NULL);

  self->runs = g_object_ref (runs);
  limit_width (self, 14, 20, 40);
  self->badge = add_label (self);
  gtk_widget_add_css_class (self->badge, "caption");
  gtk_widget_add_css_class (self->badge, "dim-label");
  gtk_widget_set_margin_start (self->badge, 6);
  /* what is best, and which is shown, changes with the others */
  g_signal_connect_object (runs, "notify::current", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runs, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

static void
thaw_run_cell_dispose (GObject *object)
{
  ThawRunCell *self = THAW_RUN_CELL (object);

  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, update, self);
  g_clear_object (&self->run);
  g_clear_object (&self->runs);
  g_clear_pointer (&self->label, gtk_widget_unparent);
  g_clear_pointer (&self->badge, gtk_widget_unparent);
  G_OBJECT_CLASS (thaw_run_cell_parent_class)->dispose (object);
}

static void
thaw_run_cell_class_init (ThawRunCellClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = thaw_run_cell_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
thaw_run_cell_init (ThawRunCell *self)
{
}
