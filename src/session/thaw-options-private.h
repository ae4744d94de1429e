/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-options-table.h"

G_BEGIN_DECLS

/* How much of the network learns: more of it wants a lower rate */
typedef enum { THAW_BREADTH_HEAD, THAW_BREADTH_SOME, THAW_BREADTH_ALL } ThawBreadth;

struct _ThawOptions
{
  GObject     parent_instance;
  GValue      values[THAW_N_OPTIONS];
  gboolean    set[THAW_N_OPTIONS]; /* by the person, not by what fits */
  ThawBreadth breadth;             /* of what the tree shows */
  guint64     generation;
};

int               thaw_options_int       (const ThawOptions *self, ThawOption option);
double            thaw_options_double    (const ThawOptions *self, ThawOption option);
gboolean          thaw_options_boolean   (const ThawOptions *self, ThawOption option);
const char       *thaw_options_string    (const ThawOptions *self, ThawOption option); /* (transfer none) */
ThawOptimizerKind thaw_options_optimizer (const ThawOptions *self);
/* @freezing: (nullable): the head */
ThawBreadth       thaw_options_breadth   (const ThawPhase *freezing);
/* What nobody has set */
double            thaw_options_fitting_rate (ThawBreadth breadth);
/* The first phase's rate where the tree shows so much */
double            thaw_options_rate      (const ThawOptions *self, ThawBreadth breadth);

G_END_DECLS
