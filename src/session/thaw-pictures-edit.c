/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every edit is a list of pictures and classes with their states before and after. */
#include "thaw-pictures-private.h"

#include <string.h>

typedef struct
{
  ThawPicture     *picture;
  ThawPictureState before, after;  /* own their class and path */
} PictureChange;

typedef struct
{
  ThawClass *klass;
  char      *name_before, *name_after;
  gboolean   listed_before, listed_after;
} ClassChange;

struct _ThawPictureEdit
{
  ThawPictures *pictures;  /* outlives the history's edits, or they are never called again */
  GArray       *changes;   /* PictureChange */
  GArray       *classes;   /* ClassChange */
  GPtrArray    *skipped_before, *skipped_after; /* NULL: they stay */
  ThawShares    shares_before, shares_after;
  gboolean      other_shares;
};

static ThawPictureState
hold (const ThawPictureState *state)
{
  g_object_ref (state->klass);
  g_ref_string_acquire (state->path);
  return *state;
}

static void
release (ThawPictureState *state)
{
  g_object_unref (state->klass);
  g_ref_string_release (state->path);
}

static void
clear_change_cb (gpointer data)
{
  PictureChange *self = data;

  release (&self->before);
  release (&self->after);
  g_object_unref (self->picture);
}

static void
clear_class_cb (gpointer data)
{
  ClassChange *self = data;

  g_free (self->name_before);
  g_free (self->name_after);
  g_object_unref (self->klass);
}

ThawPictureEdit *
thaw_picture_edit_new (ThawPictures *pictures)
{
  ThawPictureEdit *self = g_new0 (ThawPictureEdit, 1);

  self->pictures = pictures;
  self->changes = g_array_new (FALSE, FALSE, sizeof (PictureChange));
  self->classes = g_array_new (FALSE, FALSE, sizeof (ClassChange));
  g_array_set_clear_func (self->changes, clear_change_cb);
  g_array_set_clear_func (self->classes, clear_class_cb);
  return self;
}

void
thaw_picture_edit_free (gpointer data)
{
  ThawPictureEdit *self = data;

  g_array_unref (self->changes);
  g_array_unref (self->classes);
  g_clear_pointer (&self->skipped_before, g_ptr_array_unref);
  g_clear_pointer (&self->skipped_after, g_ptr_array_unref);
  g_free (self);
}

void
thaw_picture_edit_change (ThawPictureEdit *self, ThawPicture *picture, const ThawPictureState *to)
{
  PictureChange change = { g_object_ref (picture), hold (&picture->state), hold (to) };

  g_array_append_val (self->changes, change);
}

void
thaw_picture_edit_class (ThawPictureEdit *self, ThawClass *klass, const char *name, gboolean listed)
{
  ClassChange change = { g_object_ref (klass), g_strdup (klass->name), g_strdup (name), klass->listed, listed };

  g_array_append_val (self->classes, change);
}

void
thaw_picture_edit_skipped (ThawPictureEdit *self, GPtrArray *skipped)
{
  g_clear_pointer (&self->skipped_before, g_ptr_array_unref);
  g_clear_pointer (&self->skipped_after, g_ptr_array_unref);
  self->skipped_before = g_ptr_array_ref (self->pictures->skipped);
  self->skipped_after = g_ptr_array_ref (skipped);
}

void
thaw_picture_edit_shares (ThawPictureEdit *self, const ThawShares *shares)
{
  const ThawShares *now = &self->pictures->shares;

  self->shares_before = *now;
  self->shares_after = *shares;
  self->other_shares = now->validation != shares->validation || now->test != shares->test || now->seed != shares->seed;
}

guint
thaw_picture_edit_count (const ThawPictureEdit *self)
{
  return self->changes->len;
}

static void
apply_classes (ThawPictureEdit *self, gboolean forward)
{
  for (guint i = 0; i < self->classes->len; i++)
    {
      ClassChange *change = &g_array_index (self->classes, ClassChange, i);

      thaw_class_set_name (change->klass, forward ? change->name_after : change->name_before);
    }
  thaw_pictures_sort_classes (self->pictures);
  for (guint i = 0; i < self->classes->len; i++)
    {
      ClassChange *change = &g_array_index (self->classes, ClassChange, i);

      thaw_pictures_list_class (self->pictures, change->klass, forward ? change->listed_after : change->listed_before);
    }
}

/* What becomes of a picture, by whether it is there before and after */
typedef struct
{
  GPtrArray *come, *go, *stay;
} Plan;

static void
plan (ThawPictureEdit *self, gboolean forward, Plan *out)
{
  for (guint i = 0; i < self->changes->len; i++)
    {
      const PictureChange *change = &g_array_index (self->changes, PictureChange, i);
      const ThawPictureState *from = &change->picture->state, *to = forward ? &change->after : &change->before;

      if (from->present && to->present)
        g_ptr_array_add (out->stay, change->picture);
      else if (from->present)
        g_ptr_array_add (out->go, change->picture);
      else if (to->present)
        g_ptr_array_add (out->come, change->picture);
    }
}

static void
set_states (ThawPictureEdit *self, gboolean forward)
{
  ThawPictures *pictures = self->pictures;

  for (guint i = 0; i < self->changes->len; i++)
    {
      const PictureChange *change = &g_array_index (self->changes, PictureChange, i);
      const ThawPictureState *to = forward ? &change->after : &change->before;
      gboolean counted = change->picture->state.present && to->present;
      gboolean moved = counted && change->picture->state.path != to->path;

      if (counted)
        thaw_pictures_count_state (pictures, &change->picture->state, -1);
      if (moved)
        g_hash_table_remove (pictures->known, change->picture);
      thaw_picture_set_state (change->picture, to);
      if (counted)
        thaw_pictures_count_state (pictures, to, 1);
      if (moved)
        g_hash_table_add (pictures->known, change->picture);
    }
}

static void
apply (ThawPictureEdit *self, gboolean forward)
{
  g_autoptr (GPtrArray) come = g_ptr_array_new (), go = g_ptr_array_new (), stay = g_ptr_array_new ();
  Plan moves = { come, go, stay };

  g_object_ref (self->pictures);
  plan (self, forward, &moves);
  if (self->classes->len > 0)
    apply_classes (self, forward);
  thaw_pictures_take_out (self->pictures, go);
  set_states (self, forward);
  thaw_pictures_touch (self->pictures, stay);
  thaw_pictures_put_in (self->pictures, come);
  if (self->skipped_after)
    thaw_pictures_set_skipped (self->pictures, forward ? self->skipped_after : self->skipped_before);
  if (self->other_shares)
    self->pictures->shares = forward ? self->shares_after : self->shares_before;
  thaw_pictures_tell (self->pictures, TRUE);
  g_object_unref (self->pictures);
}

static void
undo_cb (gpointer data)
{
  apply (data, FALSE);
}

static void
redo_cb (gpointer data)
{
  apply (data, TRUE);
}

static gboolean
is_empty (const ThawPictureEdit *self)
{
  return self->changes->len == 0 && self->classes->len == 0 && !self->skipped_after && !self->other_shares;
}

void
thaw_picture_edit_record (ThawPictureEdit *self, const char *label)
{
  if (is_empty (self))
    thaw_picture_edit_free (self);
  else
    thaw_history_add (self->pictures->history, label, undo_cb, redo_cb, self, thaw_picture_edit_free);
}

void
thaw_picture_edit_revert (ThawPictureEdit *self)
{
  if (!is_empty (self))
    apply (self, FALSE);
  thaw_picture_edit_free (self);
}

void
thaw_picture_edit_commit (ThawPictureEdit *self, const char *label)
{
  if (!is_empty (self))
    apply (self, TRUE);
  thaw_picture_edit_record (self, label);
}
