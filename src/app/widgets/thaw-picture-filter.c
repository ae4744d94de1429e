/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-picture-filter.h"

#include <string.h>

struct _ThawPictureFilter
{
  GtkFilter   parent_instance;
  ThawClass  *klass;
  GHashTable *only;   /* ThawPicture */
  char       *needle; /* folded */
};

G_DEFINE_FINAL_TYPE (ThawPictureFilter, thaw_picture_filter, GTK_TYPE_FILTER)

static gboolean
holds (const char *name, const char *needle)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return strstr (folded, needle) != NULL;
}

static gboolean
thaw_picture_filter_match (GtkFilter *filter, gpointer item)
{
  const ThawPictureFilter *self = THAW_PICTURE_FILTER (filter);

  return (!self->klass || thaw_picture_get_class (item) == self->klass) && (!self->only || g_hash_table_contains (self->only, item))
         && (!self->needle || holds (thaw_picture_get_name (item), self->needle));
}

static GtkFilterMatch
thaw_picture_filter_get_strictness (GtkFilter *filter)
{
  const ThawPictureFilter *self = THAW_PICTURE_FILTER (filter);

  return self->klass || self->only || self->needle ? GTK_FILTER_MATCH_SOME : GTK_FILTER_MATCH_ALL;
}

void
thaw_picture_filter_set_class (ThawPictureFilter *self, ThawClass *klass)
{
  if (g_set_object (&self->klass, klass))
    gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

void
thaw_picture_filter_set_only (ThawPictureFilter *self, GPtrArray *pictures)
{
  if (!self->only && !pictures)
    return;
  g_clear_pointer (&self->only, g_hash_table_unref);
  if (pictures)
    self->only = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  for (guint i = 0; pictures && i < pictures->len; i++)
    g_hash_table_add (self->only, g_object_ref (pictures->pdata[i]));
  gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

void
thaw_picture_filter_set_search (ThawPictureFilter *self, const char *text)
{
  g_autofree char *needle = text && text[0] ? g_utf8_casefold (text, -1) : NULL;

  if (g_strcmp0 (needle, self->needle) == 0)
    return;
  g_free (self->needle);
  self->needle = g_steal_pointer (&needle);
  gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
thaw_picture_filter_finalize (GObject *object)
{
  ThawPictureFilter *self = THAW_PICTURE_FILTER (object);

  g_clear_object (&self->klass);
  g_clear_pointer (&self->only, g_hash_table_unref);
  g_free (self->needle);
  G_OBJECT_CLASS (thaw_picture_filter_parent_class)->finalize (object);
}

static void
thaw_picture_filter_class_init (ThawPictureFilterClass *klass)
{
  GtkFilterClass *filter_class = GTK_FILTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = thaw_picture_filter_finalize;
  filter_class->match = thaw_picture_filter_match;
  filter_class->get_strictness = thaw_picture_filter_get_strictness;
}

static void
thaw_picture_filter_init (ThawPictureFilter *self)
{
}

ThawPictureFilter *
thaw_picture_filter_new (void)
{
  return g_object_new (THAW_TYPE_PICTURE_FILTER, NULL);
}
