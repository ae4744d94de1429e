/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-image.h>

G_BEGIN_DECLS

typedef enum { THAW_SPLIT_TRAIN, THAW_SPLIT_VALIDATION, THAW_SPLIT_TEST, THAW_N_SPLITS } ThawSplit;

/**
 * ThawSample: one picture of a data set
 */
struct _ThawSample
{
  char     *path;    /* file name encoding, not UTF-8; absolute. An IDX file has many samples of one path */
  gint64    index;   /* the picture inside an IDX file; -1 for a picture file */
  gint64    size;    /* of the file, bytes */
  gint64    mtime;   /* of the file, microseconds */
  char     *hash;    /* SHA-256 of the content (for IDX: of the pixels), hexadecimal; NULL until it was read */
  int       label;
  ThawSplit split;
  gboolean  split_given; /* by the folder it was in: thaw_dataset_split() leaves it alone */
};

typedef struct
{
  char *path;        /* display name, UTF-8 */
  char *reason;      /* "truncated JPEG: ..." */
} ThawProblem;

/**
 * ThawDataset: classes and pictures. Not thread-safe while it changes; counted by reference.
 */
struct _ThawDataset
{
  GPtrArray *classes;    /* char *, display names, sorted by bytes: the label is the index */
  GPtrArray *samples;    /* ThawSample, sorted by split given, class and path: the order never depends on the file system */
  GPtrArray *problems;   /* ThawProblem: what was skipped, and why */
  gatomicrefcount references;
};

ThawDataset *thaw_dataset_new    (void);
ThawDataset *thaw_dataset_ref    (ThawDataset *self);
void         thaw_dataset_unref  (ThawDataset *self);
/* Shares nothing with @self (transfer full). @self may be in use by a run meanwhile: its hashes are taken as far as they are known. */
ThawDataset *thaw_dataset_copy   (const ThawDataset *self);

/**
 * Building a data set from samples: thaw_dataset_new(), then classes and samples in any order, then thaw_dataset_sort().
 */
/* The label of class @name, which is added where it is new; thaw_dataset_sort() gives it another */
int          thaw_dataset_add_class (ThawDataset *self, const char *name);
/* @sample: (transfer full): its label is that of a class here. Not looked for among those that are there. */
void         thaw_dataset_take_sample (ThawDataset *self, ThawSample *sample);
/* The order that thaw_dataset_add_path() leaves: classes by bytes (labels follow), samples by split given, class, path and index */
void         thaw_dataset_sort   (ThawDataset *self);

ThawSample  *thaw_sample_new     (void);                   /* of a picture file: index -1 */
ThawSample  *thaw_sample_copy    (const ThawSample *self); /* (transfer full) */
void         thaw_sample_free    (ThawSample *self);

/**
 * thaw_dataset_add_path:
 * @progress: (nullable): called now and then with the number of pictures found
 *
 * Adds what @path is: a folder whose sub-folders are classes; one with train/val/test (or training/validation/testing,
 * valid) inside, each of that form; a folder of pictures (one class, named by it); a folder with IDX files, or one such (MNIST's names:
 * train-*, t10k-*; plain or .gz; t10k becomes validation). Classes of one name grow together. Hidden files are passed over; sub-folders
 * of a class belong to it. Files that are no pictures by their content are problems. Nothing is decoded yet but headers.
 * A picture that is there already is not added again. A class of whose pictures none can be used is there, empty; a sub-folder without
 * any is a problem only. Names are made NFC; two folders of one parent whose names show the same (bytes that are not UTF-8) stay two
 * classes, "NAME" and "NAME (2)". On failure nothing but problems is added. IDX: the classes are named by labels.txt or classes.txt
 * beside the file, Fashion-MNIST's known names, or numbers.
 */
gboolean     thaw_dataset_add_path (ThawDataset *self, const char *path,
                                    void (*progress) (gpointer data, guint found), gpointer data,
                                    GCancellable *cancellable, GError **error);
/* As above, but everything that is in @path, a picture file or a folder, belongs to class @name */
gboolean     thaw_dataset_add_into (ThawDataset *self, const char *path, const char *name,
                                    void (*progress) (gpointer data, guint found), gpointer data,
                                    GCancellable *cancellable, GError **error);
/* Whether a folder has pictures beside sub-folders with pictures, so that somebody has to say what it is; blocks */
gboolean     thaw_dataset_is_mixed (const char *path, guint *n_loose, guint *n_folders, GCancellable *cancellable);
/* As thaw_dataset_add_path(), every sample put into @split whatever the folder says (--val FOLDER) */
gboolean     thaw_dataset_add_split (ThawDataset *self, const char *path, ThawSplit split, GCancellable *cancellable, GError **error);

/* What a folder of this name ("train", "valid", "testing", ...) says; THAW_N_SPLITS: nothing */
ThawSplit    thaw_split_of_folder  (const char *name);

/* At most this many a class, the first in the data set's order */
void         thaw_dataset_limit    (ThawDataset *self, ThawSplit split, guint per_class);

/**
 * thaw_dataset_split:
 * @validation: share of each class for validation, 0 <= x < 1; where a class has two pictures or more, at least one stays on each side
 *
 * Stratified: each class is shuffled by (seed, THAW_RANDOM_SPLIT, 0, class) in the order of its samples, the first go to validation.
 * Pictures whose split was given by a folder stay. Where some were given for validation nothing else is split off; where some were
 * given for the test, validation only (the training folder beside a test folder gives no split, so that there is something to take).
 */
void         thaw_dataset_split    (ThawDataset *self, double validation, double test, guint64 seed);

/* Opens, decodes and drops every picture once in @pool's threads: fills in hashes, moves unreadable ones to the problems. */
gboolean     thaw_dataset_verify   (ThawDataset *self, ThawPool *pool, void (*progress) (gpointer data, guint done), gpointer data,
                                    GCancellable *cancellable, GError **error);
/* What makes training impossible: fewer than two classes, a class without a training picture, no validation */
gboolean     thaw_dataset_check    (const ThawDataset *self, GError **error);

guint        thaw_dataset_count    (const ThawDataset *self, ThawSplit split, int label); /* label -1: all */
/* indices into samples (transfer full) */
GArray      *thaw_dataset_indices  (const ThawDataset *self, ThawSplit split);
/* The picture itself; also sets sample->hash if it is NULL (any thread). An error where the file was changed: its size or time differs
 * from the sample's, and its content from the hash. */
ThawImage   *thaw_sample_load      (ThawSample *self, GError **error);
char        *thaw_sample_display_name (const ThawSample *self);
void         thaw_dataset_add_problem (ThawDataset *self, const char *path, const char *reason);

/**
 * ThawLoader: decodes ahead of the compute threads
 *
 * Own threads decode (and prepare) pictures in the order they will be wanted, at most @budget bytes ahead. A picture that cannot be
 * read any more gives its error when it is taken.
 */
typedef struct
{
  guint32 sample;    /* index into the data set */
  guint32 variant;   /* 0: plain; k > 0: augmented variant k */
} ThawLoaderItem;

/* @items: copied. @budget: bytes of prepared pictures; less than one of them: everything is done by who takes it */
ThawLoader  *thaw_loader_new  (ThawDataset *dataset, const ThawPreprocessing *preprocessing, const ThawAugmentation *augmentation,
                               guint64 seed, const ThawLoaderItem *items, gsize n_items, guint n_threads, gsize budget);
/* Any thread, each item once, in about the order given: waits until item @i is there and copies it to @output, [H, W, 3].
 * An item nobody is working on yet is decoded by the caller, so that no order can deadlock. */
gboolean     thaw_loader_take (ThawLoader *self, gsize i, float *output, GError **error);
void         thaw_loader_free (ThawLoader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDataset, thaw_dataset_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSample, thaw_sample_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawLoader, thaw_loader_free)

G_END_DECLS
