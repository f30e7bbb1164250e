/* Transactions: of a session, and of a host program that lends its connection. */
#include "forum.h"
#include "postgres.h"

#include <criterion/criterion.h>

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

TestSuite(transactions, .init = begin, .fini = end, .timeout = 60);

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
