/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-history.h>

G_BEGIN_DECLS

#define THAW_TYPE_CLASS (thaw_class_get_type ())
G_DECLARE_FINAL_TYPE (ThawClass, thaw_class, THAW, CLASS, GObject)
#define THAW_TYPE_PICTURE (thaw_picture_get_type ())
G_DECLARE_FINAL_TYPE (ThawPicture, thaw_picture, THAW, PICTURE, GObject)
#define THAW_TYPE_PICTURES (thaw_pictures_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictures, thaw_pictures, THAW, PICTURES, GObject)

/**
 * ThawClass: a class of the data set
 *
 * Properties (notify): name; n-pictures; n-train, n-validation, n-test (guint).
 */
const char  *thaw_class_get_name       (ThawClass *self);
guint        thaw_class_get_n_pictures (ThawClass *self);
guint        thaw_class_count          (ThawClass *self, ThawSplit split);

/**
 * ThawPicture: a picture of the data set
 *
 * Properties (notify): name (display), class, split, missing (the file is not where it was).
 */
const char  *thaw_picture_get_path     (ThawPicture *self);   /* file name encoding, absolute */
gint64       thaw_picture_get_index    (ThawPicture *self);   /* inside an IDX file; -1 for a picture file */
const char  *thaw_picture_get_name     (ThawPicture *self);   /* display, UTF-8 */
ThawClass   *thaw_picture_get_class    (ThawPicture *self);   /* (transfer none) */
ThawSplit    thaw_picture_get_split    (ThawPicture *self);
gboolean     thaw_picture_get_split_given (ThawPicture *self); /* by its folder */
gboolean     thaw_picture_get_missing  (ThawPicture *self);
gint64       thaw_picture_get_size     (ThawPicture *self);   /* of the file, bytes */
/* The upright picture's, in pixels; 0 as long as it is not known */
void         thaw_picture_get_extent   (ThawPicture *self, int *width, int *height);
/* Why it cannot be read; NULL: nothing known against it */
const char  *thaw_picture_get_fault    (ThawPicture *self);
/* A copy of what the engine reads pictures by: any thread may have it (transfer full), thaw_sample_free() */
ThawSample  *thaw_picture_to_sample    (ThawPicture *self);

/**
 * ThawPictures: the session's pictures, a GListModel of ThawPicture
 *
 * What the person sees and edits; a run gets a snapshot. Every edit is one entry of the history. Properties (notify): n-train, n-validation, n-test;
 * generation (guint64, changes with everything that is to be saved); busy (an import is under way); n-found (guint, of the import under way);
 * problem (nullable string: why these pictures cannot be trained on, a plain sentence). Signal: "changed" after each edit, when counts and lists are
 * up to date again.
 */
ThawPictures *thaw_pictures_new          (ThawHistory *history);
GListModel   *thaw_pictures_get_classes  (ThawPictures *self);  /* ThawClass, by name; (transfer none) */
GListModel   *thaw_pictures_get_problems (ThawPictures *self);  /* ThawPictureProblem (thaw-picture-problem.h), (transfer none) */
/* NULL-terminated names, in the order of the labels (transfer full) */
char        **thaw_pictures_dup_labels   (ThawPictures *self);
guint         thaw_pictures_count        (ThawPictures *self, ThawSplit split);
gboolean      thaw_pictures_get_busy     (ThawPictures *self);
/* (nullable): why they cannot be trained on */
const char   *thaw_pictures_get_problem  (ThawPictures *self);

/* (transfer full): for a worker. Order and labels are those of thaw_dataset_add_path(). */
ThawDataset  *thaw_pictures_snapshot     (ThawPictures *self);
/* Replaces everything, without history: a project was opened */
void          thaw_pictures_load         (ThawPictures *self, ThawDataset *dataset);
/* Takes hashes, sizes, times and new problems over from a run's data set */
void          thaw_pictures_refresh      (ThawPictures *self, ThawDataset *dataset);
/* (nullable) (transfer none) */
ThawPicture  *thaw_pictures_find         (ThawPictures *self, const char *path, gint64 index);
ThawClass    *thaw_pictures_find_class   (ThawPictures *self, const char *name);

/* Edits; each can be undone. @pictures: of ThawPicture */
void          thaw_pictures_relabel      (ThawPictures *self, GPtrArray *pictures, ThawClass *to);
void          thaw_pictures_remove_many  (ThawPictures *self, GPtrArray *pictures);
/* Until the next thaw_pictures_split(), which leaves alone only what folders have said */
void          thaw_pictures_set_split    (ThawPictures *self, GPtrArray *pictures, ThawSplit split);
/* FALSE with @error where the name is empty or another class has it */
gboolean      thaw_pictures_add_class    (ThawPictures *self, const char *name, GError **error);
gboolean      thaw_pictures_rename_class (ThawPictures *self, ThawClass *klass, const char *name, GError **error);
/* Everything of @from goes to @into; @from is gone */
void          thaw_pictures_merge_classes (ThawPictures *self, ThawClass *from, ThawClass *into);
/* With its pictures */
void          thaw_pictures_delete_class (ThawPictures *self, ThawClass *klass);
/* thaw_dataset_split(); @forget: also what folders have said. Where there are many, a moment later. */
void          thaw_pictures_split        (ThawPictures *self, double validation, double test, guint64 seed, gboolean forget);
/* The shares used last, which pictures added from now on get as well */
void          thaw_pictures_get_shares   (ThawPictures *self, double *validation, double *test, guint64 *seed);
/* As a project keeps them (transfer full); from there, without history: what is NULL or none becomes what a new project has */
char         *thaw_pictures_shares_to_json   (ThawPictures *self);
void          thaw_pictures_shares_from_json (ThawPictures *self, const char *json);

/**
 * ThawImportItem: a folder or file that is to be imported, and how
 */
typedef struct
{
  char     *path;                  /* file name encoding, absolute */
  char     *class_name;            /* everything in it goes into this class; NULL: as thaw_dataset_add_path() has it */
  ThawSplit split;                 /* THAW_N_SPLITS: as the folders say */
  guint     limit[THAW_N_SPLITS];  /* at most so many a class; 0: all */
  gboolean  is_picture;            /* thaw_pictures_examine_async(): a loose picture, which needs a class */
  guint     n_loose, n_folders;    /* ...: a folder that mixes pictures and sub-folders with pictures; both 0: it does not */
} ThawImportItem;

ThawImportItem *thaw_import_item_new  (const char *path);
void            thaw_import_item_free (ThawImportItem *self);

/**
 * ThawImportAccount: what became of an import
 */
typedef struct
{
  guint      n_pictures;   /* added */
  guint      n_known;      /* were there already */
  guint      n_classes;    /* that pictures were added to */
  GPtrArray *skipped;      /* ThawProblem: what was passed over, and why */
} ThawImportAccount;

void               thaw_import_account_free (ThawImportAccount *self);

/* Looks what they are; finish: ThawImportItem (transfer full). @paths: NULL-terminated */
void               thaw_pictures_examine_async  (ThawPictures *self, const char *const *paths, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray         *thaw_pictures_examine_finish (ThawPictures *self, GAsyncResult *result, GError **error);
/* Files are read in a thread and pictures added in slices; one edit of the history. One import at a time: THAW_ERROR_BUSY */
void               thaw_pictures_import_async   (ThawPictures *self, GPtrArray *items, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
ThawImportAccount *thaw_pictures_import_finish  (ThawPictures *self, GAsyncResult *result, GError **error);

/* A thread that reads every picture once, for hashes, sizes and faults, when the processor has nothing else to do. Paused at first: whoever shows
 * pictures lets it run while nothing trains. */
void               thaw_pictures_set_scanning   (ThawPictures *self, gboolean scanning);
/* Looks in a thread whether the files are still there */
void               thaw_pictures_check_files    (ThawPictures *self);
/* Finds missing pictures below @folder: by the end of their path, else by size and content. One edit. Finish: how many were found; -1: @error */
void               thaw_pictures_locate_async   (ThawPictures *self, const char *folder, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
int                thaw_pictures_locate_finish  (ThawPictures *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawImportAccount, thaw_import_account_free)

G_END_DECLS
