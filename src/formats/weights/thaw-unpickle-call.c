/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything a pickle may name. A name that is not in this table ends the reading; nothing here calls anything. */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-unpickle.h"

typedef enum
{
  ROLE_DICT,
  ROLE_LIST,
  ROLE_SIZE,        /* torch.Size (tuple) */
  ROLE_OPAQUE,      /* what no tensor needs, and does nothing */
  ROLE_STORAGE,     /* the type of a storage */
  ROLE_DTYPE,
  ROLE_TYPE,        /* the class of a tensor */
  ROLE_TENSOR,      /* (storage, offset, size, stride, ...) */
  ROLE_TENSOR_V3,   /* (storage, offset, size, stride, requires_grad, hooks, dtype, ...) over bytes */
  ROLE_PARAMETER,   /* (tensor, ...) */
  ROLE_FROM_TYPE,   /* (function, type, arguments, state) */
} Role;

typedef struct
{
  const char *module, *name;
  Role        role;
  ThawDtype   dtype;
} Global;

#define UNREAD THAW_N_DTYPES

static const Global globals[] = {
  { "collections", "OrderedDict", ROLE_DICT },
  { "torch._utils", "_rebuild_tensor_v2", ROLE_TENSOR },
  { "torch._utils", "_rebuild_tensor", ROLE_TENSOR },
  { "torch._utils", "_rebuild_tensor_v3", ROLE_TENSOR_V3 },
  { "torch._utils", "_rebuild_parameter", ROLE_PARAMETER },
  { "torch._utils", "_rebuild_parameter_with_state", ROLE_PARAMETER },
  { "torch._tensor", "_rebuild_from_type_v2", ROLE_FROM_TYPE },
  { "torch", "Tensor", ROLE_TYPE },
  { "torch.nn.parameter", "Parameter", ROLE_TYPE },
  { "torch.nn.parameter", "Buffer", ROLE_TYPE },
  { "torch", "FloatStorage", ROLE_STORAGE, THAW_DTYPE_F32 },
  { "torch", "HalfStorage", ROLE_STORAGE, THAW_DTYPE_F16 },
  { "torch", "BFloat16Storage", ROLE_STORAGE, THAW_DTYPE_BF16 },
  { "torch", "DoubleStorage", ROLE_STORAGE, THAW_DTYPE_F64 },
  { "torch", "LongStorage", ROLE_STORAGE, THAW_DTYPE_I64 },
  { "torch", "IntStorage", ROLE_STORAGE, THAW_DTYPE_I32 },
  { "torch", "ShortStorage", ROLE_STORAGE, THAW_DTYPE_I16 },
  { "torch", "CharStorage", ROLE_STORAGE, THAW_DTYPE_I8 },
  { "torch", "ByteStorage", ROLE_STORAGE, THAW_DTYPE_U8 },
  { "torch", "BoolStorage", ROLE_STORAGE, THAW_DTYPE_BOOL },
  { "torch", "ComplexFloatStorage", ROLE_STORAGE, UNREAD },
  { "torch", "ComplexDoubleStorage", ROLE_STORAGE, UNREAD },
  { "torch.storage", "UntypedStorage", ROLE_STORAGE, THAW_DTYPE_U8 },
  { "torch", "UntypedStorage", ROLE_STORAGE, THAW_DTYPE_U8 },
  { "torch", "float32", ROLE_DTYPE, THAW_DTYPE_F32 },
  { "torch", "float16", ROLE_DTYPE, THAW_DTYPE_F16 },
  { "torch", "bfloat16", ROLE_DTYPE, THAW_DTYPE_BF16 },
  { "torch", "float64", ROLE_DTYPE, THAW_DTYPE_F64 },
  { "torch", "int64", ROLE_DTYPE, THAW_DTYPE_I64 },
  { "torch", "int32", ROLE_DTYPE, THAW_DTYPE_I32 },
  { "torch", "int16", ROLE_DTYPE, THAW_DTYPE_I16 },
  { "torch", "int8", ROLE_DTYPE, THAW_DTYPE_I8 },
  { "torch", "uint8", ROLE_DTYPE, THAW_DTYPE_U8 },
  { "torch", "bool", ROLE_DTYPE, THAW_DTYPE_BOOL },
  { "torch", "uint16", ROLE_DTYPE, UNREAD },
  { "torch", "uint32", ROLE_DTYPE, UNREAD },
  { "torch", "uint64", ROLE_DTYPE, UNREAD },
  { "torch", "float8_e4m3fn", ROLE_DTYPE, UNREAD },
  { "torch", "float8_e5m2", ROLE_DTYPE, UNREAD },
  { "torch", "complex64", ROLE_DTYPE, UNREAD },
  { "torch", "complex128", ROLE_DTYPE, UNREAD },
  { "torch", "Size", ROLE_SIZE },
  { "torch", "device", ROLE_OPAQUE },
  { "torch.serialization", "_get_layout", ROLE_OPAQUE },
  { "argparse", "Namespace", ROLE_OPAQUE },
  { "_codecs", "encode", ROLE_OPAQUE },
  { "__builtin__", "set", ROLE_LIST },
  { "builtins", "set", ROLE_LIST },
};

static gboolean
is (const char *text, gsize length, const char *expected)
{
  return strlen (expected) == length && memcmp (text, expected, length) == 0;
}

/* printable and of a length that fits a line, whatever the file has */
static char *
show (const char *text, gsize length)
{
  g_autofree char *start = g_strndup (text, MIN (length, 60));
  char *shown = g_utf8_make_valid (start, -1);

  for (char *c = shown; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  return shown;
}

gboolean
thaw_pickle_find_global (const char *module, gsize module_length, const char *name, gsize name_length,
                         ThawPickleValue *out, GError **error)
{
  g_autofree char *shown_module = NULL, *shown_name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (globals); i++)
    if (is (module, module_length, globals[i].module) && is (name, name_length, globals[i].name))
      {
        *out = (ThawPickleValue){ .kind = THAW_PICKLE_GLOBAL, .dtype = globals[i].dtype, .number = i };
        return TRUE;
      }
  shown_module = show (module, module_length);
  shown_name = show (name, name_length);
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "the file wants to call %s.%s; Thaw runs no code from a file: save the model's state_dict() instead",
               shown_module, shown_name);
  return FALSE;
}

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a damaged pickle: %s", what);
  return FALSE;
}

static const Global *
global_of (const ThawPickle *self, guint32 value)
{
  const ThawPickleValue *v = thaw_pickle_value (self, value);

  return v->kind == THAW_PICKLE_GLOBAL ? &globals[v->number] : NULL;
}

/* The first @n items; FALSE where there are fewer */
static gboolean
items_of (const ThawPickle *self, guint32 container, guint32 *out, guint n)
{
  const ThawPickleValue *value = thaw_pickle_value (self, container);
  ThawPickleCell item;
  guint32 cell = 0;

  if (value->kind != THAW_PICKLE_TUPLE && value->kind != THAW_PICKLE_LIST)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      cell = thaw_pickle_next (self, value, cell, &item);
      if (!cell)
        return FALSE;
      out[i] = item.value;
    }
  return TRUE;
}

static ThawPickleKind
kind_of (const ThawPickle *self, guint32 value)
{
  return thaw_pickle_value (self, value)->kind;
}

gboolean
thaw_pickle_persistent (ThawPickle *self, guint32 id, guint32 *out, GError **error)
{
  ThawPickleValue storage = { .kind = THAW_PICKLE_STORAGE };
  guint32 item[6];
  const Global *type;

  if (!items_of (self, id, item, 5) || !thaw_pickle_is (thaw_pickle_value (self, item[0]), "storage")
      || !(type = global_of (self, item[1])) || type->role != ROLE_STORAGE || kind_of (self, item[2]) != THAW_PICKLE_TEXT
      || kind_of (self, item[4]) != THAW_PICKLE_INT || thaw_pickle_value (self, item[4])->number < 0)
    return refuse ("a storage is not described as PyTorch does it", error);
  if (items_of (self, id, item, 6) && kind_of (self, item[5]) != THAW_PICKLE_NONE)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "written by a PyTorch before 0.4 (views of storages); load it there and save it anew");
      return FALSE;
    }
  storage.dtype = type->dtype;
  storage.items.head = item[2];
  storage.number = thaw_pickle_value (self, item[4])->number;
  return thaw_pickle_add (self, &storage, out, error);
}

static gboolean
make_tensor (ThawPickle *self, guint32 arguments, gboolean v3, guint32 *out, GError **error)
{
  ThawPickleValue tensor = { .kind = THAW_PICKLE_TENSOR };
  guint32 item[7];
  const Global *dtype = NULL;

  if (!items_of (self, arguments, item, v3 ? 7 : 4) || kind_of (self, item[0]) != THAW_PICKLE_STORAGE
      || kind_of (self, item[1]) != THAW_PICKLE_INT || kind_of (self, item[2]) != THAW_PICKLE_TUPLE
      || kind_of (self, item[3]) != THAW_PICKLE_TUPLE
      || (v3 && (!(dtype = global_of (self, item[6])) || dtype->role != ROLE_DTYPE)))
    return refuse ("a tensor is not described as PyTorch does it", error);
  tensor.dtype = v3 ? dtype->dtype : thaw_pickle_value (self, item[0])->dtype;
  tensor.number = thaw_pickle_value (self, item[1])->number;
  tensor.tensor.storage = item[0];
  tensor.tensor.size = item[2];
  tensor.stride = item[3];
  return thaw_pickle_add (self, &tensor, out, error);
}

/* OrderedDict (), or of a list of pairs */
static gboolean
make_dict (ThawPickle *self, guint32 arguments, guint32 *out, GError **error)
{
  guint32 list, pair[2], cell = 0;
  ThawPickleCell item;

  if (!thaw_pickle_add (self, &(ThawPickleValue){ .kind = THAW_PICKLE_DICT }, out, error))
    return FALSE;
  if (!items_of (self, arguments, &list, 1))
    return TRUE;
  if (kind_of (self, list) != THAW_PICKLE_LIST)
    return refuse ("an OrderedDict of something other than a list", error);
  while ((cell = thaw_pickle_next (self, thaw_pickle_value (self, list), cell, &item)))
    {
      if (!items_of (self, item.value, pair, 2))
        return refuse ("an OrderedDict of something other than pairs", error);
      if (!thaw_pickle_append (self, *out, pair[0], pair[1], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_parameter (ThawPickle *self, guint32 arguments, guint32 *out, GError **error)
{
  if (items_of (self, arguments, out, 1) && kind_of (self, *out) == THAW_PICKLE_TENSOR)
    return TRUE;
  return refuse ("a parameter that is no tensor", error);
}

static gboolean
make_size (ThawPickle *self, guint32 arguments, guint32 *out, GError **error)
{
  if (items_of (self, arguments, out, 1) && kind_of (self, *out) == THAW_PICKLE_TUPLE)
    return TRUE;
  return refuse ("a size that is no tuple", error);
}

static gboolean
make_from_type (ThawPickle *self, guint32 arguments, guint32 *out, GError **error)
{
  guint32 item[3];
  const Global *function, *type;

  if (!items_of (self, arguments, item, 3) || !(function = global_of (self, item[0])) || !(type = global_of (self, item[1]))
      || type->role != ROLE_TYPE
      || (function->role != ROLE_TENSOR && function->role != ROLE_TENSOR_V3 && function->role != ROLE_PARAMETER))
    return refuse ("a tensor's class is not described as PyTorch does it", error);
  return thaw_pickle_call (self, item[0], item[2], out, error);
}

gboolean
thaw_pickle_call (ThawPickle *self, guint32 callee, guint32 arguments, guint32 *out, GError **error)
{
  const Global *global = global_of (self, callee);

  switch (global->role)
    {
    case ROLE_DICT:
      return make_dict (self, arguments, out, error);
    case ROLE_LIST:
      if (items_of (self, arguments, out, 1) && kind_of (self, *out) == THAW_PICKLE_LIST)
        return TRUE;
      return thaw_pickle_add (self, &(ThawPickleValue){ .kind = THAW_PICKLE_LIST }, out, error);
    case ROLE_SIZE:
      return make_size (self, arguments, out, error);
    case ROLE_TENSOR:
    case ROLE_TENSOR_V3:
      return make_tensor (self, arguments, global->role == ROLE_TENSOR_V3, out, error);
    case ROLE_PARAMETER:
      return make_parameter (self, arguments, out, error);
    case ROLE_FROM_TYPE:
      return make_from_type (self, arguments, out, error);
    case ROLE_OPAQUE:
      return thaw_pickle_add (self, &(ThawPickleValue){ .kind = THAW_PICKLE_OPAQUE }, out, error);
    default:
      return refuse ("something is called that is no function", error);
    }
}
