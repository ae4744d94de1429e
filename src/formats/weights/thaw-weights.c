/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-weights.h"

#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>

/* so that a handful of numbers repeated by strides still loads from a file of one kilobyte */
#define LEAST_BUDGET 65536

void
thaw_weights_budget_init (ThawWeightsBudget *self, gsize file_size)
{
  self->left = MAX (LEAST_BUDGET, file_size > G_MAXSIZE / 2 ? G_MAXSIZE : 2 * file_size);
}

gboolean
thaw_weights_budget_take (ThawWeightsBudget *self, gsize bytes, GError **error)
{
  if (bytes > self->left)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                   "its contents would take more than twice the file's own size; it is damaged or made to fill the memory");
      return FALSE;
    }
  self->left -= bytes;
  return TRUE;
}

ThawTensor *
thaw_weights_tensor (ThawDtype dtype, const ThawShape *shape, GBytes *bytes, gsize offset,
                     ThawWeightsBudget *budget, GError **error)
{
  gsize size, needed, end;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ThawTensor *tensor;

  if (!thaw_shape_check (shape, thaw_dtype_size (dtype), &needed) || !thaw_size_add (offset, needed, &end) || end > size)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a tensor does not fit into the data that is there");
      return NULL;
    }
  if (data && (guintptr) (data + offset) % thaw_dtype_size (dtype) == 0)
    return thaw_tensor_new_view (dtype, shape, bytes, offset, error);
  if (!thaw_weights_budget_take (budget, needed, error))
    return NULL;
  tensor = thaw_tensor_try_new (dtype, shape, error);
  if (tensor && needed > 0)
    memcpy (tensor->data, data + offset, needed);
  return tensor;
}

gboolean
thaw_weights_add (ThawTensorMap *map, const char *name, ThawTensor *tensor, GError **error)
{
  g_autoptr (ThawTensor) taken = tensor;

  if (thaw_tensor_map_get (map, name))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "two tensors are named '%s'", name);
  else if (thaw_tensor_map_size (map) >= THAW_WEIGHTS_MAX_TENSORS)
    g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "it has more than %d tensors", THAW_WEIGHTS_MAX_TENSORS);
  else
    {
      thaw_tensor_map_set (map, name, taken);
      return TRUE;
    }
  return FALSE;
}
