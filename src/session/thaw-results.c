/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-results.h>

struct _ThawMistake
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawMistake, thaw_mistake, G_TYPE_OBJECT)

static void
thaw_mistake_class_init (ThawMistakeClass *klass)
{
}

static void
thaw_mistake_init (ThawMistake *self)
{
}

struct _ThawResults
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawResults, thaw_results, G_TYPE_OBJECT)

static void
thaw_results_class_init (ThawResultsClass *klass)
{
}

static void
thaw_results_init (ThawResults *self)
{
}

ThawPicture *
thaw_mistake_get_picture (ThawMistake *self)
{
  return NULL;
}

int
thaw_mistake_get_label (ThawMistake *self)
{
  return 0;
}

int
thaw_mistake_get_prediction (ThawMistake *self)
{
  return 0;
}

const float *
thaw_mistake_get_probabilities (ThawMistake *self)
{
  return NULL;
}

ThawResults *
thaw_results_new (ThawSession *session)
{
  return g_object_new (THAW_TYPE_RESULTS, NULL);
}

const ThawEvaluation *
thaw_results_get_evaluation (ThawResults *self)
{
  return NULL;
}

GListModel *
thaw_results_list (ThawResults *self, int label, int prediction)
{
  return NULL;
}

void
thaw_results_predict_async (ThawResults *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
}

float *
thaw_results_predict_finish (ThawResults *self, GAsyncResult *result, GError **error)
{
  return NULL;
}
