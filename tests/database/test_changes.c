/* The change feed: complete, in an order that skips nothing, limited to what the actor may read. */
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(changes, .init = forum_open, .fini = forum_close, .timeout = 300);

static char cursor[2000]; /* names each transaction that is open on the server */

/* The changes since the cursor, as "create conversation, create comment"; advances the cursor. */
static const char *new_changes(void)
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

/* Any open transaction on the server, in any database, delays the feed. What was told of a change
 * by its effects is told once more when its row follows. */
static void wait_for_rows(void)
{
    for (int waited = 0; forum_number("SELECT count(*) FROM microcosm.changes WHERE transaction >="
                                      " pg_snapshot_xmin(pg_current_snapshot())") > 0 &&
                         wait_a_moment(&waited);)
        ;
}

static void expect_changes(const char *expected)
{
    char all[1000] = "";

    wait_for_rows();
    for (int waited = 0; strlen(all) < strlen(expected) && wait_a_moment(&waited);) {
        const char *more = new_changes();

        if (*more)
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? ", " : "", more);
    }
    cr_expect_str_eq(all, expected, "%s, not %s", all, expected);
}

static void from_now(void)
{
    snprintf(cursor, sizeof(cursor), "now");
    cr_assert_str_eq(new_changes(), "");
}

Test(changes, after_now_leave_out_what_a_slow_transaction_held_back)
{
    PGconn *slow = test_database_connect(forum_database);
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    PQclear(test_sql(slow, "BEGIN"));
    PQclear(test_sql(slow, "SELECT pg_current_xact_id()"));
    make_comment(id, "Bowline");
    from_now();
    make_comment(id, "Sheet bend");
    make_comment(id, "Cleat hitch");
    cr_expect_str_eq(new_changes(), "");
    PQclear(test_sql(slow, "COMMIT"));
    PQfinish(slow);
    expect_changes("create comment, create comment");
}

Test(changes, have_all_writes_since_the_cursor)
{
    int64_t id;

    act_as("owner"); /* the first visit of a person is a change too */
    act_as("alice");
    from_now();
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "Bowline");
    expect_changes("create conversation, create comment");
    cr_expect_str_eq(new_changes(), "", "once is enough");
    act_as("owner");
    must(mc_conversation_delete(session, id));
    expect_changes("delete conversation");
}

Test(changes, report_hidden_resources_as_deleted)
{
    int64_t id;

    act_as("owner");
    from_now();
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "Bowline");
    must(mc_conversation_delete(session, id));
    expect_changes("delete conversation, delete comment, delete conversation");
}

Test(changes, leave_out_what_the_actor_may_not_read)
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
    expect_changes("create conversation"); /* which is younger than all of the others */
    act_as("owner");
    from_now();
    id = make_conversation(closed, "More plans");
    expect_changes("create conversation");
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
    cr_expect_str_eq(new_changes(), "", "the younger one is held back");
    PQclear(test_sql(slow, "COMMIT"));
    expect_changes("replace profile, create comment");
    PQfinish(slow);
}

Test(changes, refuse_an_invalid_cursor)
{
    static const char *const wrong[] = {"x",
                                        "1",
                                        "1.",
                                        ".1",
                                        "1.2.3",
                                        "1.2~x",
                                        "1.2~3-2",
                                        "1.2~3,3",
                                        "1.2~3,",
                                        "1.2~3~",
                                        "1.2~3~1:2",
                                        "1.2~3~1:2:3:4",
                                        "1.2~3~1:2:3~",
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

/* What comes into sight and leaves it. */

static int64_t close_microcosm(int64_t microcosm)
{
    forum_sql("INSERT INTO microcosm.roles (site_id, microcosm_id, title) VALUES (%lld, %lld, 'x')",
              (long long)mc_session_site(session), (long long)microcosm);
    return microcosm;
}

static void open_microcosm(int64_t microcosm)
{
    forum_sql("DELETE FROM microcosm.roles WHERE microcosm_id = %lld", (long long)microcosm);
}

static void move_conversation(int64_t conversation, int64_t to)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = to, .edit_reason = "x"};

    must(mc_conversation_edit_save(session, conversation, &edit));
}

static void flag_conversation(int64_t conversation, bool moderated)
{
    must(mc_conversation_patch(session, conversation,
                               &(mc_patch_op){"/meta/flags/moderated", moderated}, 1));
}

static void by_owner(void)
{
    act_as("owner");
}

/* A conversation with two comments. */
static int64_t make_discussion(int64_t microcosm)
{
    int64_t id = make_conversation(microcosm, "Which knot?");

    make_comment(id, "Bowline");
    make_comment(id, "Reef knot");
    return id;
}

Test(changes, tell_that_an_item_has_left_the_readers_sight)
{
    int64_t closed, id;

    act_as("alice");
    by_owner();
    closed = close_microcosm(make_microcosm(0, "Committee"));
    id = make_discussion(root_microcosm());
    act_as("alice");
    from_now();
    by_owner();
    move_conversation(id, closed);
    act_as("alice");
    expect_changes("delete conversation");
    by_owner();
    make_comment(id, "Clove hitch");
    move_conversation(id, root_microcosm());
    act_as("alice");
    expect_changes("create comment, create conversation, create comment, create comment,"
                   " create comment");
    by_owner();
    from_now();
    move_conversation(id, closed);
    expect_changes("replace conversation");
}

/* Its author may read it wherever it is, with the comments on it; so may the author of a comment
 * read that. */
Test(changes, tell_authors_of_their_own_things_wherever_they_are)
{
    mc_patch_op hide = {"/meta/flags/moderated", true}, show = {"/meta/flags/moderated", false};
    int64_t closed, id, comment, other;
    mc_comment *read = NULL;

    act_as("owner");
    closed = close_microcosm(make_microcosm(0, "Committee"));
    act_as("bob");
    act_as("alice");
    id = make_discussion(root_microcosm());
    from_now();
    by_owner();
    move_conversation(id, closed);
    comment = make_comment(id, "Clove hitch");
    act_as("alice");
    must(mc_comment_get(&read, session, comment, 0, 0));
    mc_record_free(read);
    expect_changes("replace conversation, create comment");
    act_as("owner");
    must(mc_conversation_patch(session, id, &hide, 1));
    act_as("alice");
    expect_changes("delete conversation");
    act_as("owner");
    must(mc_conversation_patch(session, id, &show, 1));
    act_as("alice");
    expect_changes("create conversation, create comment, create comment, create comment");
    act_as("bob");
    from_now();
    must_fail(mc_comment_get(&read, session, comment, 0, 0), MC_EFORBIDDEN);
    act_as("owner");
    other = make_comment(id, "Sheet bend");
    forum_sql(
        "UPDATE microcosm.comments SET created_by = (SELECT profile_id FROM microcosm.profiles"
        " WHERE profile_name = 'bob') WHERE comment_id = %lld",
        (long long)other);
    make_comment(id, "Bowline");
    act_as("bob");
    expect_changes("create comment");
}

Test(changes, tell_of_what_is_shown_again_with_its_comments)
{
    int64_t id, comment;

    act_as("alice");
    by_owner();
    id = make_discussion(root_microcosm());
    comment = make_comment(id, "Clove hitch");
    must(mc_comment_delete(session, comment));
    flag_conversation(id, true);
    act_as("alice");
    from_now();
    by_owner();
    flag_conversation(id, false);
    act_as("alice");
    expect_changes("create conversation, create comment, create comment");
    by_owner();
    must(mc_comment_patch(session, comment, &(mc_patch_op){"/meta/flags/deleted", false}, 1));
    act_as("alice");
    expect_changes("create comment");
    by_owner();
    flag_conversation(id, true);
    act_as("alice");
    expect_changes("delete conversation");
}

Test(changes, tell_of_microcosms_that_change_their_readers)
{
    int64_t outer, inner;

    act_as("alice");
    by_owner();
    outer = make_microcosm(0, "Knots");
    inner = make_microcosm(outer, "Splices");
    make_discussion(inner);
    act_as("alice");
    from_now();
    close_microcosm(outer);
    expect_changes("delete microcosm, delete microcosm");
    cr_expect_str_eq(new_changes(), "", "once is enough");
    open_microcosm(outer);
    expect_changes("create microcosm, create microcosm, create conversation, create comment,"
                   " create comment");
    by_owner();
    must(mc_microcosm_patch(session, outer, &(mc_patch_op){"/meta/flags/moderated", true}, 1));
    act_as("alice");
    expect_changes("delete microcosm, delete microcosm");
    by_owner();
    must(mc_microcosm_patch(session, outer, &(mc_patch_op){"/meta/flags/moderated", false}, 1));
    act_as("alice");
    expect_changes("create microcosm, create microcosm, create conversation, create comment,"
                   " create comment");
}

/* What was in it when it came into sight isn't all that there is to tell. */
Test(changes, tell_of_an_item_that_was_moved_out_of_what_came_into_sight)
{
    int64_t closed, id;

    act_as("alice");
    by_owner();
    closed = close_microcosm(make_microcosm(0, "Committee"));
    id = make_discussion(closed);
    act_as("alice");
    from_now();
    open_microcosm(closed);
    by_owner();
    move_conversation(id, root_microcosm());
    act_as("alice");
    expect_changes("create conversation, create comment, create comment, create microcosm");
}

Test(changes, tell_of_a_microcosm_that_is_moved_out_of_sight)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .edit_reason = "x"};
    char before[sizeof(cursor)];
    mc_change_list *list = NULL;
    const mc_change *gone;
    int64_t closed, moved;

    act_as("alice");
    by_owner();
    closed = close_microcosm(make_microcosm(0, "Committee"));
    moved = make_microcosm(0, "Knots");
    make_discussion(moved);
    act_as("alice");
    from_now();
    by_owner();
    edit.parent_id = (mc_maybe_int64){true, closed};
    must(mc_microcosm_edit_save(session, moved, &edit));
    act_as("alice");
    snprintf(before, sizeof(before), "%s", cursor);
    expect_changes("delete microcosm");
    must(mc_changes_next(&list, session, before, 0));
    cr_assert_eq(list->changes.count, 1);
    gone = list->changes.items[0];
    cr_expect_eq(gone->item_id, moved);
    cr_expect_eq(gone->parent_id, 0, "where it went is not told");
    cr_expect_str_empty(gone->parent_type);
    mc_record_free(list);
    by_owner();
    edit.parent_id = (mc_maybe_int64){true, root_microcosm()};
    must(mc_microcosm_edit_save(session, moved, &edit));
    act_as("alice");
    expect_changes("create microcosm, create conversation, create comment, create comment");
}

Test(changes, follow_membership_and_bans)
{
    int64_t closed, alice = act_as("alice"), site = mc_session_site(session);

    by_owner();
    closed = close_microcosm(make_microcosm(0, "Committee"));
    forum_sql("UPDATE microcosm.roles SET can_read = true WHERE microcosm_id = %lld",
              (long long)closed);
    make_discussion(closed);
    act_as("alice");
    from_now();
    forum_sql("INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)"
              " SELECT site_id, role_id, %lld FROM microcosm.roles WHERE microcosm_id = %lld",
              (long long)alice, (long long)closed);
    expect_changes("create microcosm, create conversation, create comment, create comment");
    forum_sql("DELETE FROM microcosm.role_profiles");
    expect_changes("delete microcosm");
    forum_sql("INSERT INTO microcosm.site_bans (site_id, user_id) SELECT %lld, user_id"
              " FROM microcosm.profiles WHERE profile_id = %lld",
              (long long)site, (long long)alice);
    expect_changes("delete microcosm"); /* the root */
}

/* A few at a time, with the place in the cursor. */
Test(changes, go_on_in_the_middle_of_what_comes_into_sight)
{
    enum { COMMENTS = 7 };
    int64_t closed, conversations[3], told[2 + 3 * (1 + COMMENTS)] = {0};
    size_t count = 0;
    mc_change_list *list;

    act_as("alice");
    by_owner();
    closed = close_microcosm(make_microcosm(0, "Committee"));
    for (int i = 0; i < 3; i++) {
        char text[20];

        snprintf(text, sizeof(text), "title %d", i);
        conversations[i] = make_conversation(closed, text);
        for (int k = 0; k < COMMENTS; k++) {
            snprintf(text, sizeof(text), "%d", k);
            make_comment(conversations[i], text);
        }
    }
    act_as("alice");
    from_now();
    open_microcosm(closed);
    for (int waited = 0; count < 1 + 3 * (1 + COMMENTS) && wait_a_moment(&waited);) {
        must(mc_changes_next(&list, session, cursor, 2));
        cr_expect_leq(list->changes.count, 2);
        for (size_t i = 0; i < list->changes.count; i++)
            told[count++] = ((const mc_change *)list->changes.items[i])->item_id;
        snprintf(cursor, sizeof(cursor), "%s", list->cursor);
        mc_record_free(list);
    }
    cr_expect_eq(told[0], closed);
    for (size_t i = 0; i < 3; i++) { /* comments have ascending ids */
        const int64_t *one = told + 1 + i * (1 + COMMENTS);

        cr_expect_eq(one[0], conversations[i]);
        for (size_t k = 2; k <= COMMENTS; k++)
            cr_expect_eq(one[k], one[k - 1] + 1);
    }
    cr_expect_str_eq(new_changes(), "");
}

/* What left the reader's sight without rows of its own, which take room, too, but tell nothing. */
Test(changes, say_that_there_are_more_than_fit)
{
    mc_change_list *list = NULL;
    int64_t ids[3];

    act_as("alice");
    by_owner();
    for (int i = 0; i < 3; i++)
        ids[i] = make_microcosm(0, "Knots");
    act_as("alice");
    from_now();
    for (int i = 0; i < 3; i++)
        close_microcosm(ids[i]);
    act_as("alice");
    wait_for_rows();
    for (size_t told = 0; told < 3;) {
        must(mc_changes_next(&list, session, cursor, 2));
        told += list->changes.count;
        cr_assert(told == 3 || list->more, "%zu", told);
        snprintf(cursor, sizeof(cursor), "%s", list->cursor);
        mc_record_free(list);
    }
}
