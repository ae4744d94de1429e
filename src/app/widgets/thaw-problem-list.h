/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-picture-problem.h>

G_BEGIN_DECLS

#define THAW_TYPE_PROBLEM_LIST (thaw_problem_list_get_type ())
G_DECLARE_FINAL_TYPE (ThawProblemList, thaw_problem_list, THAW, PROBLEM_LIST, AdwBin)

/**
 * ThawProblemList: what was found about the pictures, each with what it means, what to do, and a button that does it
 *
 * Its buttons activate images.show-problem and images.mend with the problem's place in the list.
 */
void thaw_problem_list_set_pictures (ThawProblemList *self, ThawPictures *pictures); /* once */
/* @why: nothing can be mended now, for tooltips; NULL: it can */
void thaw_problem_list_set_locked   (ThawProblemList *self, const char *why);

G_END_DECLS
