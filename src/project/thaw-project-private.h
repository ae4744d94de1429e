/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>
#include <stdarg.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-project.h>

G_BEGIN_DECLS

#define THAW_PROJECT_APPLICATION_ID 0x54686177 /* "Thaw" */

/* Sets of tensors that belong to a run (tensors.kind). Values are part of the file format. */
typedef enum
{
  THAW_KIND_START, /* every parameter of the model as the run began */
  THAW_KIND_LAST,  /* ThawTrainState.tensors of the last checkpoint */
  THAW_KIND_BEST,  /* ThawTrainState.best */
  THAW_N_KINDS
} ThawTensorKind;

/**
 * ThawPending: what waits in memory for the next transaction, all of one run
 *
 * @state: a copy, (nullable). @best_changed: some state since the last commit had a new best, whether
 * it is @state or not.
 */
typedef struct
{
  gint64          run;
  ThawTrainState *state;
  gboolean        best_changed;
  GArray         *epochs;  /* ThawEpoch */
  GArray         *steps;   /* ThawProjectStep */
  GArray         *events;  /* ThawProjectEvent */
} ThawPending;

/* thaw-project-lock.c: one writer at a time */
typedef struct _ThawProjectLock ThawProjectLock;

/* @path: the project's. THAW_ERROR_BUSY where another process (or this one) holds it. */
ThawProjectLock *thaw_project_lock_take (const char *path, GError **error);
void             thaw_project_lock_drop (ThawProjectLock *self);

/* thaw-project-locking.c: SQLite's own locks hold until SQLite gives them up. Before the first file is opened; any thread */
void             thaw_project_keep_locks (void);

struct _ThawProject
{
  char            *path;         /* absolute, links resolved */
  char            *folder;
  gboolean         writable;
  ThawProjectLock *lock;         /* NULL when read-only */
  sqlite3         *db;
  gboolean         transaction;  /* begun and not ended by us */

  ThawPending      pending;
  gint64           last_commit;  /* monotonic, microseconds; 0: none yet */

  /* the backbone that was opened last; NULL: none */
  ThawModel       *backbone;
  char            *backbone_name;
  char            *backbone_hash;
};

/* thaw-project-sql.c */

/**
 * ThawQuery: a prepared statement and its first failure
 *
 *     g_auto (ThawQuery) query = { 0 };
 *     thaw_query_prepare (&query, project, "SELECT ...");
 *     thaw_query_bind (&query, "it", (gint64) 1, "text");
 *     while (thaw_query_next (&query))
 *       ... thaw_query_int (&query, 0, 0, G_MAXINT) ...
 *     return thaw_query_end (&query, error);
 *
 * Every function is harmless after a failure. A column that does not hold what is asked of it is a
 * failure (THAW_ERROR_INVALID): the file may come from anywhere.
 */
typedef struct
{
  ThawProject  *project;
  sqlite3_stmt *statement;
  GError       *error;
} ThawQuery;

void        thaw_query_prepare (ThawQuery *self, ThawProject *project, const char *sql);
/* @types: a letter a parameter: i gint64, d double (NULL where it is no number), t const char *
 * (nullable), b const void * and gsize (not copied: must outlive the next step), n nothing (NULL) */
void        thaw_query_bind    (ThawQuery *self, const char *types, ...);
gboolean    thaw_query_next    (ThawQuery *self);
gboolean    thaw_query_end     (ThawQuery *self, GError **error);
void        thaw_query_clear   (ThawQuery *self);

gboolean    thaw_query_is_null (ThawQuery *self, int column);
gint64      thaw_query_int     (ThawQuery *self, int column, gint64 min, gint64 max);
double      thaw_query_double  (ThawQuery *self, int column); /* NULL: not a number */
/* valid UTF-8; "" after a failure; until the next step */
const char *thaw_query_text    (ThawQuery *self, int column);
const void *thaw_query_blob    (ThawQuery *self, int column, gsize *bytes);
/* marks the row as damaged */
void        thaw_query_refuse  (ThawQuery *self, const char *what);

/* One statement without rows */
gboolean    thaw_project_exec  (ThawProject *self, GError **error, const char *sql,
                                const char *types, ...);
/* The first column of the first row, an integer */
gboolean    thaw_project_value (ThawProject *self, const char *sql, gint64 *value, GError **error);
void        thaw_project_fail  (ThawProject *self, int code, GError **error);
/* Transactions. A failed commit rolls back. */
gboolean    thaw_project_begin    (ThawProject *self, GError **error);
gboolean    thaw_project_commit   (ThawProject *self, GError **error);
void        thaw_project_rollback (ThawProject *self);
gboolean    thaw_project_check_writable (ThawProject *self, GError **error);

/* thaw-project.c */

/* One that is not open; @path is resolved */
ThawProject *thaw_project_alloc   (const char *path, gboolean writable);
void        thaw_project_free     (ThawProject *self);
gboolean    thaw_project_connect  (ThawProject *self, const char *name, int flags, GError **error);
gboolean    thaw_project_start_writing (ThawProject *self, GError **error);
void        thaw_project_tidy     (ThawProject *self);

/* thaw-project-dataset.c: the part of @path below the project's folder, or the whole where it lies elsewhere */
const char *thaw_project_relative_path (const ThawProject *self, const char *path);

/* thaw-project-snapshot.c: data sets that belong to runs and evaluations. In the caller's transaction */
gboolean     thaw_project_put_dataset (ThawProject *self, const ThawDataset *dataset, gint64 *id, GError **error);
ThawDataset *thaw_project_stored_dataset (ThawProject *self, gint64 id, GError **error);
/* The file was in @folder. */
gboolean     thaw_project_move_datasets (ThawProject *self, const char *folder, GError **error);

/* thaw-project-curves.c: for GArray */
void         thaw_project_event_clear (gpointer event);

/* thaw-project-schema.c */

/* The version this build reads and writes */
int         thaw_schema_version  (void);
/* A new, empty project as the bytes of its file */
GBytes     *thaw_schema_new_file (GError **error);
/* The objects in the database are those of its version and nothing else: no trigger, no view */
gboolean    thaw_schema_check    (ThawProject *self, GError **error);
/* One transaction; nothing happens where the version is the newest */
gboolean    thaw_schema_migrate  (ThawProject *self, GError **error);

/* thaw-project-weights.c */

/* Replaces a set. Parameters that equal the backbone's are stored as such; the names of THAW_KIND_LAST
 * carry the prefix "model/". @last: (nullable): the set THAW_KIND_LAST as it was just stored: what is the
 * same there shares its data. In the caller's transaction; the run's backbone is open. */
gboolean       thaw_project_write_tensors (ThawProject *self, gint64 run, ThawTensorKind kind,
                                           const ThawTensorMap *tensors, const ThawTensorMap *last,
                                           GError **error);
/* @tensors: (out) (transfer full): NULL where the set is empty */
gboolean       thaw_project_read_tensors  (ThawProject *self, gint64 run, ThawTensorKind kind,
                                           ThawTensorMap **tensors, GError **error);
/* Drops what no run refers to any more. In the caller's transaction. */
gboolean       thaw_project_sweep         (ThawProject *self, GError **error);

/* thaw-project-backbone.c */

/* Opens @name (NULL: the run has none, all its tensors are its own) into self->backbone. With @hash it
 * must have it, and is looked for under other names too. */
gboolean       thaw_project_need_backbone (ThawProject *self, const char *name, const char *hash,
                                           GError **error);
gboolean       thaw_project_need_backbone_of (ThawProject *self, gint64 run, GError **error);

/* thaw-project-pending.c */
void        thaw_pending_init  (ThawPending *self);
void        thaw_pending_clear (ThawPending *self);
/* What waits is not wanted any more */
void        thaw_pending_drop  (ThawPending *self);

/* thaw-project-runs.c */
void        thaw_project_no_run      (ThawProject *self, gint64 run, GError **error); /* sets that there is none */
gboolean    thaw_project_changed_run (ThawProject *self, gint64 run, GError **error); /* did the last statement? No: there is none */

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawQuery, thaw_query_clear)

G_END_DECLS
