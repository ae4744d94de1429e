/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-options.h>

struct _ThawOptions
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawOptions, thaw_options, G_TYPE_OBJECT)

static void
thaw_options_class_init (ThawOptionsClass *klass)
{
}

static void
thaw_options_init (ThawOptions *self)
{
}

ThawOptions *
thaw_options_new (void)
{
  return g_object_new (THAW_TYPE_OPTIONS, NULL);
}

ThawTrainOptions *
thaw_options_to_train (ThawOptions *self, const ThawPhase *freezing)
{
  return NULL;
}

char *
thaw_options_to_json (ThawOptions *self)
{
  return NULL;
}

gboolean
thaw_options_from_json (ThawOptions *self, const char *json, GError **error)
{
  return 0;
}

void
thaw_options_reset (ThawOptions *self)
{
}
