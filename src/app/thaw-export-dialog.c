/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-export-dialog.h"
#include "widgets/thaw-drop-down.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-session-export.h>
#include <thaw/thaw-text.h>

/* what can be written */
typedef struct
{
  const char *title, *explanation, *ending, *format;
  gboolean    preprocessing;
  ThawDtype   dtype;
} Format;

/* Of a run that has trained nothing yet, too */
#define TRAINING "pytorch-training"

static const Format formats[] = {
  { N_ ("ONNX, picture in"), N_ ("For ONNX Runtime and others: takes a picture of any size as it is, gives probabilities. Labels and everything done to a picture beforehand are inside."),
    ".onnx", "onnx", TRUE, THAW_DTYPE_F32 },
  { N_ ("ONNX, network alone"), N_ ("For programs that prepare pictures themselves: takes prepared pictures, any number at once, gives logits. How to prepare them is in its metadata."),
    ".onnx", "onnx", FALSE, THAW_DTYPE_F32 },
  { N_ ("TensorFlow Lite"), N_ ("For phones and small boards: takes a picture of the network’s own size, red, green and blue from 0 to 255, gives probabilities. Labels are inside."),
    ".tflite", "tflite", FALSE, THAW_DTYPE_F32 },
  { N_ ("TensorFlow Lite, 16 bit"), N_ ("The same at half the size: each weight as a float16. The answers move a little; how much is measured."), ".tflite", "tflite", FALSE,
    THAW_DTYPE_F16 },
  { N_ ("safetensors"), N_ ("The weights by PyTorch’s names, with labels and all that is needed to rebuild the network in the metadata. Thaw reads it as a backbone."),
    ".safetensors", "safetensors", FALSE, THAW_DTYPE_F32 },
  { N_ ("PyTorch state dict"), N_ ("For PyTorch: what load_state_dict() of torchvision’s or timm’s network takes. A Python file beside it makes the network, with labels and transform."),
    ".pth", "pytorch", FALSE, THAW_DTYPE_F32 },
  { N_ ("timm folder"), N_ ("For timm and the Hugging Face hub: a folder that timm.create_model() loads, with labels and preprocessing. The head must be one linear layer."),
    "", "timm", FALSE, THAW_DTYPE_F32 },
  { N_ ("Keras"), N_ ("For Keras 3: a model that keras.models.load_model() loads. Takes pictures of the network’s size with values from 0 to 255, gives probabilities. Labels are in its metadata.json."),
    ".keras", "keras", FALSE, THAW_DTYPE_F32 },
  { N_ ("PyTorch training"), N_ ("To go on with the training of the run on other machines and GPUs: a folder with its weights, its pictures’ list, its settings and a train.py for torchrun. Bring In a Result on the Runs page brings back what it trained."),
    "", TRAINING, FALSE, THAW_DTYPE_F32 },
  { N_ ("safetensors, 16 bit"), N_ ("Half the size: each weight as a float16. The answers move a little; how much is measured."), ".safetensors", "safetensors", FALSE, THAW_DTYPE_F16 },
  { N_ ("safetensors, bfloat16"), N_ ("Half the size: the range of 32 bits with fewer digits, as accelerators like it. The answers move a little; how much is measured."),
    ".safetensors", "safetensors", FALSE, THAW_DTYPE_BF16 },
};

struct _ThawExportDialog
{
  AdwWindow             parent_instance;
  ThawSession          *session;
  GArray               *runs;         /* gint64, as the rows of the choice */
  GCancellable         *cancellable;  /* (nullable) while it works */
  GFile                *file;         /* (nullable) that was written last */
  GtkFileChooserNative *chooser;      /* (nullable) */

  /* of the template */
  GtkStack             *stack;
  AdwComboRow          *run, *format;
  GtkLabel             *explanation;
  GtkProgressBar       *progress;
  AdwStatusPage        *done;
  GtkButton            *choose, *open_folder, *again;
};

G_DEFINE_FINAL_TYPE (ThawExportDialog, thaw_export_dialog, ADW_TYPE_WINDOW)

static const Format *
chosen_format (const ThawExportDialog *self)
{
  return &formats[MIN (adw_combo_row_get_selected (self->format), G_N_ELEMENTS (formats) - 1)];
}

static void
show_page (ThawExportDialog *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "export.cancel", g_str_equal (name, "busy"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "export.choose", g_str_equal (name, "choose") && self->runs->len > 0);
  thaw_tooltip_set (GTK_WIDGET (self->choose), self->runs->len > 0 ? NULL : _ ("There is no run to export yet: train the network first"));
}

/* --- runs --- */

static char *
title_of (ThawRunItem *item)
{
  g_autofree char *name = NULL, *share = NULL;
  double accuracy;

  g_object_get (item, "name", &name, "accuracy", &accuracy, NULL);
  share = thaw_text_percent (accuracy);
  return isfinite (accuracy) ? g_strdup_printf ("%s, %s", name, share) : g_steal_pointer (&name);
}

/* The one that is chosen, or that the pages show */
static gint64
wanted_run (ThawExportDialog *self)
{
  ThawResults *results = thaw_session_get_results (self->session);
  const guint row = adw_combo_row_get_selected (self->run);

  if (row < self->runs->len)
    return g_array_index (self->runs, gint64, row);
  return results ? thaw_results_get_run (results) : 0;
}

static void
fill_runs (ThawExportDialog *self)
{
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (self->session));
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  const gboolean untrained = g_str_equal (chosen_format (self)->format, TRAINING);
  const gint64 wanted = wanted_run (self);
  guint selected = 0;

  g_array_set_size (self->runs, 0);
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (ThawRunItem) item = g_list_model_get_item (runs, i);
      const gint64 id = thaw_run_item_get_run (item)->id;
      g_autofree char *title = title_of (item);

      if (thaw_run_item_get_run (item)->summary.epochs == 0 && !untrained)
        continue;
      selected = id == wanted ? self->runs->len : selected;
      gtk_string_list_append (titles, title);
      g_array_append_val (self->runs, id);
    }
  adw_combo_row_set_model (self->run, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (self->run, selected);
}

static void
format_cb (ThawExportDialog *self)
{
  gtk_label_set_text (self->explanation, _ (chosen_format (self)->explanation));
  if (!self->session)
    return;
  fill_runs (self);
  show_page (self, "choose");
}

static void
fill_formats (ThawExportDialog *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    gtk_string_list_append (titles, _ (formats[i].title));
  adw_combo_row_set_model (self->format, G_LIST_MODEL (titles));
}

/* --- writing --- */

static void
progress_cb (gpointer data, double share)
{
  ThawExportDialog *self = data;

  if (self->progress)
    gtk_progress_bar_set_fraction (self->progress, share);
}

static void
show_end (ThawExportDialog *self, const ThawExportResult *result, const GError *error)
{
  g_autofree char *words = error ? g_strdup (error->message) : thaw_export_result_words (result), *name = g_file_get_parse_name (self->file);
  g_autofree char *text = error ? g_steal_pointer (&words) : g_strdup_printf ("%s\n\n%s", words, name), *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_title (self->done, error ? _ ("The Network Could Not Be Exported") : _ ("Exported and Checked"));
  adw_status_page_set_description (self->done, markup);
  gtk_widget_set_visible (GTK_WIDGET (self->open_folder), !error);
  gtk_button_set_label (self->again, error ? _ ("Try Again") : _ ("Export Another"));
  show_page (self, "done");
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawExportDialog) self = data;
  g_autoptr (GError) error = NULL;
  ThawExportResult checked = { 0 };

  thaw_session_export_finish (THAW_SESSION (source), result, &checked, &error);
  g_clear_object (&self->cancellable);
  if (!self->session)
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_page (self, "choose");
  else
    show_end (self, &checked, error);
}

static void
show_refusal (ThawExportDialog *self, GIOErrorEnum code, const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, (int) code, text);

  show_end (self, NULL, error);
}

static void
write_now (ThawExportDialog *self, GFile *file)
{
  const Format *format = chosen_format (self);
  const ThawExportOptions options = { .path = g_file_peek_path (file), .format = format->format, .dtype = format->dtype, .preprocessing = format->preprocessing };
  const guint run = adw_combo_row_get_selected (self->run);

  if (self->cancellable || run >= self->runs->len)
    return;
  g_set_object (&self->file, file);
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0);
  show_page (self, "busy");
  thaw_session_export_async (self->session, g_array_index (self->runs, gint64, run), &options, progress_cb, self, self->cancellable, exported_cb, g_object_ref (self));
}

/* Nobody was asked whether a file of the longer name may be replaced. */
static void
looked_for_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawExportDialog) self = data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  g_autofree char *name = g_file_get_parse_name (G_FILE (source)), *text = g_strdup_printf (_ ("%s is there already: choose it by its whole name to replace it."), name);

  if (!self->session)
    return;
  g_set_object (&self->file, G_FILE (source));
  if (info)
    show_refusal (self, G_IO_ERROR_EXISTS, text);
  else
    write_now (self, G_FILE (source));
}

/* A state dict of PyTorch's may be a safetensors file too */
static gboolean
ends_otherwise (const char *path, const Format *format)
{
  const ThawExportFormat wanted = thaw_export_format (&(const ThawExportOptions){ .path = path, .format = format->format });
  const ThawExportFormat named = thaw_export_format (&(const ThawExportOptions){ .path = path });

  return named != THAW_EXPORT_UNKNOWN && named != wanted && !(wanted == THAW_EXPORT_PYTORCH && named == THAW_EXPORT_SAFETENSORS);
}

void
thaw_export_dialog_write (ThawExportDialog *self, GFile *file)
{
  const char *path = g_file_peek_path (file);
  g_autofree char *base = path ? g_path_get_basename (path) : NULL, *whole = path ? g_strconcat (path, chosen_format (self)->ending, NULL) : NULL;
  g_autoptr (GFile) longer = whole ? g_file_new_for_path (whole) : NULL;
  g_autofree char *otherwise = g_strdup_printf (_ ("The name %s is that of another format than the one chosen: choose that format, or another name."), base ? base : "");

  g_set_object (&self->file, file);
  if (!path)
    show_refusal (self, G_IO_ERROR_NOT_SUPPORTED, _ ("This place is not on this machine: choose a folder here."));
  else if (ends_otherwise (path, chosen_format (self)))
    show_refusal (self, G_IO_ERROR_INVALID_ARGUMENT, otherwise);
  else if (strchr (base, '.'))
    write_now (self, file);
  else
    g_file_query_info_async (longer, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, looked_for_cb, g_object_ref (self));
}

/* --- actions --- */

static void
response_cb (GtkNativeDialog *dialog, int response, ThawExportDialog *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  g_clear_object (&self->chooser);
  if (file)
    thaw_export_dialog_write (self, file);
}

static void
choose_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawExportDialog *self = THAW_EXPORT_DIALOG (widget);
  g_autofree char *title = NULL, *name = NULL;

  if (self->chooser)
    return;
  g_object_get (self->session, "title", &title, NULL);
  name = g_strconcat (title && *title ? title : "network", chosen_format (self)->ending, NULL);
  g_strdelimit (name, "/", '-');
  self->chooser = gtk_file_chooser_native_new (_ ("Export"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
cancel_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawExportDialog *self = THAW_EXPORT_DIALOG (widget);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
}

static void
open_folder_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawExportDialog *self = THAW_EXPORT_DIALOG (widget);
  g_autoptr (GFile) folder = self->file ? g_file_get_parent (self->file) : NULL;
  g_autofree char *uri = folder ? g_file_get_uri (folder) : NULL;

  if (uri)
    gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

static void
again_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  show_page (THAW_EXPORT_DIALOG (widget), "choose");
}

/* --- object --- */

static gboolean
thaw_export_dialog_close_request (GtkWindow *window)
{
  cancel_cb (GTK_WIDGET (window), NULL, NULL);
  return GTK_WINDOW_CLASS (thaw_export_dialog_parent_class)->close_request (window);
}

static void
thaw_export_dialog_dispose (GObject *object)
{
  ThawExportDialog *self = THAW_EXPORT_DIALOG (object);

  cancel_cb (GTK_WIDGET (self), NULL, NULL);
  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  g_clear_object (&self->file);
  g_clear_object (&self->session);
  g_clear_pointer (&self->runs, g_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_EXPORT_DIALOG);
  G_OBJECT_CLASS (thaw_export_dialog_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, "/org/thaw/Thaw/thaw-export-dialog.ui");
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, stack);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, run);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, format);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, explanation);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, progress);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, done);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, open_folder);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, choose);
  gtk_widget_class_bind_template_child (klass, ThawExportDialog, again);
  gtk_widget_class_bind_template_callback (klass, format_cb);
}

static void
thaw_export_dialog_class_init (ThawExportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_export_dialog_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = thaw_export_dialog_close_request;
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "export.choose", NULL, choose_cb);
  gtk_widget_class_install_action (widget_class, "export.cancel", NULL, cancel_cb);
  gtk_widget_class_install_action (widget_class, "export.open-folder", NULL, open_folder_cb);
  gtk_widget_class_install_action (widget_class, "export.again", NULL, again_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
thaw_export_dialog_init (ThawExportDialog *self)
{
  self->runs = g_array_new (FALSE, FALSE, sizeof (gint64));
  gtk_widget_init_template (GTK_WIDGET (self));
  thaw_drop_down_name_list (GTK_WIDGET (self->run), _ ("Run"));
  thaw_drop_down_name_list (GTK_WIDGET (self->format), _ ("Format"));
  thaw_name (gtk_widget_get_ancestor (GTK_WIDGET (self->run), GTK_TYPE_LIST_BOX), _ ("What to export"));
  fill_formats (self);
  format_cb (self);
}

GtkWidget *
thaw_export_dialog_new (ThawSession *session, GtkWindow *parent)
{
  ThawExportDialog *self = g_object_new (THAW_TYPE_EXPORT_DIALOG, "transient-for", parent, NULL);

  self->session = g_object_ref (session);
  fill_runs (self);
  show_page (self, "choose");
  return GTK_WIDGET (self);
}
