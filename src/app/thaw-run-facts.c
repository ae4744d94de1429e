/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-run-facts.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>
#include <thaw/thaw-words.h>

static const ThawTrainSummary *
summary_of (ThawRunItem *run)
{
  return &thaw_run_item_get_run (run)->summary;
}

/* What is said of a run that has nothing to say yet */
static char *
nothing (void)
{
  return g_strdup ("–");
}

char *
thaw_run_fact_accuracy (ThawRunItem *run)
{
  const ThawRun *facts = thaw_run_item_get_run (run);

  if (facts->summary.best_epoch <= 0)
    return nothing ();
  if (facts->high <= 0)
    return thaw_text_percent (facts->summary.best_val_accuracy);
  return thaw_words_interval (facts->summary.best_val_accuracy, facts->low, facts->high);
}

char *
thaw_run_fact_loss (ThawRunItem *run)
{
  return summary_of (run)->best_epoch > 0 ? thaw_text_number (summary_of (run)->best_val_loss, 4) : nothing ();
}

char *
thaw_run_fact_best (ThawRunItem *run)
{
  return summary_of (run)->best_epoch > 0 ? g_strdup_printf ("%d", summary_of (run)->best_epoch) : nothing ();
}

char *
thaw_run_fact_epochs (ThawRunItem *run)
{
  int done = summary_of (run)->epochs;
  int planned = thaw_run_item_get_planned_epochs (run);

  return planned > done ? g_strdup_printf (_("%d of %d"), done, planned) : g_strdup_printf ("%d", done);
}

char *
thaw_run_fact_time (ThawRunItem *run)
{
  double seconds = summary_of (run)->feature_seconds + summary_of (run)->train_seconds;

  return seconds > 0 ? thaw_text_seconds (seconds) : nothing ();
}

char *
thaw_run_fact_pictures (ThawRunItem *run)
{
  const ThawTrainSummary *summary = summary_of (run);

  return summary->train > 0 ? g_strdup_printf (_("%u to train, %u to validate"), summary->train, summary->val) : nothing ();
}

char *
thaw_run_fact_started (ThawRunItem *run)
{
  return thaw_text_date (thaw_run_item_get_run (run)->started);
}

char *
thaw_run_fact_name (ThawRunItem *run)
{
  const ThawRun *facts = thaw_run_item_get_run (run);

  return facts->name && *facts->name ? g_strdup (facts->name) : g_strdup_printf (_("Run %d"), (int) facts->id);
}

const char *
thaw_run_fact_status (ThawRunItem *run)
{
  switch (thaw_run_item_get_run (run)->status)
    {
    case THAW_RUN_RUNNING:
      return _("not finished");
    case THAW_RUN_STOPPED:
      return _("stopped early");
    case THAW_RUN_FAILED:
      return _("failed");
    default:
      return NULL;
    }
}

/* They are read from JSON, once a run: they never change */
static GHashTable *
settings_of (ThawRunItem *run)
{
  GHashTable *settings = g_object_get_data (G_OBJECT (run), "thaw-settings");

  if (!settings)
    {
      settings = thaw_run_item_settings (run);
      g_object_set_data_full (G_OBJECT (run), "thaw-settings", settings, (GDestroyNotify) g_hash_table_unref);
    }
  return settings;
}

const char *
thaw_run_setting (ThawRunItem *run, const char *name)
{
  const char *text = g_hash_table_lookup (settings_of (run), name);

  return text ? text : "";
}

gboolean
thaw_run_setting_differs (GPtrArray *runs, const char *name)
{
  for (guint i = 1; i < runs->len; i++)
    if (!g_str_equal (thaw_run_setting (g_ptr_array_index (runs, 0), name), thaw_run_setting (g_ptr_array_index (runs, i), name)))
      return TRUE;
  return FALSE;
}

int
thaw_run_compare (ThawRunItem *a, ThawRunItem *b)
{
  const ThawTrainSummary *x = summary_of (a), *y = summary_of (b);

  if (x->best_epoch <= 0 || y->best_epoch <= 0)
    return (x->best_epoch > 0) - (y->best_epoch > 0);
  if (x->best_val_accuracy != y->best_val_accuracy)
    return x->best_val_accuracy > y->best_val_accuracy ? 1 : -1;
  return (x->best_val_loss < y->best_val_loss) - (x->best_val_loss > y->best_val_loss);
}

ThawRunItem *
thaw_run_best (GListModel *runs)
{
  ThawRunItem *best = NULL;
  guint comparable = 0;

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (ThawRunItem) run = g_list_model_get_item (runs, i);

      comparable += summary_of (run)->best_epoch > 0;
      if (summary_of (run)->best_epoch > 0 && (!best || thaw_run_compare (run, best) > 0))
        best = run;
    }
  return comparable > 1 ? best : NULL;
}
