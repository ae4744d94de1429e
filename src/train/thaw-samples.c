/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-samples.h"

#include "thaw-train-options-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw/thaw-cpu.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-pool.h>

/* Changes when the same numbers would be kept in another form */
#define FORMAT_VERSION 1

static gboolean
look_at (const ThawSample *sample, gint64 *size, gint64 *mtime)
{
  struct stat status;

  if (stat (sample->path, &status) != 0)
    return FALSE;
  *size = status.st_size;
  *mtime = (gint64) status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
  return TRUE;
}

gboolean
thaw_sample_is_current (const ThawSample *sample)
{
  gint64 size, mtime;

  return look_at (sample, &size, &mtime) && size == sample->size && mtime == sample->mtime;
}

static void
refresh (ThawSample *sample, guint32 i, ThawLeftOut *left_out)
{
  gint64 size, mtime;

  if (!look_at (sample, &size, &mtime))
    thaw_left_out_add (left_out, i, g_strerror (errno));
  else if (size != sample->size || mtime != sample->mtime)
    {
      g_clear_pointer (&sample->hash, g_free);
      sample->size = size;
      sample->mtime = mtime;
    }
}

void
thaw_samples_refresh (ThawDataset *dataset, ThawLeftOut *left_out)
{
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      ThawSample *sample = g_ptr_array_index (dataset->samples, i);

      if (sample->split != THAW_SPLIT_TEST)
        refresh (sample, i, left_out);
    }
}

typedef struct
{
  ThawDataset  *dataset;
  ThawLeftOut  *left_out;
  GCancellable *cancellable;
  guint32      *samples;   /* [n] */
  guint         n;
  int           next;      /* atomic */
} Hashing;

/* A picture file's hash is that of its bytes: it need not be decoded for it. */
static gboolean
hash_file (ThawSample *sample, GError **error)
{
  g_autofree char *contents = NULL;
  gsize length;

  if (!g_file_get_contents (sample->path, &contents, &length, error))
    return FALSE;
  sample->hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents, length);
  return TRUE;
}

static gboolean
hash_inside (ThawSample *sample, GError **error)
{
  g_autoptr (ThawImage) image = thaw_sample_load (sample, error);

  return image != NULL;
}

static void
hash_cb (gpointer data, guint thread)
{
  Hashing *self = data;
  int i;

  while ((i = g_atomic_int_add (&self->next, 1)) < (int) self->n && !g_cancellable_is_cancelled (self->cancellable))
    {
      ThawSample *sample = g_ptr_array_index (self->dataset->samples, self->samples[i]);
      g_autoptr (GError) error = NULL;

      if (!(sample->index < 0 ? hash_file (sample, &error) : hash_inside (sample, &error)))
        thaw_left_out_add (self->left_out, self->samples[i], error->message);
    }
}

gboolean
thaw_samples_hash (ThawDataset *dataset, const ThawLoaderItem *items, gsize n, ThawPool *pool, ThawLeftOut *left_out,
                   GCancellable *cancellable, GError **error)
{
  g_autofree guint32 *samples = g_new (guint32, MAX (n, 1));
  g_autofree guint8 *listed = g_new0 (guint8, MAX (dataset->samples->len, 1));
  Hashing hashing = { .dataset = dataset, .left_out = left_out, .cancellable = cancellable, .samples = samples };

  for (gsize i = 0; i < n; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, items[i].sample);

      if (!sample->hash && !listed[items[i].sample] && !thaw_left_out_has (left_out, items[i].sample))
        samples[hashing.n++] = items[i].sample;
      listed[items[i].sample] = 1;
    }
  thaw_pool_run (pool, hash_cb, &hashing);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static void
append_graph (GString *text, const ThawGraph *graph)
{
  for (guint i = 0; i < thaw_graph_size (graph); i++)
    {
      const ThawNode *node = thaw_graph_at (graph, i);
      g_autofree char *shape = thaw_shape_to_string (&node->shape);

      g_string_append_printf (text, "%u %s %s%s\n", node->op, node->name, shape, node->dtype == THAW_DTYPE_BF16 ? " bfloat16" : "");
    }
  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    g_string_append_printf (text, "cut %s\n", thaw_graph_output (graph, i)->name);
}

static GPtrArray *
parameter_names (const ThawGraph *graph)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < thaw_graph_size (graph); i++)
    if (thaw_graph_at (graph, i)->op == THAW_OP_PARAMETER)
      g_ptr_array_add (names, thaw_graph_at (graph, i)->name);
  return names;
}

static void
append_augmentation (GString *text, const ThawTrainOptions *options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  if (thaw_augmentation_is_none (&options->augmentation))
    return;
  json_builder_begin_object (builder);
  thaw_fields_write (thaw_augmentation_fields, &options->augmentation, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = thaw_json_write (root);
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", json, options->seed);
}

char *
thaw_features_key (const ThawModel *model, const ThawGraph *before, const ThawTrainOptions *options)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) names = parameter_names (before);
  g_autofree char *preprocessing = thaw_preprocessing_to_json (&model->preprocessing);
  g_autofree char *weights = thaw_model_hash (model, names);

  /* the instruction set too: kernels round differently on another */
  g_string_printf (text, "thaw features %d\n%s\n%s\n%s\n%s\n", FORMAT_VERSION, thaw_isa_name (thaw_cpu_isa ()), model->architecture,
                   preprocessing, weights);
  append_graph (text, before);
  append_augmentation (text, options);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, -1);
}
