/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-head-row.h"

#include "widgets/thaw-drop-down.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <math.h>

struct _ThawHeadRow
{
  GtkListBoxRow  parent_instance;
  ThawNetwork   *network;
  guint          index;
  ThawHeadKind   kind;
  gboolean       last;
  gboolean       updating;

  GtkDropDown   *kinds;       /* not in the last row */
  GtkWidget     *value;       /* (nullable) a spin button, or the activations */
  GtkLabel      *classes;     /* in the last row */
  GtkWidget     *up, *down, *remove;
};

G_DEFINE_FINAL_TYPE (ThawHeadRow, thaw_head_row, GTK_TYPE_LIST_BOX_ROW)

enum { EDITED, DROPPED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* In the order of ThawActivation, from the first that is one */
static const char *const activations[]
    = { "ReLU", "ReLU6", N_ ("Sigmoid"), "Tanh", N_ ("Hard sigmoid"), "SiLU", N_ ("Hard swish"), "GELU", NULL };

guint
thaw_head_row_get_index (ThawHeadRow *self)
{
  return self->index;
}

ThawHeadLayer
thaw_head_layer_default (ThawHeadKind kind)
{
  const ThawHeadLayer layers[] = {
    [THAW_HEAD_DROPOUT] = { .kind = THAW_HEAD_DROPOUT, .p = .2f },
    [THAW_HEAD_LINEAR] = { .kind = THAW_HEAD_LINEAR, .out = 128 },
    [THAW_HEAD_ACTIVATION] = { .kind = THAW_HEAD_ACTIVATION, .activation = THAW_ACTIVATION_RELU },
    [THAW_HEAD_BATCHNORM] = { .kind = THAW_HEAD_BATCHNORM },
  };

  return layers[kind];
}

/* --- edits --- */

static void
emit_edited (ThawHeadRow *self, ThawHeadLayer layer)
{
  if (!self->updating)
    g_signal_emit (self, signals[EDITED], 0, &layer);
}

static void
kind_changed_cb (ThawHeadRow *self)
{
  if (!self->updating)
    emit_edited (self, thaw_head_layer_default ((ThawHeadKind) gtk_drop_down_get_selected (self->kinds)));
}

static void
value_changed_cb (ThawHeadRow *self)
{
  const double value = GTK_IS_SPIN_BUTTON (self->value) ? gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->value)) : 0;
  ThawHeadLayer layer = thaw_head_layer_default (self->kind);

  if (self->kind == THAW_HEAD_DROPOUT)
    layer.p = (float) (round (value * 100) / 100);
  else if (self->kind == THAW_HEAD_LINEAR)
    layer.out = (gint64) value;
  else if (self->kind == THAW_HEAD_ACTIVATION)
    layer.activation = (ThawActivation) (gtk_drop_down_get_selected (GTK_DROP_DOWN (self->value)) + 1);
  emit_edited (self, layer);
}

/* --- parts --- */

static void
name_it (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
create_kinds (ThawHeadRow *self)
{
  const char *const names[] = { _("Dropout"), _("Linear"), _("Activation"), _("Batch normalization"), NULL };

  self->kinds = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (names));
  gtk_drop_down_set_selected (self->kinds, self->kind);
  gtk_widget_set_valign (GTK_WIDGET (self->kinds), GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (GTK_WIDGET (self->kinds), 190, -1);
  thaw_drop_down_set_title (self->kinds, _("Kind of layer"));
  g_signal_connect_object (self->kinds, "notify::selected", G_CALLBACK (kind_changed_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self->kinds);
}

/* The text of a number that was confirmed is no edit of its own: the entry's own undo would leave it empty, which counts as 0 */
static void
undo_whole_edits (GtkWidget *spin)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_editable_set_enable_undo (GTK_EDITABLE (spin), FALSE);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_z, GDK_CONTROL_MASK),
                                                                                          gtk_named_action_new ("head.undo")));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK),
                                                          gtk_named_action_new ("head.redo")));
  gtk_widget_add_controller (spin, keys);
}

static GtkWidget *
create_spin (ThawHeadRow *self, double low, double high, double step, guint digits, const char *name)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (low, high, step);

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), digits);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), TRUE);
  undo_whole_edits (spin);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  thaw_tooltip_set (spin, name);
  name_it (spin, name);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (value_changed_cb), self, G_CONNECT_SWAPPED);
  return spin;
}

static GtkWidget *
create_activations (ThawHeadRow *self)
{
  const char *names[G_N_ELEMENTS (activations)] = { NULL };
  GtkWidget *choice;

  for (guint i = 0; activations[i]; i++)
    names[i] = _ (activations[i]);
  choice = gtk_drop_down_new_from_strings (names);
  gtk_widget_set_valign (choice, GTK_ALIGN_CENTER);
  thaw_drop_down_set_title (GTK_DROP_DOWN (choice), _("Activation"));
  g_signal_connect_object (choice, "notify::selected", G_CALLBACK (value_changed_cb), self, G_CONNECT_SWAPPED);
  return choice;
}

static GtkWidget *
create_value (ThawHeadRow *self)
{
  switch (self->kind)
    {
    case THAW_HEAD_DROPOUT:
      return create_spin (self, 0, .99, .05, 2, _("Share of the values that are left out while training"));
    case THAW_HEAD_LINEAR:
      return create_spin (self, 1, THAW_HEAD_MAX_UNITS, 1, 0, _("Units"));
    case THAW_HEAD_ACTIVATION:
      return create_activations (self);
    default:
      return NULL;
    }
}

static GtkWidget *
create_button (const char *icon, const char *name)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  name_it (button, name);
  return button;
}

static void
add_buttons (ThawHeadRow *self, GtkBox *box)
{
  self->up = create_button ("go-up-symbolic", _("Move up"));
  self->down = create_button ("go-down-symbolic", _("Move down"));
  self->remove = create_button ("user-trash-symbolic", _("Remove"));
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->up), "(uu)", self->index, self->index - 1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->down), "(uu)", self->index, self->index + 1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->remove), "u", self->index);
  gtk_box_append (box, self->up);
  gtk_box_append (box, self->down);
  gtk_box_append (box, self->remove);
}

/* Why a button is dead stands in its tooltip */
static void
update_button (ThawHeadRow *self, GtkWidget *button, ThawHeadEdit edit, const char *what)
{
  const char *problem = thaw_network_head_problem (self->network, edit, self->index);

  /* an action that can be called would make its button alive again */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), problem                      ? NULL
                                                           : edit == THAW_HEAD_REMOVE ? "head.remove-at"
                                                                                      : "head.move-at");
  gtk_widget_set_sensitive (button, problem == NULL);
  thaw_tooltip_set (button, problem ? problem : what);
}

static void
update_value (ThawHeadRow *self, const ThawHeadLayer *layer)
{
  if (layer->kind == THAW_HEAD_DROPOUT)
    gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->value), (double) layer->p);
  else if (layer->kind == THAW_HEAD_LINEAR)
    gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->value), (double) layer->out);
  else if (layer->kind == THAW_HEAD_ACTIVATION)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->value), (guint) layer->activation - 1);
}

static void
update_last (ThawHeadRow *self)
{
  const gint64 n = thaw_model_n_classes (thaw_network_get_model (self->network));
  g_autofree char *text = g_strdup_printf (ngettext ("%d class", "%d classes", (gulong) n), (int) n);

  gtk_label_set_text (self->classes, text);
}

gboolean
thaw_head_row_update (ThawHeadRow *self)
{
  ThawHead head;

  thaw_network_get_head (self->network, &head);
  if (self->index >= head.n_layers || head.layers[self->index].kind != self->kind || self->last != (self->index + 1 == head.n_layers))
    return FALSE;
  self->updating = TRUE;
  if (self->last)
    update_last (self);
  else
    update_value (self, &head.layers[self->index]);
  update_button (self, self->up, THAW_HEAD_MOVE_UP, _("Move up (Alt+Up)"));
  update_button (self, self->down, THAW_HEAD_MOVE_DOWN, _("Move down (Alt+Down)"));
  update_button (self, self->remove, THAW_HEAD_REMOVE, _("Remove (Delete)"));
  self->updating = FALSE;
  return TRUE;
}

/* --- drag and drop --- */

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, ThawHeadRow *self)
{
  return self->last ? NULL : gdk_content_provider_new_typed (THAW_TYPE_HEAD_ROW, self);
}

static void
begin_cb (GtkDragSource *source, GdkDrag *drag, ThawHeadRow *self)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, picture, 12, 12);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, ThawHeadRow *self)
{
  ThawHeadRow *from = g_value_get_object (value);

  if (!from || from == self || from->network != self->network)
    return FALSE;
  g_signal_emit (self, signals[DROPPED], 0, from->index);
  return TRUE;
}

static void
add_drag (ThawHeadRow *self)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (THAW_TYPE_HEAD_ROW, GDK_ACTION_MOVE);

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect_object (source, "prepare", G_CALLBACK (prepare_cb), self, 0);
  g_signal_connect_object (source, "drag-begin", G_CALLBACK (begin_cb), self, 0);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* --- widget --- */

static void
add_last (ThawHeadRow *self, GtkBox *box)
{
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new (_("Linear")), *why = gtk_label_new (_("Always the last: one number for each class"));

  self->classes = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (why), 0);
  gtk_label_set_wrap (GTK_LABEL (why), TRUE);
  gtk_widget_add_css_class (why, "dim-label");
  gtk_widget_add_css_class (why, "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->classes), "numeric");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), title);
  gtk_box_append (GTK_BOX (texts), why);
  gtk_box_append (box, texts);
  gtk_box_append (box, GTK_WIDGET (self->classes));
}

static void
add_layer (ThawHeadRow *self, GtkBox *box)
{
  GtkWidget *handle = g_object_new (GTK_TYPE_IMAGE, "icon-name", "list-drag-handle-symbolic", "accessible-role",
                                    GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *space = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class (handle, "dim-label");
  gtk_widget_set_hexpand (space, TRUE);
  self->value = create_value (self);
  gtk_box_append (box, handle);
  gtk_box_append (box, create_kinds (self));
  gtk_box_append (box, space);
  if (self->value)
    gtk_box_append (box, self->value);
}

static void
thaw_head_row_dispose (GObject *object)
{
  g_clear_object (&THAW_HEAD_ROW (object)->network);
  G_OBJECT_CLASS (thaw_head_row_parent_class)->dispose (object);
}

static void
thaw_head_row_class_init (ThawHeadRowClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_head_row_dispose;
  signals[EDITED] = g_signal_new ("edited", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[DROPPED] = g_signal_new ("dropped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
thaw_head_row_init (ThawHeadRow *self)
{
}

ThawHeadRow *
thaw_head_row_new (ThawNetwork *network, guint index)
{
  ThawHeadRow *self = g_object_new (THAW_TYPE_HEAD_ROW, "activatable", FALSE, NULL);
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  g_autofree char *name = g_strdup_printf (_("Layer %u of the head"), index + 1);
  ThawHead head;

  thaw_network_get_head (network, &head);
  self->network = g_object_ref (network);
  self->index = index;
  self->kind = head.layers[index].kind;
  self->last = index + 1 == head.n_layers;
  self->updating = TRUE;
  gtk_widget_set_margin_start (GTK_WIDGET (box), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (box), 6);
  gtk_widget_set_margin_top (GTK_WIDGET (box), 8);
  gtk_widget_set_margin_bottom (GTK_WIDGET (box), 8);
  if (self->last)
    add_last (self, box);
  else
    add_layer (self, box);
  add_buttons (self, box);
  add_drag (self);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), GTK_WIDGET (box));
  name_it (GTK_WIDGET (self), name);
  self->updating = FALSE;
  thaw_head_row_update (self);
  return self;
}
