/* Errors that outlive no handle. */
#include "error.h"

/* The error handed out is the first member, so that it can be freed by its address. */
int mc__hand_out(mc_error **error, mc__problem *problem, int code)
{
    mc__problem *kept = error ? mc__calloc(1, sizeof(*kept)) : NULL;

    if (kept) {
        mc__fail(kept, code, "%s", problem->shown.message ? problem->shown.message : "");
        kept->shown.sqlstate = mc__arena_strdup(&kept->arena, problem->shown.sqlstate);
        *error = &kept->shown;
    }
    mc__problem_release(problem);
    return code;
}

void mc_error_free(mc_error *error)
{
    if (!error)
        return;
    mc__problem_release((mc__problem *)error);
    mc__free(error);
}
