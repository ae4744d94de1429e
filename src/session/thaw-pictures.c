/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-pictures.h>

struct _ThawClass
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawClass, thaw_class, G_TYPE_OBJECT)

static void
thaw_class_class_init (ThawClassClass *klass)
{
}

static void
thaw_class_init (ThawClass *self)
{
}

struct _ThawPicture
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawPicture, thaw_picture, G_TYPE_OBJECT)

static void
thaw_picture_class_init (ThawPictureClass *klass)
{
}

static void
thaw_picture_init (ThawPicture *self)
{
}

struct _ThawPictures
{
  GObject parent_instance;
  GListStore *rows;
};

static GType
thaw_pictures_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
thaw_pictures_get_n_items (GListModel *model)
{
  return 0;
}

static gpointer
thaw_pictures_get_item (GListModel *model, guint position)
{
  return NULL;
}

static void
thaw_pictures_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_pictures_get_item_type;
  iface->get_n_items = thaw_pictures_get_n_items;
  iface->get_item = thaw_pictures_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawPictures, thaw_pictures, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_pictures_list_model_init))

static void
thaw_pictures_class_init (ThawPicturesClass *klass)
{
}

static void
thaw_pictures_init (ThawPictures *self)
{
}

const char *
thaw_class_get_name (ThawClass *self)
{
  return NULL;
}

guint
thaw_class_get_n_pictures (ThawClass *self)
{
  return 0;
}

const char *
thaw_picture_get_path (ThawPicture *self)
{
  return NULL;
}

gint64
thaw_picture_get_index (ThawPicture *self)
{
  return 0;
}

const char *
thaw_picture_get_name (ThawPicture *self)
{
  return NULL;
}

ThawClass *
thaw_picture_get_class (ThawPicture *self)
{
  return NULL;
}

ThawSplit
thaw_picture_get_split (ThawPicture *self)
{
  return 0;
}

ThawSample *
thaw_picture_to_sample (ThawPicture *self)
{
  return NULL;
}

ThawPictures *
thaw_pictures_new (ThawHistory *history)
{
  return g_object_new (THAW_TYPE_PICTURES, NULL);
}

GListModel *
thaw_pictures_get_classes (ThawPictures *self)
{
  return NULL;
}

GListModel *
thaw_pictures_get_problems (ThawPictures *self)
{
  return NULL;
}

char **
thaw_pictures_dup_labels (ThawPictures *self)
{
  return NULL;
}

ThawDataset *
thaw_pictures_snapshot (ThawPictures *self)
{
  return NULL;
}

void
thaw_pictures_load (ThawPictures *self, ThawDataset *dataset)
{
}

void
thaw_pictures_refresh (ThawPictures *self, ThawDataset *dataset)
{
}

ThawPicture *
thaw_pictures_find (ThawPictures *self, const char *path, gint64 index)
{
  return NULL;
}

void
thaw_pictures_relabel (ThawPictures *self, GPtrArray *pictures, ThawClass *to)
{
}

void
thaw_pictures_remove_many (ThawPictures *self, GPtrArray *pictures)
{
}
