/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

struct _ThawClass
{
  GObject  parent_instance;
  char    *name;
  guint    counts[THAW_N_SPLITS];
  gboolean listed;
  gboolean dirty;   /* counts were not told yet */
  int      label;   /* its place in the list */
};

ThawClass *thaw_class_new      (const char *name);
void       thaw_class_set_name (ThawClass *self, const char *name);
/* Tells of counts that changed */
void       thaw_class_tell     (ThawClass *self);

#define THAW_DEFAULT_VALIDATION .2

/* How pictures were split last */
typedef struct
{
  double  validation, test;
  guint64 seed;
} ThawShares;

/* What edits change of a picture */
typedef struct
{
  ThawClass *klass;    /* borrowed: pictures and edits hold theirs */
  char      *path;     /* GRefString, borrowed likewise */
  guint      split : 2;
  guint      given : 1;
  guint      present : 1;
} ThawPictureState;

struct _ThawPicture
{
  GObject          parent_instance;
  ThawPictureState state;        /* owns class and path */
  char            *name;         /* display; made when asked for */
  gint64           index, size, mtime;
  char            *hash;
  char            *fault;
  int              width, height;
  guint            position;     /* in the model, where present */
  guint            missing : 1;
  guint            scanned : 1;
};

ThawPicture *thaw_picture_new       (const ThawSample *sample, char *path, ThawClass *klass);
/* Class, path, split, given; tells who listens */
void         thaw_picture_set_state (ThawPicture *self, const ThawPictureState *state);
void         thaw_picture_set_missing (ThawPicture *self, gboolean missing);

struct _ThawPictures
{
  GObject       parent_instance;
  ThawHistory  *history;
  GPtrArray    *pictures;      /* ThawPicture; each knows its position */
  GHashTable   *known;         /* of them, by path and index */
  GListStore   *classes;
  GHashTable   *by_name;       /* name -> ThawClass, those that are listed */
  GPtrArray    *skipped;       /* ThawProblem, counted; replaced, never changed */
  guint         counts[THAW_N_SPLITS];
  guint         n_given[THAW_N_SPLITS];
  guint64       generation;
  char         *problem;
  ThawShares    shares;

  /* import */
  gboolean      busy;
  guint         n_found;

  /* problems */
  GListStore   *problems;
  guint         problems_source;
  struct _ThawLook *look;      /* (nullable): under way */

  /* scan */
  gboolean      scanning;      /* it may */
  gboolean      in_scan;       /* a batch is under way */
  gboolean      scan_found;    /* something to save since the scan began */
  guint         scan_next;     /* every picture before it was scanned */
  guint         scan_batches;
};

/* thaw-pictures.c: the pieces that edits are made of. Nobody is told of counts before thaw_pictures_tell(). */
/* At the end of the list; @pictures have their state */
void          thaw_pictures_put_in       (ThawPictures *self, GPtrArray *pictures);
void          thaw_pictures_take_out     (ThawPictures *self, GPtrArray *pictures);
/* Their class or name changed: filters and orders are to look again */
void          thaw_pictures_touch        (ThawPictures *self, GPtrArray *pictures);
void          thaw_pictures_count_state  (ThawPictures *self, const ThawPictureState *state, int by);
void          thaw_pictures_list_class   (ThawPictures *self, ThawClass *klass, gboolean listed);
/* (transfer none): listed, made where need be */
ThawClass    *thaw_pictures_ensure_class (ThawPictures *self, const char *name);
void          thaw_pictures_sort_classes (ThawPictures *self);
void          thaw_pictures_set_skipped  (ThawPictures *self, GPtrArray *skipped);
/* Counts, classes, the problem; @to_save: the generation, too */
void          thaw_pictures_tell         (ThawPictures *self, gboolean to_save);
void          thaw_pictures_set_busy     (ThawPictures *self, gboolean busy);
void          thaw_pictures_set_found    (ThawPictures *self, guint found);
/* What a snapshot begins with: the classes and what was passed over (transfer full) */
ThawDataset  *thaw_pictures_begin_snapshot (ThawPictures *self);
/* (transfer full): copies of ThawProblem, those of @more behind those of @first */
GPtrArray    *thaw_problems_join         (GPtrArray *first, GPtrArray *more);

/* Finds a ThawPicture by path and index; holds none of them */
GHashTable   *thaw_pictures_new_table    (void);

/* thaw-pictures-snapshot.c: a whole data set, made ready in any thread */
typedef struct _ThawPicturesStock ThawPicturesStock;

ThawPicturesStock *thaw_pictures_stock_new  (const ThawDataset *dataset);
void               thaw_pictures_stock_free (gpointer self);
/* thaw_pictures_load() with what was made ready (transfer full) */
void               thaw_pictures_take_stock (ThawPictures *self, ThawPicturesStock *stock);

/* thaw-pictures-edit.c: what is done, undone and done again */
typedef struct _ThawPictureEdit ThawPictureEdit;

ThawPictureEdit *thaw_picture_edit_new     (ThawPictures *pictures);
void             thaw_picture_edit_free    (gpointer self);
/* The state that is to be; what it is now is kept */
void             thaw_picture_edit_change  (ThawPictureEdit *self, ThawPicture *picture, const ThawPictureState *to);
void             thaw_picture_edit_class   (ThawPictureEdit *self, ThawClass *klass, const char *name, gboolean listed);
void             thaw_picture_edit_skipped (ThawPictureEdit *self, GPtrArray *skipped);
void             thaw_picture_edit_shares  (ThawPictureEdit *self, const ThawShares *shares);
guint            thaw_picture_edit_count   (const ThawPictureEdit *self);
/* Does it, and hands it to the history (transfer full) */
void             thaw_picture_edit_commit  (ThawPictureEdit *self, const char *label);
/* It was done bit by bit already, and is taken back as if it had never been (transfer full) */
void             thaw_picture_edit_revert  (ThawPictureEdit *self);
/* It was done bit by bit already */
void             thaw_picture_edit_record  (ThawPictureEdit *self, const char *label);

/* thaw-pictures-problems.c */
void             thaw_pictures_look_for_problems (ThawPictures *self);
void             thaw_pictures_stop_looking      (ThawPictures *self);
/* thaw-pictures-scan.c: goes on where there is something to scan, from the first picture */
void             thaw_pictures_scan_on           (ThawPictures *self);

G_END_DECLS
