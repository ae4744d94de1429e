/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-picture-problem-private.h"
#include "thaw-pictures-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Shorter sides than this hold little; they are what the data set is like where all are (MNIST's form) */
#define SMALL_SIDE 32
/* A class with fewer pictures to train with hardly generalises */
#define FEW_PICTURES 10
/* Editing is not held up by looking; seconds of quiet before it are not felt */
#define QUIET_MS 400
/* Pictures that are looked at between two looks at the clock, and how long a slice may take */
#define PIECE 64
#define SLICE_US 4000

/* What is being gathered; each NULL until there is one */
typedef struct
{
  ThawPictureProblem *missing, *unreadable, *leak, *conflict, *twice, *small;
  guint n_small, n_measured, n_leaks, n_conflicts, n_twice;
} Findings;

/* Where looking is; anything that changes meanwhile begins it anew */
typedef struct _ThawLook
{
  Findings    findings;
  guint       next;
  GHashTable *first;   /* hash -> the first picture of that content */
  GHashTable *groups;  /* hash -> GPtrArray of ThawPicture, two or more */
  GPtrArray  *order;   /* of the groups */
} ThawLook;

static gboolean
is_small (const ThawPicture *picture)
{
  return picture->width > 0 && MIN (picture->width, picture->height) < SMALL_SIDE;
}

static void
add_to (ThawPictureProblem **problem, ThawPictureProblemKind kind, const char *text, const char *remedy,
        ThawPicture *picture, gboolean victim)
{
  if (!*problem)
    *problem = thaw_picture_problem_new (kind, NULL, text, remedy);
  thaw_picture_problem_add (*problem, picture, victim);
}

static void
look_at (Findings *self, ThawPicture *picture)
{
  if (picture->missing)
    add_to (&self->missing, THAW_PROBLEM_MISSING,
            _("Their files are not where they were. Say which folder they are in now: all that are below it are found again."),
            _("Locate…"), picture, FALSE);
  else if (picture->fault)
    add_to (&self->unreadable, THAW_PROBLEM_UNREADABLE,
            _("They would stop training. Mend or replace the files and look again, or remove them from the data set; the files stay."),
            _("Remove"), picture, TRUE);
  self->n_measured += picture->width > 0;
  if (is_small (picture))
    add_to (&self->small, THAW_PROBLEM_SMALL,
            _("They are under 32 pixels a side while others are larger, so there is little to see in them. Remove them unless they are meant."),
            _("Remove"), picture, TRUE);
  self->n_small += is_small (picture);
}

/* @group: the pictures of one content. Which of them to keep: one that is not trained with, so that no other split loses one */
static void
look_at_group (Findings *self, GPtrArray *group)
{
  const ThawPicture *first = group->pdata[0];
  ThawPicture *keep = group->pdata[0];
  gboolean leak = FALSE, conflict = FALSE;

  for (guint i = 1; i < group->len; i++)
    {
      ThawPicture *picture = group->pdata[i];

      conflict = conflict || picture->state.klass != first->state.klass;
      leak = leak || picture->state.split != first->state.split;
      if (picture->state.split > keep->state.split)
        keep = picture;
    }
  self->n_conflicts += conflict;
  self->n_leaks += leak && !conflict;
  self->n_twice += !leak && !conflict;
  for (guint i = 0; i < group->len; i++)
    {
      ThawPicture *picture = group->pdata[i];

      if (conflict)
        add_to (&self->conflict, THAW_PROBLEM_CONFLICT,
                _("One content cannot be two things. Look at them and remove the ones that are in the wrong class."), NULL, picture, FALSE);
      else if (leak)
        add_to (&self->leak, THAW_PROBLEM_LEAK,
                _("The accuracy would be too good: these were seen in training. Keep each where it is judged by, and take it out of training."),
                _("Take Out of Training"), picture, picture != keep);
      else
        add_to (&self->twice, THAW_PROBLEM_TWICE, _("They count double in training. Keep one of each; the files stay."),
                _("Keep One of Each"), picture, picture != keep);
    }
}

static void
note_content (ThawLook *self, ThawPicture *picture)
{
  ThawPicture *other = picture->hash ? g_hash_table_lookup (self->first, picture->hash) : NULL;
  GPtrArray *group;

  if (!other)
    {
      if (picture->hash)
        g_hash_table_insert (self->first, picture->hash, picture);
      return;
    }
  group = g_hash_table_lookup (self->groups, picture->hash);
  if (!group)
    {
      group = g_ptr_array_new ();
      g_ptr_array_add (group, other);
      g_ptr_array_add (self->order, group);
      g_hash_table_insert (self->groups, picture->hash, group);
    }
  g_ptr_array_add (group, picture);
}

/* (transfer full) of @problem, which may be NULL */
static void
add_problem (GPtrArray *list, ThawPictureProblem *problem, char *title)
{
  if (!problem)
    {
      g_free (title);
      return;
    }
  thaw_picture_problem_take_title (problem, title);
  g_ptr_array_add (list, problem);
}

static guint
size_of (ThawPictureProblem *problem)
{
  return problem ? thaw_picture_problem_get_pictures (problem)->len : 0;
}

static void
describe (Findings *self, GPtrArray *list)
{
  guint n_missing = size_of (self->missing), n_unreadable = size_of (self->unreadable);

  if (self->n_small == self->n_measured)
    g_clear_object (&self->small);
  add_problem (list, self->missing, g_strdup_printf (ngettext ("%u picture has moved", "%u pictures have moved", n_missing), n_missing));
  add_problem (list, self->unreadable,
               g_strdup_printf (ngettext ("%u picture cannot be read", "%u pictures cannot be read", n_unreadable), n_unreadable));
  add_problem (list, self->leak,
               g_strdup_printf (ngettext ("%u picture is in training and in validation or test", "%u pictures are in training and in validation or test",
                                          self->n_leaks),
                                self->n_leaks));
  add_problem (list, self->conflict,
               g_strdup_printf (ngettext ("%u picture is in two classes", "%u pictures are in two classes", self->n_conflicts), self->n_conflicts));
  add_problem (list, self->twice,
               g_strdup_printf (ngettext ("%u picture is there twice", "%u pictures are there twice", self->n_twice), self->n_twice));
  add_problem (list, self->small,
               g_strdup_printf (ngettext ("%u picture is very small", "%u pictures are very small", self->n_small), self->n_small));
}

static void
add_few (ThawPictures *self, GPtrArray *list)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    {
      g_autoptr (ThawClass) klass = g_list_model_get_item (G_LIST_MODEL (self->classes), i);
      guint n = klass->counts[THAW_SPLIT_TRAIN];

      if (n >= FEW_PICTURES)
        continue;
      g_ptr_array_add (list, thaw_picture_problem_new (
                                 THAW_PROBLEM_FEW,
                                 g_strdup_printf (ngettext ("“%s” has only %u picture to train with", "“%s” has only %u pictures to train with", n),
                                                  klass->name, n),
                                 _("Add more pictures of it: twenty are a start, a hundred are good. Or merge it with another class, or delete it."), NULL));
    }
}

static char **
list_skipped (GPtrArray *skipped)
{
  char **lines = g_new0 (char *, skipped->len + 1);

  for (guint i = 0; i < skipped->len; i++)
    {
      const ThawProblem *problem = skipped->pdata[i];

      lines[i] = g_strdup_printf ("%s: %s", problem->path, problem->reason);
    }
  return lines;
}

static void
add_skipped (ThawPictures *self, GPtrArray *list)
{
  guint n = self->skipped->len;
  ThawPictureProblem *problem;

  if (n == 0)
    return;
  problem = thaw_picture_problem_new (THAW_PROBLEM_SKIPPED, g_strdup_printf (ngettext ("%u file was passed over", "%u files were passed over", n), n),
                                      _("They are not part of the data set. Mend the files and add them again, or forget about them."), _("Forget"));
  thaw_picture_problem_take_details (problem, list_skipped (self->skipped));
  g_ptr_array_add (list, problem);
}

static gboolean
are_same (GPtrArray *a, GPtrArray *b)
{
  return a->len == b->len && (a->len == 0 || memcmp (a->pdata, b->pdata, a->len * sizeof (gpointer)) == 0);
}

static gboolean
is_same (ThawPictureProblem *a, ThawPictureProblem *b)
{
  return thaw_picture_problem_get_kind (a) == thaw_picture_problem_get_kind (b)
         && g_str_equal (thaw_picture_problem_get_title (a), thaw_picture_problem_get_title (b))
         && g_strv_equal (thaw_picture_problem_get_details (a), thaw_picture_problem_get_details (b))
         && are_same (thaw_picture_problem_get_pictures (a), thaw_picture_problem_get_pictures (b))
         && are_same (thaw_picture_problem_get_victims (a), thaw_picture_problem_get_victims (b));
}

/* Rows that say the same stay, with the focus that one of them may have. */
static gboolean
is_told (ThawPictures *self, GPtrArray *list)
{
  GListModel *told = G_LIST_MODEL (self->problems);

  if (g_list_model_get_n_items (told) != list->len)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    {
      g_autoptr (ThawPictureProblem) problem = g_list_model_get_item (told, i);

      if (!is_same (problem, list->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

static ThawLook *
look_new (void)
{
  ThawLook *self = g_new0 (ThawLook, 1);

  self->first = g_hash_table_new (g_str_hash, g_str_equal);
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
  self->order = g_ptr_array_new ();
  return self;
}

static void
look_free (ThawLook *self)
{
  ThawPictureProblem **found[] = { &self->findings.missing, &self->findings.unreadable, &self->findings.leak,
                                   &self->findings.conflict, &self->findings.twice, &self->findings.small };

  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_clear_object (found[i]);
  g_hash_table_unref (self->first);
  g_hash_table_unref (self->groups);
  g_ptr_array_unref (self->order);
  g_free (self);
}

static void
tell_findings (ThawPictures *self, ThawLook *look)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < look->order->len; i++)
    look_at_group (&look->findings, look->order->pdata[i]);
  describe (&look->findings, list);
  /* they are the list's now */
  look->findings = (Findings){ 0 };
  add_few (self, list);
  add_skipped (self, list);
  if (!is_told (self, list))
    g_list_store_splice (self->problems, 0, g_list_model_get_n_items (G_LIST_MODEL (self->problems)), list->pdata, list->len);
}

static gboolean
slice_cb (gpointer data)
{
  ThawPictures *self = data;
  ThawLook *look = self->look;
  const gint64 until = g_get_monotonic_time () + SLICE_US;

  while (look->next < self->pictures->len && g_get_monotonic_time () < until)
    for (guint i = 0; i < PIECE && look->next < self->pictures->len; i++)
      {
        ThawPicture *picture = self->pictures->pdata[look->next++];

        look_at (&look->findings, picture);
        note_content (look, picture);
      }
  if (look->next < self->pictures->len)
    return G_SOURCE_CONTINUE;
  self->problems_source = 0;
  self->look = NULL;
  tell_findings (self, look);
  look_free (look);
  return G_SOURCE_REMOVE;
}

static gboolean
quiet_cb (gpointer data)
{
  ThawPictures *self = data;

  self->look = look_new ();
  self->problems_source = g_idle_add_full (G_PRIORITY_LOW, slice_cb, self, NULL);
  return G_SOURCE_REMOVE;
}

void
thaw_pictures_stop_looking (ThawPictures *self)
{
  g_clear_handle_id (&self->problems_source, g_source_remove);
  g_clear_pointer (&self->look, look_free);
}

void
thaw_pictures_look_for_problems (ThawPictures *self)
{
  if (self->look)
    thaw_pictures_stop_looking (self);
  if (self->problems_source == 0)
    self->problems_source = g_timeout_add_full (G_PRIORITY_LOW, QUIET_MS, quiet_cb, self, NULL);
}

void
thaw_pictures_mend (ThawPictures *self, ThawPictureProblem *problem)
{
  ThawPictureEdit *edit;
  g_autoptr (GPtrArray) none = NULL;

  if (thaw_picture_problem_get_kind (problem) != THAW_PROBLEM_SKIPPED)
    {
      thaw_pictures_remove_many (self, thaw_picture_problem_get_victims (problem));
      return;
    }
  edit = thaw_picture_edit_new (self);
  none = thaw_problems_join (NULL, NULL);
  thaw_picture_edit_skipped (edit, none);
  thaw_picture_edit_commit (edit, _("Forget what was passed over"));
}
