/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"

#include <glib/gi18n.h>

/* The widget that an action's prefix belongs to */
static GtkWidget *
owner_of (ThawWindow *self, const char *action)
{
  const struct { const char *prefix, *page; GtkWidget *widget; } owners[] = {
    { "images.", "images", GTK_WIDGET (self->images) },       { "training.", "training", GTK_WIDGET (self->training) },
    { "results.", "results", GTK_WIDGET (self->results) },    { "runs.", "runs", GTK_WIDGET (self->runs) },
    { "tree.", NULL, GTK_WIDGET (self->sidebar) },            { "head.", NULL, GTK_WIDGET (self->sidebar) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (owners); i++)
    if (g_str_has_prefix (action, owners[i].prefix))
      {
        if (owners[i].page)
          thaw_window_show_page (self, owners[i].page);
        return owners[i].widget;
      }
  return GTK_WIDGET (self);
}

void
thaw_window_activate_detailed (ThawWindow *self, const char *detailed)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  g_autoptr (GError) error = NULL;

  if (g_action_parse_detailed_name (detailed, &name, &target, &error))
    gtk_widget_activate_action_variant (owner_of (self, name), name, target);
  else
    g_warning ("%s", error->message);
}

/* TRUE when the person is being told that already */
static gboolean
is_told (ThawWindow *self, const char *title, const char *text)
{
  g_autofree char *both = g_strconcat (title, "\n", text, NULL);

  if (g_ptr_array_find_with_equal_func (self->texts, both, g_str_equal, NULL))
    return TRUE;
  g_ptr_array_add (self->texts, g_steal_pointer (&both));
  return FALSE;
}

/* @what: a toast or a dialog that is gone */
static void
forget_text (ThawWindow *self, GObject *what)
{
  const char *text = g_object_get_data (what, "thaw-text");
  guint i;

  if (self->texts && text && g_ptr_array_find_with_equal_func (self->texts, text, g_str_equal, &i))
    g_ptr_array_remove_index (self->texts, i);
}

static void
dismissed_cb (AdwToast *toast, ThawWindow *self)
{
  forget_text (self, G_OBJECT (toast));
  if (self->shown)
    g_ptr_array_remove (self->shown, toast);
  gtk_revealer_set_reveal_child (self->toast_strip, self->shown && self->shown->len > 0);
}

/* One that offers the same is about what is past: its Undo would take back something else. Nobody waits for it to go before the new one is read. */
static void
dismiss_older (ThawWindow *self, const char *action)
{
  for (guint i = self->shown->len; action && i > 0; i--)
    {
      AdwToast *toast = self->shown->pdata[i - 1];

      if (g_strcmp0 (g_object_get_data (G_OBJECT (toast), "thaw-action"), action) == 0)
        adw_toast_dismiss (toast);
    }
}

static void
toast_button_cb (AdwToast *toast, ThawWindow *self)
{
  thaw_window_activate_detailed (self, g_object_get_data (G_OBJECT (toast), "thaw-action"));
}

static GtkWidget *
toast_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 70);
  gtk_label_set_lines (GTK_LABEL (label), 4);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style)
    gtk_widget_add_css_class (label, style);
  return label;
}

/* A toast's own title is cut after one line; what happened and what to do about it takes two */
static GtkWidget *
toast_words (const char *title, const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), toast_label (title, "heading"));
  if (text && *text)
    gtk_box_append (GTK_BOX (box), toast_label (text, NULL));
  return box;
}

static AdwToast *
create_toast (ThawWindow *self, const char *title, const char *text, const char *action, const char *label)
{
  AdwToast *toast = adw_toast_new (title);
  gsize length = strlen (title) + (text ? strlen (text) : 0);

  adw_toast_set_custom_title (toast, toast_words (title, text));
  /* long enough to be read, and to reach the button */
  adw_toast_set_timeout (toast, (guint) MIN (5 + length / 25 + (action ? 5 : 0), 20));
  if (action)
    {
      adw_toast_set_button_label (toast, label);
      g_object_set_data_full (G_OBJECT (toast), "thaw-action", g_strdup (action), g_free);
      g_signal_connect_object (toast, "button-clicked", G_CALLBACK (toast_button_cb), self, 0);
    }
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (dismissed_cb), self, 0);
  return toast;
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, ThawWindow *self)
{
  forget_text (self, G_OBJECT (dialog));
  if (g_str_equal (response, "act"))
    thaw_window_activate_detailed (self, g_object_get_data (G_OBJECT (dialog), "thaw-action"));
}

static GtkWidget *
create_dialog (ThawWindow *self, const char *title, const char *text, const char *action, const char *label)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), title, text);

  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
  if (action)
    {
      adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "act", label);
      adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "act", ADW_RESPONSE_SUGGESTED);
      adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "act");
      g_object_set_data_full (G_OBJECT (dialog), "thaw-action", g_strdup (action), g_free);
    }
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), self, 0);
  return dialog;
}

void
thaw_window_notify_desktop (ThawWindow *self, const char *title, const char *text)
{
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  g_autoptr (GNotification) notification = g_notification_new (title);

  if (!application)
    return;
  g_notification_set_body (notification, text);
  g_notification_set_default_action_and_target (notification, "app.show-window", "u",
                                                gtk_application_window_get_id (GTK_APPLICATION_WINDOW (self)));
  g_application_send_notification (application, NULL, notification);
}

void
thaw_window_tell (ThawWindow *self, const char *title, const char *text, gboolean serious, const char *action, const char *label)
{
  GObject *what;

  if (is_told (self, title, text))
    return;
  /* nobody sees the window: a dialog waits until it is back */
  if (self->background)
    thaw_window_notify_desktop (self, title, text);
  what = serious ? G_OBJECT (create_dialog (self, title, text, action, label))
                 : G_OBJECT (create_toast (self, title, text, action, label));
  g_object_set_data_full (what, "thaw-text", g_strconcat (title, "\n", text, NULL), g_free);
  if (!serious)
    {
      dismiss_older (self, action);
      g_ptr_array_add (self->shown, what);
      gtk_revealer_set_reveal_child (self->toast_strip, TRUE);
      adw_toast_overlay_add_toast (self->toasts, ADW_TOAST (what));
    }
  else if (self->background)
    g_ptr_array_add (self->pending, what);
  else
    gtk_window_present (GTK_WINDOW (what));
}

static void
message_cb (ThawSession *session,
            const char  *title,
            const char  *text,
            gboolean     serious,
            const char  *action,
            const char  *label,
            ThawWindow  *self)
{
  /* why a project can only be read stays on the screen as long as it is open */
  if (g_strcmp0 (action, "win.save-as") == 0 && thaw_window_get_flag (self, "read-only"))
    gtk_label_set_label (self->why_read_only, text);
  else
    thaw_window_tell (self, title, text, serious, action, label);
}

static void
map_cb (ThawWindow *self)
{
  for (guint i = 0; i < self->pending->len; i++)
    gtk_window_present (g_ptr_array_index (self->pending, i));
  g_ptr_array_set_size (self->pending, 0);
}

void
thaw_window_init_messages (ThawWindow *self)
{
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->pending = g_ptr_array_new ();
  self->shown = g_ptr_array_new ();
  g_signal_connect (self, "map", G_CALLBACK (map_cb), NULL);
  g_signal_connect_object (self->session, "message", G_CALLBACK (message_cb), self, 0);
}

void
thaw_window_clear_messages (ThawWindow *self)
{
  for (guint i = 0; self->pending && i < self->pending->len; i++)
    gtk_window_destroy (g_ptr_array_index (self->pending, i));
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
}
