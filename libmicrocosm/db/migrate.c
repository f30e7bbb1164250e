/*
 * Brings a database's schema to the newest version. Calls query.c for errors, core and libpq.
 *
 * The advisory lock belongs to a transaction and not to the session, because behind pgbouncer a
 * session is not ours. So what is there is read again once the lock is held.
 */
#include "migrate.h"
#include "db.h"

#define OLDEST_SERVER 150000
#define LOCK_KEY "7883941965834973043" /* "microcos" in ASCII; anything that others don't use */

/* What a database holds: version 0 is nothing. */
typedef struct schema_state {
    int version;
    char digest[65];
} schema_state;

/* PostgreSQL's message is shown here: it speaks of the schema, not of people's data. */
static int fail_result(mc__problem *problem, PGconn *conn, const PGresult *result, const char *what)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    int code = mc__db_fail(problem, conn, result);

    mc__fail(problem, code == MC_EUNAVAILABLE || code == MC_ENOMEM ? code : MC_EDATABASE, "%s: %s",
             what, message ? message : PQerrorMessage(conn));
    if (sqlstate)
        problem->shown.sqlstate = mc__arena_strdup(&problem->arena, sqlstate);
    return problem->shown.code;
}

static bool has_failed(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

static bool failed_with(const PGresult *result, const char *sqlstate)
{
    const char *actual = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return actual && strcmp(actual, sqlstate) == 0;
}

static int run(PGconn *conn, mc__problem *problem, const char *sql)
{
    mc_auto(PQclear) PGresult *result = PQexec(conn, sql);

    return has_failed(result) ? fail_result(problem, conn, result, "the schema cannot be changed")
                              : 0;
}

/* One statement, also for a database that has no schema: then it fails, which says so. */
static int read_state(schema_state *out, PGconn *conn, mc__problem *problem)
{
    mc_auto(PQclear) PGresult *result =
        PQexec(conn, "SELECT version, definitions FROM microcosm.migrations"
                     " ORDER BY migration_id DESC LIMIT 1");

    *out = (schema_state){0};
    if (failed_with(result, "42P01")) /* undefined_table */
        return 0;
    if (failed_with(result, "42703")) /* undefined_column */
        return mc__fail(problem, MC_ESCHEMA,
                        "the database's schema was made before the first release: "
                        "use a new database");
    if (has_failed(result))
        return fail_result(problem, conn, result, "the schema's version cannot be read");
    if (PQntuples(result) == 1) {
        out->version = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
        snprintf(out->digest, sizeof(out->digest), "%s", PQgetvalue(result, 0, 1));
    }
    return 0;
}

static bool is_current(const schema_state *state, const mc__schema *schema)
{
    return state->version == schema->version && strcmp(state->digest, schema->digest) == 0;
}

static int check_server(PGconn *conn, mc__problem *problem)
{
    const char *encoding;
    int version = PQserverVersion(conn);

    if (PQstatus(conn) != CONNECTION_OK)
        return mc__fail(problem, MC_EUNAVAILABLE, "no connection to the database: %s",
                        PQerrorMessage(conn));
    if (version < OLDEST_SERVER)
        return mc__fail(problem, MC_ESCHEMA, "PostgreSQL %d or later is needed, this is %d",
                        OLDEST_SERVER / 10000, version / 10000);
    encoding = PQparameterStatus(conn, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return mc__fail(problem, MC_ESCHEMA,
                        "the database must be in encoding UTF8, this one is in %s",
                        encoding ? encoding : "an unknown one");
    return 0;
}

static int fail_newer(mc__problem *problem, int version, const mc__schema *schema)
{
    return mc__fail(problem, MC_ESCHEMA,
                    "the database's schema has version %d, this library knows versions up to %d: "
                    "use a newer library",
                    version, schema->version);
}

int mc__schema_check(PGconn *conn, mc__problem *problem)
{
    const mc__schema *schema = &mc__newest_schema;
    schema_state state;
    int rc;

    rc = check_server(conn, problem);
    if (rc < 0)
        return rc;
    rc = read_state(&state, conn, problem);
    if (rc < 0)
        return rc;

    if (state.version > schema->version)
        return fail_newer(problem, state.version, schema);
    if (state.version == 0)
        return mc__fail(problem, MC_ESCHEMA,
                        "the database has no Microcosm schema yet: migrate it first");
    if (state.version < schema->version)
        return mc__fail(
            problem, MC_ESCHEMA,
            "the database's schema has version %d, this library needs version %d: migrate it first",
            state.version, schema->version);
    if (!is_current(&state, schema))
        return mc__fail(problem, MC_ESCHEMA,
                        "the database's views, functions and triggers are not those of this "
                        "library: migrate it first");
    return 0;
}

/* Line of the text that PostgreSQL's error position, counted in characters from 1, is in. */
static int line_of_error(const char *text, const PGresult *result)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    long left = position ? strtol(position, NULL, 10) - 1 : -1;
    int line = 1;

    for (; left > 0 && *text; text++) {
        line += *text == '\n';
        left -= (text[1] & 0xC0) != 0x80; /* not inside a character */
    }
    return left == 0 ? line : 0;
}

static int fail_file(mc__problem *problem, PGconn *conn, const mc__schema_file *file,
                     const PGresult *result)
{
    mc_scratch_arena(scratch);
    int line = line_of_error(file->text, result);
    const char *what = line > 0
                           ? mc__arena_format(&scratch, "%s failed at line %d", file->name, line)
                           : mc__arena_format(&scratch, "%s failed", file->name);

    return fail_result(problem, conn, result, what);
}

static int run_file(PGconn *conn, mc__problem *problem, const mc__schema_file *file)
{
    mc_auto(PQclear) PGresult *result = PQexec(conn, file->text);

    if (has_failed(result))
        return fail_file(problem, conn, file, result);
    if (PQtransactionStatus(conn) != PQTRANS_INTRANS)
        return mc__fail(problem, MC_EDATABASE, "%s ended its transaction", file->name);
    return 0;
}

/* Runs those files of a list that bring the schema beyond a version; all that have none. */
static int run_files(PGconn *conn, mc__problem *problem, const mc__schema_file *files, int version)
{
    int rc = 0;

    for (const mc__schema_file *file = files; file->name && rc == 0; file++)
        if (file->version == 0 || file->version > version)
            rc = run_file(conn, problem, file);
    return rc;
}

/*
 * Waiting for another process and changing large tables take as long as they take. Names in the
 * schema's files are complete; the search path is emptied so that one that isn't shows at once.
 * Steps see the rows of all sites.
 */
static const char begin[] = "BEGIN ISOLATION LEVEL READ COMMITTED;"
                            "SET LOCAL statement_timeout = 0;"
                            "SET LOCAL lock_timeout = 0;"
                            "SET LOCAL idle_in_transaction_session_timeout = 0;"
                            "SET LOCAL client_min_messages = warning;"
                            "SET LOCAL search_path = pg_catalog, pg_temp;"
                            "SET LOCAL microcosm.site_id = '0';"
                            "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_KEY ")";

static const char make_history[] =
    "CREATE SCHEMA IF NOT EXISTS microcosm;"
    "CREATE TABLE IF NOT EXISTS microcosm.migrations ("
    " migration_id bigint GENERATED ALWAYS AS IDENTITY"
    "  CONSTRAINT migrations_migration_id_pk PRIMARY KEY,"
    " version integer NOT NULL,"
    " definitions text NOT NULL,"
    " applied timestamptz NOT NULL DEFAULT clock_timestamp());"
    "COMMENT ON TABLE microcosm.migrations IS"
    " 'A row for each migration: the version of the tables, and the SHA-256 of the definitions "
    "(views, functions, triggers, row-level security), as they are since. The newest counts.'";

static int note(PGconn *conn, mc__problem *problem, const mc__schema *schema)
{
    mc_auto(PQclear) PGresult *result = NULL;
    char version[16];
    const char *values[] = {version, schema->digest};

    snprintf(version, sizeof(version), "%d", schema->version);
    result = PQexecParams(
        conn, "INSERT INTO microcosm.migrations (version, definitions) VALUES ($1::int, $2)", 2,
        NULL, values, NULL, NULL, 0);
    return has_failed(result) ? fail_result(problem, conn, result, "the schema cannot be changed")
                              : 0;
}

/* In the transaction that is open. *found: what was there; then it is what the schema says. */
static int migrate_locked(schema_state *found, PGconn *conn, mc__problem *problem,
                          const mc__schema *schema)
{
    int rc = 0;

    if (found->version == 0) /* as it seemed before the lock; making a schema needs rights */
        rc = run(conn, problem, make_history);
    if (rc == 0)
        rc = read_state(found, conn, problem);
    if (rc < 0 || is_current(found, schema))
        return rc;
    if (found->version > schema->version)
        return fail_newer(problem, found->version, schema);
    rc = found->version == 0 ? run_files(conn, problem, schema->tables, 0)
                             : run_files(conn, problem, schema->steps, found->version);
    if (rc == 0)
        rc = run_files(conn, problem, schema->definitions, 0);
    if (rc == 0)
        rc = note(conn, problem, schema);
    return rc;
}

int mc__migrate_to(PGconn *conn, mc__problem *problem, const mc__log *log, const mc__schema *schema)
{
    int64_t began = mc__monotonic_ms();
    schema_state found;
    int rc;

    rc = check_server(conn, problem);
    if (rc < 0)
        return rc;
    if (PQtransactionStatus(conn) != PQTRANS_IDLE)
        return mc__fail(problem, MC_ESTATE, "a schema cannot be migrated inside a transaction");

    /* Mostly there is nothing to do, which takes no lock and no right to change anything. */
    rc = read_state(&found, conn, problem);
    if (rc < 0 || is_current(&found, schema))
        return rc;

    rc = run(conn, problem, begin);
    if (rc == 0)
        rc = migrate_locked(&found, conn, problem, schema);
    if (rc == 0)
        rc = run(conn, problem, "COMMIT");
    if (PQtransactionStatus(conn) != PQTRANS_IDLE)
        PQclear(PQexec(conn, "ROLLBACK"));
    if (rc == 0 && !is_current(&found, schema))
        mc__log_write(log, MC_LOG_INFO, "schema migrated to version %d in %lld ms", schema->version,
                      (long long)(mc__monotonic_ms() - began));
    return rc;
}

int mc__migrate(PGconn *conn, mc__problem *problem, const mc__log *log)
{
    return mc__migrate_to(conn, problem, log, &mc__newest_schema);
}
