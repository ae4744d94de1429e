/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application.h"

#include <locale.h>
#include <signal.h>
#include <thaw/thaw-size.h>

int
main (int argc, char **argv)
{
  g_autoptr (ThawApplication) application = NULL;

  thaw_memory_set_up ();
  setlocale (LC_ALL, "");
  /* a file that may not grow is told of like a full disk, and ends nothing */
  signal (SIGXFSZ, SIG_IGN);
  thaw_application_set_up_translation ();
  application = thaw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
