/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-pictures-private.h"
#include <thaw/thaw-picture-problem.h>

#include <glib/gi18n.h>
#include <string.h>

/* More separate places than this are told of as one stretch */
#define MOST_STRETCHES 100

enum { PROP_0, PROP_N_TRAIN, PROP_N_VALIDATION, PROP_N_TEST, PROP_GENERATION, PROP_BUSY, PROP_N_FOUND, PROP_PROBLEM, N_PROPS };

static GParamSpec *properties[N_PROPS];
static guint changed_signal;

static GType
thaw_pictures_get_item_type (GListModel *model)
{
  return THAW_TYPE_PICTURE;
}

static guint
thaw_pictures_get_n_items (GListModel *model)
{
  return THAW_PICTURES (model)->pictures->len;
}

static gpointer
thaw_pictures_get_item (GListModel *model, guint position)
{
  const ThawPictures *self = THAW_PICTURES (model);

  return position < self->pictures->len ? g_object_ref (self->pictures->pdata[position]) : NULL;
}

static void
thaw_pictures_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_pictures_get_item_type;
  iface->get_n_items = thaw_pictures_get_n_items;
  iface->get_item = thaw_pictures_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawPictures, thaw_pictures, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_pictures_list_model_init))

static guint
hash_picture_cb (gconstpointer key)
{
  const ThawPicture *picture = key;

  return g_str_hash (picture->state.path) ^ (guint) (picture->index * 2654435761u);
}

static gboolean
same_picture_cb (gconstpointer a, gconstpointer b)
{
  const ThawPicture *x = a, *y = b;

  return x->index == y->index && (x->state.path == y->state.path || strcmp (x->state.path, y->state.path) == 0);
}

GHashTable *
thaw_pictures_new_table (void)
{
  return g_hash_table_new (hash_picture_cb, same_picture_cb);
}

static void
number_from (ThawPictures *self, guint first)
{
  for (guint i = first; i < self->pictures->len; i++)
    ((ThawPicture *) self->pictures->pdata[i])->position = i;
}

void
thaw_pictures_count_state (ThawPictures *self, const ThawPictureState *state, int by)
{
  state->klass->counts[state->split] += by;
  state->klass->dirty = TRUE;
  self->counts[state->split] += by;
  if (state->given)
    self->n_given[state->split] += by;
}

void
thaw_pictures_put_in (ThawPictures *self, GPtrArray *pictures)
{
  guint before = self->pictures->len;

  for (guint i = 0; i < pictures->len; i++)
    {
      ThawPicture *picture = pictures->pdata[i];

      g_ptr_array_add (self->pictures, g_object_ref (picture));
      g_hash_table_add (self->known, picture);
      thaw_pictures_count_state (self, &picture->state, 1);
    }
  number_from (self, before);
  if (pictures->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, pictures->len);
}

static int
compare_positions_cb (gconstpointer a, gconstpointer b)
{
  const ThawPicture *x = *(const ThawPicture *const *) a, *y = *(const ThawPicture *const *) b;

  return (x->position > y->position) - (x->position < y->position);
}

/* Sorted by position; where a stretch of neighbours that begins at @i ends */
static guint
end_of_stretch (GPtrArray *sorted, guint i)
{
  guint end = i + 1;

  while (end < sorted->len
         && ((ThawPicture *) sorted->pdata[end])->position == ((ThawPicture *) sorted->pdata[end - 1])->position + 1)
    end++;
  return end;
}

static guint
count_stretches (GPtrArray *sorted)
{
  guint n = 0;

  for (guint i = 0; i < sorted->len; i = end_of_stretch (sorted, i))
    n++;
  return n;
}

static void
take_out_stretches (ThawPictures *self, GPtrArray *sorted)
{
  guint gone = 0;

  for (guint i = 0, end; i < sorted->len; i = end)
    {
      guint at = ((ThawPicture *) sorted->pdata[i])->position - gone;

      end = end_of_stretch (sorted, i);
      g_ptr_array_remove_range (self->pictures, at, end - i);
      g_list_model_items_changed (G_LIST_MODEL (self), at, end - i, 0);
      gone += end - i;
    }
}

static void
take_out_all (ThawPictures *self, GPtrArray *sorted)
{
  guint first = ((ThawPicture *) sorted->pdata[0])->position, before = self->pictures->len, kept = first;
  GPtrArray *old = self->pictures;

  self->pictures = g_ptr_array_new_full (before, g_object_unref);
  for (guint i = 0, next = 0; i < before; i++)
    if (next < sorted->len && sorted->pdata[next] == old->pdata[i])
      next++;
    else
      g_ptr_array_add (self->pictures, g_object_ref (old->pdata[i]));
  kept = self->pictures->len;
  g_list_model_items_changed (G_LIST_MODEL (self), first, before - first, kept - first);
  g_ptr_array_unref (old);
}

static GPtrArray *
by_position (GPtrArray *pictures)
{
  GPtrArray *sorted = g_ptr_array_new_full (pictures->len, g_object_unref);

  for (guint i = 0; i < pictures->len; i++)
    g_ptr_array_add (sorted, g_object_ref (pictures->pdata[i]));
  g_ptr_array_sort (sorted, compare_positions_cb);
  return sorted;
}

void
thaw_pictures_take_out (ThawPictures *self, GPtrArray *pictures)
{
  g_autoptr (GPtrArray) sorted = by_position (pictures);

  for (guint i = 0; i < sorted->len; i++)
    {
      ThawPicture *picture = sorted->pdata[i];

      g_hash_table_remove (self->known, picture);
      thaw_pictures_count_state (self, &picture->state, -1);
    }
  if (sorted->len == 0)
    return;
  if (count_stretches (sorted) <= MOST_STRETCHES)
    take_out_stretches (self, sorted);
  else
    take_out_all (self, sorted);
  number_from (self, 0);
}

void
thaw_pictures_touch (ThawPictures *self, GPtrArray *pictures)
{
  g_autoptr (GPtrArray) sorted = by_position (pictures);
  gboolean apart = count_stretches (sorted) <= MOST_STRETCHES;

  for (guint i = 0, end; i < sorted->len; i = end)
    {
      guint first = ((ThawPicture *) sorted->pdata[i])->position, last;

      end = apart ? end_of_stretch (sorted, i) : sorted->len;
      last = ((ThawPicture *) sorted->pdata[end - 1])->position;
      g_list_model_items_changed (G_LIST_MODEL (self), first, last - first + 1, last - first + 1);
    }
}

static int
compare_classes_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  const ThawClass *x = a, *y = b;

  return strcmp (x->name, y->name);
}

/* Labels and the table of names follow the list */
static void
number_classes (ThawPictures *self)
{
  g_hash_table_remove_all (self->by_name);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);

      klass->label = i;
      g_hash_table_insert (self->by_name, klass->name, klass);
    }
}

void
thaw_pictures_sort_classes (ThawPictures *self)
{
  g_list_store_sort (self->classes, compare_classes_cb, NULL);
  number_classes (self);
}

void
thaw_pictures_list_class (ThawPictures *self, ThawClass *klass, gboolean listed)
{
  guint position;

  if (klass->listed == listed)
    return;
  klass->listed = listed;
  if (listed)
    g_list_store_insert_sorted (self->classes, klass, compare_classes_cb, NULL);
  else if (g_list_store_find (self->classes, klass, &position))
    g_list_store_remove (self->classes, position);
  number_classes (self);
}

ThawClass *
thaw_pictures_find_class (ThawPictures *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

ThawClass *
thaw_pictures_ensure_class (ThawPictures *self, const char *name)
{
  g_autoptr (ThawClass) klass = NULL;

  if (thaw_pictures_find_class (self, name))
    return thaw_pictures_find_class (self, name);
  klass = thaw_class_new (name);
  thaw_pictures_list_class (self, klass, TRUE);
  return klass;
}

static ThawClass *
untrainable_class (ThawPictures *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);

      if (klass->counts[THAW_SPLIT_TRAIN] == 0)
        return klass;
    }
  return NULL;
}

/* What thaw_dataset_check() says, in the person's language; NULL: they can be trained on */
static char *
find_problem (ThawPictures *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->classes));
  const ThawClass *empty = untrainable_class (self);

  if (self->pictures->len == 0)
    return g_strdup (_("There are no pictures yet. Drop folders of images on the Images page."));
  if (n < 2)
    return g_strdup (_("There is only one class. At least two are needed: add a folder for each."));
  if (empty)
    return g_strdup_printf (_("The class “%s” has no picture to train with. Add some, or delete the class."), empty->name);
  if (self->counts[THAW_SPLIT_VALIDATION] == 0)
    return g_strdup (_("There is no picture to validate with. Set a share for validation with Split on the Images page."));
  return NULL;
}

static void
update_problem (ThawPictures *self)
{
  char *problem = find_problem (self);

  if (g_strcmp0 (problem, self->problem) == 0)
    {
      g_free (problem);
      return;
    }
  g_free (self->problem);
  self->problem = problem;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

void
thaw_pictures_tell (ThawPictures *self, gboolean to_save)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);

      thaw_class_tell (klass);
    }
  update_problem (self);
  for (int i = PROP_N_TRAIN; i <= PROP_N_TEST; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
  if (to_save)
    {
      self->generation++;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GENERATION]);
    }
  thaw_pictures_look_for_problems (self);
  thaw_pictures_scan_on (self);
  g_signal_emit (self, changed_signal, 0);
}

void
thaw_pictures_set_busy (ThawPictures *self, gboolean busy)
{
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
thaw_pictures_set_found (ThawPictures *self, guint found)
{
  if (self->n_found == found)
    return;
  self->n_found = found;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_FOUND]);
}

static gpointer
copy_problem_cb (gconstpointer source, gpointer data)
{
  const ThawProblem *problem = source;
  ThawProblem *copy = g_new (ThawProblem, 1);

  *copy = (ThawProblem){ g_strdup (problem->path), g_strdup (problem->reason) };
  return copy;
}

static void
problem_free (gpointer data)
{
  ThawProblem *self = data;

  g_free (self->path);
  g_free (self->reason);
  g_free (self);
}

GPtrArray *
thaw_problems_join (GPtrArray *first, GPtrArray *more)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (problem_free);

  for (guint i = 0; first && i < first->len; i++)
    g_ptr_array_add (all, copy_problem_cb (first->pdata[i], NULL));
  for (guint i = 0; more && i < more->len; i++)
    g_ptr_array_add (all, copy_problem_cb (more->pdata[i], NULL));
  return all;
}

void
thaw_pictures_set_skipped (ThawPictures *self, GPtrArray *skipped)
{
  g_ptr_array_ref (skipped);
  g_ptr_array_unref (self->skipped);
  self->skipped = skipped;
}

ThawPictures *
thaw_pictures_new (ThawHistory *history)
{
  ThawPictures *self = g_object_new (THAW_TYPE_PICTURES, NULL);

  self->history = g_object_ref (history);
  return self;
}

GListModel *
thaw_pictures_get_classes (ThawPictures *self)
{
  return G_LIST_MODEL (self->classes);
}

GListModel *
thaw_pictures_get_problems (ThawPictures *self)
{
  return G_LIST_MODEL (self->problems);
}

guint
thaw_pictures_count (ThawPictures *self, ThawSplit split)
{
  return self->counts[split];
}

gboolean
thaw_pictures_get_busy (ThawPictures *self)
{
  return self->busy;
}

const char *
thaw_pictures_get_problem (ThawPictures *self)
{
  return self->problem;
}

ThawPicture *
thaw_pictures_find (ThawPictures *self, const char *path, gint64 index)
{
  const ThawPicture key = { .state.path = (char *) path, .index = index };

  return g_hash_table_lookup (self->known, &key);
}

static void
thaw_pictures_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const ThawPictures *self = THAW_PICTURES (object);

  switch (id)
    {
    case PROP_N_TRAIN:
    case PROP_N_VALIDATION:
    case PROP_N_TEST:
      g_value_set_uint (value, self->counts[id - PROP_N_TRAIN]);
      break;
    case PROP_GENERATION:
      g_value_set_uint64 (value, self->generation);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_N_FOUND:
      g_value_set_uint (value, self->n_found);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_pictures_dispose (GObject *object)
{
  ThawPictures *self = THAW_PICTURES (object);

  self->scanning = FALSE;
  thaw_pictures_stop_looking (self);
  G_OBJECT_CLASS (thaw_pictures_parent_class)->dispose (object);
}

static void
thaw_pictures_finalize (GObject *object)
{
  ThawPictures *self = THAW_PICTURES (object);

  g_hash_table_unref (self->known);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->skipped);
  g_object_unref (self->classes);
  g_object_unref (self->problems);
  g_clear_object (&self->history);
  g_free (self->problem);
  G_OBJECT_CLASS (thaw_pictures_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  static const char *const counts[] = { "n-train", "n-validation", "n-test" };
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    properties[PROP_N_TRAIN + i] = g_param_spec_uint (counts[i], NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_GENERATION] = g_param_spec_uint64 ("generation", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_N_FOUND] = g_param_spec_uint ("n-found", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_pictures_class_init (ThawPicturesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_pictures_get_property;
  object_class->dispose = thaw_pictures_dispose;
  object_class->finalize = thaw_pictures_finalize;
  install_properties (object_class);
  changed_signal = g_signal_new ("changed", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
thaw_pictures_init (ThawPictures *self)
{
  self->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  self->known = thaw_pictures_new_table ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->classes = g_list_store_new (THAW_TYPE_CLASS);
  self->problems = g_list_store_new (THAW_TYPE_PICTURE_PROBLEM);
  self->skipped = g_ptr_array_new ();
  self->shares.validation = THAW_DEFAULT_VALIDATION;
  self->problem = find_problem (self);
}
