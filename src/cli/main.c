/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <thaw/thaw-size.h>
#include <unistd.h>

static const ThawCommand *const commands[] = {
#define THAW_COMMAND(name) &thaw_command_##name,
#include "thaw-command-list.inc"
#undef THAW_COMMAND
};

static void
print_help (void)
{
  fputs ("Usage: thaw-cli COMMAND [OPTION...]\n\n"
         "Teaches a pretrained network to tell your pictures apart.\n\nCommands:\n",
         stdout);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stdout, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
  fputs ("\n\"thaw-cli COMMAND --help\" explains a command; \"man thaw-cli\" explains them all.\n"
         "Every command takes --json: one JSON object a line on standard output.\n"
         "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n",
         stdout);
}

/* On one line whatever it says */
static void
print_error (ThawCli *cli, const char *message)
{
  g_autofree char *line = g_strdelimit (g_strdup (message), "\r\n", ' ');

  thaw_cli_warn (cli, "thaw-cli: %s", line);
}

static int
report (ThawCli *cli, const GError *error)
{
  g_autofree char *text = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      text = g_strconcat ("interrupted", cli->hint, NULL);
      print_error (cli, text);
      return THAW_EXIT_INTERRUPTED;
    }
  if (error->domain != THAW_CLI_USAGE && error->domain != G_OPTION_ERROR)
    {
      print_error (cli, error->message);
      return THAW_EXIT_FAILED;
    }
  if (cli->command)
    text = g_strdup_printf ("%s: %s (see: thaw-cli %s --help)", cli->command->name, error->message,
                            cli->command->name);
  else
    text = g_strdup_printf ("%s (see: thaw-cli --help)", error->message);
  print_error (cli, text);
  return THAW_EXIT_USAGE;
}

/* The first signal asks the command to stop, the second ends the process. Signals are blocked in
 * all other threads; what the command has open is safe to leave at any moment. */
static gpointer
wait_for_signals (gpointer data)
{
  GCancellable *cancellable = data;
  sigset_t set;
  int number;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigwait (&set, &number);
  g_cancellable_cancel (cancellable);
  sigwait (&set, &number);
  _exit (THAW_EXIT_INTERRUPTED);
}

static void
watch_signals (GCancellable *cancellable)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  g_thread_unref (g_thread_new ("thaw-signals", wait_for_signals, g_object_ref (cancellable)));
}

static gboolean
check_arguments (const ThawCli *cli, GError **error)
{
  int n = cli->n_arguments;

  if (n >= cli->command->min_arguments
      && (cli->command->max_arguments < 0 || n <= cli->command->max_arguments))
    return TRUE;
  return thaw_cli_usage (error, "%s: %s",
                         n < cli->command->min_arguments ? "an argument is missing"
                                                         : "too many arguments",
                         cli->command->arguments);
}

static gboolean
parse (ThawCli *cli, int *argc, char ***argv, GError **error)
{
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, "One JSON object a line on standard output",
      NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cli->arguments, NULL,
      cli->command->arguments },
    { NULL },
  };
  g_autofree char *usage = g_strconcat (cli->command->name, " ", NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *program = g_strconcat ("thaw-cli ", cli->command->name, NULL);

  g_set_prgname (program);
  g_option_context_set_summary (context, cli->command->description);
  if (cli->command->options)
    g_option_context_add_main_entries (context, cli->command->options, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  cli->n_arguments = cli->arguments ? g_strv_length (cli->arguments) : 0;
  return check_arguments (cli, error);
}

static int
finish (ThawCli *cli, gboolean ok, GError *error)
{
  int status = ok ? THAW_EXIT_DONE : report (cli, error);

  g_clear_error (&error);
  if ((fflush (stdout) != 0 || ferror (stdout)) && status == THAW_EXIT_DONE)
    {
      print_error (cli, "standard output could not be written: is the disk it goes to full?");
      status = THAW_EXIT_FAILED;
    }
  thaw_cli_progress_clear (cli);
  g_strfreev (cli->arguments);
  g_free (cli->drawn_what);
  g_free (cli->hint);
  return status;
}

static int
run_command (const ThawCommand *command, int argc, char **argv)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  ThawCli cli = { .command = command, .cancellable = cancellable };
  GError *error = NULL;
  gboolean ok = parse (&cli, &argc, &argv, &error);

  if (ok)
    {
      cli.terminal = !cli.json && isatty (STDERR_FILENO);
      watch_signals (cancellable);
      ok = command->run (&cli, &error);
    }
  return finish (&cli, ok, error);
}

static int
no_command (const char *name)
{
  ThawCli cli = { 0 };
  g_autoptr (GError) error = NULL;

  if (name)
    thaw_cli_usage (&error, "“%s” is no command", name);
  else
    thaw_cli_usage (&error, "a command is missing");
  return report (&cli, error);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;

  thaw_memory_set_up ();
  setlocale (LC_ALL, "");
  if (!name)
    return no_command (NULL);
  if (strcmp (name, "--version") == 0)
    {
      puts ("thaw-cli " THAW_VERSION);
      return THAW_EXIT_DONE;
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    {
      print_help ();
      return THAW_EXIT_DONE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (name, commands[i]->name) == 0)
      return run_command (commands[i], argc - 1, argv + 1);
  return no_command (name);
}
