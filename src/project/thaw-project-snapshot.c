/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <gio/gio.h>
#include <string.h>

/* A data set as one value, little-endian: classes, files (path as in the table, size, time), pictures (file, item, hash, label, split,
 * given), problems. It is kept compressed, and once whoever refers to it. */
#define FORMAT "(asa(ayxx)a(uxayiyb)a(ss))"
#define HASH_BYTES 32
/* More than a data set of ten million pictures */
#define MOST_BYTES (G_GINT64_CONSTANT (2) << 30)

static GVariant *
bytes_value (const void *data, gsize n)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, n, 1);
}

/* @value as the bytes it becomes in the end: before, each of its parts takes a hundred of its own */
static GVariant *
serialised (GVariant *value)
{
  g_variant_get_data (value);
  return value;
}

static int
digit (char c)
{
  return g_ascii_xdigit_value (c);
}

static GVariant *
hash_value (const char *hash)
{
  guint8 bytes[HASH_BYTES];

  if (!hash || strlen (hash) != 2 * HASH_BYTES)
    return bytes_value (NULL, 0);
  for (guint i = 0; i < HASH_BYTES; i++)
    bytes[i] = (guint8) (digit (hash[2 * i]) << 4 | digit (hash[2 * i + 1]));
  return bytes_value (bytes, HASH_BYTES);
}

static void
add_file (ThawProject *self, GVariantBuilder *files, GHashTable *known, const ThawSample *sample)
{
  const char *path = thaw_project_relative_path (self, sample->path);

  if (g_hash_table_contains (known, sample->path))
    return;
  g_variant_builder_add_value (files, serialised (g_variant_new ("(@ayxx)", bytes_value (path, strlen (path)),
                                                                 sample->size, sample->mtime)));
  g_hash_table_insert (known, sample->path, GSIZE_TO_POINTER (g_hash_table_size (known)));
}

static void
add_samples (ThawProject *self, GVariantBuilder *builder, const ThawDataset *dataset)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantBuilder files, images;

  g_variant_builder_init (&files, G_VARIANT_TYPE ("a(ayxx)"));
  g_variant_builder_init (&images, G_VARIANT_TYPE ("a(uxayiyb)"));
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);

      add_file (self, &files, known, sample);
      g_variant_builder_add_value (
          &images, serialised (g_variant_new ("(ux@ayiyb)", (guint32) GPOINTER_TO_SIZE (g_hash_table_lookup (known, sample->path)),
                                              sample->index, hash_value (sample->hash), (gint32) sample->label,
                                              (guchar) sample->split, sample->split_given)));
    }
  g_variant_builder_add_value (builder, g_variant_builder_end (&files));
  g_variant_builder_add_value (builder, g_variant_builder_end (&images));
}

/* @value: floating. Between the machine's order of bytes and the file's (transfer full) */
static GVariant *
swapped (GVariant *value)
{
  g_autoptr (GVariant) own = g_variant_ref_sink (value);

  return G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_steal_pointer (&own) : g_variant_byteswap (own);
}

/* (transfer full) */
static GVariant *
encode (ThawProject *self, const ThawDataset *dataset)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (FORMAT));
  g_variant_builder_open (&builder, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < dataset->classes->len; i++)
    g_variant_builder_add (&builder, "s", g_ptr_array_index (dataset->classes, i));
  g_variant_builder_close (&builder);
  add_samples (self, &builder, dataset);
  g_variant_builder_open (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < dataset->problems->len; i++)
    {
      const ThawProblem *problem = g_ptr_array_index (dataset->problems, i);
      g_autofree char *path = g_utf8_make_valid (problem->path, -1);
      g_autofree char *reason = g_utf8_make_valid (problem->reason, -1);

      g_variant_builder_add (&builder, "(ss)", path, reason);
    }
  g_variant_builder_close (&builder);
  return swapped (g_variant_builder_end (&builder));
}

static gboolean
damaged (ThawProject *self, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s is damaged (%s): go back to a copy of it",
               self->path, what);
  return FALSE;
}

/* NULL where it is no path */
static char *
read_path (ThawProject *self, GVariant *value)
{
  gsize n;
  const char *bytes = g_variant_get_fixed_array (value, &n, 1);
  g_autofree char *path = g_strndup (bytes ? bytes : "", n);

  if (n == 0 || strlen (path) != n)
    return NULL;
  return g_path_is_absolute (path) ? g_steal_pointer (&path)
                                   : g_build_filename (self->folder, path, NULL);
}

static char *
read_hash (GVariant *value)
{
  gsize n;
  const guint8 *bytes = g_variant_get_fixed_array (value, &n, 1);
  char *text;

  if (n != HASH_BYTES)
    return NULL;
  text = g_new0 (char, 2 * HASH_BYTES + 1);
  for (guint i = 0; i < HASH_BYTES; i++)
    {
      text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
      text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
  return text;
}

/* (nullable): where it does not fit what is known of classes and files */
static ThawSample *
read_sample (ThawProject *self, GVariant *image, GVariant *files, guint n_classes)
{
  g_autoptr (ThawSample) sample = thaw_sample_new ();
  g_autoptr (GVariant) hash = NULL;
  g_autoptr (GVariant) path = NULL;
  guint32 file;
  gint32 label;
  guchar split;

  g_variant_get (image, "(ux@ayiyb)", &file, &sample->index, &hash, &label, &split,
                 &sample->split_given);
  if (file >= g_variant_n_children (files) || sample->index < -1 || label < 0
      || (guint) label >= n_classes || split >= THAW_N_SPLITS)
    return NULL;
  g_variant_get_child (files, file, "(@ayxx)", &path, &sample->size, &sample->mtime);
  sample->path = read_path (self, path);
  sample->hash = read_hash (hash);
  sample->label = label;
  sample->split = split;
  return sample->path && sample->size >= 0 ? g_steal_pointer (&sample) : NULL;
}

static void
read_problems (GVariant *problems, ThawDataset *dataset)
{
  GVariantIter iter;
  const char *path, *reason;

  g_variant_iter_init (&iter, problems);
  while (g_variant_iter_next (&iter, "(&s&s)", &path, &reason))
    thaw_dataset_add_problem (dataset, path, reason);
}

static ThawDataset *
decode (ThawProject *self, GBytes *bytes, GError **error)
{
  g_autoptr (GVariant) value
      = swapped (g_variant_new_from_bytes (G_VARIANT_TYPE (FORMAT), bytes, FALSE));
  g_autoptr (GVariant) classes = g_variant_get_child_value (value, 0);
  g_autoptr (GVariant) files = g_variant_get_child_value (value, 1);
  g_autoptr (GVariant) images = g_variant_get_child_value (value, 2);
  g_autoptr (GVariant) problems = g_variant_get_child_value (value, 3);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();

  if (!g_variant_is_normal_form (value))
    return damaged (self, "a run's pictures", error), NULL;
  for (gsize i = 0; i < g_variant_n_children (classes); i++)
    {
      g_autoptr (GVariant) name = g_variant_get_child_value (classes, i);

      g_ptr_array_add (dataset->classes, g_variant_dup_string (name, NULL));
    }
  for (gsize i = 0; i < g_variant_n_children (images); i++)
    {
      g_autoptr (GVariant) image = g_variant_get_child_value (images, i);
      ThawSample *sample = read_sample (self, image, files, dataset->classes->len);

      if (!sample)
        return damaged (self, "a run's pictures", error), NULL;
      g_ptr_array_add (dataset->samples, sample);
    }
  read_problems (problems, dataset);
  return g_steal_pointer (&dataset);
}

/* FALSE where @in is no such thing, or more comes out than there is room */
static gboolean
convert (GConverter *converter, const void *in, gsize n, void *out, gsize room, gsize *written)
{
  gsize done = 0;

  *written = 0;
  while (*written < room)
    {
      gsize read, wrote;
      GConverterResult result
          = g_converter_convert (converter, (const guint8 *) in + done, n - done,
                                 (guint8 *) out + *written, room - *written,
                                 G_CONVERTER_INPUT_AT_END, &read, &wrote, NULL);

      if (result == G_CONVERTER_ERROR)
        return FALSE;
      done += read;
      *written += wrote;
      if (result == G_CONVERTER_FINISHED)
        return TRUE;
    }
  return FALSE;
}

gboolean
thaw_project_put_dataset (ThawProject *self, const ThawDataset *dataset, gint64 *id, GError **error)
{
  g_autoptr (GVariant) value = encode (self, dataset);
  g_autoptr (GZlibCompressor) zlib = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6);
  const gsize n = g_variant_get_size (value), room = n + n / 512 + 128;
  g_autofree char *hash
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, g_variant_get_data (value), n);
  g_autofree guint8 *packed = g_malloc (room);
  g_auto (ThawQuery) query = { 0 };
  gsize written;

  if (!convert (G_CONVERTER (zlib), g_variant_get_data (value), n, packed, room, &written))
    g_assert_not_reached ();
  if (!thaw_project_exec (self, error,
                          "INSERT OR IGNORE INTO datasets (hash, bytes, data) VALUES (?, ?, ?)",
                          "tib", hash, (gint64) n, packed, written))
    return FALSE;
  thaw_query_prepare (&query, self, "SELECT id FROM datasets WHERE hash = ?");
  thaw_query_bind (&query, "t", hash);
  if (thaw_query_next (&query))
    *id = thaw_query_int (&query, 0, 1, G_MAXINT64);
  return thaw_query_end (&query, error);
}

/* Columns: hash, bytes, data. The value itself */
static GBytes *
read_packed (ThawQuery *query)
{
  const gint64 bytes = thaw_query_int (query, 1, 0, MOST_BYTES);
  g_autoptr (GZlibDecompressor) zlib
      = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  g_autofree char *hash = g_strdup (thaw_query_text (query, 0));
  g_autofree char *found = NULL;
  g_autofree guint8 *value = NULL;
  gsize n, written;
  const void *packed = thaw_query_blob (query, 2, &n);

  /* it is never packed to less than a thousandth */
  if (query->error || (gsize) bytes / 1100 > n + 1024)
    {
      thaw_query_refuse (query, "a run's pictures");
      return NULL;
    }
  value = g_malloc ((gsize) bytes + 1);
  if (!convert (G_CONVERTER (zlib), packed, n, value, (gsize) bytes + 1, &written)
      || written != (gsize) bytes)
    {
      thaw_query_refuse (query, "a run's pictures");
      return NULL;
    }
  found = g_compute_checksum_for_data (G_CHECKSUM_SHA256, value, written);
  if (strcmp (found, hash) != 0)
    {
      thaw_query_refuse (query, "a run's pictures");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&value), written);
}

ThawDataset *
thaw_project_stored_dataset (ThawProject *self, gint64 id, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "SELECT hash, bytes, data FROM datasets WHERE id = ?");
  thaw_query_bind (&query, "i", id);
  if (thaw_query_next (&query))
    bytes = read_packed (&query);
  if (!thaw_query_end (&query, error))
    return NULL;
  if (!bytes)
    return damaged (self, "a run's pictures are missing", error), NULL;
  return decode (self, bytes, error);
}

gboolean
thaw_project_set_run_dataset (ThawProject *self, gint64 run, const ThawDataset *dataset, GError **error)
{
  gint64 id;

  if (!thaw_project_check_writable (self, error) || !thaw_project_flush (self, error)
      || !thaw_project_begin (self, error))
    return FALSE;
  if (thaw_project_put_dataset (self, dataset, &id, error)
      && thaw_project_exec (self, error, "UPDATE runs SET dataset = ? WHERE id = ?", "ii", id, run)
      && thaw_project_changed_run (self, run, error)
      && thaw_project_sweep (self, error))
    return thaw_project_commit (self, error);
  thaw_project_rollback (self);
  return FALSE;
}

ThawDataset *
thaw_project_run_dataset (ThawProject *self, gint64 run, GError **error)
{
  g_autofree char *sql
      = g_strdup_printf ("SELECT coalesce (dataset, 0) FROM runs WHERE id = %" G_GINT64_FORMAT, run);
  gint64 id;

  if (!thaw_project_flush (self, error) || !thaw_project_value (self, sql, &id, error))
    return NULL;
  return id ? thaw_project_stored_dataset (self, id, error) : thaw_project_get_dataset (self, error);
}

static GArray *
list_datasets (ThawProject *self, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "SELECT id FROM datasets");
  while (thaw_query_next (&query))
    {
      gint64 id = thaw_query_int (&query, 0, 1, G_MAXINT64);

      g_array_append_val (ids, id);
    }
  return thaw_query_end (&query, error) ? g_steal_pointer (&ids) : NULL;
}

/* One of them, read as in a file that is in @folder */
static gboolean
move_dataset (ThawProject *self, gint64 old, const char *folder, GError **error)
{
  g_autoptr (ThawDataset) dataset = NULL;
  char *own = self->folder;
  gint64 id;

  self->folder = (char *) folder;
  dataset = thaw_project_stored_dataset (self, old, error);
  self->folder = own;
  return dataset && thaw_project_put_dataset (self, dataset, &id, error)
         && thaw_project_exec (self, error, "UPDATE runs SET dataset = ? WHERE dataset = ?", "ii", id, old)
         && thaw_project_exec (self, error, "UPDATE evaluations SET dataset = ? WHERE dataset = ?", "ii",
                               id, old);
}

gboolean
thaw_project_move_datasets (ThawProject *self, const char *folder, GError **error)
{
  g_autoptr (GArray) ids = list_datasets (self, error);

  for (guint i = 0; ids && i < ids->len; i++)
    if (!move_dataset (self, g_array_index (ids, gint64, i), folder, error))
      return FALSE;
  return ids && thaw_project_sweep (self, error);
}
