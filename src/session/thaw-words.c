/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-words.h>

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-text.h>

/* A sentence of the engine, and how it is said here: @parts are what the brackets of the pattern found, from 1. @say takes the string; without it
 * @text is said, with {1} where the first of them goes. */
typedef struct
{
  const char *pattern;
  char     *(*say) (char **parts);
  const char *text;
} Sentence;

static char *
say_phase (char **parts)
{
  return g_strdup_printf (_("phase %s of %s: %s of %s weights train"), parts[1], parts[2], parts[3], parts[4]);
}

static char *
say_paused (char **parts)
{
  return g_strdup (_("paused"));
}

static char *
say_resumed (char **parts)
{
  return g_strdup (_("resumed"));
}

static char *
say_rate (char **parts)
{
  return g_strdup_printf (_("learning rate %s -> %s"), parts[1], parts[2]);
}

static char *
say_head (char **parts)
{
  return g_strdup_printf (_("trains the head: %s weights"), parts[1]);
}

static char *
say_last (char **parts)
{
  return g_strdup_printf (_("trains the last blocks: %s weights"), parts[1]);
}

static char *
say_everything (char **parts)
{
  return g_strdup_printf (_("trains everything: %s weights"), parts[1]);
}

static char *
say_from (char **parts)
{
  return g_strdup_printf (_("trains from %s: %s weights"), parts[1], parts[2]);
}

static char *
say_all_but (char **parts)
{
  return g_strdup_printf (_("trains all but %s: %s weights"), parts[1], parts[2]);
}

static char *
say_not_changed (char **parts)
{
  return g_strdup_printf (_("what trains was not changed: %s"), parts[1]);
}

static char *
say_early (char **parts)
{
  const guint n = (guint) g_ascii_strtoull (parts[2], NULL, 10);

  return g_strdup_printf (ngettext ("phase %s ends early: no lower validation loss for %u epoch",
                                    "phase %s ends early: no lower validation loss for %u epochs", n),
                          parts[1], n);
}

static char *
say_cache (char **parts)
{
  return g_strdup_printf (_("%s: the features cannot be kept on disk (%s); going on in memory. Free space, or choose another folder for the cache"),
                          parts[1], parts[2]);
}

static char *
say_bf16 (char **parts)
{
  return g_strdup (_("what does not train is computed in bfloat16"));
}

static char *
say_no_bf16 (char **parts)
{
  return g_strdup (_("what does not train is computed in float32: this processor has no products of bfloat16"));
}

static char *
say_accuracies (char **parts)
{
  return g_strdup_printf (_("validation accuracy: %s in bfloat16, %s in float32"), parts[1], parts[2]);
}

static char *
say_elsewhere (char **parts)
{
  const guint n = (guint) g_ascii_strtoull (parts[2], NULL, 10);

  return g_strdup_printf (ngettext ("trained in PyTorch (%s, %u process), on from run %s", "trained in PyTorch (%s, %u processes), on from run %s", n), parts[1], n, parts[3]);
}

/* thaw-cli calls the remedy clip=1 */
static char *
say_not_finite (char **parts)
{
  const gboolean best = strcmp (parts[4], "the best epoch") == 0;

  if (best)
    return g_strdup_printf (_("It happened in epoch %s, step %s. Lower the learning rate, which was %s, or set a gradient limit of 1 in the training options. "
                              "The weights of the best epoch are kept."),
                            parts[1], parts[2], parts[3]);
  return g_strdup_printf (_("It happened in epoch %s, step %s. Lower the learning rate, which was %s, or set a gradient limit of 1 in the training options. "
                            "The weights are those of the start."),
                          parts[1], parts[2], parts[3]);
}

/* Why the file did not come, and what to do about that, are sentences of their own */
static char *
say_not_downloaded (char **parts)
{
  g_autofree char *reason = thaw_words_of_engine (parts[3]), *advice = thaw_words_of_engine (parts[4]);

  /* Translators: the network, the server, why, and what to do, which begins with its own punctuation */
  return g_strdup_printf (_("cannot download %s from %s: %s%s"), parts[1], parts[2], reason, advice);
}

static const Sentence sentences[] = {
  { "^phase (\\d+) of (\\d+): (\\d+) of (\\d+) weights train$", say_phase },
  { "^paused$", say_paused },
  { "^resumed$", say_resumed },
  { "^learning rate (\\S+) -> (\\S+)$", say_rate },
  { "^trains the head: (.+) weights$", say_head },
  { "^trains the last blocks: (.+) weights$", say_last },
  { "^trains everything: (.+) weights$", say_everything },
  { "^trains from (.+): (.+) weights$", say_from },
  { "^trains all but (.+): (.+) weights$", say_all_but },
  { "^what trains was not changed: (.+)$", say_not_changed },
  { "^phase (\\d+) ends early: no lower validation loss for (\\d+) epochs$", say_early },
  { "^(.+): the features cannot be kept on disk \\((.+)\\); going on in memory\\.", say_cache },
  { "^what does not train is computed in bfloat16$", say_bf16 },
  { "^what does not train is computed in float32: ", say_no_bf16 },
  { "^validation accuracy: (.+) in bfloat16, (.+) in float32$", say_accuracies },
  { "^trained in PyTorch \\((.+), processes: (\\d+)\\), on from run (\\d+)$", say_elsewhere },
  { "^the .+ is no longer a number in epoch (\\d+), step (\\d+): .*\\(now ([^)]+)\\).* those of (the best epoch|the start)$", say_not_finite },

  { "^the backbone (.+) is known but not installed; .*$", NULL, N_("The backbone {1} is not on this machine: download it, or locate its file.") },
  { "^there is no backbone or file named (.+); thaw-cli .*$", NULL, N_("There is no backbone or file named {1} on this machine: locate its file, or choose another backbone.") },
  { "^cannot download (.+?) from (\\S+): (.*?)(; is this machine's clock right, .*|; is there a network, .*|; try again later.*|)$", say_not_downloaded },
  { "^; is this machine's clock right, and does nothing stand between it and the server\\?$", NULL,
    N_("; is this machine’s clock right, and does nothing stand between it and the server?") },
  { "^; is there a network, and is the proxy right\\? Try again: what has arrived is kept$", NULL,
    N_("; is there a network, and is the proxy right? Try again: what has arrived is kept") },
  { "^; try again later: what has arrived is kept$", NULL, N_("; try again later: what has arrived is kept") },
  { "^; try again later, or import the file from elsewhere$", NULL, N_("; try again later, or import the file from elsewhere") },
  { "^another Thaw is downloading it just now \\((.+)\\): wait for that, or end it$", NULL, N_("another Thaw is downloading it just now ({1}): wait for that, or end it") },
  { "^(.+) is no address of a file$", NULL, N_("{1} is no address of a file") },
  { "^the server sends on to “(.*)”, which is no address$", NULL, N_("the server sends on to “{1}”, which is no address") },
  { "^the server sends on to (\\S+) without encryption, which Thaw does not follow$", NULL, N_("the server sends on to {1} without encryption, which Thaw does not follow") },
  { "^the server sends on and on: more than (\\d+) times$", NULL, N_("the server sends on and on: more than {1} times") },
  { "^the server does not have the file any more \\((\\d+)\\)$", NULL, N_("the server does not have the file any more ({1})") },
  { "^the proxy asks for a password: put it into the proxy's address in the system's settings$", NULL,
    N_("the proxy asks for a password: put it into the proxy’s address in the system’s settings") },
  { "^the server answers (\\d+ .*)$", NULL, N_("the server answers {1}") },
  { "^the server sends another part of the file than was asked for$", NULL, N_("the server sends another part of the file than was asked for") },
  { "^the server has a file of (.+) where the catalogue names one of (.+); does this network want you to log in first, in a browser\\?$", NULL,
    N_("the server has a file of {1} where the catalogue names one of {2}; does this network want you to log in first, in a browser?") },
  { "^the server has a file of (.+) where the catalogue names one of (.+)$", NULL, N_("the server has a file of {1} where the catalogue names one of {2}") },
  { "^(.+) are still to come, but in (.+) only (.+) are free; free some space and try again$", NULL,
    N_("{1} are still to come, but in {2} only {3} are free; free some space and try again") },
  { "^the server sends more than the file has; nothing of it was kept$", NULL, N_("the server sends more than the file has; nothing of it was kept") },
  { "^the connection ended early$", NULL, N_("the connection ended early") },
  { "^the server has less of the file than has come already$", NULL, N_("the server has less of the file than has come already") },
  { "^what the server sent is not the file that the catalogue names: its SHA-256 begins with (\\w+), not with (\\w+); nothing of it was kept$", NULL,
    N_("what the server sent is not the file that the catalogue names: its SHA-256 begins with {1}, not with {2}; nothing of it was kept") },
};

/* @parts may hold brackets of their own: what was filled in is not looked at again */
static char *
fill_in (const char *text, char **parts)
{
  const guint n = g_strv_length (parts);
  GString *filled = g_string_new (NULL);

  for (const char *c = text; *c; c++)
    if (c[0] == '{' && g_ascii_isdigit (c[1]) && c[2] == '}' && (guint) (c[1] - '0') < n)
      {
        g_string_append (filled, parts[c[1] - '0']);
        c += 2;
      }
    else
      g_string_append_c (filled, *c);
  return g_string_free (filled, FALSE);
}

/* They stay as long as the program: a long run has many events */
static GRegex *
regex_of (guint i)
{
  static GRegex *regexes[G_N_ELEMENTS (sentences)];

  if (g_once_init_enter (&regexes[i]))
    g_once_init_leave (&regexes[i], g_regex_new (sentences[i].pattern, G_REGEX_DOTALL, 0, NULL));
  return regexes[i];
}

char *
thaw_words_of_engine (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    {
      g_autoptr (GMatchInfo) match = NULL;

      if (g_regex_match (regex_of (i), text, 0, &match))
        {
          g_auto (GStrv) parts = g_match_info_fetch_all (match);

          return sentences[i].say ? sentences[i].say (parts) : fill_in (_(sentences[i].text), parts);
        }
    }
  return g_strdup (text);
}

char *
thaw_words_interval (double share, double low, double high)
{
  g_autofree char *middle = thaw_text_percent (share);
  g_autofree char *from = thaw_text_number (low * 100, 1);
  g_autofree char *to = thaw_text_number (high * 100, 1);

  /* Translators: 96.1 % (90.8 to 98.4): an accuracy and the interval that it lies in */
  return g_strdup_printf (_("%s (%s to %s)"), middle, from, to);
}
