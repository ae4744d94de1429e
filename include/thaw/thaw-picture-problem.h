/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

typedef enum
{
  THAW_PROBLEM_MISSING,    /* the files are not where they were: locate them */
  THAW_PROBLEM_UNREADABLE, /* remove them */
  THAW_PROBLEM_LEAK,       /* one picture in training and in validation or test: take it out of training */
  THAW_PROBLEM_CONFLICT,   /* one picture in two classes: look at them */
  THAW_PROBLEM_TWICE,      /* keep one of each */
  THAW_PROBLEM_SMALL,      /* under 32 pixels a side: remove them */
  THAW_PROBLEM_FEW,        /* a class with too few: add more */
  THAW_PROBLEM_SKIPPED,    /* what an import passed over */
} ThawPictureProblemKind;

#define THAW_TYPE_PICTURE_PROBLEM (thaw_picture_problem_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureProblem, thaw_picture_problem, THAW, PICTURE_PROBLEM, GObject)

/**
 * ThawPictureProblem: something about the pictures that wants looking at, and what helps
 */
ThawPictureProblemKind thaw_picture_problem_get_kind (ThawPictureProblem *self);
const char *thaw_picture_problem_get_title    (ThawPictureProblem *self); /* "3 pictures are there twice" */
const char *thaw_picture_problem_get_text     (ThawPictureProblem *self); /* what it means and what to do */
/* What thaw_pictures_mend() does, as the text of a button; NULL: nothing */
const char *thaw_picture_problem_get_remedy   (ThawPictureProblem *self);
/* All that it is about, ThawPicture; may be empty (transfer none) */
GPtrArray  *thaw_picture_problem_get_pictures (ThawPictureProblem *self);
/* Lines to list under it: files that were passed over and why; may be empty (transfer none) */
const char *const *thaw_picture_problem_get_details (ThawPictureProblem *self);

/* Does the remedy, as an edit; THAW_PROBLEM_MISSING needs thaw_pictures_locate_async() instead */
void        thaw_pictures_mend                (ThawPictures *self, ThawPictureProblem *problem);

G_END_DECLS
