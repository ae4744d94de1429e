/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-history.h>

/* an edit that can be undone */
typedef struct
{
  char           *label;
  ThawHistoryFunc undo, redo;
  gpointer        data;
  GDestroyNotify  destroy;
} Edit;

struct _ThawHistory
{
  GObject    parent_instance;
  GPtrArray *edits;  /* Edit, the oldest first */
  guint      done;   /* how many of them are in effect */
  gboolean   moving; /* inside an undo or redo */
};

G_DEFINE_FINAL_TYPE (ThawHistory, thaw_history, G_TYPE_OBJECT)

enum { PROP_0, PROP_UNDO_LABEL, PROP_REDO_LABEL, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* More than anybody goes back */
#define MOST_EDITS 200

static void
edit_free (gpointer data)
{
  Edit *self = data;

  if (self->destroy)
    self->destroy (self->data);
  g_free (self->label);
  g_free (self);
}

static void
notify_labels (ThawHistory *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UNDO_LABEL]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REDO_LABEL]);
}

static const char *
label_at (const ThawHistory *self, guint i)
{
  return i < self->edits->len ? ((const Edit *) g_ptr_array_index (self->edits, i))->label : NULL;
}

void
thaw_history_add (ThawHistory    *self,
                  const char     *label,
                  ThawHistoryFunc undo,
                  ThawHistoryFunc redo,
                  gpointer        data,
                  GDestroyNotify  destroy)
{
  Edit *edit;

  if (self->moving)
    {
      if (destroy)
        destroy (data);
      return;
    }
  edit = g_new (Edit, 1);
  *edit = (Edit){ .label = g_strdup (label), .undo = undo, .redo = redo, .data = data, .destroy = destroy };
  g_ptr_array_set_size (self->edits, (int) self->done);
  g_ptr_array_add (self->edits, edit);
  if (self->edits->len > MOST_EDITS)
    g_ptr_array_remove_index (self->edits, 0);
  self->done = self->edits->len;
  notify_labels (self);
}

void
thaw_history_undo (ThawHistory *self)
{
  Edit *edit;

  if (self->done == 0 || self->moving)
    return;
  edit = g_ptr_array_index (self->edits, --self->done);
  self->moving = TRUE;
  edit->undo (edit->data);
  self->moving = FALSE;
  notify_labels (self);
}

void
thaw_history_redo (ThawHistory *self)
{
  Edit *edit;

  if (self->done >= self->edits->len || self->moving)
    return;
  edit = g_ptr_array_index (self->edits, self->done++);
  self->moving = TRUE;
  edit->redo (edit->data);
  self->moving = FALSE;
  notify_labels (self);
}

void
thaw_history_clear (ThawHistory *self)
{
  g_ptr_array_set_size (self->edits, 0);
  self->done = 0;
  notify_labels (self);
}

static void
thaw_history_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawHistory *self = THAW_HISTORY (object);

  switch (id)
    {
    case PROP_UNDO_LABEL:
      g_value_set_string (value, self->done ? label_at (self, self->done - 1) : NULL);
      break;
    case PROP_REDO_LABEL:
      g_value_set_string (value, label_at (self, self->done));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_history_finalize (GObject *object)
{
  g_ptr_array_unref (THAW_HISTORY (object)->edits);
  G_OBJECT_CLASS (thaw_history_parent_class)->finalize (object);
}

static void
thaw_history_class_init (ThawHistoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_history_get_property;
  object_class->finalize = thaw_history_finalize;
  properties[PROP_UNDO_LABEL] = g_param_spec_string ("undo-label", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REDO_LABEL] = g_param_spec_string ("redo-label", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_history_init (ThawHistory *self)
{
  self->edits = g_ptr_array_new_with_free_func (edit_free);
}

ThawHistory *
thaw_history_new (void)
{
  return g_object_new (THAW_TYPE_HISTORY, NULL);
}
