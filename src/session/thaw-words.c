/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-words.h>

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-text.h>

/* A sentence of the engine, and how it is said here: @parts are what the brackets of the pattern found, from 1. @say takes the string. */
typedef struct
{
  const char *pattern;
  char     *(*say) (char **parts);
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
};

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

          return sentences[i].say (parts);
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
