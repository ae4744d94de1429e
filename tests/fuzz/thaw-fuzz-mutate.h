/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Changes @input in one to eight ways: bits, bytes, interesting integers, cuts, insertions, copies within, splices with @other. */
void thaw_fuzz_mutate (GByteArray *input, GBytes *other, GRand *random, gsize limit);
