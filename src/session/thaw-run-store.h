/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

/* What of a run is read and written in the project's thread, in the forms that the window has it */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRun, thaw_run_free)
/* As the project has it now (transfer full) */
ThawRun    *thaw_run_read    (ThawProject *project, gint64 run, GError **error);

/**
 * ThawCurves: what was measured while a run trained
 */
typedef struct
{
  GArray *epochs; /* ThawEpoch */
  GArray *steps;  /* ThawStepPoint */
  GArray *events; /* ThawRunEvent */
} ThawCurves;

ThawCurves *thaw_curves_read (ThawProject *project, gint64 run, GError **error);
void        thaw_curves_free (ThawCurves *self);

/* What the window showed when the run began, each as JSON */
gboolean    thaw_run_keep_settings (ThawProject *project, gint64 run, const char *network, const char *options, GError **error);
/* The same again; of a run that no window began: what follows from how it was trained (transfer full) */
gboolean    thaw_run_read_settings (ThawProject *project, gint64 run, char **network, char **options, GError **error);

/* The person ended it: it is not one that was interrupted */
gboolean    thaw_run_keep_stopped  (ThawProject *project, gint64 run, GError **error);
/* The newest run, where it was interrupted and can go on; 0: there is none */
gint64      thaw_run_find_unfinished (ThawProject *project);

/* The run's best weights were judged, and by what */
typedef struct
{
  gint64          run;
  ThawEvaluation *evaluation; /* (nullable) */
  ThawDataset    *dataset;
  char          **labels;
} ThawJudgement;

/* The test's, where there is one, else validation's; ThawStoreFunc, @data: gint64 of the run */
gpointer    thaw_judgement_read_cb (ThawProject *project, gpointer data, GError **error);
void        thaw_judgement_free    (ThawJudgement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawJudgement, thaw_judgement_free)

G_END_DECLS
