/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-runs-private.h"

#include <math.h>
#include <thaw/thaw-words.h>

struct _ThawRunItem
{
  GObject           parent_instance;
  ThawRun          *run;
  gboolean          live;        /* it trains */

  /* curves */
  GArray           *epochs;      /* ThawEpoch */
  GArray           *steps;       /* ThawStepPoint */
  GArray           *events;      /* ThawRunEvent */
  gboolean          has_curves;
  guint             epoch_steps;
  int               planned;     /* epochs; 0: not looked up yet */

  /* of the list: how curves are asked for; cleared by the first asking */
  ThawRunItemWanted wanted;
  gpointer          wanted_data;

  /* how it is shown */
  gboolean          overlay;
  guint             color;
};

G_DEFINE_FINAL_TYPE (ThawRunItem, thaw_run_item, G_TYPE_OBJECT)

enum { PROP_0, PROP_NAME, PROP_NOTES, PROP_STATUS, PROP_ACCURACY, PROP_EPOCHS, PROP_LIVE, PROP_OVERLAY, PROP_COLOR_INDEX, N_PROPS };
enum { CURVES_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
notify (ThawRunItem *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
event_clear (gpointer data)
{
  g_free (((ThawRunEvent *) data)->text);
}

const ThawRun *
thaw_run_item_get_run (ThawRunItem *self)
{
  return self->run;
}

/* --- curves --- */

static void
want_curves (ThawRunItem *self)
{
  ThawRunItemWanted wanted = self->wanted;

  self->wanted = NULL;
  if (wanted)
    wanted (self->wanted_data, self);
}

void
thaw_run_item_set_loader (ThawRunItem *self, ThawRunItemWanted wanted, gpointer data)
{
  self->wanted = wanted;
  self->wanted_data = data;
}

GArray *
thaw_run_item_get_epochs (ThawRunItem *self)
{
  want_curves (self);
  return self->epochs;
}

GArray *
thaw_run_item_get_steps (ThawRunItem *self)
{
  want_curves (self);
  return self->steps;
}

GArray *
thaw_run_item_get_events (ThawRunItem *self)
{
  want_curves (self);
  return self->events;
}

void
thaw_run_item_add_steps (ThawRunItem *self, const ThawStepPoint *points, guint n)
{
  if (n == 0)
    return;
  while (self->steps->len && g_array_index (self->steps, ThawStepPoint, self->steps->len - 1).step >= points[0].step)
    g_array_set_size (self->steps, self->steps->len - 1);
  g_array_append_vals (self->steps, points, n);
}

/* An epoch says how far the run is and whether it is the best */
static void
count_epoch (ThawRunItem *self, const ThawEpoch *epoch)
{
  ThawTrainSummary *summary = &self->run->summary;

  summary->epochs = epoch->epoch;
  summary->last_val_accuracy = epoch->val_accuracy;
  if (!epoch->best)
    return;
  summary->best_epoch = epoch->epoch;
  summary->best_val_accuracy = epoch->val_accuracy;
  summary->best_val_loss = epoch->val_loss;
}

void
thaw_run_item_add_epochs (ThawRunItem *self, const ThawEpoch *epochs, guint n)
{
  if (n == 0)
    return;
  while (self->epochs->len && g_array_index (self->epochs, ThawEpoch, self->epochs->len - 1).epoch >= epochs[0].epoch)
    g_array_set_size (self->epochs, self->epochs->len - 1);
  g_array_append_vals (self->epochs, epochs, n);
  if (!self->live)
    return;
  for (guint i = 0; i < n; i++)
    count_epoch (self, &epochs[i]);
  notify (self, PROP_ACCURACY);
  notify (self, PROP_EPOCHS);
}

void
thaw_run_item_add_event (ThawRunItem *self, const ThawRunEvent *event)
{
  ThawRunEvent copy = *event;

  copy.text = thaw_words_of_engine (event->text);
  g_array_append_val (self->events, copy);
}

gboolean
thaw_run_item_needs_curves (ThawRunItem *self)
{
  return !self->has_curves;
}

void
thaw_run_item_set_curves (ThawRunItem *self, const ThawCurves *curves)
{
  self->has_curves = TRUE;
  g_array_set_size (self->epochs, 0);
  g_array_set_size (self->steps, 0);
  g_array_set_size (self->events, 0);
  if (!curves)
    return;
  g_array_append_vals (self->epochs, curves->epochs->data, curves->epochs->len);
  g_array_append_vals (self->steps, curves->steps->data, curves->steps->len);
  for (guint i = 0; i < curves->events->len; i++)
    thaw_run_item_add_event (self, &g_array_index (curves->events, ThawRunEvent, i));
}

void
thaw_run_item_changed (ThawRunItem *self)
{
  g_signal_emit (self, signals[CURVES_CHANGED], 0);
}

void
thaw_run_item_set_epoch_steps (ThawRunItem *self, guint steps)
{
  self->epoch_steps = steps;
}

static ThawTrainOptions *
read_options (ThawRunItem *self)
{
  return thaw_train_options_from_json (self->run->options, NULL);
}

guint
thaw_run_item_get_epoch_steps (ThawRunItem *self)
{
  g_autoptr (ThawTrainOptions) options = NULL;

  if (self->epoch_steps || self->run->summary.train == 0)
    return self->epoch_steps;
  options = read_options (self);
  if (options)
    self->epoch_steps = (self->run->summary.train + (guint) options->batch - 1) / (guint) options->batch;
  return self->epoch_steps;
}

int
thaw_run_item_get_planned_epochs (ThawRunItem *self)
{
  g_autoptr (ThawTrainOptions) options = NULL;

  if (self->planned)
    return self->planned;
  options = read_options (self);
  for (guint i = 0; options && i < options->phases->len; i++)
    self->planned += ((const ThawPhase *) g_ptr_array_index (options->phases, i))->epochs;
  return self->planned;
}

/* --- the rest of it --- */

void
thaw_run_item_take_run (ThawRunItem *self, ThawRun *run)
{
  thaw_run_free (self->run);
  self->run = run;
  for (guint i = PROP_NAME; i <= PROP_EPOCHS; i++)
    notify (self, i);
}

/* TRUE where it is another */
static gboolean
set_text (char **at, const char *text)
{
  if (g_strcmp0 (*at, text) == 0)
    return FALSE;
  g_free (*at);
  *at = g_strdup (text);
  return TRUE;
}

void
thaw_run_item_set_name (ThawRunItem *self, const char *name)
{
  if (set_text (&self->run->name, name))
    notify (self, PROP_NAME);
}

void
thaw_run_item_set_notes (ThawRunItem *self, const char *notes)
{
  if (set_text (&self->run->notes, notes))
    notify (self, PROP_NOTES);
}

gboolean
thaw_run_item_is_live (ThawRunItem *self)
{
  return self->live;
}

void
thaw_run_item_set_live (ThawRunItem *self, gboolean live)
{
  if (self->live == live)
    return;
  self->live = live;
  notify (self, PROP_LIVE);
}

gboolean
thaw_run_item_get_overlay (ThawRunItem *self)
{
  return self->overlay;
}

guint
thaw_run_item_get_color (ThawRunItem *self)
{
  return self->color;
}

void
thaw_run_item_set_color (ThawRunItem *self, guint color)
{
  if (self->color == color)
    return;
  self->color = color;
  notify (self, PROP_COLOR_INDEX);
}

static void
thaw_run_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawRunItem *self = THAW_RUN_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->run->name);
      break;
    case PROP_NOTES:
      g_value_set_string (value, self->run->notes);
      break;
    case PROP_STATUS:
      g_value_set_int (value, (int) self->run->status);
      break;
    case PROP_ACCURACY:
      g_value_set_double (value, self->run->summary.best_epoch ? self->run->summary.best_val_accuracy : (double) NAN);
      break;
    case PROP_EPOCHS:
      g_value_set_int (value, self->run->summary.epochs);
      break;
    case PROP_LIVE:
      g_value_set_boolean (value, self->live);
      break;
    case PROP_OVERLAY:
      g_value_set_boolean (value, self->overlay);
      break;
    case PROP_COLOR_INDEX:
      g_value_set_uint (value, self->color);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_run_item_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawRunItem *self = THAW_RUN_ITEM (object);

  if (id != PROP_OVERLAY)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  if (self->overlay == g_value_get_boolean (value))
    return;
  self->overlay = !self->overlay;
  notify (self, PROP_OVERLAY);
}

static void
thaw_run_item_finalize (GObject *object)
{
  ThawRunItem *self = THAW_RUN_ITEM (object);

  thaw_run_free (self->run);
  g_array_unref (self->epochs);
  g_array_unref (self->steps);
  g_array_unref (self->events);
  G_OBJECT_CLASS (thaw_run_item_parent_class)->finalize (object);
}

static void
thaw_run_item_class_init (ThawRunItemClass *klass)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_run_item_get_property;
  object_class->set_property = thaw_run_item_set_property;
  object_class->finalize = thaw_run_item_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, readable);
  properties[PROP_NOTES] = g_param_spec_string ("notes", NULL, NULL, NULL, readable);
  properties[PROP_STATUS] = g_param_spec_int ("status", NULL, NULL, THAW_RUN_RUNNING, G_MAXINT, THAW_RUN_RUNNING, readable);
  properties[PROP_ACCURACY] = g_param_spec_double ("accuracy", NULL, NULL, 0, 1, 0, readable);
  properties[PROP_EPOCHS] = g_param_spec_int ("epochs", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_LIVE] = g_param_spec_boolean ("live", NULL, NULL, FALSE, readable);
  properties[PROP_OVERLAY] = g_param_spec_boolean ("overlay", NULL, NULL, FALSE, readable | G_PARAM_WRITABLE);
  properties[PROP_COLOR_INDEX] = g_param_spec_uint ("color-index", NULL, NULL, 0, G_MAXUINT, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CURVES_CHANGED] = g_signal_new ("curves-changed", THAW_TYPE_RUN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
thaw_run_item_init (ThawRunItem *self)
{
  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->steps = g_array_new (FALSE, FALSE, sizeof (ThawStepPoint));
  self->events = g_array_new (FALSE, FALSE, sizeof (ThawRunEvent));
  g_array_set_clear_func (self->events, event_clear);
}

ThawRunItem *
thaw_run_item_new (ThawRun *run, gboolean live)
{
  ThawRunItem *self = g_object_new (THAW_TYPE_RUN_ITEM, NULL);

  self->run = run;
  self->live = live;
  return self;
}

GHashTable *
thaw_run_item_settings (ThawRunItem *self)
{
  return thaw_run_settings (self->run);
}
