/* Running batches of prepared statements in one trip on the pool's connections; and transactions.
 */
#include "host.h"
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
    bool has_savepoint; /* in a transaction a failing batch must undo only itself */
    bool replans;
    bool settles;
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

    if (!conn->prepare || info->is_replanned)
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
        mc__query query = batch->calls[i].query;
        bool known = mc__queries[query].is_replanned || is_prepared(conn, query);

        for (size_t j = 0; j < i && !known; j++)
            known = batch->calls[j].query == query;
        if (!known)
            bits |= (uint32_t)1 << i;
    }
    return bits;
}

/* Statements are planned once, and plans from when a table was nearly empty read all of it.
 * PostgreSQL makes them anew when it has analysed the table, but it analyses nothing before a
 * commit. So they are dropped whenever as much again may have been written, up to the size that is
 * in every case large enough. */
#define FIRST_REPLAN 64
#define LAST_REPLAN 65536

static bool is_time_to_replan(const mc__conn *conn)
{
    uint64_t n = conn->trips;

    return conn->prepare && n >= FIRST_REPLAN && n <= LAST_REPLAN && (n & (n - 1)) == 0;
}

static trip plan_trip(const mc__conn *conn, const mc__batch *batch, const mc__db *db)
{
    int64_t site_id = db->site_id;
    trip t = {.has_savepoint = conn->in_transaction,
              .replans = is_time_to_replan(conn),
              .prepares = to_prepare(conn, batch)};

    t.settles = conn->in_transaction && db->is_unsettled && !mc__batch_is_unsettled(batch);

    /* Without kept settings the site is told in each transaction, where it also ends. */
    t.tells_site = site_id != MC_NO_SITE && (!conn->prepare || conn->site_id != site_id);
    t.prepares_site = t.tells_site && conn->prepare && !conn->site_prepared;
    return t;
}

static bool send_word(mc__conn *conn, const char *sql)
{
    return PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0);
}

static bool send_all(mc__conn *conn, const mc__batch *batch, const trip *t, int64_t site_id)
{
    if (!PQenterPipelineMode(conn->pg))
        return false;
    if (t->replans && !send_word(conn, "DISCARD PLANS"))
        return false;
    if (t->has_savepoint && !send_word(conn, "SAVEPOINT microcosm"))
        return false;
    if (t->settles && !send_word(conn, MC_SETTLE))
        return false;
    if (t->tells_site && !send_site(conn, site_id, t->prepares_site))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (!send_call(conn, &batch->calls[i], t->prepares & ((uint32_t)1 << i)))
            return false;
    if (t->has_savepoint && !send_word(conn, "RELEASE SAVEPOINT microcosm"))
        return false;
    return PQpipelineSync(conn->pg) == 1;
}

/* The result of one statement, and the NULL behind it. */
static PGresult *next_result(mc__conn *conn)
{
    PGresult *rows = mc__conn_result(conn), *more;

    if (!rows)
        return NULL;
    while ((more = mc__conn_result(conn)))
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
    PGresult *rows = next_result(conn);

    if (is_failed(rows)) {
        note_failure(failure, rows);
        return false;
    }
    PQclear(rows);
    return true;
}

static void receive_all(mc__conn *conn, mc__batch *batch, const trip *t, PGresult **failure)
{
    if (t->replans)
        receive_word(conn, failure);
    if (t->has_savepoint)
        receive_word(conn, failure);
    if (t->settles)
        receive_word(conn, failure);
    if (t->prepares_site && receive_word(conn, failure))
        conn->site_prepared = true;
    if (t->tells_site)
        receive_word(conn, failure);
    for (size_t i = 0; i < batch->count; i++) {
        mc__query query = batch->calls[i].query;
        PGresult *rows;

        if (t->prepares & ((uint32_t)1 << i) && receive_word(conn, failure))
            conn->prepared[query / 64] |= (uint64_t)1 << (query % 64);
        rows = next_result(conn);
        if (is_failed(rows))
            note_failure(failure, rows);
        else
            batch->calls[i].result = rows;
    }
    if (t->has_savepoint)
        receive_word(conn, failure);
}

/* After the last statement: the end of the pipeline, which commits what isn't in a transaction.
 * What fails only then, as deferred constraints do, is told before it. */
static bool finish_pipeline(mc__conn *conn, PGresult **failure)
{
    PGresult *rows = mc__conn_result(conn);
    bool synced;

    while (PQresultStatus(rows) == PGRES_FATAL_ERROR && PQstatus(conn->pg) == CONNECTION_OK) {
        note_failure(failure, rows);
        rows = mc__conn_result(conn);
        if (!rows)
            rows = mc__conn_result(conn);
    }
    synced = PQresultStatus(rows) == PGRES_PIPELINE_SYNC;
    PQclear(rows);
    return synced && PQexitPipelineMode(conn->pg);
}

static int run_pipeline(mc__conn *conn, mc__db *db, mc__batch *batch, bool *again)
{
    mc_auto(PQclear) PGresult *failure = NULL;
    bool complete = true;
    trip t;

    conn->trips++;
    t = plan_trip(conn, batch, db);
    *again = false;
    if (!send_all(conn, batch, &t, db->site_id))
        return mc__conn_fail(db->problem, conn, NULL);
    receive_all(conn, batch, &t, &failure);
    if (!finish_pipeline(conn, &failure))
        return mc__conn_fail(db->problem, conn, NULL);
    for (size_t i = 0; i < batch->count; i++)
        complete = complete && batch->calls[i].result;
    if (complete && !failure) {
        if (t.tells_site)
            conn->site_id = db->site_id;
        if (t.settles)
            db->is_unsettled = false;
        return 0;
    }
    conn->site_id = -1; /* the setting was rolled back too, if it was made here */
    *again = is_collision(failure);
    return mc__conn_fail(db->problem, conn, failure);
}

static int exec_plain(mc__db *db, const char *sql)
{
    mc_auto(PQclear) PGresult *rows = mc__conn_exec(db->held, sql);

    return is_failed(rows) ? mc__conn_fail(db->problem, db->held, rows) : 0;
}

static int run_held(mc__db *db, mc__batch *batch, mc__access access)
{
    bool again;
    int rc = run_pipeline(db->held, db, batch, &again);

    mc__pool_note(db->pool, rc, access != MC_READ);
    if (access == MC_WRITE)
        db->has_written = db->is_unsettled = true;
    if (rc < 0)
        PQclear(mc__conn_exec(db->held,
                              "ROLLBACK TO SAVEPOINT microcosm; RELEASE SAVEPOINT microcosm"));
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
        mc__pool_note(db->pool, rc, access != MC_READ);
        again = again ||
                (rc == MC_EUNAVAILABLE && access == MC_READ && attempt == 1 && !conn->is_silent);
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
    if (mc__db_is_on_host(db))
        return mc__host_run(db, batch, access);
    if (db->held)
        return run_held(db, batch, access);
    return run_lent(db, batch, access);
}

static int begin_held(mc__db *db, const char *begin)
{
    int rc = mc__pool_borrow(&db->held, db->pool, db->problem, true, db->wait_ms);

    if (rc == 0)
        rc = exec_plain(db, begin);
    if (rc == 0) {
        db->held->in_transaction = true;
    } else if (db->held) {
        mc__pool_return(db->pool, db->held);
        db->held = NULL;
    }
    return rc;
}

int mc__db_begin(mc__db *db)
{
    int rc;

    if (db->in_transaction)
        return mc__fail(db->problem, MC_ESTATE, "a transaction is open already");
    rc = mc__db_is_on_host(db) ? mc__host_begin(db) : begin_held(db, "BEGIN");
    db->in_transaction = rc == 0;
    db->has_written = db->is_unsettled = false;
    return rc;
}

int mc__db_begin_reading(mc__db *db)
{
    int rc;

    if (db->in_transaction || mc__db_is_on_host(db))
        return mc__fail(db->problem, MC_ESTATE, "a transaction is open already");
    rc = begin_held(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    db->in_transaction = rc == 0;
    db->has_written = db->is_unsettled = false;
    return rc;
}

static void give_back(mc__db *db)
{
    db->held->in_transaction = false;
    mc__pool_return(db->pool, db->held);
    db->held = NULL;
}

static int commit_held(mc__db *db)
{
    int rc;
    mc_auto(PQclear) PGresult *rows = mc__conn_exec(db->held, "COMMIT");

    if (is_failed(rows))
        rc = mc__conn_fail(db->problem, db->held, rows);
    else
        rc = mc__db_check_commit(db->problem, rows);
    if (rc < 0)
        db->held->site_id = -1; /* a setting made inside was rolled back */
    give_back(db);
    if (db->has_written && (rc == 0 || rc == MC_EUNAVAILABLE))
        mc__pool_wrote(db->pool, rc == 0 ? MC_WRITTEN : MC_UNSURE, 0);
    return rc;
}

static int rollback_held(mc__db *db)
{
    int rc = exec_plain(db, "ROLLBACK");

    db->held->site_id = -1;
    give_back(db);
    return rc;
}

static int end_transaction(mc__db *db, int (*held)(mc__db *), int (*on_host)(mc__db *))
{
    int rc;

    if (!db->in_transaction)
        return mc__fail(db->problem, MC_ESTATE, "no transaction is open");
    rc = db->held ? held(db) : on_host(db);
    db->in_transaction = db->host_savepoint = false;
    return rc;
}

int mc__db_commit(mc__db *db)
{
    return end_transaction(db, commit_held, mc__host_commit);
}

int mc__db_rollback(mc__db *db)
{
    return end_transaction(db, rollback_held, mc__host_rollback);
}

void mc__db_leave(mc__db *db)
{
    /* In a forked process the connection, and the transaction on it, are the parent's. */
    if (db->in_transaction && mc__pool_is_ours(db->pool))
        mc__db_rollback(db);
}
