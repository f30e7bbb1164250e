/*
 * Statements through a function of the host's. What it fills in becomes a PGresult, so that
 * whatever reads rows needn't know where they come from.
 */
#include "host.h"

#include <limits.h>

#define COLUMNS_MAX 1600 /* of PostgreSQL */

struct mc_result {
    mc__problem *problem;
    PGresult *rows; /* NULL: no columns yet */
    size_t columns;
    int failed; /* the first error, which stays */
};

static int misused(mc_result *result, const char *what)
{
    if (!result->failed)
        result->failed =
            mc__fail(result->problem, MC_ESYSTEM, "the host's function that runs SQL %s", what);
    return result->failed;
}

static int no_memory(mc_result *result)
{
    result->failed = mc__fail(result->problem, MC_ENOMEM, "%s", mc_error_find(MC_ENOMEM)->text);
    return result->failed;
}

static bool is_text(const char *text)
{
    size_t length = strlen(text);

    return length <= INT_MAX && mc__utf8_valid(text, length);
}

int mc_result_columns(mc_result *result, const char *const *names, size_t count)
{
    mc_scratch_arena(arena);
    PGresAttDesc *columns;

    if (!result || result->failed)
        return result ? result->failed : MC_EINVAL;
    if (result->rows || (!names && count > 0) || count > COLUMNS_MAX)
        return misused(result, "gave columns twice, no names or too many");
    columns = mc__arena_alloc(&arena, (count + 1) * sizeof(*columns));
    if (!columns)
        return no_memory(result);
    for (size_t i = 0; i < count; i++) {
        if (!names[i] || !is_text(names[i]))
            return misused(result, "gave a column without a name");
        columns[i].name = (char *)names[i]; /* copied by libpq */
    }
    result->columns = count;
    result->rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    if (!result->rows || (count > 0 && !PQsetResultAttrs(result->rows, (int)count, columns)))
        return no_memory(result);
    return 0;
}

int mc_result_row(mc_result *result, const char *const *values, size_t count)
{
    int row;

    if (!result || result->failed)
        return result ? result->failed : MC_EINVAL;
    if (!result->rows || (!values && count > 0) || count != result->columns)
        return misused(result, "gave a row that doesn't fit its columns");
    row = PQntuples(result->rows);
    for (size_t i = 0; i < count; i++) {
        if (values[i] && !is_text(values[i]))
            return misused(result, "gave a value that is no text in UTF-8");
        if (!PQsetvalue(result->rows, row, (int)i, (char *)values[i],
                        values[i] ? (int)strlen(values[i]) : -1))
            return no_memory(result);
    }
    return 0;
}

static bool is_sqlstate(const char *state)
{
    return strlen(state) == 5 && strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5;
}

int mc_result_fail(mc_result *result, const char *sqlstate, const char *message)
{
    if (!result || result->failed)
        return result ? result->failed : MC_EINVAL;
    if (sqlstate && !is_sqlstate(sqlstate))
        return misused(result, "failed with what is no SQLSTATE");
    result->failed = sqlstate ? mc__db_fail_state(result->problem, sqlstate)
                              : mc__fail(result->problem, MC_EUNAVAILABLE, "%s%s%s",
                                         mc_error_find(MC_EUNAVAILABLE)->text, message ? ": " : "",
                                         message && is_text(message) ? message : "");
    return result->failed;
}

/* What it may return without mc_result_fail(). */
static int judge(mc_result *result, int rc)
{
    switch (rc) {
    case 0:
        return 0;
    case MC_EUNAVAILABLE:
    case MC_EBUSY:
    case MC_ENOMEM:
    case MC_ESTATE:
    case MC_ESYSTEM:
        result->failed = mc__fail(result->problem, rc, "%s", mc_error_find(rc)->text);
        return rc;
    default:
        return misused(result, "returned what is no error of its own");
    }
}

int mc__executor_run(PGresult **out, mc__host *host, mc__problem *problem, const char *sql,
                     const char *const *params, size_t count)
{
    mc_result result = {.problem = problem};
    int rc;

    host->is_executing = true;
    rc = host->executor.execute(host->executor.data, sql, params, count, &result);
    host->is_executing = false;
    if (!result.failed)
        judge(&result, rc);
    if (!result.failed && !result.rows) {
        result.rows = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);
        if (!result.rows)
            no_memory(&result);
    }
    if (result.failed) {
        PQclear(result.rows);
        return result.failed;
    }
    *out = result.rows;
    return 0;
}
