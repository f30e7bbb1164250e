/* Errors without a handle, for functions such as mc_app_new() that return an mc_failure. */
#ifndef MC_BASE_ERROR_H
#define MC_BASE_ERROR_H

#include "core/core.h"

#include <microcosm.h>

/* Sets *error, which the caller frees, unless error is NULL, and releases the problem. Returns
 * code.
 */
int mc__hand_out(mc_failure **error, mc__problem *problem, int code);

#endif
