/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-left-out.h"

struct _ThawLeftOut
{
  ThawDataset *dataset;
  guint8      *lost;    /* [samples], atomic enough: a byte that only ever becomes 1, set under the mutex */
  guint       *since;   /* [samples]; 0: in every order */
  GMutex       mutex;
  GPtrArray   *news;    /* News */
};

typedef struct
{
  guint32 sample;
  char   *reason;
} News;

static void
news_free_cb (gpointer data)
{
  News *news = data;

  g_free (news->reason);
  g_free (news);
}

static int
compare_news_cb (gconstpointer a, gconstpointer b)
{
  const News *x = *(const News *const *) a, *y = *(const News *const *) b;

  return (x->sample > y->sample) - (x->sample < y->sample);
}

ThawLeftOut *
thaw_left_out_new (ThawDataset *dataset)
{
  ThawLeftOut *self = g_new0 (ThawLeftOut, 1);

  self->dataset = thaw_dataset_ref (dataset);
  self->lost = g_new0 (guint8, MAX (dataset->samples->len, 1));
  self->since = g_new0 (guint, MAX (dataset->samples->len, 1));
  self->news = g_ptr_array_new_with_free_func (news_free_cb);
  g_mutex_init (&self->mutex);
  return self;
}

void
thaw_left_out_free (ThawLeftOut *self)
{
  if (!self)
    return;
  thaw_dataset_unref (self->dataset);
  g_free (self->lost);
  g_free (self->since);
  g_ptr_array_unref (self->news);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
thaw_left_out_add (ThawLeftOut *self, guint32 sample, const char *reason)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  News *news;

  if (self->lost[sample])
    return;
  self->lost[sample] = 1;
  news = g_new (News, 1);
  *news = (News){ .sample = sample, .reason = g_strdup (reason) };
  g_ptr_array_add (self->news, news);
}

gboolean
thaw_left_out_has (ThawLeftOut *self, guint32 sample)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->lost[sample];
}

gboolean
thaw_left_out_missing (const ThawLeftOut *self, guint32 sample, guint epoch)
{
  return self->since[sample] && self->since[sample] <= epoch;
}

void
thaw_left_out_report (ThawLeftOut *self, guint epoch, ThawLeftOutFunc func, gpointer data)
{
  g_autoptr (GPtrArray) news = NULL;

  g_mutex_lock (&self->mutex);
  if (self->news->len)
    {
      news = self->news;
      self->news = g_ptr_array_new_with_free_func (news_free_cb);
    }
  g_mutex_unlock (&self->mutex);
  if (!news)
    return;
  g_ptr_array_sort (news, compare_news_cb);
  for (guint i = 0; i < news->len; i++)
    {
      const News *one = g_ptr_array_index (news, i);
      g_autofree char *name = thaw_sample_display_name (g_ptr_array_index (self->dataset->samples, one->sample));

      self->since[one->sample] = epoch;
      if (func)
        func (data, name, one->reason);
    }
}

void
thaw_left_out_write (const ThawLeftOut *self, JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->dataset->samples->len; i++)
    if (self->since[i])
      {
        json_builder_begin_array (builder);
        json_builder_add_int_value (builder, i);
        json_builder_add_int_value (builder, self->since[i]);
        json_builder_end_array (builder);
      }
  json_builder_end_array (builder);
}

static gboolean
read_pair (ThawLeftOut *self, JsonNode *node)
{
  JsonArray *pair = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gint64 values[2];

  if (!pair || json_array_get_length (pair) != 2)
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      JsonNode *element = json_array_get_element (pair, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64)
        return FALSE;
      values[i] = json_node_get_int (element);
    }
  if (values[0] < 0 || values[0] >= self->dataset->samples->len || values[1] < 1 || values[1] > G_MAXINT)
    return FALSE;
  self->lost[values[0]] = 1;
  self->since[values[0]] = (guint) values[1];
  return TRUE;
}

gboolean
thaw_left_out_read (ThawLeftOut *self, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!read_pair (self, json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}
