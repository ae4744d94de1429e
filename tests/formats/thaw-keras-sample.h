/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A file of tests/formats/keras/, unpacked where its name ends in ".gz" (transfer full) */
GBytes *thaw_keras_sample (const char *name);
/* @bytes with the first @old replaced by @new, of the same length (transfer full); what is there not is a mistake of the test */
GBytes *thaw_keras_sample_with (GBytes *bytes, const char *old, const char *new);
