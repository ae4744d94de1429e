/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A state dict as torch.save() writes it: a ZIP archive of one pickle and the bytes of every tensor */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>

#include "thaw-cursor.h"
#include "thaw-pth.h"
#include "thaw-zip.h"

/* Without room for the archive's own records */
#define MAX_SIZE ((gsize) 2000000000)

/* --- the pickle, protocol 2 --- */

static void
put_text (GByteArray *out, const char *text)
{
  thaw_put (out, 'X', 1);
  thaw_put (out, strlen (text), 4);
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void
put_number (GByteArray *out, gint64 value)
{
  thaw_put (out, value > G_MAXINT32 ? 0x8a : 'J', 1);
  if (value > G_MAXINT32)
    thaw_put (out, 8, 1);
  thaw_put (out, (guint64) value, value > G_MAXINT32 ? 8 : 4);
}

static void
put_global (GByteArray *out, const char *name)
{
  thaw_put (out, 'c', 1);
  g_byte_array_append (out, (const guint8 *) name, (guint) strlen (name));
}

static void
put_numbers (GByteArray *out, const gint64 *values, int n)
{
  thaw_put (out, '(', 1);
  for (int i = 0; i < n; i++)
    put_number (out, values[i]);
  thaw_put (out, 't', 1);
}

static const char *
storage_class (ThawDtype dtype)
{
  switch (dtype)
    {
    case THAW_DTYPE_F32:
      return "torch\nFloatStorage\n";
    case THAW_DTYPE_F16:
      return "torch\nHalfStorage\n";
    case THAW_DTYPE_BF16:
      return "torch\nBFloat16Storage\n";
    case THAW_DTYPE_F64:
      return "torch\nDoubleStorage\n";
    case THAW_DTYPE_I64:
      return "torch\nLongStorage\n";
    default:
      return NULL;
    }
}

/* collections.OrderedDict () */
static void
put_ordered_dict (GByteArray *out)
{
  put_global (out, "collections\nOrderedDict\n");
  thaw_put (out, ')', 1);
  thaw_put (out, 'R', 1);
}

/* torch._utils._rebuild_tensor_v2 (storage, 0, size, stride, False, OrderedDict ()) */
static void
put_tensor (GByteArray *out, const ThawTensor *tensor, guint key)
{
  g_autofree char *number = g_strdup_printf ("%u", key);
  gint64 stride[THAW_MAX_RANK] = { 0 }, step = 1;

  for (int i = tensor->shape.rank; i-- > 0; step *= tensor->shape.dim[i])
    stride[i] = step;
  put_global (out, "torch._utils\n_rebuild_tensor_v2\n");
  thaw_put (out, '(', 1);
  thaw_put (out, '(', 1);
  put_text (out, "storage");
  put_global (out, storage_class (tensor->dtype));
  put_text (out, number);
  put_text (out, "cpu");
  put_number (out, thaw_tensor_count (tensor));
  thaw_put (out, 't', 1);
  thaw_put (out, 'Q', 1); /* a persistent id */
  put_number (out, 0);
  put_numbers (out, tensor->shape.dim, tensor->shape.rank);
  put_numbers (out, stride, tensor->shape.rank);
  thaw_put (out, 0x89, 1); /* False */
  put_ordered_dict (out);
  thaw_put (out, 't', 1);
  thaw_put (out, 'R', 1);
}

/* The attribute _metadata = {"": {"version": version}} of the state dict that lies on the stack */
static void
put_version (GByteArray *out, guint version)
{
  thaw_put (out, '}', 1);
  put_text (out, "_metadata");
  put_ordered_dict (out);
  put_text (out, "");
  thaw_put (out, '}', 1);
  put_text (out, "version");
  put_number (out, version);
  g_byte_array_append (out, (const guint8 *) "sssb", 4);
}

static GByteArray *
write_pickle (const ThawTensorMap *tensors, guint version)
{
  GByteArray *out = g_byte_array_new ();

  thaw_put (out, 0x0280, 2); /* protocol 2 */
  put_ordered_dict (out);
  thaw_put (out, '(', 1);
  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      put_text (out, thaw_tensor_map_name (tensors, i));
      put_tensor (out, thaw_tensor_map_at (tensors, i), i);
    }
  thaw_put (out, 'u', 1);
  if (version)
    put_version (out, version);
  thaw_put (out, '.', 1);
  return out;
}

static gboolean
check (const ThawTensorMap *tensors, GError **error)
{
  gsize total = 0;

  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_at (tensors, i);

      total += tensor->bytes + 1024;
      if (!storage_class (tensor->dtype) || total > MAX_SIZE)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "the tensor %s cannot be written into a .pth file of at most 2 GiB: end the name with .safetensors",
                       thaw_tensor_map_name (tensors, i));
          return FALSE;
        }
    }
  return TRUE;
}

static void
add_entry (GPtrArray *names, GPtrArray *contents, const char *name, GBytes *content)
{
  g_ptr_array_add (names, g_strconcat ("archive/", name, NULL));
  g_ptr_array_add (contents, content);
}

GBytes *
thaw_pth_write (const ThawTensorMap *tensors, guint version, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (!check (tensors, error))
    return NULL;
  add_entry (names, contents, "data.pkl", g_byte_array_free_to_bytes (write_pickle (tensors, version)));
  add_entry (names, contents, "byteorder", g_bytes_new_static ("little", strlen ("little")));
  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_at (tensors, i);
      g_autofree char *name = g_strdup_printf ("data/%u", i);

      add_entry (names, contents, name, g_bytes_new_static (tensor->data, tensor->bytes));
    }
  add_entry (names, contents, "version", g_bytes_new_static ("3\n", strlen ("3\n")));
  g_ptr_array_add (names, NULL);
  return thaw_zip_write ((const char *const *) names->pdata, (GBytes *const *) contents->pdata, error);
}
