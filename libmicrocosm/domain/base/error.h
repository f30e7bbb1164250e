/* Errors that outlive no handle: what mc_app_new() and its like hand out. */
#ifndef MC_BASE_ERROR_H
#define MC_BASE_ERROR_H

#include "core/core.h"

#include <microcosm.h>

/* Hands out an error that the caller frees, unless error is NULL, and ends the problem. Returns
 * code. */
int mc__hand_out(mc_error **error, mc__problem *problem, int code);

#endif
