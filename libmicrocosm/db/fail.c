/* What PostgreSQL says went wrong, as an error of the library. */
#include "db.h"

static int code_of_sqlstate(const char *state)
{
    static const struct {
        const char *prefix;
        int code;
    } table[] = {
        {"08", MC_EUNAVAILABLE}, {"57P", MC_EUNAVAILABLE}, {"53300", MC_EBUSY},
        {"57014", MC_EBUSY},     {"55P03", MC_EBUSY},      {"40", MC_EBUSY},
        {"23505", MC_ECONFLICT}, {"23", MC_EINVAL},        {"22", MC_EINVAL},
        {"3F000", MC_ESCHEMA},   {"42P01", MC_ESCHEMA},    {"42703", MC_ESCHEMA},
        {"42883", MC_ESCHEMA},   {"53200", MC_ENOMEM},     {"25006", MC_EUNAVAILABLE},
    };

    for (size_t i = 0; i < MC_COUNT(table); i++)
        if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].code;
    return MC_EDATABASE;
}

/* PostgreSQL's own text may quote people's data, so only the SQLSTATE goes to the caller. */
int mc__db_fail(mc__problem *problem, const PGconn *pg, const PGresult *rows)
{
    const char *state = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;
    int code;

    if (PQstatus(pg) != CONNECTION_OK || !rows)
        code = MC_EUNAVAILABLE;
    else /* without a state it was libpq that failed, and what the server did is not known */
        code = state ? code_of_sqlstate(state) : MC_EUNAVAILABLE;
    mc__fail(problem, code, "%s", mc_error_find(code)->text);
    if (state)
        problem->shown.sqlstate = mc__arena_strdup(&problem->arena, state);
    return code;
}
