/*
 * Databases for tests, in the PostgreSQL that with_postgres started for the run. Criterion runs
 * each test in a process of its own, so a database is made and connected to in the test's init.
 * A failure here ends the test with a message.
 */
#ifndef TEST_POSTGRES_H
#define TEST_POSTGRES_H

#include <libpq-fe.h>

/* A new database with the current schema and nothing in it. Returns its connection string, for
 * test_database_drop(). */
char *test_database_new(void);

/* The same without a schema. */
char *test_database_new_empty(void);

/* Drops it, connections or not, and frees the string. NULL is allowed. */
void test_database_drop(char *conninfo);

/* Connects as the owner of the forum's tables, who is not a superuser. Free with PQfinish(). */
PGconn *test_database_connect(const char *conninfo);

/* Connects as the superuser, to database "postgres". */
PGconn *test_server_connect(void);

/* Runs a statement that must succeed. Its result, for PQclear(). */
PGresult *test_sql(PGconn *conn, const char *sql);

/* Environment variable set by with_postgres: the connection string of the superuser. */
#define TEST_DATABASE_VARIABLE "MICROCOSM_TEST_DATABASE"

/* The database that others are copied from. No connection to it may be open then. */
#define TEST_TEMPLATE "microcosm"

#endif
