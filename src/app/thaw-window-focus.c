/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"
#include "widgets/thaw-layer-tree.h"

/* Where the keys go. F6 moves the focus between the panes, each of which knows where it was; and when what has it vanishes or can no longer
 * be used, it stays near: GTK would leave the window without any. */

static GtkWidget *
pane_at (ThawWindow *self, int i)
{
  GtkWidget *const panes[THAW_N_PANES] = {
    self->header, self->read_only, thaw_sidebar_get_chooser (self->sidebar), thaw_sidebar_get_tree (self->sidebar), GTK_WIDGET (self->images),
    GTK_WIDGET (self->training), GTK_WIDGET (self->results), GTK_WIDGET (self->runs), GTK_WIDGET (self->toast_strip), self->bar,
  };

  return panes[i];
}

static int
pane_of (ThawWindow *self, GtkWidget *widget)
{
  for (int i = 0; widget && i < THAW_N_PANES; i++)
    if (gtk_widget_is_ancestor (widget, pane_at (self, i)))
      return i;
  return -1;
}

static gboolean
can_have_focus (GtkWidget *widget)
{
  return widget && gtk_widget_get_mapped (widget) && gtk_widget_is_sensitive (widget);
}

/* Back to where the focus was in pane @i, if that is still there */
static gboolean
focus_pane (ThawWindow *self, int i)
{
  GtkWidget *pane = pane_at (self, i);
  GtkWidget *last = self->last_focus[i];

  if (!gtk_widget_get_mapped (pane))
    return FALSE;
  /* its rows are made anew all the time: it knows itself which is the current one */
  if (i == THAW_PANE_TREE)
    return thaw_layer_tree_grab_focus (THAW_LAYER_TREE (pane));
  if (can_have_focus (last) && gtk_widget_is_ancestor (last, pane) && gtk_widget_grab_focus (last))
    return TRUE;
  return gtk_widget_child_focus (pane, GTK_DIR_TAB_FORWARD);
}

void
thaw_window_move_focus (ThawWindow *self, int step)
{
  int from = pane_of (self, gtk_window_get_focus (GTK_WINDOW (self)));

  if (from < 0)
    from = step > 0 ? THAW_N_PANES - 1 : 0;
  for (int n = 1; n < THAW_N_PANES; n++)
    if (focus_pane (self, (from + n * step + THAW_N_PANES * THAW_N_PANES) % THAW_N_PANES))
      return;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  ThawWindow *self = THAW_WINDOW (widget);
  gboolean found = FALSE;

  if (self->frames-- > 0)
    return G_SOURCE_CONTINUE;
  self->tick = 0;
  for (int i = THAW_PANE_IMAGES; i <= THAW_PANE_RUNS && !found; i++)
    found = focus_pane (self, i);
  if (!found && !gtk_window_get_focus (GTK_WINDOW (self)))
    thaw_window_move_focus (self, 1);
  return G_SOURCE_REMOVE;
}

/* What comes first is known when everything has its place */
static void
focus_page (ThawWindow *self)
{
  self->frames = 1;
  if (!self->tick)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

/* The stack would give it to the next page at once */
void
thaw_window_leave_page (ThawWindow *self)
{
  const int pane = pane_of (self, gtk_window_get_focus (GTK_WINDOW (self)));

  if (pane >= THAW_PANE_IMAGES && pane <= THAW_PANE_RUNS)
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
}

void
thaw_window_focus_page (ThawWindow *self)
{
  const int pane = pane_of (self, gtk_window_get_focus (GTK_WINDOW (self)));

  /* who works in the network and looks at another page goes on working there */
  if ((pane != THAW_PANE_CHOOSER && pane != THAW_PANE_TREE) || adw_flap_get_folded (self->flap))
    focus_page (self);
}

/* --- when what had the focus is gone --- */

/* What follows @widget, what precedes it and what it is in, up to its pane */
static void
note_near (ThawWindow *self, GtkWidget *widget)
{
  const int pane = pane_of (self, widget);

  if (!widget || pane < 0 || self->near->len > 0)
    return;
  for (; widget && widget != pane_at (self, pane); widget = gtk_widget_get_parent (widget))
    {
      for (GtkWidget *next = gtk_widget_get_next_sibling (widget); next; next = gtk_widget_get_next_sibling (next))
        g_ptr_array_add (self->near, g_object_ref (next));
      for (GtkWidget *before = gtk_widget_get_prev_sibling (widget); before; before = gtk_widget_get_prev_sibling (before))
        g_ptr_array_add (self->near, g_object_ref (before));
      g_ptr_array_add (self->near, g_object_ref (gtk_widget_get_parent (widget)));
    }
}

static gboolean
focus_near (ThawWindow *self)
{
  for (guint i = 0; i < self->near->len; i++)
    {
      GtkWidget *widget = self->near->pdata[i];

      if (pane_of (self, widget) >= 0 && can_have_focus (widget)
          && (gtk_widget_grab_focus (widget) || gtk_widget_child_focus (widget, GTK_DIR_TAB_FORWARD)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
settle_cb (gpointer data)
{
  ThawWindow *self = data;
  GtkWidget *last = self->pane >= 0 ? self->last_focus[self->pane] : NULL;

  self->settling = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && !can_have_focus (gtk_window_get_focus (GTK_WINDOW (self)))
      && !(can_have_focus (last) && gtk_widget_grab_focus (last)) && !focus_near (self))
    focus_page (self);
  g_ptr_array_set_size (self->near, 0);
  return G_SOURCE_REMOVE;
}

/* What goes may come back at once, and GTK may find a place itself */
static void
settle (ThawWindow *self, GtkWidget *lost)
{
  note_near (self, lost);
  if (!self->settling)
    self->settling = g_idle_add (settle_cb, self);
}

static void
unmap_cb (GtkWidget *focus, ThawWindow *self)
{
  settle (self, focus);
}

static void
focus_changed_cb (ThawWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  const int pane = pane_of (self, focus);

  g_signal_group_set_target (self->focus_signals, focus);
  if (pane >= 0)
    {
      self->pane = pane;
      g_set_weak_pointer (&self->last_focus[pane], focus);
    }
  else if (!focus)
    settle (self, self->pane >= 0 ? self->last_focus[self->pane] : NULL);
}

/* Not on the button for recent projects, which GTK finds first: on what the page begins with */
static void
map_cb (ThawWindow *self)
{
  focus_page (self);
}

void
thaw_window_init_focus (ThawWindow *self)
{
  self->pane = -1;
  self->near = g_ptr_array_new_with_free_func (g_object_unref);
  self->focus_signals = g_signal_group_new (GTK_TYPE_WIDGET);
  g_signal_group_connect_object (self->focus_signals, "unmap", G_CALLBACK (unmap_cb), self, 0);
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_changed_cb), NULL);
  g_signal_connect_after (self, "map", G_CALLBACK (map_cb), NULL);
}

void
thaw_window_clear_focus (ThawWindow *self)
{
  g_clear_handle_id (&self->settling, g_source_remove);
  if (self->tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_object (&self->focus_signals);
  g_clear_pointer (&self->near, g_ptr_array_unref);
  for (int i = 0; i < THAW_N_PANES; i++)
    g_clear_weak_pointer (&self->last_focus[i]);
}
