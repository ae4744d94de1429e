/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-runs-compare.h"
#include "thaw-run-facts.h"

#include <glib/gi18n.h>

/* More columns nobody compares, and each costs some thirty labels */
#define MOST_COLUMNS 12

struct _ThawRunsCompare
{
  AdwBin    parent_instance;

  /* of the template */
  GtkStack *stack;
  AdwBin   *place;
};

G_DEFINE_FINAL_TYPE (ThawRunsCompare, thaw_runs_compare, ADW_TYPE_BIN)

typedef struct
{
  const char *title;
  char     *(*text) (ThawRunItem *run);
} Row;

static const Row rows[] = {
  { N_("Accuracy"), thaw_run_fact_accuracy },
  { N_("Loss"), thaw_run_fact_loss },
  { N_("Best epoch"), thaw_run_fact_best },
  { N_("Epochs done"), thaw_run_fact_epochs },
  { N_("Time"), thaw_run_fact_time },
  { N_("Pictures"), thaw_run_fact_pictures },
  { N_("When"), thaw_run_fact_started },
};

static GtkWidget *
attach (GtkGrid *grid, const char *text, int column, int row, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_widget_set_valign (label, GTK_ALIGN_BASELINE);
  if (style)
    gtk_widget_add_css_class (label, style);
  gtk_grid_attach (grid, label, column, row, 1, 1);
  return label;
}

static void
add_names (GtkGrid *grid, GPtrArray *runs)
{
  for (guint i = 0; i < runs->len; i++)
    {
      g_autofree char *name = thaw_run_fact_name (g_ptr_array_index (runs, i));

      attach (grid, name, (int) i + 1, 0, "heading");
    }
}

static ThawRunItem *
best_of (GPtrArray *runs)
{
  ThawRunItem *best = runs->len > 1 ? g_ptr_array_index (runs, 0) : NULL;

  for (guint i = 1; i < runs->len; i++)
    if (thaw_run_compare (g_ptr_array_index (runs, i), best) > 0)
      best = g_ptr_array_index (runs, i);
  return best;
}

static void
add_facts (GtkGrid *grid, GPtrArray *runs)
{
  ThawRunItem *best = best_of (runs);

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      attach (grid, _(rows[r].title), 0, (int) r + 1, "dim-label");
      for (guint i = 0; i < runs->len; i++)
        {
          g_autofree char *text = rows[r].text (g_ptr_array_index (runs, i));
          GtkWidget *label = attach (grid, text, (int) i + 1, (int) r + 1, "numeric");

          if (r == 0 && g_ptr_array_index (runs, i) == best)
            gtk_widget_add_css_class (label, "run-best");
        }
    }
}

static gboolean
has_setting (GPtrArray *runs, const char *name)
{
  for (guint i = 0; i < runs->len; i++)
    if (*thaw_run_setting (g_ptr_array_index (runs, i), name))
      return TRUE;
  return FALSE;
}

static void
add_settings (GtkGrid *grid, GPtrArray *runs, gboolean only_differences)
{
  const char *const *names = thaw_run_setting_names ();
  int row = (int) G_N_ELEMENTS (rows) + 1;

  for (guint n = 0; names[n]; n++)
    {
      gboolean differs = thaw_run_setting_differs (runs, names[n]);

      if (!has_setting (runs, names[n]) || (only_differences && runs->len > 1 && !differs))
        continue;
      attach (grid, thaw_run_setting_title (names[n]), 0, row, "dim-label");
      for (guint i = 0; i < runs->len; i++)
        attach (grid, thaw_run_setting (g_ptr_array_index (runs, i), names[n]), (int) i + 1, row, differs ? "run-differs" : NULL);
      row++;
    }
}

void
thaw_runs_compare_show (ThawRunsCompare *self, GPtrArray *runs, gboolean only_differences)
{
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();
  GtkWidget *grid;

  for (guint i = 0; i < MIN (runs->len, MOST_COLUMNS); i++)
    g_ptr_array_add (shown, g_ptr_array_index (runs, i));
  gtk_stack_set_visible_child_name (self->stack, shown->len ? "table" : "nothing");
  if (shown->len == 0)
    {
      adw_bin_set_child (self->place, NULL);
      return;
    }
  grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (grid), 24);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  add_names (GTK_GRID (grid), shown);
  add_facts (GTK_GRID (grid), shown);
  add_settings (GTK_GRID (grid), shown, only_differences);
  adw_bin_set_child (self->place, grid);
}

static void
thaw_runs_compare_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL); /* of the template, and bound: what unparents it there does not tell AdwBin */
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_RUNS_COMPARE);
  G_OBJECT_CLASS (thaw_runs_compare_parent_class)->dispose (object);
}

static void
thaw_runs_compare_class_init (ThawRunsCompareClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_runs_compare_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-runs-compare.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawRunsCompare, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawRunsCompare, place);
}

static void
thaw_runs_compare_init (ThawRunsCompare *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
