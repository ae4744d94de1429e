/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-pictures-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (ThawPicture, thaw_picture, G_TYPE_OBJECT)

enum { PROP_0, PROP_NAME, PROP_CLASS, PROP_SPLIT, PROP_MISSING, N_PROPS };

static GParamSpec *properties[N_PROPS];

ThawPicture *
thaw_picture_new (const ThawSample *sample, char *path, ThawClass *klass)
{
  ThawPicture *self = g_object_new (THAW_TYPE_PICTURE, NULL);

  self->state = (ThawPictureState){ .klass = g_object_ref (klass), .path = g_ref_string_acquire (path),
                                    .split = sample->split, .given = sample->split_given };
  self->index = sample->index;
  self->size = sample->size;
  self->mtime = sample->mtime;
  self->hash = g_strdup (sample->hash);
  return self;
}

void
thaw_picture_set_state (ThawPicture *self, const ThawPictureState *state)
{
  const ThawPictureState old = self->state;

  self->state = *state;
  g_object_ref (state->klass);
  g_ref_string_acquire (state->path);
  if (state->path != old.path)
    {
      g_clear_pointer (&self->name, g_free);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
      thaw_picture_set_missing (self, FALSE);
    }
  if (state->klass != old.klass)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLASS]);
  if (state->split != old.split)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SPLIT]);
  g_object_unref (old.klass);
  g_ref_string_release (old.path);
}

void
thaw_picture_set_missing (ThawPicture *self, gboolean missing)
{
  if (self->missing == missing)
    return;
  self->missing = missing;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MISSING]);
}

const char *
thaw_picture_get_path (ThawPicture *self)
{
  return self->state.path;
}

gint64
thaw_picture_get_index (ThawPicture *self)
{
  return self->index;
}

/* One line whatever the file's name holds */
static char *
make_name (const ThawPicture *self)
{
  g_autofree char *name = g_filename_display_basename (self->state.path);

  for (char *c = name; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  return self->index < 0 ? g_steal_pointer (&name) : g_strdup_printf ("%s #%" G_GINT64_FORMAT, name, self->index);
}

const char *
thaw_picture_get_name (ThawPicture *self)
{
  if (!self->name)
    self->name = make_name (self);
  return self->name;
}

ThawClass *
thaw_picture_get_class (ThawPicture *self)
{
  return self->state.klass;
}

ThawSplit
thaw_picture_get_split (ThawPicture *self)
{
  return self->state.split;
}

gboolean
thaw_picture_get_split_given (ThawPicture *self)
{
  return self->state.given;
}

gboolean
thaw_picture_get_missing (ThawPicture *self)
{
  return self->missing;
}

gint64
thaw_picture_get_size (ThawPicture *self)
{
  return self->size;
}

void
thaw_picture_get_extent (ThawPicture *self, int *width, int *height)
{
  *width = self->width;
  *height = self->height;
}

const char *
thaw_picture_get_fault (ThawPicture *self)
{
  return self->fault;
}

ThawSample *
thaw_picture_to_sample (ThawPicture *self)
{
  ThawSample *sample = g_new (ThawSample, 1);

  *sample = (ThawSample){
    .path = g_strdup (self->state.path),
    .index = self->index,
    .size = self->size,
    .mtime = self->mtime,
    .hash = g_strdup (self->hash),
    .label = self->state.klass->label,
    .split = self->state.split,
    .split_given = self->state.given,
  };
  return sample;
}

static void
thaw_picture_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawPicture *self = THAW_PICTURE (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, thaw_picture_get_name (self));
      break;
    case PROP_CLASS:
      g_value_set_object (value, self->state.klass);
      break;
    case PROP_SPLIT:
      g_value_set_uint (value, self->state.split);
      break;
    case PROP_MISSING:
      g_value_set_boolean (value, self->missing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_picture_finalize (GObject *object)
{
  ThawPicture *self = THAW_PICTURE (object);

  g_object_unref (self->state.klass);
  g_ref_string_release (self->state.path);
  g_free (self->name);
  g_free (self->hash);
  g_free (self->fault);
  G_OBJECT_CLASS (thaw_picture_parent_class)->finalize (object);
}

static void
thaw_picture_class_init (ThawPictureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_picture_get_property;
  object_class->finalize = thaw_picture_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CLASS] = g_param_spec_object ("class", NULL, NULL, THAW_TYPE_CLASS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SPLIT] = g_param_spec_uint ("split", NULL, NULL, 0, THAW_N_SPLITS - 1, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_MISSING] = g_param_spec_boolean ("missing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_picture_init (ThawPicture *self)
{
}
