/* Errors without a handle, for functions such as mc_app_new() that return an mc_failure. */
#ifndef MC_BASE_ERROR_H
#define MC_BASE_ERROR_H

#include "core/core.h"

#include <microcosm.h>

/* The end of such a function: releases the problem and returns code. Unless error is NULL sets
 * *error, which the caller frees: NULL if code is 0, or there is no memory for it. */
int mc__hand_out(mc_failure **error, mc__problem *problem, int code);

#endif
