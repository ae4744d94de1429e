/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-speed.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-cpu.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-pool.h>

/* Figures are kept as numbers in this order: image, weight, then those of each point. */
#define N_FIXED 2
#define N_POINT 4
/* Networks kept; the rest would only slow the reading. */
#define MOST_KEPT 200

static GMutex file_lock, measure_lock;

/* --- key --- */

static const char *
processor (void)
{
  static char *name;

  if (g_once_init_enter (&name))
    {
      g_autofree char *text = NULL;
      const char *at = g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL) ? strstr (text, "model name") : NULL;
      char *found = at ? g_strndup (at, strcspn (at, "\n")) : g_strdup ("unknown");

      g_once_init_leave (&name, found);
    }
  return name;
}

static void
add_node (GChecksum *sum, const ThawNode *node)
{
  g_autofree char *shape = thaw_shape_to_string (&node->shape);
  g_autofree char *text = g_strdup_printf ("%d %s\n", (int) node->op, shape);

  g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text));
}

/* The weights' values make no difference to speed, the backbone's layers do. */
char *
thaw_speed_key (const ThawModel *model, guint threads)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *machine = g_strdup_printf ("3 %s %s %u\n", processor (), thaw_isa_name (thaw_cpu_isa ()), threads);

  g_checksum_update (sum, (const guchar *) machine, (gssize) strlen (machine));
  for (guint id = 0; id <= model->features->id; id++)
    add_node (sum, thaw_graph_at (model->graph, id));
  return g_strdup (g_checksum_get_string (sum));
}

/* --- file --- */

static char *
file_name (void)
{
  return g_build_filename (g_get_user_data_dir (), "thaw", "speeds.json", NULL);
}

/* An object key -> array of numbers; an empty one where there is no file or it is none of ours (transfer full) */
static JsonNode *
read_file (void)
{
  g_autofree char *name = file_name (), *text = NULL;
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root = NULL;
  gsize length;

  if (g_file_get_contents (name, &text, &length, NULL))
    parser = thaw_json_parse (text, (gssize) length, NULL);
  root = parser ? json_parser_get_root (parser) : NULL;
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    return json_node_copy (root);
  root = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (root, json_object_new ());
  return root;
}

static double
number_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : 0;
}

static gboolean
from_array (JsonArray *array, ThawSpeed *speed)
{
  const guint n = json_array_get_length (array);

  *speed = (ThawSpeed){ 0 };
  if (n < N_FIXED + 2 * N_POINT || (n - N_FIXED) % N_POINT != 0 || n > N_FIXED + N_POINT * THAW_SPEED_POINTS)
    return FALSE;
  speed->image = number_at (array, 0);
  speed->weight = number_at (array, 1);
  speed->n_points = (n - N_FIXED) / N_POINT;
  for (guint i = 0; i < speed->n_points; i++)
    {
      const guint at = N_FIXED + N_POINT * i;

      speed->points[i] = (ThawSpeedPoint){ number_at (array, at), number_at (array, at + 1), number_at (array, at + 2),
                                           number_at (array, at + 3) };
    }
  return speed->image > 0;
}

static JsonArray *
to_array (const ThawSpeed *speed)
{
  JsonArray *array = json_array_new ();

  json_array_add_double_element (array, speed->image);
  json_array_add_double_element (array, speed->weight);
  for (guint i = 0; i < speed->n_points; i++)
    {
      json_array_add_double_element (array, speed->points[i].before_work);
      json_array_add_double_element (array, speed->points[i].forward);
      json_array_add_double_element (array, speed->points[i].after_work);
      json_array_add_double_element (array, speed->points[i].train);
    }
  return array;
}

static gboolean
load_from (JsonObject *object, const char *key, ThawSpeed *speed)
{
  JsonNode *node = json_object_get_member (object, key);

  return node && JSON_NODE_HOLDS_ARRAY (node) && from_array (json_node_get_array (node), speed);
}

gboolean
thaw_speed_load (const char *key, ThawSpeed *speed)
{
  g_autoptr (JsonNode) root = NULL;

  g_mutex_lock (&file_lock);
  root = read_file ();
  g_mutex_unlock (&file_lock);
  return load_from (json_node_get_object (root), key, speed);
}

void
thaw_speed_save (const char *key, const ThawSpeed *speed)
{
  g_autofree char *name = file_name (), *folder = g_path_get_dirname (name), *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_mutex_lock (&file_lock);
  root = read_file ();
  if (json_object_get_size (json_node_get_object (root)) >= MOST_KEPT)
    json_node_take_object (root, json_object_new ());
  json_object_set_array_member (json_node_get_object (root), key, to_array (speed));
  text = thaw_json_write (root);
  bytes = g_bytes_new (text, strlen (text));
  /* without it they are measured again next time */
  if (g_mkdir_with_parents (folder, 0700) == 0)
    thaw_file_replace (name, bytes, NULL);
  g_mutex_unlock (&file_lock);
}

/* --- use --- */

/* Between the points time follows the work; beyond them it goes on at the rate of the nearest. */
static double
interpolate (const double *work, const double *seconds, guint n, double at)
{
  guint above = 0;

  while (above < n && work[above] < at)
    above++;
  if (above == n)
    return n && work[n - 1] > 0 ? seconds[n - 1] * at / work[n - 1] : 0;
  if (above == 0)
    return work[0] > 0 ? seconds[0] * at / work[0] : seconds[0];
  if (work[above] - work[above - 1] <= 0)
    return seconds[above];
  return seconds[above - 1] + (seconds[above] - seconds[above - 1]) * (at - work[above - 1]) / (work[above] - work[above - 1]);
}

double
thaw_speed_forward (const ThawSpeed *self, double at)
{
  double work[THAW_SPEED_POINTS], seconds[THAW_SPEED_POINTS];

  for (guint i = 0; i < self->n_points; i++)
    {
      work[i] = self->points[i].before_work;
      seconds[i] = self->points[i].forward;
    }
  return interpolate (work, seconds, self->n_points, at);
}

double
thaw_speed_train (const ThawSpeed *self, double at)
{
  double work[THAW_SPEED_POINTS], seconds[THAW_SPEED_POINTS];
  const guint n = self->n_points;

  for (guint i = 0; i < n; i++)
    {
      work[i] = self->points[n - 1 - i].after_work;
      seconds[i] = self->points[n - 1 - i].train;
    }
  return interpolate (work, seconds, n, at);
}

double
thaw_speed_whole (const ThawSpeed *self)
{
  return self->n_points ? self->points[self->n_points - 1].before_work : 0;
}

/* --- prediction from others --- */

/* A laptop's, where nothing was measured: seconds a multiply-add of one thread */
#define USUAL_FORWARD 2.2e-11
#define USUAL_TRAIN 3.0e-11
#define USUAL_WEIGHT 4e-9

typedef struct
{
  double forward, train, image, weight;
  guint  n;
} Rates;

static void
add_rates (Rates *rates, const ThawSpeed *speed)
{
  const ThawSpeedPoint *first = &speed->points[0], *last = &speed->points[speed->n_points - 1];

  if (last->before_work <= 0 || first->after_work <= 0)
    return;
  rates->forward += last->forward / last->before_work;
  rates->train += first->train / first->after_work;
  rates->image += speed->image / last->before_work;
  rates->weight += speed->weight;
  rates->n++;
}

/* Whatever was measured here with as many threads or others: the list is short */
static Rates
known_rates (void)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;
  Rates rates = { 0 };
  ThawSpeed speed;

  g_mutex_lock (&file_lock);
  root = read_file ();
  g_mutex_unlock (&file_lock);
  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &key, &node))
    if (load_from (json_node_get_object (root), key, &speed))
      add_rates (&rates, &speed);
  return rates;
}

void
thaw_speed_guess (double forward_work, double train_work, guint threads, ThawSpeed *speed)
{
  Rates rates = known_rates ();
  const double n = MAX (rates.n, 1);

  if (rates.n == 0)
    rates = (Rates){ USUAL_FORWARD / threads, USUAL_TRAIN / threads, USUAL_FORWARD, USUAL_WEIGHT / threads, 0 };
  *speed = (ThawSpeed){ .image = rates.image / n * forward_work, .weight = rates.weight / n, .n_points = 2 };
  speed->points[0] = (ThawSpeedPoint){ 0, 0, train_work, rates.train / n * train_work };
  speed->points[1] = (ThawSpeedPoint){ forward_work, rates.forward / n * forward_work, 0, 0 };
}

/* --- once --- */

gboolean
thaw_speed_obtain (const ThawModel *model, ThawPool *pool, GCancellable *cancellable, ThawSpeed *speed, GError **error)
{
  g_autofree char *key = thaw_speed_key (model, thaw_pool_n_threads (pool));
  gboolean good;

  if (thaw_speed_load (key, speed))
    return TRUE;
  g_mutex_lock (&measure_lock);
  good = thaw_speed_load (key, speed);
  if (!good)
    {
      good = thaw_speed_measure (model, pool, cancellable, speed, error);
      if (good)
        thaw_speed_save (key, speed);
    }
  g_mutex_unlock (&measure_lock);
  return good;
}
