/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-thumbnails.h"
#include "widgets/thaw-thumbnail-image.h"

#include <sys/resource.h>
#include <unistd.h>

#define N_THREADS 2
#define BUDGET ((gsize) 48 << 20)
/* Before all that computes, behind the main thread, which draws what is made here */
#define NICE 10

/* One picture at one place on the disk, wanted, being made or made */
typedef struct
{
  char         *key;
  ThawSample   *sample;
  GArray       *waiting;   /* Request */
  GdkTexture   *texture;
  GError       *error;
  gsize         bytes;
  GList         link;      /* in "wanted" while nobody makes it, in "kept" once it is made */
  gboolean      begun;
  ThawThumbnails *owner;
} Thumbnail;

typedef struct
{
  guint             id;
  ThawThumbnailFunc func;
  gpointer          data;
} Request;

struct _ThawThumbnails
{
  GObject     parent_instance;
  int         side;
  gsize       budget, used;
  GHashTable *all;       /* key -> Thumbnail */
  GHashTable *requests;  /* id -> Thumbnail */
  GQueue      wanted;    /* the last first */
  GQueue      kept;      /* the one used last first */
  GThreadPool *pool;
  guint       n_working;
  guint       last_id;
};

G_DEFINE_FINAL_TYPE (ThawThumbnails, thaw_thumbnails, G_TYPE_OBJECT)

static void
thumbnail_free (gpointer data)
{
  Thumbnail *self = data;

  g_free (self->key);
  thaw_sample_free (self->sample);
  g_array_unref (self->waiting);
  g_clear_object (&self->texture);
  g_clear_error (&self->error);
  g_free (self);
}

static char *
key_of (ThawPicture *picture)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%s", thaw_picture_get_index (picture), thaw_picture_get_size (picture),
                          thaw_picture_get_path (picture));
}

static void begin_next (ThawThumbnails *self);

/* What was not asked for the longest goes first. */
static void
make_room (ThawThumbnails *self)
{
  while (self->used > self->budget && self->kept.length > 1)
    {
      Thumbnail *oldest = g_queue_peek_tail (&self->kept);

      g_queue_unlink (&self->kept, &oldest->link);
      self->used -= oldest->bytes;
      g_hash_table_remove (self->all, oldest->key);
    }
}

static void
answer_all (ThawThumbnails *self, Thumbnail *thumbnail)
{
  g_autoptr (GArray) waiting = g_steal_pointer (&thumbnail->waiting);

  thumbnail->waiting = g_array_new (FALSE, FALSE, sizeof (Request));
  for (guint i = 0; i < waiting->len; i++)
    g_hash_table_remove (self->requests, GUINT_TO_POINTER (g_array_index (waiting, Request, i).id));
  for (guint i = 0; i < waiting->len; i++)
    {
      const Request *request = &g_array_index (waiting, Request, i);

      request->func (thumbnail->texture, thumbnail->error, request->data);
    }
}

static gboolean
made_cb (gpointer data)
{
  Thumbnail *thumbnail = data;
  ThawThumbnails *self = thumbnail->owner;

  self->n_working--;
  thumbnail->bytes = 256;
  if (thumbnail->texture)
    thumbnail->bytes += (gsize) 4 * gdk_texture_get_width (thumbnail->texture) * gdk_texture_get_height (thumbnail->texture);
  self->used += thumbnail->bytes;
  g_queue_push_head_link (&self->kept, &thumbnail->link);
  answer_all (self, thumbnail);
  make_room (self);
  begin_next (self);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

/* In a thread of the pool, which belongs to this object alone */
static void
make_cb (gpointer data, gpointer user_data)
{
  Thumbnail *self = data;

  setpriority (PRIO_PROCESS, (id_t) gettid (), NICE);
  self->texture = thaw_thumbnail_decode (self->sample, self->owner->side, &self->error);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, made_cb, self, NULL);
}

static void
begin_next (ThawThumbnails *self)
{
  while (self->n_working < N_THREADS && self->wanted.length > 0)
    {
      Thumbnail *thumbnail = g_queue_peek_head (&self->wanted);

      g_queue_unlink (&self->wanted, &thumbnail->link);
      thumbnail->begun = TRUE;
      self->n_working++;
      g_object_ref (self);
      g_thread_pool_push (self->pool, thumbnail, NULL);
    }
}

static Thumbnail *
want (ThawThumbnails *self, ThawPicture *picture, char *key)
{
  Thumbnail *thumbnail = g_new0 (Thumbnail, 1);

  thumbnail->owner = self;
  thumbnail->key = key;
  thumbnail->sample = thaw_picture_to_sample (picture);
  thumbnail->waiting = g_array_new (FALSE, FALSE, sizeof (Request));
  thumbnail->link.data = thumbnail;
  g_hash_table_insert (self->all, thumbnail->key, thumbnail);
  g_queue_push_head_link (&self->wanted, &thumbnail->link);
  return thumbnail;
}

guint
thaw_thumbnails_request (ThawThumbnails *self, ThawPicture *picture, ThawThumbnailFunc func, gpointer data)
{
  g_autofree char *key = key_of (picture);
  Thumbnail *thumbnail = g_hash_table_lookup (self->all, key);
  Request request = { .func = func, .data = data };

  if (thumbnail && thumbnail->bytes > 0)
    {
      g_queue_unlink (&self->kept, &thumbnail->link);
      g_queue_push_head_link (&self->kept, &thumbnail->link);
      func (thumbnail->texture, thumbnail->error, data);
      return 0;
    }
  if (!thumbnail)
    thumbnail = want (self, picture, g_steal_pointer (&key));
  request.id = ++self->last_id ? self->last_id : ++self->last_id;
  g_array_append_val (thumbnail->waiting, request);
  g_hash_table_insert (self->requests, GUINT_TO_POINTER (request.id), thumbnail);
  begin_next (self);
  return request.id;
}

void
thaw_thumbnails_cancel (ThawThumbnails *self, guint request)
{
  Thumbnail *thumbnail = g_hash_table_lookup (self->requests, GUINT_TO_POINTER (request));

  if (!thumbnail)
    return;
  g_hash_table_remove (self->requests, GUINT_TO_POINTER (request));
  for (guint i = 0; i < thumbnail->waiting->len; i++)
    if (g_array_index (thumbnail->waiting, Request, i).id == request)
      {
        g_array_remove_index (thumbnail->waiting, i);
        break;
      }
  if (thumbnail->waiting->len > 0 || thumbnail->begun)
    return;
  g_queue_unlink (&self->wanted, &thumbnail->link);
  g_hash_table_remove (self->all, thumbnail->key);
}

gsize
thaw_thumbnails_get_used (ThawThumbnails *self)
{
  return self->used;
}

static void
thaw_thumbnails_finalize (GObject *object)
{
  ThawThumbnails *self = THAW_THUMBNAILS (object);

  /* nothing is being made: that holds a reference */
  g_thread_pool_free (self->pool, TRUE, TRUE);
  g_hash_table_unref (self->requests);
  g_hash_table_unref (self->all);
  G_OBJECT_CLASS (thaw_thumbnails_parent_class)->finalize (object);
}

static void
thaw_thumbnails_class_init (ThawThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = thaw_thumbnails_finalize;
}

static void
thaw_thumbnails_init (ThawThumbnails *self)
{
  self->all = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, thumbnail_free);
  self->requests = g_hash_table_new (NULL, NULL);
  self->pool = g_thread_pool_new (make_cb, NULL, N_THREADS, TRUE, NULL);
}

ThawThumbnails *
thaw_thumbnails_new (gsize budget, int side)
{
  ThawThumbnails *self = g_object_new (THAW_TYPE_THUMBNAILS, NULL);

  self->budget = budget;
  self->side = side;
  return self;
}

/* As many pixels as are drawn, so that drawing need not scale */
static int
drawn_side (void)
{
  GdkDisplay *display = gdk_display_get_default ();
  GListModel *monitors = display ? gdk_display_get_monitors (display) : NULL;
  int scale = 1;

  for (guint i = 0; monitors && i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr (GdkMonitor) monitor = g_list_model_get_item (monitors, i);

      scale = MAX (scale, gdk_monitor_get_scale_factor (monitor));
    }
  return THAW_THUMBNAIL_SIDE * scale;
}

ThawThumbnails *
thaw_thumbnails_get_default (void)
{
  static ThawThumbnails *self;

  if (!self)
    self = thaw_thumbnails_new (BUDGET, drawn_side ());
  return self;
}
