/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-pictures-private.h"

G_DEFINE_FINAL_TYPE (ThawClass, thaw_class, G_TYPE_OBJECT)

enum { PROP_0, PROP_NAME, PROP_N_PICTURES, PROP_N_TRAIN, PROP_N_VALIDATION, PROP_N_TEST, N_PROPS };

static GParamSpec *properties[N_PROPS];

ThawClass *
thaw_class_new (const char *name)
{
  ThawClass *self = g_object_new (THAW_TYPE_CLASS, NULL);

  self->name = g_strdup (name);
  return self;
}

const char *
thaw_class_get_name (ThawClass *self)
{
  return self->name;
}

void
thaw_class_set_name (ThawClass *self, const char *name)
{
  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

guint
thaw_class_count (ThawClass *self, ThawSplit split)
{
  return self->counts[split];
}

guint
thaw_class_get_n_pictures (ThawClass *self)
{
  return self->counts[THAW_SPLIT_TRAIN] + self->counts[THAW_SPLIT_VALIDATION] + self->counts[THAW_SPLIT_TEST];
}

void
thaw_class_tell (ThawClass *self)
{
  if (!self->dirty)
    return;
  self->dirty = FALSE;
  for (int i = PROP_N_PICTURES; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

static void
thaw_class_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawClass *self = THAW_CLASS (object);

  if (id == PROP_NAME)
    g_value_set_string (value, self->name);
  else if (id == PROP_N_PICTURES)
    g_value_set_uint (value, thaw_class_get_n_pictures (self));
  else if (id >= PROP_N_TRAIN && id < N_PROPS)
    g_value_set_uint (value, self->counts[id - PROP_N_TRAIN]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_class_finalize (GObject *object)
{
  g_free (THAW_CLASS (object)->name);
  G_OBJECT_CLASS (thaw_class_parent_class)->finalize (object);
}

static GParamSpec *
count_property (const char *name)
{
  return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
thaw_class_class_init (ThawClassClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_class_get_property;
  object_class->finalize = thaw_class_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_PICTURES] = count_property ("n-pictures");
  properties[PROP_N_TRAIN] = count_property ("n-train");
  properties[PROP_N_VALIDATION] = count_property ("n-validation");
  properties[PROP_N_TEST] = count_property ("n-test");
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_class_init (ThawClass *self)
{
}
