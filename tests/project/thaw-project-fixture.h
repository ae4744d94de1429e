/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "../support/thaw-test.h"

#include <sqlite3.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-project.h>

/* What a test of projects begins with, for g_test_add() */
typedef struct
{
  char        *folder, *path, *backbone; /* @path: where the project will be */
  ThawModel   *model;
  ThawProject *project;                  /* (nullable): closed with the fixture */
  gint64       run;
} ThawProjectFixture;

void            thaw_project_fixture_set_up    (ThawProjectFixture *self, gconstpointer data);
void            thaw_project_fixture_tear_down (ThawProjectFixture *self, gconstpointer data);

/* The file of a small backbone (transfer full) */
char           *thaw_fixture_backbone (void);
/* It with a head for two classes (transfer full) */
ThawModel      *thaw_fixture_model    (const char *backbone);
/* Pictures that need not exist: below @folder, elsewhere, not UTF-8, inside an IDX file */
ThawDataset    *thaw_fixture_dataset  (const char *folder);
/* The state after epoch @n: the head's numbers are all @n, a slot's @n + .5, one parameter is the backbone's own.
 * @best: the best epoch so far, 0 for none */
ThawTrainState *thaw_fixture_state    (const ThawModel *model, int n, int best);
void            thaw_fixture_same_state (const ThawTrainState *a, const ThawTrainState *b);
ThawEpoch       thaw_fixture_epoch    (int n, double seconds);

/* A new project with the data set and a run; @id is the run's. Asserts that all goes well. */
ThawProject    *thaw_fixture_project  (const char *path, const char *backbone, const ThawModel *model, gint64 *id);
void            thaw_fixture_close    (ThawProject *project);
/* The run's pictures, what was said of them, a setting; and reading them: the first error */
void            thaw_fixture_add_kept (ThawProject *project, gint64 run);
void            thaw_fixture_read_kept (ThawProject *project, gint64 run, GError **error);
/* What version-1.sql gives for what it could not hold yet */
void            thaw_fixture_check_old (ThawProject *project);
/* An answer to the pictures 5, 1 and 2 of @dataset */
ThawEvaluation *thaw_fixture_evaluation (const ThawDataset *dataset);
/* The number that @sql gives in the closed project, read by SQLite alone */
gint64          thaw_fixture_value    (const char *path, const char *sql);
/* Runs @sql in the closed project by SQLite alone */
void            thaw_fixture_sql      (const char *path, const char *sql);
/* Names in the folder of @path but its own */
guint           thaw_fixture_others   (const char *path);
