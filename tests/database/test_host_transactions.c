/* Transactions of a host program, on its own connection and through a function that runs SQL on it.
 */
#include "forum.h"
#include "host.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(host_transactions, .init = host_open, .fini = host_close, .timeout = 300);

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
    Test(host_transactions, name##_by_connection)                                                  \
    {                                                                                              \
        name(use_connection);                                                                      \
    }                                                                                              \
    Test(host_transactions, name##_by_executor)                                                    \
    {                                                                                              \
        name(use_executor);                                                                        \
    }                                                                                              \
    static void name(void (*use_host)(void))

Test(host_transactions, of_the_host_survive_a_statement_that_fails_inside)
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
    cr_expect_eq(count_offers(), 1);
    cr_expect_eq(count_comments(), 1);
    must(mc_session_use_connection(session, NULL));
}

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
    cr_expect_eq(count_offers(), 0);
    cr_expect_eq(count_comments(), 0);

    PQclear(test_sql(host, "BEGIN"));
    PQclear(test_sql(host, "INSERT INTO public.offers VALUES ('Dinghy')"));
    make_comment(id, "A dinghy is on offer");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(count_offers(), 1);
    cr_expect_eq(count_comments(), 1);
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
    cr_expect_eq(count_comments(), 24);
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
    cr_expect_eq(count_offers(), 1);
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
    cr_expect_eq(count_comments(), 2);
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
    cr_expect_eq(count_offers(), 1);
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
    cr_expect_eq(count_comments(), 1);
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
    cr_expect_eq(count_comments(), 1);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(count_comments(), 2);
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
    cr_expect_eq(count_comments(), 0);

    PQclear(test_sql(host, "BEGIN"));
    must(mc_session_begin(session));
    make_comment(id, "gone with it");
    PQclear(test_sql(host, "ROLLBACK"));
    must_fail(mc_session_commit(session), MC_ESTATE);
    make_comment(id, "the session is fine after it");
    cr_expect_eq(count_comments(), 1);
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

Test(host_transactions, of_a_host_that_asks_the_app_for_its_database)
{
    PGconn *connection = PQconnectdb(mc_app_database(forum_app));

    cr_assert_eq(PQstatus(connection), CONNECTION_OK, "%s", PQerrorMessage(connection));
    cr_expect_str_eq(PQdb(connection), PQdb(host));
    cr_expect_str_eq(mc_app_database(NULL), "");
    PQfinish(connection);
}
