/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-picture-problem-private.h"

struct _ThawPictureProblem
{
  GObject                parent_instance;
  ThawPictureProblemKind kind;
  char                  *title, *text, *remedy;
  GPtrArray             *pictures; /* all that it is about */
  GPtrArray             *victims;  /* of them, those that the remedy removes */
  char                 **details;
};

G_DEFINE_FINAL_TYPE (ThawPictureProblem, thaw_picture_problem, G_TYPE_OBJECT)

ThawPictureProblem *
thaw_picture_problem_new (ThawPictureProblemKind kind, char *title, const char *text, const char *remedy)
{
  ThawPictureProblem *self = g_object_new (THAW_TYPE_PICTURE_PROBLEM, NULL);

  self->kind = kind;
  self->title = title;
  self->text = g_strdup (text);
  self->remedy = g_strdup (remedy);
  return self;
}

void
thaw_picture_problem_add (ThawPictureProblem *self, ThawPicture *picture, gboolean victim)
{
  g_ptr_array_add (self->pictures, g_object_ref (picture));
  if (victim)
    g_ptr_array_add (self->victims, g_object_ref (picture));
}

void
thaw_picture_problem_take_title (ThawPictureProblem *self, char *title)
{
  g_free (self->title);
  self->title = title;
}

void
thaw_picture_problem_take_details (ThawPictureProblem *self, char **details)
{
  g_strfreev (self->details);
  self->details = details;
}

GPtrArray *
thaw_picture_problem_get_victims (ThawPictureProblem *self)
{
  return self->victims;
}

ThawPictureProblemKind
thaw_picture_problem_get_kind (ThawPictureProblem *self)
{
  return self->kind;
}

const char *
thaw_picture_problem_get_title (ThawPictureProblem *self)
{
  return self->title;
}

const char *
thaw_picture_problem_get_text (ThawPictureProblem *self)
{
  return self->text;
}

const char *
thaw_picture_problem_get_remedy (ThawPictureProblem *self)
{
  return self->remedy;
}

GPtrArray *
thaw_picture_problem_get_pictures (ThawPictureProblem *self)
{
  return self->pictures;
}

const char *const *
thaw_picture_problem_get_details (ThawPictureProblem *self)
{
  return (const char *const *) self->details;
}

static void
thaw_picture_problem_finalize (GObject *object)
{
  ThawPictureProblem *self = THAW_PICTURE_PROBLEM (object);

  g_free (self->title);
  g_free (self->text);
  g_free (self->remedy);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->victims);
  g_strfreev (self->details);
  G_OBJECT_CLASS (thaw_picture_problem_parent_class)->finalize (object);
}

static void
thaw_picture_problem_class_init (ThawPictureProblemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_picture_problem_finalize;
}

static void
thaw_picture_problem_init (ThawPictureProblem *self)
{
  self->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  self->victims = g_ptr_array_new_with_free_func (g_object_unref);
  self->details = g_new0 (char *, 1);
}
