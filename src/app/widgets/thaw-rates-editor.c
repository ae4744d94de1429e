/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-rates-editor.h"
#include "widgets/thaw-number-entry.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-text.h>

struct _ThawRatesEditor
{
  GtkBox         parent_instance;
  ThawOptions   *options;
  ThawModel     *model;   /* (nullable) */
  GtkBox        *lines;   /* (unowned) children: a GtkBox a line */
  GtkMenuButton *add;     /* (unowned) */
  char          *problem; /* (nullable) */
  gboolean       writing; /* the options follow the lines */
};

G_DEFINE_FINAL_TYPE (ThawRatesEditor, thaw_rates_editor, GTK_TYPE_BOX)

enum { PROP_0, PROP_PROBLEM, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* A line's fields */
#define PATTERN "thaw-pattern"
#define FACTOR "thaw-factor"

static gboolean
covers_something (const ThawModel *model, const char *pattern)
{
  for (guint i = 0; i < thaw_graph_size (model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);

      if (node->op == THAW_OP_PARAMETER && thaw_graph_is_weight (model->graph, node) && thaw_name_matches (node->name, pattern))
        return TRUE;
    }
  return FALSE;
}

static const char *
pattern_of (GtkWidget *line)
{
  return gtk_editable_get_text (g_object_get_data (G_OBJECT (line), PATTERN));
}

static void
check_lines (ThawRatesEditor *self)
{
  g_autofree char *problem = NULL;

  for (GtkWidget *line = gtk_widget_get_first_child (GTK_WIDGET (self->lines)); line; line = gtk_widget_get_next_sibling (line))
    {
      GtkWidget *pattern = g_object_get_data (G_OBJECT (line), PATTERN);
      gboolean wrong = self->model && !covers_something (self->model, pattern_of (line));

      if (wrong && !problem)
        problem = g_strdup_printf (_ ("No layer of this network is called “%s”."), pattern_of (line));
      if (wrong)
        gtk_widget_add_css_class (pattern, "error");
      else
        gtk_widget_remove_css_class (pattern, "error");
    }
  if (g_strcmp0 (problem, self->problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_steal_pointer (&problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* (transfer full) */
static char *
compose (ThawRatesEditor *self)
{
  GString *text = g_string_new (NULL);

  for (GtkWidget *line = gtk_widget_get_first_child (GTK_WIDGET (self->lines)); line; line = gtk_widget_get_next_sibling (line))
    {
      g_autofree char *factor = thaw_text_figures (thaw_number_entry_get_value (g_object_get_data (G_OBJECT (line), FACTOR)), 6);

      g_string_append_printf (text, "%s%s=%s", text->len ? "\n" : "", pattern_of (line), factor);
    }
  return g_string_free (text, FALSE);
}

static void
edited_cb (ThawRatesEditor *self)
{
  g_autofree char *text = compose (self);

  self->writing = TRUE;
  g_object_set (self->options, "rates", text, NULL);
  self->writing = FALSE;
  check_lines (self);
}

/* The last child of each line removes it by its place. */
static void
number_lines (ThawRatesEditor *self)
{
  int i = 0;

  for (GtkWidget *line = gtk_widget_get_first_child (GTK_WIDGET (self->lines)); line; line = gtk_widget_get_next_sibling (line))
    gtk_actionable_set_action_target (GTK_ACTIONABLE (gtk_widget_get_last_child (line)), "i", i++);
}

static GtkWidget *
make_remove (void)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

  gtk_widget_add_css_class (button, "flat");
  thaw_tooltip_set (button, _ ("Remove this factor"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Remove this factor"), -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", 0);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "rates.remove");
  return button;
}

static void
add_line (ThawRatesEditor *self, const char *name, double value)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *pattern = gtk_entry_new ();
  GtkWidget *factor = thaw_number_entry_new (0, 1e6);

  gtk_editable_set_text (GTK_EDITABLE (pattern), name);
  gtk_widget_set_hexpand (pattern, TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (pattern), 8);
  thaw_tooltip_set (pattern, _ ("A layer or a group of layers; * stands for any text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (pattern), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layers"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (factor), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Factor on the learning rate"), -1);
  thaw_number_entry_set_value (THAW_NUMBER_ENTRY (factor), value);
  g_object_set_data (G_OBJECT (line), PATTERN, pattern);
  g_object_set_data (G_OBJECT (line), FACTOR, factor);
  gtk_box_append (GTK_BOX (line), pattern);
  gtk_box_append (GTK_BOX (line), gtk_label_new ("×"));
  gtk_box_append (GTK_BOX (line), factor);
  gtk_box_append (GTK_BOX (line), make_remove ());
  gtk_box_append (self->lines, line);
  number_lines (self);
  g_signal_connect_swapped (pattern, "changed", G_CALLBACK (edited_cb), self);
  g_signal_connect_swapped (factor, "notify::value", G_CALLBACK (edited_cb), self);
}

static void
read_lines (ThawRatesEditor *self)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GtkWidget *line;

  if (self->writing)
    return;
  g_object_get (self->options, "rates", &text, NULL);
  lines = g_strsplit (text, "\n", -1);
  while ((line = gtk_widget_get_first_child (GTK_WIDGET (self->lines))))
    gtk_box_remove (self->lines, line);
  for (guint i = 0; lines[i]; i++)
    {
      g_autofree char *pattern = NULL;
      double factor;

      if (thaw_options_parse_rate (lines[i], &pattern, &factor))
        add_line (self, pattern, factor);
    }
  check_lines (self);
}

static void
add_groups (GStrvBuilder *names, const ThawLayer *parent, guint depth)
{
  for (guint i = 0; parent->children && i < parent->children->len; i++)
    {
      const ThawLayer *layer = g_ptr_array_index (parent->children, i);

      if (layer->parameters > 0)
        g_strv_builder_add (names, layer->name);
      if (depth > 1 && layer->parameters > 0)
        add_groups (names, layer, depth - 1);
    }
}

char **
thaw_rates_editor_groups (const ThawModel *model)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  add_groups (names, model->layers, 2);
  return g_strv_builder_end (names);
}

void
thaw_rates_editor_set_model (ThawRatesEditor *self, ThawModel *model)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_auto (GStrv) names = model ? thaw_rates_editor_groups (model) : g_new0 (char *, 1);

  g_clear_pointer (&self->model, thaw_model_unref);
  self->model = model ? thaw_model_ref (model) : NULL;
  for (char **name = names; *name; name++)
    {
      /* a menu takes an underscore for the mark of a key */
      g_auto (GStrv) parts = g_strsplit (*name, "_", -1);
      g_autofree char *label = g_strjoinv ("__", parts);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "rates.add", "s", *name);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (self->add, G_MENU_MODEL (menu));
  check_lines (self);
}

const char *
thaw_rates_editor_get_problem (ThawRatesEditor *self)
{
  return self->problem;
}

static void
add_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawRatesEditor *self = THAW_RATES_EDITOR (widget);

  add_line (self, g_variant_get_string (parameter, NULL), .1);
  edited_cb (self);
}

static void
remove_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawRatesEditor *self = THAW_RATES_EDITOR (widget);
  GtkWidget *line = gtk_widget_get_first_child (GTK_WIDGET (self->lines));

  for (int i = g_variant_get_int32 (parameter); line && i > 0; i--)
    line = gtk_widget_get_next_sibling (line);
  if (!line)
    return;
  gtk_widget_grab_focus (GTK_WIDGET (self->add));
  gtk_box_remove (self->lines, line);
  number_lines (self);
  edited_cb (self);
}

static void
thaw_rates_editor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_PROBLEM)
    g_value_set_string (value, THAW_RATES_EDITOR (object)->problem);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_rates_editor_finalize (GObject *object)
{
  ThawRatesEditor *self = THAW_RATES_EDITOR (object);

  g_clear_object (&self->options);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->problem, g_free);
  G_OBJECT_CLASS (thaw_rates_editor_parent_class)->finalize (object);
}

static void
thaw_rates_editor_class_init (ThawRatesEditorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_rates_editor_get_property;
  object_class->finalize = thaw_rates_editor_finalize;
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "rates.add", "s", add_cb);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "rates.remove", "i", remove_cb);
}

static void
thaw_rates_editor_init (ThawRatesEditor *self)
{
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *add = gtk_menu_button_new ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 6);
  gtk_menu_button_set_label (GTK_MENU_BUTTON (add), _ ("Add Layers"));
  gtk_widget_set_halign (add, GTK_ALIGN_START);
  gtk_widget_add_css_class (add, "flat");
  gtk_box_append (GTK_BOX (self), lines);
  gtk_box_append (GTK_BOX (self), add);
  self->lines = GTK_BOX (lines);
  self->add = GTK_MENU_BUTTON (add);
}

GtkWidget *
thaw_rates_editor_new (ThawOptions *options)
{
  ThawRatesEditor *self = g_object_new (THAW_TYPE_RATES_EDITOR, NULL);

  self->options = g_object_ref (options);
  g_signal_connect_object (options, "notify::rates", G_CALLBACK (read_lines), self, G_CONNECT_SWAPPED);
  read_lines (self);
  return GTK_WIDGET (self);
}
