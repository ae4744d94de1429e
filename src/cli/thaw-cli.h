/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-export.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-precision.h>
#include <thaw/thaw-project.h>
#include <thaw/thaw-text.h>

G_BEGIN_DECLS

/* Exit statuses. Results go to stdout, progress, warnings and the one line of an error to stderr. */
enum
{
  THAW_EXIT_DONE = 0,
  THAW_EXIT_FAILED = 1,
  THAW_EXIT_USAGE = 2,
  THAW_EXIT_INTERRUPTED = 130,
};

typedef struct _ThawCli ThawCli;

typedef struct
{
  const char         *name;
  const char         *arguments;   /* "FOLDER..." */
  const char         *summary;     /* a line of the list of commands */
  const char         *description; /* the rest of --help */
  const GOptionEntry *options;
  int                 min_arguments, max_arguments; /* max -1: any number */
  gboolean          (*run) (ThawCli *cli, GError **error);
} ThawCommand;

/**
 * ThawCli: what the commands share
 */
struct _ThawCli
{
  const ThawCommand *command;
  gboolean           json;         /* one object a line on stdout */
  char             **arguments;    /* in the encoding of file names */
  guint              n_arguments;
  GCancellable      *cancellable;  /* cancelled by SIGINT and SIGTERM */

  char              *hint;         /* how to go on after an interruption */

  gboolean           terminal;     /* stderr is one, and no --json: a progress bar is shown */
  gboolean           drawn;        /* a bar is on the last line */
  gint64             drawn_at;     /* monotonic */
  char              *drawn_what;
  gint64             started_at;   /* of the bar's work */
};

#define THAW_COMMAND(name) extern const ThawCommand thaw_command_##name;
#include "thaw-command-list.inc"
#undef THAW_COMMAND

/* THAW_CLI_USAGE: the command line itself is wrong: exit status 2 */
#define THAW_CLI_USAGE (thaw_cli_usage_quark ())
GQuark   thaw_cli_usage_quark (void);
/* Sets such an error; always FALSE */
gboolean thaw_cli_usage       (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* thaw-cli-output.c */

/* A line on stdout; nothing with --json */
void     thaw_cli_say      (ThawCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A line on stderr */
void     thaw_cli_warn     (ThawCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* @object: (transfer full): a line on stdout with --json, nothing without */
void     thaw_cli_emit     (ThawCli *self, JsonObject *object);
/* {"event": @event} (transfer full) */
JsonObject *thaw_cli_event (const char *event);
/* {"event": "epoch", ...} (transfer full) */
JsonObject *thaw_cli_epoch (const ThawEpoch *epoch);
/* The progress bar: @done of @total in @what ("pictures"). Cheap enough to call for each picture. */
void     thaw_cli_progress (ThawCli *self, const char *what, double done, double total);
void     thaw_cli_progress_clear (ThawCli *self);

/* Rows of columns, aligned. @alignment: a letter a column, l or r. The first row is the heading. */
typedef struct _ThawTable ThawTable;
ThawTable *thaw_table_new   (const char *alignment);
/* as many strings as there are columns; NULL is empty */
void       thaw_table_add   (ThawTable *self, ...);
/* @cells: (transfer full) */
void       thaw_table_take  (ThawTable *self, char **cells);
/* on stdout, unless it has a heading alone or there is --json; frees it */
void       thaw_table_print (ThawTable *self, ThawCli *cli);

/* thaw-cli-parse.c: what options say; FALSE with a usage error that names @option */
gboolean thaw_parse_double  (const char *option, const char *text, double low, double high, double *value, GError **error);
gboolean thaw_parse_int     (const char *option, const char *text, gint64 low, gint64 high, gint64 *value, GError **error);
gboolean thaw_parse_dtype   (const char *text, ThawDtype *dtype, GError **error);
/* 0 where @text is NULL */
gboolean thaw_parse_threads (const char *text, guint *threads, GError **error);
#define THAW_CLI_PRECISION_HELP "float32 (default), or fast: bfloat16 for what does not train, where the processor has it"
/* Of --precision; @text: (nullable). FALSE with an error where this processor has not what it needs */
gboolean thaw_cli_precision (const char *text, ThawPrecision *precision, GError **error);
ThawPool *thaw_cli_pool     (const char *threads, GError **error);

/* thaw-cli-model.c */

/**
 * thaw_cli_open_model:
 * @name: a project, a model file or the name of an installed backbone
 * @run: in a project; 0: the last that has weights
 * @project: (out) (optional) (nullable): open for reading where it is one
 */
ThawModel *thaw_cli_open_model (const char *name, gint64 run, ThawProject **project, gint64 *out_run, GError **error);
gboolean   thaw_cli_is_project (const char *name);
void       thaw_cli_project_close (ThawProject *project);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawProject, thaw_cli_project_close)
/* The run to use: @run, or the last with weights. (transfer full) */
ThawRun   *thaw_cli_find_run   (ThawProject *project, gint64 run, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRun, thaw_run_free)
const char *thaw_run_status_name (ThawRunStatus status);
/* for pictures of @side x @side pixels (transfer full) */
ThawModel *thaw_cli_resize     (ThawModel *model, int side, GError **error);

/* thaw-cli-plan.c: how the engine will run @model, and what of it trains. @threads: 0 for one a processor; @measure: run what predicts,
 * on one core, and say how long each operation took */
gboolean   thaw_cli_show_plan  (ThawCli *self, const ThawModel *model, const ThawFreeze *freeze, guint threads, gint64 batch, ThawPrecision precision,
                                gboolean measure, GError **error);

/* thaw-cli-measure.c: processor time of one picture forward on one core by node, [size of @graph] in seconds, on random pictures, @batch in
 * a pass (transfer full) */
double    *thaw_cli_measure    (ThawCli *self, ThawGraph *graph, ThawTensorMap *parameters, gint64 batch, GError **error);

/* thaw-cli-dataset.c */

/* The pictures of @paths */
ThawDataset *thaw_cli_dataset  (ThawCli *self, char **paths, GError **error);
/* Labels become the model's, by the names of the classes */
gboolean     thaw_cli_match_labels (ThawDataset *dataset, const ThawModel *model, GError **error);
/* Lists what was skipped from problem @first on: count and the first ten; all with --json */
void         thaw_cli_list_problems (ThawCli *self, const ThawDataset *dataset, guint first);

/* thaw-cli-export.c: what `export` and `train --export` share */

/* Writes, reads back, compares on the validation pictures of @dataset (nullable: on made-up ones), puts the file in its place. */
gboolean thaw_cli_export       (ThawCli *self, const ThawModel *model, ThawDataset *dataset, const ThawExportOptions *options, ThawPool *pool, GError **error);
gboolean thaw_cli_export_check (const ThawExportOptions *options, GError **error);

G_END_DECLS
