/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-probabilities.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

#define FIRST 5
/* More rows than anybody reads */
#define MOST 200

/* a class and how probable it is */
typedef struct
{
  float value;
  int   label;
} Share;

struct _ThawProbabilities
{
  AdwBin    parent_instance;
  GArray   *shares;  /* Share, the most probable first */
  char    **labels;
  int       right;
};

G_DEFINE_FINAL_TYPE (ThawProbabilities, thaw_probabilities, ADW_TYPE_BIN)

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  const Share *x = a, *y = b;

  return x->value != y->value ? (x->value < y->value ? 1 : -1) : x->label - y->label;
}

static void
add_row (ThawProbabilities *self, GtkGrid *grid, guint i)
{
  const Share *share = &g_array_index (self->shares, Share, i);
  g_autofree char *percent = thaw_text_percent ((double) share->value);
  GtkWidget *name = gtk_label_new (self->labels[share->label]), *value = gtk_label_new (percent);
  GtkWidget *bar = g_object_new (GTK_TYPE_LEVEL_BAR, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, "value", CLAMP ((double) share->value, 0, 1), "hexpand", TRUE,
                                 "valign", GTK_ALIGN_CENTER, NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (name), 18);
  thaw_tooltip_set (name, self->labels[share->label]);
  gtk_label_set_xalign (GTK_LABEL (value), 1);
  gtk_label_set_width_chars (GTK_LABEL (value), 7);
  gtk_widget_add_css_class (value, "numeric");
  if (share->label == self->right)
    gtk_widget_add_css_class (name, "heading");
  gtk_grid_attach (grid, name, 0, (int) i, 1, 1);
  gtk_grid_attach (grid, bar, 1, (int) i, 1, 1);
  gtk_grid_attach (grid, value, 2, (int) i, 1, 1);
}

static GtkWidget *
rows_new (ThawProbabilities *self, guint from, guint to)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  for (guint i = from; i < to; i++)
    add_row (self, GTK_GRID (grid), i);
  return grid;
}

/* The rest's rows are made when somebody wants to see them. */
static void
expanded_cb (GtkExpander *expander, GParamSpec *pspec, ThawProbabilities *self)
{
  if (gtk_expander_get_expanded (expander) && !gtk_expander_get_child (expander))
    gtk_expander_set_child (expander, rows_new (self, FIRST, MIN (self->shares->len, MOST)));
}

static GtkWidget *
rest_new (ThawProbabilities *self)
{
  double sum = 0;
  guint n = self->shares->len - FIRST;
  g_autofree char *percent = NULL, *text = NULL;
  GtkWidget *expander;

  for (guint i = FIRST; i < self->shares->len; i++)
    sum += (double) g_array_index (self->shares, Share, i).value;
  percent = thaw_text_percent (sum);
  text = g_strdup_printf (ngettext ("%u more class: %s", "%u more classes: %s together", n), n, percent);
  expander = gtk_expander_new (text);
  g_signal_connect_object (expander, "notify::expanded", G_CALLBACK (expanded_cb), self, 0);
  return expander;
}

static GtkWidget *
content_new (ThawProbabilities *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_box_append (GTK_BOX (box), rows_new (self, 0, MIN (self->shares->len, FIRST)));
  if (self->shares->len > FIRST)
    gtk_box_append (GTK_BOX (box), rest_new (self));
  return box;
}

void
thaw_probabilities_set (ThawProbabilities *self, const float *probabilities, const char *const *labels, int right)
{
  g_array_set_size (self->shares, 0);
  g_strfreev (self->labels);
  self->labels = g_strdupv ((char **) labels);
  self->right = right;
  for (int i = 0; probabilities && labels && labels[i]; i++)
    {
      Share share = { probabilities[i], i };

      g_array_append_val (self->shares, share);
    }
  g_array_sort (self->shares, compare_cb);
  adw_bin_set_child (ADW_BIN (self), self->shares->len ? content_new (self) : NULL);
}

static void
thaw_probabilities_finalize (GObject *object)
{
  ThawProbabilities *self = THAW_PROBABILITIES (object);

  g_array_unref (self->shares);
  g_strfreev (self->labels);
  G_OBJECT_CLASS (thaw_probabilities_parent_class)->finalize (object);
}

static void
thaw_probabilities_class_init (ThawProbabilitiesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_probabilities_finalize;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "probabilities");
}

static void
thaw_probabilities_init (ThawProbabilities *self)
{
  self->shares = g_array_new (FALSE, FALSE, sizeof (Share));
}
