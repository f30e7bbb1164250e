/*
 * The host's own connection: a PGconn, or a function that runs statements. Inside a transaction of
 * the host's each batch is behind a savepoint, so that a failure undoes only itself; outside of one
 * it is a transaction. Settings and savepoints are taken back, and nothing is prepared.
 */
#include "host.h"

#include "pool.h"

#include <inttypes.h>

static bool is_failed(const PGresult *rows)
{
    ExecStatusType status = PQresultStatus(rows);

    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

static int run_on_pg(PGresult **out, PGconn *pg, mc__problem *problem, const char *sql,
                     const char *const *params, size_t count)
{
    PGresult *rows =
        count ? PQexecParams(pg, sql, (int)count, NULL, params, NULL, NULL, 0) : PQexec(pg, sql);

    if (is_failed(rows)) {
        int rc = mc__db_fail(problem, pg, rows);

        PQclear(rows);
        return rc;
    }
    *out = rows;
    return 0;
}

static int run(PGresult **out, mc__db *db, const char *sql, const char *const *params, size_t count)
{
    if (db->host.pg)
        return run_on_pg(out, db->host.pg, db->problem, sql, params, count);
    return mc__executor_run(out, &db->host, db->problem, sql, params, count);
}

static int run_plain(mc__db *db, const char *sql)
{
    mc_auto(PQclear) PGresult *rows = NULL;

    return run(&rows, db, sql, NULL, 0);
}

/* Its own failure isn't reported: the session keeps the error that made it necessary. */
static void undo(mc__db *db, const char *sql)
{
    mc__problem *told = db->problem, untold = {0};

    db->problem = &untold;
    run_plain(db, sql);
    db->problem = told;
    mc__problem_release(&untold);
}

static int state_of_pg(mc__db *db, bool *inside)
{
    PGTransactionStatusType status = PQtransactionStatus(db->host.pg);

    *inside = status == PQTRANS_INTRANS;
    if (status == PQTRANS_IDLE || *inside)
        return 0;
    return status == PQTRANS_UNKNOWN ? MC_EUNAVAILABLE : MC_ESTATE;
}

static int state_of_executor(mc__db *db, bool *inside)
{
    const mc_executor *executor = &db->host.executor;
    int state = 1;

    if (executor->in_transaction) {
        db->host.is_executing = true;
        state = executor->in_transaction(executor->data);
        db->host.is_executing = false;
    }
    *inside = state > 0;
    if (state >= 0)
        return 0;
    return state == MC_EUNAVAILABLE ? state : MC_ESTATE;
}

static int state(mc__db *db, bool *inside)
{
    return db->host.pg ? state_of_pg(db, inside) : state_of_executor(db, inside);
}

/* Whether the host is in a transaction, which must be one that can go on. */
static int find_transaction(mc__db *db, bool *inside)
{
    int rc = state(db, inside);

    if (rc == 0)
        return 0;
    return mc__fail(db->problem, rc,
                    "the host's connection is not ready, or its transaction has failed");
}

/* A host's function doesn't say, so there it is set in any case. */
static bool dates_are_iso(const mc__db *db)
{
    const char *style = db->host.pg ? PQparameterStatus(db->host.pg, "DateStyle") : NULL;

    return style && strncmp(style, "ISO", 3) == 0;
}

static int enter(mc__db *db, bool inside, bool settles)
{
    mc_scratch_text(sql);

    mc__text_puts(&sql, inside ? "SAVEPOINT microcosm;" : "BEGIN;");
    if (settles)
        mc__text_puts(&sql, MC_SETTLE ";");
    if (db->site_id != MC_NO_SITE)
        mc__text_format(&sql, "SELECT set_config('microcosm.site_id', '%" PRId64 "', true);",
                        db->site_id);
    if (!dates_are_iso(db))
        mc__text_puts(
            &sql, "SELECT set_config('microcosm.datestyle', current_setting('datestyle'), true),"
                  " set_config('datestyle', 'ISO', true);");
    if (sql.error)
        return mc__fail(db->problem, MC_ENOMEM, "out of memory");
    return run_plain(db, mc__text_string(&sql));
}

/*
 * The last statements of a batch inside the host's transaction. The library isn't told when that
 * commits, so a write also queues the NOTIFY for other processes here, and the transaction's id is
 * remembered until the feed shows that it has ended.
 */
static int end_in_host(mc__db *db, const char *sql, mc__access access)
{
    mc_auto(PQclear) PGresult *rows = NULL;
    int rc = run(&rows, db, sql, NULL, 0);

    if (rc < 0 || access != MC_WRITE)
        return rc;
    if (PQntuples(rows) != 1)
        return mc__fail(db->problem, MC_ESYSTEM,
                        "the host's function that runs SQL gave no row of the last statement");
    mc__pool_wrote(db->pool, MC_LEFT_TO_HOST, strtoull(PQgetvalue(rows, 0, 0), NULL, 10));
    return 0;
}

/* Settings made after a savepoint outlive its release, so they are reset explicitly. */
static int leave(mc__db *db, bool inside, mc__access access)
{
    mc_scratch_text(sql);

    if (!inside)
        return run_plain(db, "COMMIT");
    mc__text_puts(
        &sql,
        "SELECT set_config('microcosm.site_id', '', true),"
        " set_config('datestyle', coalesce(nullif(current_setting('microcosm.datestyle', true), "
        "''),"
        " current_setting('datestyle')), true), set_config('microcosm.datestyle', '', true);"
        "RELEASE SAVEPOINT microcosm");
    if (access == MC_WRITE)
        mc__text_puts(&sql, ";SELECT pg_current_xact_id(), pg_notify('microcosm', '')");
    return sql.error ? mc__fail(db->problem, MC_ENOMEM, "out of memory")
                     : end_in_host(db, mc__text_string(&sql), access);
}

/* Rows are read by their number, or by their names into records. */
static int check_columns(mc__db *db, const mc__query_info *info, const PGresult *rows)
{
    int given = PQnfields(rows);

    if (info->n_columns ? given == info->n_columns : !info->record || given > 0)
        return 0;
    return mc__fail(db->problem, MC_ESYSTEM,
                    "the host's function that runs SQL gave %d columns for %s", given, info->name);
}

static int run_calls(mc__db *db, mc__batch *batch)
{
    int rc = 0;

    for (size_t i = 0; i < batch->count && rc == 0; i++) {
        mc__call *call = &batch->calls[i];
        const mc__query_info *info = &mc__queries[call->query];

        rc = run(&call->result, db, info->text, call->params, info->n_params);
        if (rc == 0)
            rc = check_columns(db, info, call->result);
    }
    return rc;
}

/* Whether the failure is PostgreSQL's. If it isn't, a SAVEPOINT that failed was never made, and
 * going back to it would make the host's transaction fail. */
static bool is_of_server(const mc__db *db)
{
    return *db->problem->shown.sqlstate != '\0';
}

int mc__host_run(mc__db *db, mc__batch *batch, mc__access access)
{
    bool inside;
    int rc = find_transaction(db, &inside);

    if (rc < 0)
        return rc;
    rc = enter(db, inside, inside && !mc__batch_is_unsettled(batch));
    if (rc < 0 && inside && !is_of_server(db))
        return rc;
    if (rc == 0)
        rc = run_calls(db, batch);
    if (rc == 0)
        rc = leave(db, inside, access);
    if (rc < 0)
        undo(db,
             inside ? "ROLLBACK TO SAVEPOINT microcosm; RELEASE SAVEPOINT microcosm" : "ROLLBACK");
    if (access == MC_WRITE && !inside && (rc == 0 || rc == MC_EUNAVAILABLE))
        mc__pool_wrote(db->pool, rc == 0 ? MC_WRITTEN_BY_HOST : MC_UNSURE, 0);
    return rc;
}

#define UNDO_SESSION "ROLLBACK TO SAVEPOINT microcosm_session; RELEASE SAVEPOINT microcosm_session"

static const char *undoing(const mc__db *db)
{
    return db->host_savepoint ? UNDO_SESSION : "ROLLBACK";
}

int mc__host_begin(mc__db *db)
{
    int rc = find_transaction(db, &db->host_savepoint);

    if (rc < 0)
        return rc;
    rc = run_plain(db, db->host_savepoint ? "SAVEPOINT microcosm_session" : "BEGIN");
    if (rc < 0 && (!db->host_savepoint || is_of_server(db)))
        undo(db, undoing(db));
    return rc;
}

/* A host's function has no command tag to tell a COMMIT that was a ROLLBACK by, so it is asked for
 * the state before. */
static int commit_plain(mc__db *db)
{
    mc_auto(PQclear) PGresult *rows = NULL;
    bool inside;
    int rc = db->host.pg ? 0 : find_transaction(db, &inside);

    if (rc == MC_ESTATE)
        return mc__db_fail_commit(db->problem);
    if (rc == 0)
        rc = run(&rows, db, "COMMIT", NULL, 0);
    return rc < 0 ? rc : mc__db_check_commit(db->problem, rows);
}

int mc__host_commit(mc__db *db)
{
    bool inside;
    int rc = db->host_savepoint ? run_plain(db, "RELEASE SAVEPOINT microcosm_session")
                                : commit_plain(db);

    /* most failures have ended it */
    if (rc < 0 && (state(db, &inside) == MC_ESTATE || inside))
        undo(db, undoing(db));
    return rc;
}

int mc__host_rollback(mc__db *db)
{
    return run_plain(db, undoing(db));
}
