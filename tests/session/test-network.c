/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-network.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"

/* a network on a small backbone with random weights, and its history */
typedef struct
{
  ThawHistory *history;
  ThawNetwork *network;
} Fixture;

static void
wait_until_open (ThawNetwork *network)
{
  gboolean busy = TRUE;

  while (g_object_get (network, "busy", &busy, NULL), busy)
    g_main_context_iteration (NULL, TRUE);
}

/* The file of a model with random weights (transfer full) */
static char *
write_backbone (const char *architecture)
{
  static char *folder;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GHashTable) metadata = NULL;
  g_autofree char *base = g_strconcat (architecture, ".safetensors", NULL);
  GError *error = NULL;
  char *path;

  if (!folder)
    folder = thaw_test_directory ();
  path = g_build_filename (folder, base, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  model = thaw_zoo_create (architecture, 0, 1, &error);
  g_assert_no_error (error);
  metadata = thaw_zoo_metadata (model);
  thaw_safetensors_save (model->parameters, metadata, THAW_DTYPE_F32, path, &error);
  g_assert_no_error (error);
  return path;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *path = write_backbone ("mobilenet_v1_x0_25");

  self->history = thaw_history_new ();
  self->network = thaw_network_new (self->history);
  thaw_network_set_backbone (self->network, path);
  wait_until_open (self->network);
  g_assert_nonnull (thaw_network_get_model (self->network));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->network);
  g_assert_finalize_object (self->history);
}

static void
check_preset (ThawNetwork *network, const char *expected)
{
  g_autofree char *preset = NULL;

  g_object_get (network, "preset", &preset, NULL);
  g_assert_cmpstr (preset, ==, expected);
}

static void
test_presets (Fixture *self, gconstpointer data)
{
  check_preset (self->network, "head");
  thaw_network_set_preset (self->network, "all");
  check_preset (self->network, "all");
  thaw_network_set_preset (self->network, "last");
  check_preset (self->network, "last");
  thaw_history_undo (self->history);
  check_preset (self->network, "all");
  thaw_history_undo (self->history);
  check_preset (self->network, "head");
  thaw_history_redo (self->history);
  check_preset (self->network, "all");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/network/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("presets", test_presets);
#undef ADD
  return g_test_run ();
}
