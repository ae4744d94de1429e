/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-recent.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <thaw/thaw-project.h>

struct _ThawRecentProject
{
  GObject       parent_instance;
  GFile        *file;
  char         *name, *folder;
  gboolean      missing;
  GCancellable *cancellable; /* of the question whether it is still there */
};

G_DEFINE_FINAL_TYPE (ThawRecentProject, thaw_recent_project, G_TYPE_OBJECT)

enum { PROP_0, PROP_FILE, PROP_NAME, PROP_FOLDER, PROP_MISSING, N_PROPS };

static GParamSpec *properties[N_PROPS];

GFile *
thaw_recent_project_get_file (ThawRecentProject *self)
{
  return self->file;
}

const char *
thaw_recent_project_get_name (ThawRecentProject *self)
{
  return self->name;
}

const char *
thaw_recent_project_get_folder (ThawRecentProject *self)
{
  return self->folder;
}

gboolean
thaw_recent_project_get_missing (ThawRecentProject *self)
{
  return self->missing;
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);
  ThawRecentProject *self;

  if (info || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self = data;
  self->missing = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MISSING]);
}

/* What nobody has named yet lies among the user's data under the date it was begun: "2026-11-22-084011.thaw" */
static char *
dup_unnamed (const char *base, const char *folder)
{
  g_autofree char *own = thaw_project_folder ();
  int year, month, day, hour, minute;

  if (!g_str_equal (folder, own) || sscanf (base, "%4d-%2d-%2d-%2d%2d", &year, &month, &day, &hour, &minute) != 5)
    return NULL;
  return g_strdup_printf (_("Begun %04d-%02d-%02d %02d:%02d"), year, month, day, hour, minute);
}

/* "/home/ann/Bees.thaw": "Bees", in "/home/ann" */
static void
set_words (ThawRecentProject *self)
{
  g_autoptr (GFile) parent = g_file_get_parent (self->file);
  g_autofree char *base = g_file_get_basename (self->file);

  self->folder = parent ? g_file_get_parse_name (parent) : g_strdup ("");
  if (base && g_str_has_suffix (base, ".thaw"))
    base[strlen (base) - strlen (".thaw")] = '\0';
  self->name = base ? dup_unnamed (base, self->folder) : NULL;
  if (self->name)
    {
      g_free (self->folder);
      self->folder = g_strdup (_("Not saved under a name yet"));
    }
  else
    self->name = g_filename_display_name (base ? base : "");
}

ThawRecentProject *
thaw_recent_project_new (const char *uri)
{
  ThawRecentProject *self = g_object_new (THAW_TYPE_RECENT_PROJECT, NULL);

  self->file = g_file_new_for_uri (uri);
  set_words (self);
  g_file_query_info_async (self->file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_LOW, self->cancellable,
                           looked_cb, self);
  return self;
}

static void
thaw_recent_project_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawRecentProject *self = THAW_RECENT_PROJECT (object);

  switch (id)
    {
    case PROP_FILE:
      g_value_set_object (value, self->file);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_FOLDER:
      g_value_set_string (value, self->folder);
      break;
    case PROP_MISSING:
      g_value_set_boolean (value, self->missing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_recent_project_finalize (GObject *object)
{
  ThawRecentProject *self = THAW_RECENT_PROJECT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->file);
  g_free (self->name);
  g_free (self->folder);
  G_OBJECT_CLASS (thaw_recent_project_parent_class)->finalize (object);
}

static void
thaw_recent_project_class_init (ThawRecentProjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_recent_project_get_property;
  object_class->finalize = thaw_recent_project_finalize;
  properties[PROP_FILE] = g_param_spec_object ("file", NULL, NULL, G_TYPE_FILE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOLDER] = g_param_spec_string ("folder", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_MISSING] = g_param_spec_boolean ("missing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_recent_project_init (ThawRecentProject *self)
{
  self->cancellable = g_cancellable_new ();
}
