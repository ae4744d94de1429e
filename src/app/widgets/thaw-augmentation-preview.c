/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-augmentation-preview.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>
#include <string.h>

#define PICTURES 2
#define VARIANTS 3 /* beside the picture as it is */
#define CELL_SIZE 70
#define CELLS (PICTURES * (VARIANTS + 1))

struct _ThawAugmentationPreview
{
  AdwBin        parent_instance;
  ThawSession  *session;
  GCancellable *cancellable; /* (nullable): of the job under way */
  guint         set;         /* which pictures and variants */
  guint         timer;

  /* of the template */
  GtkGrid      *grid;
  GtkLabel     *message;
  GtkPicture   *cells[CELLS]; /* (unowned) */
};

G_DEFINE_FINAL_TYPE (ThawAugmentationPreview, thaw_augmentation_preview, ADW_TYPE_BIN)

/* all that a thread needs to know */
typedef struct
{
  ThawSample       *samples[PICTURES];
  guint             places[PICTURES]; /* in the data set: the stream of random numbers */
  guint             n_samples;
  ThawPreprocessing preprocessing;
  ThawAugmentation  augmentation;
  guint64           seed;
  guint64           variant;          /* the first shown */
} Job;

static void
job_free (gpointer data)
{
  Job *self = data;

  for (guint i = 0; i < self->n_samples; i++)
    thaw_sample_free (self->samples[i]);
  g_free (self);
}

/* From the network's numbers back to what eyes see */
static GdkTexture *
make_texture (const ThawPreprocessing *preprocessing, const float *input)
{
  const int width = preprocessing->width, height = preprocessing->height;
  const gsize size = 3 * (gsize) width * height;
  guint8 *pixels = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < size; i++)
    pixels[i] = (guint8) CLAMP (input[i] * preprocessing->std[i % 3] + preprocessing->mean[i % 3] + .5f, 0, 255);
  bytes = g_bytes_new_take (pixels, size);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, bytes, 3 * (gsize) width);
}

static gboolean
add_row (const Job *job, guint i, GPtrArray *textures, GError **error)
{
  g_autoptr (ThawImage) image = thaw_sample_load (job->samples[i], error);
  g_autofree float *input = NULL;

  if (!image)
    return FALSE;
  input = g_new (float, 3 * (gsize) job->preprocessing.width * job->preprocessing.height);
  thaw_image_prepare (image, &job->preprocessing, input);
  g_ptr_array_add (textures, make_texture (&job->preprocessing, input));
  for (guint k = 0; k < VARIANTS; k++)
    {
      thaw_image_augment (image, &job->preprocessing, &job->augmentation, job->seed, job->variant + k, job->places[i], input);
      g_ptr_array_add (textures, make_texture (&job->preprocessing, input));
    }
  return TRUE;
}

static void
make_pictures (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  g_autoptr (GPtrArray) textures = g_ptr_array_new_with_free_func (g_object_unref);
  GError *error = NULL;

  for (guint i = 0; i < job->n_samples && !g_cancellable_is_cancelled (cancellable); i++)
    if (!add_row (job, i, textures, &error))
      {
        g_task_return_error (task, error);
        return;
      }
  g_task_return_pointer (task, g_steal_pointer (&textures), (GDestroyNotify) g_ptr_array_unref);
}

static void
say (ThawAugmentationPreview *self, const char *message)
{
  gtk_label_set_label (self->message, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->message), message != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->grid), message == NULL);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawAugmentationPreview *self = THAW_AUGMENTATION_PREVIEW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) textures = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  say (self, error ? error->message : NULL);
  for (guint i = 0; textures && i < CELLS; i++)
    gtk_picture_set_paintable (self->cells[i], i < textures->len ? g_ptr_array_index (textures, i) : NULL);
}

static gboolean
is_chosen (const Job *job, guint place)
{
  for (guint i = 0; i < job->n_samples; i++)
    if (job->places[i] == place)
      return TRUE;
  return FALSE;
}

/* The next training picture from a place on that is scattered by @number. Of very many that are none, only some are looked at. */
static void
choose_sample (GListModel *pictures, guint number, Job *job)
{
  guint n = g_list_model_get_n_items (pictures);

  for (guint i = 0; i < MIN (n, 2000); i++)
    {
      guint place = (guint) ((number * G_GUINT64_CONSTANT (2654435761) + i) % n);
      g_autoptr (ThawPicture) picture = g_list_model_get_item (pictures, place);

      if (thaw_picture_get_split (picture) != THAW_SPLIT_TRAIN || is_chosen (job, place))
        continue;
      job->places[job->n_samples] = place;
      job->samples[job->n_samples++] = thaw_picture_to_sample (picture);
      return;
    }
}

/* NULL: there is nothing to show, and why was said */
static Job *
make_job (ThawAugmentationPreview *self)
{
  ThawModel *model = thaw_network_get_model (thaw_session_get_network (self->session));
  Job *job = g_new0 (Job, 1);
  g_autofree char *augmentation = NULL;

  g_object_get (thaw_session_get_options (self->session), "augmentation", &augmentation, "seed", &job->seed, NULL);
  thaw_augmentation_parse (&job->augmentation, augmentation, NULL);
  if (model)
    {
      job->preprocessing = model->preprocessing;
      for (guint i = 0; i < PICTURES; i++)
        choose_sample (G_LIST_MODEL (thaw_session_get_pictures (self->session)), PICTURES * self->set + i + 1, job);
    }
  job->variant = 1 + (guint64) VARIANTS * self->set;
  if (job->n_samples > 0)
    return job;
  say (self, model ? _ ("Add pictures to see how they are varied.") : _ ("Choose a backbone to see how pictures are varied."));
  job_free (job);
  return NULL;
}

static void
stop (ThawAugmentationPreview *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static gboolean
start_cb (gpointer data)
{
  ThawAugmentationPreview *self = data;
  g_autoptr (GTask) task = NULL;
  Job *job;

  self->timer = 0;
  stop (self);
  job = make_job (self);
  if (!job)
    return G_SOURCE_REMOVE;
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, done_cb, NULL);
  g_task_set_task_data (task, job, job_free);
  g_task_set_return_on_cancel (task, FALSE);
  g_task_run_in_thread (task, make_pictures);
  return G_SOURCE_REMOVE;
}

/* Several changes at once make one job; nothing is made that nobody sees. */
static void
update (ThawAugmentationPreview *self)
{
  g_autofree char *augmentation = NULL;
  gboolean shown;

  g_object_get (thaw_session_get_options (self->session), "augmentation", &augmentation, NULL);
  shown = strcmp (augmentation, "none") != 0;
  gtk_widget_set_visible (GTK_WIDGET (self), shown);
  if (shown && gtk_widget_get_mapped (GTK_WIDGET (self)) && self->timer == 0)
    self->timer = g_timeout_add (50, start_cb, self);
}

static void
others_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  THAW_AUGMENTATION_PREVIEW (widget)->set++;
  update (THAW_AUGMENTATION_PREVIEW (widget));
}

static void
make_cells (ThawAugmentationPreview *self)
{
  for (int i = 0; i < CELLS; i++)
    {
      GtkWidget *cell = gtk_picture_new (), *clamp = adw_clamp_new ();
      int column = i % (VARIANTS + 1), row = i / (VARIANTS + 1);
      g_autofree char *text = column ? g_strdup_printf (_ ("Picture %d, variant %d"), row + 1, column) : g_strdup_printf (_ ("Picture %d as it is"), row + 1);

      self->cells[i] = GTK_PICTURE (cell);
      gtk_picture_set_alternative_text (self->cells[i], text);
      thaw_tooltip_set (cell, text);
      gtk_widget_set_size_request (cell, CELL_SIZE, CELL_SIZE);
      adw_clamp_set_maximum_size (ADW_CLAMP (clamp), CELL_SIZE);
      adw_clamp_set_child (ADW_CLAMP (clamp), cell);
      gtk_grid_attach (self->grid, clamp, column, row + 1, 1, 1);
    }
}

static void
thaw_augmentation_preview_dispose (GObject *object)
{
  ThawAugmentationPreview *self = THAW_AUGMENTATION_PREVIEW (object);

  stop (self);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_AUGMENTATION_PREVIEW);
  G_OBJECT_CLASS (thaw_augmentation_preview_parent_class)->dispose (object);
}

static void
thaw_augmentation_preview_class_init (ThawAugmentationPreviewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_augmentation_preview_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-augmentation-preview.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawAugmentationPreview, grid);
  gtk_widget_class_bind_template_child (widget_class, ThawAugmentationPreview, message);
  gtk_widget_class_install_action (widget_class, "preview.others", NULL, others_cb);
}

static void
thaw_augmentation_preview_init (ThawAugmentationPreview *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  make_cells (self);
  g_signal_connect (self, "map", G_CALLBACK (update), NULL);
}

GtkWidget *
thaw_augmentation_preview_new (ThawSession *session)
{
  ThawAugmentationPreview *self = g_object_new (THAW_TYPE_AUGMENTATION_PREVIEW, NULL);
  ThawOptions *options = thaw_session_get_options (session);

  self->session = g_object_ref (session);
  g_signal_connect_object (options, "notify::augmentation", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (options, "notify::seed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_pictures (session), "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (thaw_session_get_network (session), "notify::model", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
