/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/thaw-images-page-private.h"
#include "widgets/thaw-drop-down.h"

#include <glib/gi18n.h>

/* A question that is on the screen */
typedef struct
{
  ThawImagesPage  *page;
  ThawImagesAnswer answered;
  gpointer         data;
  GDestroyNotify   destroy;
  char            *initial;  /* the name that may stay; NULL: none */
  char           **labels;   /* classes to choose from, then a new one; NULL: only a name is asked for */
  GtkDropDown     *choice;
  GtkEditable     *entry;
  GtkLabel        *hint;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  if (self->destroy)
    self->destroy (self->data);
  g_object_unref (self->page);
  g_free (self->initial);
  g_strfreev (self->labels);
  g_free (self);
}

static gboolean
wants_new (const Question *self)
{
  return !self->choice || gtk_drop_down_get_selected (self->choice) >= g_strv_length (self->labels);
}

static const char *
answer_of (const Question *self)
{
  return wants_new (self) ? gtk_editable_get_text (self->entry) : self->labels[gtk_drop_down_get_selected (self->choice)];
}

/* What cannot be answered is said at once, and the button waits. */
static void
check_cb (GtkWidget *widget, GParamSpec *pspec, GtkWidget *dialog)
{
  const Question *self = g_object_get_data (G_OBJECT (dialog), "question");
  g_autofree char *name = g_strstrip (g_strdup (answer_of (self)));
  gboolean known = wants_new (self) && thaw_pictures_find_class (self->page->pictures, name) && g_strcmp0 (name, self->initial) != 0;

  gtk_widget_set_visible (GTK_WIDGET (self->entry), wants_new (self));
  gtk_widget_set_visible (GTK_WIDGET (self->hint), known);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "ok", name[0] && !known);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Question *self = g_object_get_data (G_OBJECT (dialog), "question");
  g_autofree char *name = g_strstrip (g_strdup (answer_of (self)));

  if (g_str_equal (response, "ok"))
    self->answered (self->page, name, self->data);
}

static GtkWidget *
dialog_new (Question *question, const char *heading, const char *text, const char *button)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (question->page))), heading, text);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "ok", button, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "ok", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "ok");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "question", question, question_free);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), NULL);
  return dialog;
}

static GtkWidget *
entry_new (Question *self, GtkWidget *dialog)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _("Name of the class"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name of the class"), -1);
  gtk_editable_set_text (GTK_EDITABLE (entry), self->initial ? self->initial : "");
  g_signal_connect_object (entry, "notify::text", G_CALLBACK (check_cb), dialog, 0);
  self->entry = GTK_EDITABLE (entry);
  return entry;
}

static GtkWidget *
choice_new (Question *self, GtkWidget *dialog)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new ((const char *const *) self->labels);
  GtkWidget *choice;

  gtk_string_list_append (names, _("A new class"));
  choice = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (choice), g_strv_length (self->labels) > 8);
  thaw_drop_down_set_title (GTK_DROP_DOWN (choice), _("Class"));
  g_signal_connect_object (choice, "notify::selected", G_CALLBACK (check_cb), dialog, 0);
  self->choice = GTK_DROP_DOWN (choice);
  return choice;
}

static void
ask (Question *self, const char *heading, const char *text, const char *button)
{
  GtkWidget *dialog = dialog_new (self, heading, text, button), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *hint = gtk_label_new (_("There is a class of this name already."));

  if (self->labels)
    gtk_box_append (GTK_BOX (box), choice_new (self, dialog));
  gtk_box_append (GTK_BOX (box), entry_new (self, dialog));
  gtk_widget_add_css_class (hint, "warning");
  self->hint = GTK_LABEL (hint);
  gtk_box_append (GTK_BOX (box), hint);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  check_cb (NULL, NULL, dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}

static Question *
question_new (ThawImagesPage *page, ThawImagesAnswer answered, gpointer data, GDestroyNotify destroy)
{
  Question *self = g_new0 (Question, 1);

  *self = (Question){ .page = g_object_ref (page), .answered = answered, .data = data, .destroy = destroy };
  return self;
}

void
thaw_images_page_ask_name (ThawImagesPage *self, const char *heading, const char *button, const char *initial, ThawImagesAnswer answered,
                           gpointer data, GDestroyNotify destroy)
{
  Question *question = question_new (self, answered, data, destroy);

  question->initial = g_strdup (initial);
  ask (question, heading, NULL, button);
}

/* (transfer full) */
static char **
labels_but (ThawImagesPage *self, const char *except)
{
  g_auto (GStrv) all = thaw_pictures_dup_labels (self->pictures);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (int i = 0; all[i]; i++)
    if (g_strcmp0 (all[i], except) != 0)
      g_strv_builder_add (builder, all[i]);
  return g_strv_builder_end (builder);
}

void
thaw_images_page_ask_class (ThawImagesPage *self, const char *heading, const char *text, const char *button, const char *except,
                            ThawImagesAnswer answered, gpointer data, GDestroyNotify destroy)
{
  Question *question = question_new (self, answered, data, destroy);

  question->labels = labels_but (self, except);
  ask (question, heading, text, button);
}
