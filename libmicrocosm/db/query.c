/* Running batches of prepared statements in one trip, on the pool's connections or the host's; and
 * transactions. */
#include "pool.h"

#include <inttypes.h>

#define RETRIES 3

static bool is_failed(const PGresult *rows)
{
    ExecStatusType status = PQresultStatus(rows);

    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* Worth another try: two writers met in the wrong order. */
static bool is_collision(const PGresult *rows)
{
    const char *state = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;

    return state && (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0);
}

static bool is_prepared(const mc__conn *conn, mc__query query)
{
    return conn->prepared[query / 64] & ((uint64_t)1 << (query % 64));
}

/* What a batch is sent with. */
typedef struct trip {
    bool tells_site, prepares_site;
    uint32_t prepares; /* bit i: statement i of the batch is prepared on the way */
} trip;

#define SITE_STATEMENT "microcosm_site"
#define SITE_TEXT "SELECT set_config('microcosm.site_id', $1, false)"

static bool send_site(mc__conn *conn, int64_t site_id, bool prepare_first)
{
    char number[24], origin[24];
    const char *values[] = {number, origin};

    snprintf(number, sizeof(number), "%" PRId64, site_id);
    snprintf(origin, sizeof(origin), "%" PRId64, conn->origin);
    if (prepare_first && !PQsendPrepare(conn->pg, SITE_STATEMENT, SITE_TEXT, 0, NULL))
        return false;
    if (conn->prepare) /* its origin was set when it was made */
        return PQsendQueryPrepared(conn->pg, SITE_STATEMENT, 1, values, NULL, NULL, 0);
    return PQsendQueryParams(conn->pg,
                             "SELECT set_config('microcosm.site_id', $1, true),"
                             " set_config('microcosm.origin', $2, true)",
                             2, NULL, values, NULL, NULL, 0);
}

static bool send_call(mc__conn *conn, const mc__call *call, bool prepare_first)
{
    const mc__query_info *info = &mc__queries[call->query];

    if (!conn->prepare)
        return PQsendQueryParams(conn->pg, info->text, info->n_params, NULL, call->params, NULL,
                                 NULL, 0);
    if (prepare_first && !PQsendPrepare(conn->pg, info->name, info->text, 0, NULL))
        return false;
    return PQsendQueryPrepared(conn->pg, info->name, info->n_params, call->params, NULL, NULL, 0);
}

/* A statement may come twice. */
static uint32_t to_prepare(const mc__conn *conn, const mc__batch *batch)
{
    uint32_t bits = 0;

    for (size_t i = 0; conn->prepare && i < batch->count; i++) {
        bool known = is_prepared(conn, batch->calls[i].query);

        for (size_t j = 0; j < i && !known; j++)
            known = batch->calls[j].query == batch->calls[i].query;
        if (!known)
            bits |= (uint32_t)1 << i;
    }
    return bits;
}

static trip plan_trip(const mc__conn *conn, const mc__batch *batch, int64_t site_id)
{
    trip t = {.prepares = to_prepare(conn, batch)};

    /* Without kept settings the site is told in each transaction, where it also ends. */
    t.tells_site = site_id != MC_NO_SITE && (!conn->prepare || conn->site_id != site_id);
    t.prepares_site = t.tells_site && conn->prepare && !conn->site_prepared;
    return t;
}

static bool send_all(mc__conn *conn, const mc__batch *batch, const trip *t, int64_t site_id)
{
    if (!PQenterPipelineMode(conn->pg))
        return false;
    if (t->tells_site && !send_site(conn, site_id, t->prepares_site))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (!send_call(conn, &batch->calls[i], t->prepares & ((uint32_t)1 << i)))
            return false;
    return PQpipelineSync(conn->pg) == 1;
}

/* The result of one statement, and the NULL behind it. */
static PGresult *next_result(PGconn *pg)
{
    PGresult *rows = PQgetResult(pg), *more;

    if (!rows)
        return NULL;
    while ((more = PQgetResult(pg)))
        PQclear(more);
    return rows;
}

/* Keeps the first failure; what follows in an aborted pipeline tells nothing. */
static void note_failure(PGresult **failure, PGresult *rows)
{
    if (!*failure && rows && PQresultStatus(rows) == PGRES_FATAL_ERROR)
        *failure = rows;
    else
        PQclear(rows);
}

/* A result that tells only whether it worked. */
static bool receive_word(mc__conn *conn, PGresult **failure)
{
    PGresult *rows = next_result(conn->pg);

    if (is_failed(rows)) {
        note_failure(failure, rows);
        return false;
    }
    PQclear(rows);
    return true;
}

static void receive_all(mc__conn *conn, mc__batch *batch, const trip *t, PGresult **failure)
{
    if (t->prepares_site && receive_word(conn, failure))
        conn->site_prepared = true;
    if (t->tells_site)
        receive_word(conn, failure);
    for (size_t i = 0; i < batch->count; i++) {
        mc__query query = batch->calls[i].query;
        PGresult *rows;

        if (t->prepares & ((uint32_t)1 << i) && receive_word(conn, failure))
            conn->prepared[query / 64] |= (uint64_t)1 << (query % 64);
        rows = next_result(conn->pg);
        if (is_failed(rows))
            note_failure(failure, rows);
        else
            batch->calls[i].result = rows;
    }
}

/* After the last statement: the end of the pipeline. */
static bool finish_pipeline(mc__conn *conn)
{
    PGresult *rows = PQgetResult(conn->pg);
    bool synced = PQresultStatus(rows) == PGRES_PIPELINE_SYNC;

    PQclear(rows);
    return synced && PQexitPipelineMode(conn->pg);
}

static int run_pipeline(mc__conn *conn, mc__db *db, mc__batch *batch, bool *again)
{
    trip t = plan_trip(conn, batch, db->site_id);
    mc_auto(PQclear) PGresult *failure = NULL;
    bool complete = true;

    *again = false;
    if (!send_all(conn, batch, &t, db->site_id))
        return mc__db_fail(db->problem, conn->pg, NULL);
    receive_all(conn, batch, &t, &failure);
    if (!finish_pipeline(conn))
        return mc__db_fail(db->problem, conn->pg, NULL);
    for (size_t i = 0; i < batch->count; i++)
        complete = complete && batch->calls[i].result;
    if (complete && !failure) {
        if (t.tells_site)
            conn->site_id = db->site_id;
        return 0;
    }
    conn->site_id = -1; /* the setting was rolled back too, if it was made here */
    *again = is_collision(failure);
    return mc__db_fail(db->problem, conn->pg, failure);
}

static int exec_plain(mc__db *db, PGconn *pg, const char *sql)
{
    mc_auto(PQclear) PGresult *rows = PQexec(pg, sql);

    return is_failed(rows) ? mc__db_fail(db->problem, pg, rows) : 0;
}

static bool dates_are_iso(PGconn *pg)
{
    const char *style = PQparameterStatus(pg, "DateStyle");

    return style && strncmp(style, "ISO", 3) == 0;
}

static int enter_host(mc__db *db, bool inside)
{
    mc_scratch_text(sql);

    mc__text_puts(&sql, inside ? "SAVEPOINT microcosm;" : "BEGIN;");
    if (db->site_id != MC_NO_SITE)
        mc__text_format(&sql, "SELECT set_config('microcosm.site_id', '%" PRId64 "', true);",
                        db->site_id);
    if (!dates_are_iso(db->host))
        mc__text_puts(
            &sql, "SELECT set_config('microcosm.datestyle', current_setting('datestyle'), true),"
                  " set_config('datestyle', 'ISO', true);");
    return exec_plain(db, db->host, mc__text_string(&sql));
}

/* The last word inside a transaction of the host's. When it will commit nobody knows, so it carries
 * the wake-up for those who follow, and is remembered by its number. */
static int end_in_host(mc__db *db, const char *sql)
{
    mc_auto(PQclear) PGresult *rows = PQexec(db->host, sql);

    if (is_failed(rows))
        return mc__db_fail(db->problem, db->host, rows);
    if (PQresultStatus(rows) == PGRES_TUPLES_OK)
        mc__pool_wrote(db->pool, MC_LEFT_TO_HOST, strtoull(PQgetvalue(rows, 0, 0), NULL, 10));
    return 0;
}

/* Settings made in a savepoint outlive its release, so they are taken back by hand. */
static int leave_host(mc__db *db, bool inside, mc__access access)
{
    mc_scratch_text(sql);

    if (!inside)
        return exec_plain(db, db->host, "COMMIT");
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
                     : end_in_host(db, mc__text_string(&sql));
}

static void undo_host(mc__db *db, bool inside)
{
    PQclear(PQexec(db->host, inside ? "ROLLBACK TO SAVEPOINT microcosm; RELEASE SAVEPOINT microcosm"
                                    : "ROLLBACK"));
}

static int run_calls(mc__db *db, mc__batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        mc__call *call = &batch->calls[i];

        call->result =
            PQexecParams(db->host, mc__queries[call->query].text, mc__queries[call->query].n_params,
                         NULL, call->params, NULL, NULL, 0);
        if (is_failed(call->result))
            return mc__db_fail(db->problem, db->host, call->result);
    }
    return 0;
}

static int run_on_host(mc__db *db, mc__batch *batch, mc__access access)
{
    PGTransactionStatusType status = PQtransactionStatus(db->host);
    bool inside = status == PQTRANS_INTRANS;
    int rc;

    if (status != PQTRANS_IDLE && !inside)
        return mc__fail(db->problem, status == PQTRANS_UNKNOWN ? MC_EUNAVAILABLE : MC_ESTATE,
                        "the host's connection is not ready, or its transaction has failed");
    rc = enter_host(db, inside);
    if (rc < 0)
        return rc;
    rc = run_calls(db, batch);
    if (rc == 0)
        rc = leave_host(db, inside, access);
    if (rc < 0)
        undo_host(db, inside);
    if (access == MC_WRITE && !inside && (rc == 0 || rc == MC_EUNAVAILABLE))
        mc__pool_wrote(db->pool, rc == 0 ? MC_WRITTEN_BY_HOST : MC_UNSURE, 0);
    return rc;
}

/* In a transaction a failing batch must undo only itself. */
static int run_held(mc__db *db, mc__batch *batch, mc__access access)
{
    PGconn *pg = db->held->pg;
    bool again;
    int rc;

    if (access != MC_READ) {
        rc = exec_plain(db, pg, "SAVEPOINT microcosm");
        if (rc < 0)
            return rc;
    }
    rc = run_pipeline(db->held, db, batch, &again);
    if (access == MC_WRITE)
        db->has_written = true;
    if (access != MC_READ)
        PQclear(PQexec(pg, rc < 0 ? "ROLLBACK TO SAVEPOINT microcosm; RELEASE SAVEPOINT microcosm"
                                  : "RELEASE SAVEPOINT microcosm"));
    return rc;
}

static int run_lent(mc__db *db, mc__batch *batch, mc__access access)
{
    for (int attempt = 1;; attempt++) {
        mc__conn *conn = NULL;
        bool again = false;
        int rc = mc__pool_borrow(&conn, db->pool, db->problem, access == MC_WRITE, db->wait_ms);

        if (rc < 0)
            return rc;
        rc = run_pipeline(conn, db, batch, &again);
        if (access == MC_WRITE && (rc == 0 || rc == MC_EUNAVAILABLE))
            mc__pool_wrote(db->pool, rc == 0 ? MC_WRITTEN : MC_UNSURE, 0);
        again = again || (rc == MC_EUNAVAILABLE && access == MC_READ && attempt == 1);
        mc__pool_return(db->pool, conn);
        if (rc == 0 || !again || attempt == RETRIES)
            return rc;
        mc__batch_clear(batch);
        mc__problem_clear(db->problem);
    }
}

int mc__db_run(mc__db *db, mc__batch *batch, mc__access access)
{
    mc__batch_clear(batch);
    if (batch->arena.failed)
        return mc__fail(db->problem, MC_ENOMEM, "out of memory");
    if (db->host)
        return run_on_host(db, batch, access);
    if (db->held)
        return run_held(db, batch, access);
    return run_lent(db, batch, access);
}

int mc__db_begin(mc__db *db)
{
    int rc;

    if (db->in_transaction)
        return mc__fail(db->problem, MC_ESTATE, "a transaction is open already");
    if (db->host) {
        db->host_savepoint = PQtransactionStatus(db->host) == PQTRANS_INTRANS;
        rc = exec_plain(db, db->host, db->host_savepoint ? "SAVEPOINT microcosm_session" : "BEGIN");
    } else {
        rc = mc__pool_borrow(&db->held, db->pool, db->problem, true, db->wait_ms);
        if (rc == 0)
            rc = exec_plain(db, db->held->pg, "BEGIN");
        if (rc < 0 && db->held) {
            mc__pool_return(db->pool, db->held);
            db->held = NULL;
        }
    }
    db->in_transaction = rc == 0;
    db->has_written = false;
    return rc;
}

static int end_transaction(mc__db *db, const char *plain, const char *savepoint)
{
    int rc;

    if (!db->in_transaction || (!db->host && !db->held))
        return mc__fail(db->problem, MC_ESTATE, "no transaction is open");
    rc = exec_plain(db, db->host ? db->host : db->held->pg, db->host_savepoint ? savepoint : plain);
    if (db->held)
        mc__pool_return(db->pool, db->held);
    db->held = NULL;
    db->in_transaction = db->host_savepoint = false;
    return rc;
}

int mc__db_commit(mc__db *db)
{
    bool tells = db->has_written && !db->host;
    int rc = end_transaction(db, "COMMIT", "RELEASE SAVEPOINT microcosm_session");

    if (tells && (rc == 0 || rc == MC_EUNAVAILABLE))
        mc__pool_wrote(db->pool, rc == 0 ? MC_WRITTEN : MC_UNSURE, 0);
    return rc;
}

int mc__db_rollback(mc__db *db)
{
    if (db->held)
        db->held->site_id = -1; /* a setting made inside was rolled back */
    return end_transaction(
        db, "ROLLBACK",
        "ROLLBACK TO SAVEPOINT microcosm_session; RELEASE SAVEPOINT microcosm_session");
}

void mc__db_leave(mc__db *db)
{
    /* In a forked process the connection, and the transaction on it, are the parent's. */
    if (db->in_transaction && mc__pool_is_ours(db->pool))
        mc__db_rollback(db);
}
