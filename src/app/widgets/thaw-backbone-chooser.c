/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-backbone-chooser.h"
#include "widgets/thaw-tooltip.h"

#include "widgets/thaw-backbone-browser.h"
#include "widgets/thaw-backbone-row.h"
#include "widgets/thaw-backbone-words.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawBackboneChooser
{
  AdwBin         parent_instance;
  ThawNetwork   *network;
  ThawBackbones *backbones;
  gboolean       training;
  GtkFileChooserNative *dialog;  /* (nullable) */
  GCancellable  *cancellable;

  /* of the template */
  GtkMenuButton *button;
  GtkLabel      *title;
  GtkLabel      *figures;
  GtkLabel      *more;
  GtkWidget     *failure;
  GtkLabel      *error;
  GtkListBox    *missing;
  GtkPopover    *popover;
  ThawBackboneBrowser *browser;
  GtkWidget     *spinner;
};

G_DEFINE_FINAL_TYPE (ThawBackboneChooser, thaw_backbone_chooser, ADW_TYPE_BIN)

enum { FAILED, SAID, N_SIGNALS };
static guint signals[N_SIGNALS];

/* Pixels of the window above and below the list */
#define AROUND 260

/* --- the list --- */

static void
chosen_cb (ThawBackboneChooser *self, ThawBackboneItem *item)
{
  gtk_popover_popdown (self->popover);
  thaw_network_set_backbone (self->network, thaw_backbone_item_get_name (item));
}

static void
shown_cb (ThawBackboneChooser *self)
{
  const int height = gtk_widget_get_height (GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self))));
  g_autofree char *name = NULL;

  g_object_get (self->network, "backbone-name", &name, NULL);
  thaw_backbone_browser_show (self->browser, name, height - AROUND);
  if (!self->training)
    thaw_backbones_measure (self->backbones);
}

/* The project's own, which was missing, is opened at once. Who closed the list meanwhile hears of another one elsewhere. */
static void
downloaded_cb (ThawBackboneChooser *self, ThawBackboneItem *item)
{
  const char *name = thaw_backbone_item_get_name (item);
  g_autofree char *title = NULL, *text = NULL;

  if (g_strcmp0 (thaw_network_get_missing (self->network), name) == 0)
    {
      thaw_network_set_backbone (self->network, name);
      return;
    }
  if (gtk_widget_get_visible (GTK_WIDGET (self->popover)))
    return;
  g_object_get (item, "title", &title, NULL);
  text = g_strdup_printf (_("%s was downloaded and can be chosen"), title);
  g_signal_emit (self, signals[SAID], 0, text);
}

/* The list knows how */
static void
download_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action_variant (GTK_WIDGET (THAW_BACKBONE_CHOOSER (widget)->browser), name, parameter);
}

static void
download_failed_cb (ThawBackboneChooser *self, ThawBackboneItem *item, const GError *error)
{
  if (!gtk_widget_get_visible (GTK_WIDGET (self->popover)))
    g_signal_emit (self, signals[FAILED], 0, _("The download failed"), error);
}

/* --- what is chosen --- */

static void
set_label (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text && *text);
}

/* A file that is in no list, until the list was read again */
static void
describe_model (ThawBackboneChooser *self, const ThawModel *model)
{
  g_autofree char *text = model ? thaw_text_count ((double) thaw_network_get_cost (self->network)->frozen) : NULL;
  g_autofree char *figures = text ? g_strdup_printf (_("%s parameters"), text) : NULL;

  set_label (self->figures, figures);
  set_label (self->more, model ? model->licence : NULL);
}

static void
describe_item (ThawBackboneChooser *self, ThawBackboneItem *item)
{
  const ThawCost *cost = thaw_network_get_cost (self->network);
  g_autofree char *figures = thaw_backbone_words_size (item), *more = thaw_backbone_words_more (item), *licence = NULL, *licence_text = NULL;

  if (cost->measured)
    {
      g_autofree char *seconds = thaw_backbone_words_latency (cost->image_seconds);

      g_object_get (item, "licence", &licence, NULL);
      g_free (more);
      licence_text = thaw_backbone_words_licence (licence);
      more = g_strdup_printf (_("%s an image here, %s"), seconds, licence_text);
    }
  set_label (self->figures, figures);
  set_label (self->more, more);
}

/* What the project wants and the catalogue has */
static void
update_missing (ThawBackboneChooser *self)
{
  const char *name = thaw_network_get_missing (self->network);
  ThawBackboneItem *item = name ? thaw_backbones_find (self->backbones, name) : NULL;
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->missing, 0);
  gboolean installed = TRUE;
  gint64 bytes = 0;

  if (item)
    g_object_get (item, "installed", &installed, "bytes", &bytes, NULL);
  if (installed || bytes == 0)
    item = NULL;
  if (row && thaw_backbone_row_get_item (THAW_BACKBONE_ROW (row)) != item)
    gtk_list_box_remove (self->missing, GTK_WIDGET (row));
  if (item && !gtk_list_box_get_row_at_index (self->missing, 0))
    gtk_list_box_append (self->missing, thaw_backbone_row_new (item));
  gtk_widget_set_visible (GTK_WIDGET (self->missing), item != NULL);
}

static void
update (ThawBackboneChooser *self)
{
  const ThawModel *model = thaw_network_get_model (self->network);
  g_autofree char *name = NULL, *error = NULL, *text = NULL;
  ThawBackboneItem *item;
  gboolean busy;

  g_object_get (self->network, "backbone-name", &name, "error", &error, "busy", &busy, NULL);
  item = name ? thaw_backbones_find (self->backbones, name) : NULL;
  gtk_label_set_text (self->title, model ? model->title : busy ? _("Opening…") : _("No backbone"));
  gtk_widget_set_visible (self->spinner, busy);
  if (item && model)
    describe_item (self, item);
  else
    describe_model (self, model);
  gtk_widget_set_visible (self->failure, error != NULL);
  gtk_label_set_text (self->error, error ? error : "");
  update_missing (self);
  text = g_strdup_printf (_("Backbone: %s"), gtk_label_get_text (self->title));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* --- import --- */

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawBackboneChooser) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = thaw_backbones_import_finish (THAW_BACKBONES (source), result, &error);

  if (!self->network)
    return;
  gtk_widget_set_visible (self->spinner, FALSE);
  if (name)
    thaw_network_set_backbone (self->network, name);
  else
    g_signal_emit (self, signals[FAILED], 0, _("This file cannot be imported as a backbone"), error);
}

static void
response_cb (GtkNativeDialog *dialog, int response, ThawBackboneChooser *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file)
    {
      gtk_widget_set_visible (self->spinner, TRUE);
      thaw_backbones_import_async (self->backbones, file, self->cancellable, imported_cb, g_object_ref (self));
    }
  gtk_native_dialog_destroy (dialog);
  g_clear_object (&self->dialog);
}

static GtkFileFilter *
model_files (void)
{
  static const char *const suffixes[] = { "safetensors", "pth", "pt", "onnx", "tflite", "keras", "h5", "zip", "json" };
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _("Networks and weights"));
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    gtk_file_filter_add_suffix (filter, suffixes[i]);
  return filter;
}

static void
import_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawBackboneChooser *self = THAW_BACKBONE_CHOOSER (widget);
  g_autoptr (GtkFileFilter) models = model_files (), all = gtk_file_filter_new ();
  GtkRoot *root = gtk_widget_get_root (widget);

  gtk_popover_popdown (self->popover);
  if (self->dialog)
    return;
  self->dialog = gtk_file_chooser_native_new (_("Import a Backbone"), GTK_WINDOW (root), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Import"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->dialog), TRUE);
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->dialog), models);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->dialog), all);
  g_signal_connect_object (self->dialog, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->dialog));
}

/* --- widget --- */

void
thaw_backbone_chooser_set_network (ThawBackboneChooser *self, ThawNetwork *network)
{
  g_return_if_fail (!self->network);
  self->network = g_object_ref (network);
  self->backbones = thaw_backbones_new ();
  thaw_backbone_browser_set_backbones (self->browser, self->backbones);
  g_signal_connect_object (self->backbones, "downloaded", G_CALLBACK (downloaded_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->backbones, "failed", G_CALLBACK (download_failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->backbones, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::backbone-name", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::busy", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::error", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::model", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (network, "notify::cost", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
thaw_backbone_chooser_set_problem (ThawBackboneChooser *self, const char *problem)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), problem == NULL);
  thaw_tooltip_set (GTK_WIDGET (self), problem);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "backbone.import", problem == NULL);
}

void
thaw_backbone_chooser_set_training (ThawBackboneChooser *self, gboolean training)
{
  self->training = training;
  if (training)
    thaw_backbones_stop_measuring (self->backbones);
}

static void
thaw_backbone_chooser_dispose (GObject *object)
{
  ThawBackboneChooser *self = THAW_BACKBONE_CHOOSER (object);

  g_cancellable_cancel (self->cancellable);
  if (self->dialog)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->dialog));
  g_clear_object (&self->dialog);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_BACKBONE_CHOOSER);
  g_clear_object (&self->backbones);
  g_clear_object (&self->network);
  G_OBJECT_CLASS (thaw_backbone_chooser_parent_class)->dispose (object);
}

static void
thaw_backbone_chooser_finalize (GObject *object)
{
  g_object_unref (THAW_BACKBONE_CHOOSER (object)->cancellable);
  G_OBJECT_CLASS (thaw_backbone_chooser_parent_class)->finalize (object);
}

static void
thaw_backbone_chooser_class_init (ThawBackboneChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_backbone_chooser_dispose;
  G_OBJECT_CLASS (klass)->finalize = thaw_backbone_chooser_finalize;
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_STRING, G_TYPE_ERROR);
  signals[SAID] = g_signal_new ("said", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_type_ensure (THAW_TYPE_BACKBONE_BROWSER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-backbone-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, button);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, title);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, figures);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, more);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, failure);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, error);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, missing);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, popover);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, browser);
  gtk_widget_class_bind_template_child (widget_class, ThawBackboneChooser, spinner);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, shown_cb);
  gtk_widget_class_install_action (widget_class, "backbone.import", NULL, import_cb);
  gtk_widget_class_install_action (widget_class, "backbone.download", "s", download_cb);
  gtk_widget_class_install_action (widget_class, "backbone.stop", "s", download_cb);
}

static void
thaw_backbone_chooser_init (ThawBackboneChooser *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
