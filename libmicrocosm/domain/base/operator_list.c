#include "operator_list.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100

int mc__operator_list_begin(const void *out, mc_session *session, int64_t after, int64_t *limit)
{
    int rc = mc__call_start(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc < 0)
        return rc;
    if (*limit < 0 || *limit > LIMIT_MAX)
        rc = mc__fault(&session->problem, "limit", "must be 1 to %d", LIMIT_MAX);
    if (after < 0)
        rc = mc__fault(&session->problem, "after", "must be an id, or 0");
    if (*limit == 0)
        *limit = LIMIT_DEFAULT;
    return rc;
}

int mc__operator_list_read(mc_session *session, mc__arena *arena, mc_list *out, bool *more,
                           const mc_type *type, const PGresult *rows, int64_t limit)
{
    if (mc__records_decode(out, arena, type, rows) < 0)
        return mc__out_of_memory(session);
    *more = out->count > (size_t)limit;
    if (*more)
        out->count = (size_t)limit;
    return 0;
}
