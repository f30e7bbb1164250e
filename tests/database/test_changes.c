/* The change feed: complete, in an order that skips nothing, and only of what one may see. */
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(changes, .init = forum_open, .fini = forum_close, .timeout = 300);

static char cursor[64];

/* "create conversation, create comment": what is new since the cursor, which moves along. */
static const char *news(void)
{
    static char text[1000];
    mc_change_list *list = NULL;
    size_t length = 0;

    text[0] = '\0';
    must(mc_changes_next(&list, session, cursor, 0));
    for (size_t i = 0; i < list->changes.count; i++) {
        const mc_change *change = list->changes.items[i];

        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s", i ? ", " : "",
                                   change->action, change->item_type);
    }
    snprintf(cursor, sizeof(cursor), "%s", list->cursor);
    mc_record_free(list);
    return text;
}

/* Any transaction on the server, of whichever database, holds the feed back while it runs: so what
 * must come may take a moment. */
static void expect_news(const char *expected)
{
    char all[1000] = "";

    for (int waited = 0; strlen(all) < strlen(expected) && wait_a_moment(&waited);) {
        const char *more = news();

        if (*more)
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? ", " : "", more);
    }
    cr_expect_str_eq(all, expected, "%s, not %s", all, expected);
}

static void from_now(void)
{
    int64_t newest = forum_number("SELECT max(change_id) FROM microcosm.changes");

    for (int waited = 0; wait_a_moment(&waited);) {
        snprintf(cursor, sizeof(cursor), "now");
        cr_assert_str_eq(news(), "");
        if (atoll(strchr(cursor, '.') + 1) == newest)
            return;
    }
    cr_assert_fail("the feed does not catch up");
}

Test(changes, tell_what_was_written_since_the_cursor)
{
    int64_t id;

    act_as("owner"); /* first visibility of a person is news too */
    act_as("alice");
    from_now();
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "Bowline");
    expect_news("create conversation, create comment");
    cr_expect_str_eq(news(), "", "once is enough");
    act_as("owner");
    must(mc_conversation_delete(session, id));
    expect_news("delete conversation");
}

Test(changes, call_everything_a_deletion_that_cannot_be_seen_any_more)
{
    int64_t id;

    act_as("owner");
    from_now();
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "Bowline");
    must(mc_conversation_delete(session, id));
    expect_news("delete conversation, delete comment, delete conversation");
}

Test(changes, keep_silent_about_what_the_actor_may_not_read)
{
    int64_t closed, id;

    act_as("owner");
    closed = make_microcosm(0, "Committee");
    forum_sql("INSERT INTO microcosm.roles (site_id, microcosm_id, title, is_moderator) VALUES "
              "(%lld, %lld, 'x', false)",
              (long long)mc_session_site(session), (long long)closed);
    act_as("alice");
    from_now();
    act_as("owner");
    id = make_conversation(closed, "Secret plans");
    make_comment(id, "Hush");
    act_as("alice");
    make_conversation(root_microcosm(), "For everybody");
    expect_news("create conversation"); /* which is younger than all of the others */
    act_as("owner");
    from_now();
    id = make_conversation(closed, "More plans");
    expect_news("create conversation");
}

Test(changes, wait_for_older_transactions_rather_than_skip_them)
{
    PGconn *slow = test_database_connect(forum_database);
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    from_now();
    /* A write that began first and commits last. */
    PQclear(test_sql(slow, "BEGIN"));
    PQclear(test_sql(slow, "SET LOCAL microcosm.site_id = 0"));
    PQclear(test_sql(slow, "INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
                           " SELECT site_id, 3, profile_id, 'replace' FROM microcosm.profiles "
                           "WHERE profile_name = 'alice'"));
    make_comment(id, "Bowline");
    cr_expect_str_eq(news(), "", "the younger one is held back");
    PQclear(test_sql(slow, "COMMIT"));
    expect_news("replace profile, create comment");
    PQfinish(slow);
}

Test(changes, refuse_a_cursor_that_is_none)
{
    static const char *const wrong[] = {"x",
                                        "1",
                                        "1.",
                                        ".1",
                                        "1.2.3",
                                        "1.2x",
                                        "-1.2",
                                        "99999999999999999999.1",
                                        "1.9999999999999999999"};
    mc_change_list *list = NULL;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        must_fail(mc_changes_next(&list, session, wrong[i], 0), MC_EINVAL);
    must_fail(mc_changes_next(&list, session, NULL, 1001), MC_EINVAL);
    must_fail(mc_changes_next(&list, session, NULL, -1), MC_EINVAL);
    cr_expect_null(list);
}
