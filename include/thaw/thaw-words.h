/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * What the engine says, in the words of the window and in the person's language. Projects and thaw-cli keep the engine's own.
 */
/* An event of a run, why one ended, or an error; what is not known stays as it is (transfer full) */
char *thaw_words_of_engine (const char *text);
/* thaw_text_interval() (transfer full) */
char *thaw_words_interval  (double share, double low, double high);

G_END_DECLS
