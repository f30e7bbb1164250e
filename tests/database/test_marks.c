/* Buffered views, read marks and times of activity. */
#include "forum.h"

#include "domain/base/handles.h"
#include "domain/base/read_marks.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(marks, .init = forum_open, .fini = forum_close, .timeout = 300);

static void view(int64_t conversation)
{
    mc_conversation *shown = NULL;

    must(mc_conversation_get(&shown, session, conversation, NULL));
    mc_record_free(shown);
}

static int64_t views(int64_t conversation)
{
    return forum_number("SELECT view_count FROM microcosm.items WHERE item_id = %lld",
                        (long long)conversation);
}

static PGconn *hold(const char *sql)
{
    PGconn *other = test_database_connect(forum_database);

    PQclear(test_sql(other, "SET microcosm.site_id = 0"));
    PQclear(test_sql(other, "BEGIN"));
    PQclear(test_sql(other, sql));
    return other;
}

Test(marks, do_not_wait_for_locks_and_lose_nothing)
{
    int64_t busy, other;
    PGconn *writer;

    act_as("alice");
    busy = make_conversation(root_microcosm(), "Busy");
    other = make_conversation(root_microcosm(), "Other");
    act_as(NULL);
    view(busy);
    view(busy);
    view(other);
    writer = hold("UPDATE microcosm.items SET title = title WHERE title = 'Busy'");

    mc__read_marks_flush(forum_app); /* if it waited, it would exceed statement_ms */
    cr_expect_eq(views(other), 1);
    cr_expect_eq(views(busy), 0);
    view(busy);
    PQclear(test_sql(writer, "COMMIT"));
    mc__read_marks_flush(forum_app);
    cr_expect_eq(views(busy), 3);
    cr_expect_eq(views(other), 1, "written once");
    mc__read_marks_flush(forum_app);
    cr_expect_eq(views(busy), 3);
    PQfinish(writer);
}

Test(marks, defer_times_of_activity_of_locked_profiles)
{
    PGconn *writer;

    act_as("alice");
    mc__read_marks_flush(forum_app);
    forum_sql(
        "UPDATE microcosm.profiles SET last_active = '2001-01-01' WHERE profile_name = 'alice'");
    act_as("alice");
    writer = hold("UPDATE microcosm.profiles SET style_id = 1 WHERE profile_name = 'alice'");
    mc__note_active(session);
    mc__read_marks_flush(forum_app);
    PQclear(test_sql(writer, "ROLLBACK"));
    PQfinish(writer);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles"
                              " WHERE profile_name = 'alice' AND last_active < '2002-01-01'"),
                 1);
    mc__read_marks_flush(forum_app);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles"
                              " WHERE profile_name = 'alice' AND last_active > '2002-01-01'"),
                 1);
}

/* More rows than one statement writes, with an incomplete last batch. */
Test(marks, are_written_in_batches)
{
    enum { ITEMS = 1100 };
    int64_t first;

    act_as("alice");
    make_conversation(root_microcosm(), "One");
    forum_sql("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
              " SELECT i.site_id, 6, i.microcosm_id, 'copy', i.created_by"
              " FROM microcosm.items i, generate_series(1, %d)",
              ITEMS);
    first = forum_number("SELECT min(item_id) FROM microcosm.items WHERE title = 'copy'");
    for (int i = 0; i < ITEMS; i++) {
        mc__count_view(session, first + i);
        mc__mark_read(session, MC_ITEM_CONVERSATION, first + i, (mc_time){1000000});
    }
    mc__count_view(session, first + 3 * ITEMS); /* an unknown item doesn't affect the others */
    cr_expect_eq(mc__pending_views(session, first), 1);
    mc__read_marks_flush(forum_app);
    cr_expect_eq(mc__pending_views(session, first), 0);
    cr_expect_eq(forum_number("SELECT sum(view_count) FROM microcosm.items"), ITEMS);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.read_marks"), ITEMS);
    cr_expect_eq(mc__pending_read_mark(session, MC_ITEM_CONVERSATION, first).us, 1000000,
                 "somebody may have asked just before");
}

Test(marks, stay_buffered_while_the_database_is_away)
{
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "One");
    mc__read_marks_flush(forum_app);
    mc__count_view(session, conversation);
    mc__mark_read(session, MC_ITEM_CONVERSATION, conversation, (mc_time){1000000});
    forum_sql("ALTER TABLE microcosm.items RENAME TO away");
    forum_sql("ALTER TABLE microcosm.read_marks RENAME TO away_too");
    mc__read_marks_flush(forum_app);
    cr_expect_eq(mc__pending_views(session, conversation), 1);
    forum_sql("ALTER TABLE microcosm.away RENAME TO items");
    forum_sql("ALTER TABLE microcosm.away_too RENAME TO read_marks");
    mc__read_marks_flush(forum_app);
    cr_expect_eq(views(conversation), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.read_marks WHERE item_id = %lld",
                              (long long)conversation),
                 1);
}

/* What nobody writes ends somewhere; what is known already still counts. */
Test(marks, wait_in_limited_numbers)
{
    enum { MOST = 100000 };
    int64_t first;

    act_as("alice");
    first = make_conversation(root_microcosm(), "One");
    mc__read_marks_flush(forum_app); /* the next one is due only later */
    for (int i = 0; i <= MOST; i++)
        mc__count_view(session, first + i);
    cr_expect_eq(mc__pending_views(session, first + MOST - 1), 1);
    cr_expect_eq(mc__pending_views(session, first + MOST), 0);
    mc__count_view(session, first);
    cr_expect_eq(mc__pending_views(session, first), 2);
    forum_sql("DELETE FROM microcosm.items WHERE item_id > %lld", (long long)first);
    mc__read_marks_flush(forum_app);
    cr_expect_eq(views(first), 2);
    mc__count_view(session, first + MOST);
    cr_expect_eq(mc__pending_views(session, first + MOST), 1, "there is room again");
}

static int64_t seconds_read(int64_t conversation)
{
    return forum_number("SELECT extract(epoch FROM read_at)::bigint FROM microcosm.read_marks"
                        " WHERE item_id = %lld",
                        (long long)conversation);
}

Test(marks, never_move_backwards)
{
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "One");
    for (int seconds = 3; seconds > 0; seconds--) {
        mc__mark_read(session, MC_ITEM_CONVERSATION, conversation, (mc_time){seconds * 1000000});
        cr_expect_eq(mc__pending_read_mark(session, MC_ITEM_CONVERSATION, conversation).us,
                     3000000);
    }
    mc__read_marks_flush(forum_app);
    cr_expect_eq(seconds_read(conversation), 3);
    for (int seconds = 2; seconds <= 4; seconds++) {
        mc__mark_read(session, MC_ITEM_CONVERSATION, conversation, (mc_time){seconds * 1000000});
        mc__read_marks_flush(forum_app);
        cr_expect_eq(seconds_read(conversation), seconds > 3 ? seconds : 3);
    }
}

static int64_t views_shown(int64_t conversation)
{
    static int64_t most;
    mc_conversation *shown = NULL;
    mc_page_options options = {.size = sizeof(options), .limit = 250};
    mc_microcosm *list = NULL;
    int64_t listed = -1, seen;

    must(mc_conversation_get(&shown, session, conversation, NULL));
    seen = shown->total_views;
    mc_record_free(shown);
    must(mc_microcosm_get(&list, session, root_microcosm(), NULL, &options));
    for (size_t i = 0; i < list->items->items.count; i++) {
        const mc_entry *entry = list->items->items.items[i];

        if (((const mc_conversation *)entry->item)->id == conversation)
            listed = ((const mc_conversation *)entry->item)->total_views;
    }
    mc_record_free(list);
    cr_expect_geq(seen, most, "%lld after %lld", (long long)seen, (long long)most);
    cr_expect_geq(listed, most, "%lld in the list after %lld", (long long)listed, (long long)most);
    most = seen > listed ? seen : listed;
    return most;
}

Test(marks, never_take_views_back)
{
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "One");
    for (int i = 0; i < 3; i++) {
        views_shown(conversation);
        mc__read_marks_flush(forum_app);
        views_shown(conversation);
        make_comment(conversation, i == 0 ? "a" : i == 1 ? "b" : "c"); /* read anew */
        cr_expect_eq(views_shown(conversation), views(conversation));
    }
}

/* What is unread. */

static mc_choice unread_in_list(int64_t microcosm, int64_t item)
{
    mc_page_options options = {.size = sizeof(options), .limit = 250};
    mc_microcosm *shown = NULL;
    mc_choice unread = MC_UNSET;

    must(mc_microcosm_get(&shown, session, microcosm, NULL, &options));
    for (size_t i = 0; i < shown->items->items.count; i++) {
        const mc_entry *entry = shown->items->items.items[i];

        if (strcmp(entry->item_type, "conversation") == 0 &&
            ((const mc_conversation *)entry->item)->id == item)
            unread = ((const mc_conversation *)entry->item)->meta->flags->unread;
        if (strcmp(entry->item_type, "microcosm") == 0 &&
            ((const mc_microcosm *)entry->item)->id == item)
            unread = ((const mc_microcosm *)entry->item)->meta->flags->unread;
    }
    mc_record_free(shown);
    return unread;
}

/* Whether the comment is unread on its page; reading the page then marks it as read. */
static mc_choice unread_on_page(int64_t conversation, int64_t comment)
{
    mc_conversation *shown = NULL;
    mc_choice unread = MC_UNSET;

    must(mc_conversation_get(&shown, session, conversation, NULL));
    for (size_t i = 0; i < shown->comments->items.count; i++) {
        const mc_comment *at = shown->comments->items.items[i];

        if (at->id == comment)
            unread = at->meta->flags->unread == MC_YES ? MC_YES : MC_NO;
    }
    mc_record_free(shown);
    return unread;
}

/* A session of bob's in a transaction of a host's. */
static mc_session *open_host(PGconn **host)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *other = NULL;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(other, "bob@example.org"), 0);
    *host = test_database_connect(forum_database);
    PQclear(test_sql(*host, "BEGIN"));
    cr_assert_eq(mc_session_use_connection(other, *host), 0);
    return other;
}

static int64_t post_by(mc_session *other, int64_t conversation, const char *markdown)
{
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation,
                            .markdown = markdown};
    int64_t id = 0;

    cr_assert_eq(mc_comment_create(&id, other, &edit), 0, "%s", mc_session_error(other)->message);
    return id;
}

static void close_host(mc_session *other, PGconn *host)
{
    PQclear(test_sql(host, "COMMIT"));
    mc_session_free(other);
    PQfinish(host);
}

Test(marks, leave_unread_what_is_committed_after_the_page_was_read)
{
    int64_t conversation, late;
    mc_session *other;
    PGconn *host;

    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    make_comment(conversation, "Bowline");
    other = open_host(&host);
    late = post_by(other, conversation, "Reef knot");

    act_as("alice");
    view(conversation);
    close_host(other, host);

    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
    cr_expect_eq(unread_on_page(conversation, late), MC_YES);
    cr_expect_eq(unread_on_page(conversation, late), MC_NO);
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
}

/* A process whose clock is ahead of the database's, or a database whose clock was set back. */
Test(marks, do_not_depend_on_clocks)
{
    int64_t conversation, first, second;

    act_as("alice");
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    first = make_comment(conversation, "Bowline");
    forum_sql("UPDATE microcosm.comments SET created = created + interval '1 day'");
    forum_sql("UPDATE microcosm.items SET last_activity = last_activity + interval '1 day',"
              " last_comment_created = last_comment_created + interval '1 day'");
    act_as("alice");
    cr_expect_eq(unread_on_page(conversation, first), MC_YES);
    mc__read_marks_flush(forum_app);
    act_as("owner");
    second = make_comment(conversation, "Reef knot");

    act_as("alice");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
    cr_expect_eq(unread_on_page(conversation, second), MC_YES);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.read_marks m JOIN microcosm.items i"
                              " USING (site_id, item_id)"
                              " WHERE m.read_at <= i.last_activity - interval '1 microsecond'"),
                 1, "up to what was shown");
}

Test(marks, reach_the_newest_comment_of_an_item_without_shown_ones)
{
    int64_t conversation, carol;

    carol = act_as("carol");
    act_as("alice");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, carol, true));
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    act_as("alice");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
    view(conversation);
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
    act_as("carol");
    make_comment(conversation, "Buy ropes");
    act_as("alice");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
    view(conversation);
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
}

/* On request. Meanwhile somebody's transaction is open. */
static void leave_unread(mc_item_type item_type, int64_t item_id, int64_t microcosm)
{
    int64_t open, other_one, later, late;
    mc_session *other;
    PGconn *host;

    /* equal posts would be one and the same */
    forum_sql("UPDATE microcosm.items SET created = created - interval '1 hour',"
              " last_activity = last_activity - interval '1 hour'");
    act_as("owner");
    open = make_conversation(microcosm, "Which knot?");
    other_one = make_conversation(microcosm, "Which rope?");
    other = open_host(&host);
    late = post_by(other, open, "Reef knot");
    make_comment(other_one, "Hemp");
    later = make_conversation(microcosm, "Which boat?");
    act_as("alice");
    must(mc_profile_mark_read(session, item_type, item_id ? item_id : open));
    cr_expect_eq(unread_in_list(microcosm, open), MC_NO);
    if (item_type != MC_ITEM_CONVERSATION) {
        cr_expect_eq(unread_in_list(microcosm, other_one), MC_NO);
        cr_expect_eq(unread_in_list(microcosm, later), MC_NO);
    }
    close_host(other, host);

    cr_expect_eq(unread_in_list(microcosm, open), MC_YES);
    cr_expect_eq(unread_on_page(open, late), MC_YES);
    must(mc_profile_mark_read(session, item_type, item_id ? item_id : open));
    act_as("owner");
    make_comment(other_one, "Flax");
    act_as("alice");
    cr_expect_eq(unread_in_list(microcosm, other_one), MC_YES);
    cr_expect_eq(unread_in_list(microcosm, open), MC_NO);
}

Test(marks, on_request_leave_unread_what_is_committed_later)
{
    int64_t microcosm;

    act_as("bob");
    act_as("alice");
    act_as("owner");
    microcosm = make_microcosm(root_microcosm(), "Knots");
    leave_unread(MC_ITEM_CONVERSATION, 0, microcosm);
    leave_unread(MC_ITEM_MICROCOSM, microcosm, microcosm);
    leave_unread(MC_ITEM_MICROCOSM, root_microcosm(), microcosm);
    leave_unread(MC_ITEM_SITE, 1, microcosm);
}

/* A mark of its own for each item is needed only while somebody else is writing. */
Test(marks, on_request_replace_those_on_items)
{
    int64_t conversation;

    act_as("alice");
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    act_as("alice");
    view(conversation);
    mc__read_marks_flush(forum_app);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.read_marks"), 1);
    must(mc_profile_mark_read(session, MC_ITEM_SITE, 0));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.read_marks"), 0);
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
}

Test(marks, of_a_new_member_leave_unread_what_is_committed_later)
{
    int64_t conversation, late;
    mc_session *other;
    PGconn *host;

    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    other = open_host(&host);
    late = post_by(other, conversation, "Reef knot");
    act_as("newcomer");
    close_host(other, host);
    cr_expect_eq(unread_on_page(conversation, late), MC_YES);
}

Test(marks, move_with_ones_own_posts_if_all_before_was_read)
{
    int64_t conversation, own;

    act_as("alice");
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    make_comment(conversation, "Bowline");
    act_as("alice");
    make_comment(conversation, "I have read nothing");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
    view(conversation);
    own = make_comment(conversation, "I have read all");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
    cr_expect_eq(unread_on_page(conversation, own), MC_NO);
    make_comment(conversation, "And this");
    mc__read_marks_flush(forum_app);
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_NO);
    act_as("owner");
    make_comment(conversation, "But not this");
    act_as("alice");
    make_comment(conversation, "Well");
    cr_expect_eq(unread_in_list(root_microcosm(), conversation), MC_YES);
}

/* The unread item is older than a hundred others that were read one by one. */
Test(marks, show_microcosms_as_unread_whatever_else_was_read)
{
    int64_t microcosm, old;

    act_as("alice");
    act_as("owner");
    microcosm = make_microcosm(root_microcosm(), "Knots");
    old = make_conversation(microcosm, "Old");
    forum_sql("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
              " SELECT i.site_id, 6, i.microcosm_id, 'copy', i.created_by"
              " FROM microcosm.items i, generate_series(1, 150)");
    forum_sql("INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)"
              " SELECT p.site_id, p.profile_id, 6, i.item_id, i.last_activity"
              " FROM microcosm.items i, microcosm.profiles p"
              " WHERE p.profile_name = 'alice' AND i.title = 'copy'");
    act_as("alice");
    cr_expect_eq(unread_in_list(root_microcosm(), microcosm), MC_YES);
    view(old);
    cr_expect_eq(unread_in_list(root_microcosm(), microcosm), MC_NO);
}

/* Faster than marks are written. */
Test(marks, leave_microcosms_unread_until_the_last_item_was_read)
{
    enum { ITEMS = 25 };
    int64_t microcosm, items[ITEMS];
    char title[20];

    act_as("alice");
    act_as("owner");
    microcosm = make_microcosm(root_microcosm(), "Knots");
    for (int i = 0; i < ITEMS; i++) {
        snprintf(title, sizeof(title), "title %d", i);
        items[i] = make_conversation(microcosm, title);
    }
    act_as("alice");
    for (int i = ITEMS; i-- > 0;) {
        cr_expect_eq(unread_in_list(root_microcosm(), microcosm), MC_YES, "with %d to read", i + 1);
        view(items[i]);
        if (i % 4 == 0)
            view(items[i ? --i : 0]); /* two at once */
    }
    cr_expect_eq(unread_in_list(root_microcosm(), microcosm), MC_NO);
}

Test(marks, note_activity_by_the_clock_of_the_database)
{
    act_as("alice");
    forum_sql("UPDATE microcosm.profiles SET last_active = '2001-01-01'");
    mc__note_active(session);
    mc__read_marks_flush(forum_app);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles"
                              " WHERE last_active BETWEEN clock_timestamp() - interval '1 minute'"
                              " AND clock_timestamp()"),
                 1);
}
