/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ThawDrop: files that are dropped on a widget or pasted into it
 *
 * A GdkFileList, text/uri-list (GDK turns it into one), a GFile, or a text with addresses or absolute paths a line. The widget lights up while
 * something hovers over it (style class "thaw-drop", state :drop(active)).
 */

/* @files: GFile, at least one (transfer none) */
typedef void  (*ThawDropFunc)    (GtkWidget *widget, GPtrArray *files, gpointer data);
/* Why nothing can be dropped now, a sentence for the person (transfer full); NULL: it can. Asked at the drop */
typedef char *(*ThawDropWhyFunc) (GtkWidget *widget, gpointer data);
/* What to do with that sentence, or with one that says that it was no file */
typedef void  (*ThawDropRefused) (GtkWidget *widget, const char *why, gpointer data);

typedef struct
{
  ThawDropFunc    dropped;
  ThawDropWhyFunc why_not;   /* (nullable) */
  ThawDropRefused refused;   /* (nullable) */
} ThawDropHandler;

/* @handler: static; @data outlives @widget */
GtkDropTarget *thaw_drop_attach      (GtkWidget *widget, const ThawDropHandler *handler, gpointer data);
/* What is on the clipboard, as if it was dropped on @widget */
void           thaw_drop_paste       (GtkWidget *widget, const ThawDropHandler *handler, gpointer data);

/* Ctrl+V activates @action (static) wherever the focus is, as long as @page is shown; an entry that has the focus takes its text first. */
void           thaw_drop_add_paste_key (GtkWidget *page, const char *action);
/* GFile; empty: it holds no files (transfer full) */
GPtrArray     *thaw_drop_value_files (const GValue *value);
/* Paths in file name encoding, NULL-terminated, those that have one (transfer full) */
char         **thaw_drop_paths       (GPtrArray *files);

G_END_DECLS
