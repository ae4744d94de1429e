/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define THAW_ERROR (thaw_error_quark ())

/**
 * ThawError:
 * @THAW_ERROR_FAILED: anything that has no code of its own
 * @THAW_ERROR_INVALID: a file or an option that is not what it should be
 * @THAW_ERROR_UNSUPPORTED: well-formed, but something Thaw cannot do; the message names it
 * @THAW_ERROR_TOO_LARGE: a size beyond a limit
 * @THAW_ERROR_NO_SPACE: the disk is full
 * @THAW_ERROR_BUSY: another process is writing
 * @THAW_ERROR_NEWER: written by a newer version of Thaw
 * @THAW_ERROR_NOT_FINITE: the loss is no longer a number
 *
 * A message says what, where and what to do, in one line. Files that cannot be opened keep GIO's
 * codes (G_IO_ERROR), and a cancelled operation is G_IO_ERROR_CANCELLED.
 */
typedef enum
{
  THAW_ERROR_FAILED,
  THAW_ERROR_INVALID,
  THAW_ERROR_UNSUPPORTED,
  THAW_ERROR_TOO_LARGE,
  THAW_ERROR_NO_SPACE,
  THAW_ERROR_BUSY,
  THAW_ERROR_NEWER,
  THAW_ERROR_NOT_FINITE,
} ThawError;

GQuark thaw_error_quark (void);

G_END_DECLS
