/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <math.h>

struct _ThawClassFigures
{
  GObject parent_instance;
  int     label;
  char   *name;
  double  precision, recall, f1;
  guint64 pictures;
};

G_DEFINE_FINAL_TYPE (ThawClassFigures, thaw_class_figures, G_TYPE_OBJECT)

enum { PROP_0, PROP_LABEL, PROP_NAME, PROP_PRECISION, PROP_RECALL, PROP_F1, PROP_PICTURES, N_PROPS };

ThawClassFigures *
thaw_class_figures_new (const ThawEvaluation *evaluation, int label, const char *name)
{
  ThawClassFigures *self = g_object_new (THAW_TYPE_CLASS_FIGURES, NULL);
  const gsize classes = evaluation->classes, own = (gsize) label;
  guint64 predicted = 0;

  for (gsize k = 0; k < classes; k++)
    {
      predicted += evaluation->confusion[k * classes + own];
      self->pictures += evaluation->confusion[own * classes + k];
    }
  thaw_evaluation_class (evaluation, (guint) label, &self->precision, &self->recall, &self->f1);
  self->precision = predicted ? self->precision : (double) NAN;
  self->recall = self->pictures ? self->recall : (double) NAN;
  self->f1 = predicted && self->pictures ? self->f1 : (double) NAN;
  self->label = label;
  self->name = g_strdup (name);
  return self;
}

static void
thaw_class_figures_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawClassFigures *self = THAW_CLASS_FIGURES (object);

  switch (id)
    {
    case PROP_LABEL:
      g_value_set_int (value, self->label);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_PRECISION:
      g_value_set_double (value, self->precision);
      break;
    case PROP_RECALL:
      g_value_set_double (value, self->recall);
      break;
    case PROP_F1:
      g_value_set_double (value, self->f1);
      break;
    case PROP_PICTURES:
      g_value_set_uint (value, (guint) self->pictures);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_class_figures_finalize (GObject *object)
{
  g_free (THAW_CLASS_FIGURES (object)->name);
  G_OBJECT_CLASS (thaw_class_figures_parent_class)->finalize (object);
}

static void
thaw_class_figures_class_init (ThawClassFiguresClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamSpec *properties[N_PROPS] = {
    [PROP_LABEL] = g_param_spec_int ("label", NULL, NULL, 0, G_MAXINT, 0, flags),
    [PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags),
    [PROP_PRECISION] = g_param_spec_double ("precision", NULL, NULL, 0, 1, 0, flags),
    [PROP_RECALL] = g_param_spec_double ("recall", NULL, NULL, 0, 1, 0, flags),
    [PROP_F1] = g_param_spec_double ("f1", NULL, NULL, 0, 1, 0, flags),
    [PROP_PICTURES] = g_param_spec_uint ("pictures", NULL, NULL, 0, G_MAXUINT, 0, flags),
  };

  object_class->get_property = thaw_class_figures_get_property;
  object_class->finalize = thaw_class_figures_finalize;
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_class_figures_init (ThawClassFigures *self)
{
}
