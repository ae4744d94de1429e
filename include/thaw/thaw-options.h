/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

#define THAW_TYPE_OPTIONS (thaw_options_get_type ())
G_DECLARE_FINAL_TYPE (ThawOptions, thaw_options, THAW, OPTIONS, GObject)

/**
 * ThawOptions: the training page's choices, as GObject properties with ranges, nicks and blurbs (gettext()'s messages: translate them where they are shown)
 *
 * gint epochs, batch, patience, variants, second-epochs; gdouble learning-rate, warmup, weight-decay, momentum, clip, label-smoothing, head-rate (factor on
 * the head's rate), second-learning-rate; gboolean nesterov, balanced, two-phases; guint64 seed; strings optimizer ("sgd", "adam", "adamw", "rmsprop"),
 * schedule ("constant", "step", "cosine", "one-cycle"), augmentation ("none", "light", "strong"), precision ("float32", "fast": thaw-precision.h), second-from ("last", "all", "tree": what the tree
 * shows, or a layer's name), rates (factors on the rate of layer groups: "PATTERN=FACTOR", one a line). guint64 generation changes with each of them.
 *
 * learning-rate fits what trains and weight-decay the optimizer until the person sets them.
 * A value out of range is brought into it; a string that is none of the choices leaves its property alone.
 */
ThawOptions      *thaw_options_new         (void);
/**
 * thaw_options_to_train:
 * @freezing: (nullable): what the tree shows, filled by thaw_network_fill_phase(); NULL: the head
 *
 * The whole of a run's options (transfer full). In two phases the first trains the head alone, the second what second-from says; factors on rates
 * are the last phase's. threads, memory, disk and cache folder are the session's affair.
 */
ThawTrainOptions *thaw_options_to_train    (ThawOptions *self, const ThawPhase *freezing);
char             *thaw_options_to_json     (ThawOptions *self);
/* On top of everything as at first. Unknown names and types are ignored, values out of range clamped; FALSE where it is not a JSON object. */
gboolean          thaw_options_from_json   (ThawOptions *self, const char *json, GError **error);
/* Everything as at first */
void              thaw_options_reset       (ThawOptions *self);

/* The tree shows this now: rates that the person did not set follow */
void              thaw_options_follow      (ThawOptions *self, const ThawPhase *freezing);
void              thaw_options_follow_network (ThawOptions *self, ThawNetwork *network);
/* Nobody has set it */
gboolean          thaw_options_is_default  (ThawOptions *self, const char *name);
void              thaw_options_reset_one   (ThawOptions *self, const char *name);

/* What a string property may be; @title is one of gettext()'s messages */
typedef struct { const char *id, *title; } ThawChoice;

/* Ends with a NULL id; NULL where any text is allowed or @name is no string */
const ThawChoice *thaw_options_choices     (const char *name);
/* What is worth knowing of @name beside the others' values, a sentence in the person's language (transfer full) (nullable). @applies: (out): FALSE where the
 * property has no effect now, the sentence says why. */
char             *thaw_options_remark      (ThawOptions *self, const char *name, gboolean *applies);

/* A line of rates. FALSE where it is no PATTERN=FACTOR. @pattern: (out) (transfer full) */
gboolean          thaw_options_parse_rate  (const char *line, char **pattern, double *factor);

G_END_DECLS
