/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-try-view.h"
#include "widgets/thaw-drop.h"
#include "widgets/thaw-predictions-table.h"
#include "widgets/thaw-probabilities.h"
#include "widgets/thaw-sample-picture.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

#define LARGE_SIDE 1200
/* Below this the network is not sure */
#define SURE .6
/* Most answers are there before this, in milliseconds: nothing flickers */
#define PATIENCE 150

struct _ThawTryView
{
  AdwBin                parent_instance;
  ThawSession          *session;
  ThawResults          *results;
  GCancellable         *asking;       /* of the one picture */
  ThawPredictions      *predictions;  /* of many (nullable) */
  GCancellable         *copying;      /* (nullable) */
  GtkFileChooserNative *chooser;      /* (nullable) */
  GtkWidget            *large_picture;
  guint                 busy_id;      /* until it is said that something is being looked at */

  /* of the template */
  GtkStack             *stack;
  GtkSpinner           *spinner;
  AdwBin               *picture;
  GtkLabel             *answer, *name, *progress_text;
  ThawProbabilities    *probabilities;
  GtkButton            *stop, *save, *copy;
  GtkProgressBar       *progress;
  ThawPredictionsTable *table;
};

G_DEFINE_FINAL_TYPE (ThawTryView, thaw_try_view, ADW_TYPE_BIN)

static void
show_page (ThawTryView *self, const char *name)
{
  g_clear_handle_id (&self->busy_id, g_source_remove);
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_spinner_set_spinning (self->spinner, g_str_equal (name, "busy"));
}

static gboolean
busy_cb (gpointer data)
{
  ThawTryView *self = data;

  self->busy_id = 0;
  show_page (self, "busy");
  return G_SOURCE_REMOVE;
}

static void
tell (ThawTryView *self, const char *title, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    thaw_session_tell (self->session, title, error);
}

/* What was asked before is no longer waited for. */
static GCancellable *
ask_anew (ThawTryView *self)
{
  if (self->asking)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  self->asking = g_cancellable_new ();
  return self->asking;
}

/* --- one picture --- */

static char *
answer_of (const float *probabilities, const char *const *labels)
{
  g_autofree char *percent = NULL;
  guint best = 0;

  for (guint k = 0; labels[k]; k++)
    best = probabilities[k] > probabilities[best] ? k : best;
  percent = thaw_text_percent ((double) probabilities[best]);
  if ((double) probabilities[best] < SURE)
    return g_strdup_printf (_ ("The network is not sure: most likely “%s” (%s)."), labels[best], percent);
  return g_strdup_printf (_ ("“%s” (%s)"), labels[best], percent);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree float *probabilities = thaw_results_predict_finish (THAW_RESULTS (source), result, &error);
  const char *const *labels = thaw_results_get_labels (THAW_RESULTS (source));
  g_autofree char *answer = probabilities && labels ? answer_of (probabilities, labels) : NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->results)
    return;
  if (!answer)
    {
      show_page (self, "nothing");
      if (error)
        tell (self, _ ("The picture could not be looked at"), error);
      return;
    }
  gtk_label_set_text (self->answer, answer);
  thaw_probabilities_set (self->probabilities, probabilities, labels, -1);
  show_page (self, "one");
}

static void
try_one (ThawTryView *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file), *name = g_file_get_parse_name (file);

  thaw_sample_picture_set (THAW_SAMPLE_PICTURE (self->large_picture), path, -1);
  gtk_label_set_text (self->name, name);
  thaw_tooltip_set (GTK_WIDGET (self->name), name);
  thaw_results_predict_async (self->results, file, ask_anew (self), answered_cb, g_object_ref (self));
}

/* --- a picture of the clipboard: written as a file's content in a thread --- */

static void
encode_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, gdk_texture_save_to_png_bytes (data), (GDestroyNotify) g_bytes_unref);
}

static void
encoded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawTryView *self = THAW_TRY_VIEW (source);
  g_autoptr (GBytes) bytes = g_task_propagate_pointer (G_TASK (result), NULL);

  if (bytes && self->results)
    thaw_results_predict_bytes_async (self->results, bytes, ask_anew (self), answered_cb, g_object_ref (self));
}

static void
try_texture (ThawTryView *self, GdkTexture *texture)
{
  g_autoptr (GTask) task = g_task_new (self, ask_anew (self), encoded_cb, NULL);

  thaw_sample_picture_set_texture (THAW_SAMPLE_PICTURE (self->large_picture), texture);
  gtk_label_set_text (self->name, _ ("Pasted picture"));
  g_task_set_task_data (task, g_object_ref (texture), g_object_unref);
  g_task_run_in_thread (task, encode_cb);
}

/* --- many pictures --- */

/* One line; whole in its tooltip */
static void
say (ThawTryView *self, const char *text)
{
  gtk_label_set_text (self->progress_text, text);
  thaw_tooltip_set (GTK_WIDGET (self->progress_text), text);
}

static gboolean
is_busy (const ThawTryView *self)
{
  gboolean busy = FALSE;

  if (self->predictions)
    g_object_get (self->predictions, "busy", &busy, NULL);
  return busy;
}

static char *
progress_of (const ThawTryView *self, guint done, guint total, guint failed)
{
  g_autofree char *lost = failed ? g_strdup_printf (ngettext (" %u could not be read.", " %u could not be read.", failed), failed) : g_strdup ("");

  if (is_busy (self) && total == 0)
    return g_strdup (_ ("Looking for pictures…"));
  if (is_busy (self))
    return g_strdup_printf (ngettext ("%u of %u picture.%s", "%u of %u pictures.%s", total), done, total, lost);
  if (done < total)
    return g_strdup_printf (ngettext ("Cancelled after %u of %u picture.%s", "Cancelled after %u of %u pictures.%s", total), done, total, lost);
  return g_strdup_printf (ngettext ("%u picture.%s", "%u pictures.%s", done), done, lost);
}

static void
update_actions (ThawTryView *self)
{
  const gboolean some = self->predictions && g_list_model_get_n_items (G_LIST_MODEL (self->predictions)) > 0, idle = !is_busy (self) && !self->copying;
  const char *why_not = idle ? _ ("There are no answers yet") : _ ("Wait until all pictures are done, or cancel");

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.save-csv", some && idle);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.copy-by-class", some && idle);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "results.stop-predicting", !idle);
  thaw_tooltip_set (GTK_WIDGET (self->save), some && idle ? _ ("A table of all answers, for a spreadsheet or a script") : why_not);
  thaw_tooltip_set (GTK_WIDGET (self->copy), some && idle ? _ ("Copies each picture into a folder named by its class; the pictures themselves stay where they are") : why_not);
  gtk_widget_set_visible (GTK_WIDGET (self->stop), !idle);
  gtk_widget_set_opacity (GTK_WIDGET (self->progress), idle ? 0 : 1);
}

static void
predictions_notify_cb (ThawTryView *self)
{
  g_autofree char *text = NULL, *error = NULL;
  guint done, total, failed;

  g_object_get (self->predictions, "done", &done, "total", &total, "failed", &failed, "error", &error, NULL);
  text = progress_of (self, done, total, failed);
  say (self, error ? error : text);
  gtk_progress_bar_set_fraction (self->progress, total ? (double) done / total : 0);
  update_actions (self);
}

static void
forget_predictions (ThawTryView *self)
{
  if (!self->predictions)
    return;
  g_signal_handlers_disconnect_by_data (self->predictions, self);
  thaw_predictions_cancel (self->predictions);
  g_clear_object (&self->predictions);
}

static void
try_many (ThawTryView *self, GPtrArray *files)
{
  forget_predictions (self);
  self->predictions = thaw_predictions_new (self->results, files);
  g_signal_connect_swapped (self->predictions, "notify", G_CALLBACK (predictions_notify_cb), self);
  thaw_predictions_table_set (self->table, self->predictions);
  predictions_notify_cb (self);
  show_page (self, "many");
}

static void
stop_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawTryView *self = THAW_TRY_VIEW (widget);

  if (self->copying)
    g_cancellable_cancel (self->copying);
  else if (self->predictions)
    thaw_predictions_cancel (self->predictions);
}

/* --- what is tried --- */

static void
queried_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->results)
    return;
  g_ptr_array_add (files, source);
  if (!info)
    {
      show_page (self, "nothing");
      tell (self, _ ("The picture could not be looked at"), error);
    }
  else if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    try_many (self, files);
  else
    try_one (self, G_FILE (source));
}

void
thaw_try_view_try_files (ThawTryView *self, GPtrArray *files)
{
  if (!self->results || files->len == 0)
    return;
  if (files->len > 1)
    {
      ask_anew (self);
      try_many (self, files);
      return;
    }
  g_clear_handle_id (&self->busy_id, g_source_remove);
  self->busy_id = g_timeout_add (PATIENCE, busy_cb, self);
  g_file_query_info_async (g_ptr_array_index (files, 0), G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, ask_anew (self), queried_cb,
                           g_object_ref (self));
}

static void
texture_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = gdk_clipboard_read_texture_finish (GDK_CLIPBOARD (source), result, &error);

  if (texture && self->results)
    try_texture (self, texture);
  else if (self->results)
    tell (self, _ ("There is no picture in the clipboard"), error);
}

static void
files_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);
  g_autoptr (GPtrArray) files = value ? thaw_drop_value_files (value) : NULL;

  if (files && files->len > 0)
    thaw_try_view_try_files (self, files);
  else if (error && self->results)
    tell (self, _ ("There is no picture in the clipboard"), error);
}

void
thaw_try_view_paste (ThawTryView *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));

  if (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_FILE_LIST)
      || gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "text/uri-list"))
    gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL, files_read_cb, g_object_ref (self));
  else
    gdk_clipboard_read_texture_async (clipboard, NULL, texture_read_cb, g_object_ref (self));
}

/* --- choosers --- */

/* @use: with the file that was chosen */
typedef void (*ChosenFunc) (ThawTryView *self, GFile *file);

static void
response_cb (GtkNativeDialog *dialog, int response, ThawTryView *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  ChosenFunc use = g_object_get_data (G_OBJECT (dialog), "use");

  g_clear_object (&self->chooser);
  if (file)
    use (self, file);
}

static GtkFileChooserNative *
choose (ThawTryView *self, const char *title, GtkFileChooserAction action, const char *accept, ChosenFunc use)
{
  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_object_set_data (G_OBJECT (self->chooser), "use", use);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  return self->chooser;
}

static void
try_chosen (ThawTryView *self, GFile *file)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  g_ptr_array_add (files, file);
  thaw_try_view_try_files (self, files);
}

static void
try_picture_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *chooser = choose (THAW_TRY_VIEW (widget), _ ("Choose a picture"), GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Try"), try_chosen);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Pictures"));
  gtk_file_filter_add_mime_type (filter, "image/*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
try_folder_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (choose (THAW_TRY_VIEW (widget), _ ("Choose a folder of pictures"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Try"), try_chosen)));
}

/* --- saving --- */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;

  if (thaw_predictions_save_finish (THAW_PREDICTIONS (source), result, &error))
    say (self, _ ("The table was saved."));
  else if (self->session)
    tell (self, _ ("The table could not be saved"), error);
}

static void
save_to (ThawTryView *self, GFile *file)
{
  if (self->predictions)
    thaw_predictions_save_async (self->predictions, file, NULL, saved_cb, g_object_ref (self));
}

static void
save_csv_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *chooser = choose (THAW_TRY_VIEW (widget), _ ("Save the table"), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), save_to);

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), "predictions.csv");
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
copy_progress_cb (gpointer data, guint done, guint total)
{
  ThawTryView *self = data;
  g_autofree char *text = g_strdup_printf (ngettext ("%u of %u picture copied.", "%u of %u pictures copied.", total), done, total);

  if (!self->copying)
    return;
  say (self, text);
  gtk_progress_bar_set_fraction (self->progress, (double) done / MAX (total, 1));
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawTryView) self = data;
  g_autoptr (GError) error = NULL;
  guint copied = 0;
  gboolean good = thaw_predictions_copy_finish (THAW_PREDICTIONS (source), result, &copied, &error);
  g_autofree char *text = g_strdup_printf (ngettext ("%u picture was copied.", "%u pictures were copied.", copied), copied);

  g_clear_object (&self->copying);
  if (!self->session)
    return;
  update_actions (self);
  say (self, good ? text : error->message);
  if (!good)
    tell (self, _ ("Not all pictures could be copied"), error);
}

static void
copy_to (ThawTryView *self, GFile *folder)
{
  if (!self->predictions || self->copying)
    return;
  self->copying = g_cancellable_new ();
  update_actions (self);
  thaw_predictions_copy_async (self->predictions, folder, copy_progress_cb, self->copying, copied_cb, g_object_ref (self));
}

static void
copy_by_class_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (choose (THAW_TRY_VIEW (widget), _ ("Copy into folders by class in"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Copy Here"), copy_to)));
}

/* --- object --- */

static void
run_changed_cb (ThawTryView *self)
{
  ask_anew (self);
  forget_predictions (self);
  thaw_predictions_table_set (self->table, NULL);
  update_actions (self);
  show_page (self, "nothing");
}

void
thaw_try_view_set_session (ThawTryView *self, ThawSession *session)
{
  g_set_object (&self->session, session);
  g_set_object (&self->results, thaw_session_get_results (session));
  if (self->results)
    g_signal_connect_object (self->results, "notify::run", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
}

static void
thaw_try_view_dispose (GObject *object)
{
  ThawTryView *self = THAW_TRY_VIEW (object);

  g_clear_handle_id (&self->busy_id, g_source_remove);
  if (self->asking)
    g_cancellable_cancel (self->asking);
  if (self->copying)
    g_cancellable_cancel (self->copying);
  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->asking);
  g_clear_object (&self->copying);
  g_clear_object (&self->chooser);
  forget_predictions (self);
  g_clear_object (&self->results);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_TRY_VIEW);
  G_OBJECT_CLASS (thaw_try_view_parent_class)->dispose (object);
}

static void
thaw_try_view_class_init (ThawTryViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_try_view_dispose;
  g_type_ensure (THAW_TYPE_PROBABILITIES);
  g_type_ensure (THAW_TYPE_PREDICTIONS_TABLE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-try-view.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, stack);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, spinner);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, picture);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, answer);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, name);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, progress_text);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, probabilities);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, stop);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, save);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, copy);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, progress);
  gtk_widget_class_bind_template_child (widget_class, ThawTryView, table);
  gtk_widget_class_install_action (widget_class, "results.try-picture", NULL, try_picture_cb);
  gtk_widget_class_install_action (widget_class, "results.try-folder", NULL, try_folder_cb);
  gtk_widget_class_install_action (widget_class, "results.stop-predicting", NULL, stop_cb);
  gtk_widget_class_install_action (widget_class, "results.save-csv", NULL, save_csv_cb);
  gtk_widget_class_install_action (widget_class, "results.copy-by-class", NULL, copy_by_class_cb);
}

static void
thaw_try_view_init (ThawTryView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->large_picture = thaw_sample_picture_new (LARGE_SIDE);
  adw_bin_set_child (self->picture, self->large_picture);
  update_actions (self);
}
