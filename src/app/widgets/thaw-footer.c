/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-footer.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawFooter
{
  AdwBin       parent_instance;
  ThawNetwork *network;

  /* of the template */
  GtkLabel    *parameters;
  GtkLabel    *time;
  GtkLabel    *memory;
};

G_DEFINE_FINAL_TYPE (ThawFooter, thaw_footer, ADW_TYPE_BIN)

/* Less than this a run's features are nothing to speak of. */
#define WORTH_SAYING .05

static char *
parameters_text (const ThawCost *cost)
{
  g_autofree char *trainable = thaw_text_count ((double) cost->trainable);
  g_autofree char *all = thaw_text_count ((double) (cost->trainable + cost->frozen));

  if (cost->trainable + cost->frozen == 0)
    return g_strdup ("");
  if (cost->trainable == 0)
    return g_strdup (_("Nothing trains: thaw at least one layer"));
  return g_strdup_printf (_("%s of %s parameters train"), trainable, all);
}

/* What is shorter than can be written is not nothing */
static char *
duration_text (double seconds)
{
  return seconds < .01 ? g_strdup (_("under 0.01 s")) : thaw_text_seconds (seconds);
}

static char *
phase_text (const ThawPhaseCost *phase, gboolean measured)
{
  g_autofree char *once = duration_text (phase->once_seconds);
  g_autofree char *epoch = duration_text (phase->epoch_seconds);

  if (phase->once_seconds < WORTH_SAYING)
    return g_strdup_printf (measured ? _("%s an epoch") : _("about %s an epoch"), epoch);
  return g_strdup_printf (measured ? _("%s once, then %s an epoch") : _("about %s once, then %s an epoch"), once, epoch);
}

static gboolean
is_known (const ThawCost *cost)
{
  return cost->n_phases > 0 && cost->phases[0].epoch_seconds > 0;
}

/* A line for each phase */
static char *
time_text (const ThawCost *cost)
{
  g_autofree char *first = phase_text (&cost->phases[0], cost->measured);
  g_autofree char *second = phase_text (&cost->phases[1], cost->measured);

  if (!is_known (cost))
    return g_strdup ("");
  if (cost->n_phases == 1)
    return g_steal_pointer (&first);
  return g_strdup_printf (_("First phase: %s\nSecond phase: %s"), first, second);
}

static char *
memory_text (const ThawCost *cost)
{
  g_autofree char *memory = thaw_text_bytes ((double) cost->memory);
  g_autofree char *all = duration_text (cost->seconds);
  int epochs = 0;

  for (guint i = 0; i < cost->n_phases; i++)
    epochs += cost->phases[i].epochs;
  if (cost->memory == 0)
    return g_strdup ("");
  if (!is_known (cost))
    return g_strdup_printf (_("about %s of memory"), memory);
  return g_strdup_printf (ngettext ("about %s of memory, %s for %d epoch", "about %s of memory, %s for %d epochs", (gulong) epochs), memory, all, epochs);
}

static void
set_text (GtkLabel *label, char *text)
{
  gtk_label_set_text (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != 0);
  g_free (text);
}

static void
update (ThawFooter *self)
{
  const ThawCost *cost = thaw_network_get_cost (self->network);

  set_text (self->parameters, parameters_text (cost));
  set_text (self->time, time_text (cost));
  set_text (self->memory, memory_text (cost));
  thaw_tooltip_set (GTK_WIDGET (self), cost->measured ? _("From the speed that was measured on this machine")
                                                      : _("Predicted: the speed of this network is still to be measured on this machine"));
}

void
thaw_footer_set_network (ThawFooter *self, ThawNetwork *network)
{
  g_return_if_fail (!self->network);
  self->network = g_object_ref (network);
  g_signal_connect_object (network, "notify::cost", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
thaw_footer_dispose (GObject *object)
{
  g_clear_object (&THAW_FOOTER (object)->network);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_FOOTER);
  G_OBJECT_CLASS (thaw_footer_parent_class)->dispose (object);
}

static void
thaw_footer_class_init (ThawFooterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_footer_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-footer.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawFooter, parameters);
  gtk_widget_class_bind_template_child (widget_class, ThawFooter, time);
  gtk_widget_class_bind_template_child (widget_class, ThawFooter, memory);
}

static void
thaw_footer_init (ThawFooter *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
