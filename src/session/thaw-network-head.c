/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <glib/gi18n.h>
#include <string.h>
#include <thaw/thaw-error.h>

#define MOST_LAYERS G_N_ELEMENTS (((ThawHead *) NULL)->layers)

void
thaw_network_get_head (ThawNetwork *self, ThawHead *head)
{
  const gboolean good = thaw_head_parse (head, self->head, NULL);

  g_assert (good); /* nothing else is ever kept */
}

/* NULL: it can be done */
static const char *
edit_problem (const ThawHead *head, ThawHeadEdit edit, guint at)
{
  const guint last = head->n_layers - 1;

  switch (edit)
    {
    case THAW_HEAD_INSERT:
      if (head->n_layers >= MOST_LAYERS)
        return _("A head has at most 32 layers: remove one first.");
      return at > last ? _("The last layer gives one number for each class: nothing can follow it.") : NULL;
    case THAW_HEAD_REMOVE:
      return at >= last ? _("The last layer gives one number for each class: it cannot be removed.") : NULL;
    case THAW_HEAD_REPLACE:
      return at >= last ? _("The last layer gives one number for each class: it cannot be another.") : NULL;
    case THAW_HEAD_MOVE_UP:
      if (at >= last)
        return _("The last layer gives one number for each class: it cannot be moved.");
      return at == 0 ? _("This layer is the first.") : NULL;
    case THAW_HEAD_MOVE_DOWN:
      if (at >= last)
        return _("The last layer gives one number for each class: it cannot be moved.");
      return at + 1 == last ? _("The last layer gives one number for each class: nothing can follow it.") : NULL;
    default:
      g_return_val_if_reached (NULL);
    }
}

const char *
thaw_network_head_problem (ThawNetwork *self, ThawHeadEdit edit, guint at)
{
  ThawHead head;

  if (!thaw_network_is_editable (self))
    return _("There is no network yet: choose a backbone first.");
  thaw_network_get_head (self, &head);
  return edit_problem (&head, edit, at);
}

static gboolean
check (ThawNetwork *self, ThawHeadEdit edit, guint at, GError **error)
{
  const char *problem = thaw_network_head_problem (self, edit, at);

  if (problem)
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, problem);
  return problem == NULL;
}

static gboolean
set_head (ThawNetwork *self, const ThawHead *head, const char *label, GError **error)
{
  g_autofree char *text = thaw_head_to_string (head);

  return thaw_network_change_head (self, text, label, error);
}

static gboolean
check_layer (const ThawHeadLayer *layer, GError **error)
{
  if (layer->kind == THAW_HEAD_DROPOUT && !(layer->p >= 0 && layer->p < 1))
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, _("Dropout leaves out a share from 0 to below 1 of the values."));
  else if (layer->kind == THAW_HEAD_LINEAR && (layer->out < 1 || layer->out > THAW_HEAD_MAX_UNITS))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, _("A linear layer has from 1 to %d units."), THAW_HEAD_MAX_UNITS);
  else if (layer->kind == THAW_HEAD_ACTIVATION && (layer->activation <= THAW_ACTIVATION_NONE || layer->activation >= THAW_N_ACTIVATIONS))
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, _("This activation is not known."));
  else
    return TRUE;
  return FALSE;
}

gboolean
thaw_network_head_insert (ThawNetwork *self, guint at, const ThawHeadLayer *layer, GError **error)
{
  ThawHead head;

  if (!check (self, THAW_HEAD_INSERT, at, error) || !check_layer (layer, error))
    return FALSE;
  thaw_network_get_head (self, &head);
  memmove (head.layers + at + 1, head.layers + at, (head.n_layers - at) * sizeof *layer);
  head.layers[at] = *layer;
  head.n_layers++;
  return set_head (self, &head, _("Add a Layer to the Head"), error);
}

gboolean
thaw_network_head_remove (ThawNetwork *self, guint at, GError **error)
{
  ThawHead head;

  if (!check (self, THAW_HEAD_REMOVE, at, error))
    return FALSE;
  thaw_network_get_head (self, &head);
  memmove (head.layers + at, head.layers + at + 1, (head.n_layers - at - 1) * sizeof head.layers[0]);
  head.n_layers--;
  return set_head (self, &head, _("Remove a Layer of the Head"), error);
}

gboolean
thaw_network_head_replace (ThawNetwork *self, guint at, const ThawHeadLayer *layer, GError **error)
{
  ThawHead head;

  if (!check (self, THAW_HEAD_REPLACE, at, error) || !check_layer (layer, error))
    return FALSE;
  thaw_network_get_head (self, &head);
  head.layers[at] = *layer;
  return set_head (self, &head, _("Change a Layer of the Head"), error);
}

gboolean
thaw_network_head_move (ThawNetwork *self, guint from, guint to, GError **error)
{
  ThawHeadLayer layer;
  ThawHead head;

  thaw_network_get_head (self, &head);
  if (from == to)
    return TRUE;
  if (!check (self, from < to ? THAW_HEAD_MOVE_DOWN : THAW_HEAD_MOVE_UP, from, error)
      || !check (self, THAW_HEAD_REPLACE, to, error))
    return FALSE;
  layer = head.layers[from];
  memmove (head.layers + from, head.layers + from + 1, (head.n_layers - from - 1) * sizeof layer);
  memmove (head.layers + to + 1, head.layers + to, (head.n_layers - 1 - to) * sizeof layer);
  head.layers[to] = layer;
  return set_head (self, &head, _("Move a Layer of the Head"), error);
}
