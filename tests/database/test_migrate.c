/* Schema migrations: forward only, once each, by one process at a time, to one and the same schema.
 */
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

Test(migrate, steps_are_in_order)
{
    int version = 1;

    for (const mc__schema_file *step = mc__newest_schema.steps; step->name; step++)
        cr_expect_eq(step->version, ++version, "%s", step->name);
    cr_expect_eq(mc__newest_schema.version, version);
}

Test(migrate, makes_an_empty_database_current)
{
    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("no Microcosm schema yet");

    migrate();

    cr_expect_eq(mc__schema_check(conn, &problem), 0, "%s", problem.shown.message);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), 1);
    cr_expect_eq(migrations_logged, 1);
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
}

/* Number of statements that a call sends. */
static int statements_of(void (*call)(void))
{
    FILE *trace = tmpfile();
    char line[4096];
    int count = 0;

    cr_assert(trace);
    PQtrace(conn, trace);
    call();
    PQuntrace(conn);
    rewind(trace);
    while (fgets(line, sizeof(line), trace))
        count +=
            strstr(line, "\tF\t") && (strstr(line, "\tQuery\t") || strstr(line, "\tExecute\t"));
    fclose(trace);
    return count;
}

Test(migrate, of_a_current_database_is_one_read)
{
    PGconn *other = test_database_connect(database);

    migrate();
    migrations_logged = 0;
    /* an exclusive lock on a table doesn't delay it */
    PQclear(
        test_sql(other, "BEGIN; LOCK TABLE microcosm.sites, microcosm.items, microcosm.changes"));
    run("SET statement_timeout = '5s'");

    cr_expect_eq(statements_of(migrate), 1);

    cr_expect_eq(migrations_logged, 0);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), 1);
    PQfinish(other);
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
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), 1);
}

Test(migrate, refuses_a_newer_schema)
{
    migrate();
    run("INSERT INTO microcosm.migrations (version, definitions) VALUES (9999, 'of tomorrow')");

    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("version 9999");
    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_ESCHEMA);
    expect_message("use a newer library");
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
}

Test(migrate, detects_an_older_schema)
{
    migrate();
    run("UPDATE microcosm.migrations SET version = -1");

    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("needs version");
    expect_message("migrate it first");
}

Test(migrate, rolls_a_failed_migration_back_and_reports_the_line)
{
    /* something in the way of the first one */
    run("CREATE SCHEMA microcosm; CREATE TABLE microcosm.sites (site_id bigint)");

    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_EDATABASE);

    expect_message("tables/30_sites.sql failed");
    expect_message("already exists");
    cr_expect_str_eq(problem.shown.sqlstate, "42P07");
    cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
    cr_expect_eq(ask("SELECT count(*) FROM pg_class WHERE relname = 'migrations'"), 0);
}

Test(migrate, detects_a_schema_from_before_the_first_release)
{
    run("CREATE SCHEMA microcosm; CREATE TABLE microcosm.migrations (version int, name text)");

    cr_expect_eq(mc__migrate(conn, &problem, NULL), MC_ESCHEMA);
    expect_message("use a new database");
    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
}

Test(migrate, reports_a_missing_right)
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

Test(migrate, reports_that_the_server_is_gone)
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

/* Library versions to come, made from the real schema with some files more. */

enum { MOST_FILES = 30 };

typedef struct future {
    mc__schema schema;
    mc__schema_file tables[MOST_FILES], steps[MOST_FILES], definitions[MOST_FILES];
} future;

static void append_files(mc__schema_file *list, const mc__schema_file *more)
{
    size_t count = 0;

    while (list[count].name)
        count++;
    for (; more && more->name; more++) {
        cr_assert_lt(count, MOST_FILES - 1);
        list[count++] = *more;
    }
}

static void plan(future *out, const mc__schema_file *tables, const mc__schema_file *steps,
                 const mc__schema_file *definitions, const char *digest)
{
    *out = (future){
        .schema = {mc__newest_schema.version, digest, out->tables, out->steps, out->definitions}};
    append_files(out->tables, mc__newest_schema.tables);
    append_files(out->tables, tables);
    append_files(out->steps, mc__newest_schema.steps);
    append_files(out->steps, steps);
    append_files(out->definitions, mc__newest_schema.definitions);
    append_files(out->definitions, definitions);
    for (const mc__schema_file *step = steps; step && step->name; step++)
        out->schema.version = step->version;
}

static void migrate_to(PGconn *to, const future *plan)
{
    cr_assert_eq(mc__migrate_to(to, &problem, &log_to_us, &plan->schema), 0, "%s",
                 problem.shown.message);
}

static const char dump_command[] =
    /* newer versions of pg_dump write a random key in two lines */
    "pg_dump --schema-only --no-owner -d \"$DUMPED\" | grep -vE '^.(un)?restrict ' &&"
    " psql -XAtq -d \"$DUMPED\" -c 'TABLE microcosm.item_types'"
    " -c 'SELECT theme_id, title FROM microcosm.themes'"
    " -c 'SELECT site_id, subdomain_key, title FROM microcosm.sites'";

/* pg_dump's output for a schema, with the rows that it contains. */
static char *dump(const char *conninfo)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size), *in;
    int c;

    setenv("DUMPED", conninfo, 1);
    in = popen(dump_command, "r");
    cr_assert(in && out);
    while ((c = getc(in)) != EOF)
        putc(c, out);
    fclose(out);
    cr_assert_eq(pclose(in), 0, "pg_dump failed");
    cr_assert_gt(size, 50000);
    return text;
}

static void expect_same_dump(const char *one, const char *two)
{
    char *a = dump(one), *b = dump(two), *at = a, *in_b = b;

    for (; *at && *at == *in_b; at++)
        in_b++;
    cr_expect_str_eq(a, b, "the schemas differ from: %.200s\n  and: %.200s", at, in_b);
    free(a);
    free(b);
}

#define TAGS                                                                                       \
    "CREATE TABLE microcosm.tags (site_id bigint NOT NULL, tag_id bigint"                          \
    " GENERATED BY DEFAULT AS IDENTITY, CONSTRAINT tags_tag_id_pk PRIMARY KEY (site_id, tag_id));"
#define MOOD "ALTER TABLE microcosm.profiles ADD COLUMN mood text NOT NULL DEFAULT 'calm';"

static const mc__schema_file more_tables[] = {{"tables/95_more.sql", TAGS MOOD, 0}, {0}};
static const mc__schema_file more_steps[] = {
    {"steps/0901_tags.sql", TAGS, 901},
    {"steps/0902_mood.sql", MOOD "UPDATE microcosm.profiles SET mood = 'glad';", 902},
    {0},
};
static const mc__schema_file more_definitions[] = {
    {"definitions/50_more.sql",
     "CREATE FUNCTION microcosm.is_glad(mood text) RETURNS boolean LANGUAGE sql IMMUTABLE"
     " RETURN mood = 'glad';"
     "CREATE VIEW microcosm.moods AS SELECT mood, microcosm.is_glad(mood) FROM microcosm.profiles;",
     0},
    {0},
};

Test(migrate, by_steps_ends_where_a_new_database_begins)
{
    char *other = test_database_new_empty();
    PGconn *fresh = test_database_connect(other);
    future next;

    plan(&next, more_tables, more_steps, more_definitions, "next");
    migrate_to(fresh, &next);
    migrate();
    run("SET microcosm.site_id = '0';"
        "INSERT INTO microcosm.users (user_id, email, canonical_email) VALUES (7, 'a@b', 'a@b');"
        "INSERT INTO microcosm.profiles (site_id, user_id, profile_name) VALUES (1, 7, 'x')");

    migrate_to(conn, &next);

    cr_expect_eq(ask("SELECT max(version) FROM microcosm.migrations"), 902);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), 2);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.profiles WHERE mood = 'glad'"), 2,
                 "a step changes rows of all sites");
    cr_expect_eq(ask("SELECT count(*) FROM pg_policies WHERE tablename = 'tags'"), 1,
                 "a new table of a site gets its wall");
    expect_same_dump(database, other);
    PQfinish(fresh);
    test_database_drop(other);
}

/* schema/released/NNNN.sql is pg_dump's output for each release. */
Test(migrate, from_each_release_ends_where_a_new_database_begins)
{
    const char *folder = getenv("MICROCOSM_TEST_SCHEMAS");
    char path[1024], command[3072];
    int releases = 0;

    cr_assert(folder, "MICROCOSM_TEST_SCHEMAS is not set");
    migrate();
    for (int version = 1; version < mc__newest_schema.version; version++) {
        char *other = NULL;
        PGconn *old;

        snprintf(path, sizeof(path), "%s/released/%04d.sql", folder, version);
        if (access(path, R_OK) != 0)
            continue;
        other = test_database_new_empty();
        setenv("RELEASED", other, 1);
        snprintf(command, sizeof(command),
                 "psql -Xq -v ON_ERROR_STOP=1 -1 -f '%s' -d \"$RELEASED\"", path);
        cr_assert_eq(system(command), 0, "%s", path);
        old = test_database_connect(other);
        cr_expect_eq(mc__migrate(old, &problem, NULL), 0, "%s: %s", path, problem.shown.message);
        expect_same_dump(database, other);
        PQfinish(old);
        test_database_drop(other);
        releases++;
    }
    cr_expect(mc__newest_schema.version == 1 || releases > 0,
              "there are steps, but no release that they start from in %s/released", folder);
}

Test(migrate, makes_definitions_again_when_they_have_changed)
{
    future next;
    int table, view;

    migrate();
    table = ask("SELECT 'microcosm.items'::regclass::oid::bigint");
    view = ask("SELECT 'microcosm.item_records'::regclass::oid::bigint");
    plan(&next, NULL, NULL,
         (mc__schema_file[]){{"definitions/50_more.sql",
                              "CREATE VIEW microcosm.names AS SELECT title FROM microcosm.items;",
                              0},
                             {0}},
         "next");

    PQfinish(conn); /* another process of the server, which has loaded no extension yet */
    conn = test_database_connect(database);
    migrate_to(conn, &next);

    cr_expect_eq(ask("SELECT count(*) FROM microcosm.names"), 0);
    cr_expect_eq(ask("SELECT 'microcosm.items'::regclass::oid::bigint"), table);
    cr_expect_neq(ask("SELECT 'microcosm.item_records'::regclass::oid::bigint"), view);
    cr_expect_eq(ask("SELECT count(*) FROM microcosm.migrations"), 2);
    cr_expect_eq(mc__schema_check(conn, &problem), MC_ESCHEMA);
    expect_message("not those of this library");

    migrate(); /* back to our definitions; those of the other version are dropped */
    cr_expect_eq(mc__schema_check(conn, &problem), 0);
    cr_expect_eq(ask("SELECT count(*) FROM pg_class WHERE relname = 'names'"), 0);
}

/* Failing steps and their messages. Each leaves the database unchanged. */
static const struct {
    const char *before; /* done to the database by its host */
    mc__schema_file step;
    const char *message;
} failing[] = {
    {NULL,
     {"steps/0901_bad.sql", "SELECT 1;\nSELECT 'é', nothing FROM nowhere", 901},
     "steps/0901_bad.sql failed at line 2: relation \"nowhere\" does not exist"},
    {"CREATE VIEW public.of_host AS SELECT title FROM microcosm.item_records",
     {"steps/0901_any.sql", "SELECT 1", 901},
     "definitions/00_drop.sql failed: cannot drop"},
};

Test(migrate, rolls_all_of_a_failed_migration_back)
{
    future next;

    migrate();
    for (size_t i = 0; i < MC_COUNT(failing); i++) {
        mc__schema_file steps[] = {failing[i].step, {0}};

        if (failing[i].before)
            run(failing[i].before);
        plan(&next, NULL, steps, more_definitions, "next");
        cr_expect_eq(mc__migrate_to(conn, &problem, NULL, &next.schema), MC_EDATABASE);
        expect_message(failing[i].message);
        cr_expect_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
        cr_expect_eq(mc__schema_check(conn, &problem), 0, "%s", problem.shown.message);
        cr_expect_eq(ask("SELECT count(*) FROM pg_class WHERE relname = 'moods'"), 0);
    }
}

Test(migrate, refuses_a_step_that_ends_its_transaction)
{
    static const mc__schema_file steps[] = {{"steps/0901_ends.sql", "SELECT 1; COMMIT", 901}, {0}};
    future next;

    migrate();
    plan(&next, NULL, steps, NULL, "next");
    cr_expect_eq(mc__migrate_to(conn, &problem, NULL, &next.schema), MC_EDATABASE);
    expect_message("steps/0901_ends.sql ended its transaction");
}
