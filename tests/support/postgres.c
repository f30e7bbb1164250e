/* Databases for tests; with_postgres.c makes the server. */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNINFO_SIZE 1024

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "tests/support/postgres.c: %s: %s\n", what, why);
    abort();
}

static const char *server(void)
{
    const char *conninfo = getenv(TEST_DATABASE_VARIABLE);

    if (!conninfo)
        give_up(TEST_DATABASE_VARIABLE " is not set",
                "run this through tests/with_postgres, as meson test does");
    return conninfo;
}

PGconn *test_database_connect(const char *conninfo)
{
    PGconn *conn = PQconnectdb(conninfo);

    if (PQstatus(conn) != CONNECTION_OK)
        give_up(conninfo, PQerrorMessage(conn));
    return conn;
}

PGconn *test_server_connect(void)
{
    return test_database_connect(server());
}

PGresult *test_sql(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up(sql, PQerrorMessage(conn));
    return result;
}

static void run_on_server(const char *sql)
{
    PGconn *conn = test_server_connect();

    PQclear(test_sql(conn, "SET client_min_messages = warning"));
    PQclear(test_sql(conn, sql));
    PQfinish(conn);
}

static char *make(const char *template)
{
    char *conninfo = malloc(CONNINFO_SIZE);
    char name[64], sql[256];
    struct timespec now;

    if (!conninfo)
        give_up("malloc", "out of memory");
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(name, sizeof(name), "test_%ld_%lld%09ld", (long)getpid(), (long long)now.tv_sec,
             now.tv_nsec);
    /* copying files takes a quarter less time than logging each page */
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE %s OWNER microcosm STRATEGY file_copy",
             name, template);
    run_on_server(sql);

    /* the last value of a key in a connection string counts */
    if (snprintf(conninfo, CONNINFO_SIZE, "%s user=microcosm dbname=%s", server(), name) >=
        CONNINFO_SIZE)
        give_up(server(), "this is too long");
    return conninfo;
}

char *test_database_new(void)
{
    return make(TEST_TEMPLATE);
}

char *test_database_new_empty(void)
{
    return make("template0");
}

/*
 * DROP DATABASE sleeps 100 ms if there is a connection, even one whose client has just
 * disconnected. So this waits a moment for the last of them to end.
 */
static void drop(const char *name)
{
    char sql[256];

    snprintf(sql, sizeof(sql),
             "DO $$ BEGIN FOR i IN 1..50 LOOP"
             " PERFORM pg_stat_clear_snapshot();"
             " EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '%s');"
             " PERFORM pg_sleep(0.001);"
             " END LOOP; END $$",
             name);
    run_on_server(sql);
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    run_on_server(sql);
}

void test_database_drop(char *conninfo)
{
    const char *name = conninfo ? strstr(conninfo, "dbname=test_") : NULL;

    if (name)
        drop(name + strlen("dbname="));
    free(conninfo);
}
