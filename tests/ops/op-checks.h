/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "op-trial.h"

/* What holds for every operation. Failures are reported with g_test_fail_printf(). */
typedef void (*OpCheck) (const CaseNode *row);

/* the double twin's backward is the derivative of its forward (central differences) */
void op_check_gradient (const CaseNode *row);
/* engine and float twin, forward and backward, agree with the double twin */
void op_check_twins    (const CaseNode *row);
/* gradients one by one equal those computed together; empty batches; a picture's values do not
 * depend on its neighbours; nothing is read that needs() did not ask for, or written beyond an end
 * (op-trial.c) */
void op_check_contract (const CaseNode *row);
