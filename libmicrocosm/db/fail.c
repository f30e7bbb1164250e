/* Turns PostgreSQL's errors into errors of the library. */
#include "pool.h"

#define FAILED_TRANSACTION "25P02"

typedef struct meaning {
    const char *prefix; /* of the SQLSTATE */
    int code;
    const char *text; /* NULL: that of the code */
} meaning;

static const meaning meanings[] = {
    {"08", MC_EUNAVAILABLE, NULL},
    {"57P", MC_EUNAVAILABLE, NULL},
    {"53300", MC_EBUSY, NULL},
    {"53", MC_ERESOURCES, NULL},
    {"58", MC_ERESOURCES, NULL},
    {"54", MC_EINVAL, "the input is more than PostgreSQL can take"},
    {"57014", MC_EBUSY, NULL},
    {"55P03", MC_EBUSY, NULL},
    {"40", MC_EBUSY, "others were changing the same at the same time; try again"},
    /* what the library's own statements find when they look again: items.sql */
    {"MC404", MC_ENOTFOUND, NULL},
    {"MC017", MC_ECLOSED, "it has been closed"},
    {MC__JUDGED_LATE, MC_EBUSY, "others have changed it at the same time; try again"},
    {"23505", MC_ECONFLICT, NULL},
    {"23", MC_EINVAL, NULL},
    {"22", MC_EINVAL, NULL},
    {"3F000", MC_ESCHEMA, NULL},
    {"42P01", MC_ESCHEMA, NULL},
    {"42703", MC_ESCHEMA, NULL},
    {"42883", MC_ESCHEMA, NULL},
    {"25006", MC_EUNAVAILABLE, NULL},
    {"25P01", MC_ESTATE, "no transaction is open on the connection"},
    {FAILED_TRANSACTION, MC_ESTATE, "a statement of the transaction has failed; roll it back"},
    {"3B", MC_ESTATE, "the transaction was ended meanwhile"},
    {"", MC_EDATABASE, NULL},
};

static int fail(mc__problem *problem, int code, const char *text, const char *sqlstate)
{
    mc__fail(problem, code, "%s", text ? text : mc_error_find(code)->text);
    if (sqlstate)
        problem->shown.sqlstate = mc__arena_strdup(&problem->arena, sqlstate);
    return code;
}

/* The reason that libpq or PostgreSQL gives for having no connection, as one line. It names hosts,
 * accounts and databases, but no password and nothing that is stored. */
static int fail_unreachable(mc__problem *problem, const char *reason, const char *sqlstate)
{
    mc_scratch_text(line);

    for (; *reason; reason++) {
        bool is_space = strchr(" \t\r\n", *reason);

        if (!is_space)
            mc__text_append(&line, reason, 1);
        else if (line.length > 0 && line.data[line.length - 1] != ' ')
            mc__text_append(&line, " ", 1);
    }
    if (line.length > 0 && line.data[line.length - 1] == ' ')
        line.length--;
    if (line.length == 0 || line.error)
        return fail(problem, MC_EUNAVAILABLE, NULL, sqlstate);
    mc__fail(problem, MC_EUNAVAILABLE, "%s: %.*s", mc_error_find(MC_EUNAVAILABLE)->text,
             (int)line.length, line.data);
    if (sqlstate)
        problem->shown.sqlstate = mc__arena_strdup(&problem->arena, sqlstate);
    return MC_EUNAVAILABLE;
}

int mc__db_fail_state(mc__problem *problem, const char *sqlstate)
{
    const meaning *m = meanings;

    while (strncmp(sqlstate, m->prefix, strlen(m->prefix)) != 0)
        m++;
    fail(problem, m->code, m->text, sqlstate);
    if (m->code == MC_ECLOSED)
        problem->shown.reason = 17;
    return m->code;
}

/* What PostgreSQL says of a statement may quote personal data, so of that the caller gets only the
 * SQLSTATE. */
int mc__db_fail(mc__problem *problem, const PGconn *pg, const PGresult *rows)
{
    const char *state = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;

    const char *reason = rows ? PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    /* without a state it was libpq that failed, and what the server did is not known */
    if (PQstatus(pg) != CONNECTION_OK || !rows || !state)
        return fail_unreachable(problem, reason ? reason : PQerrorMessage(pg), state);
    if (mc__db_fail_state(problem, state) == MC_EUNAVAILABLE)
        return fail_unreachable(problem, reason ? reason : "", state);
    return problem->shown.code;
}

int mc__conn_fail(mc__problem *problem, const mc__conn *conn, const PGresult *rows)
{
    if (conn->is_silent)
        return mc__fail(problem, MC_EUNAVAILABLE, "%s: it has not answered for %lld ms",
                        mc_error_find(MC_EUNAVAILABLE)->text, (long long)conn->answer_ms);
    return mc__db_fail(problem, conn->pg, rows);
}

int mc__db_fail_commit(mc__problem *problem)
{
    return fail(problem, MC_EDATABASE,
                "a statement of the transaction has failed, so nothing of it was kept",
                FAILED_TRANSACTION);
}

int mc__db_check_commit(mc__problem *problem, PGresult *rows)
{
    return strcmp(PQcmdStatus(rows), "ROLLBACK") == 0 ? mc__db_fail_commit(problem) : 0;
}
