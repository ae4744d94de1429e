/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-backbones.h>
#include <thaw/thaw-catalogue.h>
#include <thaw/thaw-format.h>

G_BEGIN_DECLS

struct _ThawBackboneItem
{
  GObject      parent_instance;
  ThawBackbone backbone;
  const ThawCatalogueEntry *entry; /* (nullable): not in the catalogue */
  double       image_seconds;
  gboolean     measured;

  GCancellable *download;  /* (nullable): it is being downloaded */
  gint64        received;
  char         *problem;   /* (nullable): why the last download failed */
};

ThawBackboneItem *thaw_backbone_item_new          (const ThawBackbone *backbone, const ThawCatalogueEntry *entry);
/* What was read anew of the same backbone */
void              thaw_backbone_item_take         (ThawBackboneItem *self, ThawBackboneItem *other);
void              thaw_backbone_item_set_speed    (ThawBackboneItem *self, double image_seconds, gboolean measured);
/* @download: (nullable) (transfer full): begins with it, ends without */
void              thaw_backbone_item_set_download (ThawBackboneItem *self, GCancellable *download, const char *problem);
void              thaw_backbone_item_set_received (ThawBackboneItem *self, gint64 received);
void              thaw_backbone_item_set_path     (ThawBackboneItem *self, const char *path);

struct _ThawBackbones
{
  GObject    parent_instance;
  GPtrArray *items;      /* ThawBackboneItem */
  guint64    requests;   /* the last reading of the list */
  gboolean   measuring;
  GCancellable *cancellable; /* (nullable) of what is measured */
};

/* thaw-backbones-download.c */
void thaw_backbones_install_signals (GType type);

G_END_DECLS
