/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-welcome.h"
#include "thaw-application.h"
#include "thaw-recent.h"

#include <glib/gi18n.h>

struct _ThawWelcome
{
  AdwBin      parent_instance;
  GListModel *projects;

  /* of the template */
  GtkWidget  *recent;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (ThawWelcome, thaw_welcome, ADW_TYPE_BIN)

/* A project that is gone stays listed, so that one knows what became of it, but cannot be opened */
static void
row_missing_cb (ThawRecentProject *project, GParamSpec *pspec, AdwActionRow *row)
{
  gboolean missing = thaw_recent_project_get_missing (project);
  const char *folder = thaw_recent_project_get_folder (project);
  g_autofree char *gone = g_strdup_printf (_("No longer in %s"), folder);

  adw_action_row_set_subtitle (row, missing ? gone : folder);
  gtk_widget_set_sensitive (GTK_WIDGET (row), !missing);
}

static GtkWidget *
create_row_cb (gpointer item, gpointer data)
{
  ThawRecentProject *project = item;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");
  g_autofree char *uri = g_file_get_uri (thaw_recent_project_get_file (project));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), thaw_recent_project_get_name (project));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), arrow);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-recent");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", uri);
  g_signal_connect_object (project, "notify::missing", G_CALLBACK (row_missing_cb), row, 0);
  row_missing_cb (project, NULL, ADW_ACTION_ROW (row));
  return row;
}

static void
projects_changed_cb (ThawWelcome *self)
{
  gtk_widget_set_visible (self->recent, self->projects && g_list_model_get_n_items (self->projects) > 0);
}

void
thaw_welcome_set_recent (ThawWelcome *self, GListModel *projects)
{
  if (self->projects == projects)
    return;
  if (self->projects)
    g_signal_handlers_disconnect_by_func (self->projects, projects_changed_cb, self);
  g_set_object (&self->projects, projects);
  gtk_list_box_bind_model (self->list, projects, create_row_cb, NULL, NULL);
  if (projects)
    g_signal_connect_swapped (projects, "items-changed", G_CALLBACK (projects_changed_cb), self);
  projects_changed_cb (self);
}

static void
thaw_welcome_root (GtkWidget *widget)
{
  GtkRoot *root;
  GtkApplication *application;

  GTK_WIDGET_CLASS (thaw_welcome_parent_class)->root (widget);
  root = gtk_widget_get_root (widget);
  application = GTK_IS_WINDOW (root) ? gtk_window_get_application (GTK_WINDOW (root)) : NULL;
  if (THAW_IS_APPLICATION (application) && !THAW_WELCOME (widget)->projects)
    thaw_welcome_set_recent (THAW_WELCOME (widget), thaw_application_recent (THAW_APPLICATION (application)));
}

static void
thaw_welcome_dispose (GObject *object)
{
  ThawWelcome *self = THAW_WELCOME (object);

  if (self->list)
    thaw_welcome_set_recent (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_WELCOME);
  G_OBJECT_CLASS (thaw_welcome_parent_class)->dispose (object);
}

static void
thaw_welcome_class_init (ThawWelcomeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_welcome_dispose;
  widget_class->root = thaw_welcome_root;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-welcome.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawWelcome, recent);
  gtk_widget_class_bind_template_child (widget_class, ThawWelcome, list);
}

static void
thaw_welcome_init (ThawWelcome *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
thaw_welcome_new (void)
{
  return g_object_new (THAW_TYPE_WELCOME, NULL);
}
