/* Writing comments: when they are refused, and what a write leaves in the feed and the audit. */
#include "forum.h"
#include "statements.h"

#include "cache/cache.h"
#include "domain/base/handles.h"
#include "domain/base/paging.h"
#include "markup/markup.h"

#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

TestSuite(comments, .init = forum_open, .fini = forum_close, .timeout = 300);

static mc_comment_edit on(const char *item_type, int64_t item_id, const char *markdown)
{
    return (mc_comment_edit){.size = sizeof(mc_comment_edit),
                             .item_type = item_type,
                             .item_id = item_id,
                             .markdown = markdown};
}

static int64_t comments_of(int64_t conversation_id)
{
    return forum_number("SELECT count(*) FROM microcosm.comments WHERE item_id = %lld",
                        (long long)conversation_id);
}

static void set_open(int64_t microcosm_id, bool open)
{
    must(mc_microcosm_patch(session, microcosm_id, &(mc_patch_op){"/meta/flags/open", open}, 1));
}

/* The conversation itself stays open. */
static void expect_closed(int64_t conversation_id)
{
    mc_comment_edit plain = on("conversation", conversation_id, "Anybody here?"),
                    naming = on("conversation", conversation_id, "Are you here, @bob?");
    mc_conversation *conversation = NULL;
    int64_t comment = 77;

    act_as("alice");
    must_fail(mc_comment_create(&comment, session, &plain), MC_ECLOSED);
    cr_expect_eq(mc_session_error(session)->reason, 17);
    must_fail(mc_comment_create(&comment, session, &naming), MC_ECLOSED);
    must(mc_conversation_get(&conversation, session, conversation_id, NULL));
    mc_record_free(conversation);
    must_fail(mc_comment_create(&comment, session, &plain), MC_ECLOSED); /* its facts are known */
    cr_expect_eq(comment, 77);
    cr_expect_eq(comments_of(conversation_id), 0);
    cr_expect_eq(forum_number("SELECT is_open::int FROM microcosm.items WHERE item_id = %lld",
                              (long long)conversation_id),
                 1);
}

Test(comments, are_refused_in_a_closed_microcosm_but_for_moderators)
{
    int64_t parent, child, conversation;

    act_as("bob");
    act_as("owner");
    parent = make_microcosm(root_microcosm(), "Boats");
    child = make_microcosm(parent, "Dinghies");
    act_as("alice");
    conversation = make_conversation(child, "Which knot?");
    act_as("owner");
    set_open(child, false);
    expect_closed(conversation);
    act_as("owner");
    set_open(child, true);
    set_open(parent, false); /* what is below is closed with it */
    expect_closed(conversation);
    act_as("owner");
    make_comment(conversation, "I keep order here");
    set_open(parent, true);
    act_as("alice");
    make_comment(conversation, "Open again");
    cr_expect_eq(comments_of(conversation), 2);
}

/* Somebody who writes a comment in a thread of their own. */
typedef struct writer {
    pthread_t thread;
    mc_session *session;
    mc_comment_edit edit;
    int64_t comment_id;
    int rc;
} writer;

static void *write_comment(void *data)
{
    writer *w = data;

    w->rc = mc_comment_create(&w->comment_id, w->session, &w->edit);
    return NULL;
}

static void start_writing(writer *w, const char *item_type, int64_t item_id)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    w->edit = on(item_type, item_id, "Just in time");
    w->comment_id = 77;
    cr_assert_eq(mc_session_new(&w->session, forum_app), 0);
    cr_assert_eq(mc_session_enter(w->session, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(w->session, "alice@example.org"), 0);
    pthread_create(&w->thread, NULL, write_comment, w);
}

static void wait_until_blocked(void)
{
    for (int waited = 0; forum_number("SELECT count(*) FROM pg_stat_activity WHERE"
                                      " datname = current_database() AND"
                                      " wait_event_type = 'Lock'") == 0;)
        cr_assert(wait_a_moment(&waited), "the comment waits for nobody");
}

/* It was there when it was looked at, and isn't when its turn comes. */
Test(comments, are_refused_when_their_item_is_hidden_meanwhile)
{
    PGconn *other = test_database_connect(forum_database);
    int64_t conversation;
    writer w;

    PQclear(test_sql(other, "SET microcosm.site_id = 0"));
    act_as("alice");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    PQclear(test_sql(other, "BEGIN; UPDATE microcosm.items SET is_deleted = true"));
    start_writing(&w, "conversation", conversation);
    wait_until_blocked();
    PQclear(test_sql(other, "COMMIT"));
    pthread_join(w.thread, NULL);
    cr_expect_eq(w.rc, MC_ENOTFOUND, "%d: %s", w.rc, mc_session_error(w.session)->message);
    cr_expect_eq(w.comment_id, 77);
    cr_expect_eq(comments_of(conversation), 0);
    cr_expect_eq(forum_number("SELECT comment_count FROM microcosm.items"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 4"), 0);
    mc_session_free(w.session);
    PQfinish(other);
}

/* "C 3.7 R 3.7": what was audited of a comment since, with the actor. */
static void expect_trail(const char *table, int64_t comment_id, const char *columns,
                         const char *expected)
{
    cr_expect_eq(
        forum_number("SELECT (coalesce(string_agg(%s, '; ' ORDER BY %s_id), '') = '%s')::int"
                     " FROM microcosm.%s WHERE item_type = 4 AND item_id = %lld",
                     columns, strcmp(table, "changes") == 0 ? "change" : table, expected, table,
                     (long long)comment_id),
        1, "%s of comment %lld isn't %s", table, (long long)comment_id, expected);
}

static void enter_from(const char *address)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.address = address;
    must(mc_session_enter(session, &visit));
}

#define CHANGE                                                                                     \
    "concat_ws(' ', action, parent_type, parent_id, coalesce(microcosm_id, 0), profile_id,"        \
    " details::text)"
#define AUDIT "concat_ws(' ', action, profile_id, host(address))"

static void format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void format(char *out, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(out, size, format, arguments);
    va_end(arguments);
}

Test(comments, tell_what_was_done_to_them)
{
    mc_comment_edit edit, reworded = on(NULL, 0, "Bowline, @bob");
    long long place, conversation, alice, bob, owner;
    int64_t first, reply;
    char expected[600];

    enter_from("192.0.2.7");
    bob = act_as("bob");
    owner = act_as("owner");
    place = make_microcosm(root_microcosm(), "Boats");
    alice = act_as("alice");
    conversation = make_conversation(place, "Which knot?");
    first = make_comment(conversation, "Bowline");
    edit = on("conversation", conversation, "As @owner and @bob say");
    edit.in_reply_to = first;
    must(mc_comment_create(&reply, session, &edit));
    must(mc_comment_edit_save(session, first, &reworded));
    enter_from("2001:db8::1");
    act_as("owner");
    must(mc_comment_patch(session, first, &(mc_patch_op){"/meta/flags/moderated", true}, 1));
    must(mc_comment_delete(session, first));
    must(mc_comment_delete(session, first)); /* nothing is done, and nothing told of */

    format(expected, sizeof(expected),
           "create 6 %lld %lld %lld {}; replace 6 %lld %lld %lld {\"mentioned\": [%lld]};"
           " update 6 %lld %lld %lld; delete 6 %lld %lld %lld",
           conversation, place, alice, conversation, place, alice, bob, conversation, place, owner,
           conversation, place, owner);
    expect_trail("changes", first, CHANGE, expected);
    format(expected, sizeof(expected),
           "C %lld 192.0.2.7; R %lld 192.0.2.7; U %lld 2001:db8::1; D %lld 2001:db8::1", alice,
           alice, owner, owner);
    expect_trail("audit", first, AUDIT, expected);
    format(expected, sizeof(expected),
           "create 6 %lld %lld %lld {\"inReplyTo\": %lld, \"mentioned\": [%lld, %lld]}",
           conversation, place, alice, (long long)first, owner, bob);
    expect_trail("changes", reply, CHANGE, expected);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comment_revisions WHERE"
                              " comment_id = %lld AND markdown = 'Bowline' AND created_by = %lld",
                              (long long)first, alice),
                 1, "the text before is kept");
}

Test(comments, on_profiles_and_in_huddles_tell_it_too)
{
    mc_comment_edit edit;
    long long alice, huddle;
    int64_t comment, id;
    char expected[300];

    enter_from("192.0.2.7");
    alice = act_as("alice");
    must(mc_huddle_create(&id, session,
                          &(mc_huddle_edit){.size = sizeof(mc_huddle_edit), .title = "Secret"}));
    huddle = id;
    edit = on("huddle", huddle, "Psst");
    must(mc_comment_create(&comment, session, &edit));
    format(expected, sizeof(expected), "create 5 %lld 0 %lld {}", huddle, alice);
    expect_trail("changes", comment, CHANGE, expected);
    format(expected, sizeof(expected), "C %lld 192.0.2.7", alice);
    expect_trail("audit", comment, AUDIT, expected);

    edit = on("profile", alice, "About me");
    must(mc_comment_create(&comment, session, &edit));
    must(mc_comment_delete(session, comment));
    format(expected, sizeof(expected), "create 3 %lld 0 %lld {}; delete 3 %lld 0 %lld", alice,
           alice, alice, alice);
    expect_trail("changes", comment, CHANGE, expected);
    format(expected, sizeof(expected), "C %lld 192.0.2.7; D %lld 192.0.2.7", alice, alice);
    expect_trail("audit", comment, AUDIT, expected);
}

static int64_t make_on(const char *item_type, int64_t item_id, const char *markdown,
                       int64_t in_reply_to)
{
    mc_comment_edit edit = on(item_type, item_id, markdown);
    int64_t id = 0;

    edit.in_reply_to = in_reply_to;
    must(mc_comment_create(&id, session, &edit));
    return id;
}

/* Its author left the huddle, and sees nothing of what others say there. */
Test(comments, in_a_huddle_that_was_left_are_shown_alone)
{
    mc_position *position = NULL;
    mc_comment *comment = NULL;
    int64_t alice, bob, huddle, first, own;

    bob = act_as("bob");
    alice = act_as("alice");
    forum_sql("WITH made AS (INSERT INTO microcosm.huddles (site_id, title, created_by)"
              " SELECT site_id, 'Secret', profile_id FROM microcosm.profiles WHERE"
              " profile_id = %lld RETURNING site_id, huddle_id)"
              " INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)"
              " SELECT site_id, huddle_id, p FROM made, unnest('{%lld,%lld}'::bigint[]) p",
              (long long)alice, (long long)alice, (long long)bob);
    huddle = forum_number("SELECT huddle_id FROM microcosm.huddles");
    first = make_on("huddle", huddle, "Between us", 0);
    act_as("bob");
    own = make_on("huddle", huddle, "I see", first);
    act_as("alice");
    make_on("huddle", huddle, "Keep it there", own);
    act_as("bob");
    must(mc_comment_get(&comment, session, own, 0, 0));
    cr_expect_str_eq(comment->meta->in_reply_to->markdown, "Between us");
    cr_expect_eq(comment->meta->replies.count, 1);
    mc_record_free(comment);

    forum_sql("DELETE FROM microcosm.huddle_participants WHERE profile_id = %lld", (long long)bob);
    must(mc_comment_get(&comment, session, own, 0, 0));
    cr_expect_str_eq(comment->markdown, "I see");
    cr_expect_null(comment->meta->in_reply_to);
    cr_expect_eq(comment->meta->replies.count, 0);
    for (size_t i = 0; i < comment->meta->links.count; i++)
        cr_expect_str_empty(((const mc_link *)comment->meta->links.items[i])->title);
    mc_record_free(comment);
    must_fail(mc_comment_position(&position, session, own, 0), MC_EFORBIDDEN);
    act_as("alice");
    must(mc_comment_position(&position, session, own, 0));
    mc_record_free(position);
    must(mc_comment_get(&comment, session, own, 0, 0));
    cr_expect_eq(comment->meta->replies.count, 1);
    mc_record_free(comment);
}

/* Users of all sites have profiles there. */
Test(comments, on_profiles_of_the_root_site_are_private)
{
    mc_permission_query query = {.size = sizeof(query), .item_type = MC_ITEM_COMMENT};
    mc_permissions *permissions = NULL;
    mc_position *position = NULL;
    mc_comment *comment = NULL;
    mc_visit visit = MC_VISIT_INIT;
    int64_t alice;

    visit.site_key = "root";
    must(mc_session_enter(session, &visit));
    alice = act_as("alice");
    query.item_id = make_on("profile", alice, "About me", 0);
    must(mc_comment_get(&comment, session, query.item_id, 0, 0));
    mc_record_free(comment);
    for (int i = 0; i < 2; i++) {
        act_as(i ? "bob" : NULL);
        must_fail(mc_comment_get(&comment, session, query.item_id, 0, 0), MC_EFORBIDDEN);
        must_fail(mc_comment_position(&position, session, query.item_id, 0), MC_EFORBIDDEN);
        must(mc_permissions_get(&permissions, NULL, session, &query));
        cr_expect(!permissions->can_read);
        mc_record_free(permissions);
    }
}

Test(comments, are_audited_only_with_an_address)
{
    act_as("alice");
    make_comment(make_conversation(root_microcosm(), "Which knot?"), "Bowline");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 4"), 0);
    enter_from("not an address");
    act_as("alice");
    make_comment(make_conversation(root_microcosm(), "Which boat?"), "Dinghy");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 4"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 4"), 2);
}

static int64_t counted(void)
{
    return forum_number("SELECT sum(comment_count) FROM microcosm.microcosm_stats");
}

/* An item takes its comments along when it is hidden, and brings back those that are left. */
Test(comments, are_counted_once_whatever_is_hidden_first)
{
    mc_patch_op hide = {"/meta/flags/deleted", true}, show = {"/meta/flags/deleted", false};
    int64_t conversation, first, second, owner = act_as("owner");
    mc_profile *profile = NULL;

    conversation = make_conversation(root_microcosm(), "Which knot?");
    first = make_comment(conversation, "Bowline");
    second = make_comment(conversation, "Hitch");
    make_comment(conversation, "Splice");
    must(mc_comment_delete(session, first));
    cr_expect_eq(counted(), 2);
    must(mc_conversation_patch(session, conversation, &hide, 1));
    cr_expect_eq(counted(), 0);
    must(mc_comment_patch(session, second, &hide, 1));
    cr_expect_eq(counted(), 0);
    must(mc_comment_patch(session, first, &show, 1));
    cr_expect_eq(counted(), 0);
    must(mc_comment_patch(session, first, &hide, 1));
    must(mc_conversation_patch(session, conversation, &show, 1));
    cr_expect_eq(counted(), 1);
    must(mc_comment_patch(session, second, &show, 1));
    cr_expect_eq(counted(), 2);
    cr_expect_eq(forum_number("SELECT comment_count FROM microcosm.items"), 2);
    must(mc_profile_get(&profile, session, owner));
    cr_expect_eq(profile->comment_count, 2);
    mc_record_free(profile);
}

/* Positions. Each must be on a page that exists, which shows the comment unless pages leave it out:
 * then it is the page of the comment before it, or the first. */

static bool is_on_page(const mc_page *page, int64_t comment_id)
{
    for (size_t i = 0; i < page->items.count; i++)
        if (((const mc_comment *)page->items.items[i])->id == comment_id)
            return true;
    return false;
}

/* The comments that pages show to the reader are a prefix of all in the order of their ids. */
static int64_t shown_before(int64_t comment_id, const char *left_out)
{
    return forum_number("SELECT coalesce(max(comment_id), 0) FROM microcosm.comments"
                        " WHERE comment_id <= %lld AND is_visible AND NOT (%s)",
                        (long long)comment_id, left_out);
}

static void follow(mc_position *at, int64_t limit, int64_t comment_id, const char *left_out)
{
    mc_page_options options = {.size = sizeof(options), .limit = limit, .offset = at->offset};
    int64_t expected = shown_before(comment_id, left_out);

    if (strcmp(at->item_type, "profile") == 0) {
        mc_collection *shown = NULL;

        must(mc_profile_comments(&shown, session, at->item_id, &options));
        cr_expect(expected ? is_on_page(shown->comments, expected) : at->offset == 0);
        mc_record_free(shown);
    } else {
        mc_conversation *shown = NULL;

        must(mc_conversation_get(&shown, session, at->item_id, &options));
        cr_expect(expected ? is_on_page(shown->comments, expected) : at->offset == 0,
                  "comment %lld, limit %lld leads to %lld", (long long)comment_id, (long long)limit,
                  (long long)at->offset);
        mc_record_free(shown);
    }
    mc_record_free(at);
}

static void follow_all(int64_t conversation, int64_t first, int64_t last, const char *left_out)
{
    mc_position *at = NULL;

    for (int64_t limit = 5; limit <= 10; limit += 5) {
        for (int64_t id = first; id <= last; id++) {
            int rc = mc_comment_position(&at, session, id, limit);

            if (rc == 0)
                follow(at, limit, id, left_out);
            else
                cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comments WHERE"
                                          " comment_id = %lld AND is_visible",
                                          (long long)id),
                             0);
        }
        if (!conversation)
            continue;
        must(mc_conversation_last_comment(&at, session, conversation, limit));
        cr_expect_eq(at->comment_id, shown_before(last, left_out));
        follow(at, limit, last, left_out);
        must(mc_conversation_new_comment(&at, session, conversation, limit));
        follow(at, limit, at->comment_id ? at->comment_id : last, left_out);
    }
}

Test(comments, lead_to_pages_that_exist)
{
    static const char *const hidden[] = {"false",
                                         "true",
                                         "comment_id % 2 = 0",
                                         "comment_id % 3 = 0",
                                         "comment_id % 5 > 2",
                                         "comment_id % 7 < 5"};
    static const char *const writers[] = {"alice", "carol", "owner", "carol", "carol"};
    int64_t conversation, alice, carol, first = 0, last = 0;
    char left_out[60];

    carol = act_as("carol");
    alice = act_as("alice");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, carol, true));
    snprintf(left_out, sizeof(left_out), "created_by = %lld", (long long)carol);
    conversation = make_conversation(root_microcosm(), "Which knot?");
    for (int on_profile = 0; on_profile < 2; on_profile++) {
        for (int i = 0; i < 21; i++) {
            char text[20];
            mc_comment_edit edit = on(on_profile ? "profile" : "conversation",
                                      on_profile ? alice : conversation, text);

            snprintf(text, sizeof(text), "%d", i);
            act_as(on_profile ? "alice" : writers[i % 5]);
            must(mc_comment_create(&last, session, &edit));
            if (i == 0)
                first = last;
        }
        if (on_profile)
            forum_sql("UPDATE microcosm.comments SET created_by = %lld"
                      " WHERE on_profile_id IS NOT NULL AND comment_id %% 4 < 2",
                      (long long)carol);
        for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
            forum_sql("UPDATE microcosm.comments SET is_moderated = %s", hidden[i]);
            forum_sql("UPDATE microcosm.items SET comment_count = (SELECT count(*)"
                      " FROM microcosm.comments WHERE item_id IS NOT NULL AND is_visible)");
            mc__cache_clear(forum_app->cache);
            act_as("alice");
            follow_all(on_profile ? 0 : conversation, first, last, left_out);
            act_as("bob");
            follow_all(on_profile ? 0 : conversation, first, last, "false");
        }
        forum_sql("DELETE FROM microcosm.read_marks");
    }
}

/* Long conversations, of which much is hidden: positions are counted by blocks of 1,024. */

static void fill(int64_t conversation, int64_t count)
{
    forum_sql("INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created,"
              " created_by, markdown, html)"
              " SELECT i.site_id, i.item_id, 6, n - 1, i.created + n * interval '1 second',"
              " CASE n %% 5 WHEN 0 THEN (SELECT profile_id FROM microcosm.profiles WHERE"
              " profile_name = 'carol' AND site_id = i.site_id) ELSE i.created_by END, 'm', 'm'"
              " FROM microcosm.items i, generate_series(1, %lld) n WHERE i.item_id = %lld",
              (long long)count, (long long)conversation);
}

static void hide(int64_t conversation, const char *which)
{
    forum_sql("UPDATE microcosm.comments SET is_moderated = %s WHERE item_id = %lld", which,
              (long long)conversation);
    forum_sql("UPDATE microcosm.items i SET comment_count = c.shown, next_position = c.next"
              " FROM (SELECT count(*) FILTER (WHERE is_visible) AS shown, max(position) + 1 AS next"
              " FROM microcosm.comments WHERE item_id = %lld) c WHERE i.item_id = %lld",
              (long long)conversation, (long long)conversation);
    mc__cache_clear(forum_app->cache);
}

static void expect_page(int64_t conversation, int64_t offset, const char *left_out)
{
    mc_page_options page = {.size = sizeof(page), .offset = offset, .limit = 25};
    mc_conversation *record = NULL;
    const mc_comment *first;
    mc_position *at = NULL;

    must(mc_conversation_get(&record, session, conversation, &page));
    cr_assert_gt(record->comments->items.count, 0, "page at %lld", (long long)offset);
    first = record->comments->items.items[0];
    cr_expect_eq(first->id,
                 forum_number("SELECT comment_id FROM microcosm.comments WHERE item_id = %lld AND"
                              " is_visible AND NOT %s ORDER BY position OFFSET %lld LIMIT 1",
                              (long long)conversation, left_out, (long long)offset),
                 "page at %lld", (long long)offset);
    must(mc_comment_position(&at, session, first->id, 25));
    cr_expect_eq(at->offset, offset);
    mc_record_free(at);
    mc_record_free(record);
}

Test(comments, find_pages_whatever_is_hidden_before_them)
{
    static const char *const hidden[] = {"position % 3 = 0", "position < 2048",
                                         "position BETWEEN 1023 AND 1024 OR position > 2500",
                                         "position % 7 < 3 AND position / 1024 <> 1", "false"};
    char left_out[60];
    int64_t carol = act_as("carol"), conversation;

    snprintf(left_out, sizeof(left_out), "created_by = %lld", (long long)carol);
    act_as("alice");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, carol, true));
    conversation = make_conversation(root_microcosm(), "Which knot?");
    fill(conversation, 3100);
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        hide(conversation, hidden[i]);
        for (int64_t offset = 0; offset < 800; offset += 175) {
            act_as("bob");
            expect_page(conversation, offset, "false");
            act_as("alice");
            expect_page(conversation, offset, left_out);
        }
    }
    cr_expect_eq(forum_number("SELECT sum(hidden) FROM microcosm.hidden_comments"), 0);
    forum_sql("UPDATE microcosm.comments SET is_deleted = true WHERE position %% 2 = 0");
    forum_sql("DELETE FROM microcosm.comments WHERE position > 3000");
    forum_sql("INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created_by,"
              " markdown, html, is_deleted) SELECT site_id, item_id, 6, 5000, created_by, 'm', 'm',"
              " true FROM microcosm.items WHERE item_id = %lld",
              (long long)conversation);
    cr_expect_eq(forum_number("SELECT count(*) FROM (SELECT parent_id, block, hidden FROM"
                              " microcosm.hidden_comments WHERE hidden > 0 EXCEPT SELECT item_id,"
                              " position / 1024, count(*) FROM microcosm.comments"
                              " WHERE NOT is_visible GROUP BY 1, 2) n"),
                 0);
    cr_expect_eq(forum_number("SELECT sum(hidden) FROM microcosm.hidden_comments"), 1501 + 1);
}

/* How many of its pages PostgreSQL looks at for a statement that was prepared: that doesn't depend
 * on the machine. */
static int64_t pages_read(const char *call)
{
    return forum_number("SELECT pg_temp.pages_read($$EXECUTE %s$$)", call);
}

/* What three statements look at in a conversation of which six tenths are hidden. */
static void measure(int64_t pages[3], int64_t count)
{
    const long long site = (long long)mc_session_site(session);
    int64_t conversation = make_conversation(root_microcosm(), count > 10000 ? "Long" : "Short");
    char call[200];

    fill(conversation, count);
    hide(conversation, "position % 5 < 3");
    forum_sql("ANALYZE microcosm.comments");
    snprintf(call, sizeof(call), "page(%lld, %lld, %lld, 0, 25, '{}')", site,
             (long long)conversation, (long long)count / 4);
    pages[0] = pages_read(call);
    snprintf(call, sizeof(call), "before(%lld, %lld, '{}', 25)", site,
             (long long)forum_number("SELECT comment_id FROM microcosm.comments WHERE item_id ="
                                     " %lld AND position = %lld",
                                     (long long)conversation, (long long)count / 10 * 9 + 4));
    pages[1] = pages_read(call);
    snprintf(call, sizeof(call), "after(%lld, %lld, '{}', 25, now() + '%lld seconds')", site,
             (long long)conversation, (long long)count / 2);
    pages[2] = pages_read(call);
}

Test(comments, cost_no_more_when_ten_times_as_many_are_hidden_before_them)
{
    int64_t few[3], many[3];

    act_as("carol");
    act_as("alice");
    forum_sql("SET plan_cache_mode = force_generic_plan");
    forum_sql("CREATE FUNCTION pg_temp.pages_read(call text) RETURNS bigint LANGUAGE plpgsql AS"
              " 'DECLARE found json; BEGIN EXECUTE ''EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) '' ||"
              " call INTO found; RETURN (found->0->''Plan''->>''Shared Hit Blocks'')::bigint +"
              " (found->0->''Plan''->>''Shared Read Blocks'')::bigint; END'");
    forum_sql("PREPARE page AS %s", mc__queries[MC_Q_COMMENTS_PAGE_ON_ITEM].text);
    forum_sql("PREPARE before AS %s", mc__queries[MC_Q_COMMENTS_SHOWN_BEFORE].text);
    forum_sql("PREPARE after AS %s", mc__queries[MC_Q_COMMENTS_FIRST_AFTER_ON_ITEM].text);
    measure(few, 4000);
    measure(many, 40000);
    for (int i = 0; i < 3; i++)
        cr_expect_lt(many[i], 2 * few[i] + 40, "statement %d looks at %lld instead of %lld pages",
                     i, (long long)many[i], (long long)few[i]);
}

/* HTML and the version of the renderer. */

static const char *html_of(int64_t comment_id)
{
    static char html[4000];
    mc_comment *comment = NULL;

    html[0] = '\0';
    must(mc_comment_get(&comment, session, comment_id, 0, 0));
    snprintf(html, sizeof(html), "%s", comment->html);
    mc_record_free(comment);
    return html;
}

static int64_t stored(int64_t comment_id, const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.comments WHERE comment_id = %lld AND %s",
                        (long long)comment_id, condition);
}

/* The same, and by this version of the renderer. */
static int64_t stored_anew(int64_t comment_id, const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.comments WHERE comment_id = %lld AND "
                        "renderer = %d AND %s",
                        (long long)comment_id, MC__RENDERER, condition);
}

/* Names of elements differ from those of other comments on the page, and stay when it is edited. */
Test(comments, give_elements_names_of_their_own)
{
    const char *parents[] = {"conversation", "profile"};
    char expected[400];

    int64_t me = act_as("owner");
    int64_t ids[] = {make_conversation(root_microcosm(), "Knots"), me};
    for (size_t i = 0; i < 2; i++) {
        mc_comment_edit edit = on(parents[i], ids[i], "# Head\n[up](#head)");
        int64_t comment;

        must(mc_comment_create(&comment, session, &edit));
        for (int round = 0; round < 2; round++) {
            snprintf(expected, sizeof(expected),
                     "<h1 id=\"user-content-head-%lld\">Head</h1>\n\n<p><a "
                     "href=\"#user-content-head-%lld\">up</a>%s</p>\n",
                     (long long)comment, (long long)comment, round ? "!" : "");
            cr_expect_str_eq(html_of(comment), expected);
            edit.markdown = "# Head\n[up](#head)!";
            must(mc_comment_edit_save(session, comment, &edit));
        }
    }
}

/* As if another version had made the HTML. */
static void age(void)
{
    forum_sql(
        "UPDATE microcosm.comments SET renderer = 0, html = CASE WHEN html LIKE '%%/profiles/%%'"
        " THEN regexp_replace(html, 'Hi', 'Hello') ELSE '<p>old</p>' END");
    forum_sql("DELETE FROM microcosm.renderings");
}

Test(comments, are_rendered_anew_on_sight)
{
    mc_conversation *page = NULL;
    char link[100];
    int64_t bob = act_as("bob"), conversation, plain, naming;

    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Knots");
    plain = make_comment(conversation, "# Head");
    naming = make_comment(conversation, "Hi @Bob, and @nobody");
    age();
    forum_sql(
        "UPDATE microcosm.profiles SET profile_name = 'rob', name_key = 'rob' WHERE profile_id = "
        "%lld",
        (long long)bob);
    snprintf(link, sizeof(link), "<p>Hi <a href=\"/profiles/%lld\">@Bob</a>, and @nobody</p>\n",
             (long long)bob);
    act_as(NULL);
    cr_expect(strstr(html_of(plain), "<h1 id=\"user-content-head-"));
    cr_expect_str_eq(html_of(naming), link, "names mean whom they meant");
    must(mc_conversation_get(&page, session, conversation, NULL));
    cr_assert_eq(page->comments->items.count, 2);
    cr_expect(strstr(((const mc_comment *)page->comments->items.items[0])->html, "<h1 id="));
    cr_expect_str_eq(((const mc_comment *)page->comments->items.items[1])->html, link);
    mc_record_free(page);
    cr_expect_eq(stored(plain, "html = '<p>old</p>' AND renderer = 0"), 1,
                 "reading writes nothing");
}

Test(comments, are_rendered_anew_in_the_background)
{
    mc_comment_edit edit = on("conversation", 0, "now");
    int64_t conversation, plain, edited, own;

    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Knots");
    plain = make_comment(conversation, "# Head");
    edited = make_comment(conversation, "before");
    age();
    forum_sql(
        "UPDATE microcosm.comments SET markdown = repeat('x ', 40000) WHERE comment_id = %lld",
        (long long)edited);
    own = make_comment(conversation, "current");
    must(mc_comment_edit_save(session, edited, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comment_revisions WHERE html = "
                              "'<p>old</p>'"),
                 1);
    mc_app_step(forum_app);
    cr_expect_eq(stored_anew(plain, "html LIKE '<h1 id=\"user-content-head-%%'"), 1);
    cr_expect_eq(stored_anew(own, "html LIKE '<p>current</p>%%'"), 1);
    cr_expect_eq(stored(edited, "html LIKE '<p>now</p>%%' AND revisions = 2"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comment_revisions WHERE html = "
                              "'<p>old</p>'"),
                 1, "revisions keep their text");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.renderings WHERE renderer = %d AND "
                              "is_done AND last_comment_id = %lld",
                              MC__RENDERER, (long long)own),
                 1);
}

static int64_t waiting_in_postgres(void)
{
    return forum_number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'");
}

/* Waiting in PostgreSQL would take a connection each, and wake one process after another. */
Test(comments, on_one_item_wait_in_the_process)
{
    writer writers[5];
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    must(mc_session_begin(session));
    make_comment(conversation, "This holds the item");
    for (size_t i = 0; i < MC_COUNT(writers); i++)
        start_writing(&writers[i], "conversation", conversation);
    while (waiting_in_postgres() == 0)
        forum_sql("SELECT pg_sleep(0.01)");
    forum_sql("SELECT pg_sleep(0.2)"); /* the others have had time to come */
    cr_expect_eq(waiting_in_postgres(), 1);
    must(mc_session_commit(session));
    for (size_t i = 0; i < MC_COUNT(writers); i++) {
        pthread_join(writers[i].thread, NULL);
        cr_expect_eq(writers[i].rc, 0);
        mc_session_free(writers[i].session);
    }
}

static const char *href_of(const mc_page *page, const char *rel)
{
    for (size_t i = 0; i < page->links.count; i++) {
        const mc_link *link = page->links.items[i];

        if (strcmp(link->rel, rel) == 0)
            return link->href;
    }
    return "";
}

/* Where a page of long comments has ended early, the next begins between two multiples. */
Test(comments, that_end_a_page_early_are_linked_from_the_next_ones)
{
    static const struct {
        int64_t offset;
        const char *first, *previous, *next;
    } pages[] = {{0, "", "", "/c?offset=10"},
                 {10, "", "/c", "/c?offset=20"},
                 {25, "", "/c", "/c?offset=35"},
                 {35, "/c", "/c?offset=25", "/c?offset=45"},
                 {50, "/c", "/c?offset=25", "/c?offset=60"}};
    mc_scratch_arena(arena);

    for (size_t i = 0; i < MC_COUNT(pages); i++) {
        mc_page_options options = {.size = sizeof(options), .limit = 25, .offset = pages[i].offset};
        const mc_page *page = mc__page_make_short(&arena, &options, 10, 100, "/c", "comments");

        cr_assert_not_null(page);
        cr_expect_str_eq(href_of(page, "first"), pages[i].first, "%zu", i);
        cr_expect_str_eq(href_of(page, "prev"), pages[i].previous, "%zu", i);
        cr_expect_str_eq(href_of(page, "next"), pages[i].next, "%zu", i);
    }
}
