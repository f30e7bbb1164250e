/*
 * Brings a database's schema to the newest version. Calls query.c for errors, core and libpq.
 *
 * The advisory lock belongs to a transaction and not to the session, because behind pgbouncer a
 * session is not ours. So each migration takes it anew and looks again at what is there.
 */
#include "migrate.h"
#include "db.h"
#include "migrations.h"

#define OLDEST_SERVER 150000
#define LOCK_KEY "7883941965834973043" /* "microcos" in ASCII; anything that others don't use */

/* ---- asking --------------------------------------------------------------------------------- */

/* PostgreSQL's message is shown here: it speaks of the schema, not of people's data. */
static int fail_result(mc__problem *problem, PGconn *conn, const PGresult *result, const char *what)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    int code = mc__db_fail(problem, conn, result);

    mc__fail(problem, code == MC_EUNAVAILABLE || code == MC_ENOMEM ? code : MC_EDATABASE, "%s: %s",
             what, message ? message : PQerrorMessage(conn));
    if (state)
        problem->shown.sqlstate = mc__arena_strdup(&problem->arena, state);
    return problem->shown.code;
}

static bool has_failed(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

static int run(PGconn *conn, mc__problem *problem, const char *sql)
{
    mc_auto(PQclear) PGresult *result = PQexec(conn, sql);

    return has_failed(result) ? fail_result(problem, conn, result, "the schema cannot be changed")
                              : 0;
}

static int ask_number(int *out, PGconn *conn, mc__problem *problem, const char *sql)
{
    mc_auto(PQclear) PGresult *result = PQexec(conn, sql);

    if (has_failed(result))
        return fail_result(problem, conn, result, "the schema's version cannot be read");
    *out = PQntuples(result) == 1 ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    return 0;
}

/* Version of the schema that is there; 0 without one. */
static int present_version(int *out, PGconn *conn, mc__problem *problem)
{
    int tables = 0;
    int rc = ask_number(
        &tables, conn, problem,
        "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
        " ON n.oid = c.relnamespace WHERE n.nspname = 'microcosm' AND c.relname = 'migrations'");

    *out = 0;
    if (rc < 0 || tables == 0)
        return rc;
    return ask_number(out, conn, problem,
                      "SELECT coalesce(max(version), 0) FROM microcosm.migrations");
}

static int newest_version(void)
{
    return mc__migration_count > 0 ? mc__migrations[mc__migration_count - 1].version : 0;
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

static int fail_newer(mc__problem *problem, int version)
{
    return mc__fail(problem, MC_ESCHEMA,
                    "the database's schema has version %d, this library knows versions up to %d: "
                    "use a newer library",
                    version, newest_version());
}

int mc__schema_check(PGconn *conn, mc__problem *problem)
{
    int version, rc;

    rc = check_server(conn, problem);
    if (rc < 0)
        return rc;
    rc = present_version(&version, conn, problem);
    if (rc < 0)
        return rc;

    if (version > newest_version())
        return fail_newer(problem, version);
    if (version == 0 && newest_version() > 0)
        return mc__fail(problem, MC_ESCHEMA,
                        "the database has no Microcosm schema yet: migrate it first");
    if (version < newest_version())
        return mc__fail(
            problem, MC_ESCHEMA,
            "the database's schema has version %d, this library needs version %d: migrate it first",
            version, newest_version());
    return 0;
}

/* ---- migrating ------------------------------------------------------------------------------ */

static const mc__migration *next_migration(int version)
{
    for (size_t i = 0; i < mc__migration_count; i++) {
        if (mc__migrations[i].version > version)
            return &mc__migrations[i];
    }
    return NULL;
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

static int fail_migration(mc__problem *problem, PGconn *conn, const mc__migration *migration,
                          const PGresult *result)
{
    mc_scratch_arena(scratch);
    int line = line_of_error(migration->text, result);
    const char *what = line > 0 ? mc__arena_format(&scratch, "migration %04d_%s failed at line %d",
                                                   migration->version, migration->name, line)
                                : mc__arena_format(&scratch, "migration %04d_%s failed",
                                                   migration->version, migration->name);

    return fail_result(problem, conn, result, what);
}

static int apply(PGconn *conn, mc__problem *problem, const mc__migration *migration)
{
    mc_auto(PQclear) PGresult *result = PQexec(conn, migration->text);
    mc_auto(PQclear) PGresult *noted = NULL;
    char version[16];
    const char *values[] = {version, migration->name};

    if (has_failed(result))
        return fail_migration(problem, conn, migration, result);
    if (PQtransactionStatus(conn) != PQTRANS_INTRANS)
        return mc__fail(problem, MC_EDATABASE, "migration %04d_%s ended its transaction",
                        migration->version, migration->name);

    snprintf(version, sizeof(version), "%d", migration->version);
    noted =
        PQexecParams(conn, "INSERT INTO microcosm.migrations (version, name) VALUES ($1::int, $2)",
                     2, NULL, values, NULL, NULL, 0);
    return has_failed(noted) ? fail_migration(problem, conn, migration, noted) : 0;
}

/*
 * Waiting for another process and changing large tables take as long as they take. Names in
 * migrations are complete; the search path is emptied so that one that isn't shows at once.
 */
static const char begin[] = "BEGIN;"
                            "SET LOCAL statement_timeout = 0;"
                            "SET LOCAL lock_timeout = 0;"
                            "SET LOCAL idle_in_transaction_session_timeout = 0;"
                            "SET LOCAL client_min_messages = warning;"
                            "SET LOCAL search_path = pg_catalog, pg_temp;"
                            "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_KEY ")";

static const char make_table[] = "CREATE SCHEMA IF NOT EXISTS microcosm;"
                                 "CREATE TABLE IF NOT EXISTS microcosm.migrations ("
                                 " version integer PRIMARY KEY,"
                                 " name text NOT NULL,"
                                 " applied timestamptz NOT NULL DEFAULT clock_timestamp());"
                                 "COMMENT ON TABLE microcosm.migrations IS 'Versions of the "
                                 "schema, each with the time it was reached.'";

/* Runs the next migration, if there is one, in the transaction that is open. */
static int migrate_locked(PGconn *conn, mc__problem *problem, const mc__migration **done)
{
    int version, rc;

    rc = present_version(&version, conn, problem);
    if (rc < 0)
        return rc;
    if (version > newest_version())
        return fail_newer(problem, version);
    *done = next_migration(version);
    if (!*done)
        return 0;
    if (version == 0) {
        rc = run(conn, problem, make_table);
        if (rc < 0)
            return rc;
    }
    return apply(conn, problem, *done);
}

static int migrate_once(PGconn *conn, mc__problem *problem, const mc__migration **done)
{
    int rc = run(conn, problem, begin);

    *done = NULL;
    if (rc == 0)
        rc = migrate_locked(conn, problem, done);
    if (rc == 0)
        rc = run(conn, problem, "COMMIT");
    if (PQtransactionStatus(conn) != PQTRANS_IDLE)
        PQclear(PQexec(conn, "ROLLBACK"));
    return rc;
}

int mc__migrate(PGconn *conn, mc__problem *problem, const mc__log *log)
{
    const mc__migration *done = NULL;
    int version, rc;

    rc = check_server(conn, problem);
    if (rc < 0)
        return rc;
    if (PQtransactionStatus(conn) != PQTRANS_IDLE)
        return mc__fail(problem, MC_ESTATE, "a schema cannot be migrated inside a transaction");

    /* Mostly there is nothing to do, which takes no lock and no right to change anything. */
    rc = present_version(&version, conn, problem);
    if (rc < 0 || version == newest_version())
        return rc;

    do {
        int64_t began = mc__monotonic_ms();

        rc = migrate_once(conn, problem, &done);
        if (rc == 0 && done)
            mc__log_write(log, MC_LOG_INFO, "schema migrated to %04d_%s in %lld ms", done->version,
                          done->name, (long long)(mc__monotonic_ms() - began));
    } while (rc == 0 && done);
    return rc;
}
