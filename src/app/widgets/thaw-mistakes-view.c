/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-mistakes-view.h"
#include "widgets/thaw-class-chooser.h"
#include "widgets/thaw-grid-fit.h"
#include "widgets/thaw-mistake-tile.h"
#include "widgets/thaw-probabilities.h"
#include "widgets/thaw-sample-picture.h"
#include "widgets/thaw-thumbnail-image.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

#define LARGE_SIDE 1200

struct _ThawMistakesView
{
  AdwBin             parent_instance;
  ThawSession       *session;
  ThawResults       *results;
  int                label, prediction; /* of the shown cell; -1: any */
  GtkMultiSelection *selection;         /* over the list of ThawMistake */
  guint              position;          /* of the large one */
  ThawMistake       *large;             /* (nullable) */
  gulong             large_changed;
  GtkWidget         *large_picture;

  /* of the template */
  GtkStack          *stack;
  GtkGridView       *grid;
  GtkButton         *back, *all;
  GtkLabel          *title, *none, *name, *words, *relabel_words;
  AdwBin            *picture;
  ThawProbabilities *probabilities;
  GtkBox            *relabel;
  ThawClassChooser  *chooser;
};

G_DEFINE_FINAL_TYPE (ThawMistakesView, thaw_mistakes_view, ADW_TYPE_BIN)

static guint
n_items (const ThawMistakesView *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->selection));
}

static gboolean
shows_large (ThawMistakesView *self)
{
  return g_str_equal (gtk_stack_get_visible_child_name (self->stack), "large");
}

/* --- the pictures that a class is given to --- */

static void
add_picture (ThawMistakesView *self, guint position, GPtrArray *pictures)
{
  GListModel *list = gtk_multi_selection_get_model (self->selection);
  ThawPicture *picture = list ? thaw_mistake_list_get_picture (THAW_MISTAKE_LIST (list), position) : NULL;

  if (picture)
    g_ptr_array_add (pictures, g_object_ref (picture));
}

/* Those that are still in the project, of ThawPicture (transfer full) */
static GPtrArray *
chosen_pictures (ThawMistakesView *self)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  GtkBitsetIter iter;
  guint position;

  if (shows_large (self))
    add_picture (self, self->position, pictures);
  else if (gtk_bitset_iter_init_first (&iter, selected, &position))
    do
      add_picture (self, position, pictures);
    while (gtk_bitset_iter_next (&iter, &position));
  return pictures;
}

static void
update_relabel (ThawMistakesView *self)
{
  g_autoptr (GPtrArray) pictures = chosen_pictures (self);
  g_autofree char *many = g_strdup_printf (ngettext ("%u picture really shows", "%u pictures really show", pictures->len), pictures->len);

  gtk_widget_set_visible (GTK_WIDGET (self->relabel), pictures->len > 0);
  gtk_label_set_text (self->relabel_words, pictures->len == 1 ? _ ("It really shows") : many);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.relabel", pictures->len > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.relabel-number", pictures->len > 0);
}

static void
relabel_to (ThawMistakesView *self, ThawClass *class)
{
  g_autoptr (GPtrArray) pictures = chosen_pictures (self);

  if (pictures->len > 0 && class)
    thaw_pictures_relabel (thaw_session_get_pictures (self->session), pictures, class);
}

static GListModel *
classes_of (const ThawMistakesView *self)
{
  return self->session ? thaw_pictures_get_classes (thaw_session_get_pictures (self->session)) : NULL;
}

/* (nullable) (transfer full) */
static ThawClass *
find_class (const ThawMistakesView *self, const char *name)
{
  GListModel *classes = classes_of (self);

  for (guint i = 0; classes && i < g_list_model_get_n_items (classes); i++)
    {
      g_autoptr (ThawClass) class = g_list_model_get_item (classes, i);

      if (g_strcmp0 (thaw_class_get_name (class), name) == 0)
        return g_steal_pointer (&class);
    }
  return NULL;
}

static void
relabel_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);
  g_autoptr (ThawClass) class = find_class (self, g_variant_get_string (parameter, NULL));

  relabel_to (self, class);
}

/* A class that is named by the very digit goes before that of this number. */
static void
relabel_number_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);
  const int number = g_variant_get_int32 (parameter);
  g_autofree char *digit = g_strdup_printf ("%d", number);
  g_autoptr (ThawClass) class = find_class (self, digit);

  if (!class && number > 0 && classes_of (self))
    class = g_list_model_get_item (classes_of (self), (guint) number - 1);
  relabel_to (self, class);
}

/* --- the list --- */

static char *
title_of (const ThawMistakesView *self)
{
  const char *const *labels = thaw_results_get_labels (self->results);
  const guint n = n_items (self);

  if (!labels || (self->label < 0 && self->prediction < 0))
    return g_strdup_printf (ngettext ("%u mistake", "%u mistakes, the surest first", n), n);
  if (self->prediction < 0)
    return g_strdup_printf (ngettext ("“%s”: %u picture", "“%s”: %u pictures", n), labels[self->label], n);
  if (self->label < 0)
    return g_strdup_printf (ngettext ("Called “%s”: %u picture", "Called “%s”: %u pictures", n), labels[self->prediction], n);
  if (self->label == self->prediction)
    return g_strdup_printf (ngettext ("“%s” recognised: %u picture", "“%s” recognised: %u pictures", n), labels[self->label], n);
  return g_strdup_printf (ngettext ("“%s” called “%s”: %u picture", "“%s” called “%s”: %u pictures", n), labels[self->label], labels[self->prediction], n);
}

static void
show_page (ThawMistakesView *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_set_visible (GTK_WIDGET (self->back), shows_large (self));
  gtk_widget_set_visible (GTK_WIDGET (self->all), !shows_large (self) && (self->label >= 0 || self->prediction >= 0));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.back", shows_large (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.open", n_items (self) > 0);
  update_relabel (self);
}

static void
forget_large (ThawMistakesView *self)
{
  if (self->large)
    g_clear_signal_handler (&self->large_changed, self->large);
  g_clear_object (&self->large);
}

void
thaw_mistakes_view_show (ThawMistakesView *self, int label, int prediction)
{
  g_autoptr (GListModel) list = thaw_results_list (self->results, label, prediction);
  g_autofree char *title = NULL;

  self->label = label;
  self->prediction = prediction;
  forget_large (self);
  gtk_multi_selection_set_model (self->selection, list);
  title = title_of (self);
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->none, label < 0 && prediction < 0 ? _ ("The network made no mistake on these pictures.") : _ ("There is no such picture."));
  show_page (self, n_items (self) > 0 ? "grid" : "none");
}

void
thaw_mistakes_view_reload (ThawMistakesView *self)
{
  thaw_mistakes_view_show (self, -1, -1);
}

static void
show_mistakes_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);

  if (self->results)
    thaw_mistakes_view_show (self, -1, -1);
}

/* --- one of them, large --- */

static void
update_large (ThawMistakesView *self)
{
  g_autofree char *words = thaw_mistake_tile_dup_text (self->large), *name = NULL;

  g_object_get (self->large, "name", &name, NULL);
  gtk_label_set_text (self->name, name);
  thaw_tooltip_set (GTK_WIDGET (self->name), name);
  gtk_label_set_text (self->words, words);
  thaw_probabilities_set (self->probabilities, thaw_mistake_get_probabilities (self->large), thaw_results_get_labels (self->results), thaw_mistake_get_label (self->large));
}

static void
open_at (ThawMistakesView *self, guint position)
{
  ThawMistake *mistake = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (!mistake)
    return;
  forget_large (self);
  self->large = mistake;
  self->position = position;
  self->large_changed = g_signal_connect_swapped (mistake, "notify::relabelled", G_CALLBACK (update_large), self);
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  thaw_sample_picture_set (THAW_SAMPLE_PICTURE (self->large_picture), thaw_mistake_get_path (mistake), thaw_mistake_get_index (mistake));
  update_large (self);
  show_page (self, "large");
}

static void
activate_cb (ThawMistakesView *self, guint position)
{
  open_at (self, position);
  gtk_widget_grab_focus (GTK_WIDGET (self->back));
}

static void
open_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));

  if (n_items (self) > 0)
    activate_cb (self, gtk_bitset_is_empty (selected) ? 0 : gtk_bitset_get_minimum (selected));
}

static void
back_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);

  if (!shows_large (self))
    return;
  show_page (self, "grid");
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

static void
step_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (widget);
  const gint64 to = (gint64) self->position + g_variant_get_int32 (parameter);

  if (shows_large (self) && to >= 0 && to < n_items (self))
    open_at (self, (guint) to);
}

/* --- tiles --- */

static void
set_up_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, thaw_mistake_tile_new ());
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  thaw_mistake_tile_set (THAW_MISTAKE_TILE (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  thaw_mistake_tile_set (THAW_MISTAKE_TILE (gtk_list_item_get_child (item)), NULL);
}

/* --- object --- */

void
thaw_mistakes_view_set_session (ThawMistakesView *self, ThawSession *session)
{
  ThawPictures *pictures = thaw_session_get_pictures (session);

  g_set_object (&self->session, session);
  g_set_object (&self->results, thaw_session_get_results (session));
  if (pictures)
    thaw_class_chooser_set_classes (self->chooser, thaw_pictures_get_classes (pictures));
}

static void
thaw_mistakes_view_dispose (GObject *object)
{
  ThawMistakesView *self = THAW_MISTAKES_VIEW (object);

  forget_large (self);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_MISTAKES_VIEW);
  g_clear_object (&self->selection);
  g_clear_object (&self->results);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_mistakes_view_parent_class)->dispose (object);
}

static void
add_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "results.open", NULL, open_cb);
  gtk_widget_class_install_action (klass, "results.back", NULL, back_cb);
  gtk_widget_class_install_action (klass, "results.step", "i", step_cb);
  gtk_widget_class_install_action (klass, "results.relabel", "s", relabel_cb);
  gtk_widget_class_install_action (klass, "results.relabel-number", "i", relabel_number_cb);
  gtk_widget_class_install_action (klass, "results.show-mistakes", NULL, show_mistakes_cb);
  for (int i = 0; i <= 9; i++)
    {
      gtk_widget_class_add_binding_action (klass, (guint) (GDK_KEY_0 + i), 0, "results.relabel-number", "i", i);
      gtk_widget_class_add_binding_action (klass, (guint) (GDK_KEY_KP_0 + i), 0, "results.relabel-number", "i", i);
    }
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Escape, 0, "results.back", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Left, GDK_ALT_MASK, "results.back", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Page_Up, 0, "results.step", "i", -1);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Page_Down, 0, "results.step", "i", 1);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, "/org/thaw/Thaw/thaw-mistakes-view.ui");
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, stack);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, grid);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, back);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, all);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, title);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, none);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, name);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, words);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, picture);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, probabilities);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, relabel);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, relabel_words);
  gtk_widget_class_bind_template_child (klass, ThawMistakesView, chooser);
  gtk_widget_class_bind_template_callback (klass, activate_cb);
}

static void
thaw_mistakes_view_class_init (ThawMistakesViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = thaw_mistakes_view_dispose;
  g_type_ensure (THAW_TYPE_PROBABILITIES);
  g_type_ensure (THAW_TYPE_CLASS_CHOOSER);
  bind_template (GTK_WIDGET_CLASS (klass));
  add_actions (GTK_WIDGET_CLASS (klass));
}

static void
thaw_mistakes_view_init (ThawMistakesView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->label = self->prediction = -1;
  self->selection = gtk_multi_selection_new (NULL);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (update_relabel), self, G_CONNECT_SWAPPED);
  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  gtk_grid_view_set_factory (self->grid, factory);
  g_object_unref (factory);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  thaw_grid_fit_columns (self->grid, THAW_THUMBNAIL_SIDE);
  self->large_picture = thaw_sample_picture_new (LARGE_SIDE);
  adw_bin_set_child (self->picture, self->large_picture);
  show_page (self, "none");
}
