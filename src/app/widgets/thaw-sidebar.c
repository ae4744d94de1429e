/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-sidebar.h"

#include "widgets/thaw-backbone-chooser.h"
#include "widgets/thaw-footer.h"
#include "widgets/thaw-head-editor.h"
#include "widgets/thaw-layer-tree.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>

struct _ThawSidebar
{
  GtkWidget            parent_instance;
  ThawSession         *session;
  guint                sample_source;
  guint                n_sampled;     /* pictures there were when some were timed */

  /* of the template */
  ThawBackboneChooser *chooser;
  ThawLayerTree       *tree;
  ThawFooter          *footer;
};

G_DEFINE_FINAL_TYPE (ThawSidebar, thaw_sidebar, GTK_TYPE_WIDGET)

/* Pictures whose decoding is timed, spread over all */
#define SAMPLES 12
#define SAMPLE_DELAY 700

/* Pixels */
#define WIDE 460

static ThawNetwork *
network_of (const ThawSidebar *self)
{
  return thaw_session_get_network (self->session);
}

GtkWidget *
thaw_sidebar_get_chooser (ThawSidebar *self)
{
  return GTK_WIDGET (self->chooser);
}

GtkWidget *
thaw_sidebar_get_tree (ThawSidebar *self)
{
  return GTK_WIDGET (self->tree);
}

/* --- what the session is doing --- */

static void
state_changed_cb (ThawSidebar *self)
{
  const ThawSessionState state = thaw_session_get_state (self->session);
  const gboolean runs = state != THAW_SESSION_IDLE;
  const char *problem = NULL, *network_problem;
  gboolean read_only;

  g_object_get (self->session, "read-only", &read_only, NULL);
  if (read_only)
    problem = _("This project is open for reading only: save a copy of it to change its network.");
  else if (state == THAW_SESSION_STARTING || state == THAW_SESSION_STOPPING)
    problem = _("What trains can be changed again as soon as the run has started or ended.");
  network_problem = problem || !runs ? problem : _("A run trains this network: stop it to choose another backbone or head.");
  thaw_layer_tree_set_problem (self->tree, problem);
  thaw_layer_tree_set_head_problem (self->tree, network_problem);
  thaw_backbone_chooser_set_problem (self->chooser, network_problem);
  thaw_backbone_chooser_set_training (self->chooser, runs);
}

static void
freezing_changed_cb (ThawSidebar *self)
{
  const ThawSessionState state = thaw_session_get_state (self->session);

  if (state == THAW_SESSION_TRAINING || state == THAW_SESSION_PAUSED)
    thaw_session_apply_freezing (self->session);
}

static void
head_edit_cb (ThawSidebar *self, guint index)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  ThawHeadEditor *editor
      = thaw_head_editor_new (network_of (self), thaw_session_get_history (self->session), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL);

  gtk_window_present (GTK_WINDOW (editor));
  if (index != G_MAXUINT)
    thaw_head_editor_show_layer (editor, index);
}

static void
refused_cb (ThawSidebar *self, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (THAW_ERROR, THAW_ERROR_INVALID, why);

  thaw_session_tell (self->session, _("This cannot be done"), error);
}

static void
failed_cb (ThawSidebar *self, const char *title, const GError *error)
{
  thaw_session_tell (self->session, title, error);
}

static void
said_cb (ThawSidebar *self, const char *text)
{
  thaw_session_message (self->session, text, "", FALSE, NULL, NULL);
}

/* --- some pictures, for the time that decoding takes --- */

static gboolean
sample_cb (gpointer data)
{
  ThawSidebar *self = data;
  GListModel *pictures = G_LIST_MODEL (thaw_session_get_pictures (self->session));
  const guint n = g_list_model_get_n_items (pictures);
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_sample_free);

  self->sample_source = 0;
  self->n_sampled = n;
  for (guint i = 0; i < MIN (n, SAMPLES); i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (pictures, (guint) ((guint64) i * n / MIN (n, SAMPLES)));

      g_ptr_array_add (samples, thaw_picture_to_sample (picture));
    }
  thaw_network_set_samples (network_of (self), samples);
  return G_SOURCE_REMOVE;
}

static void
pictures_changed_cb (ThawSidebar *self)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (thaw_session_get_pictures (self->session)));

  if (n == 0 || (self->n_sampled && n < 2 * self->n_sampled && 2 * n > self->n_sampled))
    return;
  g_clear_handle_id (&self->sample_source, g_source_remove);
  self->sample_source = g_timeout_add (SAMPLE_DELAY, sample_cb, self);
}

/* A picture is prepared for the size that the backbone wants */
static void
backbone_changed_cb (ThawSidebar *self)
{
  self->n_sampled = 0;
  pictures_changed_cb (self);
}

void
thaw_sidebar_set_session (ThawSidebar *self, ThawSession *session)
{
  g_return_if_fail (!self->session);
  self->session = g_object_ref (session);
  thaw_backbone_chooser_set_network (self->chooser, network_of (self));
  thaw_layer_tree_set_network (self->tree, network_of (self));
  thaw_footer_set_network (self->footer, network_of (self));
  g_signal_connect_object (session, "notify::state", G_CALLBACK (state_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::read-only", G_CALLBACK (state_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_pictures (session), "items-changed", G_CALLBACK (pictures_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network_of (self), "notify::backbone-name", G_CALLBACK (backbone_changed_cb), self, G_CONNECT_SWAPPED);
  state_changed_cb (self);
  pictures_changed_cb (self);
}

/* Texts that wrap would like to be as wide as the window: beside the page there is room for the tree's columns. */
static void
thaw_sidebar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                      int *natural_baseline)
{
  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX (*minimum, WIDE);
}

static void
thaw_sidebar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
}

static void
thaw_sidebar_dispose (GObject *object)
{
  ThawSidebar *self = THAW_SIDEBAR (object);
  GtkWidget *child;

  g_clear_handle_id (&self->sample_source, g_source_remove);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_SIDEBAR);
  child = gtk_widget_get_first_child (GTK_WIDGET (self));
  g_clear_pointer (&child, gtk_widget_unparent);
  G_OBJECT_CLASS (thaw_sidebar_parent_class)->dispose (object);
}

static void
thaw_sidebar_class_init (ThawSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_sidebar_dispose;
  widget_class->measure = thaw_sidebar_measure;
  widget_class->size_allocate = thaw_sidebar_size_allocate;
  g_type_ensure (THAW_TYPE_BACKBONE_CHOOSER);
  g_type_ensure (THAW_TYPE_LAYER_TREE);
  g_type_ensure (THAW_TYPE_FOOTER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawSidebar, chooser);
  gtk_widget_class_bind_template_child (widget_class, ThawSidebar, tree);
  gtk_widget_class_bind_template_child (widget_class, ThawSidebar, footer);
  gtk_widget_class_bind_template_callback (widget_class, freezing_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, head_edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, refused_cb);
  gtk_widget_class_bind_template_callback (widget_class, failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, said_cb);
}

static void
thaw_sidebar_init (ThawSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
