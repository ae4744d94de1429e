/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>

G_BEGIN_DECLS

/* By the first bytes: whether it may be an ONNX file */
gboolean thaw_onnx_sniff (GBytes *bytes);
/* By the mark in the first bytes */
gboolean thaw_tflite_sniff (GBytes *bytes);

/* @folder: (nullable): where the file lies, for data in other files, which must not leave it */
ThawModel *thaw_onnx_parse_in (GBytes *bytes, const char *folder, GError **error);
/* Whether data of it is in other files; FALSE also where it is no ONNX file */
gboolean   thaw_onnx_has_other_files (GBytes *bytes);

G_END_DECLS
