/* Schema migrations: forward only, once each, by one process at a time. */
#include "db/migrate.h"
#include "db/db.h"
#include "migrations.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

static char *database;
static PGconn *conn;
static mc__problem problem = {.arena = MC_ARENA_INIT};
static int migrations_logged;

static void count_log(void *data, mc_log_level level, const char *message)
{
    (void)data;
    (void)level;
    migrations_logged += strncmp(message, "schema migrated to ", 19) == 0;
}

static const mc__log log_to_us = {count_log, NULL, MC_LOG_INFO};

static void begin(void)
{
    database = test_database_new_empty();
    conn = test_database_connect(database);
}

static void end(void)
{
    PQfinish(conn);
    test_database_drop(database);
    mc__problem_release(&problem);
}

TestSuite(migrate, .init = begin, .fini = end, .timeout = 300);

static void migrate(void)
{
    cr_assert_eq(mc__migrate(conn, &problem, &log_to_us), 0, "%s", problem.shown.message);
}

static int ask(const char *sql)
{
    PGresult *result = test_sql(conn, sql);
    int number = PQntuples(result) > 0 ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;

    PQclear(result);
    return number;
}

static void run(const char *sql)
{
    PQclear(test_sql(conn, sql));
}

static void expect_message(const char *part)
{
    cr_expect(strstr(problem.shown.message, part), "\"%s\" is not in \"%s\"", part,
              problem.shown.message);
}

Test(migrate, list_is_in_order)
{
    cr_assert_gt(mc__migration_count, 0);
    for (size_t i = 0; i < mc__migration_count; i++)
        cr_expect_eq(mc__migrations[i].version, (int)i + 1);
}

Test(migrate, makes_an_empty_database_current)
{
    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("no Microcosm schema yet");

    migrate();

    cr_expect_eq(mc__schema_check(conn, &problem), 0, "%s", problem.shown.message);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), (int)mc__migration_count);
    cr_expect_eq(migrations_logged, (int)mc__migration_count);
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
}

Test(migrate, does_nothing_the_second_time)
{
    migrate();
    migrations_logged = 0;

    migrate();

    cr_expect_eq(migrations_logged, 0);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), (int)mc__migration_count);
}

Test(migrate, leaves_no_setting_behind)
{
    run("SET statement_timeout = '7s'; SET search_path = public");
    migrate();
    cr_expect_eq(ask("SELECT extract(epoch FROM current_setting('statement_timeout')::interval)"),
                 7);
    cr_expect_eq(ask("SELECT (current_setting('search_path') = 'public')::int"), 1);
}

Test(migrate, is_done_once_by_many_processes)
{
    enum { COUNT = 4 };
    pid_t pids[COUNT];
    int status;

    for (int i = 0; i < COUNT; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            PGconn *own = test_database_connect(database);
            int rc = mc__migrate(own, &problem, NULL);

            _exit(rc == 0 && mc__schema_check(own, &problem) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        waitpid(pids[i], &status, 0);
        cr_expect_eq(status, 0, "process %d failed", i);
    }
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), (int)mc__migration_count);
}

Test(migrate, refuses_a_schema_from_the_future)
{
    migrate();
    run("INSERT INTO microcosm.migrations (version, name) VALUES (9999, 'of_tomorrow')");

    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("version 9999");
    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_ESCHEMA);
    expect_message("use a newer library");
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
}

Test(migrate, tells_a_schema_from_the_past)
{
    migrate();
    run("UPDATE microcosm.migrations SET version = -version");

    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("needs version");
    expect_message("migrate it first");
}

Test(migrate, undoes_a_migration_that_fails_and_says_where)
{
    /* something in the way of the first one */
    run("CREATE SCHEMA microcosm; CREATE TABLE microcosm.sites (site_id bigint)");

    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_EDATABASE);

    expect_message("0001_initial failed");
    expect_message("already exists");
    cr_expect_str_eq(problem.shown.sqlstate, "42P07");
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
    cr_expect_eq(ask("SELECT count(*) FROM pg_class WHERE relname = 'migrations'"), 0);
}

Test(migrate, tells_what_right_is_missing)
{
    PGconn *server = test_server_connect();
    const char *name = PQdb(conn);
    char sql[256];

    snprintf(sql, sizeof(sql),
             "ALTER DATABASE %s OWNER TO postgres; REVOKE ALL ON DATABASE %s FROM microcosm", name,
             name);
    PQclear(test_sql(server, sql));
    PQfinish(server);

    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_EDATABASE);
    expect_message("permission denied");
}

Test(migrate, refuses_to_work_in_a_transaction)
{
    run("BEGIN");
    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_ESTATE);
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_INTRANS);
}

Test(migrate, refuses_a_database_in_another_encoding)
{
    PGconn *server = test_server_connect();
    char sql[256], *other = malloc(strlen(database) + 8);
    const char *name = strstr(database, "dbname=test_") + strlen("dbname=");

    cr_assert(other);
    snprintf(other, strlen(database) + 8, "%s_latin", database);
    snprintf(sql, sizeof(sql),
             "CREATE DATABASE %s_latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' OWNER "
             "microcosm",
             name);
    PQclear(test_sql(server, sql));
    PQfinish(server);

    PGconn *latin = test_database_connect(other);
    cr_expect_eq(mc__migrate(latin, &problem, NULL), MC_ESCHEMA);
    expect_message("SQL_ASCII");
    PQfinish(latin);
    test_database_drop(other);
}

Test(migrate, tells_that_the_server_is_gone)
{
    PGconn *nowhere = PQconnectdb("host=/nowhere");

    cr_expect_eq(mc__migrate(nowhere, &problem, NULL), MC_EUNAVAILABLE);
    cr_expect_eq(mc__schema_check(nowhere, &problem), MC_EUNAVAILABLE);
    PQfinish(nowhere);
}

Test(migrate, template_for_tests_is_current)
{
    char *copy = test_database_new();
    PGconn *own = test_database_connect(copy);

    cr_expect_eq(mc__schema_check(own, &problem), 0, "%s", problem.shown.message);
    PQfinish(own);
    test_database_drop(copy);
}
