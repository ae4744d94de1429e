/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op.h>

/* The classes of thaw-op-list.inc, each defined in its own file. */
#define THAW_OP(NAME, name, klass) extern const ThawOpClass thaw_op_##klass##_class;
#include <thaw/thaw-op-list.inc>
#undef THAW_OP
