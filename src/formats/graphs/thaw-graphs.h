/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>

G_BEGIN_DECLS

/* By the first bytes: whether it may be an ONNX file */
gboolean thaw_onnx_sniff (GBytes *bytes);

G_END_DECLS
