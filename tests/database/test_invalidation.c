/*
 * What is written is in force at once, for whoever reads. Each kind of write in turn: everything is
 * read before and after it, from the cache and by an app that has none, and both must show the
 * same. And what the library writes is in the change feed once, put there by the statement itself.
 */
#include "fail_alloc.h"
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include "cache/cache.h"
#include "domain/base/handles.h"
#include "domain/base/invalidation.h"
#include "statements.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static mc_app *plain_app; /* without a cache */
static mc_session *reader, *plain;
static mc_buffer *pages_cached, *pages_plain;
static int64_t alice, root, here, there, conversation, event, poll, comment;

static void enter(mc_session **out, mc_app *app)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(out, app), 0);
    cr_assert_eq(mc_session_enter(*out, &visit), 0);
}

static const char *body(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *body(const char *format, ...)
{
    static char text[1000];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return text;
}

#define ID(id) ((long long)(id))
#define JSON(text) MC_FORMAT_JSON, text, strlen(text)

static void make_items(void)
{
    const char *json;

    conversation = make_conversation(here, "Which knot?");
    json = body("{\"microcosmId\":%lld,\"title\":\"Meeting\"}", ID(here));
    must(mc_event_create_body(&event, session, JSON(json)));
    json = body("{\"microcosmId\":%lld,\"title\":\"Poll\",\"question\":\"Which?\","
                "\"choices\":[{\"choice\":\"A\"},{\"choice\":\"B\"}]}",
                ID(here));
    must(mc_poll_create_body(&poll, session, JSON(json)));
    comment = make_comment(conversation, "Bowline");
    for (int i = 1; i < 5; i++)
        make_comment(conversation, body("Knot %d", i));
}

/* So that an id of one kind isn't by chance that of another, where the wrong one is invalidated. */
static void keep_ids_apart(void)
{
    static const char *const sequences[] = {"'profiles', 'profile_id'",
                                            "'microcosms', 'microcosm_id'", "'items', 'item_id'",
                                            "'comments', 'comment_id'"};

    for (size_t i = 0; i < MC_COUNT(sequences); i++)
        forum_sql("SELECT setval(pg_get_serial_sequence('microcosm.' || a, b), %zu) FROM"
                  " (VALUES (%s)) AS s (a, b)",
                  (i + 1) * 1000, sequences[i]);
}

static void begin(void)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;

    forum_open();
    /* as if somebody told of every change by others: there are none */
    mc__cache_trust(forum_app->cache, INT64_MAX);
    keep_ids_apart();
    options.database = forum_database;
    options.cache_size = 0;
    cr_assert_eq(mc_app_new(&plain_app, &options, NULL), 0);
    alice = act_as("alice");
    act_as("owner");
    root = root_microcosm();
    here = make_microcosm(root, "Here");
    there = make_microcosm(root, "There");
    make_items();
    enter(&reader, forum_app);
    enter(&plain, plain_app);
    cr_assert_eq(mc_buffer_new(&pages_cached, 0), 0);
    cr_assert_eq(mc_buffer_new(&pages_plain, 0), 0);
}

static void end(void)
{
    mc_buffer_free(pages_cached);
    mc_buffer_free(pages_plain);
    mc_session_free(reader);
    mc_session_free(plain);
    mc_app_free(plain_app);
    forum_close();
}

TestSuite(invalidation, .init = begin, .fini = end, .timeout = 300);

/* Reading. */

/* Each page on a line of its own; what may not be read is the number of its error. */
static void end_page(mc_buffer *out, int rc)
{
    char text[30];

    snprintf(text, sizeof(text), " %d\n", rc);
    cr_assert_eq(mc_buffer_append(out, text, strlen(text)), 0);
}

static void read_microcosms(mc_buffer *out, mc_session *as)
{
    const int64_t ids[] = {root, here, there};

    for (size_t i = 0; i < MC_COUNT(ids); i++)
        end_page(out, mc_microcosm_json(out, as, ids[i], NULL, NULL));
}

static void read_records(mc_buffer *out, mc_session *as)
{
    mc_conversation *record = NULL;
    int rc = mc_conversation_get(&record, as, conversation, NULL);

    if (rc == 0)
        mc_record_json(out, record);
    mc_record_free(record);
    end_page(out, rc);
}

static void read_huddles(mc_buffer *out, mc_session *as)
{
    mc_collection *list = NULL;
    int rc = mc_huddles_list(&list, as, NULL, NULL);

    if (rc == 0)
        mc_record_json(out, list);
    mc_record_free(list);
    end_page(out, rc);
}

static void read_all_as(mc_buffer *out, mc_session *as, int64_t profile_id)
{
    mc_page_options full = {.size = sizeof(full), .limit = 5}; /* new comments don't change it */

    cr_assert_eq(mc_session_act_as(as, profile_id), 0);
    read_microcosms(out, as);
    end_page(out, mc_conversation_json(out, as, conversation, NULL));
    end_page(out, mc_conversation_json(out, as, conversation, &full));
    end_page(out, mc_event_json(out, as, event, NULL));
    end_page(out, mc_poll_json(out, as, poll, NULL));
    read_huddles(out, as);
    read_records(out, as);
}

/* A process knows of its own views and marks before they are written, the other one doesn't. */
static void forget(char *text, const char *key)
{
    for (char *at = text; (at = strstr(at, key));)
        for (at += strlen(key); *at && !strchr(",}", *at);)
            memmove(at, at + 1, strlen(at));
}

static char *read_all(mc_buffer *out, mc_session *as)
{
    mc_buffer_clear(out);
    read_all_as(out, as, 0);
    read_all_as(out, as, alice);
    read_all_as(out, as,
                forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld",
                             ID(mc_session_site(session))));
    forget((char *)mc_buffer_bytes(out), "\"totalViews\":");
    forget((char *)mc_buffer_bytes(out), "\"unread\":");
    return (char *)mc_buffer_bytes(out);
}

static void compare(const char *what)
{
    char *kept = read_all(pages_cached, reader), *read = read_all(pages_plain, plain), *a, *b, *c,
         *d;

    for (a = strtok_r(kept, "\n", &c), b = strtok_r(read, "\n", &d); a && b;
         a = strtok_r(NULL, "\n", &c), b = strtok_r(NULL, "\n", &d))
        cr_assert_str_eq(a, b, "%s: the cache gives\n%s\nwhere the database has\n%s", what, a, b);
    cr_assert(!a && !b);
}

/* A list over that many doesn't depend on each of them. */
Test(invalidation, of_lists_over_many_microcosms)
{
    for (int i = 0; i < 65; i++)
        make_microcosm(root, body("Another %d", i));
    compare("nothing written");
    make_comment(conversation, "Sheet bend");
    compare("a comment");
    make_conversation(there, "Which rope?");
    compare("a conversation");
}

static const char *read_conversation(mc_buffer *out, mc_session *as)
{
    mc_buffer_clear(out);
    cr_assert_eq(mc_conversation_json(out, as, conversation, NULL), 0);
    forget((char *)mc_buffer_bytes(out), "\"totalViews\":");
    return mc_buffer_bytes(out);
}

Test(invalidation, of_a_transaction_that_has_no_memory_to_note_them)
{
    bool failed = true;

    for (size_t n = 1; failed; n++) {
        mc_conversation_edit edit = {.size = sizeof(edit), .edit_reason = "x"};

        read_conversation(pages_cached, reader);
        edit.title = body("Knot %zu", n);
        must(mc_session_begin(session));
        fail_alloc_at(n);
        mc_conversation_edit_save(session, conversation, &edit);
        failed = fail_alloc_stop();
        must(mc_session_commit(session));
        cr_assert_str_eq(read_conversation(pages_cached, reader),
                         read_conversation(pages_plain, plain), "allocation %zu", n);
        cr_assert_lt(n, 1000);
    }
}

/* Writing. Each by the owner, unless it says who. */

static void post(void)
{
    make_comment(conversation, "Sheet bend");
}

static void post_as_alice(void)
{
    act_as("alice");
    make_comment(conversation, "Reef knot");
}

static void post_on_others(void)
{
    const char *json =
        body("{\"itemType\":\"event\",\"itemId\":%lld,\"markdown\":\"Yes\"}", ID(event));
    int64_t id;

    must(mc_comment_create_body(&id, session, JSON(json)));
    json = body("{\"itemType\":\"poll\",\"itemId\":%lld,\"markdown\":\"B\"}", ID(poll));
    must(mc_comment_create_body(&id, session, JSON(json)));
    json = body("{\"itemType\":\"profile\",\"itemId\":%lld,\"markdown\":\"Hello\"}", ID(alice));
    must(mc_comment_create_body(&id, session, JSON(json)));
}

static void edit_comment(void)
{
    must(mc_comment_edit_body(session, comment, JSON("{\"markdown\":\"Clove hitch\"}")));
}

static void delete_comment(void)
{
    must(mc_comment_delete(session, comment));
}

#define FLAG(name, value)                                                                          \
    "[{\"op\":\"replace\",\"path\":\"/meta/flags/" name "\",\"value\":" value "}]"

static void show_comment(void)
{
    static const char ops[] = FLAG("deleted", "false");

    must(mc_comment_patch_body(session, comment, ops, strlen(ops)));
}

static void create(void)
{
    make_conversation(there, "Another one");
}

static void edit_conversation(void)
{
    must(mc_conversation_edit_body(
        session, conversation,
        JSON("{\"title\":\"Which rope?\",\"meta\":{\"editReason\":\"tests\"}}")));
}

static void move_to(int64_t microcosm_id)
{
    const char *json = body("{\"title\":\"Which rope?\",\"microcosmId\":%lld,"
                            "\"meta\":{\"editReason\":\"tests\"}}",
                            ID(microcosm_id));

    must(mc_conversation_edit_body(session, conversation, JSON(json)));
}

static void move_away(void)
{
    move_to(there);
}

static void move_back(void)
{
    move_to(here);
}

static void edit_event(void)
{
    must(mc_event_edit_body(session, event,
                            JSON("{\"title\":\"Meeting\",\"where\":\"The barn\","
                                 "\"meta\":{\"editReason\":\"tests\"}}")));
}

static void edit_poll(void)
{
    must(mc_poll_edit_body(
        session, poll,
        JSON("{\"title\":\"Poll\",\"question\":\"What?\",\"choices\":[{\"choice\":"
             "\"C\"}],\"meta\":{\"editReason\":\"tests\"}}")));
}

static void flag_conversation(const char *ops)
{
    must(mc_conversation_patch_body(session, conversation, ops, strlen(ops)));
}

static void make_sticky(void)
{
    flag_conversation(FLAG("sticky", "true"));
}

static void close_it(void)
{
    flag_conversation(FLAG("open", "false"));
}

static void moderate(void)
{
    flag_conversation(FLAG("moderated", "true"));
}

static void show_again(void)
{
    flag_conversation(FLAG("moderated", "false"));
}

static void delete_event(void)
{
    must(mc_event_delete(session, event));
}

static void delete_poll(void)
{
    must(mc_poll_delete(session, poll));
}

static void make_inner_microcosm(void)
{
    make_microcosm(here, "Inside");
}

static void edit_microcosm(void)
{
    must(mc_microcosm_edit_body(session, here,
                                JSON("{\"title\":\"Renamed\",\"description\":\"x\","
                                     "\"meta\":{\"editReason\":\"tests\"}}")));
}

static void move_microcosm(void)
{
    const char *json = body("{\"title\":\"There\",\"description\":\"x\",\"parentId\":%lld,"
                            "\"meta\":{\"editReason\":\"tests\"}}",
                            ID(here));

    must(mc_microcosm_edit_body(session, there, JSON(json)));
}

static void close_microcosm(void)
{
    static const char ops[] = FLAG("open", "false");

    must(mc_microcosm_patch_body(session, here, ops, strlen(ops)));
}

static void delete_microcosm(void)
{
    must(mc_microcosm_delete(session, there));
}

static void rename_profile(void)
{
    act_as("alice");
    must(mc_profile_edit_body(session, alice, JSON("{\"profileName\":\"alison\"}")));
}

static void make_member(void)
{
    static const char ops[] = "[{\"op\":\"replace\",\"path\":\"/member\",\"value\":true}]";

    must(mc_profile_patch_body(session, alice, ops, strlen(ops)));
}

static void end_membership(void)
{
    static const char ops[] = "[{\"op\":\"replace\",\"path\":\"/member\",\"value\":false}]";

    must(mc_profile_patch_body(session, alice, ops, strlen(ops)));
}

static void set_options(void)
{
    must(mc_profile_options_body(session, JSON("{\"sendEmail\":true}")));
}

static void ignore_person(void)
{
    must(mc_session_act_as(session, alice));
    must(mc_ignore_set(session, MC_ITEM_PROFILE,
                       forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld",
                                    ID(mc_session_site(session))),
                       true));
}

static void stop_ignoring(void)
{
    must(mc_session_act_as(session, alice));
    must(mc_ignore_set(session, MC_ITEM_PROFILE,
                       forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld",
                                    ID(mc_session_site(session))),
                       false));
}

static void ignore_item(void)
{
    must(mc_session_act_as(session, alice));
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, conversation, true));
}

static void mark_read(mc_item_type item_type, int64_t item_id)
{
    must(mc_session_act_as(session, alice));
    must(mc_profile_mark_read(session, item_type, item_id));
}

static void mark_item(void)
{
    mark_read(MC_ITEM_CONVERSATION, conversation);
}

static void mark_microcosm(void)
{
    mark_read(MC_ITEM_MICROCOSM, here);
}

static void mark_site(void)
{
    mark_read(MC_ITEM_SITE, 0);
}

static void mark_huddle(void)
{
    mark_read(MC_ITEM_HUDDLE, 1);
}

static void mark_huddles(void)
{
    mark_read(MC_ITEM_HUDDLE, 0);
}

static int64_t huddle;

static void begin_huddle(void)
{
    must(mc_huddle_create_body(&huddle, session, JSON("{\"title\":\"Psst\"}")));
}

static void post_in_huddle(void)
{
    const char *json =
        body("{\"itemType\":\"huddle\",\"itemId\":%lld,\"markdown\":\"Yes\"}", ID(huddle));
    int64_t id;

    must(mc_comment_create_body(&id, session, JSON(json)));
}

static void add_to_huddle(void)
{
    const char *json = body("[{\"id\":%lld}]", ID(alice));

    must(mc_huddle_participants_add_body(session, huddle, JSON(json)));
}

static void leave_huddle(void)
{
    must(mc_huddle_leave(session, huddle));
}

static void empty_huddle(void)
{
    act_as("alice");
    must(mc_huddle_leave(session, huddle));
}

static void sign_in(void)
{
    char token[MC_TOKEN_SIZE];

    must(mc_token_create(token, session, "bob@example.org", 1));
    must(mc_token_revoke(session, token));
}

static void create_site(void)
{
    mc_site_edit site = {.size = sizeof(site), .title = "Other", .subdomain_key = "other"};
    int64_t site_id;

    must(mc_site_create(&site_id, session, &site, "carol@example.org"));
}

static void write_in_transaction(void)
{
    must(mc_session_begin(session));
    make_comment(conversation, "Prusik");
    compare("nothing of a transaction is seen before its end");
    must(mc_session_commit(session));
}

static const struct {
    const char *what;
    void (*write)(void);
} writes[] = {
    {"a comment", post},
    {"a comment by somebody else", post_as_alice},
    {"comments on other things", post_on_others},
    {"another text of a comment", edit_comment},
    {"a comment deleted", delete_comment},
    {"a comment shown again", show_comment},
    {"a comment in a transaction", write_in_transaction},
    {"a conversation", create},
    {"another title", edit_conversation},
    {"a conversation moved", move_away},
    {"and back again", move_back},
    {"an event edited", edit_event},
    {"a poll edited", edit_poll},
    {"sticky", make_sticky},
    {"hidden", moderate},
    {"shown again", show_again},
    {"a microcosm", make_inner_microcosm},
    {"another title of a microcosm", edit_microcosm},
    {"a microcosm moved", move_microcosm},
    {"another name of an author", rename_profile},
    {"a member", make_member},
    {"no member any more", end_membership},
    {"preferences", set_options},
    {"an item marked read", mark_item},
    {"a microcosm marked read", mark_microcosm},
    {"the site marked read", mark_site},
    {"a huddle marked read", mark_huddle},
    {"all huddles marked read", mark_huddles},
    {"a huddle", begin_huddle},
    {"somebody added to it", add_to_huddle},
    {"a comment in it", post_in_huddle},
    {"a huddle left", leave_huddle},
    {"and by the last one", empty_huddle},
    {"somebody ignored", ignore_person},
    {"somebody not ignored any more", stop_ignoring},
    {"an item ignored", ignore_item},
    {"a token made and ended", sign_in},
    {"a site", create_site},
    {"closed", close_it},
    {"an event deleted", delete_event},
    {"a poll deleted", delete_poll},
    {"a microcosm closed", close_microcosm},
    {"a microcosm deleted", delete_microcosm},
};

static int64_t newest_change(void)
{
    return forum_number("SELECT coalesce(max(change_id), 0) FROM microcosm.changes");
}

static void check_feed(const char *what, int64_t before)
{
    cr_expect_gt(newest_change(), before, "%s: is not in the feed", what);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE origin IS NULL"
                              " AND change_id > %lld",
                              ID(before)),
                 0, "%s: a trigger had to add what the statement forgot", what);
    cr_expect_eq(forum_number("SELECT count(*) FROM (SELECT FROM microcosm.changes WHERE change_id"
                              " > %lld GROUP BY transaction, item_type, item_id, parent_type,"
                              " parent_id HAVING count(*) > 1) twice",
                              ID(before)),
                 0, "%s: is in the feed twice", what);
}

Test(invalidation, follows_each_write)
{
    cr_assert(!strstr(read_all(pages_cached, reader), " -"), "all can be read by everybody");
    compare("before anything");
    for (size_t i = 0; i < MC_COUNT(writes); i++) {
        int64_t before = newest_change();

        act_as("owner");
        writes[i].write();
        check_feed(writes[i].what, before);
        compare(writes[i].what);
    }
}

/* Two at once. */

static void *delete_it(void *data)
{
    (void)data;
    must(mc_conversation_delete(session, conversation));
    return NULL;
}

static bool somebody_waits(void)
{
    return forum_number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
}

/* Whoever deletes has looked where it is before it was moved. */
Test(invalidation, knows_where_an_item_is_that_was_moved_meanwhile)
{
    PGconn *mover = test_database_connect(forum_database);
    pthread_t deleter;

    act_as("owner");
    compare("before");
    PQclear(test_sql(mover, "SET microcosm.site_id = 0"));
    PQclear(test_sql(mover, body("BEGIN; UPDATE microcosm.items SET microcosm_id = %lld"
                                 " WHERE item_id = %lld",
                                 ID(there), ID(conversation))));
    pthread_create(&deleter, NULL, delete_it, NULL);
    for (int waited = 0; !somebody_waits() && wait_a_moment(&waited);)
        ;
    PQclear(test_sql(mover, "COMMIT"));
    mc__cache_clear(forum_app->cache); /* the move is told */
    compare("after the move, about when it is deleted");
    pthread_join(deleter, NULL);
    cr_expect_eq(forum_number("SELECT microcosm_id FROM microcosm.changes WHERE action = 'delete'"),
                 there);
    compare("deleted");
    PQfinish(mover);
}

/* Whoever has just entered goes on with the tree of microcosms that was read then. */
Test(invalidation, leaves_nothing_to_others_that_was_made_with_an_older_tree)
{
    static const char *const edits[] = {
        "{\"title\":\"Renamed\",\"meta\":{\"editReason\":\"x\"}}",
        "{\"title\":\"Again\",\"meta\":{\"editReason\":\"x\"}}",
        "{\"title\":\"And again\",\"meta\":{\"editReason\":\"x\"}}"};

    act_as("owner");
    for (size_t i = 0; i < MC_COUNT(edits); i++) {
        mc_buffer_clear(pages_cached);
        cr_assert_eq(mc_session_act_as(reader, alice), 0);
        must(mc_microcosm_edit_body(session, here, JSON(edits[i])));
        if (i == 0)
            end_page(pages_cached, mc_microcosm_json(pages_cached, reader, root, NULL, NULL));
        else if (i == 1)
            end_page(pages_cached, mc_microcosm_json(pages_cached, reader, here, NULL, NULL));
        else
            end_page(pages_cached, mc_conversation_json(pages_cached, reader, conversation, NULL));
        compare(edits[i]);
    }
}

Test(invalidation, forgets_what_a_reset_session_had_to_tell)
{
    mc_visit visit = {.size = sizeof(visit), .site_key = "test"};

    act_as("owner");
    must(mc_session_begin(session));
    make_comment(conversation, "Sheet bend");
    cr_expect_gt(session->pending_count, 0);
    mc_session_reset(session);
    cr_expect_eq(session->pending_count, 0);
    must(mc_session_enter(session, &visit));
    compare("rolled back");
}

/* The numbers of a change come in an order that only the SQL says. */
Test(invalidation, reads_the_members_of_a_change_from_where_they_are)
{
    mc__change expected = {mc_session_site(session), 6, 101, 2, 102, 103, 104, 105, 1},
               change = {0};
    mc__problem problem = {0};
    mc__db db = {.pool = forum_app->pool, .problem = &problem, .site_id = 0};
    const PGresult *rows;
    mc_batch(batch);

    forum_sql("INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id,"
              " microcosm_id, details, profile_id, action) VALUES (%lld, 6, 101, 2, 102, 103,"
              " '{\"from\": 104}', 105, 'create')",
              ID(expected.site_id));
    mc__add_changes_since(&batch, &(mc__changes_since_in){.snapshot = "1:1:"});
    cr_assert_eq(mc__db_run(&db, &batch, MC_READ), 0, "%s", problem.shown.message);
    rows = mc__batch_rows(&batch, 0);
    for (int row = 0; row < PQntuples(rows) && change.item_id != 101; row++)
        change = mc__read_changes_since(rows, row).change;
    cr_expect_eq(memcmp(&change, &expected, sizeof(change)), 0);
    mc__problem_release(&problem);
}
