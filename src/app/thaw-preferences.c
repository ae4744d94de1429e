/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-preferences.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-feature-cache.h>
#include <thaw/thaw-text.h>

struct _ThawPreferences
{
  AdwPreferencesWindow parent_instance;
  GSettings           *settings;
  char                *cache_folder;
  GCancellable        *cancellable;

  /* of the template */
  GtkSpinButton       *threads;
  GtkAdjustment       *threads_adjustment, *memory, *disk;
  AdwActionRow        *cache;
  GtkWidget           *clear;
};

G_DEFINE_FINAL_TYPE (ThawPreferences, thaw_preferences, ADW_TYPE_PREFERENCES_WINDOW)

#define MIB (1 << 20)
#define GIB (1 << 30)

/* A setting in bytes, an adjustment in units of them */
static gboolean
bytes_to_units (GValue *value, GVariant *variant, gpointer unit)
{
  g_value_set_double (value, (double) g_variant_get_uint64 (variant) / GPOINTER_TO_SIZE (unit));
  return TRUE;
}

static GVariant *
units_to_bytes (const GValue *value, const GVariantType *type, gpointer unit)
{
  return g_variant_new_uint64 ((guint64) (rint (g_value_get_double (value) * GPOINTER_TO_SIZE (unit))));
}

static gboolean
number_to_double (GValue *value, GVariant *variant, gpointer data)
{
  g_value_set_double (value, g_variant_get_uint32 (variant));
  return TRUE;
}

static GVariant *
double_to_number (const GValue *value, const GVariantType *type, gpointer data)
{
  return g_variant_new_uint32 ((guint32) rint (g_value_get_double (value)));
}

/* 0 threads are as many as there are processors */
static gboolean
threads_output_cb (GtkSpinButton *spin)
{
  g_autofree char *text = NULL;

  if (gtk_spin_button_get_value_as_int (spin) > 0)
    return FALSE;
  text = g_strdup_printf (_("All %u"), g_get_num_processors ());
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (spin)), text))
    gtk_editable_set_text (GTK_EDITABLE (spin), text);
  return TRUE;
}

static int
threads_input_cb (GtkSpinButton *spin, double *value)
{
  char *end;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));
  guint64 number = g_ascii_strtoull (text, &end, 10);

  *value = end == text ? 0 : (double) MIN (number, 1000);
  return TRUE;
}

/* The features on the disk, in a thread: they may be many files */
static void
measure (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_int (task, (gssize) thaw_feature_cache_usage (data));
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawPreferences *self = THAW_PREFERENCES (source);
  gssize bytes = g_task_propagate_int (G_TASK (result), NULL);
  g_autofree char *size = bytes > 0 ? thaw_text_bytes ((double) bytes) : NULL;
  g_autofree char *text = size ? g_strdup_printf (_("%s are kept now. Without them the next training computes them again."), size) : NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  adw_action_row_set_subtitle (self->cache, text ? text : _("Nothing is kept now."));
  gtk_widget_set_sensitive (self->clear, bytes > 0);
  thaw_tooltip_set (self->clear, bytes > 0 ? _("Delete what is kept") : _("There is nothing to delete"));
}

static void
measure_cache (ThawPreferences *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, measured_cb, NULL);

  g_task_set_task_data (task, g_strdup (self->cache_folder), g_free);
  g_task_run_in_thread (task, measure);
}

static void
delete_all (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (thaw_feature_cache_trim (data, 0, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawPreferences *self = THAW_PREFERENCES (source);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (error->message));
  if (!g_cancellable_is_cancelled (self->cancellable))
    measure_cache (self);
}

static void
clear_cache (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ThawPreferences *self = THAW_PREFERENCES (widget);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, deleted_cb, NULL);

  gtk_widget_set_sensitive (self->clear, FALSE);
  g_task_set_task_data (task, g_strdup (self->cache_folder), g_free);
  g_task_run_in_thread (task, delete_all);
}

static void
bind_settings (ThawPreferences *self)
{
  g_settings_bind_with_mapping (self->settings, "threads", self->threads_adjustment, "value", G_SETTINGS_BIND_DEFAULT, number_to_double,
                                double_to_number, NULL, NULL);
  g_settings_bind_with_mapping (self->settings, "memory", self->memory, "value", G_SETTINGS_BIND_DEFAULT, bytes_to_units, units_to_bytes,
                                GSIZE_TO_POINTER (MIB), NULL);
  g_settings_bind_with_mapping (self->settings, "disk", self->disk, "value", G_SETTINGS_BIND_DEFAULT, bytes_to_units, units_to_bytes,
                                GSIZE_TO_POINTER (GIB), NULL);
}

static void
thaw_preferences_dispose (GObject *object)
{
  ThawPreferences *self = THAW_PREFERENCES (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->cache_folder, g_free);
  G_OBJECT_CLASS (thaw_preferences_parent_class)->dispose (object);
}

static void
thaw_preferences_class_init (ThawPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, threads);
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, threads_adjustment);
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, memory);
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, disk);
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, cache);
  gtk_widget_class_bind_template_child (widget_class, ThawPreferences, clear);
  gtk_widget_class_bind_template_callback (widget_class, threads_output_cb);
  gtk_widget_class_bind_template_callback (widget_class, threads_input_cb);
  gtk_widget_class_install_action (widget_class, "preferences.clear-cache", NULL, clear_cache);
}

static void
thaw_preferences_init (ThawPreferences *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_adjustment_set_upper (self->threads_adjustment, g_get_num_processors ());
}

GtkWidget *
thaw_preferences_new (GSettings *settings, const char *cache_folder)
{
  ThawPreferences *self = g_object_new (THAW_TYPE_PREFERENCES, NULL);

  self->settings = g_object_ref (settings);
  self->cache_folder = g_strdup (cache_folder);
  bind_settings (self);
  measure_cache (self);
  return GTK_WIDGET (self);
}
