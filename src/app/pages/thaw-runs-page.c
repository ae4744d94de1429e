/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-runs-page.h"
#include "thaw-run-facts.h"
#include "widgets/thaw-curves.h"
#include "widgets/thaw-run-notes.h"
#include "widgets/thaw-runs-compare.h"
#include "widgets/thaw-runs-table.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

struct _ThawRunsPage
{
  AdwBin           parent_instance;
  ThawSession     *session;
  char            *deletion; /* what the history calls the last one */
  guint            n_deleted; /* by it */
  char            *restoring; /* name of the run whose settings are being read; (nullable) */
  GtkFileChooserNative *chooser; /* (nullable) */

  /* of the template */
  GtkStack        *stack, *details;
  ThawRunsTable   *table;
  ThawCurves      *curves;
  ThawRunsCompare *compare;
  ThawRunNotes    *notes;
  GtkLabel        *count;
  GtkWidget       *show, *restore, *delete, *bring_in;
};

G_DEFINE_FINAL_TYPE (ThawRunsPage, thaw_runs_page, ADW_TYPE_BIN)

enum { PROP_0, PROP_ONLY_DIFFERENCES, N_PROPS };

static GParamSpec *properties[N_PROPS];

static ThawRuns *
get_runs (ThawRunsPage *self)
{
  return thaw_session_get_runs (self->session);
}

/* (nullable) (transfer full): when exactly one is selected */
static ThawRunItem *
dup_selected (ThawRunsPage *self)
{
  g_autoptr (GPtrArray) selected = thaw_runs_table_get_selected (self->table);

  return selected->len == 1 ? g_object_ref (g_ptr_array_index (selected, 0)) : NULL;
}

/* What can be done */
static void
set_action (ThawRunsPage *self, const char *action, GtkWidget *button, const char *why, const char *what)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, why == NULL);
  if (button)
    thaw_tooltip_set (button, why ? why : what);
}

static void
update_actions (ThawRunsPage *self)
{
  g_autoptr (GPtrArray) selected = thaw_runs_table_get_selected (self->table);
  const char *one = selected->len == 1 ? NULL : selected->len ? _("Select one run only") : _("Select a run first");
  const char *some = selected->len ? NULL : _("Select a run first");
  const char *idle = thaw_session_get_state (self->session) == THAW_SESSION_IDLE ? NULL : _("Not while a run is under way");
  gboolean read_only;
  const char *locked;

  g_object_get (self->session, "read-only", &read_only, NULL);
  locked = read_only ? _("The project is open for reading only") : NULL;
  set_action (self, "runs.show", self->show, one ? one : idle, _("Show this run on the other pages"));
  set_action (self, "runs.restore", self->restore, one ? one : idle,
              _("Take its network, its freezing and its training options over, to train again with them"));
  set_action (self, "runs.delete", self->delete, locked ? locked : some, _("Delete the selected runs (Delete)"));
  set_action (self, "runs.rename", NULL, locked ? locked : one, NULL);
  set_action (self, "runs.bring-in", self->bring_in, locked ? locked : idle,
              _("Add what an exported training has trained in PyTorch, on other machines, as a run"));
  set_action (self, "runs.overlay", NULL, some, NULL);
  thaw_run_notes_set_locked (self->notes, read_only);
}

static void
update_compare (ThawRunsPage *self)
{
  g_autoptr (GPtrArray) selected = thaw_runs_table_get_selected (self->table);
  gboolean only_differences;

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->details), "compare") != 0)
    return;
  g_object_get (self->table, "only-differences", &only_differences, NULL);
  thaw_runs_compare_show (self->compare, selected, only_differences);
}

static void
selection_cb (ThawRunsPage *self)
{
  g_autoptr (ThawRunItem) run = dup_selected (self);

  thaw_run_notes_set_run (self->notes, get_runs (self), run);
  update_compare (self);
  update_actions (self);
}

static void
runs_changed_cb (ThawRunsPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (get_runs (self)));
  g_autofree char *text = g_strdup_printf (ngettext ("%u run", "%u runs", n), n);

  gtk_label_set_label (self->count, text);
  gtk_stack_set_visible_child_name (self->stack, n ? "runs" : "empty");
}

/* Commands */
static void
show_run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);
  g_autoptr (ThawRunItem) run = dup_selected (self);

  if (run)
    thaw_runs_set_current (get_runs (self), run);
}

/* All of them the same afterwards: with several, one key is enough to see them together */
static void
overlay_runs (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GPtrArray) selected = thaw_runs_table_get_selected (THAW_RUNS_PAGE (widget)->table);
  gboolean all = TRUE;

  for (guint i = 0; i < selected->len; i++)
    {
      gboolean overlay;

      g_object_get (g_ptr_array_index (selected, i), "overlay", &overlay, NULL);
      all = all && overlay;
    }
  for (guint i = 0; i < selected->len; i++)
    g_object_set (g_ptr_array_index (selected, i), "overlay", !all, NULL);
  gtk_stack_set_visible_child_name (THAW_RUNS_PAGE (widget)->details, "curves");
}

static void
rename_run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);

  gtk_stack_set_visible_child_name (self->details, "notes");
  thaw_run_notes_focus_name (self->notes);
}

/* A toast with a way back */
static void
say (ThawRunsPage *self, const char *title, const char *text, const char *action, const char *label)
{
  thaw_session_message (self->session, title, text, FALSE, action, label);
}

static char *
dup_undo_label (ThawRunsPage *self)
{
  char *label;

  g_object_get (thaw_session_get_history (self->session), "undo-label", &label, NULL);
  return label;
}

static void
restore_run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);
  g_autoptr (ThawRunItem) run = dup_selected (self);

  if (!run)
    return;
  g_free (self->restoring);
  self->restoring = thaw_run_fact_name (run);
  thaw_runs_restore (get_runs (self), run);
  thaw_runs_set_current (get_runs (self), run);
}

/* Settings are read from the project first; that they are in force shows in the history */
static void
edited_cb (ThawRunsPage *self)
{
  g_autofree char *name = g_steal_pointer (&self->restoring);
  g_autofree char *title = name ? g_strdup_printf (_("The settings of %s are in force again"), name) : NULL;

  if (title)
    say (self, title, _("Train begins a new run with them."), "win.undo", _("_Undo"));
}

/* ... and that they cannot be had is told */
static void
message_cb (ThawRunsPage *self)
{
  g_clear_pointer (&self->restoring, g_free);
}

static void
delete_runs (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);
  g_autoptr (GPtrArray) selected = thaw_runs_table_get_selected (self->table);
  GListModel *runs = G_LIST_MODEL (get_runs (self));
  guint before = g_list_model_get_n_items (runs);
  g_autofree char *name = selected->len ? thaw_run_fact_name (g_ptr_array_index (selected, 0)) : NULL;
  g_autofree char *title = NULL;

  for (guint i = 0; i < selected->len; i++)
    thaw_runs_delete (get_runs (self), g_ptr_array_index (selected, i));
  self->n_deleted = before - g_list_model_get_n_items (runs);
  if (self->n_deleted == 0)
    return;
  g_free (self->deletion);
  self->deletion = dup_undo_label (self);
  title = self->n_deleted == 1 && selected->len == 1
              ? g_strdup_printf (_("%s was deleted"), name)
              : g_strdup_printf (ngettext ("%u run was deleted", "%u runs were deleted", self->n_deleted), self->n_deleted);
  say (self, title, "", "runs.undelete", _("_Undo"));
}

static void
folder_cb (GtkNativeDialog *dialog, int response, ThawRunsPage *self)
{
  g_autoptr (GFile) folder = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  g_clear_object (&self->chooser);
  if (folder)
    thaw_runs_bring_in (get_runs (self), folder);
}

static void
bring_in (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);

  if (self->chooser)
    return;
  self->chooser = gtk_file_chooser_native_new (_("Bring In a Result"), GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Bring In"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* The toast's Undo means the deletion, not what was done since */
static void
undelete_runs (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (widget);
  g_autofree char *label = dup_undo_label (self);

  if (g_strcmp0 (label, self->deletion) != 0)
    {
      say (self, _("Something else was done since"), _("Undo that first; the deletion comes after it."), "win.undo", _("_Undo"));
      return;
    }
  for (; self->n_deleted > 0; self->n_deleted--)
    thaw_history_undo (thaw_session_get_history (self->session));
}

void
thaw_runs_page_set_session (ThawRunsPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
  thaw_runs_table_set_session (self->table, session);
  thaw_curves_set_session (self->curves, session);
  g_signal_connect_object (get_runs (self), "items-changed", G_CALLBACK (runs_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::read-only", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "message", G_CALLBACK (message_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_history (session), "notify::undo-label", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  runs_changed_cb (self);
  selection_cb (self);
}

static void
thaw_runs_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (object);
  gboolean only_differences = TRUE;

  if (self->table) /* asked for while the template is being built */
    g_object_get (self->table, "only-differences", &only_differences, NULL);
  g_value_set_boolean (value, only_differences);
}

static void
thaw_runs_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (object);

  g_object_set (self->table, "only-differences", g_value_get_boolean (value), NULL);
  update_compare (self);
}

static void
thaw_runs_page_dispose (GObject *object)
{
  ThawRunsPage *self = THAW_RUNS_PAGE (object);

  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  adw_bin_set_child (ADW_BIN (object), NULL); /* of the template, and bound: what unparents it there does not tell AdwBin */
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RUNS_PAGE);
  g_clear_object (&self->session);
  g_clear_pointer (&self->deletion, g_free);
  g_clear_pointer (&self->restoring, g_free);
  G_OBJECT_CLASS (thaw_runs_page_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "runs.show", NULL, show_run);
  gtk_widget_class_install_action (klass, "runs.overlay", NULL, overlay_runs);
  gtk_widget_class_install_action (klass, "runs.rename", NULL, rename_run);
  gtk_widget_class_install_action (klass, "runs.restore", NULL, restore_run);
  gtk_widget_class_install_action (klass, "runs.delete", NULL, delete_runs);
  gtk_widget_class_install_action (klass, "runs.undelete", NULL, undelete_runs);
  gtk_widget_class_install_action (klass, "runs.bring-in", NULL, bring_in);
  gtk_widget_class_install_property_action (klass, "runs.only-differences", "only-differences");
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Delete, 0, "runs.delete", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_F2, 0, "runs.rename", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_o, 0, "runs.overlay", NULL);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, "/org/thaw/Thaw/thaw-runs-page.ui");
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, stack);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, details);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, table);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, curves);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, compare);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, notes);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, count);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, show);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, restore);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, delete);
  gtk_widget_class_bind_template_child (klass, ThawRunsPage, bring_in);
  gtk_widget_class_bind_template_callback (klass, selection_cb);
  gtk_widget_class_bind_template_callback (klass, update_compare);
}

static void
thaw_runs_page_class_init (ThawRunsPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_runs_page_get_property;
  object_class->set_property = thaw_runs_page_set_property;
  object_class->dispose = thaw_runs_page_dispose;
  properties[PROP_ONLY_DIFFERENCES]
      = g_param_spec_boolean ("only-differences", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (THAW_TYPE_RUNS_TABLE);
  g_type_ensure (THAW_TYPE_CURVES);
  g_type_ensure (THAW_TYPE_RUNS_COMPARE);
  g_type_ensure (THAW_TYPE_RUN_NOTES);
  bind_template (GTK_WIDGET_CLASS (klass));
  install_actions (GTK_WIDGET_CLASS (klass));
}

static void
thaw_runs_page_init (ThawRunsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
