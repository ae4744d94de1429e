/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-option-control.h"
#include "widgets/thaw-drop-down.h"
#include "widgets/thaw-number-entry.h"
#include "widgets/thaw-rates-editor.h"

#include <glib/gi18n.h>
#include <string.h>

/* a list of choices and the property it stands for */
typedef struct
{
  GtkDropDown *list;    /* (unowned): this is its data */
  ThawOptions *options;
  GParamSpec  *spec;
  GPtrArray   *ids;     /* of the rows */
  guint        n_own;   /* the property's choices; further ones follow */
  gulong       handler;
  gboolean     following;
} Choices;

static const GBindingFlags both_ways = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

static GtkWidget *
make_switch (ThawOptions *options, GParamSpec *spec)
{
  GtkWidget *control = gtk_switch_new ();

  g_object_bind_property (options, spec->name, control, "active", both_ways);
  return control;
}

/* A number counts as soon as it is written: nobody should have to leave the field first. */
static void
spin_text_cb (GtkSpinButton *spin)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));
  GtkAdjustment *adjustment = gtk_spin_button_get_adjustment (spin);
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, (guint64) gtk_adjustment_get_lower (adjustment), (guint64) gtk_adjustment_get_upper (adjustment), &number, NULL))
    gtk_adjustment_set_value (adjustment, (double) number);
}

/* The wheel is for the page, which it must not stop or change on its way. */
static void
ignore_wheel (GtkWidget *spin)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (spin);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

static GtkWidget *
make_spin (ThawOptions *options, GParamSpec *spec, double low, double high)
{
  GtkAdjustment *adjustment = gtk_adjustment_new (low, low, high, 1, 10, 0);
  GtkWidget *control = gtk_spin_button_new (adjustment, 1, 0);

  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (control), TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (control), 6);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (control), 6);
  gtk_editable_set_alignment (GTK_EDITABLE (control), 1);
  gtk_widget_add_css_class (control, "numeric");
  ignore_wheel (control);
  g_signal_connect (control, "changed", G_CALLBACK (spin_text_cb), NULL);
  g_object_bind_property (options, spec->name, adjustment, "value", both_ways);
  return control;
}

static GtkWidget *
make_number (ThawOptions *options, GParamSpecDouble *spec)
{
  GtkWidget *control = thaw_number_entry_new (spec->minimum, spec->maximum);

  g_object_bind_property (options, spec->parent_instance.name, control, "value", both_ways);
  return control;
}

static void
choices_free (gpointer data)
{
  Choices *self = data;

  g_clear_signal_handler (&self->handler, self->options);
  g_object_unref (self->options);
  g_ptr_array_unref (self->ids);
  g_free (self);
}

static void
add_choice (Choices *self, const char *id, const char *title)
{
  GtkStringList *model = GTK_STRING_LIST (gtk_drop_down_get_model (self->list));

  g_ptr_array_add (self->ids, g_strdup (id));
  gtk_string_list_append (model, title);
}

static void
select_value (Choices *self)
{
  g_autofree char *value = NULL;
  guint i;

  g_object_get (self->options, self->spec->name, &value, NULL);
  self->following = TRUE;
  if (!g_ptr_array_find_with_equal_func (self->ids, value, g_str_equal, &i))
    {
      i = self->ids->len;
      add_choice (self, value, value);
    }
  gtk_drop_down_set_selected (self->list, i);
  self->following = FALSE;
}

static void
value_cb (GObject *options, GParamSpec *spec, gpointer data)
{
  select_value (data);
}

static void
selected_cb (GtkDropDown *list, GParamSpec *spec, gpointer data)
{
  Choices *self = data;
  guint i = gtk_drop_down_get_selected (list);

  if (!self->following && i < self->ids->len)
    g_object_set (self->options, self->spec->name, g_ptr_array_index (self->ids, i), NULL);
}

static GtkWidget *
make_choices (ThawOptions *options, GParamSpec *spec, const ThawChoice *choices)
{
  GtkWidget *control = gtk_drop_down_new (G_LIST_MODEL (gtk_string_list_new (NULL)), NULL);
  g_autofree char *signal = g_strconcat ("notify::", spec->name, NULL);
  Choices *self = g_new0 (Choices, 1);

  self->list = GTK_DROP_DOWN (control);
  self->options = g_object_ref (options);
  self->spec = spec;
  self->ids = g_ptr_array_new_with_free_func (g_free);
  self->following = TRUE;
  for (; choices->id; choices++)
    add_choice (self, choices->id, _ (choices->title));
  self->n_own = self->ids->len;
  g_object_set_data_full (G_OBJECT (control), "thaw-choices", self, choices_free);
  self->handler = g_signal_connect (options, signal, G_CALLBACK (value_cb), self);
  g_signal_connect (control, "notify::selected", G_CALLBACK (selected_cb), self);
  select_value (self);
  return control;
}

void
thaw_option_control_set_choices (GtkWidget *control, const char *const *ids, const char *const *titles)
{
  Choices *self = g_object_get_data (G_OBJECT (control), "thaw-choices");
  GtkStringList *model;

  g_return_if_fail (self != NULL);
  self->following = TRUE;
  model = GTK_STRING_LIST (gtk_drop_down_get_model (self->list));
  gtk_string_list_splice (model, self->n_own, self->ids->len - self->n_own, NULL);
  g_ptr_array_set_size (self->ids, (int) self->n_own);
  for (guint i = 0; ids[i]; i++)
    add_choice (self, ids[i], titles[i]);
  select_value (self);
}

static GtkWidget *
make_control (ThawOptions *options, GParamSpec *spec)
{
  const GParamSpecUInt64 *large = (const GParamSpecUInt64 *) spec;
  const GParamSpecInt *whole = (const GParamSpecInt *) spec;

  switch (spec->value_type)
    {
    case G_TYPE_BOOLEAN:
      return make_switch (options, spec);
    case G_TYPE_INT:
      return make_spin (options, spec, whole->minimum, whole->maximum);
    case G_TYPE_UINT64:
      return make_spin (options, spec, (double) large->minimum, (double) large->maximum);
    case G_TYPE_DOUBLE:
      return make_number (options, (GParamSpecDouble *) spec);
    default:
      return thaw_options_choices (spec->name) ? make_choices (options, spec, thaw_options_choices (spec->name)) : thaw_rates_editor_new (options);
    }
}

GtkWidget *
thaw_option_control_new (ThawOptions *options, GParamSpec *spec)
{
  GtkWidget *self = make_control (options, spec);

  gtk_widget_set_name (self, spec->name);
  gtk_widget_set_valign (self, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (g_param_spec_get_nick (spec)),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _ (g_param_spec_get_blurb (spec)), -1);
  if (GTK_IS_DROP_DOWN (self))
    thaw_drop_down_set_title (GTK_DROP_DOWN (self), _ (g_param_spec_get_nick (spec)));
  return self;
}
