/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The instructions: Lib/pickletools.py of CPython, PEP 307, 3154, 574. */
#include "thaw-unpickle.h"

#include <string.h>
#include <thaw/thaw-error.h>

#define MAX_PROTOCOL 5
/* A state dict nests five deep. */
#define MAX_MARKS 1000
#define MAX_STACK (1 << 20)

typedef struct
{
  ThawPickle *pickle;
  ThawCursor *cursor;
  GArray     *stack; /* guint32, values */
  GArray     *marks; /* guint32, heights of the stack */
  GArray     *memo;  /* guint32, value + 1; 0: not set */
  gboolean    done;
} Machine;

typedef gboolean (*Instruction) (Machine *self, guint8 code, GError **error);

static gboolean
damaged (Machine *self, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "a damaged pickle (byte %" G_GSIZE_FORMAT "); if the file was cut off, fetch it again", self->cursor->at);
  return FALSE;
}

static ThawPickleValue *
value_at (ThawPickle *self, guint32 i)
{
  return &g_array_index (self->values, ThawPickleValue, i);
}

static gboolean
push (Machine *self, const ThawPickleValue *value, GError **error)
{
  guint32 index;

  if (!thaw_pickle_add (self->pickle, value, &index, error))
    return FALSE;
  g_array_append_val (self->stack, index);
  return TRUE;
}

/* What lies above the last mark is all that an instruction may take. */
static guint
floor_of (Machine *self)
{
  return self->marks->len ? g_array_index (self->marks, guint32, self->marks->len - 1) : 0;
}

static gboolean
pop (Machine *self, guint32 *out)
{
  if (self->stack->len <= floor_of (self))
    return FALSE;
  *out = g_array_index (self->stack, guint32, self->stack->len - 1);
  g_array_set_size (self->stack, self->stack->len - 1);
  return TRUE;
}

static gboolean
top (Machine *self, guint32 *out)
{
  if (self->stack->len <= floor_of (self))
    return FALSE;
  *out = g_array_index (self->stack, guint32, self->stack->len - 1);
  return TRUE;
}

static gboolean
pop_mark (Machine *self, guint32 *first)
{
  if (self->marks->len == 0)
    return FALSE;
  *first = floor_of (self);
  g_array_set_size (self->marks, self->marks->len - 1);
  return TRUE;
}

static gboolean
push_number (Machine *self, ThawPickleKind kind, gint64 number, GError **error)
{
  return push (self, &(ThawPickleValue){ .kind = kind, .number = number }, error);
}

static gboolean
push_text (Machine *self, guint64 length, GError **error)
{
  const guint8 *text = length <= thaw_cursor_left (self->cursor) ? thaw_cursor_take (self->cursor, length) : NULL;
  ThawPickleValue value = { .kind = THAW_PICKLE_TEXT, .length = length, .text = (const char *) text };

  return text ? push (self, &value, error) : damaged (self, error);
}

static gboolean
op_protocol (Machine *self, guint8 code, GError **error)
{
  guint8 version;

  if (!thaw_cursor_u8 (self->cursor, &version))
    return damaged (self, error);
  if (version >= 2 && version <= MAX_PROTOCOL)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a pickle of protocol %d; Thaw reads 2 to %d", version, MAX_PROTOCOL);
  return FALSE;
}

static gboolean
op_frame (Machine *self, guint8 code, GError **error)
{
  guint64 length;

  return (thaw_cursor_u64 (self->cursor, &length) && length <= thaw_cursor_left (self->cursor)) || damaged (self, error);
}

static gboolean
op_stop (Machine *self, guint8 code, GError **error)
{
  self->done = TRUE;
  return pop (self, &self->pickle->root) || damaged (self, error);
}

static gboolean
op_mark (Machine *self, guint8 code, GError **error)
{
  if (self->marks->len == MAX_MARKS)
    return damaged (self, error);
  g_array_append_val (self->marks, self->stack->len);
  return TRUE;
}

static gboolean
op_pop (Machine *self, guint8 code, GError **error)
{
  guint32 first;

  if (code == '0' && pop (self, &first))
    return TRUE;
  if (!pop_mark (self, &first))
    return damaged (self, error);
  g_array_set_size (self->stack, first);
  return TRUE;
}

static gboolean
op_constant (Machine *self, guint8 code, GError **error)
{
  if (code == 'N')
    return push_number (self, THAW_PICKLE_NONE, 0, error);
  return push_number (self, THAW_PICKLE_BOOL, code == 0x88, error);
}

static gboolean
op_int (Machine *self, guint8 code, GError **error)
{
  guint32 wide;
  guint16 medium;
  guint8 narrow;

  if (code == 'J' && thaw_cursor_u32 (self->cursor, &wide))
    return push_number (self, THAW_PICKLE_INT, (gint32) wide, error);
  if (code == 'M' && thaw_cursor_u16 (self->cursor, &medium))
    return push_number (self, THAW_PICKLE_INT, medium, error);
  if (code == 'K' && thaw_cursor_u8 (self->cursor, &narrow))
    return push_number (self, THAW_PICKLE_INT, narrow, error);
  return damaged (self, error);
}

/* Little-endian two's complement of any length; those beyond 64 bits mean nothing to a tensor. */
static gboolean
push_long (Machine *self, const guint8 *bytes, gsize n, GError **error)
{
  guint64 value = n > 0 && (bytes[n - 1] & 0x80) ? G_MAXUINT64 : 0;

  if (n > sizeof value)
    return push_number (self, THAW_PICKLE_OPAQUE, 0, error);
  for (gsize i = n; i > 0; i--)
    value = value << 8 | bytes[i - 1];
  return push_number (self, THAW_PICKLE_INT, (gint64) value, error);
}

static gboolean
op_long (Machine *self, guint8 code, GError **error)
{
  guint32 wide = 0;
  guint8 narrow = 0;
  gboolean good = code == 0x8a ? thaw_cursor_u8 (self->cursor, &narrow) : thaw_cursor_u32 (self->cursor, &wide);
  gsize n = code == 0x8a ? narrow : wide;
  const guint8 *bytes = good ? thaw_cursor_take (self->cursor, n) : NULL;

  return bytes ? push_long (self, bytes, n, error) : damaged (self, error);
}

static gboolean
op_real (Machine *self, guint8 code, GError **error)
{
  ThawPickleValue value = { .kind = THAW_PICKLE_REAL };
  guint64 bits;

  if (!thaw_cursor_u64 (self->cursor, &bits))
    return damaged (self, error);
  bits = GUINT64_SWAP_LE_BE (bits); /* the only big-endian number of the format */
  memcpy (&value.real, &bits, sizeof bits);
  return push (self, &value, error);
}

static gboolean
op_text8 (Machine *self, guint8 code, GError **error)
{
  guint8 length;

  return thaw_cursor_u8 (self->cursor, &length) ? push_text (self, length, error) : damaged (self, error);
}

static gboolean
op_text32 (Machine *self, guint8 code, GError **error)
{
  guint32 length;

  return thaw_cursor_u32 (self->cursor, &length) ? push_text (self, length, error) : damaged (self, error);
}

static gboolean
op_text64 (Machine *self, guint8 code, GError **error)
{
  guint64 length;

  return thaw_cursor_u64 (self->cursor, &length) ? push_text (self, length, error) : damaged (self, error);
}

static gboolean
op_empty (Machine *self, guint8 code, GError **error)
{
  ThawPickleKind kind = code == ')' ? THAW_PICKLE_TUPLE : code == '}' ? THAW_PICKLE_DICT : THAW_PICKLE_LIST;

  return push (self, &(ThawPickleValue){ .kind = kind }, error);
}

/* The values from @first on, which leave the stack, go into @container: one by one, or as keys and values. */
static gboolean
move_into (Machine *self, guint32 container, guint32 first, GError **error)
{
  gboolean dict = value_at (self->pickle, container)->kind == THAW_PICKLE_DICT;
  const guint32 *items = (const guint32 *) (gpointer) self->stack->data;
  guint n = self->stack->len;

  if (dict && (n - first) % 2)
    return damaged (self, error);
  for (guint i = first; i < n; i += dict ? 2 : 1)
    if (!thaw_pickle_append (self->pickle, container, dict ? items[i] : 0, items[dict ? i + 1 : i], error))
      return FALSE;
  g_array_set_size (self->stack, first);
  return TRUE;
}

static gboolean
collect (Machine *self, ThawPickleKind kind, guint32 first, GError **error)
{
  guint32 container;

  if (!thaw_pickle_add (self->pickle, &(ThawPickleValue){ .kind = kind }, &container, error)
      || !move_into (self, container, first, error))
    return FALSE;
  g_array_append_val (self->stack, container);
  return TRUE;
}

static gboolean
op_collect (Machine *self, guint8 code, GError **error)
{
  ThawPickleKind kind = code == 't' ? THAW_PICKLE_TUPLE : code == 'd' ? THAW_PICKLE_DICT : THAW_PICKLE_LIST;
  guint32 first;

  return pop_mark (self, &first) ? collect (self, kind, first, error) : damaged (self, error);
}

static gboolean
op_short_tuple (Machine *self, guint8 code, GError **error)
{
  guint n = code - 0x84;

  if (self->stack->len - floor_of (self) < n)
    return damaged (self, error);
  return collect (self, THAW_PICKLE_TUPLE, self->stack->len - n, error);
}

/* append, setitem: one item, or a key and a value; appends, setitems, additems: all above the mark. The container lies below. */
static gboolean
op_extend (Machine *self, guint8 code, GError **error)
{
  gboolean dict = code == 's' || code == 'u', one = code == 'a' || code == 's';
  guint32 first = 0, container;
  guint n = dict ? 2 : 1;

  if (one ? self->stack->len - floor_of (self) <= n : !pop_mark (self, &first))
    return damaged (self, error);
  if (one)
    first = self->stack->len - n;
  if (first <= floor_of (self))
    return damaged (self, error);
  container = g_array_index (self->stack, guint32, first - 1);
  if (value_at (self->pickle, container)->kind != (dict ? THAW_PICKLE_DICT : THAW_PICKLE_LIST))
    return damaged (self, error);
  return move_into (self, container, first, error);
}

static gboolean
remember (Machine *self, guint32 place, GError **error)
{
  guint32 value;

  /* Python numbers them one after another. */
  if (!top (self, &value) || place > self->pickle->values->len)
    return damaged (self, error);
  if (place >= self->memo->len)
    g_array_set_size (self->memo, place + 1);
  g_array_index (self->memo, guint32, place) = value + 1;
  return TRUE;
}

static gboolean
take_place (Machine *self, gboolean wide, guint32 *place)
{
  guint8 narrow = 0;

  if (wide)
    return thaw_cursor_u32 (self->cursor, place);
  if (!thaw_cursor_u8 (self->cursor, &narrow))
    return FALSE;
  *place = narrow;
  return TRUE;
}

static gboolean
op_put (Machine *self, guint8 code, GError **error)
{
  guint32 place;

  return take_place (self, code == 'r', &place) ? remember (self, place, error) : damaged (self, error);
}

static gboolean
op_memoize (Machine *self, guint8 code, GError **error)
{
  return remember (self, self->memo->len, error);
}

static gboolean
op_get (Machine *self, guint8 code, GError **error)
{
  guint32 place, value;

  if (!take_place (self, code == 'j', &place) || place >= self->memo->len
      || (value = g_array_index (self->memo, guint32, place)) == 0 || self->stack->len == MAX_STACK)
    return damaged (self, error);
  value--;
  g_array_append_val (self->stack, value);
  return TRUE;
}

static gboolean
op_global (Machine *self, guint8 code, GError **error)
{
  gsize module_length, name_length;
  const char *module = thaw_cursor_line (self->cursor, &module_length);
  const char *name = module ? thaw_cursor_line (self->cursor, &name_length) : NULL;
  ThawPickleValue value;

  if (!name)
    return damaged (self, error);
  return thaw_pickle_find_global (module, module_length, name, name_length, &value, error) && push (self, &value, error);
}

static gboolean
op_stack_global (Machine *self, guint8 code, GError **error)
{
  guint32 name, module;
  const ThawPickleValue *n, *m;
  ThawPickleValue value;

  if (!pop (self, &name) || !pop (self, &module))
    return damaged (self, error);
  n = value_at (self->pickle, name);
  m = value_at (self->pickle, module);
  if (n->kind != THAW_PICKLE_TEXT || m->kind != THAW_PICKLE_TEXT)
    return damaged (self, error);
  return thaw_pickle_find_global (m->text, m->length, n->text, n->length, &value, error) && push (self, &value, error);
}

/* reduce: a function and its arguments; newobj: a class and its arguments. Both only name what may be named. */
static gboolean
op_call (Machine *self, guint8 code, GError **error)
{
  guint32 callee, arguments, result;

  if (!pop (self, &arguments) || !pop (self, &callee) || value_at (self->pickle, callee)->kind != THAW_PICKLE_GLOBAL
      || value_at (self->pickle, arguments)->kind != THAW_PICKLE_TUPLE)
    return damaged (self, error);
  if (!thaw_pickle_call (self->pickle, callee, arguments, &result, error))
    return FALSE;
  g_array_append_val (self->stack, result);
  return TRUE;
}

/* The state of an object beyond its items (a state dict's _metadata, a Namespace's members) is not wanted. */
static gboolean
op_build (Machine *self, guint8 code, GError **error)
{
  guint32 state, object;
  ThawPickleKind kind;

  if (!pop (self, &state) || !top (self, &object))
    return damaged (self, error);
  kind = value_at (self->pickle, object)->kind;
  return kind == THAW_PICKLE_DICT || kind == THAW_PICKLE_TENSOR || kind == THAW_PICKLE_OPAQUE || damaged (self, error);
}

static gboolean
op_persistent (Machine *self, guint8 code, GError **error)
{
  guint32 id, result;

  if (!pop (self, &id))
    return damaged (self, error);
  if (!thaw_pickle_persistent (self->pickle, id, &result, error))
    return FALSE;
  g_array_append_val (self->stack, result);
  return TRUE;
}

static const Instruction instructions[256] = {
  [0x80] = op_protocol, [0x95] = op_frame, ['.'] = op_stop, ['('] = op_mark, ['0'] = op_pop, ['1'] = op_pop,
  ['N'] = op_constant, [0x88] = op_constant, [0x89] = op_constant,
  ['J'] = op_int, ['K'] = op_int, ['M'] = op_int, [0x8a] = op_long, [0x8b] = op_long, ['G'] = op_real,
  ['U'] = op_text8, [0x8c] = op_text8, ['C'] = op_text8, ['T'] = op_text32, ['X'] = op_text32, ['B'] = op_text32,
  [0x8d] = op_text64, [0x8e] = op_text64, [0x96] = op_text64,
  [')'] = op_empty, [']'] = op_empty, ['}'] = op_empty, [0x8f] = op_empty,
  ['t'] = op_collect, ['l'] = op_collect, ['d'] = op_collect, [0x91] = op_collect,
  [0x85] = op_short_tuple, [0x86] = op_short_tuple, [0x87] = op_short_tuple,
  ['a'] = op_extend, ['e'] = op_extend, ['s'] = op_extend, ['u'] = op_extend, [0x90] = op_extend,
  ['q'] = op_put, ['r'] = op_put, [0x94] = op_memoize, ['h'] = op_get, ['j'] = op_get,
  ['c'] = op_global, [0x93] = op_stack_global, ['R'] = op_call, [0x81] = op_call, ['b'] = op_build, ['Q'] = op_persistent,
};

static gboolean
run (Machine *self, GError **error)
{
  while (!self->done)
    {
      guint8 code;

      if (!thaw_cursor_u8 (self->cursor, &code))
        return damaged (self, error);
      if (!instructions[code])
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                       "a pickle with instruction 0x%02x, which no state dict has; save the model's state_dict() instead", code);
          return FALSE;
        }
      if (!instructions[code](self, code, error))
        return FALSE;
    }
  return TRUE;
}

ThawPickle *
thaw_pickle_read (ThawCursor *cursor, GError **error)
{
  ThawPickle *pickle = thaw_pickle_new ();
  Machine machine = { .pickle = pickle, .cursor = cursor };
  gboolean good;

  machine.stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.marks = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.memo = g_array_new (FALSE, TRUE, sizeof (guint32));
  good = run (&machine, error);
  g_array_unref (machine.stack);
  g_array_unref (machine.marks);
  g_array_unref (machine.memo);
  if (!good)
    g_clear_pointer (&pickle, thaw_pickle_free);
  return pickle;
}
