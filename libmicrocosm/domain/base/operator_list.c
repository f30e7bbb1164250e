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
    int64_t found = PQntuples(rows);
    size_t count = (size_t)(found < limit ? found : limit);
    const void **records = mc__list_make(arena, out, count);
    mc__columns columns;

    if (!records || mc__columns_make(&columns, &session->scratch, type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        void *record = mc__record_make(arena, type);

        if (!record || mc__record_decode(record, arena, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        records[i] = record;
    }
    *more = found > limit;
    return 0;
}
