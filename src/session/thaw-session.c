/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-words.h>

G_DEFINE_FINAL_TYPE (ThawSession, thaw_session, G_TYPE_OBJECT)

enum { MESSAGE, FINISHED, N_SIGNALS };

#define PROP(NAME) THAW_SESSION_PROP_##NAME

static GParamSpec *properties[THAW_SESSION_N_PROPS];
static guint signals[N_SIGNALS];

static GType
state_get_type (void)
{
  static const GEnumValue values[] = {
    { THAW_SESSION_IDLE, "THAW_SESSION_IDLE", "idle" },
    { THAW_SESSION_STARTING, "THAW_SESSION_STARTING", "starting" },
    { THAW_SESSION_TRAINING, "THAW_SESSION_TRAINING", "training" },
    { THAW_SESSION_PAUSED, "THAW_SESSION_PAUSED", "paused" },
    { THAW_SESSION_STOPPING, "THAW_SESSION_STOPPING", "stopping" },
    { 0 },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ThawSessionState", values));
  return type;
}

/* --- what it tells --- */

void
thaw_session_notify (ThawSession *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
thaw_session_message (ThawSession *self, const char *title, const char *text, gboolean serious, const char *action, const char *label)
{
  g_signal_emit (self, signals[MESSAGE], 0, title, text, serious, action, label);
}

void
thaw_session_finished (ThawSession *self, gint64 run, ThawRunStatus status)
{
  g_signal_emit (self, signals[FINISHED], 0, run, (int) status);
}

void
thaw_session_tell (ThawSession *self, const char *title, const GError *error)
{
  gboolean serious = g_error_matches (error, THAW_ERROR, THAW_ERROR_NO_SPACE) || g_error_matches (error, THAW_ERROR, THAW_ERROR_NEWER)
                     || g_error_matches (error, THAW_ERROR, THAW_ERROR_NOT_FINITE);
  g_autofree char *words = thaw_words_of_engine (error->message);

  thaw_session_message (self, title ? title : _("Something went wrong"), words, serious, NULL, NULL);
}

void
thaw_session_set_state (ThawSession *self, ThawSessionState state)
{
  if (self->state == state)
    return;
  self->state = state;
  /* measuring makes way before anything of the run computes */
  thaw_network_set_training (self->network, state != THAW_SESSION_IDLE);
  thaw_session_notify (self, PROP (STATE));
  thaw_session_update_problem (self);
}

/* --- the parts know of each other by this --- */

/* Labels and work of the network follow the pictures and the options */
static void
update_network (ThawSession *self)
{
  g_auto (GStrv) labels = thaw_pictures_dup_labels (self->pictures);
  guint train = 0, validation = 0;

  thaw_options_follow_network (self->options, self->network);
  if (labels && !(self->labels && g_strv_equal ((const char *const *) labels, (const char *const *) self->labels)))
    {
      g_strfreev (self->labels);
      self->labels = g_steal_pointer (&labels);
      thaw_network_set_labels (self->network, (const char *const *) self->labels);
    }
  g_object_get (self->pictures, "n-train", &train, "n-validation", &validation, NULL);
  thaw_network_set_work (self->network, train, validation, self->threads);
}

static gboolean
update_cb (gpointer data)
{
  ThawSession *self = data;

  self->updating = FALSE;
  update_network (self);
  thaw_session_update_problem (self);
  return G_SOURCE_REMOVE;
}

void
thaw_session_queue_update (ThawSession *self)
{
  if (self->updating)
    return;
  self->updating = TRUE;
  g_idle_add_full (G_PRIORITY_DEFAULT, update_cb, g_object_ref (self), g_object_unref);
}

static void
part_changed_cb (GObject *part, GParamSpec *pspec, ThawSession *self)
{
  thaw_session_queue_update (self);
  thaw_session_queue_save (self);
}

static void
listen (ThawSession *self, gpointer part, const char *const *names)
{
  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *signal = g_strconcat ("notify::", names[i], NULL);

      g_signal_connect_object (part, signal, G_CALLBACK (part_changed_cb), self, 0);
    }
}

/* --- what it is made of --- */

ThawHistory *
thaw_session_get_history (ThawSession *self)
{
  return self->history;
}

ThawPictures *
thaw_session_get_pictures (ThawSession *self)
{
  return self->pictures;
}

ThawNetwork *
thaw_session_get_network (ThawSession *self)
{
  return self->network;
}

ThawOptions *
thaw_session_get_options (ThawSession *self)
{
  return self->options;
}

ThawRuns *
thaw_session_get_runs (ThawSession *self)
{
  return self->runs;
}

ThawResults *
thaw_session_get_results (ThawSession *self)
{
  return self->results;
}

ThawStore *
thaw_session_get_store (ThawSession *self)
{
  return self->store;
}

ThawSessionState
thaw_session_get_state (ThawSession *self)
{
  return self->state;
}

static ThawTrainOptions *
make_options_cb (gpointer data, const ThawPhase *tree)
{
  return thaw_session_make_options (data, tree);
}

/* --- GObject --- */

/* "hymenoptera" of /home/me/hymenoptera.thaw (transfer full) */
static char *
title (const ThawSession *self)
{
  g_autofree char *base = self->store_path && self->named ? g_filename_display_basename (self->store_path) : NULL;

  if (!base)
    return g_strdup (_("New project"));
  if (g_str_has_suffix (base, ".thaw"))
    base[strlen (base) - strlen (".thaw")] = '\0';
  return g_steal_pointer (&base);
}

static void
get_project_property (ThawSession *self, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP (PATH):
      g_value_set_string (value, self->named ? self->store_path : NULL);
      break;
    case PROP (STORE_PATH):
      g_value_set_string (value, self->store_path);
      break;
    case PROP (TITLE):
      g_value_take_string (value, title (self));
      break;
    case PROP (READ_ONLY):
      g_value_set_boolean (value, self->read_only);
      break;
    case PROP (OPENING):
      g_value_set_boolean (value, !g_queue_is_empty (&self->operations));
      break;
    case PROP (THREADS):
      g_value_set_uint (value, self->threads);
      break;
    case PROP (MEMORY):
      g_value_set_uint64 (value, self->memory);
      break;
    case PROP (DISK):
      g_value_set_uint64 (value, self->disk);
      break;
    case PROP (CACHE_FOLDER):
      g_value_set_string (value, self->cache_folder);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (self, id, pspec);
    }
}

static void
thaw_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawSession *self = THAW_SESSION (object);

  switch (id)
    {
    case PROP (STATE):
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP (TRAIN_PROBLEM):
      g_value_set_string (value, self->train_problem);
      break;
    case PROP (STATUS_TEXT):
      g_value_set_string (value, self->status_text);
      break;
    case PROP (FRACTION):
      g_value_set_double (value, self->fraction);
      break;
    case PROP (IMAGES_PER_SECOND):
      g_value_set_double (value, self->images_per_second);
      break;
    case PROP (SECONDS_LEFT):
      g_value_set_double (value, self->seconds_left);
      break;
    case PROP (UNFINISHED):
      g_value_set_int64 (value, self->unfinished);
      break;
    default:
      get_project_property (self, id, value, pspec);
    }
}

static void
thaw_session_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawSession *self = THAW_SESSION (object);

  switch (id)
    {
    case PROP (THREADS):
      self->threads = g_value_get_uint (value);
      thaw_session_queue_update (self);
      break;
    case PROP (MEMORY):
      self->memory = g_value_get_uint64 (value);
      thaw_session_queue_update (self);
      break;
    case PROP (DISK):
      self->disk = g_value_get_uint64 (value);
      thaw_session_queue_update (self);
      break;
    case PROP (CACHE_FOLDER):
      g_free (self->cache_folder);
      self->cache_folder = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* The last reference went without thaw_session_close_async(): what is committed is there, the rest is not waited for longer than it takes */
static void
thaw_session_dispose (GObject *object)
{
  ThawSession *self = THAW_SESSION (object);
  ThawWorker *worker = thaw_session_release_worker (self);

  thaw_session_cancel_save (self);
  if (worker)
    {
      thaw_worker_join (worker);
      thaw_worker_unref (worker);
    }
  thaw_session_forget_gone (self);
  g_clear_object (&self->live);
  g_clear_object (&self->results);
  g_clear_object (&self->runs);
  if (self->store)
    thaw_store_close (g_steal_pointer (&self->store), NULL);
  G_OBJECT_CLASS (thaw_session_parent_class)->dispose (object);
}

static void
thaw_session_finalize (GObject *object)
{
  ThawSession *self = THAW_SESSION (object);

  thaw_network_set_options (self->network, NULL, NULL);
  g_clear_object (&self->options);
  g_clear_object (&self->network);
  g_clear_object (&self->pictures);
  g_clear_object (&self->history);
  g_strfreev (self->labels);
  g_free (self->store_path);
  g_free (self->applied);
  g_free (self->train_problem);
  g_free (self->status_text);
  g_free (self->cache_folder);
  G_OBJECT_CLASS (thaw_session_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags writable = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  properties[PROP (STATE)] = g_param_spec_enum ("state", NULL, NULL, state_get_type (), THAW_SESSION_IDLE, readable);
  properties[PROP (PATH)] = g_param_spec_string ("path", NULL, NULL, NULL, readable);
  properties[PROP (STORE_PATH)] = g_param_spec_string ("store-path", NULL, NULL, NULL, readable);
  properties[PROP (TITLE)] = g_param_spec_string ("title", NULL, NULL, NULL, readable);
  properties[PROP (READ_ONLY)] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, readable);
  properties[PROP (OPENING)] = g_param_spec_boolean ("opening", NULL, NULL, FALSE, readable);
  properties[PROP (TRAIN_PROBLEM)] = g_param_spec_string ("train-problem", NULL, NULL, NULL, readable);
  properties[PROP (STATUS_TEXT)] = g_param_spec_string ("status-text", NULL, NULL, NULL, readable);
  properties[PROP (FRACTION)] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, readable);
  properties[PROP (IMAGES_PER_SECOND)] = g_param_spec_double ("images-per-second", NULL, NULL, 0, G_MAXDOUBLE, 0, readable);
  properties[PROP (SECONDS_LEFT)] = g_param_spec_double ("seconds-left", NULL, NULL, -1, G_MAXDOUBLE, -1, readable);
  properties[PROP (UNFINISHED)] = g_param_spec_int64 ("unfinished", NULL, NULL, 0, G_MAXINT64, 0, readable);
  properties[PROP (THREADS)] = g_param_spec_uint ("threads", NULL, NULL, 0, 256, 0, writable);
  properties[PROP (MEMORY)] = g_param_spec_uint64 ("memory", NULL, NULL, 0, G_MAXUINT64, 0, writable);
  properties[PROP (DISK)] = g_param_spec_uint64 ("disk", NULL, NULL, 0, G_MAXUINT64, 0, writable);
  properties[PROP (CACHE_FOLDER)] = g_param_spec_string ("cache-folder", NULL, NULL, NULL, writable);
  g_object_class_install_properties (klass, THAW_SESSION_N_PROPS, properties);
}

static void
thaw_session_class_init (ThawSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_session_get_property;
  object_class->set_property = thaw_session_set_property;
  object_class->dispose = thaw_session_dispose;
  object_class->finalize = thaw_session_finalize;
  install_properties (object_class);
  signals[MESSAGE] = g_signal_new ("message", THAW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 5, G_TYPE_STRING,
                                   G_TYPE_STRING, G_TYPE_BOOLEAN, G_TYPE_STRING, G_TYPE_STRING);
  signals[FINISHED] = g_signal_new ("finished", THAW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT64,
                                    G_TYPE_INT);
}

static void
thaw_session_init (ThawSession *self)
{
  g_autoptr (ThawTrainOptions) defaults = thaw_train_options_new ();

  g_queue_init (&self->operations);
  self->memory = defaults->memory;
  self->disk = defaults->disk;
  self->seconds_left = -1;
  self->status_text = g_strdup ("");
  self->history = thaw_history_new ();
  self->pictures = thaw_pictures_new (self->history);
  self->network = thaw_network_new (self->history);
  self->options = thaw_options_new ();
  thaw_network_set_options (self->network, make_options_cb, self);
  self->runs = thaw_runs_new (self);
  self->results = thaw_results_new (self);
  listen (self, self->pictures, (const char *const[]){ "generation", "busy", "problem", "n-train", "n-validation", NULL });
  listen (self, self->network, (const char *const[]){ "generation", "busy", "error", "model", NULL });
  listen (self, self->options, (const char *const[]){ "generation", NULL });
  g_signal_connect_object (self->runs, "notify::current", G_CALLBACK (thaw_session_show_current), self, G_CONNECT_SWAPPED);
  thaw_session_queue_update (self);
}

ThawSession *
thaw_session_new (void)
{
  return g_object_new (THAW_TYPE_SESSION, NULL);
}
