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
/* A copy of what the engine reads pictures by: any thread may have it (transfer full), thaw_sample_free() */
ThawSample  *thaw_picture_to_sample    (ThawPicture *self);

/**
 * ThawPictures: the session's pictures, a GListModel of ThawPicture
 *
 * What the person sees and edits; a run gets a snapshot. Every edit is one entry of the history. Properties (notify): n-train, n-validation, n-test;
 * generation (guint64, changes with everything that is to be saved); busy (an import is under way); problem (nullable string: why these pictures
 * cannot be trained on, a plain sentence).
 */
ThawPictures *thaw_pictures_new          (ThawHistory *history);
GListModel   *thaw_pictures_get_classes  (ThawPictures *self);  /* ThawClass, by name; (transfer none) */
GListModel   *thaw_pictures_get_problems (ThawPictures *self);  /* ThawPictureProblem (thaw-picture-problem.h), (transfer none) */
/* NULL-terminated names, in the order of the labels (transfer full) */
char        **thaw_pictures_dup_labels   (ThawPictures *self);

/* (transfer full): for a worker. Order and labels are those of thaw_dataset_add_path(). */
ThawDataset  *thaw_pictures_snapshot     (ThawPictures *self);
/* Replaces everything, without history: a project was opened */
void          thaw_pictures_load         (ThawPictures *self, ThawDataset *dataset);
/* Takes hashes, sizes, times and new problems over from a run's data set */
void          thaw_pictures_refresh      (ThawPictures *self, ThawDataset *dataset);
/* (nullable) (transfer none) */
ThawPicture  *thaw_pictures_find         (ThawPictures *self, const char *path, gint64 index);

/* Edits; each can be undone. @pictures: of ThawPicture */
void          thaw_pictures_relabel      (ThawPictures *self, GPtrArray *pictures, ThawClass *to);
void          thaw_pictures_remove_many  (ThawPictures *self, GPtrArray *pictures);

G_END_DECLS
