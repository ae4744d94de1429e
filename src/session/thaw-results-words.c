/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>
#include <thaw/thaw-words.h>

/* An interval that reaches this far to either side is worth a word */
#define WORTH_A_WORD .02

char *
thaw_results_dup_headline (ThawResults *self)
{
  const ThawEvaluation *evaluation = thaw_results_get_evaluation (self);

  return evaluation && evaluation->n ? thaw_words_interval (evaluation->accuracy, evaluation->low, evaluation->high) : NULL;
}

char *
thaw_results_dup_basis (ThawResults *self)
{
  const ThawEvaluation *evaluation = thaw_results_get_evaluation (self);

  if (!evaluation || !evaluation->n)
    return NULL;
  if (thaw_results_get_split (self) == THAW_SPLIT_TEST)
    return g_strdup_printf (ngettext ("Right on this share of %u test picture, which had no part in the training. In brackets: the range it lies in with 95 %% certainty.",
                                      "Right on this share of %u test pictures, which had no part in the training. In brackets: the range it lies in with 95 %% certainty.",
                                      evaluation->n), evaluation->n);
  return g_strdup_printf (ngettext ("Right on this share of %u validation picture, which also chose the best epoch: on new pictures it may be a little less. "
                                    "In brackets: the range it lies in with 95 %% certainty.",
                                    "Right on this share of %u validation pictures, which also chose the best epoch: on new pictures it may be a little less. "
                                    "In brackets: the range it lies in with 95 %% certainty.",
                                    evaluation->n), evaluation->n);
}

char *
thaw_results_dup_caution (ThawResults *self)
{
  const ThawEvaluation *evaluation = thaw_results_get_evaluation (self);
  gboolean test = thaw_results_get_split (self) == THAW_SPLIT_TEST;
  double reach = evaluation ? (evaluation->high - evaluation->low) / 2 : 0;
  g_autofree char *points = thaw_text_number (reach * 100, 0);

  if (!evaluation || !evaluation->n || reach < WORTH_A_WORD)
    return NULL;
  return g_strdup_printf (test ? ngettext ("With %u picture, chance alone moves this figure by about %s points either way; more test pictures would make it surer.",
                                           "With %u pictures, chance alone moves this figure by about %s points either way; more test pictures would make it surer.", evaluation->n)
                               : ngettext ("With %u picture, chance alone moves this figure by about %s points either way; more validation pictures would make it surer.",
                                           "With %u pictures, chance alone moves this figure by about %s points either way; more validation pictures would make it surer.", evaluation->n),
                          evaluation->n, points);
}

char *
thaw_results_dup_edits (ThawResults *self)
{
  guint edited = thaw_results_get_edited (self);

  if (!edited)
    return NULL;
  return g_strdup_printf (ngettext ("%u picture has been given another class since this run was trained. The figures count it where it is now; the network learns of it when you train again.",
                                    "%u pictures have been given another class since this run was trained. The figures count them where they are now; the network learns of it when you train again.",
                                    edited), edited);
}
