/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-onnx.h"

/* protobuf-c frees with free(), which is what g_free() is. */

static void
free_node (gpointer node)
{
  thaw_onnx__node__free_unpacked (node, NULL);
}

static void
free_tensor (gpointer tensor)
{
  thaw_onnx__tensor__free_unpacked (tensor, NULL);
}

static void
free_value (gpointer value)
{
  thaw_onnx__value__free_unpacked (value, NULL);
}

void
thaw_onnx_builder_init (ThawOnnxBuilder *self)
{
  *self = (ThawOnnxBuilder){ g_ptr_array_new_with_free_func (free_node),
                             g_ptr_array_new_with_free_func (free_tensor),
                             g_ptr_array_new_with_free_func (free_value), 0 };
}

void
thaw_onnx_builder_clear (ThawOnnxBuilder *self)
{
  g_clear_pointer (&self->nodes, g_ptr_array_unref);
  g_clear_pointer (&self->initializers, g_ptr_array_unref);
  g_clear_pointer (&self->infos, g_ptr_array_unref);
}

ThawOnnx__Node *
thaw_onnx_add_node (ThawOnnxBuilder *self, const char *type, const char *name,
                    const char *const *inputs, const char *output)
{
  ThawOnnx__Node *node = g_new (ThawOnnx__Node, 1);

  thaw_onnx__node__init (node);
  node->op_type = g_strdup (type);
  node->name = g_strdup (name);
  node->n_input = g_strv_length ((char **) inputs);
  node->input = g_strdupv ((char **) inputs);
  node->n_output = 1;
  node->output = g_new (char *, 1);
  node->output[0] = g_strdup (output);
  g_ptr_array_add (self->nodes, node);
  return node;
}

static ThawOnnx__Attribute *
add_attribute (ThawOnnx__Node *node, const char *name, int type)
{
  ThawOnnx__Attribute *attribute = g_new (ThawOnnx__Attribute, 1);

  thaw_onnx__attribute__init (attribute);
  attribute->name = g_strdup (name);
  attribute->has_type = TRUE;
  attribute->type = type;
  node->attribute = g_renew (ThawOnnx__Attribute *, node->attribute, node->n_attribute + 1);
  node->attribute[node->n_attribute++] = attribute;
  return attribute;
}

void
thaw_onnx_set_int (ThawOnnx__Node *node, const char *name, gint64 value)
{
  ThawOnnx__Attribute *attribute = add_attribute (node, name, THAW_ONNX_A_INT);

  attribute->has_i = TRUE;
  attribute->i = value;
}

void
thaw_onnx_set_float (ThawOnnx__Node *node, const char *name, double value)
{
  ThawOnnx__Attribute *attribute = add_attribute (node, name, THAW_ONNX_A_FLOAT);

  attribute->has_f = TRUE;
  attribute->f = (float) value;
}

void
thaw_onnx_set_string (ThawOnnx__Node *node, const char *name, const char *value)
{
  ThawOnnx__Attribute *attribute = add_attribute (node, name, THAW_ONNX_A_STRING);

  attribute->has_s = TRUE;
  attribute->s.len = strlen (value);
  attribute->s.data = g_memdup2 (value, attribute->s.len);
}

void
thaw_onnx_set_ints (ThawOnnx__Node *node, const char *name, const gint64 *values, gsize n)
{
  ThawOnnx__Attribute *attribute = add_attribute (node, name, THAW_ONNX_A_INTS);

  attribute->n_ints = n;
  attribute->ints = g_memdup2 (values, n * sizeof *values);
}

const char *
thaw_onnx_add_tensor (ThawOnnxBuilder *self, const char *name, const ThawTensor *tensor)
{
  ThawOnnx__Tensor *proto = g_new (ThawOnnx__Tensor, 1);

  g_assert (tensor->dtype == THAW_DTYPE_F32 || tensor->dtype == THAW_DTYPE_I64);
  thaw_onnx__tensor__init (proto);
  proto->name = name ? g_strdup (name) : g_strdup_printf ("constant_%u", self->serial++);
  proto->has_data_type = TRUE;
  proto->data_type = tensor->dtype == THAW_DTYPE_F32 ? THAW_ONNX_FLOAT : THAW_ONNX_INT64;
  proto->n_dims = tensor->shape.rank;
  proto->dims = g_memdup2 (tensor->shape.dim, tensor->shape.rank * sizeof (gint64));
  proto->has_raw_data = TRUE;
  proto->raw_data.len = tensor->bytes;
  proto->raw_data.data = g_memdup2 (tensor->data, tensor->bytes);
  g_ptr_array_add (self->initializers, proto);
  return proto->name;
}

static const char *
add_constant (ThawOnnxBuilder *self, ThawDtype dtype, const ThawShape *shape, const void *data)
{
  g_autoptr (ThawTensor) tensor = thaw_tensor_new (dtype, shape);

  memcpy (tensor->data, data, tensor->bytes);
  return thaw_onnx_add_tensor (self, NULL, tensor);
}

const char *
thaw_onnx_add_ints (ThawOnnxBuilder *self, const gint64 *values, gsize n)
{
  return add_constant (self, THAW_DTYPE_I64, &THAW_SHAPE (n), values);
}

const char *
thaw_onnx_add_int (ThawOnnxBuilder *self, gint64 value)
{
  return add_constant (self, THAW_DTYPE_I64, &(ThawShape){ 0 }, &value);
}

const char *
thaw_onnx_add_float (ThawOnnxBuilder *self, double value)
{
  return add_constant (self, THAW_DTYPE_F32, &(ThawShape){ 0 }, &(float){ (float) value });
}

static ThawOnnx__Dimension *
dimension_new (gint64 value, const char *name)
{
  ThawOnnx__Dimension *dimension = g_new (ThawOnnx__Dimension, 1);

  thaw_onnx__dimension__init (dimension);
  if (value < 0 && name)
    dimension->dim_param = g_strdup (name);
  else if (value >= 0)
    {
      dimension->has_dim_value = TRUE;
      dimension->dim_value = value;
    }
  return dimension;
}

static ThawOnnx__Shape *
shape_new (const gint64 *dims, gsize n, const char *first)
{
  ThawOnnx__Shape *shape = g_new (ThawOnnx__Shape, 1);

  thaw_onnx__shape__init (shape);
  shape->n_dim = n;
  shape->dim = g_new0 (ThawOnnx__Dimension *, n + 1);
  for (gsize i = 0; i < n; i++)
    shape->dim[i] = dimension_new (dims[i], i == 0 ? first : NULL);
  return shape;
}

ThawOnnx__Value *
thaw_onnx_value_new (const char *name, int type, const gint64 *dims, gsize n, const char *first)
{
  ThawOnnx__Value *value = g_new (ThawOnnx__Value, 1);

  thaw_onnx__value__init (value);
  value->name = g_strdup (name);
  value->type = g_new (ThawOnnx__Type, 1);
  thaw_onnx__type__init (value->type);
  value->type->tensor_type = g_new (ThawOnnx__TensorType, 1);
  thaw_onnx__tensor_type__init (value->type->tensor_type);
  value->type->tensor_type->has_elem_type = TRUE;
  value->type->tensor_type->elem_type = type;
  value->type->tensor_type->shape = shape_new (dims, n, first);
  return value;
}

static gpointer
take_all (GPtrArray *array, size_t *n)
{
  g_ptr_array_set_free_func (array, NULL);
  *n = array->len;
  return g_ptr_array_free (array, FALSE);
}

void
thaw_onnx_builder_finish (ThawOnnxBuilder *self, ThawOnnx__Graph *graph)
{
  graph->node = take_all (g_steal_pointer (&self->nodes), &graph->n_node);
  graph->initializer = take_all (g_steal_pointer (&self->initializers), &graph->n_initializer);
  graph->value_info = take_all (g_steal_pointer (&self->infos), &graph->n_value_info);
}
