/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-application.h"

#include <locale.h>
#include <signal.h>

int
main (int argc, char **argv)
{
  g_autoptr (ThawApplication) application = NULL;

  setlocale (LC_ALL, "");
  /* a file that may not grow is told of like a full disk, and ends nothing */
  signal (SIGXFSZ, SIG_IGN);
  thaw_application_set_up_translation ();
  application = thaw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
