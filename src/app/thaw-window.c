/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"
#include "thaw-frame-log.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (ThawWindow, thaw_window, ADW_TYPE_APPLICATION_WINDOW)

enum { PROP_0, PROP_SIDEBAR_SHOWN, N_PROPS };

static GParamSpec *properties[N_PROPS];

ThawSession *
thaw_window_get_session (ThawWindow *self)
{
  return self->session;
}

GSettings *
thaw_window_settings (ThawWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  return THAW_IS_APPLICATION (application) ? thaw_application_settings (THAW_APPLICATION (application)) : NULL;
}

gboolean
thaw_window_get_flag (ThawWindow *self, const char *property)
{
  gboolean flag = FALSE;

  g_object_get (self->session, property, &flag, NULL);
  return flag;
}

char *
thaw_window_dup_text (ThawWindow *self, const char *property)
{
  char *text = NULL;

  g_object_get (self->session, property, &text, NULL);
  return text;
}

gint64
thaw_window_get_unfinished (ThawWindow *self)
{
  gint64 run = 0;

  g_object_get (self->session, "unfinished", &run, NULL);
  return run;
}

void
thaw_window_show_page (ThawWindow *self, const char *name)
{
  if (g_strcmp0 (adw_view_stack_get_visible_child_name (self->stack), name) != 0)
    thaw_window_leave_page (self);
  adw_view_stack_set_visible_child_name (self->stack, name);
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

static void
update_title (ThawWindow *self)
{
  g_autofree char *name = thaw_window_dup_text (self, "title");
  gboolean read_only = thaw_window_get_flag (self, "read-only");
  g_autofree char *shown = read_only ? g_strdup_printf (_("%s (read-only)"), name) : g_strdup (name);
  g_autofree char *title = g_strdup_printf ("%s — %s", shown, _("Thaw"));

  gtk_window_set_title (GTK_WINDOW (self), title);
  adw_view_switcher_title_set_title (self->switcher, shown);
  gtk_label_set_label (GTK_LABEL (self->project), shown);
  thaw_tooltip_set (self->project, shown);
  gtk_widget_set_visible (self->read_only, read_only);
}

/* Those that matter here; a run's progress arrives far more often */
static void
session_notify_cb (GObject *session, GParamSpec *pspec, ThawWindow *self)
{
  static const char *const titles[] = { "title", "read-only", NULL };
  static const char *const states[] = { "state", "train-problem", "opening", "unfinished", "path", "store-path", "read-only", NULL };

  if (g_strv_contains (titles, pspec->name))
    update_title (self);
  if (!g_strv_contains (states, pspec->name))
    return;
  thaw_window_update_actions (self);
  thaw_window_watch_training (self);
  if (!g_str_equal (pspec->name, "train-problem"))
    thaw_window_note_project (self);
}

static void
connect_session (ThawWindow *self)
{
  g_signal_connect_object (self->session, "notify", G_CALLBACK (session_notify_cb), self, 0);
  g_signal_connect_object (thaw_session_get_history (self->session), "notify", G_CALLBACK (thaw_window_update_actions), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_runs (self->session), "items-changed", G_CALLBACK (thaw_window_update_actions), self,
                           G_CONNECT_SWAPPED);
  thaw_sidebar_set_session (self->sidebar, self->session);
  thaw_images_page_set_session (self->images, self->session);
  thaw_training_page_set_session (self->training, self->session);
  thaw_results_page_set_session (self->results, self->session);
  thaw_runs_page_set_session (self->runs, self->session);
}

static void
restore_size (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);

  if (!settings)
    return;
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "width"), g_settings_get_int (settings, "height"));
  if (g_settings_get_boolean (settings, "maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static void
recent_changed_cb (ThawWindow *self)
{
  thaw_window_build_recent (self);
}

/* Wherever it comes from: a notification, a second start, another window */
static void
thaw_window_show (GtkWidget *widget)
{
  thaw_window_leave_background (THAW_WINDOW (widget));
  GTK_WIDGET_CLASS (thaw_window_parent_class)->show (widget);
}

static void
thaw_window_dispose (GObject *object)
{
  ThawWindow *self = THAW_WINDOW (object);

  g_clear_handle_id (&self->layout, g_source_remove);
  thaw_window_leave_background (self);
  thaw_window_clear_messages (self);
  thaw_window_clear_focus (self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->file);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ThawWindow, header);
  gtk_widget_class_bind_template_child (klass, ThawWindow, project);
  gtk_widget_class_bind_template_child (klass, ThawWindow, read_only);
  gtk_widget_class_bind_template_child (klass, ThawWindow, why_read_only);
  gtk_widget_class_bind_template_child (klass, ThawWindow, switcher);
  gtk_widget_class_bind_template_child (klass, ThawWindow, open);
  gtk_widget_class_bind_template_child (klass, ThawWindow, undo);
  gtk_widget_class_bind_template_child (klass, ThawWindow, redo);
  gtk_widget_class_bind_template_child (klass, ThawWindow, export);
  gtk_widget_class_bind_template_child (klass, ThawWindow, train);
  gtk_widget_class_bind_template_child (klass, ThawWindow, pause);
  gtk_widget_class_bind_template_child (klass, ThawWindow, go_on);
  gtk_widget_class_bind_template_child (klass, ThawWindow, stop);
  gtk_widget_class_bind_template_child (klass, ThawWindow, toggle);
  gtk_widget_class_bind_template_child (klass, ThawWindow, flap);
  gtk_widget_class_bind_template_child (klass, ThawWindow, edge);
  gtk_widget_class_bind_template_child (klass, ThawWindow, toast_strip);
  gtk_widget_class_bind_template_child (klass, ThawWindow, toasts);
  gtk_widget_class_bind_template_child (klass, ThawWindow, stack);
  gtk_widget_class_bind_template_child (klass, ThawWindow, bar);
  gtk_widget_class_bind_template_child (klass, ThawWindow, sidebar);
  gtk_widget_class_bind_template_child (klass, ThawWindow, images);
  gtk_widget_class_bind_template_child (klass, ThawWindow, training);
  gtk_widget_class_bind_template_child (klass, ThawWindow, results);
  gtk_widget_class_bind_template_child (klass, ThawWindow, runs);
}

/* Beside the page the sidebar is always there, unless it was put away: no button is needed. The title says the project's name where there
 * is no room for the switcher. */
static gboolean
update_layout_cb (gpointer data)
{
  ThawWindow *self = data;

  self->layout = 0;
  thaw_window_fit_sidebar (self);
  gtk_widget_set_visible (self->toggle, adw_flap_get_folded (self->flap) || !adw_flap_get_reveal_flap (self->flap));
  gtk_widget_set_visible (self->project, !adw_view_switcher_title_get_title_visible (self->switcher));
  adw_view_switcher_bar_set_reveal (ADW_VIEW_SWITCHER_BAR (self->bar), adw_view_switcher_title_get_title_visible (self->switcher));
  return G_SOURCE_REMOVE;
}

/* It is found out while sizes are being given, when nothing may appear or vanish */
static void
layout_cb (ThawWindow *self)
{
  if (!self->layout)
    self->layout = g_idle_add_full (G_PRIORITY_HIGH_IDLE, update_layout_cb, self, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SIDEBAR_SHOWN]);
}

static void
thaw_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ThawWindow *self = THAW_WINDOW (widget);

  GTK_WIDGET_CLASS (thaw_window_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->width != width)
    layout_cb (self);
  self->width = width;
}

static void
thaw_window_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawWindow *self = THAW_WINDOW (object);

  if (id == PROP_SIDEBAR_SHOWN)
    g_value_set_boolean (value, !self->flap || adw_flap_get_reveal_flap (self->flap)); /* asked for while the template is being built */
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_window_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SIDEBAR_SHOWN)
    adw_flap_set_reveal_flap (THAW_WINDOW (object)->flap, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_window_class_init (ThawWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_window_dispose;
  G_OBJECT_CLASS (klass)->get_property = thaw_window_get_property;
  G_OBJECT_CLASS (klass)->set_property = thaw_window_set_property;
  properties[PROP_SIDEBAR_SHOWN]
      = g_param_spec_boolean ("sidebar-shown", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  widget_class->show = thaw_window_show;
  widget_class->size_allocate = thaw_window_size_allocate;
  GTK_WINDOW_CLASS (klass)->close_request = thaw_window_close_request;
  g_type_ensure (THAW_TYPE_SIDEBAR);
  g_type_ensure (THAW_TYPE_IMAGES_PAGE);
  g_type_ensure (THAW_TYPE_TRAINING_PAGE);
  g_type_ensure (THAW_TYPE_RESULTS_PAGE);
  g_type_ensure (THAW_TYPE_RUNS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, layout_cb);
  thaw_window_install_actions (widget_class);
}

static void
thaw_window_init (ThawWindow *self)
{
  self->session = thaw_session_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  thaw_name_inner (GTK_WIDGET (self->open), _("Recent projects"));
  thaw_window_init_messages (self);
  thaw_window_init_focus (self);
  thaw_window_add_sidebar_drag (self);
  thaw_window_init_closing (self);
  connect_session (self);
  thaw_frame_log_watch (GTK_WIDGET (self), thaw_network_get_layers (thaw_session_get_network (self->session)));
  update_title (self);
  update_layout_cb (self);
  thaw_window_update_actions (self);
}

ThawWindow *
thaw_window_new (ThawApplication *application)
{
  ThawWindow *self = g_object_new (THAW_TYPE_WINDOW, "application", application, NULL);

  restore_size (self);
  thaw_window_restore_sidebar (self);
  g_signal_connect_object (thaw_application_recent (application), "items-changed", G_CALLBACK (recent_changed_cb), self, G_CONNECT_SWAPPED);
  thaw_application_bind_session (application, self->session);
  thaw_window_build_recent (self);
  return self;
}
