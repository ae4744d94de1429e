/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-results-page.h"
#include "thaw-run-facts.h"
#include "widgets/thaw-class-table.h"
#include "widgets/thaw-confusion.h"
#include "widgets/thaw-drop.h"
#include "widgets/thaw-mistakes-view.h"
#include "widgets/thaw-try-view.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>

struct _ThawResultsPage
{
  AdwBin            parent_instance;
  ThawSession      *session;
  ThawResults      *results;
  gint64            shown_run;   /* whose mistakes are listed */
  gboolean          divided;     /* the matrix has got its part of the width */

  /* of the template */
  GtkStack         *states, *views;
  GtkProgressBar   *progress;
  AdwStatusPage    *failed;
  GtkLabel         *headline, *run_name, *basis, *caution, *edits_text, *cell_text;
  GtkWidget        *edits;
  GtkPaned         *paned;
  ThawConfusion    *confusion;
  ThawMistakesView *mistakes;
  ThawClassTable   *classes;
  ThawTryView      *try;
};

G_DEFINE_FINAL_TYPE (ThawResultsPage, thaw_results_page, ADW_TYPE_BIN)

/* --- what is shown --- */

static gboolean
is_busy (const ThawResultsPage *self)
{
  gboolean busy;

  g_object_get (self->results, "busy", &busy, NULL);
  return busy;
}

static void
update_state (ThawResultsPage *self)
{
  g_autofree char *error = NULL;
  const gint64 run = thaw_results_get_run (self->results);
  const gboolean busy = is_busy (self);

  g_object_get (self->results, "error", &error, NULL);
  adw_status_page_set_description (self->failed, error ? error : _ ("Its answers to the pictures were not kept."));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.cancel", busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.evaluate", run && !busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.paste", run != 0);
  gtk_stack_set_visible_child_name (self->states, thaw_results_get_evaluation (self->results) ? "results" : busy ? "busy" : run ? "none" : "empty");
}

static void
update_progress (ThawResultsPage *self)
{
  double progress;

  g_object_get (self->results, "progress", &progress, NULL);
  gtk_progress_bar_set_fraction (self->progress, progress);
}

static void
set_text (GtkLabel *label, char *text)
{
  g_autofree char *own = text;

  gtk_label_set_text (label, own ? own : "");
  gtk_widget_set_visible (GTK_WIDGET (label), own != NULL);
}

static char *
name_of_run (const ThawResultsPage *self)
{
  ThawRunItem *run = thaw_runs_find (thaw_session_get_runs (self->session), thaw_results_get_run (self->results));

  return run ? thaw_run_fact_name (run) : NULL;
}

static void
update_words (ThawResultsPage *self)
{
  set_text (self->headline, thaw_results_dup_headline (self->results));
  set_text (self->run_name, name_of_run (self));
  set_text (self->basis, thaw_results_dup_basis (self->results));
  set_text (self->caution, thaw_results_dup_caution (self->results));
  set_text (self->edits_text, thaw_results_dup_edits (self->results));
  gtk_widget_set_visible (self->edits, gtk_widget_get_visible (GTK_WIDGET (self->edits_text)));
}

/* The list of pictures stays as it is while labels are edited: who relabels goes through it. */
static void
update_evaluation (ThawResultsPage *self)
{
  const ThawEvaluation *evaluation = thaw_results_get_evaluation (self->results);
  const gint64 run = evaluation ? thaw_results_get_run (self->results) : 0;

  thaw_confusion_set (self->confusion, evaluation ? evaluation->confusion : NULL, thaw_results_get_labels (self->results));
  update_words (self);
  if (run != self->shown_run)
    {
      self->shown_run = run;
      thaw_mistakes_view_reload (self->mistakes);
    }
  update_state (self);
}

static void
cell_chosen_cb (ThawResultsPage *self, int label, int prediction)
{
  thaw_mistakes_view_show (self->mistakes, label, prediction);
}

/* What the cell under the pointer says; how to read the matrix where there is none */
static void
cell_text_cb (ThawResultsPage *self)
{
  g_autofree char *text = NULL;

  g_object_get (self->confusion, "text", &text, NULL);
  gtk_label_set_text (self->cell_text, text ? text : _ ("A row for what the pictures show, a column for what the network said. Choose a cell to see its pictures."));
}

/* Once: then it is the person's to move, and what is shown on one side does not push the other */
static void
divide_cb (ThawResultsPage *self)
{
  if (self->divided || gtk_widget_get_width (GTK_WIDGET (self->paned)) < 300)
    return;
  self->divided = TRUE;
  gtk_paned_set_position (self->paned, gtk_widget_get_width (GTK_WIDGET (self->paned)) * 46 / 100);
}

static void
class_chosen_cb (ThawResultsPage *self, int label)
{
  thaw_mistakes_view_show (self->mistakes, label, -1);
  gtk_stack_set_visible_child_name (self->views, "matrix");
}

/* --- pictures to try --- */

static char *
why_not_cb (GtkWidget *widget, gpointer data)
{
  ThawResultsPage *self = data;

  return self->results && thaw_results_get_evaluation (self->results) ? NULL : g_strdup (_ ("Train a network first: then it says what it sees on any picture."));
}

static void
refused_cb (GtkWidget *widget, const char *why, gpointer data)
{
  ThawResultsPage *self = data;
  g_autoptr (GError) error = g_error_new_literal (THAW_ERROR, THAW_ERROR_FAILED, why);

  thaw_session_tell (self->session, _ ("There is nothing to try"), error);
}

static void
dropped_cb (GtkWidget *widget, GPtrArray *files, gpointer data)
{
  ThawResultsPage *self = data;

  gtk_stack_set_visible_child_name (self->views, "try");
  thaw_try_view_try_files (self->try, files);
}

static const ThawDropHandler drop_handler = { .dropped = dropped_cb, .why_not = why_not_cb, .refused = refused_cb };

static void
paste_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawResultsPage *self = THAW_RESULTS_PAGE (widget);

  if (!self->results || !thaw_results_get_evaluation (self->results))
    return;
  gtk_stack_set_visible_child_name (self->views, "try");
  thaw_try_view_paste (self->try);
}

static void
cancel_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  thaw_results_cancel (THAW_RESULTS_PAGE (widget)->results);
}

static void
evaluate_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  thaw_results_evaluate (THAW_RESULTS_PAGE (widget)->results);
}

/* The model is wanted as soon as somebody looks at what it does. */
static void
thaw_results_page_map (GtkWidget *widget)
{
  ThawResultsPage *self = THAW_RESULTS_PAGE (widget);

  GTK_WIDGET_CLASS (thaw_results_page_parent_class)->map (widget);
  if (self->results && thaw_results_get_run (self->results))
    thaw_results_prepare (self->results);
}

static void
run_changed_cb (ThawResultsPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    thaw_results_prepare (self->results);
  update_state (self);
}

void
thaw_results_page_set_session (ThawResultsPage *self, ThawSession *session)
{
  g_set_object (&self->session, session);
  g_set_object (&self->results, thaw_session_get_results (session));
  if (!self->results)
    return;
  thaw_mistakes_view_set_session (self->mistakes, session);
  thaw_try_view_set_session (self->try, session);
  thaw_class_table_set (self->classes, thaw_results_get_classes (self->results));
  g_signal_connect_object (self->results, "notify::evaluation", G_CALLBACK (update_evaluation), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "notify::edited", G_CALLBACK (update_words), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "notify::busy", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "notify::error", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "notify::run", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "notify::progress", G_CALLBACK (update_progress), self, G_CONNECT_SWAPPED);
  update_evaluation (self);
}

static void
thaw_results_page_dispose (GObject *object)
{
  ThawResultsPage *self = THAW_RESULTS_PAGE (object);

  g_clear_object (&self->results);
  g_clear_object (&self->session);
  adw_bin_set_child (ADW_BIN (object), NULL); /* of the template, and bound: what unparents it there does not tell AdwBin */
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RESULTS_PAGE);
  G_OBJECT_CLASS (thaw_results_page_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, "/org/thaw/Thaw/thaw-results-page.ui");
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, states);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, views);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, progress);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, failed);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, headline);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, run_name);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, basis);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, caution);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, edits);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, edits_text);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, cell_text);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, paned);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, confusion);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, mistakes);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, classes);
  gtk_widget_class_bind_template_child (klass, ThawResultsPage, try);
  gtk_widget_class_bind_template_callback (klass, cell_chosen_cb);
  gtk_widget_class_bind_template_callback (klass, cell_text_cb);
  gtk_widget_class_bind_template_callback (klass, divide_cb);
  gtk_widget_class_bind_template_callback (klass, class_chosen_cb);
}

static void
thaw_results_page_class_init (ThawResultsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_results_page_dispose;
  widget_class->map = thaw_results_page_map;
  g_type_ensure (THAW_TYPE_CONFUSION);
  g_type_ensure (THAW_TYPE_MISTAKES_VIEW);
  g_type_ensure (THAW_TYPE_CLASS_TABLE);
  g_type_ensure (THAW_TYPE_TRY_VIEW);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "results.cancel", NULL, cancel_cb);
  gtk_widget_class_install_action (widget_class, "results.evaluate", NULL, evaluate_cb);
  gtk_widget_class_install_action (widget_class, "results.paste", NULL, paste_cb);
}

static void
thaw_results_page_init (ThawResultsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  cell_text_cb (self);
  thaw_drop_attach (GTK_WIDGET (self), &drop_handler, self);
  thaw_drop_add_paste_key (GTK_WIDGET (self), "results.paste");
}
