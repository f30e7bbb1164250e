/* Errors without a handle. */
#include "error.h"

/* The caller's error is the problem's first member, so that it can be freed by its address. */
int mc__hand_out(mc_failure **error, mc__problem *problem, int code)
{
    mc__problem *result = error && code < 0 ? mc__calloc(1, sizeof(*result)) : NULL;

    if (result) {
        mc__fail(result, code, "%s", problem->shown.message ? problem->shown.message : "");
        result->shown.sqlstate = mc__arena_strdup(&result->arena, problem->shown.sqlstate);
    }
    if (error)
        *error = result ? &result->shown : NULL;
    mc__problem_release(problem);
    return code;
}

void mc_failure_free(mc_failure *error)
{
    if (!error)
        return;
    mc__problem_release((mc__problem *)error);
    mc__free(error);
}
