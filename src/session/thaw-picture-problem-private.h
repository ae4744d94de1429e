/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-picture-problem.h>

G_BEGIN_DECLS

/* @title: (transfer full) (nullable); @remedy: (nullable) */
ThawPictureProblem *thaw_picture_problem_new          (ThawPictureProblemKind kind, char *title, const char *text, const char *remedy);
/* @victim: the remedy removes it */
void                thaw_picture_problem_add          (ThawPictureProblem *self, ThawPicture *picture, gboolean victim);
void                thaw_picture_problem_take_title   (ThawPictureProblem *self, char *title);
void                thaw_picture_problem_take_details (ThawPictureProblem *self, char **details);
GPtrArray          *thaw_picture_problem_get_victims  (ThawPictureProblem *self);

G_END_DECLS
