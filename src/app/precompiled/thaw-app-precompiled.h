/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read once for all files of src/app: most of what compiling them takes is reading GTK's headers. Files include what they use all the same. */
#include <adwaita.h>
#include <glib/gi18n.h>
