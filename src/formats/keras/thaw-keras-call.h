/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-keras-private.h"

typedef struct
{
  ThawKerasLayer *layer;  /* its operands are filled in */
  GHashTable     *values; /* name of a layer -> ThawKerasValue */
  gboolean        is_new; /* as Keras 3 writes it */
  GError        **error;
} ThawKerasCall;

/* @layer: the whole object, with its "inbound_nodes" */
gboolean thaw_keras_call_read (ThawKerasCall *self, const ThawJsonReader *layer);
