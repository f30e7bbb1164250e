/* Conversations and comments through the library: pages, hiding, counters, unread marks. */
#include "forum.h"
#include "postgres.h"

#include "domain/base/handles.h"
#include "domain/base/limiter.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(conversations, .init = forum_open, .fini = forum_close, .timeout = 300);

static mc_conversation *get_page(int64_t id, int64_t limit, int64_t offset)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_conversation *conversation = NULL;

    page.limit = limit;
    page.offset = offset;
    must(mc_conversation_get(&conversation, session, id, &page));
    return conversation;
}

static const mc_comment *comment_at(const mc_conversation *conversation, size_t i)
{
    return conversation->comments->items.items[i];
}

static void expect_page(int64_t id, int64_t limit, int64_t offset, int64_t total,
                        const char *markdowns)
{
    mc_conversation *conversation = get_page(id, limit, offset);
    char text[500] = "";
    size_t length = 0;

    for (size_t i = 0; i < conversation->comments->items.count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s ",
                                   comment_at(conversation, i)->markdown);
    cr_expect_str_eq(text, markdowns, "offset %lld: %s", (long long)offset, text);
    cr_expect_eq(conversation->comments->total, total, "total %lld",
                 (long long)conversation->comments->total);
    mc_record_free(conversation);
}

Test(conversations, show_their_comments_page_by_page_with_hidden_ones_left_out)
{
    int64_t id, comments[12];
    char text[8];

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    for (int i = 0; i < 12; i++) {
        snprintf(text, sizeof(text), "c%d", i);
        comments[i] = make_comment(id, text);
    }
    expect_page(id, 5, 0, 12, "c0 c1 c2 c3 c4 ");
    expect_page(id, 5, 10, 12, "c10 c11 ");
    act_as("owner");
    must(mc_comment_delete(session, comments[0]));
    must(mc_comment_delete(session, comments[5]));
    must(mc_comment_delete(session, comments[6]));
    must(mc_comment_delete(session, comments[6])); /* idempotent */
    expect_page(id, 5, 0, 9, "c1 c2 c3 c4 c7 ");
    expect_page(id, 5, 5, 9, "c8 c9 c10 c11 ");
    must(mc_comment_delete(session, comments[11]));
    cr_expect_eq(forum_number("SELECT last_comment_id FROM microcosm.items WHERE item_id = %lld",
                              (long long)id),
                 comments[10]);
    cr_expect_eq(forum_number("SELECT comment_count FROM microcosm.microcosm_stats"), 8);
}

Test(conversations, leave_out_comments_by_ignored_people_for_the_one_who_ignores)
{
    int64_t id, bob;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "a1");
    bob = act_as("bob");
    for (int i = 0; i < 6; i++) {
        char text[8];

        snprintf(text, sizeof(text), "b%d", i);
        make_comment(id, text);
    }
    act_as("alice");
    make_comment(id, "a2");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, bob, true));
    expect_page(id, 5, 0, 2, "a1 a2 ");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, bob, false));
    expect_page(id, 5, 5, 8, "b4 b5 a2 ");
}

Test(conversations, return_the_existing_post_for_an_equal_one_within_five_minutes)
{
    int64_t first, second, comment;

    act_as("alice");
    first = make_conversation(root_microcosm(), "Which knot?");
    second = make_conversation(root_microcosm(), "Which knot?");
    cr_expect_eq(first, second);
    comment = make_comment(first, "Bowline");
    cr_expect_eq(make_comment(first, "Bowline"), comment);
    act_as("bob");
    cr_expect_neq(make_comment(first, "Bowline"), comment, "by somebody else");
    act_as("owner");
    must(mc_comment_delete(session, comment));
    act_as("alice");
    cr_expect_neq(make_comment(first, "Bowline"), comment, "not when the first one is gone");
}

/* The page from the end, as records and as JSON. */
static void expect_newest(int64_t id, int64_t limit, int64_t offset, const char *markdowns)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_conversation *conversation = NULL;
    mc_buffer *json = NULL;
    char text[500] = "";
    const char *at;
    size_t length = 0;

    page.limit = limit;
    page.offset = offset;
    page.order = MC_ORDER_NEWEST;
    must(mc_conversation_get(&conversation, session, id, &page));
    must(mc_buffer_new(&json, 0));
    must(mc_conversation_json(json, session, id, &page));
    at = mc_buffer_bytes(json);
    for (size_t i = 0; i < conversation->comments->items.count; i++) {
        const char *markdown = comment_at(conversation, i)->markdown;

        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s ", markdown);
        at = strstr(at, "\"markdown\":\"");
        cr_assert_not_null(at);
        at += strlen("\"markdown\":\"");
        cr_expect_eq(strncmp(at, markdown, strlen(markdown)), 0, "the JSON has the same order");
    }
    cr_expect_str_eq(text, markdowns, "offset %lld: %s", (long long)offset, text);
    mc_buffer_free(json);
    mc_record_free(conversation);
}

Test(conversations, show_their_newest_comments_first_when_asked_to)
{
    int64_t id, hidden = 0;
    char text[8];

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    for (int i = 0; i < 8; i++) {
        snprintf(text, sizeof(text), "c%d", i);
        if (i == 6)
            hidden = make_comment(id, text);
        else
            make_comment(id, text);
    }
    mc_record_free(get_page(id, 5, 0)); /* cached in the usual order */
    expect_newest(id, 5, 0, "c7 c6 c5 c4 c3 ");
    expect_newest(id, 5, 5, "c2 c1 c0 ");
    act_as("owner");
    must(mc_comment_delete(session, hidden));
    act_as("bob");
    expect_newest(id, 5, 0, "c7 c5 c4 c3 c2 ");
    expect_newest(id, 5, 5, "c1 c0 ");
    expect_page(id, 5, 0, 7, "c0 c1 c2 c3 c4 ");
}

Test(conversations, are_unread_until_they_are_read)
{
    int64_t id;
    mc_collection *list = NULL;
    const mc_conversation *summary;

    act_as("bob"); /* for a new profile everything is read */
    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    make_comment(id, "Bowline");
    act_as("bob");
    must(mc_conversations_list(&list, session, NULL, NULL));
    summary = list->conversations->items.items[0];
    cr_expect_eq(summary->meta->flags->unread, MC_YES);
    cr_expect_eq(summary->total_comments, 1);
    mc_record_free(list);
    mc_record_free(get_page(id, 25, 0));
    must(mc_conversations_list(&list, session, NULL, NULL));
    summary = list->conversations->items.items[0];
    cr_expect_eq(summary->meta->flags->unread, MC_NO, "read a moment ago, not yet in the database");
    mc_record_free(list);
}

/* The page as JSON: written directly, or from its record. */
static char *page_json(int64_t id, int64_t limit, int64_t offset, bool from_record)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_buffer *json = NULL;
    char *text;

    page.limit = limit;
    page.offset = offset;
    must(mc_buffer_new(&json, 0));
    if (from_record) {
        mc_conversation *conversation = get_page(id, limit, offset);

        must(mc_record_json(json, conversation));
        mc_record_free(conversation);
    } else {
        must(mc_conversation_json(json, session, id, &page));
    }
    text = strdup(mc_buffer_bytes(json));
    mc_buffer_free(json);
    return text;
}

/* Reading a page changes read marks, so two people with equal marks read the two. */
static void expect_same(int64_t id, int64_t offset, const char *one, bool one_from_record,
                        const char *other, int unread)
{
    char *a, *b;
    int found = 0;

    act_as(one);
    a = page_json(id, 5, offset, one_from_record);
    act_as(other);
    b = page_json(id, 5, offset, !one_from_record);
    cr_expect_str_eq(a, b, "%s and %s at %lld", one ? one : "guest", other ? other : "guest",
                     (long long)offset);
    for (const char *at = a; (at = strstr(at, "\"unread\":true")); at++)
        found++;
    cr_expect_eq(found, unread, "%d unread at %lld: %s", found, (long long)offset, a);
    free(a);
    free(b);
}

static int64_t make_reply(int64_t id, int64_t to, const char *markdown)
{
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = id,
                            .in_reply_to = to,
                            .markdown = markdown};
    int64_t comment = 0;

    must(mc_comment_create(&comment, session, &edit));
    return comment;
}

/* Adds a comment from another process whose change isn't applied here yet. */
static void comment_unheard_of(PGconn *other, int64_t id)
{
    char sql[600];

    snprintf(
        sql, sizeof(sql),
        "INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created_by,"
        " markdown, html) SELECT site_id, item_id, item_type, next_position, created_by, 'New',"
        " '<p>New</p>' FROM microcosm.items WHERE item_id = %lld;"
        "UPDATE microcosm.items SET next_position = next_position + 1,"
        " comment_count = comment_count + 1 WHERE item_id = %lld",
        (long long)id, (long long)id);
    PQclear(test_sql(other, sql));
}

Test(conversations, count_as_many_comments_as_they_show)
{
    PGconn *other = test_database_connect(forum_database);
    int64_t id;
    char *json;

    PQclear(test_sql(other, "SET microcosm.site_id = 0"));
    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    make_comment(id, "One");
    for (int64_t limit = 5; limit <= 15; limit += 5) { /* the cached item is older */
        mc_conversation *conversation = get_page(id, limit, 0);

        cr_expect_eq(conversation->comments->total, (int64_t)conversation->comments->items.count);
        cr_expect_eq(conversation->total_comments, conversation->comments->total);
        mc_record_free(conversation);
        comment_unheard_of(other, id);
    }
    json = page_json(id, 20, 0, false);
    cr_expect_not_null(strstr(json, "\"total\":4,"), "%s", json);
    free(json);
    PQfinish(other);
}

Test(conversations, are_the_same_as_records_and_as_json)
{
    int64_t id, first, bob;

    act_as("eve");
    act_as("mallory");
    bob = act_as("bob");
    act_as("alice");
    id = make_conversation(root_microcosm(), "Which \"knot\" & <why>?");
    first = make_comment(
        id, "\"unread\":false,\"unread\":true \\ <b>bold</b> \xE2\x80\xA8 \xE2\x82\xAC");
    for (int i = 0; i < 5; i++) {
        char text[] = "0";

        text[0] = (char)('0' + i);
        make_comment(id, text);
    }
    act_as("bob");
    make_reply(id, first, "So | they \"unread\":false say\n\n- one\n- two");
    for (int round = 0; round < 2; round++)
        expect_same(id, 0, NULL, round, NULL, 0);
    expect_same(id, 0, "eve", false, "mallory", 5);
    expect_same(id, 5, "eve", true, "mallory", 2);
    expect_same(id, 0, "eve", true, "mallory", 0);
    expect_same(id, 5, "eve", false, "mallory", 0);
    act_as("alice");
    make_reply(id, first, "One more");
    act_as("owner");
    must(mc_comment_delete(session, first));
    expect_same(id, 5, "mallory", true, "eve", 1);
    expect_same(id, 0, "eve", false, "mallory", 0);
    /* a page for this actor only isn't cached, and is written by other code */
    act_as("eve");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, bob, true));
    act_as("mallory");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, bob, true));
    act_as("alice");
    make_comment(id, "The last");
    expect_same(id, 5, "eve", false, "mallory", 1);
    expect_same(id, 5, "eve", true, "mallory", 0);
    must(mc_session_begin(session));
    expect_same(id, 0, NULL, false, NULL, 0);
    must(mc_session_rollback(session));
}

/* As pages leave them out. */
Test(conversations, count_no_comments_of_ignored_people)
{
    mc_conversation *conversation = NULL;
    int64_t id, first, bob;

    bob = act_as("bob");
    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    first = make_comment(id, "Bowline");
    act_as("bob");
    make_comment(id, "Buy my rope");
    act_as("carol");
    must(mc_conversation_get(&conversation, session, id, NULL));
    cr_expect_eq(conversation->total_comments, 2);
    cr_expect_eq(conversation->last_comment->created_by->id, bob);
    mc_record_free(conversation);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, bob, true));
    must(mc_conversation_get(&conversation, session, id, NULL));
    cr_expect_eq(conversation->total_comments, 1);
    cr_expect_eq(conversation->last_comment->id, first);
    cr_expect_str_eq(conversation->last_comment->created_by->profile_name, "alice");
    mc_record_free(conversation);
    act_as("owner"); /* others see it as before */
    must(mc_conversation_get(&conversation, session, id, NULL));
    cr_expect_eq(conversation->total_comments, 2);
    mc_record_free(conversation);
}

Test(conversations, can_be_hidden_and_restored_by_moderators_only)
{
    mc_patch_op hide = {"/meta/flags/deleted", true}, show = {"/meta/flags/deleted", false};
    mc_conversation *conversation = NULL;
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    must_fail(mc_conversation_delete(session, id), MC_EFORBIDDEN);
    must_fail(mc_conversation_patch(session, id, &hide, 1), MC_EFORBIDDEN);
    act_as("owner");
    must(mc_conversation_patch(session, id, &hide, 1));
    act_as("alice");
    must_fail(mc_conversation_get(&conversation, session, id, NULL), MC_ENOTFOUND);
    cr_expect_null(conversation, "a failed call leaves its out parameter alone");
    act_as("owner");
    must(mc_conversation_get(&conversation, session, id, NULL));
    cr_expect_eq(conversation->meta->flags->deleted, MC_YES);
    mc_record_free(conversation);
    cr_expect_eq(forum_number("SELECT conversation_count FROM microcosm.microcosm_stats"), 0);
    must(mc_conversation_patch(session, id, &show, 1));
    must(mc_conversation_get(&conversation, session, id, NULL));
    mc_record_free(conversation);
    cr_expect_eq(forum_number("SELECT conversation_count FROM microcosm.microcosm_stats"), 1);
}

Test(conversations, report_all_faults_at_once)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = -1, .title = "  "};
    const mc_failure *error;
    int64_t id = 77;

    act_as("alice");
    must_fail(mc_conversation_create(&id, session, &edit), MC_EINVAL);
    error = mc_session_error(session);
    cr_assert_eq(error->fault_count, 2);
    cr_expect_str_eq(error->faults[0].field, "microcosmId");
    cr_expect_str_eq(error->faults[1].field, "title");
    cr_expect_eq(id, 77);
}

Test(conversations, refuse_comments_when_closed_but_for_moderators)
{
    mc_patch_op close = {"/meta/flags/open", false};
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .markdown = "too late"};
    int64_t comment;

    act_as("alice");
    edit.item_id = make_conversation(root_microcosm(), "Which knot?");
    must(mc_conversation_patch(session, edit.item_id, &close, 1)); /* authors may */
    must_fail(mc_comment_create(&comment, session, &edit), MC_ECLOSED);
    cr_expect_eq(mc_session_error(session)->reason, 17);
    act_as("owner");
    must(mc_comment_create(&comment, session, &edit));
}

/* Rendering several long texts at once must not occupy all cores. */
Test(conversations, limit_the_rendering_of_long_texts_only)
{
    mc__limiter *usual = forum_app->rendering;
    char text[6000] = "";
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "conversation", .markdown = text};
    int64_t comment = 0;
    mc__place place;

    act_as("alice");
    edit.item_id = make_conversation(root_microcosm(), "Which knot?");
    memset(text, 'x', sizeof(text) - 1);
    cr_assert_eq(mc__limiter_new(&forum_app->rendering, 1, 50), 0);
    cr_assert_eq(mc__limiter_enter(forum_app->rendering, &place, 0, 1), 0);

    must_fail(mc_comment_create(&comment, session, &edit), MC_EBUSY);
    make_comment(edit.item_id, "a short one");
    expect_page(edit.item_id, 5, 0, 1, "a short one ");
    must(mc_session_begin(session)); /* holds a connection that others wait for */
    must(mc_comment_create(&comment, session, &edit));
    must(mc_session_rollback(session));
    mc__limiter_leave(forum_app->rendering, &place);
    must(mc_comment_create(&comment, session, &edit));
    mc__limiter_free(forum_app->rendering);
    forum_app->rendering = usual;
}

/* A page of so many comments; "self next last" with their offsets. */
static void expect_paging(int64_t id, int64_t offset, int64_t total, int64_t max_offset,
                          int64_t pages, const char *links)
{
    mc_conversation *conversation = get_page(id, 5, offset);
    const mc_page *page = conversation->comments;
    char found[200] = "";
    size_t length = 0;

    for (size_t i = 0; i < page->links.count; i++) {
        const mc_link *link = page->links.items[i];
        const char *at = strstr(link->href, "offset=");

        length += (size_t)snprintf(found + length, sizeof(found) - length, "%s %s ", link->rel,
                                   at ? at + strlen("offset=") : "0");
    }
    cr_expect_str_eq(found, links, "%lld of %lld: %s", (long long)offset, (long long)total, found);
    cr_expect_eq(page->total, total);
    cr_expect_eq(page->max_offset, max_offset, "%lld of %lld", (long long)page->max_offset,
                 (long long)total);
    cr_expect_eq(page->total_pages, pages);
    cr_expect_eq(page->page, offset / 5 + 1);
    mc_record_free(conversation);
}

Test(conversations, end_with_a_page_that_has_something_on_it)
{
    mc_page_options past = MC_PAGE_OPTIONS_INIT;
    mc_conversation *conversation = NULL;
    int64_t id;
    char text[8];

    past.limit = 5;
    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    expect_paging(id, 0, 0, 0, 0, "self 0 ");
    for (int i = 1; i <= 15; i++) {
        int64_t last = (i + 4) / 5 * 5 - 5;

        snprintf(text, sizeof(text), "c%d", i);
        make_comment(id, text);
        if (i % 5 > 1)
            continue;
        expect_paging(id, 0, i, last, last / 5 + 1,
                      last == 0   ? "self 0 "
                      : last == 5 ? "self 0 next 5 "
                                  : "self 0 next 5 last 10 ");
        expect_paging(id, last, i, last, last / 5 + 1,
                      last == 0   ? "self 0 "
                      : last == 5 ? "prev 0 self 5 "
                                  : "first 0 prev 5 self 10 ");
        past.offset = last + 5;
        must_fail(mc_conversation_get(&conversation, session, id, &past), MC_EINVAL);
        expect_faults("offset ");
    }
}

Test(conversations, have_pages_of_5_to_250)
{
    static const int64_t wrong[] = {-5, 1, 4, 6, 249, 251, 255, 500, INT64_MAX, INT64_MIN};
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_conversation *conversation = NULL;
    mc_position *position = NULL;
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Which knot?");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        page.limit = wrong[i];
        must_fail(mc_conversation_get(&conversation, session, id, &page), MC_EINVAL);
        expect_faults("limit ");
        must_fail(mc_conversation_last_comment(&position, session, id, wrong[i]), MC_EINVAL);
        expect_faults("limit ");
    }
    for (page.limit = 5; page.limit <= 250; page.limit += 245) {
        must(mc_conversation_get(&conversation, session, id, &page));
        cr_expect_eq(conversation->comments->limit, page.limit);
        mc_record_free(conversation);
        must(mc_conversation_last_comment(&position, session, id, page.limit));
        mc_record_free(position);
    }
    page.limit = 10;
    for (page.offset = -10; page.offset <= 5; page.offset += 15) {
        must_fail(mc_conversation_get(&conversation, session, id, &page), MC_EINVAL);
        expect_faults("offset ");
    }
}

/* Programs that were built against an older library, or a newer one. */
Test(conversations, take_structs_of_other_versions)
{
    struct {
        mc_conversation_edit edit;
        char more[8];
    } newer = {.edit = {.size = sizeof(newer), .title = "Which knot?"}};
    mc_conversation_edit older = {.size = offsetof(mc_conversation_edit, edit_reason),
                                  .microcosm_id = 0,
                                  .title = "Which boat?",
                                  .edit_reason = "nobody's"};
    int64_t id = 77, first;

    act_as("alice");
    newer.edit.microcosm_id = older.microcosm_id = root_microcosm();
    newer.more[7] = 1; /* asks for what isn't there */
    must_fail(mc_conversation_create(&id, session, &newer.edit), MC_EINVAL);
    cr_expect_eq(mc_session_error(session)->fault_count, 0);
    cr_expect_eq(id, 77);
    newer.more[7] = 0;
    must(mc_conversation_create(&id, session, &newer.edit));
    must(mc_conversation_create(&first, session, &older));
    must_fail(mc_conversation_edit_save(session, first, &older), MC_EINVAL);
    expect_faults("meta.editReason ");
}
