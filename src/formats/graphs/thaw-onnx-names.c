/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PyTorch's exporter calls a node "/features/features.0/features.0.0/Conv", after the modules around it; the newer one says them beside
 * the node. Other files have names of their own, or none. */
#include <string.h>

#include "thaw-graph-parts.h"
#include "thaw-onnx-read.h"

#define SCOPES_KEY "pkg.torch.onnx.name_scopes"

/* A module that has others inside */
#define CONTAINER (G_MAXINT / 2)

/* "a", "a.0", "b" -> "a.0.b": what begins with the name before it says that again */
static void
append_module (GString *name, char **before, const char *component)
{
  gsize length = *before ? strlen (*before) : 0;

  if (length && strncmp (component, *before, length) == 0 && component[length] == '.')
    g_string_append (name, component + length);
  else
    g_string_append_printf (name, "%s%s", name->len ? "." : "", component);
  g_free (*before);
  *before = g_strdup (component);
}

/* The last of "['', 'layer1', 'layer1.0', 'conv2d_1']" but one */
static char *
scope_of_list (const char *list)
{
  g_auto (GStrv) parts = g_strsplit (list, "'", 256);
  guint n = g_strv_length (parts);

  return n >= 5 && *parts[n - 4] ? g_strdup (parts[n - 4]) : NULL;
}

/* The module that @proto belongs to (nullable, transfer full); @last: (out): what it is called inside, in @proto's name */
static char *
scope_of (const ThawOnnx__Node *proto, const char **last)
{
  g_auto (GStrv) parts = NULL;
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *before = NULL;

  *last = proto->op_type;
  for (gsize i = 0; i < proto->n_metadata_props; i++)
    if (g_strcmp0 (proto->metadata_props[i]->key, SCOPES_KEY) == 0 && proto->metadata_props[i]->value)
      return scope_of_list (proto->metadata_props[i]->value);
  if (!proto->name || !strchr (proto->name, '/'))
    return NULL;
  *last = strrchr (proto->name, '/') + 1;
  parts = g_strsplit (proto->name, "/", 64);
  for (guint i = 0; parts[i] && parts[i + 1]; i++)
    if (*parts[i])
      append_module (name, &before, parts[i]);
  return name->len ? g_strdup (name->str) : NULL;
}

static int
count_of (const ThawOnnxReader *self, const char *scope)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->scopes, scope));
}

void
thaw_onnx_find_scopes (ThawOnnxReader *self)
{
  for (gsize i = 0; i < self->proto->n_node; i++)
    {
      const char *last;
      char *scope = scope_of (self->proto->node[i], &last);

      if (!scope)
        continue;
      for (char *dot = strchr (scope, '.'); dot; dot = strchr (dot + 1, '.'))
        g_hash_table_replace (self->scopes, g_strndup (scope, dot - scope), GINT_TO_POINTER (CONTAINER));
      g_hash_table_replace (self->scopes, scope, GINT_TO_POINTER (MIN (count_of (self, scope) + 1, CONTAINER)));
    }
}

/* "onnx::Conv_123", "12", "/a/b/Constant_output_0": no person gave that name. */
static gboolean
is_made_up (const char *name)
{
  return !name || !*name || strchr (name, ':') || strchr (name, '/') || strspn (name, "0123456789") == strlen (name)
         || g_str_has_prefix (name, "val_") || !g_utf8_validate (name, -1, NULL);
}

/* "Conv_12" of a Conv, or "node_..." */
static gboolean
is_counted (const ThawOnnx__Node *proto)
{
  gsize length = strlen (proto->op_type);

  return is_made_up (proto->name) || g_str_has_prefix (proto->name, "node_")
         || (strncmp (proto->name, proto->op_type, length) == 0 && (!proto->name[length] || proto->name[length] == '_'));
}

static char *
after_weight (const char *weight)
{
  const char *dot = is_made_up (weight) ? NULL : strrchr (weight, '.');

  return dot && dot > weight && (g_str_equal (dot, ".weight") || g_str_equal (dot, ".bias")) ? g_strndup (weight, dot - weight) : NULL;
}

static char *
in_scope (const ThawOnnxReader *self, const char *scope, const char *last, gboolean whole)
{
  g_autofree char *lower = g_ascii_strdown (last, -1);
  int count = count_of (self, scope);

  if (count < CONTAINER && (whole || count == 1) && !thaw_graph_find (self->graph, scope))
    return g_strdup (scope);
  return g_strdup_printf ("%s.%s", scope, lower);
}

char *
thaw_onnx_layer_name (const ThawOnnxReader *self, const ThawOnnx__Node *proto, const char *const *weights, gboolean whole)
{
  const char *last;
  char *name = is_counted (proto) ? NULL : g_strdup (proto->name);
  g_autofree char *scope = name ? NULL : scope_of (proto, &last);

  for (guint i = 0; i < 2 && !name; i++)
    name = after_weight (weights[i]);
  if (!name && scope && *scope && last && g_utf8_validate (scope, -1, NULL))
    name = in_scope (self, scope, last, whole);
  return name;
}

char *
thaw_onnx_free_name (const ThawOnnxReader *self, const char *wanted)
{
  return thaw_graph_free_name (self->graph, wanted);
}
