/* Buffered views, read marks and times of activity. */
#include "forum.h"

#include "domain/base/handles.h"
#include "domain/base/read_marks.h"
#include "postgres.h"

#include <criterion/criterion.h>

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
    mc__note_active(session, (mc_time){0});
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
