/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-tensor.h>

G_BEGIN_DECLS

/* "F32" */
const char *thaw_safetensors_dtype_name (ThawDtype dtype);

G_END_DECLS
