/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-option-row.h"
#include "widgets/thaw-option-control.h"
#include "widgets/thaw-rates-editor.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

struct _ThawOptionRow
{
  AdwPreferencesRow parent_instance;
  ThawOptions      *options;
  GParamSpec       *spec;    /* (unowned) of the options' class */
  GtkWidget        *control; /* (unowned) child of place */
  char             *lock;    /* (nullable) */
  char             *note;    /* (nullable) */

  /* of the template */
  GtkLabel         *title;
  GtkButton        *reset;
  AdwBin           *place;
  GtkLabel         *sentence;
  AdwBin           *extra;
  GtkLabel         *remark;
};

G_DEFINE_FINAL_TYPE (ThawOptionRow, thaw_option_row, ADW_TYPE_PREFERENCES_ROW)

/* Controls that can be filled in wrongly say so in a property. (transfer full) (nullable) */
static char *
find_problem (ThawOptionRow *self)
{
  char *problem = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self->control), "problem"))
    g_object_get (self->control, "problem", &problem, NULL);
  return problem;
}

/* What is wrong with the text, what the page knows, what the options say: the first there is. (transfer full) (nullable) */
static char *
find_remark (ThawOptionRow *self, gboolean *applies)
{
  g_autofree char *own = thaw_options_remark (self->options, self->spec->name, applies);
  g_autofree char *problem = find_problem (self);

  if (problem)
    return g_steal_pointer (&problem);
  return *applies && self->note ? g_strdup (self->note) : g_steal_pointer (&own);
}

/* A text field that loses the focus by becoming insensitive never hears of it, and goes on blinking. */
static void
leave_focus (ThawOptionRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self)))
    gtk_root_set_focus (root, NULL);
}

static void
update (ThawOptionRow *self)
{
  gboolean applies = TRUE, changed;
  g_autofree char *remark = NULL;

  if (!self->options)
    return;
  remark = find_remark (self, &applies);
  changed = !thaw_options_is_default (self->options, self->spec->name);
  gtk_label_set_label (self->remark, remark ? remark : "");
  gtk_widget_set_visible (GTK_WIDGET (self->remark), remark != NULL);
  if (!applies || self->lock)
    leave_focus (self);
  gtk_widget_set_sensitive (self->control, applies && !self->lock);
  /* the list that rows stand in walks on only where each takes the focus somewhere; here the reason can be heard */
  gtk_widget_set_focusable (GTK_WIDGET (self), !applies || self->lock);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->lock ? self->lock : remark ? remark : "", -1);
  thaw_tooltip_set (GTK_WIDGET (self), self->lock ? self->lock : applies ? NULL : remark);
  gtk_widget_set_visible (GTK_WIDGET (self->reset), changed);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "option.reset", changed && !self->lock);
}

static void
reset_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawOptionRow *self = THAW_OPTION_ROW (widget);

  /* the button that has the focus goes away with it */
  gtk_widget_grab_focus (self->control);
  thaw_options_reset_one (self->options, self->spec->name);
}

GtkWidget *
thaw_option_row_get_control (ThawOptionRow *self)
{
  return self->control;
}

void
thaw_option_row_set_locked (ThawOptionRow *self, const char *reason)
{
  g_free (self->lock);
  self->lock = g_strdup (reason);
  update (self);
}

void
thaw_option_row_set_note (ThawOptionRow *self, const char *note)
{
  if (g_strcmp0 (self->note, note) == 0)
    return;
  g_free (self->note);
  self->note = g_strdup (note);
  update (self);
}

void
thaw_option_row_set_extra (ThawOptionRow *self, GtkWidget *extra)
{
  adw_bin_set_child (self->extra, extra);
}

static void
set_up (ThawOptionRow *self, ThawOptions *options, const char *name)
{
  const char *title;
  g_autofree char *reset = NULL;

  self->options = g_object_ref (options);
  self->spec = g_object_class_find_property (G_OBJECT_GET_CLASS (options), name);
  title = _ (g_param_spec_get_nick (self->spec));
  reset = g_strdup_printf (_ ("Reset %s"), title);
  self->control = thaw_option_control_new (options, self->spec);
  adw_bin_set_child (THAW_IS_RATES_EDITOR (self->control) ? self->extra : self->place, self->control);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->sentence, _ (g_param_spec_get_blurb (self->spec)));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->reset), GTK_ACCESSIBLE_PROPERTY_LABEL, reset, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (options, "notify::generation", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self->control), "problem"))
    g_signal_connect_object (self->control, "notify::problem", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
thaw_option_row_dispose (GObject *object)
{
  ThawOptionRow *self = THAW_OPTION_ROW (object);

  g_clear_object (&self->options);
  g_clear_pointer (&self->lock, g_free);
  g_clear_pointer (&self->note, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_OPTION_ROW);
  G_OBJECT_CLASS (thaw_option_row_parent_class)->dispose (object);
}

static void
thaw_option_row_class_init (ThawOptionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_option_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-option-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, title);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, reset);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, place);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, sentence);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, extra);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionRow, remark);
  gtk_widget_class_install_action (widget_class, "option.reset", NULL, reset_cb);
}

static void
thaw_option_row_init (ThawOptionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
thaw_option_row_new (ThawOptions *options, const char *name)
{
  ThawOptionRow *self = g_object_new (THAW_TYPE_OPTION_ROW, NULL);

  set_up (self, options, name);
  return GTK_WIDGET (self);
}
