/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pages/thaw-images-page.h"
#include "widgets/thaw-class-list.h"
#include "widgets/thaw-drop.h"
#include "widgets/thaw-picture-grid.h"
#include "widgets/thaw-problem-list.h"
#include "widgets/thaw-split-popover.h"

G_BEGIN_DECLS

struct _ThawImagesPage
{
  AdwBin                parent_instance;
  ThawSession          *session;
  ThawPictures         *pictures;     /* the session's */
  GCancellable         *importing;    /* an import or a search is under way */
  GtkFileChooserNative *chooser;
  char                 *only;         /* why some pictures alone are shown; NULL: they are not */
  gboolean              told_of_run;  /* that edits count from the next run on */
  guint64               generation;   /* when the run began */

  /* of the template */
  GtkStack             *stack;
  GtkStack             *view;
  GtkRevealer          *progress_revealer;
  GtkLabel             *progress_text;
  GtkSpinner           *spinner;
  GtkRevealer          *account_revealer;
  GtkLabel             *account_text;
  GtkWidget            *account_show;
  ThawClassList        *classes;
  GtkToggleButton      *problems_button;
  GtkWidget            *problems_icon;
  GtkLabel             *problems_label;
  GtkWidget            *search;
  GtkDropDown          *order;
  GtkWidget            *split;
  ThawSplitPopover     *split_popover;
  GtkWidget            *add;
  GtkLabel             *shown;
  GtkWidget            *show_all;
  ThawPictureGrid      *grid;
  ThawProblemList      *problems;
};

/* thaw-images-page.c */
/* Why nothing can be changed (transfer full); NULL: it can */
char *thaw_images_page_locked        (ThawImagesPage *self);
/* A toast; @action: (nullable) with @label */
void  thaw_images_page_say           (ThawImagesPage *self, const char *text, const char *action, const char *label);
void  thaw_images_page_show_only     (ThawImagesPage *self, GPtrArray *pictures, const char *why);

/* thaw-images-page-import.c */
void  thaw_images_page_install_import (GtkWidgetClass *klass);
void  thaw_images_page_attach_drop    (ThawImagesPage *self);
/* Why nothing can be added now, as a ThawDropWhyFunc */
char *thaw_images_page_why_not        (GtkWidget *widget, gpointer self);
void  thaw_images_page_refuse         (ThawImagesPage *self, const char *why);
void  thaw_images_page_files_dropped_on (ThawImagesPage *self, ThawClass *to, GPtrArray *files);
void  thaw_images_page_choose         (ThawImagesPage *self, GtkFileChooserAction action, const char *title, GCallback response);

/* thaw-images-page-edit.c */
void  thaw_images_page_install_edit   (GtkWidgetClass *klass);
void  thaw_images_page_enable         (ThawImagesPage *self);
void  thaw_images_page_open_at        (ThawImagesPage *self, guint position);
void  thaw_images_page_pictures_dropped (ThawImagesPage *self, ThawClass *to, GPtrArray *pictures);
void  thaw_images_page_class_dropped  (ThawImagesPage *self, ThawClass *from, ThawClass *into);

/* thaw-images-page-dialogs.c: @answered is called with what was given, never where the person cancels */
typedef void (*ThawImagesAnswer) (ThawImagesPage *self, const char *name, gpointer data);
void  thaw_images_page_ask_name  (ThawImagesPage *self, const char *heading, const char *button, const char *initial, ThawImagesAnswer answered,
                                  gpointer data, GDestroyNotify destroy);
/* One of the classes, but @except, or a new one */
void  thaw_images_page_ask_class (ThawImagesPage *self, const char *heading, const char *text, const char *button, const char *except,
                                  ThawImagesAnswer answered, gpointer data, GDestroyNotify destroy);

G_END_DECLS
