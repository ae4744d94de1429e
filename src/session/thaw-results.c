/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <string.h>
#include <thaw/thaw-session.h>

struct _ThawResults
{
  GObject         parent_instance;
  ThawSession    *session;      /* weak: it owns this */

  /* the shown run, as it was evaluated */
  gint64          run;
  ThawEvaluation *original;     /* (nullable) */
  ThawDataset    *dataset;
  char          **run_labels;
  GPtrArray      *rows;         /* ThawMistake, [original->n], NULL where nobody asked for it */

  /* as the pictures are labelled now */
  ThawEvaluation *current;
  char          **labels;       /* the run's, renamed as the classes were */
  int            *labels_now;   /* [original->n] */
  guint           edited;
  GListStore     *classes;

  ThawModelSlot  *slot;
  ThawPictures   *watched;      /* whose edits are followed */
  guint           refresh_id;

  /* computing */
  GCancellable   *cancellable;
  double          progress;
  char           *error;
};

G_DEFINE_FINAL_TYPE (ThawResults, thaw_results, G_TYPE_OBJECT)

enum { PROP_0, PROP_RUN, PROP_EVALUATION, PROP_LABELS, PROP_SPLIT, PROP_BUSY, PROP_PROGRESS, PROP_STALE, PROP_EDITED, PROP_ERROR, N_PROPS };

static GParamSpec *properties[N_PROPS];
static guint forgetting_signal; /* the rows of the evaluation go */

static void
notify (ThawResults *self, int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

/* --- labels of now --- */

static const ThawSample *
sample_at (const ThawResults *self, guint row)
{
  return g_ptr_array_index (self->dataset->samples, self->original->samples[row]);
}

static ThawPicture *
picture_at (const ThawResults *self, guint row)
{
  const ThawSample *sample = sample_at (self, row);

  return self->watched ? thaw_pictures_find (self->watched, sample->path, sample->index) : NULL;
}

/* Name -> label + 1 */
static GHashTable *
index_labels (char **labels)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint k = 0; labels[k]; k++)
    g_hash_table_insert (table, labels[k], GUINT_TO_POINTER (k + 1));
  return table;
}

static gboolean
has_class (ThawPictures *pictures, const char *name)
{
  GListModel *classes = pictures ? thaw_pictures_get_classes (pictures) : NULL;

  for (guint i = 0; classes && i < g_list_model_get_n_items (classes); i++)
    {
      g_autoptr (ThawClass) class = g_list_model_get_item (classes, i);

      if (g_strcmp0 (thaw_class_get_name (class), name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* The class unknown to the run in which most of @label's pictures are: it was renamed. NULL: they are gone, or in classes that the run knows. */
static char *
renamed (const ThawResults *self, int label, GHashTable *known)
{
  g_autoptr (GHashTable) votes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *best = NULL;
  guint best_votes = 0;

  for (guint i = 0; i < self->original->n; i++)
    {
      ThawPicture *picture = self->original->labels[i] == label ? picture_at (self, i) : NULL;
      const char *name = picture ? thaw_class_get_name (thaw_picture_get_class (picture)) : NULL;

      if (name && !g_hash_table_contains (known, name))
        {
          guint n = GPOINTER_TO_UINT (g_hash_table_lookup (votes, name)) + 1;

          g_hash_table_replace (votes, g_strdup (name), GUINT_TO_POINTER (n));
          best_votes = MAX (best_votes, n);
        }
    }
  for (guint i = 0; i < self->original->n && !best; i++)
    {
      ThawPicture *picture = self->original->labels[i] == label ? picture_at (self, i) : NULL;
      const char *name = picture ? thaw_class_get_name (thaw_picture_get_class (picture)) : NULL;

      if (name && best_votes && GPOINTER_TO_UINT (g_hash_table_lookup (votes, name)) == best_votes)
        best = name;
    }
  return g_strdup (best);
}

static char **
labels_of_now (const ThawResults *self)
{
  g_autoptr (GHashTable) known = index_labels (self->run_labels);
  GPtrArray *labels = g_ptr_array_new ();

  for (int k = 0; self->run_labels[k]; k++)
    {
      char *name = !self->watched || has_class (self->watched, self->run_labels[k]) ? NULL : renamed (self, k, known);

      g_ptr_array_add (labels, name ? name : g_strdup (self->run_labels[k]));
    }
  g_ptr_array_add (labels, NULL);
  return (char **) g_ptr_array_free (labels, FALSE);
}

/* A picture that is no longer there keeps the label the run knew it by: it was looked at all the same. */
static int
label_of_now (const ThawResults *self, guint row, GHashTable *table)
{
  ThawPicture *picture = picture_at (self, row);

  if (!picture)
    return self->original->labels[row];
  return (int) GPOINTER_TO_UINT (g_hash_table_lookup (table, thaw_class_get_name (thaw_picture_get_class (picture)))) - 1;
}

static void
update_row (ThawResults *self, guint i)
{
  ThawMistake *mistake = g_ptr_array_index (self->rows, i);
  ThawPicture *picture = mistake ? thaw_mistake_get_picture (mistake) : NULL;
  int label = self->labels_now[i];

  if (mistake)
    thaw_mistake_set_class (mistake, label, label >= 0 ? self->labels[label] : picture ? thaw_class_get_name (thaw_picture_get_class (picture)) : "");
}

static void
update_classes (ThawResults *self)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (int k = 0; self->current && self->labels[k]; k++)
    g_ptr_array_add (rows, thaw_class_figures_new (self->current, k, self->labels[k]));
  g_list_store_splice (self->classes, 0, g_list_model_get_n_items (G_LIST_MODEL (self->classes)), rows->pdata, rows->len);
}

static void
count_edits (ThawResults *self)
{
  self->edited = 0;
  for (guint i = 0; i < self->original->n; i++)
    self->edited += self->labels_now[i] != self->original->labels[i];
}

static void
refresh (ThawResults *self)
{
  g_auto (GStrv) labels = labels_of_now (self);
  g_autoptr (GHashTable) table = index_labels (labels);
  g_autofree int *now = g_new (int, MAX (self->original->n, 1));
  const gsize bytes = self->original->n * sizeof (int);
  gboolean same_names = self->labels && g_strv_equal ((const char *const *) labels, (const char *const *) self->labels);

  for (guint i = 0; i < self->original->n; i++)
    now[i] = label_of_now (self, i, table);
  if (self->current && same_names && (bytes == 0 || memcmp (now, self->labels_now, bytes) == 0))
    return;
  g_strfreev (self->labels);
  self->labels = g_steal_pointer (&labels);
  g_free (self->labels_now);
  self->labels_now = g_steal_pointer (&now);
  thaw_evaluation_free (self->current);
  self->current = thaw_evaluation_relabel (self->original, self->labels_now);
  count_edits (self);
  for (guint i = 0; i < self->original->n; i++)
    update_row (self, i);
  update_classes (self);
  notify (self, PROP_LABELS);
  notify (self, PROP_EVALUATION);
  notify (self, PROP_EDITED);
  notify (self, PROP_STALE);
}

static gboolean
refresh_cb (gpointer data)
{
  ThawResults *self = data;

  self->refresh_id = 0;
  if (self->original)
    refresh (self);
  return G_SOURCE_REMOVE;
}

static void
pictures_changed_cb (ThawResults *self)
{
  if (!self->refresh_id && self->original)
    self->refresh_id = g_idle_add (refresh_cb, self);
}

/* The session makes its pictures in an order of its own: they are looked for when they are needed. */
static void
watch_pictures (ThawResults *self)
{
  ThawPictures *pictures = self->session ? thaw_session_get_pictures (self->session) : NULL;

  if (pictures == self->watched)
    return;
  if (self->watched)
    g_signal_handlers_disconnect_by_data (self->watched, self);
  g_set_object (&self->watched, pictures);
  if (pictures)
    g_signal_connect_swapped (pictures, "notify::generation", G_CALLBACK (pictures_changed_cb), self);
}

/* --- the shown run --- */

static void
forget_evaluation (ThawResults *self)
{
  g_signal_emit (self, forgetting_signal, 0);
  g_clear_pointer (&self->original, thaw_evaluation_free);
  g_clear_pointer (&self->current, thaw_evaluation_free);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->run_labels, g_strfreev);
  g_clear_pointer (&self->labels, g_strfreev);
  g_clear_pointer (&self->labels_now, g_free);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  self->edited = 0;
}

static void
set_error (ThawResults *self, const char *text)
{
  if (g_strcmp0 (self->error, text) == 0)
    return;
  g_free (self->error);
  self->error = g_strdup (text);
  notify (self, PROP_ERROR);
}

static void
set_run (ThawResults *self, gint64 run)
{
  if (self->run == run)
    return;
  self->run = run;
  thaw_model_slot_clear (self->slot);
  notify (self, PROP_RUN);
}

static void
row_unref_cb (gpointer row)
{
  if (row)
    g_object_unref (row);
}

static void
take_evaluation (ThawResults *self, ThawEvaluation *evaluation, char **labels, ThawDataset *dataset)
{
  self->original = evaluation;
  self->dataset = thaw_dataset_ref (dataset);
  self->run_labels = g_strdupv (labels);
  self->rows = g_ptr_array_new_with_free_func (row_unref_cb);
  g_ptr_array_set_size (self->rows, (int) evaluation->n);
  refresh (self);
}

void
thaw_results_set_evaluation (ThawResults *self, gint64 run, ThawEvaluation *evaluation, char **labels, ThawDataset *dataset)
{
  gboolean had = self->current != NULL;

  thaw_results_cancel (self);
  forget_evaluation (self);
  set_error (self, NULL);
  set_run (self, run);
  watch_pictures (self);
  if (evaluation)
    {
      /* who shows the lists of the old one has to ask for new ones, also where it is the same run */
      if (had)
        notify (self, PROP_EVALUATION);
      take_evaluation (self, evaluation, labels, dataset);
      return;
    }
  if (had)
    {
      update_classes (self);
      notify (self, PROP_EVALUATION);
      notify (self, PROP_LABELS);
      notify (self, PROP_EDITED);
      notify (self, PROP_STALE);
    }
  if (run)
    thaw_results_evaluate (self);
}

const ThawEvaluation *
thaw_results_get_evaluation (ThawResults *self)
{
  return self->current;
}

const char *const *
thaw_results_get_labels (ThawResults *self)
{
  return (const char *const *) self->labels;
}

gint64
thaw_results_get_run (ThawResults *self)
{
  return self->run;
}

ThawSplit
thaw_results_get_split (ThawResults *self)
{
  return self->original && self->original->n && sample_at (self, 0)->split == THAW_SPLIT_TEST ? THAW_SPLIT_TEST : THAW_SPLIT_VALIDATION;
}

guint
thaw_results_get_edited (ThawResults *self)
{
  return self->edited;
}

GListModel *
thaw_results_get_classes (ThawResults *self)
{
  return G_LIST_MODEL (self->classes);
}

ThawModelSlot *
thaw_results_get_slot (ThawResults *self)
{
  return self->slot;
}

ThawSession *
thaw_results_get_session (ThawResults *self)
{
  return self->session;
}

guint
thaw_results_threads (ThawResults *self)
{
  guint threads = 0;

  if (self->session)
    g_object_get (self->session, "threads", &threads, NULL);
  return threads ? threads : thaw_pool_default_threads ();
}

/* --- lists --- */

ThawPicture *
thaw_results_get_row_picture (ThawResults *self, guint row)
{
  return picture_at (self, row);
}

ThawMistake *
thaw_results_get_row (ThawResults *self, guint i)
{
  if (!g_ptr_array_index (self->rows, i))
    {
      const ThawSample *sample = sample_at (self, i);
      const int label = self->labels_now[i];
      ThawPicture *picture = picture_at (self, i);
      const ThawMistakeRow row = {
        .picture = picture,
        .path = sample->path,
        .index = sample->index,
        .class_name = label >= 0 ? self->labels[label] : picture ? thaw_class_get_name (thaw_picture_get_class (picture)) : "",
        .answer = self->labels[self->original->predictions[i]],
        .label = label,
        .original = self->original->labels[i],
        .prediction = self->original->predictions[i],
        .probabilities = self->original->probabilities + (gsize) i * self->original->classes,
        .classes = self->original->classes,
      };

      g_ptr_array_index (self->rows, i) = thaw_mistake_new (&row);
    }
  return g_ptr_array_index (self->rows, i);
}

/* a picture that is listed */
typedef struct
{
  guint32 row;
  double  probability;
} Listed;

static int
surest_first_cb (gconstpointer a, gconstpointer b)
{
  const Listed *x = a, *y = b;

  if (x->probability != y->probability)
    return x->probability < y->probability ? 1 : -1;
  return (x->row > y->row) - (x->row < y->row);
}

static gboolean
is_listed (const ThawResults *self, guint i, int label, int prediction)
{
  const int own_label = self->labels_now[i], own_prediction = self->original->predictions[i];

  if (label < 0 && prediction < 0)
    return own_label >= 0 && own_label != own_prediction;
  return own_label >= 0 && (label < 0 || label == own_label) && (prediction < 0 || prediction == own_prediction);
}

GListModel *
thaw_results_list (ThawResults *self, int label, int prediction)
{
  g_autoptr (GArray) listed = g_array_new (FALSE, FALSE, sizeof (Listed));
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; self->original && i < self->original->n; i++)
    if (is_listed (self, i, label, prediction))
      {
        Listed item = { i, (double) self->original->probabilities[(gsize) i * self->original->classes + (gsize) self->original->predictions[i]] };

        g_array_append_val (listed, item);
      }
  g_array_sort (listed, surest_first_cb);
  for (guint i = 0; i < listed->len; i++)
    g_array_append_val (rows, g_array_index (listed, Listed, i).row);
  return G_LIST_MODEL (thaw_mistake_list_new (self, rows));
}

/* --- computing, by thaw-results-evaluate.c --- */

gboolean
thaw_results_begin (ThawResults *self, GCancellable **cancellable)
{
  if (self->cancellable || !self->run)
    return FALSE;
  watch_pictures (self);
  set_error (self, NULL);
  self->cancellable = g_cancellable_new ();
  *cancellable = g_object_ref (self->cancellable);
  self->progress = 0;
  notify (self, PROP_PROGRESS);
  notify (self, PROP_BUSY);
  return TRUE;
}

gboolean
thaw_results_end (ThawResults *self, GCancellable *cancellable, const char *error)
{
  if (self->cancellable != cancellable)
    return FALSE;
  g_clear_object (&self->cancellable);
  notify (self, PROP_BUSY);
  set_error (self, error);
  return TRUE;
}

void
thaw_results_set_progress (ThawResults *self, double progress)
{
  if (!self->cancellable || progress == self->progress)
    return;
  self->progress = progress;
  notify (self, PROP_PROGRESS);
}

void
thaw_results_cancel (ThawResults *self)
{
  if (!self->cancellable)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  notify (self, PROP_BUSY);
}

/* --- object --- */

static void
thaw_results_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawResults *self = THAW_RESULTS (object);

  switch (id)
    {
    case PROP_RUN:
      g_value_set_int64 (value, self->run);
      break;
    case PROP_EVALUATION:
      g_value_set_pointer (value, self->current);
      break;
    case PROP_LABELS:
      g_value_set_boxed (value, self->labels);
      break;
    case PROP_SPLIT:
      g_value_set_int (value, (int) thaw_results_get_split (self));
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->cancellable != NULL);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_STALE:
      g_value_set_boolean (value, self->edited > 0);
      break;
    case PROP_EDITED:
      g_value_set_uint (value, self->edited);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_results_dispose (GObject *object)
{
  ThawResults *self = THAW_RESULTS (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  forget_evaluation (self);
  if (self->watched)
    g_signal_handlers_disconnect_by_data (self->watched, self);
  g_clear_object (&self->watched);
  g_clear_weak_pointer (&self->session);
  g_clear_pointer (&self->slot, thaw_model_slot_free);
  G_OBJECT_CLASS (thaw_results_parent_class)->dispose (object);
}

static void
thaw_results_finalize (GObject *object)
{
  ThawResults *self = THAW_RESULTS (object);

  g_object_unref (self->classes);
  g_free (self->error);
  G_OBJECT_CLASS (thaw_results_parent_class)->finalize (object);
}

static void
thaw_results_class_init (ThawResultsClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_results_get_property;
  object_class->dispose = thaw_results_dispose;
  object_class->finalize = thaw_results_finalize;
  properties[PROP_RUN] = g_param_spec_int64 ("run", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_EVALUATION] = g_param_spec_pointer ("evaluation", NULL, NULL, flags);
  properties[PROP_LABELS] = g_param_spec_boxed ("labels", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_SPLIT] = g_param_spec_int ("split", NULL, NULL, 0, THAW_N_SPLITS - 1, THAW_SPLIT_VALIDATION, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_STALE] = g_param_spec_boolean ("stale", NULL, NULL, FALSE, flags);
  properties[PROP_EDITED] = g_param_spec_uint ("edited", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  forgetting_signal = g_signal_new ("forgetting", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
thaw_results_init (ThawResults *self)
{
  self->classes = g_list_store_new (THAW_TYPE_CLASS_FIGURES);
  self->slot = thaw_model_slot_new ();
}

ThawResults *
thaw_results_new (ThawSession *session)
{
  ThawResults *self = g_object_new (THAW_TYPE_RESULTS, NULL);

  g_set_weak_pointer (&self->session, session);
  return self;
}
