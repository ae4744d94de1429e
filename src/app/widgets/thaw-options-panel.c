/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-options-panel.h"
#include "widgets/thaw-augmentation-preview.h"
#include "widgets/thaw-option-control.h"
#include "widgets/thaw-option-row.h"
#include "widgets/thaw-rates-editor.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

/* Where an option stands. The first group is the simple layer. */
static const struct
{
  const char *title;
  const char *names[10];
} groups[] = {
  { N_ ("Options"), { "epochs", "batch", "learning-rate", "augmentation", "two-phases", "second-from", "second-epochs", "second-learning-rate" } },
  { N_ ("Optimizer"), { "optimizer", "momentum", "nesterov", "weight-decay", "clip" } },
  { N_ ("Rate over Time and Layers"), { "schedule", "warmup", "head-rate", "rates" } },
  { N_ ("Against Learning by Heart"), { "patience", "label-smoothing", "variants", "balanced" } },
  { N_ ("Speed"), { "precision" } },
  { N_ ("To Repeat a Run"), { "seed" } },
};

#define N_GROUPS G_N_ELEMENTS (groups)

struct _ThawOptionsPanel
{
  AdwBin       parent_instance;
  ThawSession *session;
  GHashTable  *rows;     /* name -> ThawOptionRow (unowned) */
  GtkWidget   *boxes[N_GROUPS]; /* (unowned) the groups */
  gboolean     all;
  double       applied;  /* the rate that the run which trains goes by */
  guint        phase;    /* of that run, from 0 */
  ThawRunItem *run;      /* (nullable): the current one */
  ThawModel   *model;    /* (nullable): whose layers are offered */

  GtkWidget   *apply[2]; /* (unowned) in the row of each phase's rate */

  /* of the template */
  GtkBox      *simple;
  GtkBox      *rest;
  GtkWidget   *reset;
};

G_DEFINE_FINAL_TYPE (ThawOptionsPanel, thaw_options_panel, ADW_TYPE_BIN)

enum { PROP_0, PROP_ALL, N_PROPS };

static GParamSpec *properties[N_PROPS];

static ThawOptions *
get_options (ThawOptionsPanel *self)
{
  return thaw_session_get_options (self->session);
}

GtkWidget *
thaw_options_panel_find (ThawOptionsPanel *self, const char *name)
{
  return g_hash_table_lookup (self->rows, name);
}

/* The second phase's rows are of no use without one: they come with it. */
static gboolean
is_shown (ThawOptionsPanel *self, guint group, const char *name)
{
  gboolean applies = TRUE;
  g_autofree char *remark = NULL;

  if (g_str_has_prefix (name, "second-"))
    {
      remark = thaw_options_remark (get_options (self), name, &applies);
      return applies;
    }
  return group == 0 || self->all || !thaw_options_is_default (get_options (self), name);
}

static void
update_shown (ThawOptionsPanel *self)
{
  for (guint i = 0; i < N_GROUPS; i++)
    {
      gboolean any = FALSE;

      for (const char *const *name = groups[i].names; *name; name++)
        {
          gboolean shown = is_shown (self, i, *name);

          gtk_widget_set_visible (thaw_options_panel_find (self, *name), shown);
          any |= shown;
        }
      gtk_widget_set_visible (self->boxes[i], any);
    }
}

static void
update_notes (ThawOptionsPanel *self)
{
  guint n_train;
  int batch;
  g_autofree char *note = NULL;

  g_object_get (thaw_session_get_pictures (self->session), "n-train", &n_train, NULL);
  g_object_get (get_options (self), "batch", &batch, NULL);
  if (n_train > 0 && (guint) batch >= n_train)
    note = g_strdup_printf (ngettext ("There is %u training picture: each epoch is a single step.",
                                      "There are %u training pictures: each epoch is a single step.", n_train),
                            n_train);
  thaw_option_row_set_note (THAW_OPTION_ROW (thaw_options_panel_find (self, "batch")), note);
}

static gboolean
is_running (ThawOptionsPanel *self)
{
  return thaw_session_get_state (self->session) != THAW_SESSION_IDLE;
}

/* The rate of each phase */
static const char *const rates[] = { "learning-rate", "second-learning-rate" };

static double
get_rate (ThawOptionsPanel *self)
{
  double rate;

  g_object_get (get_options (self), rates[self->phase], &rate, NULL);
  return rate;
}

static void
update_apply (ThawOptionsPanel *self)
{
  ThawSessionState state = thaw_session_get_state (self->session);
  gboolean trains = state == THAW_SESSION_TRAINING || state == THAW_SESSION_PAUSED, other = get_rate (self) != self->applied;

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      gtk_widget_set_visible (self->apply[i], trains && i == self->phase);
      thaw_tooltip_set (self->apply[i], other ? _ ("The run goes on at this rate from its next step on")
                                              : _ ("The run goes by this rate already: write another one first"));
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "training.apply-rate", trains && other);
}

static void
options_cb (ThawOptionsPanel *self)
{
  update_shown (self);
  update_notes (self);
  update_apply (self);
}

static void
update_locks (ThawOptionsPanel *self)
{
  const char *reason = is_running (self) ? _ ("A run is under way: stop it to change this. Its learning rate can be changed at any time.") : NULL;
  GHashTableIter iter;
  gpointer name, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &name, &row))
    thaw_option_row_set_locked (row, g_str_equal (name, rates[self->phase]) ? NULL : reason);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "training.reset-options", !is_running (self));
  thaw_tooltip_set (self->reset, reason ? reason : _ ("Every option as at first; this can be undone"));
}

/* A phase may end early: the epochs say which one they belong to. */
static guint
find_phase (ThawOptionsPanel *self)
{
  const GArray *epochs = self->run && is_running (self) ? thaw_run_item_get_epochs (self->run) : NULL;
  gboolean two;
  int first;

  g_object_get (get_options (self), "two-phases", &two, "epochs", &first, NULL);
  if (!two || !epochs || epochs->len == 0)
    return 0;
  return epochs->len >= (guint) first || g_array_index (epochs, ThawEpoch, epochs->len - 1).phase > 0;
}

static void
curves_cb (ThawOptionsPanel *self)
{
  guint phase = find_phase (self);

  if (phase == self->phase)
    return;
  self->phase = phase;
  self->applied = get_rate (self);
  update_locks (self);
  update_apply (self);
}

static void
state_cb (ThawOptionsPanel *self)
{
  self->phase = find_phase (self);
  if (thaw_session_get_state (self->session) == THAW_SESSION_STARTING)
    self->applied = get_rate (self);
  update_locks (self);
  update_apply (self);
}

static void
run_cb (ThawOptionsPanel *self)
{
  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, curves_cb, self);
  g_set_object (&self->run, thaw_runs_get_current (thaw_session_get_runs (self->session)));
  if (self->run)
    g_signal_connect_swapped (self->run, "curves-changed", G_CALLBACK (curves_cb), self);
  curves_cb (self);
}

static void
offer_layers (ThawOptionsPanel *self, ThawModel *model)
{
  g_auto (GStrv) names = model ? thaw_rates_editor_groups (model) : g_new0 (char *, 1);
  g_autoptr (GStrvBuilder) titles = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (char **name = names; *name; name++)
    {
      g_autofree char *title = g_strdup_printf (_ ("From %s on"), *name);

      g_strv_builder_add (titles, title);
    }
  list = g_strv_builder_end (titles);
  thaw_option_control_set_choices (thaw_option_row_get_control (THAW_OPTION_ROW (thaw_options_panel_find (self, "second-from"))),
                                   (const char *const *) names, (const char *const *) list);
  thaw_rates_editor_set_model (THAW_RATES_EDITOR (thaw_option_row_get_control (THAW_OPTION_ROW (thaw_options_panel_find (self, "rates")))), model);
}

/* The rate fits what trains. */
static void
network_cb (ThawOptionsPanel *self)
{
  ThawNetwork *network = thaw_session_get_network (self->session);
  ThawModel *model = thaw_network_get_model (network);

  if (model != self->model)
    {
      g_clear_pointer (&self->model, thaw_model_unref);
      self->model = model ? thaw_model_ref (model) : NULL;
      offer_layers (self, model);
    }
  thaw_options_follow_network (get_options (self), network);
}

/* the options before and after everything was reset */
typedef struct
{
  ThawOptions *options;
  char        *before;
} Reset;

static void
undo_reset_cb (gpointer data)
{
  const Reset *self = data;

  thaw_options_from_json (self->options, self->before, NULL);
}

static void
redo_reset_cb (gpointer data)
{
  thaw_options_reset (((const Reset *) data)->options);
}

static void
reset_free (gpointer data)
{
  Reset *self = data;

  g_object_unref (self->options);
  g_free (self->before);
  g_free (self);
}

static void
reset_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawOptionsPanel *self = THAW_OPTIONS_PANEL (widget);
  Reset *reset = g_new (Reset, 1);

  *reset = (Reset){ g_object_ref (get_options (self)), thaw_options_to_json (get_options (self)) };
  thaw_options_reset (reset->options);
  thaw_history_add (thaw_session_get_history (self->session), _ ("Reset the options of training"), undo_reset_cb, redo_reset_cb, reset, reset_free);
}

static void
apply_rate_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawOptionsPanel *self = THAW_OPTIONS_PANEL (widget);

  self->applied = get_rate (self);
  thaw_session_apply_rate (self->session);
  update_apply (self);
}

static GtkWidget *
make_group (ThawOptionsPanel *self, guint i)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ (groups[i].title));
  for (const char *const *name = groups[i].names; *name; name++)
    {
      GtkWidget *row = thaw_option_row_new (get_options (self), *name);

      g_hash_table_insert (self->rows, (gpointer) *name, row);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }
  return group;
}

static void
make_apply (ThawOptionsPanel *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      self->apply[i] = gtk_button_new_with_label (_ ("Apply to This Run"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->apply[i]), "training.apply-rate");
      gtk_widget_set_halign (self->apply[i], GTK_ALIGN_END);
      thaw_option_row_set_extra (THAW_OPTION_ROW (thaw_options_panel_find (self, rates[i])), self->apply[i]);
    }
}

static void
connect_session (ThawOptionsPanel *self)
{
  ThawPictures *pictures = thaw_session_get_pictures (self->session);
  ThawNetwork *network = thaw_session_get_network (self->session);

  g_signal_connect_object (get_options (self), "notify::generation", G_CALLBACK (options_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_runs (self->session), "notify::current", G_CALLBACK (run_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pictures, "notify::n-train", G_CALLBACK (update_notes), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::generation", G_CALLBACK (network_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::model", G_CALLBACK (network_cb), self, G_CONNECT_SWAPPED);
}

void
thaw_options_panel_set_session (ThawOptionsPanel *self, ThawSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  for (guint i = 0; i < N_GROUPS; i++)
    {
      self->boxes[i] = make_group (self, i);
      gtk_box_append (i == 0 ? self->simple : self->rest, self->boxes[i]);
    }
  thaw_option_row_set_extra (THAW_OPTION_ROW (thaw_options_panel_find (self, "augmentation")), thaw_augmentation_preview_new (session));
  make_apply (self);
  connect_session (self);
  network_cb (self);
  options_cb (self);
  run_cb (self);
  state_cb (self);
}

static void
thaw_options_panel_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ALL)
    g_value_set_boolean (value, THAW_OPTIONS_PANEL (object)->all);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_options_panel_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawOptionsPanel *self = THAW_OPTIONS_PANEL (object);

  if (id != PROP_ALL)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  if (self->all == g_value_get_boolean (value))
    return;
  self->all = !self->all;
  if (self->session)
    update_shown (self);
  g_object_notify_by_pspec (object, pspec);
}

static void
thaw_options_panel_dispose (GObject *object)
{
  ThawOptionsPanel *self = THAW_OPTIONS_PANEL (object);

  if (self->run)
    g_signal_handlers_disconnect_by_func (self->run, curves_cb, self);
  g_clear_object (&self->run);
  g_hash_table_remove_all (self->rows);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_OPTIONS_PANEL);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_options_panel_parent_class)->dispose (object);
}

static void
thaw_options_panel_finalize (GObject *object)
{
  g_hash_table_unref (THAW_OPTIONS_PANEL (object)->rows);
  G_OBJECT_CLASS (thaw_options_panel_parent_class)->finalize (object);
}

static void
thaw_options_panel_class_init (ThawOptionsPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = thaw_options_panel_get_property;
  object_class->set_property = thaw_options_panel_set_property;
  object_class->dispose = thaw_options_panel_dispose;
  object_class->finalize = thaw_options_panel_finalize;
  properties[PROP_ALL] = g_param_spec_boolean ("all", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-options-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawOptionsPanel, simple);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionsPanel, rest);
  gtk_widget_class_bind_template_child (widget_class, ThawOptionsPanel, reset);
  gtk_widget_class_install_action (widget_class, "training.reset-options", NULL, reset_cb);
  gtk_widget_class_install_action (widget_class, "training.apply-rate", NULL, apply_rate_cb);
  gtk_widget_class_install_property_action (widget_class, "training.all-options", "all");
}

static void
thaw_options_panel_init (ThawOptionsPanel *self)
{
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
  gtk_widget_init_template (GTK_WIDGET (self));
}
