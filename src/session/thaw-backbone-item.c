/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-backbones-private.h"

#include <string.h>
#include <thaw/thaw-text.h>

G_DEFINE_FINAL_TYPE (ThawBackboneItem, thaw_backbone_item, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_TITLE,
  PROP_LICENCE,
  PROP_PARAMETERS,
  PROP_INPUT,
  PROP_TOP1,
  PROP_INSTALLED,
  PROP_IMAGE_SECONDS,
  PROP_MEASURED,
  PROP_BYTES,
  PROP_DOWNLOADING,
  PROP_RECEIVED,
  PROP_PROBLEM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

const char *
thaw_backbone_item_get_name (ThawBackboneItem *self)
{
  return self->backbone.name;
}

void
thaw_backbone_item_set_speed (ThawBackboneItem *self, double image_seconds, gboolean measured)
{
  self->image_seconds = image_seconds;
  self->measured = measured;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IMAGE_SECONDS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MEASURED]);
}

void
thaw_backbone_item_set_download (ThawBackboneItem *self, GCancellable *download, const char *problem)
{
  g_set_object (&self->download, download);
  g_clear_object (&download);
  g_free (self->problem);
  self->problem = g_strdup (problem);
  self->received = 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RECEIVED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOWNLOADING]);
}

void
thaw_backbone_item_set_received (ThawBackboneItem *self, gint64 received)
{
  self->received = received;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RECEIVED]);
}

void
thaw_backbone_item_set_path (ThawBackboneItem *self, const char *path)
{
  g_free (self->backbone.path);
  self->backbone.path = g_strdup (path);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSTALLED]);
}

void
thaw_backbone_item_take (ThawBackboneItem *self, ThawBackboneItem *other)
{
  const ThawBackbone mine = self->backbone;

  self->backbone = other->backbone;
  other->backbone = mine;
  self->entry = other->entry;
  thaw_backbone_item_set_speed (self, other->image_seconds, other->measured);
  for (guint i = PROP_TITLE; i <= PROP_INSTALLED; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

gboolean
thaw_backbone_item_matches (ThawBackboneItem *self, const char *words)
{
  g_autofree char *text = g_strjoin (" ", self->backbone.name, self->backbone.title, self->backbone.licence ? self->backbone.licence : "", NULL);

  return self->entry ? thaw_catalogue_matches (self->entry, words) : thaw_text_has_words (text, words);
}

/* --- order --- */

static int
compare_numbers (double a, double b)
{
  return (a > b) - (a < b);
}

/* What nothing is known of comes last. */
static int
compare_known (double a, double b)
{
  return (a > 0) == (b > 0) ? compare_numbers (a, b) : a > 0 ? -1 : 1;
}

/* Packages are Thaw's own choice; then the file of each network that is to be taken, those that are soon through first. */
static int
rank (const ThawBackboneItem *self)
{
  if (!self->entry)
    return 3;
  return self->entry->member ? 0 : self->entry->standard ? 1 : 2;
}

int
thaw_backbone_item_compare (ThawBackboneItem *self, ThawBackboneItem *other, ThawBackboneOrder order)
{
  const gboolean installed = self->backbone.path != NULL;
  int result = 0;

  if (installed != (other->backbone.path != NULL))
    return installed ? -1 : 1;
  if (order == THAW_BACKBONE_ACCURACY)
    result = -compare_numbers (self->backbone.top1, other->backbone.top1);
  else if (order == THAW_BACKBONE_SIZE)
    result = compare_known ((double) self->backbone.parameters, (double) other->backbone.parameters);
  else if (order == THAW_BACKBONE_SUGGESTED)
    result = compare_numbers (rank (self), rank (other));
  if (order == THAW_BACKBONE_SPEED || (order == THAW_BACKBONE_SUGGESTED && !result))
    result = compare_known (self->image_seconds, other->image_seconds);
  return result ? result : strcmp (self->backbone.name, other->backbone.name);
}

/* --- object --- */

static void
thaw_backbone_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawBackboneItem *self = THAW_BACKBONE_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->backbone.name);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->backbone.title);
      break;
    case PROP_LICENCE:
      g_value_set_string (value, self->backbone.licence);
      break;
    case PROP_PARAMETERS:
      g_value_set_int64 (value, self->backbone.parameters);
      break;
    case PROP_INPUT:
      g_value_set_int (value, self->backbone.input);
      break;
    case PROP_TOP1:
      g_value_set_double (value, self->backbone.top1);
      break;
    case PROP_INSTALLED:
      g_value_set_boolean (value, self->backbone.path != NULL);
      break;
    case PROP_IMAGE_SECONDS:
      g_value_set_double (value, self->image_seconds);
      break;
    case PROP_MEASURED:
      g_value_set_boolean (value, self->measured);
      break;
    case PROP_BYTES:
      g_value_set_int64 (value, self->entry ? self->entry->bytes : 0);
      break;
    case PROP_DOWNLOADING:
      g_value_set_boolean (value, self->download != NULL);
      break;
    case PROP_RECEIVED:
      g_value_set_int64 (value, self->received);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_backbone_item_finalize (GObject *object)
{
  ThawBackboneItem *self = THAW_BACKBONE_ITEM (object);
  ThawBackbone *backbone = &self->backbone;

  g_clear_object (&self->download);
  g_free (self->problem);
  g_free (backbone->name);
  g_free (backbone->title);
  g_free (backbone->path);
  g_free (backbone->licence);
  G_OBJECT_CLASS (thaw_backbone_item_parent_class)->finalize (object);
}

static void
thaw_backbone_item_class_init (ThawBackboneItemClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_backbone_item_get_property;
  object_class->finalize = thaw_backbone_item_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_LICENCE] = g_param_spec_string ("licence", NULL, NULL, NULL, flags);
  properties[PROP_PARAMETERS] = g_param_spec_int64 ("parameters", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_INPUT] = g_param_spec_int ("input", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_TOP1] = g_param_spec_double ("top1", NULL, NULL, 0, 100, 0, flags);
  properties[PROP_INSTALLED] = g_param_spec_boolean ("installed", NULL, NULL, FALSE, flags);
  properties[PROP_IMAGE_SECONDS] = g_param_spec_double ("image-seconds", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_MEASURED] = g_param_spec_boolean ("measured", NULL, NULL, FALSE, flags);
  properties[PROP_BYTES] = g_param_spec_int64 ("bytes", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_DOWNLOADING] = g_param_spec_boolean ("downloading", NULL, NULL, FALSE, flags);
  properties[PROP_RECEIVED] = g_param_spec_int64 ("received", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_backbone_item_init (ThawBackboneItem *self)
{
}

ThawBackboneItem *
thaw_backbone_item_new (const ThawBackbone *backbone, const ThawCatalogueEntry *entry)
{
  ThawBackboneItem *self = g_object_new (THAW_TYPE_BACKBONE_ITEM, NULL);

  self->entry = entry;
  self->backbone = *backbone;
  self->backbone.name = g_strdup (backbone->name);
  self->backbone.title = g_strdup (backbone->title);
  self->backbone.path = g_strdup (backbone->path);
  self->backbone.licence = g_strdup (backbone->licence);
  return self;
}
