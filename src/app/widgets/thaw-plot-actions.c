/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-actions.h"
#include "widgets/thaw-plot-export.h"

#include <glib/gi18n.h>

#define KEY_ZOOM 1.4

static ThawPlotCanvas *
canvas_of (GtkWidget *widget)
{
  return thaw_plot_get_canvas (THAW_PLOT (widget));
}

/* Around the cursor where there is one, else around the middle */
static void
zoom_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawPlotCanvas *canvas = canvas_of (widget);
  double place = (canvas->scene.left + canvas->scene.right) / 2;

  if (canvas->cursor != THAW_PLOT_NO_CURSOR)
    place = thaw_plot_scale_place (&canvas->scene.x, canvas->cursor_x);
  if (thaw_plot_canvas_has_points (canvas))
    thaw_plot_canvas_zoom (canvas, FALSE, CLAMP (place, canvas->scene.left, canvas->scene.right),
                           g_str_equal (name, "plot.zoom-in") ? KEY_ZOOM : 1 / KEY_ZOOM);
}

static void
reset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  thaw_plot_canvas_reset (canvas_of (widget), TRUE, TRUE);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawPlotCanvas *canvas = canvas_of (widget);
  int width, height;
  g_autoptr (GdkTexture) texture = NULL;

  thaw_plot_export_size (canvas, &width, &height);
  texture = thaw_plot_export_texture (canvas, width, height, 2);
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (widget), texture);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawPlot) self = data;
  g_autoptr (GError) error = NULL;

  if (!thaw_plot_save_finish (THAW_PLOT_CANVAS (source), result, &error))
    thaw_plot_fail (self, _("The plot was not saved"), error);
}

static void
response_cb (GtkNativeDialog *dialog, int response, ThawPlot *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      ThawPlotFile kind = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "kind"));

      thaw_plot_save_async (thaw_plot_get_canvas (self), kind, file, NULL, saved_cb, g_object_ref (self));
    }
  g_object_set_data (G_OBJECT (self), "chooser", NULL);
}

static void
choose_file (GtkWidget *widget, ThawPlotFile kind, const char *ending, const char *kind_name)
{
  ThawPlotCanvas *canvas = canvas_of (widget);
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_("Save the Plot"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  GtkFileFilter *filter = gtk_file_filter_new ();
  g_autofree char *title = g_strdup (canvas->title && *canvas->title ? canvas->title : _("Plot"));
  g_autofree char *name = g_strconcat (g_strdelimit (title, "/\\:", '-'), ending, NULL);

  gtk_file_filter_set_name (filter, kind_name);
  gtk_file_filter_add_suffix (filter, ending + 1);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  g_object_unref (filter);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data (G_OBJECT (dialog), "kind", GINT_TO_POINTER (kind));
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), widget, 0);
  /* it goes with the plot, which may go first */
  g_object_set_data_full (G_OBJECT (widget), "chooser", dialog, g_object_unref);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  if (g_str_equal (name, "plot.save-svg"))
    choose_file (widget, THAW_PLOT_SVG, ".svg", _("Drawings (SVG)"));
  else if (g_str_equal (name, "plot.save-png"))
    choose_file (widget, THAW_PLOT_PNG, ".png", _("Pictures (PNG)"));
  else
    choose_file (widget, THAW_PLOT_CSV, ".csv", _("Tables (CSV)"));
}

/* Not while GTK still delivers the event that closed it */
static gboolean
unparent_cb (gpointer popover)
{
  if (gtk_widget_get_parent (popover))
    gtk_widget_unparent (popover);
  return G_SOURCE_REMOVE;
}

static void
closed_cb (GtkPopover *popover, ThawPlotCanvas *canvas)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent_cb, g_object_ref (popover), g_object_unref);
}

/* Where the pointer is, or at the keyboard's cursor */
static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ThawPlotCanvas *canvas = canvas_of (widget);
  GtkWidget *popover = gtk_popover_menu_new_from_model (thaw_plot_menu ());
  double x = canvas->pointer_x, y = canvas->pointer_y;

  if (x < 0)
    {
      x = canvas->cursor == THAW_PLOT_KEYS ? thaw_plot_scale_place (&canvas->scene.x, canvas->cursor_x) : gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.;
      y = gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.;
    }
  gtk_widget_set_parent (popover, GTK_WIDGET (canvas));
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), canvas);
  gtk_popover_popup (GTK_POPOVER (popover));
}

void
thaw_plot_install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "plot.zoom-in", NULL, zoom_action);
  gtk_widget_class_install_action (klass, "plot.zoom-out", NULL, zoom_action);
  gtk_widget_class_install_action (klass, "plot.reset", NULL, reset_action);
  gtk_widget_class_install_action (klass, "plot.copy", NULL, copy_action);
  gtk_widget_class_install_action (klass, "plot.save-svg", NULL, save_action);
  gtk_widget_class_install_action (klass, "plot.save-png", NULL, save_action);
  gtk_widget_class_install_action (klass, "plot.save-csv", NULL, save_action);
  gtk_widget_class_install_action (klass, "plot.menu", NULL, menu_action);
  gtk_widget_class_install_property_action (klass, "plot.log-y", "log-y");
  gtk_widget_class_install_property_action (klass, "plot.x-unit", "x-unit");
  gtk_widget_class_install_property_action (klass, "plot.smoothing", "smoothing");
}

static void
add_section (GMenu *menu, GMenu *section)
{
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  g_object_unref (section);
}

static void
add_submenu (GMenu *menu, const char *label, GMenu *submenu)
{
  g_menu_append_submenu (menu, label, G_MENU_MODEL (submenu));
  g_object_unref (submenu);
}

static GMenu *
axis_section (void)
{
  GMenu *section = g_menu_new (), *units = g_menu_new (), *smoothing = g_menu_new ();

  g_menu_append (units, _("Epochs"), "plot.x-unit::epoch");
  g_menu_append (units, _("Steps"), "plot.x-unit::step");
  g_menu_append (units, _("Time"), "plot.x-unit::time");
  g_menu_append (smoothing, _("None"), "plot.smoothing(0.0)");
  g_menu_append (smoothing, _("Little (0.6)"), "plot.smoothing(0.6)");
  g_menu_append (smoothing, _("Medium (0.9)"), "plot.smoothing(0.9)");
  g_menu_append (smoothing, _("Strong (0.99)"), "plot.smoothing(0.99)");
  add_submenu (section, _("Horizontal Axis"), units);
  add_submenu (section, _("Smoothing"), smoothing);
  g_menu_append (section, _("Logarithmic Axis"), "plot.log-y");
  return section;
}

static GMenu *
new_menu (void)
{
  GMenu *menu = g_menu_new (), *view = g_menu_new (), *files = g_menu_new ();

  g_menu_append (view, _("Zoom In"), "plot.zoom-in");
  g_menu_append (view, _("Zoom Out"), "plot.zoom-out");
  g_menu_append (view, _("Show Everything"), "plot.reset");
  g_menu_append (files, _("Copy as Picture"), "plot.copy");
  g_menu_append (files, _("Save as SVG..."), "plot.save-svg");
  g_menu_append (files, _("Save as PNG..."), "plot.save-png");
  g_menu_append (files, _("Save Values as CSV..."), "plot.save-csv");
  add_section (menu, view);
  add_section (menu, axis_section ());
  add_section (menu, files);
  return menu;
}

GMenuModel *
thaw_plot_menu (void)
{
  static GMenu *menu;

  if (!menu)
    menu = new_menu ();
  return G_MENU_MODEL (menu);
}
