/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-training-page.h"
#include "widgets/thaw-curves.h"
#include "widgets/thaw-options-panel.h"
#include "widgets/thaw-progress-panel.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawTrainingPage
{
  AdwBin             parent_instance;
  ThawSession       *session;

  /* of the template */
  ThawOptionsPanel  *options;
  ThawProgressPanel *progress;
  GtkStack          *stack;
  AdwStatusPage     *empty;
  ThawCurves        *curves;
};

G_DEFINE_FINAL_TYPE (ThawTrainingPage, thaw_training_page, ADW_TYPE_BIN)

/* A figure that no line breaks apart from its unit. @text: (transfer full) */
static char *
whole (char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);

  g_free (text);
  return g_strjoinv ("\u00a0", parts);
}

static char *
tell_seconds (double seconds)
{
  return whole (seconds < .01 ? g_strdup (_ ("less than 0.01 s")) : thaw_text_seconds (seconds));
}

/* "Train shows the network your 244 training pictures 20 times." */
static char *
tell_pictures (ThawTrainingPage *self)
{
  ThawOptions *options = thaw_session_get_options (self->session);
  guint n_train;
  int epochs, second;
  gboolean two;

  g_object_get (thaw_session_get_pictures (self->session), "n-train", &n_train, NULL);
  g_object_get (options, "epochs", &epochs, "second-epochs", &second, "two-phases", &two, NULL);
  epochs += two ? second : 0;
  return g_strdup_printf (ngettext ("Train shows the network your %u training picture %d times.", "Train shows the network your %u training pictures %d times.",
                                    n_train),
                          n_train, epochs);
}

/* "12.8 k of its 3.4 M parameters learn, the others stay as they are." */
static char *
tell_parameters (const ThawCost *cost)
{
  g_autofree char *trainable = whole (thaw_text_count ((double) cost->trainable));
  g_autofree char *all = whole (thaw_text_count ((double) (cost->trainable + cost->frozen)));

  return g_strdup_printf (cost->frozen ? _ ("%s of its %s parameters learn, the others stay as they are.") : _ ("%s of its %s parameters learn."), trainable, all);
}

/* "That takes about 4 s once, 0.02 s for each time, and 210 MB of memory." */
static char *
tell_cost (const ThawCost *cost)
{
  g_autofree char *once = tell_seconds (cost->phases[0].once_seconds), *epoch = tell_seconds (cost->phases[0].epoch_seconds);
  g_autofree char *memory = whole (thaw_text_bytes ((double) cost->memory)), *all = tell_seconds (cost->seconds);

  if (cost->n_phases == 0 || cost->phases[0].epoch_seconds <= 0)
    return g_strdup ("");
  if (cost->n_phases > 1)
    return g_strdup_printf (_ ("That takes about %s in all, and %s of memory."), all, memory);
  if (cost->phases[0].once_seconds > 0)
    return g_strdup_printf (_ ("That takes about %s once, then %s each time, and %s of memory."), once, epoch, memory);
  return g_strdup_printf (_ ("That takes about %s each time, and %s of memory."), epoch, memory);
}

static char *
tell_plan (ThawTrainingPage *self)
{
  const ThawCost *cost = thaw_network_get_cost (thaw_session_get_network (self->session));
  g_autofree char *problem = NULL, *pictures = NULL, *parameters = NULL, *needs = NULL;
  gboolean two;

  g_object_get (self->session, "train-problem", &problem, NULL);
  if (problem)
    return g_steal_pointer (&problem);
  pictures = tell_pictures (self);
  g_object_get (thaw_session_get_options (self->session), "two-phases", &two, NULL);
  parameters = two ? g_strdup (_ ("First its head learns alone, then more of its layers at a low rate.")) : tell_parameters (cost);
  needs = tell_cost (cost);
  return g_strjoin ("\n", pictures, parameters, *needs ? needs : NULL, NULL);
}

/* Nothing is told where the curves are seen. */
static void
update_empty (ThawTrainingPage *self)
{
  gboolean empty = thaw_runs_get_current (thaw_session_get_runs (self->session)) == NULL && thaw_session_get_state (self->session) == THAW_SESSION_IDLE;
  g_autofree char *plan = empty ? tell_plan (self) : NULL;

  gtk_stack_set_visible_child_name (self->stack, empty ? "empty" : "curves");
  if (plan)
    adw_status_page_set_description (self->empty, plan);
}

static void
watch (ThawTrainingPage *self, gpointer object, const char *signal)
{
  g_signal_connect_object (object, signal, G_CALLBACK (update_empty), self, G_CONNECT_SWAPPED);
}

void
thaw_training_page_set_session (ThawTrainingPage *self, ThawSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  thaw_options_panel_set_session (self->options, session);
  thaw_progress_panel_set_session (self->progress, session);
  thaw_curves_set_session (self->curves, session);
  watch (self, session, "notify::state");
  watch (self, session, "notify::train-problem");
  watch (self, thaw_session_get_runs (session), "notify::current");
  watch (self, thaw_session_get_network (session), "notify::cost");
  watch (self, thaw_session_get_pictures (session), "notify::n-train");
  watch (self, thaw_session_get_options (session), "notify::generation");
  update_empty (self);
}

static void
thaw_training_page_dispose (GObject *object)
{
  ThawTrainingPage *self = THAW_TRAINING_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_TRAINING_PAGE);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_training_page_parent_class)->dispose (object);
}

static void
thaw_training_page_class_init (ThawTrainingPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_training_page_dispose;
  g_type_ensure (THAW_TYPE_OPTIONS_PANEL);
  g_type_ensure (THAW_TYPE_PROGRESS_PANEL);
  g_type_ensure (THAW_TYPE_CURVES);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-training-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawTrainingPage, options);
  gtk_widget_class_bind_template_child (widget_class, ThawTrainingPage, progress);
  gtk_widget_class_bind_template_child (widget_class, ThawTrainingPage, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawTrainingPage, empty);
  gtk_widget_class_bind_template_child (widget_class, ThawTrainingPage, curves);
}

static void
thaw_training_page_init (ThawTrainingPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
