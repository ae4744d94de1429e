/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-number-entry.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-text.h>

struct _ThawNumberEntry
{
  GtkEntry parent_instance;
  double   value, low, high;
  char    *problem;  /* (nullable) */
  gboolean writing;  /* the text follows the value */
};

G_DEFINE_FINAL_TYPE (ThawNumberEntry, thaw_number_entry, GTK_TYPE_ENTRY)

enum { PROP_0, PROP_VALUE, PROP_PROBLEM, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* More than six figures are nobody's choice */
#define FIGURES 6

/* A comma is a decimal point where there is none, in every locale. */
static gboolean
parse (const ThawNumberEntry *self, const char *text, double *value)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  char *end, *comma = strchr (copy, ',');

  if (comma && !strchr (copy, '.'))
    *comma = '.';
  *value = g_ascii_strtod (copy, &end);
  return end != copy && *end == '\0' && isfinite (*value) && *value >= self->low && *value <= self->high;
}

static void
set_problem (ThawNumberEntry *self, char *problem)
{
  g_autofree char *old = g_steal_pointer (&self->problem);

  self->problem = problem;
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_INVALID, problem ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  if (problem)
    gtk_widget_add_css_class (GTK_WIDGET (self), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "error");
  if (g_strcmp0 (old, problem) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* "2e-05" is written 2e-5. (transfer full) */
static char *
format (double value)
{
  char *text = thaw_text_figures (value, FIGURES), *zero = strstr (text, "e-0");

  if (!zero)
    zero = strstr (text, "e+0");
  if (zero)
    memmove (zero + 2, zero + 3, strlen (zero + 3) + 1);
  return text;
}

static void
write_value (ThawNumberEntry *self)
{
  g_autofree char *text = format (self->value);

  self->writing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self), text);
  self->writing = FALSE;
  set_problem (self, NULL);
}

static void
set_value (ThawNumberEntry *self, double value)
{
  if (value == self->value)
    return;
  self->value = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

static void
changed_cb (ThawNumberEntry *self)
{
  double value;

  if (self->writing)
    return;
  set_problem (self, NULL);
  if (parse (self, gtk_editable_get_text (GTK_EDITABLE (self)), &value))
    set_value (self, value);
}

/* Half a number is no mistake while it is being written. */
static void
check (ThawNumberEntry *self)
{
  double value;
  g_autofree char *low = format (self->low), *high = format (self->high);

  if (parse (self, gtk_editable_get_text (GTK_EDITABLE (self)), &value))
    set_problem (self, NULL);
  else
    set_problem (self, g_strdup_printf (_ ("Write a number from %s to %s, for example 0.5 or 1e-3."), low, high));
}

static double
next_up (double value)
{
  static const double ladder[] = { 1, 2, 5, 10 };
  double power = pow (10, floor (log10 (value) + 1e-9));

  for (guint i = 0; i < G_N_ELEMENTS (ladder); i++)
    if (ladder[i] * power > value * 1.000001)
      return ladder[i] * power;
  return 20 * power;
}

static double
next_down (double value)
{
  static const double ladder[] = { 5, 2, 1, .5 };
  double power = pow (10, floor (log10 (value) + 1e-9));

  for (guint i = 0; i < G_N_ELEMENTS (ladder); i++)
    if (ladder[i] * power < value * .999999)
      return ladder[i] * power;
  return .2 * power;
}

/* The smallest step above 0 on the ladder */
#define FLOOR 1e-6

static double
stepped (const ThawNumberEntry *self, gboolean up)
{
  if (self->high <= 1 && self->low == 0)
    return self->value + (up ? .05 : -.05);
  if (self->low == 0 && self->value <= FLOOR)
    return up ? MAX (self->value * 2, FLOOR) : 0;
  return up ? next_up (self->value) : next_down (self->value);
}

static gboolean
step_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  ThawNumberEntry *self = THAW_NUMBER_ENTRY (widget);
  double value = stepped (self, g_variant_get_boolean (arguments));
  g_autofree char *rounded = thaw_text_figures (CLAMP (value, self->low, self->high), FIGURES);

  if (!gtk_editable_get_editable (GTK_EDITABLE (self)))
    return FALSE;
  thaw_number_entry_set_value (self, g_ascii_strtod (rounded, NULL));
  gtk_editable_set_position (GTK_EDITABLE (self), -1);
  return TRUE;
}

double
thaw_number_entry_get_value (ThawNumberEntry *self)
{
  return self->value;
}

void
thaw_number_entry_set_value (ThawNumberEntry *self, double value)
{
  double shown;

  set_value (self, value);
  /* "1e-4" stays as it was written */
  if (!parse (self, gtk_editable_get_text (GTK_EDITABLE (self)), &shown) || shown != value)
    write_value (self);
}

const char *
thaw_number_entry_get_problem (ThawNumberEntry *self)
{
  return self->problem;
}

static void
thaw_number_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawNumberEntry *self = THAW_NUMBER_ENTRY (object);

  switch (id)
    {
    case PROP_VALUE:
      g_value_set_double (value, self->value);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_number_entry_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_VALUE)
    thaw_number_entry_set_value (THAW_NUMBER_ENTRY (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_number_entry_finalize (GObject *object)
{
  g_free (THAW_NUMBER_ENTRY (object)->problem);
  G_OBJECT_CLASS (thaw_number_entry_parent_class)->finalize (object);
}

static void
thaw_number_entry_class_init (ThawNumberEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = thaw_number_entry_get_property;
  object_class->set_property = thaw_number_entry_set_property;
  object_class->finalize = thaw_number_entry_finalize;
  properties[PROP_VALUE] = g_param_spec_double ("value", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, 0, step_cb, "(b)", TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, 0, step_cb, "(b)", FALSE);
}

static void
thaw_number_entry_init (ThawNumberEntry *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_editable_set_width_chars (GTK_EDITABLE (self), 7);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self), 7);
  gtk_entry_set_alignment (GTK_ENTRY (self), 1);
  gtk_entry_set_input_purpose (GTK_ENTRY (self), GTK_INPUT_PURPOSE_NUMBER);
  gtk_widget_add_css_class (GTK_WIDGET (self), "numeric");
  g_signal_connect (self, "changed", G_CALLBACK (changed_cb), NULL);
  g_signal_connect (self, "activate", G_CALLBACK (check), NULL);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (check), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

GtkWidget *
thaw_number_entry_new (double low, double high)
{
  ThawNumberEntry *self = g_object_new (THAW_TYPE_NUMBER_ENTRY, NULL);

  self->low = low;
  self->high = high;
  self->value = CLAMP (0, low, high);
  write_value (self);
  return GTK_WIDGET (self);
}
