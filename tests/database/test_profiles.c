/* Profiles, preferences, read marks, ignoring: docs/http/profiles.md. */
#include "fail_alloc.h"
#include "forum.h"

#include "db/db.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static int64_t site, owner, mira, tomas;

#define ID(number) ((long long)(number))

static void enter(const char *key)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = key;
    visit.address = "192.0.2.1";
    must(mc_session_enter(session, &visit));
}

/* 0 is the guest. */
static void become(int64_t profile_id)
{
    enter("test");
    must(mc_session_act_as(session, profile_id));
}

static int64_t make_member(const char *name)
{
    int64_t id = act_as(name);

    become(0);
    return id;
}

static void begin(void)
{
    forum_open();
    enter("test");
    site = mc_session_site(session);
    owner = forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld", ID(site));
    mira = make_member("mira");
    tomas = make_member("tomas");
}

TestSuite(profiles, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(profile_comments, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(profile_lists, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(profile_edits, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(members, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(preferences, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(read_marks, .init = begin, .fini = forum_close, .timeout = 300);
TestSuite(ignoring, .init = begin, .fini = forum_close, .timeout = 300);

static int64_t count(const char *table, const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.%s WHERE site_id = %lld AND %s", table,
                        ID(site), condition);
}

static void ban(int64_t profile)
{
    forum_sql("INSERT INTO microcosm.site_bans (site_id, user_id) SELECT site_id, user_id"
              " FROM microcosm.profiles WHERE profile_id = %lld",
              ID(profile));
}

static const char *json_of(const void *record)
{
    static mc_buffer *json;

    if (!json)
        must(mc_buffer_new(&json, 0));
    mc_buffer_clear(json);
    must(mc_record_json(json, record));
    return mc_buffer_bytes(json);
}

static void make_comment_on_profile(int64_t profile)
{
    forum_sql(
        "INSERT INTO microcosm.comments (site_id, on_profile_id, item_type, position, created_by,"
        " markdown, html) VALUES (%lld, %lld, 3, 0, %lld, 'Text', '<p>Text</p>')",
        ID(site), ID(profile), ID(profile));
}

static mc_profile *get(int64_t id)
{
    mc_profile *profile = NULL;

    cr_assert_eq(mc_profile_get(&profile, session, id), 0, "%s",
                 mc_session_error(session)->message);
    return profile;
}

static bool shows(int64_t id, const char *part)
{
    mc_profile *profile = get(id);
    bool found = strstr(json_of(profile), part) != NULL;

    mc_record_free(profile);
    return found;
}

/* One. */

Test(profiles, show_their_address_to_themselves_and_the_owner)
{
    const struct {
        int64_t actor;
        bool shown;
    } cases[] = {{0, false}, {tomas, false}, {mira, true}, {owner, true}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        become(cases[i].actor);
        cr_expect_eq(shows(mira, "mira@example.org"), cases[i].shown, "case %zu", i);
    }
}

/* A huddle of mira's and tomas's, in which tomas has written something. */
static int64_t make_huddle(void)
{
    mc_huddle_participant_edit with = {.size = sizeof(with), .id = mira};
    const void *people[] = {&with};
    static int number;
    char title[30];
    mc_huddle_edit edit = {
        .size = sizeof(edit), .title = title, .participants = (mc_list){people, 1}};
    mc_comment_edit said = {.size = sizeof(said), .item_type = "huddle", .markdown = "Hello"};
    int64_t comment;

    snprintf(title, sizeof(title), "Huddle %d", number++);
    become(tomas);
    cr_assert_eq(mc_huddle_create(&said.item_id, session, &edit), 0);
    cr_assert_eq(mc_comment_create(&comment, session, &said), 0);
    return said.item_id;
}

Test(profiles, show_stats_to_themselves)
{
    make_huddle();
    make_huddle();
    become(mira);
    cr_expect(shows(mira, "\"stats\":[{\"metric\":\"unreadHuddles\",\"value\":2}]"));
    cr_expect(!shows(tomas, "\"stats\""));
    become(owner);
    cr_expect(!shows(mira, "\"stats\""));
}

Test(profiles, have_the_form_of_the_docs)
{
    char form[300];

    snprintf(form, sizeof(form),
             "\"visible\":true,\"styleId\":0,\"itemCount\":0,\"commentCount\":0,\"profileComment\":"
             "null,\"created\":\"");
    cr_expect(shows(mira, form));
    snprintf(form, sizeof(form),
             "\"avatar\":\"/api/v1/files/profiles/"
             "%lld.svg\",\"meta\":{\"flags\":{},\"links\":[{\"rel\":\"self\",\"href\":\"/api/"
             "v1/profiles/%lld\"},"
             "{\"rel\":\"site\",\"href\":\"/api/v1/sites/"
             "%lld\"}],\"permissions\":{\"create\":false,\"read\":true,",
             ID(mira), ID(mira), ID(site));
    cr_expect(shows(mira, form));
}

Test(profiles, show_the_newest_comment_that_is_visible)
{
    static const char *const hidden[] = {"false", "false", "true"};

    for (int i = 0; i < 3; i++)
        forum_sql("INSERT INTO microcosm.comments (site_id, on_profile_id, item_type, position, "
                  "created_by,"
                  " markdown, html, is_deleted) VALUES (%lld, %lld, 3, %d, %lld, 'Text %d', "
                  "'<p>Text %d</p>', %s)",
                  ID(site), ID(mira), i, ID(mira), i, i, hidden[i]);

    cr_expect(shows(mira, "\"markdown\":\"Text 1\""));
    cr_expect(shows(tomas, "\"profileComment\":null"));
}

Test(profiles, show_how_one_follows_or_ignores_them)
{
    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)"
              " VALUES (%lld, %lld, 3, %lld, true)",
              ID(site), ID(tomas), ID(mira));
    become(tomas);
    cr_expect(shows(mira, "\"flags\":{\"watched\":true,\"sendEmail\":true,\"sendSMS\":false}"));
    cr_assert_eq(mc_ignore_set(session, MC_ITEM_PROFILE, mira, true), 0);
    cr_expect(shows(
        mira,
        "\"flags\":{\"watched\":true,\"ignored\":true,\"sendEmail\":true,\"sendSMS\":false}"));
    become(mira);
    cr_expect(shows(mira, "\"flags\":{}"));
}

/* A profile of another site. */
static int64_t make_stranger(void)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    int64_t other = 0;

    must(mc_site_create(&other, session, &edit, "owner@example.org"));
    return forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld", ID(other));
}

Test(profiles, stay_on_their_site)
{
    int64_t stranger = make_stranger();
    mc_profile *profile = NULL;

    become(owner);
    cr_expect_eq(mc_profile_get(&profile, session, stranger), MC_ENOTFOUND);
    cr_expect_eq(mc_profile_get(&profile, session, 888888888), MC_ENOTFOUND);
    cr_expect_eq(mc_profile_get(&profile, session, 0), MC_EINVAL);
    cr_expect_eq(mc_profile_get(&profile, session, -1), MC_EINVAL);
    cr_expect_null(profile);
}

Test(profiles, of_the_root_site_are_visible_to_themselves)
{
    mc_profile *profile = NULL;
    mc_collection *list = NULL;
    int64_t there;

    enter("root");
    cr_assert_eq(mc_session_act_as_email(session, "mira@example.org"), 0);
    there = mc_session_profile(session);
    cr_expect_eq(mc_profile_get(&profile, session, there), 0);
    cr_expect_str_eq(profile->profile_name, "mira", "there it is the address before the @");
    mc_record_free(profile);
    profile = NULL;
    cr_assert_eq(mc_session_act_as_email(session, "tomas@example.org"), 0);
    cr_expect_eq(mc_profile_get(&profile, session, there), MC_EFORBIDDEN);
    cr_expect_eq(mc_profiles_list(&list, session, NULL, NULL), MC_EFORBIDDEN);
    cr_expect_null(profile);
    cr_expect_null(list);
}

Test(profiles, are_all_that_banned_members_see)
{
    mc_profile *profile = NULL;
    mc_collection *list = NULL;
    mc_profile_options *options = NULL;

    ban(mira);
    become(mira);
    cr_expect_eq(mc_profile_get(&profile, session, tomas), MC_EBANNED);
    cr_expect_eq(mc_profiles_list(&list, session, NULL, NULL), MC_EBANNED);
    cr_expect_eq(mc_profile_options_get(&options, session), MC_EBANNED);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_SITE, 0), MC_EBANNED);
    cr_expect(!shows(mira, "mira@example.org"));
    cr_assert_eq(mc_profile_self(&profile, session), 0);
    cr_expect_str_eq(profile->email, "mira@example.org");
    cr_expect(profile->meta->permissions->is_banned && profile->meta->permissions->can_read);
    cr_expect(!profile->meta->permissions->can_update);
    mc_record_free(profile);
}

Test(profiles, do_not_exist_for_guests)
{
    mc_profile *profile = NULL;

    cr_expect_eq(mc_profile_self(&profile, session), MC_EFORBIDDEN);
    cr_expect_null(profile);
}

static int self_and_free(void)
{
    mc_profile *profile = NULL;
    int rc = mc_profile_self(&profile, session);

    mc_record_free(profile);
    return rc;
}

static int list_and_free(void)
{
    mc_profile_filter filter = {.size = sizeof(filter), .name_starts_with = "MI"};
    mc_collection *list = NULL;
    int rc = mc_profiles_list(&list, session, &filter, NULL);

    mc_record_free(list);
    return rc;
}

static int rename_once(void)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = "tomas"};

    return mc_profile_edit_save(session, mira, &edit);
}

static int options_and_free(void)
{
    mc_profile_options *options = NULL;
    int rc = mc_profile_options_get(&options, session);

    mc_record_free(options);
    return rc;
}

static int mark_once(void)
{
    static const char body[] = "{\"itemType\":\"microcosm\",\"itemId\":1}";

    return mc_profile_mark_read_body(session, MC_FORMAT_JSON, body, sizeof(body) - 1);
}

static int ignore_once(void)
{
    return mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true);
}

Test(profiles, survive_any_failing_allocation)
{
    become(mira);
    make_comment_on_profile(mira);
    cr_expect_gt(fail_each(self_and_free), 1);
    cr_expect_gt(fail_each(list_and_free), 1);
    cr_expect_gt(fail_each(rename_once), 1);
    cr_expect_gt(fail_each(options_and_free), 1);
    cr_expect_gt(fail_each(mark_once), 1);
    cr_expect_gt(fail_each(ignore_once), 1);
}

/* Comments on one. */

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
    cr_expect_eq(page->items.count, shown);
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
    enter("root");
    must(mc_session_act_as_email(session, "tomas@example.org"));
    there = mc_session_profile(session);
    cr_expect_eq(comments_code(there, 0), 0);
    must(mc_session_act_as_email(session, "mira@example.org"));
    cr_expect_eq(comments_code(there, 0), MC_EFORBIDDEN);
}

/* Lists. */

/* Names, each with a blank behind it; empty after a failure. */
static const char *names(const mc_profile_filter *filter)
{
    static char text[2000];
    mc_collection *list = NULL;
    size_t length = 0;

    text[0] = '\0';
    cr_expect_eq(mc_profiles_list(&list, session, filter, NULL), 0, "%s",
                 mc_session_error(session)->message);
    if (!list)
        return text;
    for (size_t i = 0; i < list->profiles->items.count; i++)
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "%s ",
                             ((const mc_profile *)list->profiles->items.items[i])->profile_name);
    cr_expect_eq((size_t)list->profiles->total, list->profiles->items.count,
                 "the total is of those listed");
    mc_record_free(list);
    return text;
}

static const char *names_from(const char *beginning)
{
    mc_profile_filter filter = {.size = sizeof(filter), .name_starts_with = beginning};

    return names(&filter);
}

/* Replaces the two profiles that each test has. */
static void crowd(void)
{
    static const char *const people[] = {"anna",  "Annabel",    "bert",  "an_na",
                                         "anxna", "100percent", "O'Hara"};

    for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++)
        forum_sql("UPDATE microcosm.profiles SET comment_count = %zu WHERE profile_id = %lld", i,
                  ID(make_member(people[i])));
    forum_sql("UPDATE microcosm.profiles SET profile_name = 'deleted', name_key = 'deleted'"
              " WHERE profile_id = %lld",
              ID(tomas));
    forum_sql(
        "UPDATE microcosm.profiles SET profile_name = 'zoe', name_key = 'zoe', name_order = 'zoe',"
        " last_active = now() - interval '91 minutes'"
        " WHERE profile_id IN (%lld, %lld) AND profile_id = %lld",
        ID(mira), ID(tomas), ID(mira));
    forum_sql(
        "UPDATE microcosm.profiles SET profile_name = 'yan', name_key = 'yan', name_order = 'yan'"
        " WHERE profile_id = %lld",
        ID(owner));
}

Test(profile_lists, are_in_order_of_names_by_default)
{
    crowd();
    cr_expect_str_eq(names(NULL), "100percent an_na anna Annabel anxna bert O&#39;Hara yan zoe ");
}

Test(profile_lists, find_prefixes_of_names)
{
    static const struct {
        const char *beginning, *found;
    } cases[] = {
        {"anna", "anna Annabel "},
        {"ANNA", "anna Annabel "},
        {"@anna", "anna Annabel "},
        {"+@anna", "anna Annabel "},
        {"annab", "Annabel "},
        {"nna", ""},
        {"%", ""},
        {"_", ""},
        {"an_", "an_na "},
        {"o'h", "O&#39;Hara "},
        {"O&#39;Hara", "O&#39;Hara "},
        {"\\", ""},
        {"100%", ""},
        {"\xF0\x9F\x98\x80", ""},
        {"del", ""},
        {"deleted", ""},
        {"z", "zoe "},
    };

    crowd();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_str_eq(names_from(cases[i].beginning), cases[i].found, "%s", cases[i].beginning);
}

Test(profile_lists, may_begin_with_most_comments)
{
    mc_profile_filter filter = {.size = sizeof(filter), .top = true};

    crowd();
    cr_expect_str_eq(names(&filter),
                     "O&#39;Hara 100percent anxna an_na bert Annabel anna yan zoe ");
    filter.name_starts_with = "an";
    cr_expect_str_eq(names(&filter), "anxna an_na Annabel anna ");
    filter.name_starts_with = "anna";
    cr_expect_str_eq(names(&filter), "anna Annabel ", "the exact name comes first");
}

Test(profile_lists, can_be_of_online_profiles)
{
    mc_profile_filter filter = {.size = sizeof(filter), .online = true};

    crowd();
    cr_expect_str_eq(names(&filter), "100percent an_na anna Annabel anxna bert O&#39;Hara yan ");
    filter.top = true;
    filter.name_starts_with = "an";
    cr_expect_str_eq(names(&filter), "anxna an_na Annabel anna ");
}

Test(profile_lists, can_be_of_followed_profiles)
{
    mc_profile_filter filter = {.size = sizeof(filter), .following = true};

    crowd();
    cr_expect_str_eq(names(&filter), "", "guests follow nobody");
    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)"
              " SELECT site_id, %lld, 3, profile_id FROM microcosm.profiles"
              " WHERE site_id = %lld AND profile_name IN ('zoe', 'bert', 'deleted')"
              " UNION ALL VALUES (%lld, %lld, 3, 0)",
              ID(owner), ID(site), ID(site), ID(owner));
    become(owner);
    cr_expect_str_eq(names(&filter), "bert zoe ");
    filter.top = true;
    cr_expect_str_eq(names(&filter), "bert zoe ");
    filter.online = true;
    cr_expect_str_eq(names(&filter), "bert ");
}

Test(profile_lists, leave_out_ignored_profiles)
{
    mc_profile_filter top = {.size = sizeof(top), .top = true};

    crowd();
    forum_sql("INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
              " SELECT site_id, %lld, 3, profile_id FROM microcosm.profiles WHERE site_id = %lld"
              " AND profile_name IN ('anna', 'deleted', 'bert')",
              ID(owner), ID(site));
    become(owner);

    cr_expect_str_eq(names(NULL), "100percent an_na Annabel anxna O&#39;Hara yan zoe ");
    cr_expect_str_eq(names(&top), "O&#39;Hara 100percent anxna an_na Annabel yan zoe ");
    cr_expect_str_eq(names_from("an"), "an_na Annabel anxna ");
}

Test(profile_lists, have_pages)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_profile_filter online = {.size = sizeof(online), .online = true};
    mc_collection *list = NULL;

    crowd();
    page.limit = 5;
    page.offset = 5;
    page.query = "limit=5&offset=5&q=";
    cr_assert_eq(mc_profiles_list(&list, session, NULL, &page), 0);
    cr_expect_eq(list->profiles->total, 9);
    cr_expect_eq(list->profiles->items.count, 4);
    cr_expect_str_eq(list->profiles->list_type, "/api/v1/profiles");
    mc_record_free(list);
    list = NULL;
    page.offset = 10;
    cr_expect_eq(mc_profiles_list(&list, session, NULL, &page), MC_EINVAL);
    cr_expect_eq(mc_profiles_list(&list, session, &online, &page), MC_EINVAL);
    page.limit = 7;
    cr_expect_eq(mc_profiles_list(&list, session, NULL, &page), MC_EINVAL);
    cr_expect_null(list);
    cr_expect_eq(
        mc_profiles_list(&list, session,
                         &(mc_profile_filter){.size = sizeof(online), .name_starts_with = "\xff"},
                         NULL),
        MC_EINVAL);
}

static int64_t total_of(const mc_profile_filter *filter, int64_t offset, const char **first)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    int64_t total;

    page.offset = offset;
    must(mc_profiles_list(&list, session, filter, &page));
    total = list->profiles->total;
    if (first)
        *first = list->profiles->items.count
                     ? strdup(((const mc_profile *)list->profiles->items.items[0])->profile_name)
                     : NULL;
    mc_record_free(list);
    return total;
}

/* The list of all profiles has a counter. Filtered lists are counted up to the last possible page.
 */
Test(profile_lists, end_at_ten_thousand_when_filtered)
{
    mc_profile_filter named = {.size = sizeof(named), .name_starts_with = "crowd"}, top = named,
                      online = {.size = sizeof(online), .online = true};
    mc_page_options past = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    const char *first = NULL;

    forum_sql("INSERT INTO microcosm.users (email, canonical_email)"
              " SELECT 'crowd' || i, 'crowd' || i FROM generate_series(10001, 20100) i");
    forum_sql(
        "INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, "
        "comment_count)"
        " SELECT %lld, user_id, email, translate(email, '01', 'ol'), email, CASE email WHEN "
        "'crowd12345' THEN 7 ELSE 0 END"
        " FROM microcosm.users WHERE email LIKE 'crowd%%'",
        ID(site));
    become(0);
    top.top = true;
    cr_expect_eq(total_of(NULL, 0, NULL), 10103);
    cr_expect_eq(total_of(NULL, 10100, NULL), 10103);
    cr_expect_eq(total_of(&named, 9975, NULL), 10000);
    past.offset = 10000;
    must_fail(mc_profiles_list(&list, session, &named, &past), MC_EINVAL);
    cr_expect_eq(total_of(&top, 0, &first), 10000);
    cr_expect_str_eq(first, "crowd12345");
    cr_expect_eq(total_of(&online, 0, NULL), 10000);
    free((char *)first);
}

Test(profile_lists, have_permissions_and_followed)
{
    mc_collection *list = NULL;

    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)"
              " VALUES (%lld, %lld, 3, 0, true)",
              ID(site), ID(mira));
    become(mira);
    cr_assert_eq(mc_profiles_list(&list, session, NULL, NULL), 0);
    cr_expect(strstr(json_of(list),
                     "\"meta\":{\"flags\":{\"watched\":true,\"sendEmail\":true,\"sendSMS\":false},"
                     "\"links\":[{\"rel\":\"self\",\"href\":\"/api/v1/profiles\"}],"
                     "\"permissions\":{\"create\":false,\"read\":true,"));
    mc_record_free(list);
}

/* The plans of lists matter only with many rows. */
Test(profile_lists, come_from_their_indexes)
{
    static const struct {
        mc__query query;
        const char *arguments;
    } cases[] = {
        {MC_Q_PROFILES_LIST, "'{5}', 25, 50"},
        {MC_Q_PROFILES_LIST_TOP, "'{5}', 25, 50"},
        {MC_Q_PROFILES_TOTAL, "'{5}'"},
        {MC_Q_PROFILES_GET, "5, 5, true, '{}'"},
    };

    forum_sql("INSERT INTO microcosm.users (user_id, email, canonical_email)"
              " SELECT n, n || '@example.net', n || '@example.net' FROM generate_series(100000, "
              "120000) n");
    forum_sql(
        "INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order)"
        " SELECT %lld, n, 'person' || n, 'person' || n, 'person' || n FROM generate_series(100000, "
        "120000) n",
        ID(site));
    forum_sql("ANALYZE microcosm.profiles");
    forum_sql("CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS"
              " 'DECLARE found json; BEGIN EXECUTE ''EXPLAIN (FORMAT JSON) '' || statement INTO "
              "found; RETURN found::text; END'");
    forum_sql("SET plan_cache_mode = force_generic_plan");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *name = mc__queries[cases[i].query].name;

        forum_sql("PREPARE q%zu AS %s", i, mc__queries[cases[i].query].text);
        cr_expect_eq(
            forum_number("SELECT count(*) WHERE pg_temp.plan($$EXECUTE q%zu(%lld, %s)$$)"
                         " ~ '\"Seq Scan\", *\n[^}]*\"Alias\": \"p\"|Incremental Sort|\"Sort\"'",
                         i, ID(site), cases[i].arguments),
            0, "%s(%s)", name, cases[i].arguments);
    }
}

/* Changing. */

static int edit_json(int64_t id, const char *body)
{
    return mc_profile_edit_body(session, id, MC_FORMAT_JSON, body, strlen(body));
}

static int rename_to(int64_t id, const char *name)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = name};

    return mc_profile_edit_save(session, id, &edit);
}

static bool is_called(int64_t id, const char *name)
{
    mc_profile *profile = get(id);
    bool same = strcmp(profile->profile_name, name) == 0;

    mc_record_free(profile);
    return same;
}

Test(profile_edits, clean_the_name)
{
    static const struct {
        const char *given, *kept;
    } cases[] = {{"Rowan", "Rowan"}, {"a b", "ab"},        {"<b>bold</b>ly", "boldly"},
                 {"a&b", "a&amp;b"}, {"BOB", "BOB"},       {"WILLIAMSON", "WILLIAMSON"},
                 {"a<b", "a&lt;b"},  {"it's", "it&#39;s"}, {"ab", "ab"},
                 {"McBob", "McBob"}};

    become(mira);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cr_expect_eq(rename_to(mira, cases[i].given), 0, "%s", cases[i].given);
        cr_expect(is_called(mira, cases[i].kept), "%s", cases[i].given);
        cr_expect_eq(rename_to(mira, cases[i].kept), 0);
        cr_expect(is_called(mira, cases[i].kept), "%s sent back", cases[i].kept);
    }
}

Test(profile_edits, refuse_invalid_names)
{
    static const char *const refused[] = {"",
                                          " ",
                                          "a",
                                          "abcdefghijklmnopqrstuvwxyz",
                                          "a@b",
                                          "a+b",
                                          "@mira",
                                          "<b></b>",
                                          "\xE2\x80\x8B",
                                          "a&&&&&",
                                          "a&#64;b",
                                          "\xff\xff\xff"};

    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        cr_expect_eq(rename_to(mira, refused[i]), MC_EINVAL, "%s", refused[i]);
        cr_expect_str_eq(mc_session_error(session)->faults[0].field, "profileName");
    }
    cr_expect(is_called(mira, "mira"));
}

/* Names that look alike: composed and not, of full width, with invisible characters, of other
 * scripts, in other case. */
Test(profile_edits, find_a_name_taken_by_one_that_looks_like_it)
{
    static const struct {
        const char *taken, *wanted;
    } cases[] = {
        {"Zoë", "Zoe\u0308"},
        {"Stra\u00dfe", "STRASSE"},
        {"mira", "m\u0456r\u0430"},
        {"mira", "rnira"},
        {"mira", "ｍｉｒａ"},
        {"paypal", "раураl"},
        {"admin1", "adminl"},
        {"paypal", "paypaI"},
        {"paypaI", "paypal"},
        {"Ian", "lan"},
        {"Bob", "\u0412ob"},
        {"Bob0", "BobO"},
        {"İpek", "ipek"},
        {"ipek", "ıpek"},
        {"heart❤", "heart❤\uFE0F"},
        {"کتاب‌ها", "کتابها"},
        {"ΣΟΦΟΣ", "σοφος"},
        {"Ｊｕｎｇ", "jung"},
        {"ﬁnn", "finn"},
        {"Tom&amp;Jo", "tom&jo"},
        {"x²", "x2"},
        {"한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"},
        {"ガク", "カ\u3099ク"},
        {"Ольга", "Oльгa"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        become(mira);
        cr_expect_eq(rename_to(mira, "somebody"), 0);
        become(tomas);
        cr_expect_eq(rename_to(tomas, cases[i].taken), 0, "%s", cases[i].taken);
        cr_expect(is_called(tomas, cases[i].taken), "%s", cases[i].taken);
        become(mira);
        cr_expect_eq(rename_to(mira, cases[i].wanted), 0, "%s", cases[i].wanted);
        cr_expect(!is_called(mira, cases[i].wanted), "%s beside %s", cases[i].wanted,
                  cases[i].taken);
    }
}

Test(profile_edits, leave_names_that_look_different)
{
    static const char *const pairs[][2] = {
        {"mira", "mirä"},        {"Ali", "All"},       {"Нина", "Никa"}, {"user21", "user12"},
        {"山田", "山口"},        {"Müller", "Muller"}, {"안나", "인나"}, {"علي", "علا"},
        {"न‌मन", "नमक"}, {"vick", "nick"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        become(mira);
        cr_expect_eq(rename_to(mira, pairs[i][0]), 0, "%s", pairs[i][0]);
        become(tomas);
        cr_expect_eq(rename_to(tomas, pairs[i][1]), 0, "%s", pairs[i][1]);
        cr_expect(is_called(tomas, pairs[i][1]), "%s beside %s", pairs[i][1], pairs[i][0]);
    }
}

static bool is_mentioned(int64_t id, const char *markdown)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "profile", .item_id = tomas, .markdown = markdown};
    int64_t comment;
    char link[64];

    become(tomas);
    must(mc_comment_create(&comment, session, &edit));
    snprintf(link, sizeof(link), "%%<a href=\"/profiles/%lld\">%%", ID(id));
    return forum_number("SELECT count(*) FROM microcosm.comments WHERE comment_id = %lld AND html "
                        "LIKE '%s'",
                        ID(comment), link) == 1;
}

/* Whatever may be registered can be mentioned, however it is written. */
Test(profile_edits, give_names_that_can_be_mentioned)
{
    static const struct {
        const char *name, *mention;
    } cases[] = {
        {"Zoë", "Zoe\u0308"},
        {"mira", "MIRA"},
        {"Мира", "мира"},
        {"Straße", "STRASSE"},
        {"İpek", "ipek"},
        {"a&amp;b", "A&B"},
        {"c&lt;d", "c&lt;d"},
        {"[Clan]Bob", "[clan]bob"},
        {"🐈kat", "🐈kat"},
        {"❤\uFE0F", "❤"},
        {"می\u200Cخواهم", "میخواهم"},
        {"क\u094D\u200Dष", "क\u094D\u200Dष"},
        {"山田太郎", "山田太郎"},
        {"J.R.", "j.r."},
        {"_x_", "_x_"},
        {"**star**", "**star**"},
        {"wow!", "wow!"},
        {"O&#39;Neil", "o'neil"},
        {"half-way", "HALF-WAY"},
        {"a/b", "a/b"},
        {"~~x~~", "~~x~~"},
        {"x||y", "x||y"},
        {"`code`", "\\`code\\`"},
        {"#tag", "#tag"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[200];

        become(mira);
        cr_expect_eq(rename_to(mira, cases[i].name), 0, "%s", cases[i].name);
        become(tomas);
        snprintf(text, sizeof(text), "Hi @%s, %zu", cases[i].mention, i);
        cr_expect(is_mentioned(mira, text), "%s", text);
        snprintf(text, sizeof(text), "%zu @%s", i, cases[i].mention);
        cr_expect(is_mentioned(mira, text), "%s", text);
    }
}

/* Rows that came past the library; and those of a database whose keys are to be made anew. */
Test(profile_edits, get_keys_for_names_that_have_none)
{
    int64_t twin;

    forum_sql("INSERT INTO microcosm.users (user_id, email, canonical_email)"
              " VALUES (900001, 'a@example.net', 'a@example.net'), (900002, 'b@example.net', "
              "'b@example.net')");
    forum_sql("INSERT INTO microcosm.profiles (site_id, user_id, profile_name)"
              " VALUES (%lld, 900001, 'Zoë'), (%lld, 900002, 'Ｚoë')",
              ID(site), ID(site));
    forum_sql("UPDATE microcosm.profiles SET name_key = NULL, name_order = NULL");
    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'captain@example.org')");
    must(mc_app_migrate(forum_app, NULL));
    twin = forum_number("SELECT max(profile_id) FROM microcosm.profiles");
    cr_expect_eq(count("profiles", "name_key IS NULL OR name_order IS NULL"), 0);
    cr_expect_eq(count("profiles", "name_key = 'rnira'"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles WHERE profile_id = %lld"
                              " AND profile_name = 'Ｚoë' AND name_key LIKE 'zoe_ %%'",
                              ID(twin)),
                 1);
    cr_expect(is_mentioned(twin - 1, "@zoë"));
    become(mira);
    cr_expect_eq(rename_to(mira, "сaptain"), 0);
    cr_expect(!is_called(mira, "сaptain"), "it looks like a reserved name");
}

Test(profile_edits, give_the_default_name_for_a_taken_one)
{
    char expected[50];

    snprintf(
        expected, sizeof(expected), "user%lld",
        ID(forum_number("SELECT user_id + 5830 FROM microcosm.profiles WHERE profile_id = %lld",
                        ID(tomas))));
    become(tomas);
    cr_expect_eq(rename_to(tomas, "MiRA"), 0);
    cr_expect(is_called(tomas, expected));
    cr_expect_eq(rename_to(tomas, "tomas"), 0);
    cr_expect(is_called(tomas, "tomas"));
    become(mira);
    cr_expect_eq(rename_to(mira, expected), 0,
                 "somebody else's default name is free until they need it");
    become(tomas);
    cr_expect_eq(rename_to(tomas, expected), 0);
    cr_expect(!is_called(tomas, expected) && !is_called(tomas, "tomas"));
}

Test(profile_edits, keep_reserved_names_for_their_address)
{
    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'mira@example.org')");
    become(tomas);
    cr_expect_eq(rename_to(tomas, "Captain"), 0);
    cr_expect(!is_called(tomas, "Captain"));
    become(mira);
    cr_expect_eq(rename_to(mira, "Captain"), 0);
    cr_expect(is_called(mira, "Captain"));
}

Test(profile_edits, do_not_hand_out_reserved_names)
{
    mc_profile *me = NULL;

    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'mira@example.org')");
    enter("root");
    cr_assert_eq(mc_session_act_as_email(session, "captain@example.org"), 0);
    cr_assert_eq(mc_profile_self(&me, session), 0);
    cr_expect(strncmp(me->profile_name, "captain", 7) == 0 && me->profile_name[7], "%s",
              me->profile_name);
    mc_record_free(me);
}

Test(profile_edits, change_what_was_given_only)
{
    become(mira);
    cr_assert_eq(edit_json(mira, "{\"visible\":false,\"styleId\":3}"), 0);
    cr_assert_eq(edit_json(mira, "{\"profileName\":\"rowan\",\"visible\":null}"), 0);
    cr_assert_eq(edit_json(mira, "{}"), 0);
    cr_expect(shows(mira, "\"profileName\":\"rowan\",\"visible\":false,\"styleId\":3,"));
}

Test(profile_edits, ignore_what_the_server_owns)
{
    become(mira);
    cr_assert_eq(
        edit_json(mira,
                  "{\"id\":1,\"siteId\":1,\"userId\":1,\"itemCount\":9,\"commentCount\":9,"
                  "\"avatar\":\"x\",\"email\":\"x\",\"member\":true,\"profileName\":\"mira\"}"),
        0);
    cr_expect(shows(mira, "\"itemCount\":0,\"commentCount\":0,"));
    cr_expect(shows(mira, "\"avatar\":\"/api/v1/files/profiles/"));
    cr_expect(shows(mira, "mira@example.org"));
}

Test(profile_edits, refuse_wrong_values)
{
    static const char *const refused[] = {"",
                                          "[]",
                                          "{",
                                          "{\"styleId\":-1}",
                                          "{\"styleId\":\"1\"}",
                                          "{\"styleId\":1.5}",
                                          "{\"styleId\":99999999999}",
                                          "{\"visible\":\"yes\"}",
                                          "{\"visible\":1}",
                                          "{\"profileName\":5}"};

    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        cr_expect_eq(edit_json(mira, refused[i]), MC_EINVAL, "%s", refused[i]);
}

Test(profile_edits, are_for_the_profile_itself_and_the_owner)
{
    cr_expect_eq(rename_to(mira, "stolen"), MC_EFORBIDDEN);
    become(tomas);
    cr_expect_eq(rename_to(mira, "stolen"), MC_EFORBIDDEN);
    cr_expect_eq(rename_to(888888888, "stolen"), MC_ENOTFOUND);
    cr_expect_eq(rename_to(0, "stolen"), MC_EINVAL);
    become(owner);
    cr_expect_eq(rename_to(mira, "renamed"), 0);
    cr_expect_eq(rename_to(888888888, "stolen"), MC_ENOTFOUND);
    cr_expect(is_called(mira, "renamed"));
    ban(mira);
    become(mira);
    cr_expect_eq(rename_to(mira, "again"), MC_EBANNED);
}

Test(profile_edits, leave_a_change_and_an_audit)
{
    become(mira);
    cr_assert_eq(rename_to(mira, "rowan"), 0);
    cr_expect_eq(count("audit", "item_type = 3 AND action = 'R' AND address = '192.0.2.1'"), 3,
                 "two gave themselves names before");
    cr_expect_eq(count("changes", "item_type = 3 AND action = 'replace'"), 3);
}

/* PATCH. */

static int patch(int64_t id, const char *body)
{
    return mc_profile_patch_body(session, id, body, strlen(body));
}

#define SET_MEMBER(value) "[{\"op\":\"replace\",\"path\":\"/member\",\"value\":" value "}]"

Test(members, are_made_by_the_owner)
{
    become(owner);
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0);
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0, "once more");
    cr_expect(shows(mira, "\"member\":true"));
    cr_expect_eq(count("attributes", "item_type = 3 AND key = 'is_member' AND value_boolean"), 1);
    become(tomas);
    cr_expect(!shows(mira, "\"member\""));
    become(mira);
    cr_expect(shows(mira, "\"member\":true"));
    cr_expect_eq(patch(mira, SET_MEMBER("false")), MC_EFORBIDDEN);
    become(owner);
    cr_expect_eq(patch(mira, SET_MEMBER("false")), 0);
    cr_expect_eq(count("attributes", "item_type = 3"), 0);
    cr_expect_eq(patch(888888888, SET_MEMBER("true")), MC_ENOTFOUND);
    cr_expect_eq(count("attributes", "item_type = 3"), 0);
    cr_expect_eq(count("audit", "item_type = 3 AND action = 'U'"), 3);
}

Test(members, may_have_had_another_value)
{
    forum_sql("INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text)"
              " VALUES (%lld, 3, %lld, 'is_member', 'yes')",
              ID(site), ID(mira));
    become(owner);
    cr_expect(!shows(mira, "\"member\""));
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0);
    cr_expect(shows(mira, "\"member\":true"));
}

Test(members, are_set_in_one_way_only)
{
    static const struct {
        const char *body;
        int code;
    } cases[] = {
        {"", MC_EINVAL},
        {"[]", MC_EINVAL},
        {"{}", MC_EINVAL},
        {SET_MEMBER("\"true\""), MC_EINVAL},
        {SET_MEMBER("1"), MC_EINVAL},
        {SET_MEMBER("null"), MC_EINVAL},
        {"[{\"op\":\"replace\",\"path\":\"/visible\",\"value\":true}]", MC_EINVAL},
        {"[{\"op\":\"add\",\"path\":\"/member\",\"value\":true}]", MC_EUNSUPPORTED},
        {"[{\"op\":\"remove\",\"path\":\"/member\"}]", MC_EUNSUPPORTED},
    };

    become(owner);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_eq(patch(mira, cases[i].body), cases[i].code, "%s", cases[i].body);
    cr_expect_eq(count("attributes", "item_type = 3"), 0);
}

/* Preferences. */

static bool prefers(const char *json)
{
    mc_profile_options *options = NULL;
    bool same;

    cr_assert_eq(mc_profile_options_get(&options, session), 0);
    same = strstr(json_of(options), json) != NULL;
    mc_record_free(options);
    return same;
}

static int set_options(const char *body)
{
    return mc_profile_options_body(session, MC_FORMAT_JSON, body, strlen(body));
}

Test(preferences, begin_with_those_of_the_site)
{
    become(mira);
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":true,\"sendSMS\":"
                      "false,\"isDiscouraged\":false}"));
    forum_sql("DELETE FROM microcosm.profile_options");
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":true,\"sendSMS\":"
                      "false,\"isDiscouraged\":false}"));
}

Test(preferences, are_replaced_as_a_whole)
{
    become(mira);
    cr_expect_eq(set_options("{\"showDOB\":true,\"isDiscouraged\":true,\"profileId\":1}"), 0);
    cr_expect(prefers("\"showDOB\":true,\"showDOBYear\":false,\"sendEmail\":false,\"sendSMS\":"
                      "false,\"isDiscouraged\":true}"));
    cr_expect_eq(mc_profile_options_set(session, &(mc_profile_options){.send_sms = true}), 0);
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":false,\"sendSMS\":"
                      "true,\"isDiscouraged\":false}"));
    cr_expect_eq(count("audit", "item_type = 3 AND action = 'U'"), 2);
    cr_expect_eq(count("changes", "item_type = 3 AND action = 'update'"), 2);
    become(tomas);
    cr_expect(prefers("\"sendEmail\":true,\"sendSMS\":false"), "they are one's own");
}

Test(preferences, must_be_booleans)
{
    become(mira);
    cr_expect_eq(set_options("{\"sendEmail\":\"yes\"}"), MC_EINVAL);
    cr_expect_eq(set_options("{\"sendEmail\":1}"), MC_EINVAL);
    cr_expect_eq(set_options("[]"), MC_EINVAL);
    cr_expect_eq(set_options(""), MC_EINVAL);
    cr_expect_eq(mc_profile_options_set(session, NULL), MC_EINVAL);
    cr_expect(prefers("\"sendEmail\":true"));
}

Test(preferences, are_refused_to_guests)
{
    mc_profile_options *options = NULL;

    cr_expect_eq(mc_profile_options_get(&options, session), MC_EFORBIDDEN);
    cr_expect_eq(set_options("nonsense"), MC_EFORBIDDEN);
    cr_expect_null(options);
}

/* Read marks. */

static int mark(const char *body)
{
    return mc_profile_mark_read_body(session, MC_FORMAT_JSON, body, strlen(body));
}

static void put_mark(int item_type, int64_t item_id, const char *time)
{
    forum_sql("INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)"
              " VALUES (%lld, %lld, %d, %lld, %s)",
              ID(site), ID(mira), item_type, ID(item_id), time);
}

/* root > child > grandchild, and a sibling; ids in the order of the tree */
static int64_t tree[4];

static void grow_tree(void)
{
    tree[0] = forum_number("SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = %lld",
                           ID(site));
    for (int i = 1; i < 4; i++) {
        int64_t parent = i == 2 ? tree[1] : tree[0];

        tree[i] = 1000 + i;
        forum_sql(
            "INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, "
            "owned_by, created_by) SELECT site_id, n, microcosm_id, path || n, 'M', owned_by, "
            "created_by FROM microcosm.microcosms, (SELECT %lld::bigint AS n) AS next"
            " WHERE site_id = %lld AND microcosm_id = %lld",
            ID(tree[i]), ID(site), ID(parent));
    }
}

static int64_t make_item(int64_t microcosm)
{
    return forum_number(
        "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
        " VALUES (%lld, 6, %lld, 'T', %lld) RETURNING item_id",
        ID(site), ID(microcosm), ID(mira));
}

Test(read_marks, are_set_on_one_resource)
{
    become(mira);
    cr_expect_eq(mark("{\"itemType\":\"conversation\",\"itemId\":77}"), 0, "it need not exist");
    cr_expect_eq(mark("{\"itemType\":\"Poll\",\"itemId\":77}"), 0);
    cr_expect_eq(count("read_marks",
                       "item_id = 77 AND read_at BETWEEN now() - interval '1 minute' AND now()"),
                 2);
    cr_expect_eq(count("audit", "profile_id IS NOT NULL AND action = 'U'"), 0);
}

Test(read_marks, never_move_backwards)
{
    static const char ahead[] = "now() + interval '1 hour'";
    int64_t item;

    grow_tree();
    item = make_item(tree[1]);
    become(mira);
    put_mark(6, item, ahead);
    put_mark(2, tree[1], ahead);
    forum_sql("UPDATE microcosm.profiles SET all_read_at = %s, huddles_read_at = %s", ahead, ahead);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_CONVERSATION, item), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, tree[0]), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_HUDDLE, 0), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_SITE, 0), 0);
    cr_expect_eq(count("read_marks", "read_at > now() + interval '59 minutes'"), 2);
    cr_expect_eq(count("profiles", "all_read_at < now() + interval '59 minutes'"), 0);
    cr_expect_eq(count("profiles", "huddles_read_at < now() + interval '59 minutes'"), 0);
}

Test(read_marks, of_a_microcosm_cover_all_below_it)
{
    int64_t inside, outside;
    char condition[200];

    grow_tree();
    inside = make_item(tree[2]);
    outside = make_item(tree[3]);
    put_mark(6, inside, "now() - interval '1 hour'");
    put_mark(6, outside, "now() - interval '1 hour'");
    become(mira);

    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, tree[1]), 0);

    snprintf(condition, sizeof(condition), "item_type = 2 AND item_id IN (%lld, %lld)", ID(tree[1]),
             ID(tree[2]));
    cr_expect_eq(count("read_marks", condition), 2);
    cr_expect_eq(count("read_marks", "item_type = 2"), 2);
    snprintf(condition, sizeof(condition), "item_type = 6 AND item_id = %lld", ID(outside));
    cr_expect_eq(count("read_marks", condition), 1);
    cr_expect_eq(count("read_marks", "item_type = 6"), 1, "the one inside is dropped");
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, 888888), 0, "it need not exist");
}

Test(read_marks, of_the_site_leave_huddles)
{
    put_mark(6, 1, "now()");
    put_mark(2, 2, "now()");
    put_mark(16, 3, "now()");
    put_mark(5, 4, "now()");
    become(mira);

    cr_expect_eq(mark("{\"itemType\":\"site\"}"), 0);

    cr_expect_eq(count("read_marks", "item_type = 5"), 1);
    cr_expect_eq(count("read_marks", "true"), 1);
    cr_expect_eq(count("profiles", "all_read_at > created + interval '1 millisecond'"), 1,
                 "one's own only");
}

Test(read_marks, of_all_huddles_leave_the_rest)
{
    put_mark(6, 1, "now()");
    put_mark(5, 4, "now()");
    make_huddle();
    become(mira);

    cr_expect_eq(mark("{\"itemType\":\"huddle\",\"itemId\":0}"), 0);

    cr_expect_eq(count("read_marks", "item_type = 5 AND item_id = 4"), 0);
    cr_expect_eq(count("read_marks", "item_type = 6"), 1);
    cr_expect(shows(mira, "\"metric\":\"unreadHuddles\",\"value\":0}"));
    cr_expect_eq(mark("{\"itemType\":\"huddle\"}"), 0);
}

Test(read_marks, of_a_huddle_count_the_others)
{
    int64_t huddles[3];

    for (int i = 0; i < 3; i++)
        huddles[i] = make_huddle();
    put_mark(5, huddles[1], "now() + interval '2 minutes'");
    become(mira);

    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_HUDDLE, huddles[0]), 0);

    cr_expect(shows(mira, "\"metric\":\"unreadHuddles\",\"value\":1}"));
}

Test(read_marks, need_a_resource)
{
    static const char *const refused[] = {"",
                                          "{}",
                                          "[]",
                                          "{\"itemType\":\"nonsense\",\"itemId\":1}",
                                          "{\"itemId\":1}",
                                          "{\"itemType\":\"conversation\"}",
                                          "{\"itemType\":\"conversation\",\"itemId\":0}",
                                          "{\"itemType\":\"microcosm\"}",
                                          "{\"itemType\":\"conversation\",\"itemId\":\"1\"}",
                                          "{\"itemType\":\"huddle\",\"itemId\":-1}",
                                          "{\"itemType\":6,\"itemId\":1}"};

    cr_expect_eq(mark("nonsense"), MC_EFORBIDDEN, "guests have read nothing");
    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        cr_expect_eq(mark(refused[i]), MC_EINVAL, "%s", refused[i]);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_NONE, 1), MC_EINVAL);
    cr_expect_eq(mc_profile_mark_read(session, (mc_item_type)99, 1), MC_EINVAL);
    cr_expect_eq(count("read_marks", "true"), 0);
}

/* Ignoring. */

Test(ignoring, is_idempotent)
{
    become(mira);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0);
        cr_expect_eq(count("ignores", "item_type = 3"), 1);
    }
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, false), 0);
        cr_expect_eq(count("ignores", "true"), 0);
    }
    cr_expect_eq(count("changes", "item_type = 14 AND parent_type = 3"), 2,
                 "nothing changes the second time");
    cr_expect_eq(count("changes", "item_type = 3 AND action = 'update'"), 0,
                 "private, so no change");
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, 888888, true), 0, "it need not exist");
}

Test(ignoring, is_for_some_kinds_only)
{
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), MC_EFORBIDDEN);
    become(mira);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, mira, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_SITE, site, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_NONE, 1, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, 0, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, -1, false), MC_EINVAL);
    cr_expect_eq(count("ignores", "true"), 0);
}

/* How many things are listed: on the page, and in all. */
static int64_t listed(const mc_page_options *page, size_t *shown)
{
    mc_collection *list = NULL;
    int64_t total;

    must(mc_ignores_list(&list, session, page));
    total = list->ignored->total;
    if (shown)
        *shown = list->ignored->items.count;
    mc_record_free(list);
    return total;
}

Test(ignoring, lists_what_is_ignored)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    const mc_entry *entry;
    size_t shown;

    cr_expect_eq(mc_ignores_list(&list, session, NULL), MC_EFORBIDDEN, "guests ignore nothing");
    become(mira);
    cr_expect_eq(listed(NULL, &shown), 0);
    cr_expect_eq(shown, 0);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    must(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true));
    must(mc_ignore_set(session, MC_ITEM_PROFILE, 888888, true));
    cr_assert_eq(mc_ignores_list(&list, session, &page), 0);
    cr_expect_eq(list->ignored->total, 2);
    entry = list->ignored->items.items[0];
    cr_expect_str_eq(entry->item_type, "profile");
    cr_expect_eq(entry->item_id, ((const mc_profile *)entry->item)->id);
    mc_record_free(list);
    page.offset = 25;
    cr_expect_eq(mc_ignores_list(&list, session, &page), MC_EINVAL, "past the end");
    cr_expect_eq(mc_ignores_list(NULL, session, NULL), MC_EINVAL);
}

Test(ignoring, ends_somewhere)
{
    become(mira);
    forum_sql(
        "INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
        " SELECT site_id, %lld, 6, 1000000 + n FROM microcosm.profiles, generate_series(1, 9999) n"
        " WHERE profile_id = %lld",
        (long long)mira, (long long)mira);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0, "it is there already");
    cr_expect_eq(listed(NULL, NULL), 1);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, false), 0);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true), 0, "there is room again");
}

static int list_once(void)
{
    mc_collection *list = NULL;
    int rc = mc_ignores_list(&list, session, NULL);

    mc_record_free(list);
    return rc;
}

Test(ignoring, list_survives_a_lack_of_memory)
{
    become(mira);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    cr_expect_gt(fail_each(list_once), 1);
}
