/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue's figures are torchvision's; the networks of the zoo must have them. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-catalogue.h>
#include <thaw/thaw-graph.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"

static gint64
count_parameters (const ThawGraph *graph)
{
  gint64 n = 0;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (node->op == THAW_OP_PARAMETER && !g_str_has_suffix (node->name, ".running_mean") && !g_str_has_suffix (node->name, ".running_var"))
        n += thaw_shape_count (&node->shape);
    }
  return n;
}

static void
check_network (const ThawCatalogueEntry *entry)
{
  const ThawFamily *family = thaw_zoo_find (entry->architecture);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawGraph) graph = NULL;
  ThawPreprocessing preprocessing;
  ThawNode *features;
  double work;

  g_assert_nonnull (family);
  graph = thaw_zoo_graph (entry->architecture, 0, 1000, &features, &preprocessing, &error);
  g_assert_no_error (error);
  /* torchvision counts Inception's second classifier, which only its own training uses; positions and windows depend on the size */
  if (preprocessing.width != entry->preprocessing.width || g_str_equal (entry->architecture, "inception_v3"))
    return;
  work = thaw_graph_multiply_adds (graph);
  g_test_message ("%s: %" G_GINT64_FORMAT " parameters, %g multiply-adds, in the catalogue %g", entry->name, count_parameters (graph), work,
                  entry->multiply_adds);
  g_assert_cmpint (count_parameters (graph), ==, entry->parameters);
  g_assert_cmpfloat (fabs (work / entry->multiply_adds - 1), <, .02);
}

static void
test_networks (void)
{
  const GPtrArray *list = thaw_catalogue_list ();

  g_assert_cmpint (list->len, >=, 117);
  for (guint i = 0; i < list->len; i++)
    check_network (g_ptr_array_index (list, i));
}

static void
test_find (void)
{
  const ThawCatalogueEntry *entry = thaw_catalogue_find ("resnet50");

  g_assert_cmpstr (entry->name, ==, "resnet50-11ad3fa6");
  g_assert_true (thaw_catalogue_find (entry->name) == entry);
  g_assert_null (thaw_catalogue_find ("resnet51"));
  g_assert_true (thaw_catalogue_of_file ("resnet50", "resnet50-11ad3fa6 (1).pth") == entry);
  g_assert_null (thaw_catalogue_of_file ("resnet18", "resnet50-11ad3fa6.pth"));
  g_assert_null (thaw_catalogue_of_file ("resnet50", "resnet50.pth"));
  g_assert_true (thaw_catalogue_matches (entry, NULL));
  g_assert_true (thaw_catalogue_matches (entry, " RESNET  bsd "));
  g_assert_false (thaw_catalogue_matches (entry, "resnet vit"));
}

/* A file of that name is prepared for as the catalogue says, and has its licence. */
static void
test_published (void)
{
  const char *const names[] = { "mobilenet_v2-b0353104.pth", "mobilenet_v2-7ebf99e0.pth", "other.pth" };
  const int resize[] = { 256, 232, 256 };
  const double top1[] = { 71.878, 72.154, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (ThawModel) model = thaw_zoo_create ("mobilenet_v2", 10, 0, NULL), published = thaw_zoo_published (model, names[i]);

      g_assert_cmpint (published->preprocessing.resize, ==, resize[i]);
      g_assert_true (published->top1 == top1[i]);
      g_assert_cmpstr (published->licence, ==, i < 2 ? "BSD-3-Clause" : NULL);
      g_assert_cmpstr (published->title, ==, i == 0 ? "MobileNetV2, V1" : i == 1 ? "MobileNetV2, V2" : "MobileNetV2");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("THAW_CATALOGUE");
  g_test_add_func ("/zoo/catalogue/networks", test_networks);
  g_test_add_func ("/zoo/catalogue/find", test_find);
  g_test_add_func ("/zoo/catalogue/published", test_published);
  return g_test_run ();
}
