/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-backbone-row.h"

#include "widgets/thaw-backbone-words.h"
#include "widgets/thaw-names.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawBackboneRow
{
  GtkListBoxRow     parent_instance;
  ThawBackboneItem *item;
  gboolean          is_chosen;

  /* of the template */
  GtkLabel       *title;
  GtkLabel       *size;
  GtkLabel       *speed;
  GtkLabel       *licence;
  GtkWidget      *chosen;
  GtkButton      *get;
  GtkImage       *icon;
  GtkLabel       *bytes;
  GtkWidget      *progress_box;
  GtkProgressBar *progress;
  GtkLabel       *received;
  GtkLabel       *problem;
};

G_DEFINE_FINAL_TYPE (ThawBackboneRow, thaw_backbone_row, GTK_TYPE_LIST_BOX_ROW)

typedef struct
{
  gboolean installed, downloading;
  gint64   bytes, received;
  char    *title, *problem;
} State;

static void
clear_state (State *self)
{
  g_free (self->title);
  g_free (self->problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (State, clear_state)

static State
state_of (ThawBackboneRow *self)
{
  State state;

  g_object_get (self->item, "installed", &state.installed, "downloading", &state.downloading, "bytes", &state.bytes, "received", &state.received, "title",
                &state.title, "problem", &state.problem, NULL);
  return state;
}

/* One button for all of it, so that the focus stays where it is */
static void
update_button (ThawBackboneRow *self, const State *state)
{
  GtkWidget *button = GTK_WIDGET (self->get);
  g_autofree char *size = thaw_text_bytes ((double) state->bytes), *name = NULL;

  if (state->installed && gtk_widget_is_focus (button))
    gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_widget_set_visible (button, !state->installed);
  gtk_image_set_from_icon_name (self->icon, state->downloading ? "process-stop-symbolic" : "folder-download-symbolic");
  gtk_label_set_text (self->bytes, state->downloading ? _("Stop") : size);
  if (state->downloading)
    name = g_strdup_printf (_("Stop the download of %s; what has arrived is kept"), state->title);
  else
    name = g_strdup_printf (_("Download %s, %s"), state->title, size);
  gtk_widget_set_tooltip_text (button, name);
  thaw_name (button, name);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), state->downloading ? "backbone.stop" : "backbone.download");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", thaw_backbone_item_get_name (self->item));
}

static void
update_progress (ThawBackboneRow *self, const State *state)
{
  g_autofree char *received = thaw_backbone_words_received (self->item);

  gtk_widget_set_visible (self->progress_box, state->downloading);
  gtk_progress_bar_set_fraction (self->progress, state->bytes > 0 ? CLAMP ((double) state->received / (double) state->bytes, 0, 1) : 0);
  gtk_label_set_text (self->received, received);
  gtk_label_set_text (self->problem, state->problem ? state->problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), state->problem != NULL);
}

static void
update (ThawBackboneRow *self)
{
  g_auto (State) state = state_of (self);
  g_autofree char *size = thaw_backbone_words_size (self->item), *speed = thaw_backbone_words_speed (self->item), *licence = NULL,
                  *licence_text = NULL, *name = NULL;
  const char *what = self->is_chosen       ? _("chosen")
                     : state.installed     ? _("installed")
                     : state.downloading   ? _("being downloaded")
                     : state.problem       ? state.problem
                                           : _("not installed");

  g_object_get (self->item, "licence", &licence, NULL);
  licence_text = thaw_backbone_words_licence (licence);
  gtk_label_set_text (self->title, state.title);
  gtk_label_set_text (self->size, size);
  gtk_label_set_text (self->speed, speed ? speed : "");
  gtk_label_set_text (self->licence, licence_text);
  gtk_widget_set_visible (GTK_WIDGET (self->speed), speed != NULL);
  gtk_widget_set_visible (self->chosen, self->is_chosen);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), state.installed);
  update_button (self, &state);
  update_progress (self, &state);
  name = g_strdup_printf ("%s, %s, %s%s%s, %s", state.title, size, speed ? speed : "", speed ? ", " : "", licence_text, what);
  thaw_name (GTK_WIDGET (self), name);
}

static void
received_cb (ThawBackboneRow *self)
{
  g_auto (State) state = state_of (self);

  update_progress (self, &state);
}

/* Its place in the list may be another. */
static void
changed_cb (ThawBackboneRow *self)
{
  update (self);
  gtk_list_box_row_changed (GTK_LIST_BOX_ROW (self));
}

void
thaw_backbone_row_set_chosen (ThawBackboneRow *self, gboolean chosen)
{
  if (self->is_chosen == chosen)
    return;
  self->is_chosen = chosen;
  update (self);
}

ThawBackboneItem *
thaw_backbone_row_get_item (ThawBackboneRow *self)
{
  return self->item;
}

static void
thaw_backbone_row_dispose (GObject *object)
{
  ThawBackboneRow *self = THAW_BACKBONE_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_BACKBONE_ROW);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (thaw_backbone_row_parent_class)->dispose (object);
}

static void
thaw_backbone_row_class_init (ThawBackboneRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_backbone_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-backbone-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, title);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, size);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, speed);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, licence);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, chosen);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, get);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, icon);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, bytes);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, progress_box);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, progress);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, received);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneRow, problem);
}

static void
thaw_backbone_row_init (ThawBackboneRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
thaw_backbone_row_new (ThawBackboneItem *item)
{
  static const char *const moving[] = { "notify::installed", "notify::image-seconds", "notify::downloading" };
  ThawBackboneRow *self = g_object_new (THAW_TYPE_BACKBONE_ROW, NULL);

  self->item = g_object_ref (item);
  for (guint i = 0; i < G_N_ELEMENTS (moving); i++)
    g_signal_connect_object (item, moving[i], G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (item, "notify::received", G_CALLBACK (received_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
