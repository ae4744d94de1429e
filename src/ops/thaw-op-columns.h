/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/thaw-op-util.h"

/* Columns of [outer, length, inner] along the axis of the operation (params.axis). */
typedef struct
{
  gint64 outer;
  gint64 length;
  gint64 inner;
} ThawOpColumns;

void     thaw_op_columns_split (const ThawOpCall *call, ThawOpColumns *out);
/* y has x's shape, and the axis is one of its own. */
gboolean thaw_op_columns_infer (ThawNode *node, GError **error);
/* needs(): the gradient follows from y. */
guint    thaw_op_columns_needs (const ThawNode *node, const gboolean *wanted);
