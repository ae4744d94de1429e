/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What trainers and caches say is recognised, and said without the command line's words. */
#include <locale.h>
#include <thaw-test.h>
#include <thaw/thaw-words.h>

static const struct
{
  const char *engine, *window;
} sentences[] = {
  { "phase 1 of 2: 2561 of 3375553 weights train", "phase 1 of 2: 2561 of 3375553 weights train" },
  { "learning rate 0.001 -> 2e-05", "learning rate 0.001 -> 2e-05" },
  { "trains all but stem, blocks.0: 2.1 M weights", "trains all but stem, blocks.0: 2.1 M weights" },
  { "phase 1 ends early: no lower validation loss for 1 epochs", "phase 1 ends early: no lower validation loss for 1 epoch" },
  { "phase 2 ends early: no lower validation loss for 5 epochs", "phase 2 ends early: no lower validation loss for 5 epochs" },
  { "the training loss is no longer a number in epoch 3, step 12: lower the learning rate (now 0.1) or clip the gradients (clip=1); the weights are those of "
    "the best epoch",
    "It happened in epoch 3, step 12. Lower the learning rate, which was 0.1, or set a gradient limit of 1 in the training options. The weights of the best "
    "epoch are kept." },
  { "/tmp/cache: the features cannot be kept on disk (No space left on device); going on in memory. Free space, or choose another folder for the cache",
    "/tmp/cache: the features cannot be kept on disk (No space left on device); going on in memory. Free space, or choose another folder for the cache" },
  { "left out: a picture", "left out: a picture" },
  { "cannot download ResNet-50 from download.pytorch.org: the server answers 503 Service Unavailable; try again later: what has arrived is kept",
    "cannot download ResNet-50 from download.pytorch.org: the server answers 503 Service Unavailable; try again later: what has arrived is kept" },
  { "cannot download a from b: another Thaw is downloading it just now (/tmp/{2}.part): wait for that, or end it",
    "cannot download a from b: another Thaw is downloading it just now (/tmp/{2}.part): wait for that, or end it" },
  { "cannot download a from b: Error resolving “b”: Name or service not known; is there a network, and is the proxy right? Try again: what has arrived is kept",
    "cannot download a from b: Error resolving “b”: Name or service not known; is there a network, and is the proxy right? Try again: what has arrived is kept" },
  { "cannot download a from b: the server has a file of 2 kB where the catalogue names one of 100 MB; does this network want you to log in first, in a browser?; "
    "try again later, or import the file from elsewhere",
    "cannot download a from b: the server has a file of 2 kB where the catalogue names one of 100 MB; does this network want you to log in first, in a browser?; "
    "try again later, or import the file from elsewhere" },
  { "cannot download a from b: the proxy asks for a password: put it into the proxy's address in the system's settings; try again later, or import the file "
    "from elsewhere",
    "cannot download a from b: the proxy asks for a password: put it into the proxy’s address in the system’s settings; try again later, or import the file "
    "from elsewhere" },
};

static void
test_engine (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    {
      g_autofree char *words = thaw_words_of_engine (sentences[i].engine);

      g_assert_cmpstr (words, ==, sentences[i].window);
    }
}

static void
test_interval (void)
{
  g_autofree char *words = thaw_words_interval (.961, .908, .984);

  g_assert_cmpstr (words, ==, "96.1 % (90.8 to 98.4)");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/engine", test_engine);
  g_test_add_func ("/words/interval", test_interval);
  return g_test_run ();
}
