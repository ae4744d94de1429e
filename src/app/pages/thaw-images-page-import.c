/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How pictures come in: dropped, pasted, chosen or as samples; what is asked before, and the account after. */
#include "pages/thaw-images-page-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>

#define SAMPLE_FOLDER "/usr/share/datasets/fashion-mnist"
#define SAMPLE_TRAIN 200
#define SAMPLE_VALIDATION 100

/* What was given, on its way through the questions */
typedef struct
{
  ThawImagesPage *page;
  GPtrArray      *items;  /* ThawImportItem */
  char           *to;     /* class for all of it; NULL: as it is found */
  char           *shown;  /* class for loose pictures; NULL: asked for */
  guint           next;   /* no question is open about those before it */
  gboolean        sample;
} Flow;

static void go_on (Flow *self);

static Flow *
flow_new (ThawImagesPage *page, ThawClass *to, ThawClass *shown)
{
  Flow *self = g_new0 (Flow, 1);

  self->page = g_object_ref (page);
  self->to = to ? g_strdup (thaw_class_get_name (to)) : NULL;
  self->shown = shown ? g_strdup (thaw_class_get_name (shown)) : NULL;
  return self;
}

static void
flow_free (Flow *self)
{
  g_object_unref (self->page);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self->to);
  g_free (self->shown);
  g_free (self);
}

char *
thaw_images_page_why_not (GtkWidget *widget, gpointer data)
{
  ThawImagesPage *self = data;
  char *locked = thaw_images_page_locked (self);

  if (!locked && (thaw_pictures_get_busy (self->pictures) || self->importing))
    locked = g_strdup (_("Other pictures are being added. Wait until that is done, or cancel it."));
  return locked;
}

void
thaw_images_page_refuse (ThawImagesPage *self, const char *why)
{
  thaw_images_page_say (self, why, NULL, NULL);
}

static char *
account_text (const ThawImportAccount *account)
{
  GString *text = g_string_new (NULL);
  g_autofree char *classes = g_strdup_printf (ngettext ("%u class", "%u classes", account->n_classes), account->n_classes);

  g_string_append_printf (text, ngettext ("Added %u picture in %s.", "Added %u pictures in %s.", account->n_pictures), account->n_pictures, classes);
  if (account->n_known > 0)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, ngettext ("%u was there already.", "%u were there already.", account->n_known), account->n_known);
    }
  if (account->skipped->len > 0)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, ngettext ("%u file was passed over.", "%u files were passed over.", account->skipped->len), account->skipped->len);
    }
  return g_string_free (text, FALSE);
}

static void
show_account (ThawImagesPage *self, const ThawImportAccount *account)
{
  g_autofree char *text = account_text (account);

  gtk_label_set_text (self->account_text, text);
  gtk_widget_set_visible (self->account_show, account->skipped->len > 0);
  gtk_revealer_set_reveal_child (self->account_revealer, TRUE);
}

static void
close_account_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_revealer_set_reveal_child (THAW_IMAGES_PAGE (widget)->account_revealer, FALSE);
}

static void
tell_failure (const Flow *self, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    thaw_images_page_say (self->page, _("Cancelled. Nothing was added."), NULL, NULL);
  else if (self->sample && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_autoptr (GError) missing
          = g_error_new (THAW_ERROR, THAW_ERROR_FAILED,
                         _("They are Fashion-MNIST, expected in %s. Install the package “dataset-fashion-mnist”, or drop folders of your own pictures."),
                         SAMPLE_FOLDER);

      thaw_session_tell (self->page->session, _("The sample pictures are not installed"), missing);
    }
  else
    thaw_session_tell (self->page->session, _("No pictures were added"), error);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Flow *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawImportAccount) account = thaw_pictures_import_finish (THAW_PICTURES (source), result, &error);

  g_clear_object (&self->page->importing);
  if (self->page->session && account)
    show_account (self->page, account);
  else if (self->page->session)
    tell_failure (self, error);
  if (self->page->session)
    g_object_notify (source, "busy");
  flow_free (self);
}

static void
import (Flow *self)
{
  ThawImagesPage *page = self->page;
  g_autofree char *why = thaw_images_page_why_not (GTK_WIDGET (page), page);

  if (why)
    {
      thaw_images_page_refuse (page, why);
      flow_free (self);
      return;
    }
  gtk_revealer_set_reveal_child (page->account_revealer, FALSE);
  page->importing = g_cancellable_new ();
  thaw_pictures_import_async (page->pictures, self->items, page->importing, imported_cb, self);
}

/* A folder that mixes pictures and sub-folders: it is one thing or the other, and only the person knows. */
static void
mixed_response_cb (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Flow *self = data;
  ThawImportItem *item = self->items->pdata[self->next];

  if (g_str_equal (response, "cancel"))
    {
      flow_free (self);
      return;
    }
  if (g_str_equal (response, "one"))
    item->class_name = g_path_get_basename (item->path);
  if (item->class_name && !g_utf8_validate (item->class_name, -1, NULL))
    {
      char *display = g_filename_display_name (item->class_name);

      g_free (item->class_name);
      item->class_name = display;
    }
  self->next++;
  go_on (self);
}

static void
ask_about_mixed (Flow *self, const ThawImportItem *item)
{
  g_autofree char *name = g_filename_display_basename (item->path);
  g_autofree char *loose = g_strdup_printf (ngettext ("%u picture", "%u pictures", item->n_loose), item->n_loose);
  g_autofree char *folders = g_strdup_printf (ngettext ("%u sub-folder with pictures", "%u sub-folders with pictures", item->n_folders), item->n_folders);
  g_autofree char *text
      = g_strdup_printf (_("“%s” holds %s beside %s. Either the sub-folders are the classes, and the pictures beside them are left out, or everything in it "
                           "is one class."),
                         name, loose, folders);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self->page))), _("What Is This Folder?"), text);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "one", _("_One Class"), "classes", _("_Sub-Folders Are Classes"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "classes", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "classes");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (mixed_response_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
class_given_cb (ThawImagesPage *page, const char *name, gpointer data)
{
  const Flow *asked = data;
  Flow *self = flow_new (page, NULL, NULL);

  self->items = g_ptr_array_ref (asked->items);
  self->next = asked->next;
  for (guint i = 0; i < self->items->len; i++)
    {
      ThawImportItem *item = self->items->pdata[i];

      if (item->is_picture && !item->class_name)
        item->class_name = g_strdup (name);
    }
  go_on (self);
}

static gboolean
needs_class (const Flow *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      const ThawImportItem *item = self->items->pdata[i];

      if (item->is_picture && !item->class_name)
        return TRUE;
    }
  return FALSE;
}

/* Question by question, then the import; each answer comes back here. */
static void
go_on (Flow *self)
{
  for (; self->next < self->items->len; self->next++)
    {
      ThawImportItem *item = self->items->pdata[self->next];

      if (!item->class_name)
        item->class_name = g_strdup (self->to ? self->to : item->is_picture ? self->shown : NULL);
      if (!item->class_name && item->n_folders > 0)
        {
          ask_about_mixed (self, item);
          return;
        }
    }
  if (needs_class (self))
    thaw_images_page_ask_class (self->page, _("Which Class Are These Pictures?"), _("Loose pictures do not say what they show."), _("_Add"), NULL, class_given_cb,
                                self, (GDestroyNotify) flow_free);
  else
    import (self);
}

static void
examined_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Flow *self = data;

  self->items = thaw_pictures_examine_finish (THAW_PICTURES (source), result, NULL);
  if (self->items && self->page->session)
    go_on (self);
  else
    flow_free (self);
}

/* @to: class for everything; @shown: class for loose pictures, folders say themselves what they are (both nullable) */
static void
begin (ThawImagesPage *self, GPtrArray *files, ThawClass *to, ThawClass *shown)
{
  g_auto (GStrv) paths = thaw_drop_paths (files);
  g_autofree char *why = thaw_images_page_why_not (GTK_WIDGET (self), self);

  if (why)
    thaw_images_page_refuse (self, why);
  else
    thaw_pictures_examine_async (self->pictures, (const char *const *) paths, NULL, examined_cb, flow_new (self, to, shown));
}

void
thaw_images_page_files_dropped_on (ThawImagesPage *self, ThawClass *to, GPtrArray *files)
{
  begin (self, files, to, NULL);
}

static void
dropped_cb (GtkWidget *widget, GPtrArray *files, gpointer data)
{
  ThawImagesPage *self = data;

  begin (self, files, NULL, thaw_class_list_get_class (self->classes));
}

static void
refused_cb (GtkWidget *widget, const char *why, gpointer data)
{
  thaw_images_page_refuse (data, why);
}

static const ThawDropHandler drop_handler = { dropped_cb, thaw_images_page_why_not, refused_cb };

void
thaw_images_page_attach_drop (ThawImagesPage *self)
{
  thaw_drop_attach (GTK_WIDGET (self), &drop_handler, self);
  thaw_drop_add_paste_key (GTK_WIDGET (self), "images.paste");
}

static void
paste_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  thaw_drop_paste (widget, &drop_handler, widget);
}

void
thaw_images_page_choose (ThawImagesPage *self, GtkFileChooserAction action, const char *title, GCallback response)
{
  GtkFileChooser *chooser;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), action, _("_Choose"), _("_Cancel"));
  chooser = GTK_FILE_CHOOSER (self->chooser);
  if (action == GTK_FILE_CHOOSER_ACTION_OPEN)
    {
      GtkFileFilter *pictures = gtk_file_filter_new ();

      gtk_file_filter_set_name (pictures, _("Pictures"));
      gtk_file_filter_add_pixbuf_formats (pictures);
      gtk_file_filter_add_pattern (pictures, "*idx3-ubyte*");
      gtk_file_chooser_add_filter (chooser, pictures);
      g_object_unref (pictures);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", response, self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* (transfer full): of GFile */
static GPtrArray *
chosen_files (GtkFileChooser *chooser)
{
  g_autoptr (GListModel) list = gtk_file_chooser_get_files (chooser);
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    g_ptr_array_add (files, g_list_model_get_item (list, i));
  return files;
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, ThawImagesPage *self)
{
  g_autoptr (GPtrArray) files = chosen_files (GTK_FILE_CHOOSER (dialog));

  gtk_native_dialog_hide (dialog);
  if (response == GTK_RESPONSE_ACCEPT && files->len > 0)
    begin (self, files, NULL, thaw_class_list_get_class (self->classes));
}

static void
choose_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);
  gboolean pictures = g_str_equal (name, "images.choose-pictures");

  thaw_images_page_choose (self, pictures ? GTK_FILE_CHOOSER_ACTION_OPEN : GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                           pictures ? _("Choose Pictures") : _("Choose Folders of Pictures"), G_CALLBACK (chosen_cb));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
}

static void
sample_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  Flow *flow = flow_new (THAW_IMAGES_PAGE (widget), NULL, NULL);
  ThawImportItem *item = thaw_import_item_new (SAMPLE_FOLDER);

  item->limit[THAW_SPLIT_TRAIN] = SAMPLE_TRAIN;
  item->limit[THAW_SPLIT_VALIDATION] = SAMPLE_VALIDATION;
  flow->sample = TRUE;
  flow->items = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
  g_ptr_array_add (flow->items, item);
  import (flow);
}

static void
cancel_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawImagesPage *self = THAW_IMAGES_PAGE (widget);

  if (self->importing)
    g_cancellable_cancel (self->importing);
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawImagesPage) self = data;
  g_autoptr (GError) error = NULL;
  int n = thaw_pictures_locate_finish (THAW_PICTURES (source), result, &error);
  g_autofree char *text = NULL;

  g_clear_object (&self->importing);
  if (!self->session)
    return;
  g_object_notify (source, "busy");
  text = n > 0 ? g_strdup_printf (ngettext ("Found %d picture again.", "Found %d pictures again.", n), n)
               : g_strdup (_("None of the missing pictures is in that folder. Choose the folder that holds them, or one above it."));
  if (!error)
    thaw_images_page_say (self, text, NULL, NULL);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    thaw_session_tell (self->session, _("The pictures were not found again"), error);
}

static void
folder_chosen_cb (GtkNativeDialog *dialog, int response, ThawImagesPage *self)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = folder ? g_file_get_path (folder) : NULL;

  gtk_native_dialog_hide (dialog);
  if (response != GTK_RESPONSE_ACCEPT || !path || self->importing)
    return;
  self->importing = g_cancellable_new ();
  gtk_label_set_text (self->progress_text, _("Looking for the missing pictures…"));
  g_object_notify (G_OBJECT (self->pictures), "busy");
  thaw_pictures_locate_async (self->pictures, path, self->importing, located_cb, g_object_ref (self));
}

static void
locate_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  thaw_images_page_choose (THAW_IMAGES_PAGE (widget), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Where Are the Pictures Now?"), G_CALLBACK (folder_chosen_cb));
}

void
thaw_images_page_install_import (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "images.choose", NULL, choose_cb);
  gtk_widget_class_install_action (klass, "images.choose-pictures", NULL, choose_cb);
  gtk_widget_class_install_action (klass, "images.sample", NULL, sample_cb);
  gtk_widget_class_install_action (klass, "images.paste", NULL, paste_cb);
  gtk_widget_class_install_action (klass, "images.cancel", NULL, cancel_cb);
  gtk_widget_class_install_action (klass, "images.close-account", NULL, close_account_cb);
  gtk_widget_class_install_action (klass, "images.locate", NULL, locate_cb);
}
