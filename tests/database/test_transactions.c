/* Transactions of a session, and of a host program on its own connection. */
#include "forum.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
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

Test(transactions, of_a_session_commit_or_roll_back_all_of_it)
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
    /* a thread that returns a connection and asks again at once is the last in the queue */
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

Test(transactions, give_up_when_they_have_waited_too_long)
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

Test(transactions, of_the_host_roll_the_forums_writes_back)
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

Test(transactions, of_the_host_survive_a_refused_write)
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

Test(transactions, of_the_host_that_have_failed_are_reported)
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
