/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-training-result.h>

#include "thaw-training-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json-reader.h>
#include <thaw/thaw-text.h>
#include <unistd.h>

#define METRICS "metrics.json"
#define CHECKPOINT "checkpoint.safetensors"
/* Some two million steps */
#define MAX_METRICS ((goffset) 128 << 20)
#define MAX_OPTIONS ((gsize) 256 << 10)
#define MAX_PROGRESS ((gsize) 4 << 20)
#define MAX_EPOCHS 1000000

static gboolean
invalid (const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s of a training's result is not what it should be: copy result/ once more from the machine that trained", what);
  return FALSE;
}

void
thaw_training_result_free (ThawTrainingResult *self)
{
  if (!self)
    return;
  g_free (self->device);
  g_clear_pointer (&self->options, thaw_train_options_free);
  g_clear_pointer (&self->epochs, g_array_unref);
  g_clear_pointer (&self->steps, g_array_unref);
  g_free (self);
}

/* --- metrics.json --- */

static gboolean
take_number (const ThawJsonReader *value, double low, double high, double *out)
{
  return thaw_json_number (value, out) && *out >= low && *out <= high;
}

static gboolean
find_number (const ThawJsonReader *object, const char *key, double low, double high, double *out)
{
  ThawJsonReader value;

  return thaw_json_find (object, key, &value) && take_number (&value, low, high, out);
}

static gboolean
find_whole (const ThawJsonReader *object, const char *key, gint64 low, gint64 high, gint64 *out)
{
  ThawJsonReader value;

  return thaw_json_find (object, key, &value) && thaw_json_take_int (&value, out) && *out >= low && *out <= high;
}

static gboolean
find_switch (const ThawJsonReader *object, const char *key, gboolean *out)
{
  ThawJsonReader value;
  const char first = thaw_json_find (object, key, &value) ? thaw_json_peek (&value) : 0;

  *out = first == 't';
  return first == 't' || first == 'f';
}

static gboolean
find_text (const ThawJsonReader *object, const char *key, char **out)
{
  ThawJsonReader value;

  *out = thaw_json_find (object, key, &value) ? thaw_json_take_string (&value) : NULL;
  return *out != NULL;
}

static gboolean
read_epoch (const ThawJsonReader *object, ThawEpoch *epoch)
{
  gint64 number, phase;

  if (!find_whole (object, "epoch", 1, MAX_EPOCHS, &number) || !find_whole (object, "phase", 0, G_MAXINT, &phase))
    return FALSE;
  epoch->epoch = (int) number;
  epoch->phase = (int) phase;
  return find_number (object, "loss", -G_MAXDOUBLE, G_MAXDOUBLE, &epoch->loss) && find_number (object, "accuracy", 0, 1, &epoch->accuracy)
         && find_number (object, "val_loss", -G_MAXDOUBLE, G_MAXDOUBLE, &epoch->val_loss) && find_number (object, "val_accuracy", 0, 1, &epoch->val_accuracy)
         && find_number (object, "lr", 0, G_MAXDOUBLE, &epoch->lr) && find_number (object, "seconds", 0, G_MAXDOUBLE, &epoch->seconds)
         && find_number (object, "images_per_second", 0, G_MAXDOUBLE, &epoch->images_per_second) && find_switch (object, "best", &epoch->best);
}

/* They follow each other without a gap. */
static gboolean
read_epochs (ThawTrainingResult *self, ThawJsonReader array)
{
  ThawJsonReader value;

  while (thaw_json_next (&array, &value))
    {
      ThawEpoch epoch = { 0 };
      const ThawEpoch *last = self->epochs->len ? &g_array_index (self->epochs, ThawEpoch, self->epochs->len - 1) : NULL;

      if (!read_epoch (&value, &epoch) || epoch.phase >= (int) self->options->phases->len || (last && (epoch.epoch != last->epoch + 1 || epoch.phase < last->phase)))
        return FALSE;
      g_array_append_val (self->epochs, epoch);
    }
  return thaw_json_take (&array, ']');
}

/* [step, loss, rate, seconds] */
static gboolean
read_step (ThawJsonReader array, ThawTrainingStep *step)
{
  ThawJsonReader value;
  double numbers[4];

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!thaw_json_next (&array, &value) || !take_number (&value, i == 1 ? -G_MAXDOUBLE : 0, i ? G_MAXDOUBLE : 0x1p53, &numbers[i]))
      return FALSE;
  *step = (ThawTrainingStep){ (guint64) numbers[0], numbers[1], numbers[2], numbers[3] };
  return thaw_json_take (&array, ']');
}

static gboolean
read_steps (ThawTrainingResult *self, ThawJsonReader array)
{
  ThawJsonReader value;
  guint64 last = 0;

  while (thaw_json_next (&array, &value))
    {
      ThawTrainingStep step;

      if (!read_step (value, &step) || step.step <= last)
        return FALSE;
      last = step.step;
      g_array_append_val (self->steps, step);
    }
  return thaw_json_take (&array, ']');
}

static gboolean
read_options (ThawTrainingResult *self, const ThawJsonReader *root, GError **error)
{
  ThawJsonReader value;
  g_autofree char *text = NULL;

  if (!thaw_json_find (root, "training", &value) || (gsize) (value.end - value.at) > MAX_OPTIONS)
    return invalid ("the settings", error);
  text = g_strndup (value.at, (gsize) (value.end - value.at));
  self->options = thaw_train_options_from_json (text, error);
  return self->options != NULL;
}

static gboolean
read_head (ThawTrainingResult *self, const ThawJsonReader *root, GError **error)
{
  g_autofree char *format = NULL;
  gint64 version, processes;

  if (!find_text (root, "format", &format) || !g_str_equal (format, "thaw-result") || !find_whole (root, "version", 1, G_MAXINT, &version))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "it is no result of a training: choose the folder that was exported, in which train.py has made result/");
      return FALSE;
    }
  if (version > 1)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_NEWER, "the result is of a newer version (%d) than this Thaw reads: update Thaw", (int) version);
      return FALSE;
    }
  if (!find_whole (root, "run", 1, G_MAXINT64, &self->run) || !find_whole (root, "started", G_MININT64, G_MAXINT64, &self->started)
      || !find_switch (root, "finished", &self->finished) || !find_whole (root, "processes", 1, 1000000, &processes) || !find_text (root, "device", &self->device)
      || strlen (self->device) > 40)
    return invalid ("the description", error);
  self->processes = (guint) processes;
  return read_options (self, root, error);
}

ThawTrainingResult *
thaw_training_result_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (ThawTrainingResult) self = g_new0 (ThawTrainingResult, 1);
  ThawJsonReader root, whole, epochs, steps;

  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->steps = g_array_new (FALSE, FALSE, sizeof (ThawTrainingStep));
  thaw_json_reader_init (&root, text, length);
  whole = root;
  if (!thaw_json_skip (&whole) || thaw_json_peek (&whole))
    invalid ("the JSON", error);
  else if (!read_head (self, &root, error))
    return NULL;
  else if (!thaw_json_find (&root, "epochs", &epochs) || !read_epochs (self, epochs))
    invalid ("the list of epochs", error);
  else if (!thaw_json_find (&root, "steps", &steps) || !read_steps (self, steps))
    invalid ("the list of steps", error);
  else if (self->epochs->len == 0)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the result has no whole epoch yet: let train.py go on");
  else
    return g_steal_pointer (&self);
  return NULL;
}

/* --- files --- */

/* Of the result in the exported folder, or of result/ alone (transfer full) */
static char *
find_part (const char *folder, const char *name)
{
  g_autofree char *inside = g_build_filename (folder, THAW_TRAINING_RESULT, name, NULL);

  return g_file_test (inside, G_FILE_TEST_EXISTS) ? g_steal_pointer (&inside) : g_build_filename (folder, name, NULL);
}

/* A regular file of at most @most bytes; -1 with an error */
static int
open_part (const char *path, goffset most, goffset *size, GError **error)
{
  const int descriptor = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;

  if (descriptor < 0 || fstat (descriptor, &status) != 0)
    thaw_file_set_error (error, errno, "read", path);
  else if (!S_ISREG (status.st_mode) || status.st_size > most)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s is no file of a training's result", path);
  else
    {
      *size = status.st_size;
      return descriptor;
    }
  if (descriptor >= 0)
    close (descriptor);
  return -1;
}

static GBytes *
read_whole (const char *path, goffset most, GError **error)
{
  goffset size = 0;
  const int descriptor = open_part (path, most, &size, error);
  g_autofree char *data = descriptor >= 0 ? g_malloc ((gsize) size + 1) : NULL;
  gssize n = 1;
  gsize at = 0;

  if (!data)
    return NULL;
  while (at < (gsize) size && (n = read (descriptor, data + at, (gsize) size - at)) > 0)
    at += (gsize) n;
  close (descriptor);
  if (at == (gsize) size)
    return g_bytes_new_take (g_steal_pointer (&data), at);
  thaw_file_set_error (error, n < 0 ? errno : EIO, "read", path);
  return NULL;
}

ThawTrainingResult *
thaw_training_result_read (const char *folder, GError **error)
{
  g_autofree char *path = find_part (folder, METRICS);
  g_autofree char *shown = thaw_text_path (folder);
  const gboolean there = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autoptr (GBytes) bytes = there ? read_whole (path, MAX_METRICS, error) : NULL;
  ThawTrainingResult *self = bytes ? thaw_training_result_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error) : NULL;

  if (!there)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s has no result of a training: choose the folder that was exported, after its train.py has run", shown);
  if (bytes && !self)
    g_prefix_error (error, "%s: ", path);
  return self;
}

/* safetensors and nothing else, whatever the file's name says */
static ThawTensorMap *
load_tensors (const char *path, GHashTable **metadata, GError **error)
{
  goffset size = 0;
  const int descriptor = open_part (path, G_MAXOFFSET, &size, error);
  char head[9] = { 0 };
  gssize n;

  if (descriptor < 0)
    return NULL;
  n = read (descriptor, head, sizeof head);
  close (descriptor);
  if (n == sizeof head && head[8] == '{')
    return thaw_weights_load (path, metadata, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s is no safetensors file: copy result/ once more from the machine that trained", path);
  return NULL;
}

static gboolean
check_finite (const ThawModel *model, GError **error)
{
  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_at (model->parameters, i);
      const float *values = tensor->data;

      for (gint64 k = 0; k < thaw_tensor_count (tensor); k++)
        if (!isfinite (values[k]))
          {
            g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” has values that are no numbers: the training went wrong, lower its learning rate",
                         thaw_tensor_map_name (model->parameters, i));
            return FALSE;
          }
    }
  return TRUE;
}

ThawModel *
thaw_training_result_model (const char *folder, const ThawModel *start, GError **error)
{
  g_auto (ThawZooState) zoo = { 0 };
  g_autofree char *path = find_part (folder, THAW_TRAINING_WEIGHTS);
  g_autoptr (ThawTensorMap) tensors = thaw_zoo_state_init (&zoo, start, error) ? load_tensors (path, NULL, error) : NULL;
  g_autoptr (ThawModel) model = NULL;

  if (!tensors)
    return NULL;
  model = thaw_zoo_from_state_dict (&zoo, start, tensors, error);
  if (model && check_finite (model, error))
    return g_steal_pointer (&model);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

ThawTrainState *
thaw_training_result_state (const char *folder, const ThawModel *start, const ThawTrainOptions *options, GError **error)
{
  g_auto (ThawZooState) zoo = { 0 };
  g_autofree char *path = find_part (folder, CHECKPOINT);
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawTensorMap) tensors = thaw_zoo_state_init (&zoo, start, error) ? load_tensors (path, &metadata, error) : NULL;
  g_autoptr (ThawTrainState) state = NULL;
  const char *progress = tensors ? g_hash_table_lookup (metadata, "progress") : NULL;

  if (!tensors)
    return NULL;
  if (!progress || strlen (progress) > MAX_PROGRESS)
    invalid ("the checkpoint", error);
  else
    state = thaw_training_state_read (&zoo, start, tensors, error);
  if (state)
    state->json = thaw_training_position (&zoo, start, options, progress, error);
  if (state && state->json)
    return g_steal_pointer (&state);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}
