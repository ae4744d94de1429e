/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op.h>

#define MAX_CASE_INPUTS 6

typedef enum
{
  INPUT_NONE,      /* ends the list */
  INPUT_ABSENT,    /* optional and not there */
  INPUT_BATCHED,   /* numbers of both signs */
  INPUT_PARAMETER, /* the same, not batched */
  INPUT_POSITIVE,  /* not batched, between 1/2 and 3/2: variances */
  INPUT_BATCHED_POSITIVE, /* the same of each picture */
} InputKind;

typedef struct
{
  InputKind kind;
  ThawShape shape; /* with the leading 1 of a batched value */
} CaseInput;

/* One operation on small values: op-checks.h says what is done with each row. */
typedef struct
{
  const char  *name;
  ThawOp       op;
  ThawOpParams params;
  double       spread;    /* of input 0: between -spread and spread (0 means 1) */
  double tolerance; /* of the engine and the float twin against the double twin, norm over norm (0
                       means 1e-6) */
  gboolean     forward_only;     /* a fused activation without a derivative from its output */
  gboolean     batch_statistics; /* a picture's values do depend on its neighbours */
  CaseInput    inputs[MAX_CASE_INPUTS];
} OpCase;

#define DIMS(...)                                                                                  \
  {                                                                                                \
    .rank = sizeof ((gint64[]){ __VA_ARGS__ }) / sizeof (gint64), .dim = { __VA_ARGS__ }           \
  }
/* a value of each picture: its dimensions behind the batch axis */
#define BATCHED(...) { INPUT_BATCHED, DIMS (1, __VA_ARGS__) }
#define PARAMETER(...) { INPUT_PARAMETER, DIMS (__VA_ARGS__) }
#define POSITIVE(...) { INPUT_POSITIVE, DIMS (__VA_ARGS__) }
#define BATCHED_POSITIVE(...) { INPUT_BATCHED_POSITIVE, DIMS (1, __VA_ARGS__) }
#define ABSENT { INPUT_ABSENT }

extern const OpCase op_cases[];
extern const guint n_op_cases;
