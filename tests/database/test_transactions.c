/* Transactions of a session, and of a host program on its own connection. */
#include "domain/base/handles.h"
#include "fail_alloc.h"
#include "forum.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <inttypes.h>
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

/* PostgreSQL itself fails, in the middle of a statement: that is in the year before 1. */
static void fail_in_sql(void)
{
    mc_event_edit edit = {.size = sizeof(edit),
                          .microcosm_id = root_microcosm(),
                          .title = "Regatta",
                          .when = "0001-01-01T00:00:00Z",
                          .tz = "Asia/Tokyo"};
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

    cr_assert_eq(mc_conversations_list(&list, visitor, NULL, NULL), 0, "%s",
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

static int64_t make_poll(void)
{
    static const mc_poll_choice_edit port = {.size = sizeof(port), .choice = "port"},
                                     starboard = {.size = sizeof(starboard), .choice = "starboard"};
    const void *choices[] = {&port, &starboard};
    mc_poll_edit edit = {.size = sizeof(edit),
                         .microcosm_id = root_microcosm(),
                         .title = "Sides",
                         .question = "Which side?",
                         .choices = {choices, 2}};
    int64_t id;

    must(mc_poll_create(&id, session, &edit));
    return id;
}

Test(transactions, survive_a_read_that_fails_inside)
{
    mc_poll *poll = NULL;
    int64_t id, sides;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    sides = make_poll();
    must(mc_session_begin(session));
    make_comment(id, "one");
    PQclear(PQexec(mc__conn_pg(session->db.held), "SET lock_timeout = 50"));
    PQclear(test_sql(host, "BEGIN; LOCK TABLE microcosm.poll_choices"));
    must_fail(mc_poll_get(&poll, session, sides, NULL), MC_EBUSY);
    PQclear(test_sql(host, "ROLLBACK"));
    must(mc_poll_get(&poll, session, sides, NULL));
    mc_record_free(poll);
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 1);
}

Test(transactions, that_have_failed_are_not_called_committed)
{
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "lost");
    PQclear(PQexec(mc__conn_pg(session->db.held), "SELECT 1/0"));
    must_fail(mc_session_commit(session), MC_EDATABASE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P02");
    must_fail(mc_session_rollback(session), MC_ESTATE);
    cr_expect_eq(comments(), 0);
    make_comment(id, "the session is fine after it");
    cr_expect_eq(comments(), 1);
}

static int count(const char *text, const char *piece)
{
    int found = 0;

    while ((text = strstr(text, piece))) {
        found++;
        text += strlen(piece);
    }
    return found;
}

/* From what libpq has sent: each Sync or simple Query is a wait for the server's answer. */
Test(transactions, put_their_savepoints_into_the_trip_that_needs_them)
{
    mc_conversation *record = NULL;
    char *trace = NULL;
    size_t length;
    FILE *file = open_memstream(&trace, &length);
    PGconn *pg;
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "one");
    pg = mc__conn_pg(session->db.held);
    PQtrace(pg, file);
    PQsetTraceFlags(pg, PQTRACE_SUPPRESS_TIMESTAMPS);
    must(mc_conversation_get(&record, session, id, NULL));
    make_comment(id, "two");
    PQuntrace(pg);
    fclose(file);
    mc_record_free(record);
    must(mc_session_rollback(session));
    cr_expect_gt(count(trace, "Sync\n"), 1);
    cr_expect_eq(count(trace, "Sync\n"), count(trace, "\"SAVEPOINT microcosm\""));
    cr_expect_eq(count(trace, "Sync\n"), count(trace, "\"RELEASE SAVEPOINT microcosm\""));
    cr_expect_eq(count(trace, "\tQuery\t"), 0);
    free(trace);
}

/* Transactions of a host, on libpq's connection and through a function that runs SQL on it. */

static int answer(const PGresult *rows, mc_result *result)
{
    const char *names[100], *values[100];
    int columns = PQnfields(rows);

    cr_assert_leq(columns, 100);
    if (columns == 0)
        return 0;
    for (int i = 0; i < columns; i++)
        names[i] = PQfname(rows, i);
    mc_result_columns(result, names, (size_t)columns);
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int i = 0; i < columns; i++)
            values[i] = PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i);
        mc_result_row(result, values, (size_t)columns);
    }
    return 0;
}

static int execute(void *data, const char *sql, const char *const *params, size_t count,
                   mc_result *result)
{
    PGconn *pg = data;
    PGresult *rows =
        count ? PQexecParams(pg, sql, (int)count, NULL, params, NULL, NULL, 0) : PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(rows);
    int rc = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK
                 ? answer(rows, result)
                 : mc_result_fail(result, PQresultErrorField(rows, PG_DIAG_SQLSTATE),
                                  PQerrorMessage(pg));

    PQclear(rows);
    return rc;
}

static int in_transaction(void *data)
{
    switch (PQtransactionStatus(data)) {
    case PQTRANS_IDLE:
        return 0;
    case PQTRANS_INTRANS:
        return 1;
    case PQTRANS_UNKNOWN:
        return MC_EUNAVAILABLE;
    default:
        return MC_ESTATE;
    }
}

static mc_executor executor_on(PGconn *pg)
{
    return (mc_executor){.size = sizeof(mc_executor),
                         .execute = execute,
                         .in_transaction = in_transaction,
                         .data = pg};
}

static void use_connection(void)
{
    must(mc_session_use_connection(session, host));
}

static void use_executor(void)
{
    mc_executor executor = executor_on(host);

    must(mc_session_use_executor(session, &executor));
}

#define HOST_TEST(name)                                                                            \
    static void name(void (*use_host)(void));                                                      \
    Test(transactions, name##_by_connection)                                                       \
    {                                                                                              \
        name(use_connection);                                                                      \
    }                                                                                              \
    Test(transactions, name##_by_executor)                                                         \
    {                                                                                              \
        name(use_executor);                                                                        \
    }                                                                                              \
    static void name(void (*use_host)(void))

HOST_TEST(of_the_host_roll_the_forums_writes_back)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    use_host();
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

/* Many comments in one transaction. */

static void comment_often(int64_t id, int count, const char *word)
{
    char text[100];

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%s %d", word, i);
        make_comment(id, text);
    }
}

/* Rows that the transaction open on pg has updated. */
static int64_t updated_rows(PGconn *pg)
{
    PGresult *rows = test_sql(pg, "SELECT coalesce(sum(n_tup_upd), 0) FROM"
                                  " pg_catalog.pg_stat_xact_user_tables");
    int64_t updated = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);

    PQclear(rows);
    return updated;
}

static void expect_shown(int64_t id, int64_t total)
{
    mc_conversation *record = NULL;

    must(mc_conversation_get(&record, session, id, NULL));
    cr_expect_eq(record->comments->total, total, "%" PRId64 " instead of %" PRId64,
                 record->comments->total, total);
    mc_record_free(record);
}

/* What the counters must be, from the comments themselves. */
static void expect_settled(int64_t id)
{
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.unsettled_items"), 0);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.items i, LATERAL ("
                     "SELECT count(*) FILTER (WHERE is_visible) AS comments, max(position) + 1 AS"
                     " next, max(created) FILTER (WHERE is_visible) AS newest,"
                     " max(comment_id) FILTER (WHERE is_visible) AS last"
                     " FROM microcosm.comments WHERE item_id = i.item_id) c"
                     " WHERE i.item_id = %" PRId64 " AND i.comment_count = c.comments AND"
                     " i.next_position = c.next AND i.last_comment_id = c.last AND"
                     " i.last_comment_created = c.newest AND i.last_activity >= c.newest",
                     id),
        1);
    cr_expect_eq(forum_number("SELECT sum(comment_count) FROM (SELECT comment_count FROM"
                              " microcosm.profiles UNION ALL SELECT comment_count FROM"
                              " microcosm.profile_deltas) c"),
                 forum_number("SELECT count(*) FROM microcosm.comments WHERE is_visible"));
}

/* Each further version of a row makes each look-up of it slower, and none goes before the commit.
 */
Test(transactions, write_many_comments_without_making_many_versions_of_a_row)
{
    int64_t id, before;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    make_comment(id, "before");
    must(mc_session_begin(session));
    make_comment(id, "first");
    before = updated_rows(mc__conn_pg(session->db.held));
    comment_often(id, 40, "many");
    cr_expect_eq(updated_rows(mc__conn_pg(session->db.held)), before);
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 42);
    expect_settled(id);
    make_comment(id, "after");
    expect_settled(id);
}

Test(transactions, show_their_own_comments_and_count_them)
{
    mc_comment_edit twice = {.size = sizeof(twice), .item_type = "conversation", .markdown = "x 1"};
    int64_t id, other, found, last;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    other = make_conversation(root_microcosm(), "Sails");
    make_comment(id, "before");
    must(mc_session_begin(session));
    comment_often(id, 3, "x");
    comment_often(other, 2, "y");
    twice.item_id = id;
    must(mc_comment_create(&found, session, &twice));
    expect_shown(id, 4);
    expect_shown(other, 2);
    last = make_comment(id, "hidden");
    must(mc_comment_delete(session, last));
    expect_shown(id, 4);
    comment_often(id, 2, "z");
    expect_shown(id, 6);
    fail_in_sql();
    make_comment(id, "last");
    must(mc_session_commit(session));
    expect_shown(id, 7);
    expect_settled(id);
    expect_settled(other);
}

HOST_TEST(of_the_host_write_many_comments_without_making_many_versions_of_a_row)
{
    int64_t id, before;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    use_host();
    make_comment(id, "outside of a transaction");
    expect_settled(id);
    PQclear(test_sql(host, "BEGIN"));
    make_comment(id, "first");
    before = updated_rows(host);
    comment_often(id, 20, "many");
    cr_expect_eq(updated_rows(host), before);
    expect_shown(id, 22);
    PQclear(test_sql(host, "SAVEPOINT boats"));
    comment_often(id, 2, "undone");
    PQclear(test_sql(host, "ROLLBACK TO SAVEPOINT boats"));
    comment_often(id, 2, "kept");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(comments(), 24);
    must(mc_session_use_connection(session, NULL));
    expect_settled(id);
    expect_shown(id, 24);
}

HOST_TEST(of_the_host_survive_a_refused_write)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = 999999, .title = "Nowhere"};
    int64_t id;

    act_as("alice");
    use_host();
    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    must_fail(mc_conversation_create(&id, session, &edit), MC_EFORBIDDEN);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(offers(), 1);
}

HOST_TEST(leave_nothing_behind_on_the_hosts_connection)
{
    PGresult *rows;
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    PQclear(test_sql(host, "SET datestyle = 'SQL, DMY'"));
    use_host();
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

HOST_TEST(of_the_host_that_have_failed_are_reported)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = 1, .title = "x"};
    int64_t id;

    act_as("alice");
    use_host();
    PQclear(test_sql(host, "BEGIN"));
    PQclear(PQexec(host, "SELECT nonsense"));
    must_fail(mc_conversation_create(&id, session, &edit), MC_ESTATE);
    PQclear(test_sql(host, "ROLLBACK"));
}

HOST_TEST(of_the_host_survive_a_statement_that_fails)
{
    mc_poll *poll = NULL;
    int64_t sides;

    act_as("owner");
    sides = make_poll();
    use_host();
    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    forum_sql("BEGIN; LOCK TABLE microcosm.poll_choices");
    PQclear(test_sql(host, "SET LOCAL lock_timeout = 50"));
    must_fail(mc_poll_get(&poll, session, sides, NULL), MC_EBUSY);
    forum_sql("ROLLBACK");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(offers(), 1);
}

HOST_TEST(of_a_session_on_a_hosts_connection_are_the_hosts_or_its_savepoints)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    use_host();
    must(mc_session_begin(session));
    make_comment(id, "kept");
    must(mc_session_commit(session));
    cr_expect_eq(comments(), 1);
    must(mc_session_begin(session));
    make_comment(id, "undone");
    must(mc_session_rollback(session));
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_IDLE);

    PQclear(test_sql(host, "BEGIN"));
    must(mc_session_begin(session));
    make_comment(id, "undone");
    must(mc_session_rollback(session));
    must(mc_session_begin(session));
    make_comment(id, "kept as well");
    must(mc_session_commit(session));
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS);
    cr_expect_eq(comments(), 1);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(comments(), 2);
}

HOST_TEST(of_a_session_say_when_the_host_has_broken_them)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    use_host();
    must(mc_session_begin(session));
    make_comment(id, "lost");
    PQclear(PQexec(host, "SELECT nonsense"));
    must_fail(mc_session_commit(session), MC_EDATABASE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P02");
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_IDLE);
    cr_expect_eq(comments(), 0);

    PQclear(test_sql(host, "BEGIN"));
    must(mc_session_begin(session));
    make_comment(id, "gone with it");
    PQclear(test_sql(host, "ROLLBACK"));
    must_fail(mc_session_commit(session), MC_ESTATE);
    make_comment(id, "the session is fine after it");
    cr_expect_eq(comments(), 1);
}

HOST_TEST(of_the_host_carry_any_text)
{
    enum { LENGTH = 60000 };
    static const char piece[] = "\\ ' \" $1 %s :x \xc3\xa4 \xf0\x9f\x9b\xb6 ";
    mc_comment *comment = NULL;
    char *text = calloc(1, LENGTH + sizeof(piece));
    int64_t id;

    for (size_t length = 0; length < LENGTH; length += sizeof(piece) - 1)
        memcpy(text + length, piece, sizeof(piece));
    text[strlen(text) - 1] = '\0'; /* a space at the end is not kept */
    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    use_host();
    PQclear(test_sql(host, "SET timezone = 'Asia/Kolkata'; SET intervalstyle = 'sql_standard'"));
    must(mc_comment_get(&comment, session, make_comment(id, text), 0, 0));
    cr_expect_str_eq(comment->markdown, text);
    mc_record_free(comment);
    free(text);
}

/* Executors alone. */

Test(transactions, need_an_executor_that_is_whole)
{
    struct {
        mc_executor known;
        void *unknown;
    } newer = {.known = executor_on(host)};
    mc_executor executor = executor_on(host);

    executor.size = 0;
    must_fail(mc_session_use_executor(session, &executor), MC_EINVAL);
    executor.size = sizeof(executor);
    executor.execute = NULL;
    must_fail(mc_session_use_executor(session, &executor), MC_EINVAL);
    newer.known.size = sizeof(newer);
    must(mc_session_use_executor(session, &newer.known));
    newer.unknown = &newer;
    must_fail(mc_session_use_executor(session, &newer.known), MC_EINVAL);
    must(mc_session_use_executor(session, NULL));
    must(mc_session_begin(session));
    must_fail(mc_session_use_executor(session, NULL), MC_ESTATE);
    cr_expect_eq(mc_session_use_executor(NULL, NULL), MC_ESTATE);
}

Test(transactions, of_a_host_that_does_not_say_whether_it_is_in_one)
{
    mc_executor executor = executor_on(host);
    mc_site *site = NULL;

    executor.in_transaction = NULL;
    must(mc_session_use_executor(session, &executor));
    must_fail(mc_site_get(&site, session), MC_ESTATE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P01");
    PQclear(test_sql(host, "BEGIN"));
    must(mc_site_get(&site, session));
    mc_record_free(site);
    PQclear(PQexec(host, "SELECT nonsense"));
    must_fail(mc_site_get(&site, session), MC_ESTATE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P02");
    PQclear(test_sql(host, "ROLLBACK"));
}

/* Hosts that do it wrong, or fail. Each runs what has no parameters, such as savepoints. */

typedef struct fault {
    const char *name;
    int (*answer)(mc_result *result);
    int code;
} fault;

static const char *const two_names[] = {"a", "b"};
static const char *const two_values[] = {"1", NULL};

static int nothing(mc_result *result)
{
    (void)result;
    return 0;
}

static int positive(mc_result *result)
{
    (void)result;
    return 1;
}

static int busy(mc_result *result)
{
    (void)result;
    return MC_EBUSY;
}

static int invalid(mc_result *result)
{
    (void)result;
    return MC_EINVAL;
}

static int columns_twice(mc_result *result)
{
    mc_result_columns(result, two_names, 2);
    return mc_result_columns(result, two_names, 2);
}

static int no_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, 0);
}

static int too_many_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, SIZE_MAX);
}

static int column_without_a_name(mc_result *result)
{
    return mc_result_columns(result, two_values, 2);
}

static int other_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, 2);
}

static int row_without_columns(mc_result *result)
{
    mc_result_row(result, two_values, 2);
    return mc_result_columns(result, two_names, 2);
}

static int short_row(mc_result *result)
{
    mc_result_columns(result, two_names, 2);
    mc_result_row(result, two_values, 1);
    return 0; /* it is remembered */
}

static int latin1(mc_result *result)
{
    static const char *const values[] = {"1", "\xe4"};

    mc_result_columns(result, two_names, 2);
    return mc_result_row(result, values, 2);
}

static int no_sqlstate(mc_result *result)
{
    return mc_result_fail(result, "oops!", NULL);
}

static int deadlock(mc_result *result)
{
    return mc_result_fail(result, "40P01", "deadlock detected");
}

static int lost(mc_result *result)
{
    return mc_result_fail(result, NULL, "the cable is cut");
}

static const fault faults[] = {
    {"nothing", nothing, MC_ESYSTEM},
    {"positive", positive, MC_ESYSTEM},
    {"invalid", invalid, MC_ESYSTEM},
    {"busy", busy, MC_EBUSY},
    {"columns_twice", columns_twice, MC_ESYSTEM},
    {"no_columns", no_columns, MC_ESYSTEM},
    {"too_many_columns", too_many_columns, MC_ESYSTEM},
    {"column_without_a_name", column_without_a_name, MC_ESYSTEM},
    {"other_columns", other_columns, MC_ESYSTEM},
    {"row_without_columns", row_without_columns, MC_ESYSTEM},
    {"short_row", short_row, MC_ESYSTEM},
    {"latin1", latin1, MC_ESYSTEM},
    {"no_sqlstate", no_sqlstate, MC_ESYSTEM},
    {"deadlock", deadlock, MC_EBUSY},
    {"lost", lost, MC_EUNAVAILABLE},
};

static const fault *current;

static int execute_wrongly(void *data, const char *sql, const char *const *params, size_t count,
                           mc_result *result)
{
    return count == 0 ? execute(data, sql, params, count, result) : current->answer(result);
}

Test(transactions, of_a_host_whose_function_fails_end_in_an_error)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;

    executor.execute = execute_wrongly;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        int rc;

        current = &faults[i];
        PQclear(test_sql(host, "BEGIN"));
        rc = mc_profile_self(&profile, session);
        cr_expect_eq(rc, current->code, "%s: %d, %s", current->name, rc,
                     mc_session_error(session)->message);
        cr_expect_eq(mc_session_error(session)->code, current->code, "%s", current->name);
        cr_expect_null(profile);
        cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS,
                     "%s: the host's transaction failed", current->name);
        PQclear(test_sql(host, "ROLLBACK"));
    }
    cr_expect(strstr(mc_session_error(session)->message, "the cable is cut"));
}

static int execute_no_savepoint(void *data, const char *sql, const char *const *params,
                                size_t count, mc_result *result)
{
    return strncmp(sql, "SAVEPOINT", 9) == 0 ? MC_EBUSY : execute(data, sql, params, count, result);
}

Test(transactions, of_a_host_go_on_if_no_savepoint_could_be_made)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;

    executor.execute = execute_no_savepoint;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    PQclear(test_sql(host, "BEGIN"));
    must_fail(mc_profile_self(&profile, session), MC_EBUSY);
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS);
    must_fail(mc_session_begin(session), MC_EBUSY);
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS);
    PQclear(test_sql(host, "ROLLBACK"));
}

Test(transactions, need_a_session)
{
    cr_expect_lt(mc_session_begin(NULL), 0);
    cr_expect_lt(mc_session_commit(NULL), 0);
    cr_expect_lt(mc_session_rollback(NULL), 0);
}

/* What a host's function does with the library meanwhile. */

static mc_session *other;

static int execute_and_ask(void *data, const char *sql, const char *const *params, size_t count,
                           mc_result *result)
{
    mc_profile *profile = NULL;

    cr_expect_eq(mc_profile_self(&profile, session), MC_ESTATE);
    cr_expect_eq(mc_session_commit(session), MC_ESTATE);
    cr_expect_eq(mc_session_begin(session), MC_ESTATE);
    mc_session_reset(session);
    mc_session_free(session);
    cr_expect_eq(mc_session_act_as(other, 0), 0);
    return execute(data, sql, params, count, result);
}

Test(transactions, keep_their_session_from_being_used_by_the_hosts_function)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    executor.execute = execute_and_ask;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    must(mc_profile_self(&profile, session));
    cr_expect_str_eq(profile->profile_name, "alice");
    cr_expect_eq(mc_session_error(session)->code, 0);
    mc_record_free(profile);
    mc_session_free(other);
}

static int64_t talk;

static int comment_in_a_transaction(void)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .item_id = talk, .markdown = "hello"};
    mc_comment *comment = NULL;
    int64_t id;
    int rc;

    PQclear(test_sql(host, "BEGIN"));
    rc = mc_comment_create(&id, session, &edit);
    if (rc == 0)
        rc = mc_comment_get(&comment, session, id, 0, 0);
    mc_record_free(comment);
    PQclear(test_sql(host, "ROLLBACK"));
    return rc;
}

Test(transactions, through_an_executor_survive_a_lack_of_memory)
{
    act_as("alice");
    talk = make_conversation(root_microcosm(), "Boats");
    use_executor();
    cr_assert_eq(comment_in_a_transaction(), 0);
    cr_expect_gt(fail_each(comment_in_a_transaction), 10);
    cr_expect_eq(comments(), 0);
    PQclear(test_sql(host, "BEGIN"));
    make_comment(talk, "it is fine after it");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(comments(), 1);
}

Test(transactions, of_a_host_that_asks_the_app_for_its_database)
{
    PGconn *connection = PQconnectdb(mc_app_database(forum_app));

    cr_assert_eq(PQstatus(connection), CONNECTION_OK, "%s", PQerrorMessage(connection));
    cr_expect_str_eq(PQdb(connection), PQdb(host));
    cr_expect_str_eq(mc_app_database(NULL), "");
    PQfinish(connection);
}
