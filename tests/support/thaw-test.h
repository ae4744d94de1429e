/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-tensor.h>

/* Whether AddressSanitizer looks at every access: kernels take ten times as long then, and what was freed is kept for a while */
#ifdef __SANITIZE_ADDRESS__
#define THAW_TEST_SANITIZED TRUE
#else
#define THAW_TEST_SANITIZED FALSE
#endif

/* The reference material beside the checkout ("../shared/golden/forward.json"), or NULL when it is not there: then the test calls
 * g_test_skip() (transfer full) */
char       *thaw_test_shared      (const char *relative);
/* A small file of tests/ ("golden/resample.json") (transfer full) */
char       *thaw_test_file        (const char *relative);
/* A file of ../shared parsed; NULL after g_test_skip() (transfer full) */
JsonParser *thaw_test_json        (const char *relative);

/* The formula of ../shared/golden/make_goldens.py: value i of NAME in [-1, 1), exact in float */
void        thaw_test_formula     (const char *name, gsize n, double *values);
/* A parameter by that formula, as its rules for shapes and names say, rounded to float */
ThawTensor *thaw_test_parameter   (const char *name, const ThawShape *shape, double gain);
/* The formula's pictures, [n, h, w, 3] (the formula counts in NCHW order) */
ThawTensor *thaw_test_pictures    (gint64 n, gint64 h, gint64 w);

/* Runs the main loop while @object, a GObject with a property "busy", is that */
void        thaw_test_until_idle  (gpointer object);

/* Two data sets that share nothing and hold the same */
void        thaw_test_same_dataset (const ThawDataset *a, const ThawDataset *b);

/* norm (a - b) / norm (b) */
double      thaw_test_relative    (const float *a, const double *b, gsize n);
double      thaw_test_relative_f64 (const double *a, const double *b, gsize n);
/* a new empty folder, removed at exit (transfer full) */
char       *thaw_test_directory   (void);

/* For programs that are run on several instruction sets (tests/meson.build): TRUE where this machine does not run the one
 * that THAW_ISA names, having said so as a test that is skipped; main() then returns 0 */
gboolean    thaw_test_skips_isa   (void);
