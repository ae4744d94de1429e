/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person does to pictures and classes. */
#include "thaw-pictures-private.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-error.h>

typedef void (*SetState) (ThawPictureState *state, gconstpointer value);

/* @set with @value on each of @pictures that is there: an edit of those that this changes */
static ThawPictureEdit *
edit_each (ThawPictures *self, GPtrArray *pictures, SetState set, gconstpointer value)
{
  ThawPictureEdit *edit = thaw_picture_edit_new (self);

  for (guint i = 0; i < pictures->len; i++)
    {
      ThawPicture *picture = pictures->pdata[i];
      const ThawPictureState *before = &picture->state;
      ThawPictureState after = *before;

      if (!before->present)
        continue;
      set (&after, value);
      if (after.klass != before->klass || after.split != before->split || after.present != before->present)
        thaw_picture_edit_change (edit, picture, &after);
    }
  return edit;
}

static void
set_class (ThawPictureState *state, gconstpointer klass)
{
  state->klass = (ThawClass *) klass;
}

static void
set_absent (ThawPictureState *state, gconstpointer unused)
{
  state->present = FALSE;
}

static void
set_split (ThawPictureState *state, gconstpointer split)
{
  state->split = *(const ThawSplit *) split;
}

void
thaw_pictures_relabel (ThawPictures *self, GPtrArray *pictures, ThawClass *to)
{
  ThawPictureEdit *edit = edit_each (self, pictures, set_class, to);
  const guint n = thaw_picture_edit_count (edit);
  g_autofree char *label = g_strdup_printf (ngettext ("Move %u picture to %s", "Move %u pictures to %s", n), n, to->name);

  thaw_picture_edit_commit (edit, label);
}

void
thaw_pictures_remove_many (ThawPictures *self, GPtrArray *pictures)
{
  ThawPictureEdit *edit = edit_each (self, pictures, set_absent, NULL);
  const guint n = thaw_picture_edit_count (edit);
  g_autofree char *label = g_strdup_printf (ngettext ("Remove %u picture", "Remove %u pictures", n), n);

  thaw_picture_edit_commit (edit, label);
}

void
thaw_pictures_set_split (ThawPictures *self, GPtrArray *pictures, ThawSplit split)
{
  static const char *const names[] = { N_ ("training"), N_ ("validation"), N_ ("test") };
  ThawPictureEdit *edit = edit_each (self, pictures, set_split, &split);
  const guint n = thaw_picture_edit_count (edit);
  g_autofree char *label = g_strdup_printf (ngettext ("Use %u picture for %s", "Use %u pictures for %s", n), n, _(names[split]));

  thaw_picture_edit_commit (edit, label);
}

/* (transfer full): composed letters, nothing around them, one line; NULL with @error */
static char *
usable_name (ThawPictures *self, const char *name, const ThawClass *own, GError **error)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFC);
  const ThawClass *other;

  for (char *c = normal; c && *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  if (normal)
    g_strstrip (normal);
  if (!normal || !normal[0])
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, _("A class needs a name."));
      return NULL;
    }
  other = thaw_pictures_find_class (self, normal);
  if (!other || other == own)
    return g_steal_pointer (&normal);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, _("There is a class “%s” already. To put the two together, merge them."), normal);
  return NULL;
}

gboolean
thaw_pictures_add_class (ThawPictures *self, const char *name, GError **error)
{
  g_autofree char *usable = usable_name (self, name, NULL, error);
  g_autofree char *label = NULL;
  g_autoptr (ThawClass) klass = NULL;
  ThawPictureEdit *edit;

  if (!usable)
    return FALSE;
  klass = thaw_class_new (usable);
  edit = thaw_picture_edit_new (self);
  thaw_picture_edit_class (edit, klass, usable, TRUE);
  label = g_strdup_printf (_("Add class %s"), usable);
  thaw_picture_edit_commit (edit, label);
  return TRUE;
}

gboolean
thaw_pictures_rename_class (ThawPictures *self, ThawClass *klass, const char *name, GError **error)
{
  g_autofree char *usable = usable_name (self, name, klass, error);
  g_autofree char *label = NULL;
  ThawPictureEdit *edit;

  if (!usable)
    return FALSE;
  if (strcmp (usable, klass->name) == 0)
    return TRUE;
  edit = thaw_picture_edit_new (self);
  label = g_strdup_printf (_("Rename class %s to %s"), klass->name, usable);
  thaw_picture_edit_class (edit, klass, usable, TRUE);
  thaw_picture_edit_commit (edit, label);
  return TRUE;
}

/* All of @klass: into @into, or away where that is NULL */
static void
move_class (ThawPictures *self, ThawPictureEdit *edit, ThawClass *klass, ThawClass *into)
{
  for (guint i = 0; i < self->pictures->len; i++)
    {
      ThawPicture *picture = self->pictures->pdata[i];
      ThawPictureState state = picture->state;

      if (state.klass != klass)
        continue;
      state.klass = into ? into : klass;
      state.present = into != NULL;
      thaw_picture_edit_change (edit, picture, &state);
    }
  thaw_picture_edit_class (edit, klass, klass->name, FALSE);
}

void
thaw_pictures_merge_classes (ThawPictures *self, ThawClass *from, ThawClass *into)
{
  ThawPictureEdit *edit;
  g_autofree char *label = NULL;

  if (from == into || !from->listed || !into->listed)
    return;
  edit = thaw_picture_edit_new (self);
  label = g_strdup_printf (_("Merge class %s into %s"), from->name, into->name);
  move_class (self, edit, from, into);
  thaw_picture_edit_commit (edit, label);
}

void
thaw_pictures_delete_class (ThawPictures *self, ThawClass *klass)
{
  ThawPictureEdit *edit;
  g_autofree char *label = NULL;

  if (!klass->listed)
    return;
  edit = thaw_picture_edit_new (self);
  label = g_strdup_printf (_("Delete class %s"), klass->name);
  move_class (self, edit, klass, NULL);
  thaw_picture_edit_commit (edit, label);
}
