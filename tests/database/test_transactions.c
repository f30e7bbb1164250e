/* Transactions: of a session, and of a host program that lends its connection. */
#include "forum.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static PGconn *host;

static void begin(void)
{
    forum_open();
    host = test_database_connect(forum_database);
    PQclear(test_sql(host, "CREATE TABLE public.offers (boat text)"));
}

static void end(void)
{
    PQfinish(host);
    forum_close();
}

TestSuite(transactions, .init = begin, .fini = end, .timeout = 300);

static int64_t comments(void)
{
    return forum_number("SELECT count(*) FROM microcosm.comments");
}

static int64_t offers(void)
{
    return forum_number("SELECT count(*) FROM public.offers");
}

Test(transactions, of_a_session_keep_or_undo_all_of_it)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    must_fail(mc_session_begin(session), MC_ESTATE);
    make_comment(id, "one");
    make_comment(id, "two");
    cr_expect_eq(comments(), 0, "nobody sees it yet");
    must(mc_session_rollback(session));
    cr_expect_eq(comments(), 0);
    must(mc_session_begin(session));
    make_comment(id, "one");
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 1);
    must_fail(mc_session_commit(session), MC_ESTATE);
}

/* Waiting for a connection. */

enum { IN_LINE = 5 };

typedef struct customer {
    pthread_t thread;
    mc_session *session;
    int place; /* in the order in which they were served */
} customer;

static atomic_int served;

static void *take_a_turn(void *data)
{
    customer *c = data;

    cr_expect_eq(mc_session_begin(c->session), 0);
    c->place = atomic_fetch_add(&served, 1);
    cr_expect_eq(mc_session_rollback(c->session), 0);
    return NULL;
}

static int64_t waits_of(mc_app *app)
{
    mc_app_stats *stats = NULL;
    int64_t waits;

    cr_assert_eq(mc_app_stats_get(&stats, app), 0);
    waits = stats->pool_waits;
    mc_record_free(stats);
    return waits;
}

static mc_app *app_with_one_connection(int64_t wait_ms)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;

    options.database = forum_database;
    options.connections = 1;
    options.wait_ms = wait_ms;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    return app;
}

Test(transactions, get_a_connection_in_the_order_in_which_they_ask)
{
    mc_app *app = app_with_one_connection(20000);
    customer customers[IN_LINE] = {0};
    mc_session *holder = NULL;

    cr_assert_eq(mc_session_new(&holder, app), 0);
    cr_assert_eq(mc_session_begin(holder), 0);
    for (int i = 0; i < IN_LINE; i++) {
        int64_t waits = waits_of(app);

        cr_assert_eq(mc_session_new(&customers[i].session, app), 0);
        pthread_create(&customers[i].thread, NULL, take_a_turn, &customers[i]);
        while (waits_of(app) == waits)
            usleep(1000);
    }
    /* whoever gives it back and asks again at once is the last one in line */
    cr_expect_eq(mc_session_rollback(holder), 0);
    cr_expect_eq(mc_session_begin(holder), 0);
    cr_expect_eq(atomic_load(&served), IN_LINE);
    for (int i = 0; i < IN_LINE; i++) {
        pthread_join(customers[i].thread, NULL);
        cr_expect_eq(customers[i].place, i);
        mc_session_free(customers[i].session);
    }
    mc_session_free(holder);
    mc_app_free(app);
}

Test(transactions, leave_the_line_when_they_have_waited_too_long)
{
    mc_app *app = app_with_one_connection(50);
    mc_session *holder = NULL, *other = NULL;

    cr_assert_eq(mc_session_new(&holder, app), 0);
    cr_assert_eq(mc_session_new(&other, app), 0);
    cr_assert_eq(mc_session_begin(holder), 0);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(mc_session_begin(other), MC_EBUSY);
    cr_expect_eq(mc_session_rollback(holder), 0);
    cr_expect_eq(mc_session_begin(other), 0, "nothing was left behind in the line");
    mc_session_free(other);
    mc_session_free(holder);
    mc_app_free(app);
}

Test(transactions, survive_a_refused_write_inside)
{
    mc_comment_edit blank = {
        .size = sizeof(blank), .item_type = "conversation", .item_id = 999999, .markdown = "x"};
    int64_t id, comment;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "one");
    must_fail(mc_comment_create(&comment, session, &blank), MC_ENOTFOUND);
    make_comment(id, "two");
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 2);
}

/* PostgreSQL itself fails, in the middle of a statement: no such time zone. */
static void fail_in_sql(void)
{
    mc_event_edit edit = {.size = sizeof(edit),
                          .microcosm_id = root_microcosm(),
                          .title = "Regatta",
                          .tz = "Europe/Atlantis"};
    int64_t id;

    must_fail(mc_event_create(&id, session, &edit), MC_EINVAL);
}

Test(transactions, survive_a_statement_that_fails_inside)
{
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    fail_in_sql();
    must(mc_session_begin(session));
    fail_in_sql();
    make_comment(id, "one");
    fail_in_sql();
    make_comment(id, "two");
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items"), 1);
}

Test(transactions, of_the_host_survive_a_statement_that_fails_inside)
{
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_use_connection(session, host));
    fail_in_sql();
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_IDLE);
    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    fail_in_sql();
    make_comment(id, "one");
    must(mc_session_begin(session));
    fail_in_sql();
    make_comment(id, "two");
    must(mc_session_rollback(session));
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(offers(), 1);
    cr_expect_eq(comments(), 1);
    must(mc_session_use_connection(session, NULL));
}

static void enter(mc_session *visitor, const char *key)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = key;
    cr_assert_eq(mc_session_enter(visitor, &visit), 0, "%s: %s", key,
                 mc_session_error(visitor)->message);
}

static int64_t conversations_seen(mc_session *visitor)
{
    mc_collection *list = NULL;
    int64_t total;

    cr_assert_eq(mc_conversations_list(&list, visitor, NULL), 0, "%s",
                 mc_session_error(visitor)->message);
    total = list->conversations->total;
    cr_assert_eq((int64_t)list->conversations->items.count, total);
    mc_record_free(list);
    return total;
}

/* A rollback takes back which site the connection is on. */
Test(transactions, leave_the_pool_a_connection_that_knows_its_site)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    mc_app *app = app_with_one_connection(5000);
    mc_session *test = NULL, *quay = NULL;
    int64_t id;

    act_as("owner");
    make_conversation(root_microcosm(), "Boats");
    must(mc_site_create(&id, session, &edit, "owner@example.org"));
    cr_assert_eq(mc_session_new(&test, app), 0);
    cr_assert_eq(mc_session_new(&quay, app), 0);
    enter(test, "test");
    enter(quay, "quay");
    for (int round = 0; round < 2; round++) {
        cr_expect_eq(conversations_seen(test), 1, "the connection is on site test now");
        cr_expect_eq(mc_session_begin(quay), 0);
        cr_expect_eq(conversations_seen(quay), 0, "and on site quay, in a transaction");
        cr_expect_eq(round ? mc_session_rollback(quay) : mc_session_commit(quay), 0);
        cr_expect_eq(mc_session_act_as_email(quay, "owner@example.org"), 0, "%s",
                     mc_session_error(quay)->message);
        cr_expect_eq(conversations_seen(quay), 0);
        cr_expect_eq(conversations_seen(test), 1);
    }
    mc_session_free(quay);
    mc_session_free(test);
    mc_app_free(app);
}

/* Whatever it takes long with: here it waits for nobody, and would end after a minute. */
Test(transactions, end_statements_that_take_too_long)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_conversation_edit edit = {.size = sizeof(edit), .title = "Boats"};
    mc_app *app = NULL;
    mc_session *quick = NULL;
    int64_t id = 77;

    act_as("alice");
    edit.microcosm_id = root_microcosm();
    options.database = forum_database;
    options.statement_ms = 50;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&quick, app), 0);
    enter(quick, "test");
    cr_assert_eq(mc_session_act_as_email(quick, "alice@example.org"), 0);
    PQclear(test_sql(host, "CREATE FUNCTION public.rest() RETURNS trigger LANGUAGE plpgsql AS"
                           " 'BEGIN PERFORM pg_catalog.pg_sleep(60); RETURN new; END'"));
    PQclear(test_sql(host, "CREATE TRIGGER rest BEFORE INSERT ON microcosm.items"
                           " FOR EACH ROW EXECUTE FUNCTION public.rest()"));
    cr_expect_eq(mc_conversation_create(&id, quick, &edit), MC_EBUSY, "%s",
                 mc_session_error(quick)->message);
    cr_expect_eq(id, 77);
    PQclear(test_sql(host, "DROP TRIGGER rest ON microcosm.items"));
    cr_expect_eq(mc_conversation_create(&id, quick, &edit), 0);
    cr_expect_eq(conversations_seen(quick), 1);
    mc_session_free(quick);
    mc_app_free(app);
}

static int64_t connections_of_pool(void)
{
    return forum_number("SELECT count(*) FROM pg_stat_activity WHERE"
                        " application_name = 'microcosm' AND datname = current_database()");
}

/* The server ends what is idle: a restart, a firewall. Writing isn't tried twice, so this must be
 * seen before. */
Test(transactions, are_never_tried_on_a_connection_that_has_ended)
{
    PGconn *superuser = test_server_connect();
    char sql[300];
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    cr_assert_gt(connections_of_pool(), 0);
    snprintf(sql, sizeof(sql),
             "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE"
             " application_name = 'microcosm' AND datname = '%s'",
             PQdb(host));
    PQclear(test_sql(superuser, sql));
    cr_assert_eq(connections_of_pool(), 0);
    make_comment(id, "Still here");
    PQclear(test_sql(superuser, sql));
    must(mc_session_begin(session));
    make_comment(id, "And here");
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 2);
    PQfinish(superuser);
}

Test(transactions, of_the_host_take_the_forum_along_when_they_roll_back)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_use_connection(session, host));
    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    make_comment(id, "A dinghy is on offer");
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS,
                 "the host's transaction is still its own");
    PQclear(test_sql(host, "ROLLBACK"));
    cr_expect_eq(offers(), 0);
    cr_expect_eq(comments(), 0);

    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    make_comment(id, "A dinghy is on offer");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(offers(), 1);
    cr_expect_eq(comments(), 1);
}

Test(transactions, of_the_host_survive_what_the_forum_refuses)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = 999999, .title = "Nowhere"};
    int64_t id;

    act_as("alice");
    must(mc_session_use_connection(session, host));
    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    must_fail(mc_conversation_create(&id, session, &edit), MC_EFORBIDDEN);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(offers(), 1);
}

Test(transactions, leave_nothing_behind_on_the_hosts_connection)
{
    PGresult *rows;
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    PQclear(test_sql(host, "SET datestyle = 'SQL, DMY'"));
    must(mc_session_use_connection(session, host));
    make_comment(id, "outside of a transaction");
    PQclear(test_sql(host, "BEGIN"));
    make_comment(id, "inside");
    rows = test_sql(host, "SELECT current_setting('datestyle'), "
                          "coalesce(current_setting('microcosm.site_id', true), ''),"
                          " (SELECT count(*) FROM pg_prepared_statements)");
    cr_expect_str_eq(PQgetvalue(rows, 0, 0), "SQL, DMY");
    cr_expect_str_eq(PQgetvalue(rows, 0, 1), "");
    cr_expect_str_eq(PQgetvalue(rows, 0, 2), "0");
    PQclear(rows);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(comments(), 2);
}

Test(transactions, of_the_host_that_have_failed_are_told)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = 1, .title = "x"};
    int64_t id;

    act_as("alice");
    must(mc_session_use_connection(session, host));
    PQclear(test_sql(host, "BEGIN"));
    PQclear(PQexec(host, "SELECT nonsense"));
    must_fail(mc_conversation_create(&id, session, &edit), MC_ESTATE);
    PQclear(test_sql(host, "ROLLBACK"));
}

Test(transactions, of_a_host_that_asks_the_app_for_its_database)
{
    PGconn *connection = PQconnectdb(mc_app_database(forum_app));

    cr_assert_eq(PQstatus(connection), CONNECTION_OK, "%s", PQerrorMessage(connection));
    cr_expect_str_eq(PQdb(connection), PQdb(host));
    cr_expect_str_eq(mc_app_database(NULL), "");
    PQfinish(connection);
}
