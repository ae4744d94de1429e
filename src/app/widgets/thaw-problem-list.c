/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-problem-list.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

/* Files listed under a row; people read no more */
#define MOST_DETAILS 200

struct _ThawProblemList
{
  AdwBin      parent_instance;
  char       *locked;
  GListModel *problems;

  /* of the template */
  GtkListBox *list;
  GtkStack   *stack;
};

G_DEFINE_FINAL_TYPE (ThawProblemList, thaw_problem_list, ADW_TYPE_BIN)

static const char *
icon_of (ThawPictureProblem *problem)
{
  switch (thaw_picture_problem_get_kind (problem))
    {
    case THAW_PROBLEM_MISSING:
    case THAW_PROBLEM_UNREADABLE:
    case THAW_PROBLEM_LEAK:
    case THAW_PROBLEM_CONFLICT:
      return "dialog-warning-symbolic";
    default:
      return "dialog-information-symbolic";
    }
}

static GtkWidget *
button_new (const char *label, const char *action, guint position)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "u", position);
  return button;
}

static GtkWidget *
detail_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "problem-detail");
  return label;
}

/* A row that opens where there is a list under it */
static GtkWidget *
row_new (ThawPictureProblem *problem)
{
  const char *const *details = thaw_picture_problem_get_details (problem);
  GtkWidget *row;

  if (!details[0])
    return adw_action_row_new ();
  row = adw_expander_row_new ();
  for (int i = 0; details[i] && i < MOST_DETAILS; i++)
    adw_expander_row_add_row (ADW_EXPANDER_ROW (row), detail_new (details[i]));
  if (g_strv_length ((char **) details) > MOST_DETAILS)
    {
      g_autofree char *more = g_strdup_printf (_("and %u more"), g_strv_length ((char **) details) - MOST_DETAILS);

      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), detail_new (more));
    }
  return row;
}

static void
add_suffix (GtkWidget *row, GtkWidget *widget)
{
  if (ADW_IS_EXPANDER_ROW (row))
    adw_expander_row_add_action (ADW_EXPANDER_ROW (row), widget);
  else
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), widget);
}

static void
fill_row (GtkWidget *row, ThawPictureProblem *problem)
{
  GtkWidget *image
      = g_object_new (GTK_TYPE_IMAGE, "icon-name", icon_of (problem), "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), thaw_picture_problem_get_title (problem));
  g_object_set (row, "subtitle", thaw_picture_problem_get_text (problem), NULL);
  if (ADW_IS_EXPANDER_ROW (row))
    {
      adw_expander_row_add_prefix (ADW_EXPANDER_ROW (row), image);
      return;
    }
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
}

static guint
position_of (const ThawProblemList *self, ThawPictureProblem *problem)
{
  guint n = g_list_model_get_n_items (self->problems);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawPictureProblem) other = g_list_model_get_item (self->problems, i);

      if (other == problem)
        return i;
    }
  return n;
}

static GtkWidget *
create_cb (gpointer item, gpointer data)
{
  const ThawProblemList *self = data;
  ThawPictureProblem *problem = item;
  GtkWidget *row = row_new (problem);
  guint position = position_of (self, problem);

  fill_row (row, problem);
  if (thaw_picture_problem_get_pictures (problem)->len > 0)
    add_suffix (row, button_new (_("Show"), "images.show-problem", position));
  if (thaw_picture_problem_get_remedy (problem))
    {
      GtkWidget *button = button_new (thaw_picture_problem_get_remedy (problem), "images.mend", position);

      thaw_tooltip_set (button, self->locked);
      add_suffix (row, button);
    }
  return row;
}

static void
changed_cb (ThawProblemList *self)
{
  gboolean any = g_list_model_get_n_items (self->problems) > 0;

  gtk_stack_set_visible_child_name (self->stack, any ? "problems" : "none");
}

void
thaw_problem_list_set_pictures (ThawProblemList *self, ThawPictures *pictures)
{
  g_set_object (&self->problems, thaw_pictures_get_problems (pictures));
  gtk_list_box_bind_model (self->list, self->problems, create_cb, self, NULL);
  g_signal_connect_object (self->problems, "items-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

void
thaw_problem_list_set_locked (ThawProblemList *self, const char *why)
{
  if (g_strcmp0 (self->locked, why) == 0)
    return;
  g_free (self->locked);
  self->locked = g_strdup (why);
  if (self->problems)
    gtk_list_box_bind_model (self->list, self->problems, create_cb, self, NULL);
}

static void
thaw_problem_list_dispose (GObject *object)
{
  ThawProblemList *self = THAW_PROBLEM_LIST (object);

  /* the bin lets go of the stack before the template does */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_PROBLEM_LIST);
  g_clear_object (&self->problems);
  g_clear_pointer (&self->locked, g_free);
  G_OBJECT_CLASS (thaw_problem_list_parent_class)->dispose (object);
}

static void
thaw_problem_list_class_init (ThawProblemListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_problem_list_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-problem-list.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawProblemList, list);
  gtk_widget_class_bind_template_child (widget_class, ThawProblemList, stack);
}

static void
thaw_problem_list_init (ThawProblemList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
