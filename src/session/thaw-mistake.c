/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <string.h>
#include <thaw/thaw-text.h>

struct _ThawMistake
{
  GObject      parent_instance;
  ThawPicture *picture;   /* (nullable) */
  char        *path, *name, *answer;
  gint64       index;
  int          original, prediction;
  float       *probabilities;

  /* what may change */
  int          label;
  char        *class_name;
};

G_DEFINE_FINAL_TYPE (ThawMistake, thaw_mistake, G_TYPE_OBJECT)

enum { PROP_0, PROP_NAME, PROP_CLASS_NAME, PROP_ANSWER, PROP_PROBABILITY, PROP_RELABELLED, PROP_RIGHT, N_PROPS };

static GParamSpec *properties[N_PROPS];

static char *
display_name (const char *path, gint64 index)
{
  g_autofree char *base = g_filename_display_basename (path);

  return index < 0 ? g_steal_pointer (&base) : g_strdup_printf ("%s #%" G_GINT64_FORMAT, base, index);
}

ThawMistake *
thaw_mistake_new (const ThawMistakeRow *row)
{
  ThawMistake *self = g_object_new (THAW_TYPE_MISTAKE, NULL);

  g_set_object (&self->picture, row->picture);
  self->path = g_strdup (row->path);
  self->index = row->index;
  self->name = display_name (row->path, row->index);
  self->answer = g_strdup (row->answer);
  self->original = row->original;
  self->prediction = row->prediction;
  self->probabilities = g_memdup2 (row->probabilities, row->classes * sizeof (float));
  self->label = row->label;
  self->class_name = g_strdup (row->class_name);
  return self;
}

void
thaw_mistake_set_class (ThawMistake *self, int label, const char *name)
{
  if (self->label == label && g_strcmp0 (self->class_name, name) == 0)
    return;
  self->label = label;
  g_free (self->class_name);
  self->class_name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLASS_NAME]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RELABELLED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RIGHT]);
}

ThawPicture *
thaw_mistake_get_picture (ThawMistake *self)
{
  return self->picture;
}

int
thaw_mistake_get_label (ThawMistake *self)
{
  return self->label;
}

int
thaw_mistake_get_prediction (ThawMistake *self)
{
  return self->prediction;
}

const float *
thaw_mistake_get_probabilities (ThawMistake *self)
{
  return self->probabilities;
}

const char *
thaw_mistake_get_path (ThawMistake *self)
{
  return self->path;
}

gint64
thaw_mistake_get_index (ThawMistake *self)
{
  return self->index;
}

const char *
thaw_mistake_get_class_name (ThawMistake *self)
{
  return self->class_name;
}

const char *
thaw_mistake_get_answer (ThawMistake *self)
{
  return self->answer;
}

gboolean
thaw_mistake_get_relabelled (ThawMistake *self)
{
  return self->label != self->original;
}

static void
thaw_mistake_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawMistake *self = THAW_MISTAKE (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_CLASS_NAME:
      g_value_set_string (value, self->class_name);
      break;
    case PROP_ANSWER:
      g_value_set_string (value, self->answer);
      break;
    case PROP_PROBABILITY:
      g_value_set_double (value, (double) self->probabilities[self->prediction]);
      break;
    case PROP_RELABELLED:
      g_value_set_boolean (value, thaw_mistake_get_relabelled (self));
      break;
    case PROP_RIGHT:
      g_value_set_boolean (value, self->label == self->prediction);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_mistake_finalize (GObject *object)
{
  ThawMistake *self = THAW_MISTAKE (object);

  g_clear_object (&self->picture);
  g_free (self->path);
  g_free (self->name);
  g_free (self->answer);
  g_free (self->class_name);
  g_free (self->probabilities);
  G_OBJECT_CLASS (thaw_mistake_parent_class)->finalize (object);
}

static void
thaw_mistake_class_init (ThawMistakeClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_mistake_get_property;
  object_class->finalize = thaw_mistake_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_CLASS_NAME] = g_param_spec_string ("class-name", NULL, NULL, NULL, flags);
  properties[PROP_ANSWER] = g_param_spec_string ("answer", NULL, NULL, NULL, flags);
  properties[PROP_PROBABILITY] = g_param_spec_double ("probability", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_RELABELLED] = g_param_spec_boolean ("relabelled", NULL, NULL, FALSE, flags);
  properties[PROP_RIGHT] = g_param_spec_boolean ("right", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_mistake_init (ThawMistake *self)
{
}
