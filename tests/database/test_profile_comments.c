/* Pages of the comments on a profile. */
#include "forum.h"
#include "people.h"

#include "db/db.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(profile_comments, .init = people_open, .fini = forum_close, .timeout = 300);

/* On mira, who writes them herself or has the site's owner write. */
static int64_t comment_on_mira(int64_t author)
{
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "profile", .item_id = mira};
    static int number;
    char text[40];
    int64_t comment = 0;

    snprintf(text, sizeof(text), "Comment %d", ++number);
    edit.markdown = text;
    become(author);
    must(mc_comment_create(&comment, session, &edit));
    return comment;
}

static mc_page_options five_from(int64_t offset)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;

    page.limit = 5;
    page.offset = offset;
    return page;
}

static mc_collection *comments_from(int64_t offset)
{
    mc_page_options page = five_from(offset);
    mc_collection *collection = NULL;

    must(mc_profile_comments(&collection, session, mira, &page));
    return collection;
}

/* The comments on a page must be these, in this order. */
static void expect_comments(int64_t offset, int64_t total, const int64_t *ids, size_t count)
{
    mc_collection *collection = comments_from(offset);
    const mc_list *items = &collection->comments->items;

    cr_expect_eq(collection->comments->total, total, "total %lld, not %lld",
                 ID(collection->comments->total), ID(total));
    cr_expect_eq(items->count, count, "%zu comments, not %zu", items->count, count);
    for (size_t i = 0; i < items->count && i < count; i++)
        cr_expect_eq(((const mc_comment *)items->items[i])->id, ids[i], "comment %zu from %lld", i,
                     ID(offset));
    mc_record_free(collection);
}

static int comments_code(int64_t profile, int64_t offset)
{
    mc_page_options page = five_from(offset);
    mc_collection *collection = NULL;
    mc_buffer *json = NULL;
    int rc = mc_profile_comments(&collection, session, profile, &page);

    must(mc_buffer_new(&json, 0));
    cr_expect_eq(mc_profile_comments_json(json, session, profile, &page), rc, "as JSON");
    cr_expect_eq(mc_buffer_length(json) > 0, rc == 0);
    cr_expect_eq(collection != NULL, rc == 0);
    mc_buffer_free(json);
    mc_record_free(collection);
    return rc;
}

Test(profile_comments, come_in_pages)
{
    int64_t ids[12];

    for (size_t i = 0; i < MC_COUNT(ids); i++)
        ids[i] = comment_on_mira(i % 3 ? mira : owner);
    become(0);
    expect_comments(0, 12, ids, 5);
    expect_comments(5, 12, ids + 5, 5);
    expect_comments(10, 12, ids + 10, 2);
    cr_expect_eq(comments_code(mira, 15), MC_EINVAL, "past the last page");
    cr_expect_eq(comments_code(mira, 3), MC_EINVAL, "no multiple of the limit");
    cr_expect_eq(comments_code(tomas, 0), 0, "a page without any");
    cr_expect_eq(comments_code(tomas, 5), MC_EINVAL, "past it");
}

/* A megabyte in JSON each. */
static int64_t heavy_comment_on_mira(void)
{
    static char text[65001], next = 'a';
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "profile", .item_id = mira, .markdown = text};
    int64_t comment = 0;

    memset(text, '<', sizeof(text) - 1);
    text[0] = next++;
    become(mira);
    must(mc_comment_create(&comment, session, &edit));
    return comment;
}

static void expect_short_page(const mc_page *page, int64_t offset, int64_t shown)
{
    cr_expect_eq(page->offset, offset);
    cr_expect_eq(page->limit, shown);
    cr_expect_eq((int64_t)page->items.count, shown);
    cr_expect_eq(page->total, 7);
    cr_expect_eq(page->max_offset, 5);
}

Test(profile_comments, end_a_page_after_4_MiB)
{
    static const int64_t starts[] = {0, 4, 5}, shown[] = {4, 1, 5};
    int64_t ids[7];

    for (size_t i = 0; i < MC_COUNT(ids); i++)
        ids[i] = heavy_comment_on_mira();
    for (size_t i = 0; i < MC_COUNT(starts); i++) {
        mc_page_options options = five_from(starts[i]);
        mc_collection *collection;
        const mc_comment *first;

        must(mc_profile_comments(&collection, session, mira, &options));
        first = collection->comments->items.items[0];
        cr_expect_eq(first->id, ids[starts[i]]);
        if (i < 2)
            expect_short_page(collection->comments, starts[i], shown[i]);
        else
            cr_expect_eq(collection->comments->items.count, 2);
        mc_record_free(collection);
    }
    cr_expect_eq(comments_code(mira, 1), MC_EINVAL, "no page begins there");
}

Test(profile_comments, say_where_they_are)
{
    mc_collection *collection;
    const mc_comment *comment;
    const char *json;
    char part[200];

    for (int i = 0; i < 7; i++)
        comment_on_mira(mira);
    become(mira);
    collection = comments_from(5);
    json = json_of(collection);
    snprintf(part, sizeof(part),
             "{\"rel\":\"self\",\"href\":\"/api/v1/profiles/%lld?offset=5\",\"title\":\"2\"}",
             ID(mira));
    cr_expect(strstr(json, part), "%s", json);
    snprintf(part, sizeof(part),
             "{\"rel\":\"profile\",\"href\":\"/api/v1/profiles/%lld\",\"title\":\"mira\"}",
             ID(mira));
    cr_expect(strstr(json, part), "%s", json);
    cr_expect(collection->meta->permissions->can_create, "mira may write on her own");
    comment = collection->comments->items.items[0];
    cr_expect_str_eq(comment->item_type, "profile");
    cr_expect_eq(comment->item_id, mira);
    mc_record_free(collection);
    become(tomas);
    collection = comments_from(0);
    cr_expect_not(collection->meta->permissions->can_create);
    mc_record_free(collection);
}

Test(profile_comments, are_the_same_as_json)
{
    mc_buffer *json = NULL;

    for (int i = 0; i < 7; i++)
        comment_on_mira(mira);
    must(mc_buffer_new(&json, 0));
    become(0);
    for (int64_t offset = 0; offset <= 5; offset += 5) {
        mc_page_options page = five_from(offset);
        mc_collection *collection = comments_from(offset);

        mc_buffer_clear(json);
        must(mc_profile_comments_json(json, session, mira, &page));
        cr_expect_str_eq(mc_buffer_bytes(json), json_of(collection));
        mc_record_free(collection);
    }
    mc_buffer_free(json);
}

/* Where a comment is said to be, by itself and by its link. */
static int64_t offset_of(int64_t comment)
{
    mc_comment *record = NULL;
    mc_position *position = NULL;
    char link[100], offset[40] = "";
    int64_t found;

    must(mc_comment_position(&position, session, comment, 5));
    must(mc_comment_get(&record, session, comment, 5, 0));
    found = position->offset;
    cr_expect_str_eq(position->item_type, "profile");
    cr_expect_eq(position->item_id, mira);
    if (found)
        snprintf(offset, sizeof(offset), "?limit=5\\u0026offset=%lld", ID(found));
    snprintf(link, sizeof(link), "{\"rel\":\"commentPage\",\"href\":\"/api/v1/profiles/%lld%s\"}",
             ID(mira), offset);
    cr_expect(strstr(json_of(record), link), "no %s in %s", link, json_of(record));
    mc_record_free(record);
    mc_record_free(position);
    return found;
}

/* Those that a page leaves out don't count, and lead to the page of the comment before them. */
static void expect_places(int64_t reader, const int64_t *ids, const bool *shown, size_t count)
{
    int64_t listed[20];
    size_t total = 0;

    become(reader);
    for (size_t i = 0; i < count; i++) {
        if (shown[i])
            listed[total++] = ids[i];
        cr_expect_eq(offset_of(ids[i]), total ? (int64_t)(total - 1) / 5 * 5 : 0, "comment %zu", i);
    }
    for (size_t at = 0; at < total; at += 5)
        expect_comments((int64_t)at, (int64_t)total, listed + at, total - at < 5 ? total - at : 5);
    cr_expect_eq(comments_code(mira, (int64_t)(total + 4) / 5 * 5), MC_EINVAL, "one page more");
}

Test(profile_comments, leave_out_hidden_ones_and_ignored_people)
{
    static const bool all[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                      by_mira[16] = {0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0};
    int64_t ids[16], gone = comment_on_mira(mira);

    for (size_t i = 0; i < MC_COUNT(ids); i++) {
        ids[i] = comment_on_mira(i % 3 ? mira : owner);
        if (i == 7)
            must(mc_comment_delete(session, comment_on_mira(mira)));
    }
    must(mc_comment_delete(session, gone));
    become(tomas);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true));
    expect_places(0, ids, all, MC_COUNT(ids));
    expect_places(tomas, ids, by_mira, MC_COUNT(ids));
}

static size_t count_unread(int64_t offset)
{
    mc_collection *collection = comments_from(offset);
    const mc_list *items = &collection->comments->items;
    size_t unread = 0;

    for (size_t i = 0; i < items->count; i++)
        unread += ((const mc_comment *)items->items[i])->meta->flags->unread == MC_YES;
    mc_record_free(collection);
    return unread;
}

Test(profile_comments, are_read_page_by_page)
{
    for (int i = 0; i < 7; i++)
        comment_on_mira(owner);
    become(tomas);
    cr_expect_eq(count_unread(0), 5);
    cr_expect_eq(count_unread(0), 0);
    cr_expect_eq(count_unread(5), 2, "the first page says nothing of the second");
    cr_expect_eq(count_unread(5), 0);
    become(0);
    cr_expect_eq(count_unread(0), 0, "to guests nothing is unread");
    become(mira);
    forum_sql("INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)"
              " SELECT site_id, %lld, 3, %lld, created FROM microcosm.comments"
              " WHERE on_profile_id = %lld AND position = 2",
              ID(mira), ID(mira), ID(mira));
    cr_expect_eq(count_unread(0), 2, "by the mark in the database");
}

Test(profile_comments, are_for_whoever_may_see_the_profile)
{
    int64_t stranger = make_stranger(), there;

    comment_on_mira(mira);
    for (int i = 0; i < 4; i++) {
        become((const int64_t[]){0, mira, tomas, owner}[i]);
        cr_expect_eq(comments_code(mira, 0), 0);
        cr_expect_eq(comments_code(stranger, 0), MC_ENOTFOUND);
        cr_expect_eq(comments_code(888888888, 0), MC_ENOTFOUND);
        cr_expect_eq(comments_code(0, 0), MC_EINVAL);
        cr_expect_eq(comments_code(-1, 0), MC_EINVAL);
    }
    ban(mira);
    become(mira);
    cr_expect_eq(comments_code(mira, 0), MC_EBANNED);
    cr_expect_eq(comments_code(tomas, 0), MC_EBANNED);
    enter_site("root");
    must(mc_session_act_as_email(session, "tomas@example.org"));
    there = mc_session_profile(session);
    cr_expect_eq(comments_code(there, 0), 0);
    must(mc_session_act_as_email(session, "mira@example.org"));
    cr_expect_eq(comments_code(there, 0), MC_EFORBIDDEN);
}
