/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* A fuzz target is a file with these two. It is linked with thaw-fuzz-driver.c, and with libFuzzer under -Dfuzz=true. */
int  LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
/* Adds what mutations start from, GBytes */
void thaw_fuzz_seeds        (GPtrArray *seeds);

/* For targets: how it ended ("ok" or the error's message). The driver keeps inputs that ended in a new way, since it cannot see which
 * code ran; digits do not count. */
void thaw_fuzz_outcome      (const char *text);
