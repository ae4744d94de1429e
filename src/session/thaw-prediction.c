/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-predictions-private.h"

struct _ThawPrediction
{
  GObject parent_instance;
  char   *path, *name, *error;
  char   *answer, *second;  /* (nullable) */
  float  *probabilities;    /* (nullable) */
  float   probability, second_probability;
};

G_DEFINE_FINAL_TYPE (ThawPrediction, thaw_prediction, G_TYPE_OBJECT)

enum { PROP_0, PROP_NAME, PROP_ANSWER, PROP_PROBABILITY, PROP_SECOND, PROP_SECOND_PROBABILITY, PROP_ERROR, N_PROPS };

/* The largest but @other */
static int
largest (const float *values, guint n, int other)
{
  int best = -1;

  for (int i = 0; i < (int) n; i++)
    if (i != other && (best < 0 || values[i] > values[best]))
      best = i;
  return best;
}

static void
set_answers (ThawPrediction *self, char **labels, const float *probabilities)
{
  const guint classes = g_strv_length (labels);
  const int first = largest (probabilities, classes, -1), second = largest (probabilities, classes, first);

  self->probabilities = g_memdup2 (probabilities, classes * sizeof (float));
  self->answer = g_strdup (labels[first]);
  self->probability = probabilities[first];
  if (second < 0)
    return;
  self->second = g_strdup (labels[second]);
  self->second_probability = probabilities[second];
}

ThawPrediction *
thaw_prediction_new (const char *path, const char *name, char **labels, const float *probabilities, const char *error)
{
  ThawPrediction *self = g_object_new (THAW_TYPE_PREDICTION, NULL);

  self->path = g_strdup (path);
  self->name = g_strdup (name);
  self->error = g_strdup (error);
  if (probabilities && labels && *labels)
    set_answers (self, labels, probabilities);
  return self;
}

const char *
thaw_prediction_get_path (ThawPrediction *self)
{
  return self->path;
}

const char *
thaw_prediction_get_name (ThawPrediction *self)
{
  return self->name;
}

const char *
thaw_prediction_get_answer (ThawPrediction *self)
{
  return self->answer;
}

double
thaw_prediction_get_probability (ThawPrediction *self)
{
  return (double) self->probability;
}

const char *
thaw_prediction_get_second (ThawPrediction *self)
{
  return self->second;
}

double
thaw_prediction_get_second_probability (ThawPrediction *self)
{
  return (double) self->second_probability;
}

const char *
thaw_prediction_get_error (ThawPrediction *self)
{
  return self->error;
}

const float *
thaw_prediction_get_probabilities (ThawPrediction *self)
{
  return self->probabilities;
}

static void
thaw_prediction_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawPrediction *self = THAW_PREDICTION (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_ANSWER:
      g_value_set_string (value, self->answer);
      break;
    case PROP_PROBABILITY:
      g_value_set_double (value, (double) self->probability);
      break;
    case PROP_SECOND:
      g_value_set_string (value, self->second);
      break;
    case PROP_SECOND_PROBABILITY:
      g_value_set_double (value, (double) self->second_probability);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_prediction_finalize (GObject *object)
{
  ThawPrediction *self = THAW_PREDICTION (object);

  g_free (self->path);
  g_free (self->name);
  g_free (self->error);
  g_free (self->answer);
  g_free (self->second);
  g_free (self->probabilities);
  G_OBJECT_CLASS (thaw_prediction_parent_class)->finalize (object);
}

static void
thaw_prediction_class_init (ThawPredictionClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamSpec *properties[N_PROPS] = {
    [PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags),
    [PROP_ANSWER] = g_param_spec_string ("answer", NULL, NULL, NULL, flags),
    [PROP_PROBABILITY] = g_param_spec_double ("probability", NULL, NULL, 0, 1, 0, flags),
    [PROP_SECOND] = g_param_spec_string ("second", NULL, NULL, NULL, flags),
    [PROP_SECOND_PROBABILITY] = g_param_spec_double ("second-probability", NULL, NULL, 0, 1, 0, flags),
    [PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags),
  };

  object_class->get_property = thaw_prediction_get_property;
  object_class->finalize = thaw_prediction_finalize;
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_prediction_init (ThawPrediction *self)
{
}
