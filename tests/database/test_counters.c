/* Appended counters: always exact, folded in the background, without lock waits. */
#include "forum.h"

#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

TestSuite(counters, .init = forum_open, .fini = forum_close, .timeout = 300);

static int64_t deltas(void)
{
    return forum_number("SELECT (SELECT count(*) FROM microcosm.microcosm_deltas)"
                        " + (SELECT count(*) FROM microcosm.site_deltas)");
}

static int64_t counted(const char *relation, const char *column, int64_t microcosm_id)
{
    return forum_number("SELECT %s FROM microcosm.%s WHERE microcosm_id = %lld", column, relation,
                        (long long)microcosm_id);
}

/* Calls mc_app_step() again and again. */
static void step_until_folded(void)
{
    for (int waited = 0; deltas() > 0 && wait_a_moment(&waited);)
        mc_app_step(forum_app);
}

Test(counters, are_exact_before_and_after_folding)
{
    int64_t microcosm, conversation;

    act_as("owner");
    microcosm = make_microcosm(root_microcosm(), "Knots");
    conversation = make_conversation(microcosm, "Which knot?");
    make_comment(conversation, "one");
    make_comment(conversation, "two");

    cr_expect_gt(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "comment_count", microcosm), 0);
    cr_expect_eq(counted("microcosm_stats", "conversation_count", microcosm), 1);
    cr_expect_eq(counted("microcosm_stats", "comment_count", microcosm), 2);
    step_until_folded();
    cr_expect_eq(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "conversation_count", microcosm), 1);
    cr_expect_eq(counted("microcosm_counters", "comment_count", microcosm), 2);
    cr_expect_eq(counted("microcosm_stats", "comment_count", microcosm), 2);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosm_counters c JOIN microcosm.items i"
                     " USING (site_id, microcosm_id)"
                     " WHERE i.item_id = %lld AND c.last_activity = i.last_activity",
                     (long long)conversation),
        1);
}

Test(counters, follow_hiding_and_moving)
{
    int64_t from, to, conversation, comment;
    mc_conversation_edit edit = {.size = sizeof(edit)};

    act_as("owner");
    from = make_microcosm(root_microcosm(), "Knots");
    to = make_microcosm(root_microcosm(), "Splices");
    conversation = make_conversation(from, "Which knot?");
    comment = make_comment(conversation, "one");
    make_comment(conversation, "two");
    step_until_folded();
    must(mc_comment_delete(session, comment));
    edit.microcosm_id = to;
    edit.edit_reason = "belongs there";
    must(mc_conversation_edit_save(session, conversation, &edit));

    for (int folded = 0; folded < 2; folded++) {
        cr_expect_eq(counted("microcosm_stats", "conversation_count", from), 0);
        cr_expect_eq(counted("microcosm_stats", "comment_count", from), 0);
        cr_expect_eq(counted("microcosm_stats", "conversation_count", to), 1);
        cr_expect_eq(counted("microcosm_stats", "comment_count", to), 1);
        step_until_folded();
    }
    must(mc_conversation_delete(session, conversation));
    cr_expect_eq(counted("microcosm_stats", "conversation_count", to), 0);
    cr_expect_eq(counted("microcosm_stats", "comment_count", to), 0);
}

/* While one writer's transaction is open, the next must not wait for a counter's row. */
Test(counters, do_not_serialise_writers_of_one_microcosm)
{
    PGconn *host = test_database_connect(forum_database);
    mc_session *other = NULL;
    mc_visit visit = MC_VISIT_INIT;
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .markdown = "from the host"};
    int64_t first, second, comment;

    act_as("alice");
    first = make_conversation(root_microcosm(), "First");
    second = make_conversation(root_microcosm(), "Second");
    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(other, "bob@example.org"), 0);
    PQclear(test_sql(host, "BEGIN"));
    cr_assert_eq(mc_session_use_connection(other, host), 0);
    edit.item_id = first;
    cr_assert_eq(mc_comment_create(&comment, other, &edit), 0, "%s",
                 mc_session_error(other)->message);

    make_comment(second, "meanwhile"); /* if it waited: MC_EBUSY after statement_ms */
    mc_app_step(forum_app);            /* the fold doesn't wait either */
    cr_expect_eq(counted("microcosm_stats", "comment_count", root_microcosm()), 1);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(counted("microcosm_stats", "comment_count", root_microcosm()), 2);
    step_until_folded();
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 2);
    mc_session_free(other);
    PQfinish(host);
}

Test(counters, are_folded_by_one_process_at_a_time)
{
    PGconn *first = test_database_connect(forum_database);

    act_as("alice");
    make_comment(make_conversation(root_microcosm(), "First"), "one");
    PQclear(test_sql(first, "SET microcosm.site_id = 0"));
    PQclear(test_sql(first, "BEGIN"));
    PQclear(
        test_sql(first, "SELECT pg_advisory_xact_lock(hashtextextended('microcosm counters', 0))"));
    for (int i = 0; i < 3; i++)
        mc_app_step(forum_app);
    cr_expect_gt(deltas(), 0, "somebody else is at it");
    PQclear(test_sql(first, "COMMIT"));
    step_until_folded();
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 1);
    PQfinish(first);
}

/* A host that never calls mc_app_step(). */
Test(counters, are_folded_by_writers_without_mc_app_step)
{
    const struct timespec late = {.tv_sec = 6};
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "First");
    make_comment(conversation, "one");
    cr_expect_gt(deltas(), 0);
    nanosleep(&late, NULL);
    must(mc_session_begin(session)); /* has the connection that folding might need */
    make_comment(conversation, "two");
    cr_expect_gt(deltas(), 0);
    must(mc_session_commit(session));
    make_comment(conversation, "three");
    cr_expect_eq(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 3);
}

Test(counters, count_profiles)
{
    const long long site = (long long)mc_session_site(session);

    act_as("alice");
    act_as("bob");
    for (int folded = 0; folded < 2; folded++) {
        cr_expect_eq(
            forum_number("SELECT s.total_profiles + (SELECT coalesce(sum(d.total_profiles), 0)"
                         " FROM microcosm.site_deltas d WHERE d.site_id = s.site_id)"
                         " FROM microcosm.site_stats s WHERE s.site_id = %lld",
                         site),
            3);
        step_until_folded();
    }
    forum_sql("DELETE FROM microcosm.profiles WHERE site_id = %lld AND profile_name = 'bob'", site);
    act_as("alice");
    make_conversation(root_microcosm(), "Where is bob?"); /* any write wakes the background work */
    step_until_folded();
    cr_expect_eq(
        forum_number("SELECT total_profiles FROM microcosm.site_stats WHERE site_id = %lld", site),
        2);
}
