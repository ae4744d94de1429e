/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>
#include <thaw/thaw-catalogue.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-zoo.h>

#include "thaw-timm.h"

/* What lies beside the program: the build folder's backbones while it has not been installed, else those of its prefix,
 * wherever that was moved to. */
static void
add_beside_program (GPtrArray *folders)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;

  if (!folder)
    return;
  g_ptr_array_add (folders, g_build_filename (folder, "..", "share", "thaw", "backbones", NULL));
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *mark = g_build_filename (folder, "meson-private", NULL);
      g_autofree char *parent = g_path_get_dirname (folder);

      if (g_file_test (mark, G_FILE_TEST_IS_DIR))
        {
          g_ptr_array_add (folders, g_build_filename (folder, "backbones", NULL));
          return;
        }
      g_free (folder);
      folder = g_steal_pointer (&parent);
    }
}

char *
thaw_backbone_library (void)
{
  return g_build_filename (g_get_user_data_dir (), "thaw", "backbones", NULL);
}

/* in the order they are looked through; THAW_BACKBONES stands in for what lies beside the program */
static GPtrArray *
list_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const char *given = g_getenv ("THAW_BACKBONES");

  if (given && *given)
    g_ptr_array_add (folders, g_strdup (given));
  else
    add_beside_program (folders);
  g_ptr_array_add (folders, thaw_backbone_library ());
  for (const char *const *dir = g_get_system_data_dirs (); *dir; dir++)
    g_ptr_array_add (folders, g_build_filename (*dir, "thaw", "backbones", NULL));
  g_ptr_array_add (folders, g_build_filename (THAW_DATA_DIR, "backbones", NULL));
  return folders;
}

/* The file of @name in @folder, of any format; NULL where there is none */
static char *
find_in (const char *folder, const char *name)
{
  for (guint i = 0; i < thaw_formats_count (); i++)
    {
      g_autofree char *base = g_strdup_printf ("%s.%s", name, thaw_formats_get (i)->suffix);
      g_autofree char *path = g_build_filename (folder, base, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static char *
find_installed (const char *name)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  char *path = NULL;

  if (!*name || *name == '.' || strchr (name, G_DIR_SEPARATOR))
    return NULL;
  for (guint i = 0; i < folders->len && !path; i++)
    path = find_in (g_ptr_array_index (folders, i), name);
  return path;
}

char *
thaw_backbone_find (const char *name)
{
  const ThawCatalogueEntry *entry;
  char *path = find_installed (name);

  if (path)
    return path;
  entry = thaw_catalogue_find (name);
  return entry ? find_installed (entry->name) : NULL;
}

ThawModel *
thaw_backbone_open (const char *name_or_path, GError **error)
{
  g_autofree char *installed = thaw_backbone_find (name_or_path);

  if (installed)
    return thaw_model_load (installed, error);
  if (g_file_test (name_or_path, G_FILE_TEST_EXISTS) || strchr (name_or_path, G_DIR_SEPARATOR))
    return thaw_model_load (name_or_path, error);
  if (thaw_catalogue_find (name_or_path))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "the backbone %s is known but not installed; download it from the list of backbones, or with: thaw-cli download %s",
                 name_or_path, name_or_path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "there is no backbone or file named %s; thaw-cli backbones lists those installed, thaw-cli catalogue those to download",
                 name_or_path);
  return NULL;
}

static void
backbone_free_cb (gpointer data)
{
  ThawBackbone *self = data;

  g_free (self->name);
  g_free (self->title);
  g_free (self->path);
  g_free (self->licence);
  g_free (self);
}

static ThawBackbone *
describe_known (const ThawCatalogueEntry *entry)
{
  ThawBackbone *self = g_new0 (ThawBackbone, 1);

  self->name = g_strdup (entry->name);
  self->title = g_strdup (entry->title);
  self->licence = g_strdup (entry->licence);
  self->top1 = entry->top1;
  self->parameters = entry->parameters;
  self->input = entry->preprocessing.width;
  self->path = find_installed (entry->name);
  return self;
}

/* NULL for a file that cannot be read: opening it says why. */
static ThawBackbone *
describe_file (const char *name, const char *path)
{
  g_autoptr (ThawModel) model = thaw_model_load (path, NULL);
  ThawBackbone *self;

  if (!model)
    return NULL;
  self = g_new0 (ThawBackbone, 1);
  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->title = g_strdup (model->title ? model->title : name);
  self->licence = g_strdup (model->licence);
  self->top1 = model->top1;
  self->parameters = thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE);
  self->input = model->preprocessing.width;
  return self;
}

/* "NAME" of "NAME.safetensors" (transfer full); NULL where the suffix is none of Thaw's */
static char *
name_of_file (const char *base)
{
  const char *dot = strrchr (base, '.');

  for (guint i = 0; dot && dot > base && i < thaw_formats_count (); i++)
    if (g_str_equal (dot + 1, thaw_formats_get (i)->suffix))
      return g_strndup (base, dot - base);
  return NULL;
}

static int
compare_names_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_folder (GPtrArray *list, GHashTable *seen, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *base;

  while (dir && (base = g_dir_read_name (dir)))
    {
      char *name = name_of_file (base);

      if (name)
        g_ptr_array_add (names, name);
    }
  g_ptr_array_sort (names, compare_names_cb);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_hash_table_contains (seen, name) ? NULL : find_in (folder, name);
      ThawBackbone *backbone = path ? describe_file (name, path) : NULL;

      if (backbone)
        g_ptr_array_add (list, backbone);
      if (path)
        g_hash_table_add (seen, g_strdup (name));
    }
}

GPtrArray *
thaw_backbone_list (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (backbone_free_cb);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) folders = list_folders ();
  const GPtrArray *known = thaw_catalogue_list ();

  for (guint i = 0; i < known->len; i++)
    {
      const ThawCatalogueEntry *entry = g_ptr_array_index (known, i);

      if (!entry->member)
        continue;
      g_ptr_array_add (list, describe_known (entry));
      g_hash_table_add (seen, g_strdup (entry->name));
    }
  for (guint i = 0; i < folders->len; i++)
    add_folder (list, seen, g_ptr_array_index (folders, i));
  return list;
}

/* Letters, digits, ".", "-" and "_" of the file's name without its suffix */
static char *
choose_name (const char *path)
{
  g_autofree char *config = NULL;
  g_autofree char *weights = thaw_timm_find_weights (path, &config, NULL);
  g_autofree char *folder = config ? g_path_get_dirname (config) : NULL;
  g_autofree char *base = g_filename_display_basename (folder ? folder : path);
  char *dot = strrchr (base, '.');

  if (dot && dot > base)
    *dot = 0;
  g_strcanon (base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '_');
  while (*base == '.')
    memmove (base, base + 1, strlen (base));
  return g_strdup_printf ("%.64s", *base ? base : "backbone");
}

static gboolean
same_content (const char *path, GBytes *bytes)
{
  g_autoptr (GBytes) other = thaw_file_map (path, NULL);

  return other && g_bytes_equal (other, bytes);
}

/* A package's backbone is made, not copied: no file that is imported is it. */
static gboolean
is_reserved (const char *name)
{
  const ThawCatalogueEntry *entry = thaw_catalogue_find (name);

  return entry && entry->member;
}

/* A name that nothing else has, or the one under which the very same file is in the library already (@there) */
static char *
choose_free_name (const char *path, const char *library, GBytes *bytes, gboolean *there)
{
  g_autofree char *wanted = choose_name (path);

  *there = FALSE;
  for (guint i = 1;; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (wanted) : g_strdup_printf ("%s-%u", wanted, i);
      g_autofree char *mine = find_in (library, name);
      g_autofree char *any = find_installed (name);

      *there = mine && same_content (mine, bytes);
      if (*there || (!any && !is_reserved (name)))
        return g_steal_pointer (&name);
    }
}

/* The file as it is; where it was read as @architecture or with a config.json, the weights with what is known beside them; where parts of it are in
 * other files, all in one */
static GBytes *
copy_for_library (const char *path, const char *architecture, GError **error)
{
  g_autoptr (ThawModel) model = thaw_model_load_as (path, architecture, error);
  g_autofree char *config = NULL;
  g_autofree char *weights = model ? thaw_timm_find_weights (path, &config, error) : NULL;
  g_autoptr (GHashTable) metadata = weights && (architecture || config) ? thaw_zoo_metadata (model) : NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (metadata)
    return thaw_safetensors_write (model->parameters, metadata, THAW_DTYPE_F32, error);
  /* the file and what was made of it need not be in memory at once */
  g_clear_pointer (&model, thaw_model_unref);
  bytes = weights ? thaw_model_bytes (weights, error) : NULL;
  if (!bytes || !thaw_onnx_has_other_files (bytes))
    return g_steal_pointer (&bytes);
  g_clear_pointer (&bytes, g_bytes_unref);
  model = thaw_model_load_as (path, architecture, error);
  return model ? thaw_onnx_write (model, FALSE, error) : NULL;
}

char *
thaw_backbone_import_as (const char *path, const char *architecture, GError **error)
{
  g_autoptr (GBytes) bytes = copy_for_library (path, architecture, error);
  const ThawFormat *format = bytes ? thaw_formats_find (bytes, error) : NULL;
  g_autofree char *library = thaw_backbone_library (), *name = NULL, *base = NULL, *target = NULL;
  gboolean there;

  if (!format)
    return NULL;
  name = choose_free_name (path, library, bytes, &there);
  base = g_strdup_printf ("%s.%s", name, format->suffix);
  target = g_build_filename (library, base, NULL);
  if (there || (thaw_file_make_folder (library, error) && thaw_file_replace (target, bytes, error)))
    return g_steal_pointer (&name);
  return NULL;
}

char *
thaw_backbone_import (const char *path, GError **error)
{
  return thaw_backbone_import_as (path, NULL, error);
}
