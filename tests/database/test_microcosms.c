/* Microcosms through the library: the list, summaries, the tree, creating, moving, hiding. */
#include "forum.h"

#include "fail_alloc.h"
#include "postgres.h"

#include "domain/base/handles.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

TestSuite(microcosms, .init = forum_open, .fini = forum_close, .timeout = 300);

/* Helpers. */

#define ROOT root_microcosm()

static mc_microcosm *get_page(int64_t id, int64_t limit, int64_t offset)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_microcosm *microcosm = NULL;

    page.limit = limit;
    page.offset = offset;
    must(mc_microcosm_get(&microcosm, session, id, NULL, &page));
    return microcosm;
}

static const mc_entry *entry_at(const mc_microcosm *microcosm, size_t i)
{
    cr_assert_lt(i, microcosm->items->items.count);
    return microcosm->items->items.items[i];
}

static int64_t id_at(const mc_microcosm *microcosm, size_t i)
{
    const mc_entry *entry = entry_at(microcosm, i);

    return strcmp(entry->item_type, "microcosm") == 0 ? ((const mc_microcosm *)entry->item)->id
           : strcmp(entry->item_type, "event") == 0   ? ((const mc_event *)entry->item)->id
                                                      : ((const mc_conversation *)entry->item)->id;
}

/* The child of that id as its parent lists it; in *page, to be freed. */
static const mc_microcosm *summary_of(mc_microcosm **page, int64_t parent_id, int64_t id)
{
    *page = get_page(parent_id, 250, 0);
    for (size_t i = 0; i < (*page)->items->items.count; i++)
        if (id_at(*page, i) == id)
            return entry_at(*page, i)->item;
    cr_assert_fail("microcosm %lld does not list %lld", (long long)parent_id, (long long)id);
    return NULL;
}

static void expect_list(int64_t id, const int64_t *wanted, size_t count)
{
    mc_microcosm *microcosm = get_page(id, 250, 0);

    cr_expect_eq(microcosm->items->items.count, count, "%zu entries",
                 microcosm->items->items.count);
    cr_expect_eq(microcosm->items->total, (int64_t)count, "total %lld",
                 (long long)microcosm->items->total);
    for (size_t i = 0; i < count && i < microcosm->items->items.count; i++)
        cr_expect_eq(id_at(microcosm, i), wanted[i], "entry %zu is %lld, not %lld", i,
                     (long long)id_at(microcosm, i), (long long)wanted[i]);
    mc_record_free(microcosm);
}

static void set_flag(int64_t id, const char *path, bool value)
{
    must(mc_microcosm_patch(session, id, &(mc_patch_op){path, value}, 1));
}

static int move(int64_t id, int64_t parent_id)
{
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .parent_id = {true, parent_id}, .edit_reason = "moved"};

    return mc_microcosm_edit_save(session, id, &edit);
}

static void give_role(int64_t microcosm_id, const char *include, const char *rights)
{
    forum_sql("INSERT INTO microcosm.roles (site_id, microcosm_id, title, %s, %s)"
              " VALUES (%lld, %lld, 'Role', true, true)",
              include, rights, (long long)mc_session_site(session), (long long)microcosm_id);
}

/* Adds a role without members, so that only the site's owner may read the microcosm. */
static void close_microcosm(int64_t id)
{
    forum_sql(
        "INSERT INTO microcosm.roles (site_id, microcosm_id, title) VALUES (%lld, %lld, 'Nobody')",
        (long long)mc_session_site(session), (long long)id);
}

static void own_microcosm(int64_t id, const char *name)
{
    int64_t profile = act_as(name);

    forum_sql("UPDATE microcosm.microcosms SET owned_by = %lld WHERE microcosm_id = %lld",
              (long long)profile, (long long)id);
}

static int64_t count_of(const char *table, int64_t id)
{
    return forum_number("SELECT count(*) FROM microcosm.%s WHERE item_type = 2 AND item_id = %lld",
                        table, (long long)id);
}

/* The list. */

static int64_t make_pinned(int64_t place, int64_t kind, int i)
{
    char title[20];
    int64_t id;

    snprintf(title, sizeof(title), "Pinned %d", i);
    if (kind == MC_ITEM_MICROCOSM) {
        id = make_microcosm(place, title);
        set_flag(id, "/meta/flags/sticky", true);
    } else {
        id = make_conversation(place, title);
        must(mc_conversation_patch(session, id, &(mc_patch_op){"/meta/flags/sticky", true}, 1));
    }
    return id;
}

static int64_t make_plain(int64_t place, int64_t kind, int i)
{
    char title[20];

    snprintf(title, sizeof(title), "Plain %d", i);
    return kind == MC_ITEM_MICROCOSM ? make_microcosm(place, title)
                                     : make_conversation(place, title);
}

Test(microcosms, list_sticky_entries_then_microcosms_then_the_rest_on_any_page)
{
    enum { PINNED_MICROCOSMS = 3, PINNED = 7, MICROCOSMS = 9, PLAIN = 8 };
    int64_t wanted[PINNED_MICROCOSMS + PINNED + MICROCOSMS + PLAIN], place;
    size_t n = MC_ITEM_NONE;

    act_as("owner");
    place = make_microcosm(ROOT, "Place");
    /* the list has the newest first, so create the last ones first */
    for (int i = PINNED_MICROCOSMS; i-- > 0;)
        wanted[i] = make_pinned(place, MC_ITEM_MICROCOSM, i);
    for (int i = PINNED; i-- > 0;)
        wanted[PINNED_MICROCOSMS + i] = make_pinned(place, MC_ITEM_CONVERSATION, i);
    for (int i = MICROCOSMS; i-- > 0;)
        wanted[PINNED_MICROCOSMS + PINNED + i] = make_plain(place, MC_ITEM_MICROCOSM, i);
    for (int i = PLAIN; i-- > 0;)
        wanted[PINNED_MICROCOSMS + PINNED + MICROCOSMS + i] =
            make_plain(place, MC_ITEM_CONVERSATION, i);
    n = sizeof(wanted) / sizeof(wanted[0]);

    expect_list(place, wanted, n);
    for (int64_t limit = 5; limit <= 15; limit += 5)
        for (int64_t offset = 0; offset < (int64_t)n; offset += limit) {
            mc_microcosm *page = get_page(place, limit, offset);

            cr_expect_eq(page->items->total, (int64_t)n);
            for (size_t i = 0; i < page->items->items.count; i++)
                cr_expect_eq(id_at(page, i), wanted[offset + (int64_t)i], "limit %lld, entry %lld",
                             (long long)limit, (long long)offset + (long long)i);
            cr_expect_eq(page->items->items.count,
                         (size_t)(offset + limit > (int64_t)n ? (int64_t)n - offset : limit));
            mc_record_free(page);
        }
    mc_microcosm *none = NULL;
    mc_page_options past = MC_PAGE_OPTIONS_INIT;

    past.limit = 5;
    past.offset = 30;
    must_fail(mc_microcosm_get(&none, session, place, NULL, &past), MC_EINVAL);
    cr_expect_null(none, "a failed call leaves its out parameter alone");
}

Test(microcosms, are_listed_by_rank_then_by_newest_activity)
{
    int64_t place, busy, quiet, small, big;

    act_as("owner");
    place = make_microcosm(ROOT, "Place");
    busy = make_microcosm(place, "Busy");
    small = make_microcosm(place, "Small");
    big = make_microcosm(place, "Big");
    quiet = make_microcosm(place, "Quiet");
    forum_sql("UPDATE microcosm.microcosm_counters SET size_rank = 2 WHERE microcosm_id = %lld",
              (long long)small);
    forum_sql("UPDATE microcosm.microcosm_counters SET size_rank = 1 WHERE microcosm_id = %lld",
              (long long)big);
    make_comment(make_conversation(busy, "Which knot?"), "Bowline");
    expect_list(place, (int64_t[]){big, small, busy, quiet}, 4);
}

/* Rows that a statement's joins have read and discarded, according to EXPLAIN. */
static int64_t looked_at_in_vain(PGconn *other, mc__query query, const char *arguments)
{
    static const char key[] = "Rows Removed by Join Filter: ";
    PGresult *rows, *plan;
    mc_scratch_text(sql);
    int64_t sum = 0;

    mc__text_format(&sql, "PREPARE statement AS %s", mc__queries[query].text);
    PQclear(test_sql(other, mc__text_string(&sql)));
    mc__text_clear(&sql);
    mc__text_format(&sql, "EXPLAIN (ANALYZE, TIMING off) EXECUTE statement(%s)", arguments);
    plan = rows = test_sql(other, mc__text_string(&sql));
    for (int row = 0; row < PQntuples(plan); row++) {
        const char *found = strstr(PQgetvalue(plan, row, 0), key);

        if (found)
            sum += strtoll(found + strlen(key), NULL, 10);
    }
    PQclear(rows);
    PQclear(test_sql(other, "DEALLOCATE statement"));
    return sum;
}

/* Plans are generic, so PostgreSQL assumes a small site. */
Test(microcosms, are_not_compared_with_each_other_however_many_there_are)
{
    enum { MANY = 1000 };
    PGconn *other = test_database_connect(forum_database);
    int64_t root = root_microcosm();
    mc_scratch_text(children);
    mc_scratch_text(numbers);
    mc_scratch_text(arguments);

    forum_sql("INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, "
              "owned_by, created_by)"
              " SELECT site_id, 10000 + n, microcosm_id, path || (10000 + n)::bigint, 'Number ' || "
              "n, owned_by, owned_by"
              " FROM microcosm.microcosms, generate_series(1, %d) n WHERE microcosm_id = %lld",
              MANY, (long long)root);
    forum_sql("INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, last_activity)"
              " SELECT site_id, microcosm_id, now() FROM microcosm.microcosms WHERE microcosm_id > "
              "10000");
    for (int i = 1; i <= MANY; i++) {
        mc__text_format(&children, "%s%d", i > 1 ? "," : "", 10000 + i);
        mc__text_format(&numbers, "%s%d", i > 1 ? "," : "", i);
    }
    PQclear(test_sql(other, "SET microcosm.site_id = 0; SET plan_cache_mode = force_generic_plan"));

    mc__text_format(&arguments, "%lld, %lld, '{%s}', 0, 0, 25, true, '{}'",
                    (long long)session->site.id, (long long)root, mc__text_string(&children));
    cr_expect_lt(looked_at_in_vain(other, MC_Q_MICROCOSMS_PAGE, mc__text_string(&arguments)),
                 10 * MANY);
    mc__text_format(&arguments, ", 0, '{%s}', '{%s}', '{%s}'", mc__text_string(&children),
                    mc__text_string(&numbers), mc__text_string(&numbers));
    cr_expect_lt(looked_at_in_vain(other, MC_Q_MICROCOSMS_ITEMS, mc__text_string(&arguments)),
                 10 * MANY);
    mc__text_clear(&arguments);
    mc__text_format(&arguments, "%lld, '{%s}'", (long long)session->site.id,
                    mc__text_string(&children));
    cr_expect_lt(looked_at_in_vain(other, MC_Q_MICROCOSMS_STATS, mc__text_string(&arguments)),
                 10 * MANY);
    PQfinish(other);
}

Test(microcosms, leave_out_hidden_ignored_and_unreadable_entries)
{
    int64_t place, conversation, child, hidden, ignored, closed;

    act_as("owner");
    place = make_microcosm(ROOT, "Place");
    conversation = make_conversation(place, "Shown");
    hidden = make_conversation(place, "Hidden");
    must(mc_conversation_delete(session, hidden));
    child = make_microcosm(place, "Shown");
    must(mc_microcosm_delete(session, make_microcosm(place, "Deleted")));
    set_flag(make_microcosm(place, "Moderated"), "/meta/flags/moderated", true);
    closed = make_microcosm(place, "Closed");
    close_microcosm(closed);
    ignored = make_conversation(place, "Ignored");
    expect_list(place, (int64_t[]){closed, child, ignored, conversation}, 4);
    act_as("bob");
    expect_list(place, (int64_t[]){child, ignored, conversation}, 3);
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, ignored, true));
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, hidden, true));
    expect_list(place, (int64_t[]){child, conversation}, 2);
    must(mc_ignore_set(session, MC_ITEM_MICROCOSM, child, true));
    expect_list(place, (int64_t[]){conversation}, 1);
    act_as(NULL);
    expect_list(place, (int64_t[]){child, ignored, conversation}, 3);
}

/* Summaries. */

Test(microcosms, sum_up_what_the_actor_may_read_below_them)
{
    int64_t outer, place, inner, closed, open_again, newest, secret;
    const mc_microcosm *summary;
    mc_microcosm *page;

    act_as("owner");
    outer = make_microcosm(ROOT, "Outer");
    place = make_microcosm(outer, "Place");
    inner = make_microcosm(place, "Inner");
    closed = make_microcosm(place, "Closed");
    close_microcosm(closed);
    open_again = make_microcosm(closed, "Open again");
    give_role(open_again, "include_guests", "can_read");
    make_comment(make_conversation(place, "First"), "one");
    make_comment(make_conversation(open_again, "Third"), "two");
    newest = make_conversation(inner, "Newest");
    make_comment(newest, "three");
    secret = make_conversation(closed, "Secret");
    make_comment(secret, "four");

    summary = summary_of(&page, outer, place);
    cr_expect_eq(summary->total_items, 4);
    cr_expect_eq(summary->total_comments, 4);
    cr_expect_eq(summary->children.count, 2);
    cr_expect_eq(((const mc_conversation *)summary->most_recent_update->item)->id, secret);
    mc_record_free(page);

    act_as(NULL);
    summary = summary_of(&page, outer, place);
    cr_expect_eq(summary->total_items, 3, "what may be read counts below what may not");
    cr_expect_eq(summary->total_comments, 3);
    cr_assert_eq(summary->children.count, 1);
    cr_expect_eq(((const mc_link *)summary->children.items[0])->id, inner);
    cr_expect_eq(((const mc_conversation *)summary->most_recent_update->item)->id, newest);
    cr_expect_eq(summary->meta->flags->unread, MC_NO);
    cr_expect_null(summary->meta->permissions);
    cr_expect_eq(summary->meta->edited.us, MC_TIME_NONE);
    mc_record_free(page);
    page = get_page(open_again, 25, 0);
    cr_expect_eq(page->breadcrumb.count, 2, "no breadcrumb names what one may not read");
    mc_record_free(page);
}

Test(microcosms, name_their_children_by_stickiness_comments_and_title)
{
    int64_t place, pinned, busy, below;
    const mc_microcosm *summary;
    mc_microcosm *page;
    mc_scratch_text(titles);

    act_as("owner");
    place = make_microcosm(ROOT, "Place");
    make_microcosm(place, "beta");
    make_microcosm(place, "Alpha");
    busy = make_microcosm(place, "Gamma");
    below = make_microcosm(busy, "Below");
    make_comment(make_conversation(below, "Which knot?"), "Bowline");
    pinned = make_microcosm(place, "Pinned");
    set_flag(pinned, "/meta/flags/sticky", true);
    summary = summary_of(&page, ROOT, place);
    for (size_t i = 0; i < summary->children.count; i++)
        mc__text_format(&titles, "%s ", ((const mc_link *)summary->children.items[i])->title);
    cr_expect_str_eq(mc__text_string(&titles), "Pinned Gamma Alpha beta ");
    mc_record_free(page);
}

Test(microcosms, are_unread_with_new_content_in_them_or_below)
{
    int64_t outer, inner, conversation;
    const mc_microcosm *summary;
    mc_microcosm *page;
    mc_conversation *read = NULL;

    act_as("bob"); /* for a new profile everything is read */
    act_as("owner");
    outer = make_microcosm(ROOT, "Outer");
    inner = make_microcosm(outer, "Inner");
    act_as("bob");
    summary = summary_of(&page, ROOT, outer);
    cr_expect_eq(summary->meta->flags->unread, MC_NO);
    mc_record_free(page);

    act_as("owner");
    conversation = make_conversation(inner, "Which knot?");
    act_as("bob");
    summary = summary_of(&page, ROOT, outer);
    cr_expect_eq(summary->meta->flags->unread, MC_YES);
    cr_expect_eq(page->meta->flags->unread, MC_YES);
    mc_record_free(page);

    must(mc_conversation_get(&read, session, conversation, NULL));
    mc_record_free(read);
    summary = summary_of(&page, ROOT, outer);
    cr_expect_eq(summary->meta->flags->unread, MC_NO, "the mark is on its way to the database");
    cr_expect_eq(page->meta->flags->unread, MC_NO);
    mc_record_free(page);
    mc_app_step(forum_app);

    act_as("owner");
    make_comment(conversation, "Bowline");
    act_as("bob");
    summary = summary_of(&page, outer, inner);
    cr_expect_eq(summary->meta->flags->unread, MC_YES);
    mc_record_free(page);
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, conversation, true));
    summary = summary_of(&page, outer, inner);
    cr_expect_eq(summary->meta->flags->unread, MC_NO, "not for what one ignores");
    mc_record_free(page);
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, conversation, false));
    must(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, outer));
    summary = summary_of(&page, outer, inner);
    cr_expect_eq(summary->meta->flags->unread, MC_NO);
    mc_record_free(page);
}

/* One of them. */

Test(microcosms, are_found_only_by_actors_that_may_read_them)
{
    mc_microcosm *microcosm = NULL;
    int64_t closed, deleted, below;

    act_as("owner");
    closed = make_microcosm(ROOT, "Closed");
    close_microcosm(closed);
    deleted = make_microcosm(ROOT, "Deleted");
    below = make_microcosm(deleted, "Below");
    must(mc_microcosm_delete(session, deleted));
    must_fail(mc_microcosm_get(&microcosm, session, 888888888, NULL, NULL), MC_ENOTFOUND);
    must_fail(mc_microcosm_get(&microcosm, session, -1, NULL, NULL), MC_EINVAL);
    must(mc_microcosm_get(&microcosm, session, deleted, NULL, NULL)); /* it may undo that */
    cr_expect_eq(microcosm->meta->flags->deleted, MC_YES);
    mc_record_free(microcosm);
    must(mc_microcosm_get(&microcosm, session, below, NULL, NULL));
    mc_record_free(microcosm);
    act_as("bob");
    must_fail(mc_microcosm_get(&microcosm, session, deleted, NULL, NULL), MC_ENOTFOUND);
    must_fail(mc_microcosm_get(&microcosm, session, 888888888, NULL, NULL), MC_EFORBIDDEN);
    must_fail(mc_microcosm_get(&microcosm, session, closed, NULL, NULL), MC_EFORBIDDEN);
    must_fail(mc_microcosm_get(&microcosm, session, below, NULL, NULL), MC_ENOTFOUND);
    must(mc_microcosm_get(&microcosm, session, 0, NULL, NULL));
    cr_expect_eq(microcosm->id, ROOT);
    cr_expect_eq(microcosm->parent_id, 0);
    cr_expect_eq(microcosm->breadcrumb.count, 0);
    mc_record_free(microcosm);
}

Test(microcosms, are_written_as_the_docs_show)
{
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .title = "Dinghies", .description = "Small <b>boats</b> & sails"};
    mc_buffer *json = NULL;
    int64_t sailing, id;
    const char *text;

    act_as("owner");
    sailing = make_microcosm(ROOT, "Sailing");
    edit.parent_id = (mc_maybe_int64){true, sailing};
    must(mc_microcosm_create(&id, session, &edit));
    act_as(NULL);
    cr_assert_eq(mc_buffer_new(&json, 0), 0);
    must(mc_microcosm_json(json, session, id, NULL, NULL));
    text = mc_buffer_bytes(json);
    static const char *const parts[] = {
        "\"level\":2}],\"siteId\":",
        ",\"visibility\":\"public\",\"title\":\"Dinghies\",\"description\":\"Small boats "
        "\\u0026amp; sails\",",
        "sails\",\"logoUrl\":\"/api/v1/files/microcosms/",
        ".svg\",\"itemTypes\":[\"microcosm\",\"conversation\",\"event\"],"
        "\"moderators\":null,",
        "null,\"items\":{\"total\":0,\"limit\":25,\"offset\":0,\"maxOffset\":0,\"totalPages\":0,"
        "\"page\":1,",
        "\"type\":\"/api/v1/comments\",\"items\":[]},\"meta\":{\"created\":",
        "\"flags\":{\"sticky\":false,\"open\":true,\"deleted\":false,\"moderated\":false,"
        "\"visible\":true,",
        "true,\"unread\":false},\"links\":[{\"rel\":\"self\",\"href\":\"/api/v1/microcosms/",
        "\"permissions\":{\"create\":false,\"read\":true,",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        cr_expect(strstr(text, parts[i]), "%s is not in %s", parts[i], text);
    mc_buffer_free(json);
}

Test(microcosms, make_a_tree_of_readable_microcosms)
{
    int64_t first, below, second, closed, open_again;
    mc_link_list *tree = NULL;
    const mc_link *link;

    act_as("owner");
    first = make_microcosm(ROOT, "First");
    second = make_microcosm(ROOT, "Second");
    below = make_microcosm(first, "Below");
    closed = make_microcosm(second, "Closed");
    close_microcosm(closed);
    open_again = make_microcosm(closed, "Open again");
    give_role(open_again, "include_guests", "can_read");
    must(mc_microcosm_delete(session, make_microcosm(first, "Deleted")));
    act_as(NULL);
    must(mc_microcosms_tree(&tree, session));
    int64_t wanted[] = {ROOT, first, below, second, open_again}, levels[] = {1, 2, 3, 2, 4};
    cr_assert_eq(tree->links.count, 5);
    for (size_t i = 0; i < 5; i++) {
        link = tree->links.items[i];
        cr_expect_eq(link->id, wanted[i]);
        cr_expect_eq(link->level, levels[i]);
        cr_expect_str_eq(link->rel, "microcosm");
    }
    link = tree->links.items[0];
    cr_expect_str_eq(link->href, "/api/v1/microcosms");
    cr_expect_eq(link->parent_id, 0);
    mc_record_free(tree);
}

/* Making. */

Test(microcosms, report_all_faults_at_once)
{
    mc_microcosm_edit edit = {.size = sizeof(edit),
                              .title = " ",
                              .logo_url = "javascript:alert(1)",
                              .parent_id = {true, 888888888}};
    static const char *const wanted[] = {"title", "description", "logoUrl", "parentId"};
    const mc_failure *error;
    int64_t id = 77;

    act_as(NULL); /* faults are reported before missing rights */
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EINVAL);
    cr_expect_eq(mc_session_error(session)->fault_count, 3,
                 "who may make none learns nothing of places");
    act_as("owner");
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EINVAL);
    error = mc_session_error(session);
    cr_assert_eq(error->fault_count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(error->faults[i].field, wanted[i]);
    must_fail(mc_microcosm_create(&id, session, NULL), MC_EINVAL);
    must_fail(mc_microcosm_create_body(&id, session, MC_FORMAT_JSON, "{", 1), MC_EINVAL);
    cr_expect_eq(id, 77);
}

static const struct {
    const char *given, *stored; /* NULL: refused */
} logos[] = {
    {"", ""},
    {"/api/v1/files/microcosms/3.svg", ""},
    {"/api/v1/files/sites/1.svg", ""},
    {"https://img.example/logo.png", "https://img.example/logo.png"},
    {"HTTP://img.example:8080?a=b&c#d", "HTTP://img.example:8080?a=b&c#d"},
    {"http://img.example/a b%20c.png", "http://img.example/a%20b%20c.png"},
    {"http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"},
    {"/static/\"it's\"<b>.png", "/static/%22it%27s%22%3Cb%3E.png"},
    {"/é", "/%C3%A9"},
    {"https://é.example/", "https://é.example/"},
    {"/\\evil.example/", "/%5Cevil.example/"},
    {"//evil.example/x", NULL},
    {"//[", NULL},
    {"javascript:alert(1)", NULL},
    {" javascript:alert(1)", NULL},
    {"java\tscript:alert(1)", NULL},
    {"/\t/evil.example", NULL},
    {"data:text/html,x", NULL},
    {"ftp://img.example/x", NULL},
    {"logo.png", NULL},
    {"%zz", NULL},
    {"/%zz", NULL},
    {"/%4", NULL},
    {"http://", NULL},
    {"http:///x", NULL},
    {"http://[bad", NULL},
    {"http://[]/", NULL},
    {"https://name:word@img.example/", NULL},
    {"https://img.example\\@evil.example/", NULL},
    {"https://img.example:port/", NULL},
    {"https://img example/", NULL},
};

Test(microcosms, take_only_addresses_that_are_safe_to_show_as_logo)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Logo", .description = "x"};

    act_as("owner");
    for (size_t i = 0; i < sizeof(logos) / sizeof(logos[0]); i++) {
        mc_microcosm *microcosm;
        int64_t id = 0;
        int rc;

        edit.logo_url = logos[i].given;
        rc = mc_microcosm_create(&id, session, &edit);
        cr_expect_eq(rc, logos[i].stored ? 0 : MC_EINVAL, "\"%s\" gives %d", logos[i].given, rc);
        if (rc < 0)
            continue;
        microcosm = get_page(id, 25, 0);
        if (*logos[i].stored)
            cr_expect_str_eq(microcosm->logo_url, logos[i].stored);
        else
            cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.microcosms"
                                      " WHERE microcosm_id = %lld AND logo_url = ''",
                                      (long long)id),
                         1);
        mc_record_free(microcosm);
    }
}

Test(microcosms, grow_no_logo_beyond_its_limit_by_escaping)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Logo", .description = "x"};
    char logo[1001];
    int64_t id;

    act_as("owner");
    memset(logo, ' ', sizeof(logo));
    logo[0] = '/';
    logo[666] = '\0';
    edit.logo_url = logo;
    must(mc_microcosm_create(&id, session, &edit)); /* 1 + 3 * 665 */
    logo[666] = ' ';
    logo[1000] = '\0';
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EINVAL);
}

Test(microcosms, store_known_item_types_once_and_in_order)
{
    static const char *const given[] = {"poll", "nonsense", "conversation", "poll"};
    mc_microcosm_edit edit = {.size = sizeof(edit),
                              .title = "Kinds",
                              .description = "x",
                              .item_types = {given, 4},
                              .visibility = "secret"};
    mc_microcosm *microcosm;
    int64_t id;

    act_as("owner");
    must(mc_microcosm_create(&id, session, &edit));
    microcosm = get_page(id, 25, 0);
    cr_assert_eq(microcosm->item_types.count, 2);
    cr_expect_str_eq(microcosm->item_types.items[0], "poll");
    cr_expect_str_eq(microcosm->item_types.items[1], "conversation");
    cr_expect_str_eq(microcosm->visibility, "public");
    mc_record_free(microcosm);
    edit =
        (mc_microcosm_edit){.size = sizeof(edit), .item_types = {given, 0}, .edit_reason = "none"};
    must(mc_microcosm_edit_save(session, id, &edit));
    microcosm = get_page(id, 25, 0);
    cr_expect_eq(microcosm->item_types.count, 0);
    cr_expect_str_eq(microcosm->title, "Kinds");
    mc_record_free(microcosm);
}

Test(microcosms, are_made_by_members_only_where_site_and_parent_let_them)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Mine", .description = "x"};
    mc_visit visit = MC_VISIT_INIT;
    mc_microcosm *microcosm;
    int64_t id, readable;

    act_as("owner");
    readable = make_microcosm(ROOT, "Readable");
    give_role(readable, "include_users", "can_read");
    act_as("alice");
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EFORBIDDEN);
    forum_sql("UPDATE microcosm.sites SET only_admins_create_microcosms = false");
    visit.site_key = "test";
    must(mc_session_enter(session, &visit));
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EFORBIDDEN);
    act_as("alice");
    must(mc_microcosm_create(&id, session, &edit));
    microcosm = get_page(id, 25, 0);
    cr_expect(microcosm->meta->permissions->is_owner && microcosm->meta->permissions->is_moderator);
    cr_expect_eq(microcosm->meta->flags->visible, MC_YES);
    mc_record_free(microcosm);
    edit.parent_id = (mc_maybe_int64){true, readable};
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EFORBIDDEN);
    close_microcosm(readable);
    forum_sql("DELETE FROM microcosm.roles WHERE microcosm_id = %lld AND can_read",
              (long long)readable);
    must_fail(mc_microcosm_create(&id, session, &edit), MC_EINVAL); /* as for an unknown one */
}

Test(microcosms, belong_to_who_made_them_and_to_who_owns_them)
{
    static const char *const names[] = {"alice", "bob", "carol", NULL};
    mc_microcosm *microcosm;
    int64_t id, conversation;

    forum_sql("UPDATE microcosm.sites SET only_admins_create_microcosms = false");
    forum_sql("UPDATE microcosm.roles SET can_create = true WHERE include_users");
    act_as("alice");
    id = make_microcosm(ROOT, "Boats");
    own_microcosm(id, "bob");
    for (int i = 0; i < 4; i++) {
        act_as(names[i]);
        microcosm = get_page(id, 25, 0);
        cr_expect_str_eq(microcosm->meta->created_by->profile_name, "alice");
        cr_expect_eq(microcosm->meta->permissions->is_owner, i < 2, "%s", names[i]);
        cr_expect_eq(microcosm->meta->permissions->is_moderator, i < 2, "%s", names[i]);
        mc_record_free(microcosm);
    }
    act_as("carol");
    conversation = make_conversation(id, "In here");
    must_fail(mc_conversation_delete(session, conversation), MC_EFORBIDDEN);
    act_as("bob");
    must(mc_conversation_delete(session, conversation));
}

Test(microcosms, leave_changes_and_audit_rows)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "New name", .edit_reason = "nicer"};
    mc_visit visit = MC_VISIT_INIT;
    int64_t parent, id;

    visit.site_key = "test";
    visit.address = "192.0.2.7";
    must(mc_session_enter(session, &visit));
    act_as("owner");
    parent = make_microcosm(ROOT, "Parent");
    forum_sql("UPDATE microcosm.microcosm_counters SET last_activity = '2001-01-01' WHERE "
              "microcosm_id = %lld",
              (long long)parent);
    id = make_microcosm(parent, "Child");
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosm_stats WHERE microcosm_id = %lld AND "
                     "last_activity > '2002-01-01'",
                     (long long)parent),
        1);
    must(mc_microcosm_edit_save(session, id, &edit));
    set_flag(id, "/meta/flags/open", false);
    must(mc_microcosm_delete(session, id));
    cr_expect_eq(count_of("changes", id), 4);
    cr_expect_eq(count_of("audit", id), 4);
    cr_expect_eq(forum_number("SELECT count(DISTINCT action) FROM microcosm.changes"
                              " WHERE item_type = 2 AND item_id = %lld AND parent_id = %lld",
                              (long long)id, (long long)parent),
                 4);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosms WHERE microcosm_id = %lld AND "
                     "edit_reason LIKE '%%open%%' AND is_deleted",
                     (long long)id),
        1);
}

/* Moving. */

Test(microcosms, move_with_all_below_them)
{
    int64_t old, new, moved, below;
    mc_microcosm *microcosm;
    const mc_link *crumb;

    act_as("owner");
    old = make_microcosm(ROOT, "Old");
    new = make_microcosm(make_microcosm(ROOT, "Deep"), "New");
    moved = make_microcosm(old, "Moved");
    below = make_microcosm(make_microcosm(moved, "Between"), "Below");
    must(move(moved, new));
    microcosm = get_page(below, 25, 0);
    cr_assert_eq(microcosm->breadcrumb.count, 4);
    crumb = microcosm->breadcrumb.items[1];
    cr_expect_eq(crumb->id, new);
    crumb = microcosm->breadcrumb.items[3];
    cr_expect_eq(crumb->level, 5);
    mc_record_free(microcosm);
    expect_list(old, NULL, 0);
    expect_list(new, (int64_t[]){moved}, 1);
    must(move(moved, ROOT));
    cr_expect_eq(
        forum_number("SELECT cardinality(path) FROM microcosm.microcosms WHERE microcosm_id = %lld",
                     (long long)below),
        4);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosms m JOIN microcosm.microcosms p"
                     " ON p.microcosm_id = m.parent_id WHERE m.path <> p.path || m.microcosm_id"),
        0);
}

Test(microcosms, never_move_below_themselves_and_the_root_never_at_all)
{
    int64_t top, middle, bottom, deleted;

    act_as("owner");
    top = make_microcosm(ROOT, "Top");
    middle = make_microcosm(top, "Middle");
    bottom = make_microcosm(middle, "Bottom");
    deleted = make_microcosm(ROOT, "Deleted");
    must(mc_microcosm_delete(session, deleted));
    must_fail(move(top, top), MC_EINVAL);
    must_fail(move(top, bottom), MC_EINVAL);
    must_fail(move(ROOT, top), MC_EINVAL);
    must_fail(move(top, deleted), MC_EINVAL);
    must_fail(move(top, 888888888), MC_EINVAL);
    must_fail(move(888888888, top), MC_ENOTFOUND);
    must(move(middle, top)); /* it is there already */
    act_as("bob");
    must_fail(move(888888888, top), MC_ENOTFOUND);
    must_fail(move(deleted, top), MC_ENOTFOUND);
    must_fail(move(bottom, top), MC_EFORBIDDEN);
}

Test(microcosms, move_only_to_where_the_mover_may_create)
{
    int64_t own, readable, closed;

    act_as("owner");
    own = make_microcosm(ROOT, "Own");
    readable = make_microcosm(ROOT, "Readable");
    give_role(readable, "include_users", "can_read");
    closed = make_microcosm(ROOT, "Closed");
    close_microcosm(closed);
    own_microcosm(own, "keeper");
    must_fail(move(own, readable), MC_EFORBIDDEN);
    must_fail(move(own, closed), MC_EINVAL);
    give_role(readable, "include_users", "can_create");
    must(move(own, readable));
}

static void *move_in_thread(void *data)
{
    const int64_t *ids = data;
    mc_session *other = NULL;
    mc_visit visit = MC_VISIT_INIT;
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .parent_id = {true, ids[1]}, .edit_reason = "moved"};
    static int rc;

    visit.site_key = "test";
    rc = mc_session_new(&other, forum_app);
    if (rc == 0)
        rc = mc_session_enter(other, &visit);
    if (rc == 0)
        rc = mc_session_act_as_email(other, "owner@example.org");
    if (rc == 0)
        rc = mc_microcosm_edit_save(other, ids[0], &edit);
    mc_session_free(other);
    return &rc;
}

/* Whether a statement waits for a lock. */
static bool somebody_waits(void)
{
    return forum_number(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
               "wait_event_type = 'Lock'") > 0;
}

Test(microcosms, make_no_cycle_when_two_are_moved_at_once)
{
    int64_t ids[2];
    pthread_t thread;
    void *rc;

    act_as("owner");
    ids[0] = make_microcosm(ROOT, "One");
    ids[1] = make_microcosm(ROOT, "Two");
    must(mc_session_begin(session));
    must(move(ids[1], ids[0]));
    /* To the other session Two is still below the root, but it has to wait. */
    cr_assert_eq(pthread_create(&thread, NULL, move_in_thread, ids), 0);
    while (!somebody_waits())
        forum_sql("SELECT pg_sleep(0.01)");
    must(mc_session_commit(session));
    pthread_join(thread, &rc);
    cr_expect_eq(*(int *)rc, MC_EINVAL);
    cr_expect_eq(
        forum_number("SELECT cardinality(path) FROM microcosm.microcosms WHERE microcosm_id = %lld",
                     (long long)ids[0]),
        2);
}

static int64_t deepest(void)
{
    return forum_number("SELECT max(cardinality(path)) FROM microcosm.microcosms");
}

/* Ids of a chain below the root: the last is on that level. */
static int64_t make_levels(int64_t last)
{
    int64_t id = ROOT;

    for (int64_t level = 2; level <= last; level++)
        id = make_microcosm(id, "Deeper");
    return id;
}

Test(microcosms, have_32_levels)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "x", .description = "x"};
    int64_t above, last, upper, lower, made = 0;

    act_as("owner");
    above = make_levels(31);
    last = make_microcosm(above, "The last");
    upper = make_microcosm(ROOT, "Upper");
    lower = make_microcosm(upper, "Lower");
    edit.parent_id = (mc_maybe_int64){true, last};
    must_fail(mc_microcosm_create(&made, session, &edit), MC_EINVAL);
    expect_faults("parentId ");
    must_fail(move(lower, last), MC_EINVAL);
    must_fail(move(upper, above), MC_EINVAL);
    expect_faults("parentId ");
    must(move(lower, above));
    must(move(upper, above));
    cr_expect_eq(deepest(), 32);
}

Test(microcosms, have_32_levels_when_two_are_moved_at_once)
{
    int64_t ids[2], lower;
    pthread_t thread;
    void *rc;

    act_as("owner");
    ids[1] = make_levels(31);
    ids[0] = make_microcosm(ROOT, "Upper");
    lower = make_microcosm(ROOT, "Lower");
    must(mc_session_begin(session));
    must(move(lower, ids[0]));
    cr_assert_eq(pthread_create(&thread, NULL, move_in_thread, ids), 0);
    while (!somebody_waits())
        forum_sql("SELECT pg_sleep(0.01)");
    must(mc_session_commit(session));
    pthread_join(thread, &rc);
    cr_expect_eq(*(int *)rc, MC_EINVAL);
    cr_expect_eq(deepest(), 31);
}

/* Hiding. */

Test(microcosms, can_be_hidden_and_restored_by_moderators_only)
{
    mc_patch_op hide = {"/meta/flags/deleted", true}, show = {"/meta/flags/deleted", false};
    mc_microcosm *microcosm = NULL;
    int64_t id;

    act_as("owner");
    id = make_microcosm(ROOT, "Place");
    act_as("bob");
    must_fail(mc_microcosm_delete(session, id), MC_EFORBIDDEN);
    must_fail(mc_microcosm_delete(session, 888888888), MC_EFORBIDDEN);
    must_fail(mc_microcosm_patch(session, id, &hide, 1), MC_EFORBIDDEN);
    must_fail(mc_microcosm_patch(session, 888888888, &hide, 1), MC_EFORBIDDEN);
    act_as("owner");
    must_fail(mc_microcosm_delete(session, 888888888), MC_ENOTFOUND);
    must_fail(mc_microcosm_patch(session, 888888888, &hide, 1), MC_ENOTFOUND);
    must(mc_microcosm_delete(session, id));
    must_fail(mc_microcosm_delete(session, id), MC_ENOTFOUND);
    must_fail(move(id, ROOT), MC_ENOTFOUND);
    must(mc_microcosm_patch(session, id, &show, 1));
    act_as("bob");
    must(mc_microcosm_get(&microcosm, session, id, NULL, NULL));
    cr_expect_str_eq(microcosm->meta->edit_reason, "Set deleted to false");
    mc_record_free(microcosm);
}

Test(microcosms, have_an_immovable_root)
{
    mc_patch_op hide = {"/meta/flags/deleted", true}, moderate = {"/meta/flags/moderated", true};

    act_as("owner");
    must_fail(mc_microcosm_delete(session, ROOT), MC_EFORBIDDEN);
    must_fail(mc_microcosm_patch(session, ROOT, &hide, 1), MC_EFORBIDDEN);
    must_fail(mc_microcosm_patch(session, ROOT, &moderate, 1), MC_EFORBIDDEN);
    set_flag(ROOT, "/meta/flags/open", false);
}

Test(microcosms, show_no_other_sites)
{
    mc_site_edit site = {.size = sizeof(site), .title = "Other", .subdomain_key = "other"};
    mc_visit visit = MC_VISIT_INIT;
    mc_microcosm *microcosm = NULL;
    int64_t here, site_id;

    act_as("owner");
    here = make_microcosm(ROOT, "Here");
    must(mc_site_create(&site_id, session, &site, "owner@example.org"));
    visit.site_key = "other";
    must(mc_session_enter(session, &visit));
    act_as("owner");
    must_fail(mc_microcosm_get(&microcosm, session, here, NULL, NULL), MC_ENOTFOUND);
    must_fail(mc_microcosm_delete(session, here), MC_ENOTFOUND);
    must_fail(move(here, 0), MC_ENOTFOUND);
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .title = "Lost", .description = "x", .parent_id = {true, here}};
    must_fail(mc_microcosm_create(&site_id, session, &edit), MC_EINVAL);
}

/* Out of memory. */

static int64_t torture_id;

static int get_and_free(void)
{
    mc_microcosm *microcosm = NULL;
    int rc = mc_microcosm_get(&microcosm, session, torture_id, NULL, NULL);

    mc_record_free(microcosm);
    return rc;
}

static int tree_and_free(void)
{
    mc_link_list *tree = NULL;
    int rc = mc_microcosms_tree(&tree, session);

    mc_record_free(tree);
    return rc;
}

static int edit_once(void)
{
    static const char body[] = "{\"title\":\"Knots\",\"logoUrl\":\"/a b\",\"itemTypes\":[\"poll\"],"
                               "\"meta\":{\"editReason\":\"x\"}}";

    return mc_microcosm_edit_body(session, torture_id, MC_FORMAT_JSON, body, sizeof(body) - 1);
}

static int create_once(void)
{
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .title = "Knots", .description = "x", .logo_url = "/a b"};
    int64_t id;

    edit.parent_id = (mc_maybe_int64){true, torture_id};
    return mc_microcosm_create(&id, session, &edit);
}

static int patch_once(void)
{
    return mc_microcosm_patch(session, torture_id, &(mc_patch_op){"/meta/flags/open", true}, 1);
}

Test(microcosms, survive_any_failing_allocation)
{
    act_as("owner");
    torture_id = make_microcosm(ROOT, "Place");
    make_comment(make_conversation(make_microcosm(torture_id, "Inner"), "Which knot?"), "Bowline");
    make_conversation(torture_id, "Another");
    cr_expect_gt(fail_each(get_and_free), 5);
    cr_expect_gt(fail_each(tree_and_free), 1);
    cr_expect_gt(fail_each(create_once), 1);
    cr_expect_gt(fail_each(edit_once), 1);
    cr_expect_gt(fail_each(patch_once), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.microcosms WHERE parent_id = %lld",
                              (long long)torture_id),
                 2);
}

/* Other sessions at the same time. */

/* A session like that of another process: without a cache, and failing if it waits for a lock. */
static mc_session *somebody_else(mc_app **app, const char *email)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_session *other = NULL;
    char database[1200];

    snprintf(database, sizeof(database), "%s options='-c lock_timeout=60000'", forum_database);
    options.database = database;
    options.cache_size = 0;
    visit.site_key = "test";
    cr_assert_eq(mc_app_new(app, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&other, *app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    if (email)
        cr_assert_eq(mc_session_act_as_email(other, email), 0);
    return other;
}

#define other_must(call) cr_expect_eq((call), 0, "%s: %s", #call, mc_session_error(other)->message)

static void read_and_post(mc_session *other, int64_t big, int64_t inside, int64_t elsewhere)
{
    mc_comment_edit comment = {
        .size = sizeof(comment), .item_type = "conversation", .markdown = "meanwhile"};
    mc_conversation_edit start = {
        .size = sizeof(start), .microcosm_id = ROOT, .title = "Meanwhile"};
    mc_page_options far = MC_PAGE_OPTIONS_INIT;
    mc_conversation *conversation = NULL;
    mc_microcosm *microcosm = NULL;
    int64_t id;

    far.offset = 1000;
    other_must(mc_microcosm_get(&microcosm, other, big, NULL, NULL));
    mc_record_free(microcosm);
    other_must(mc_microcosm_get(&microcosm, other, big, NULL, &far));
    mc_record_free(microcosm);
    other_must(mc_microcosm_get(&microcosm, other, 0, NULL, NULL));
    mc_record_free(microcosm);
    other_must(mc_conversation_get(&conversation, other, inside, NULL));
    mc_record_free(conversation);
    comment.item_id = inside;
    other_must(mc_comment_create(&id, other, &comment));
    comment.item_id = elsewhere;
    other_must(mc_comment_create(&id, other, &comment));
    other_must(mc_conversation_create(&id, other, &start));
}

/* The transaction that moves and deletes stays open, so other sessions would wait for its locks. */
Test(microcosms, do_not_block_others_when_big_ones_are_moved_and_deleted)
{
    int64_t to, big, inside, elsewhere, rows;
    mc_microcosm *gone = NULL;
    mc_session *other;
    mc_app *app;

    act_as("owner");
    to = make_microcosm(ROOT, "To");
    big = make_microcosm(ROOT, "Big");
    inside = make_conversation(big, "Inside");
    elsewhere = make_conversation(ROOT, "Elsewhere");
    forum_sql("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by, "
              "last_activity)"
              " SELECT i.site_id, 6, i.microcosm_id, 'copy', i.created_by,"
              " i.last_activity - n * interval '1 second'"
              " FROM microcosm.items i, generate_series(1, 100000) n WHERE i.item_id = %lld",
              (long long)inside);
    forum_sql("INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count)"
              " VALUES (%lld, %lld, 100000)",
              (long long)mc_session_site(session), (long long)big);
    other = somebody_else(&app, "alice@example.org");

    must(mc_session_begin(session));
    must(move(big, to));
    must(mc_microcosm_delete(session, big));
    read_and_post(other, big, inside, elsewhere);
    rows = forum_number("SELECT count(*) FROM microcosm.items WHERE microcosm_id = %lld"
                        " AND xmax <> 0 AND item_id <> %lld",
                        (long long)big, (long long)inside);
    cr_expect_eq(rows, 0, "%lld items were touched", (long long)rows);
    must(mc_session_commit(session));
    cr_expect_eq(mc_microcosm_get(&gone, other, big, NULL, NULL), MC_ENOTFOUND);
    mc_session_free(other);
    mc_app_free(app);
}
