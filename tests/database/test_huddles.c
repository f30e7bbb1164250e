/* Huddles: who sees what of them, what a write leaves behind, and several at once. */
#include "forum.h"
#include "people.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(huddles, .init = forum_open, .fini = forum_close, .timeout = 300);

static int64_t alice, bob, carol, huddle;

/* Alice's huddle with bob; carol takes no part. */
static void begin_one(void)
{
    mc_huddle_participant_edit with = {.size = sizeof(with)};
    const void *people[] = {&with};
    mc_huddle_edit edit = MC_HUDDLE_EDIT_INIT;

    carol = act_as("carol");
    bob = act_as("bob");
    alice = act_as("alice");
    with.id = bob;
    edit.title = "Surprise party";
    edit.participants = (mc_list){people, 1};
    must(mc_huddle_create(&huddle, session, &edit));
}

static int say(int64_t *comment, const char *markdown)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "huddle", .item_id = huddle, .markdown = markdown};

    return mc_comment_create(comment, session, &edit);
}

static int add_one(mc_session *as, int64_t huddle_id, int64_t profile_id)
{
    mc_huddle_participant_edit one = {.size = sizeof(one), .id = profile_id};
    const void *only[] = {&one};
    mc_huddle_participants_edit edit = {.size = sizeof(edit), .participants = {only, 1}};

    return mc_huddle_participants_add(as, huddle_id, &edit);
}

static int64_t unread_huddles(void)
{
    mc_profile *profile = NULL;
    int64_t value;

    must(mc_profile_self(&profile, session));
    cr_assert_eq(profile->meta->stats.count, 1);
    value = ((const mc_stat *)profile->meta->stats.items[0])->value;
    mc_record_free(profile);
    return value;
}

static int64_t participants(void)
{
    return forum_number("SELECT count(*) FROM microcosm.huddle_participants WHERE huddle_id = %lld",
                        ID(huddle));
}

Test(huddles, are_the_same_as_records_and_as_json)
{
    mc_huddle *record = NULL;
    mc_buffer *one = NULL, *other = NULL;
    int64_t comment;

    begin_one();
    must(say(&comment, "At nine"));
    must(mc_buffer_new(&one, 0));
    must(mc_buffer_new(&other, 0));
    must(mc_huddle_get(&record, session, huddle, NULL));
    must(mc_record_json(one, record));
    must(mc_huddle_json(other, session, huddle, NULL));
    cr_expect_str_eq(mc_buffer_bytes(one), mc_buffer_bytes(other));
    cr_expect_eq(record->participants.count, 2);
    cr_expect_eq(((const mc_profile *)record->participants.items[0])->id, alice);
    cr_expect_eq(record->comments->total, 1);
    mc_record_free(record);
    mc_buffer_free(one);
    mc_buffer_free(other);
}

/* Every call, by somebody who takes no part. An unknown huddle is answered alike. */
static void expect_shut(int64_t id)
{
    mc_huddle *record = NULL;
    mc_collection *list = NULL;
    mc_participant *one = NULL;
    mc_position *place = NULL;
    mc_buffer *json = NULL;
    mc_huddle_participants_edit nobody = MC_HUDDLE_PARTICIPANTS_EDIT_INIT;

    must(mc_buffer_new(&json, 0));
    must_fail(mc_huddle_get(&record, session, id, NULL), MC_EFORBIDDEN);
    must_fail(mc_huddle_json(json, session, id, NULL), MC_EFORBIDDEN);
    must_fail(mc_huddle_last_comment(&place, session, id, 0), MC_EFORBIDDEN);
    must_fail(mc_huddle_new_comment(&place, session, id, 0), MC_EFORBIDDEN);
    must_fail(mc_huddle_participants(&list, session, id, NULL), MC_EFORBIDDEN);
    must_fail(mc_huddle_participant_get(&one, session, id, bob), MC_EFORBIDDEN);
    must_fail(mc_huddle_participants_add(session, id, &nobody), MC_EFORBIDDEN);
    must_fail(add_one(session, id, bob), MC_EFORBIDDEN);
    must_fail(add_one(session, id, 888888888), MC_EFORBIDDEN);
    must_fail(mc_huddle_participant_remove(session, id, bob), MC_EFORBIDDEN);
    must_fail(mc_huddle_leave(session, id), MC_EFORBIDDEN);
    cr_expect_eq(mc_buffer_length(json), 0);
    cr_expect(!record && !list && !one && !place, "a failed call leaves its result alone");
    mc_buffer_free(json);
}

Test(huddles, are_shut_to_all_who_take_no_part)
{
    static const char *const others[] = {NULL, "carol", "owner"};

    begin_one();
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        act_as(others[i]);
        expect_shut(huddle);
        expect_shut(huddle + 1000);
    }
    act_as("bob");
    must(mc_huddle_leave(session, huddle));
    expect_shut(huddle);
    cr_expect_eq(participants(), 1);
}

static int64_t telling_at_most; /* changes at once; 0: the default */

/* Types of the changes that somebody is told of from a cursor on, once all of them can be seen. */
static const char *told(const char *name, const char *from, size_t least)
{
    static char text[500];
    char cursor[2000];

    act_as(name);
    snprintf(cursor, sizeof(cursor), "%s", from);
    text[0] = '\0';
    for (int waited = 0; wait_a_moment(&waited);) {
        mc_change_list *list = NULL;

        must(mc_changes_next(&list, session, cursor, telling_at_most));
        for (size_t i = 0; i < list->changes.count; i++) {
            const mc_change *change = list->changes.items[i];

            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s, ", change->action,
                     change->item_type);
        }
        snprintf(cursor, sizeof(cursor), "%s", list->cursor);
        mc_record_free(list);
        if (strlen(text) >= least)
            break;
    }
    return text;
}

static void cursor_now(char *out, size_t size)
{
    mc_change_list *list = NULL;
    int64_t newest = forum_number("SELECT max(change_id) FROM microcosm.changes");

    for (int waited = 0; wait_a_moment(&waited);) {
        must(mc_changes_next(&list, session, "now", 0));
        snprintf(out, size, "%s", list->cursor);
        mc_record_free(list);
        list = NULL;
        if (strchr(out, '.') && atoll(strchr(out, '.') + 1) == newest)
            return;
    }
    cr_assert_fail("the feed does not catch up");
}

Test(huddles, are_in_the_feed_for_participants_only)
{
    static const char *const others[] = {"carol", "owner", NULL};
    static const char inside[] =
        "create huddle, create comment, replace comment, update huddle, update huddle, ";
    char cursor[2000];
    const char *text;
    int64_t comment, leaver;

    leaver = act_as("leaver");
    act_as("carol");
    act_as("bob");
    act_as("alice");
    cursor_now(cursor, sizeof(cursor));
    begin_one();
    must(say(&comment, "At nine"));
    must(mc_comment_edit_save(
        session, comment,
        &(mc_comment_edit){.size = sizeof(mc_comment_edit), .markdown = "At ten"}));
    must(add_one(session, huddle, leaver));
    act_as("leaver");
    must(mc_huddle_leave(session, huddle));
    make_conversation(root_microcosm(), "So that there is something to be told");
    text = told("bob", cursor, strlen(inside));
    cr_expect(strncmp(text, inside, strlen(inside)) == 0, "bob is told: %s", text);
    text = told("leaver", cursor, strlen("delete huddle, create conversation, "));
    cr_expect(strncmp(text, "delete huddle, create conv", 26) == 0, "the leaver is told: %s", text);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        text = told(others[i], cursor, strlen("create conversation, "));
        cr_expect(strstr(text, "create conversation, ") && !strstr(text, "huddle") &&
                      !strstr(text, "comment"),
                  "%s is told: %s", others[i] ? others[i] : "a guest", text);
    }
}

/* Who joins is told of it with what was said before, some at a time; who leaves that it is gone. */
static void cursor_of(const char *name, char out[2000])
{
    act_as(name);
    cursor_now(out, 2000);
}

Test(huddles, come_into_sight_of_who_joins_and_leave_that_of_who_leaves)
{
    static const char here[] = "create huddle, create comment, create comment, ",
                      left[] = "delete huddle, ";
    char joined[2000], alices[2000], bobs[2000], doras[2000];
    int64_t comment, dora = act_as("dora");

    begin_one();
    must(say(&comment, "At nine"));
    must(say(&comment, "At ten"));
    cursor_of("bob", bobs);
    cursor_of("dora", joined);
    act_as("alice");
    must(add_one(session, huddle, dora));
    for (int64_t limit = 0; limit < 3; limit++) {
        telling_at_most = limit;
        cr_expect_str_eq(told("dora", joined, strlen(here)), here);
    }
    telling_at_most = 0;
    cr_expect_str_eq(told("bob", bobs, strlen("update huddle, ")), "update huddle, ");
    cursor_of("dora", doras);
    must(mc_huddle_leave(session, huddle));
    cr_expect_str_eq(told("dora", doras, strlen(left)), left);
    cursor_of("alice", alices); /* who has begun it sees it until it is gone */
    must(mc_huddle_leave(session, huddle));
    cr_expect_str_eq(told("alice", alices, strlen("update huddle, ")), "update huddle, ");
    cursor_of("dora", doras);
    cursor_of("alice", alices);
    cursor_of("bob", bobs);
    must(mc_huddle_leave(session, huddle));
    cr_expect_str_eq(told("bob", bobs, strlen(left)), left);
    cr_expect_str_eq(told("alice", alices, strlen(left)), left);
    make_comment(make_conversation(root_microcosm(), "What has come after it"), "News");
    cr_expect_str_eq(told("dora", doras, strlen("create conversation, create comment, ")),
                     "create conversation, create comment, ");
}

/* One change, if there is one by now; the cursor goes on behind it. */
static bool is_told_of_a_comment(char *cursor, size_t size)
{
    mc_change_list *list = NULL;
    bool is_comment;

    must(mc_changes_next(&list, session, cursor, 1));
    is_comment = list->changes.count > 0 &&
                 strcmp(((mc_change *)list->changes.items[0])->item_type, "comment") == 0;
    snprintf(cursor, size, "%s", list->cursor);
    mc_record_free(list);
    return is_comment;
}

Test(huddles, are_told_no_further_to_who_is_banned_meanwhile)
{
    char cursor[2000];
    int64_t comment, dora = act_as("dora");

    begin_one();
    must(say(&comment, "At nine"));
    must(say(&comment, "At ten"));
    cursor_of("dora", cursor);
    act_as("alice");
    must(add_one(session, huddle, dora));
    act_as("dora");
    for (int waited = 0; !is_told_of_a_comment(cursor, sizeof(cursor)) && wait_a_moment(&waited);)
        ;
    cr_assert(strstr(cursor, "~h"), "there is one more: %s", cursor);
    ban(dora);
    act_as("dora");
    cr_expect_not(is_told_of_a_comment(cursor, sizeof(cursor)));
}

Test(huddles, are_audited_when_begun_joined_and_left)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.address = "192.0.2.7";
    must(mc_session_enter(session, &visit));
    begin_one();
    must(add_one(session, huddle, carol));
    must(mc_huddle_leave(session, huddle));
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 5 AND is_private"), 3);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 5 AND"
                              " item_id = %lld AND profile_id = %lld AND action IN ('C', 'U', 'D')",
                              ID(huddle), ID(alice)),
                 3);
}

Test(huddles, are_followed_as_participants_prefer)
{
    carol = act_as("carol");
    forum_sql("INSERT INTO microcosm.update_preferences (site_id, profile_id, update_type_id,"
              " send_email, send_sms) VALUES (%lld, %lld, 4, true, false)",
              ID(mc_session_site(session)), ID(carol));
    begin_one();
    must(add_one(session, huddle, carol));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.watchers WHERE item_type = 5 AND"
                              " item_id = %lld",
                              ID(huddle)),
                 3);
    cr_expect_eq(forum_number("SELECT profile_id FROM microcosm.watchers WHERE item_type = 5 AND"
                              " send_email"),
                 carol);
}

/* So that a page that is read often is not written to each time. */
Test(huddles, are_marked_only_if_there_is_something_new)
{
    static const char version[] = "SELECT xmin::text::bigint FROM microcosm.read_marks"
                                  " WHERE item_type = 5 AND profile_id = %lld";
    mc_huddle *record = NULL;
    int64_t comment, written = 0;

    begin_one();
    must(say(&comment, "At nine"));
    act_as("bob");
    cr_expect_eq(unread_huddles(), 1);
    for (int i = 0; i < 3; i++) {
        must(mc_huddle_get(&record, session, huddle, NULL));
        mc_record_free(record);
        record = NULL;
        cr_expect_eq(unread_huddles(), 0);
        if (i == 0)
            written = forum_number(version, ID(bob));
    }
    cr_expect_eq(forum_number(version, ID(bob)), written);
}

/* Somebody who does something in a thread of their own while a transaction holds the huddle. */
typedef struct waiter {
    pthread_t thread;
    mc_session *session;
    int rc;
} waiter;

static void *comment_late(void *data)
{
    waiter *w = data;
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "huddle", .item_id = huddle, .markdown = "Too late"};
    int64_t comment;

    w->rc = mc_comment_create(&comment, w->session, &edit);
    return NULL;
}

static void *add_late(void *data)
{
    waiter *w = data;

    w->rc = add_one(w->session, huddle, carol);
    return NULL;
}

static void *leave_late(void *data)
{
    waiter *w = data;

    w->rc = mc_huddle_leave(w->session, huddle);
    return NULL;
}

/* Bob does it while somebody else's departure, or his own by another way, isn't committed yet. */
static int while_leaves(int64_t who, void *(*run)(void *data))
{
    PGconn *other = test_database_connect(forum_database);
    mc_visit visit = MC_VISIT_INIT;
    waiter w = {0};
    char sql[300];

    visit.site_key = "test";
    must(mc_session_new(&w.session, forum_app));
    must(mc_session_enter(w.session, &visit));
    must(mc_session_act_as_email(w.session, "bob@example.org"));
    PQclear(test_sql(other, "SET microcosm.site_id = 0"));
    snprintf(sql, sizeof(sql),
             "BEGIN; SELECT FROM microcosm.huddles WHERE huddle_id = %lld FOR UPDATE;"
             " DELETE FROM microcosm.huddle_participants WHERE profile_id = %lld",
             ID(huddle), ID(who));
    PQclear(test_sql(other, sql));
    pthread_create(&w.thread, NULL, run, &w);
    for (int waited = 0; forum_number("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event_type = 'Lock'") == 0;)
        cr_assert(wait_a_moment(&waited), "it waits for nobody");
    PQclear(test_sql(other, "COMMIT"));
    pthread_join(w.thread, NULL);
    mc_session_free(w.session);
    PQfinish(other);
    return w.rc;
}

static void expect_too_late(void *(*run)(void *data))
{
    begin_one();
    cr_expect_eq(while_leaves(bob, run), MC_EFORBIDDEN);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comments"), 0);
    cr_expect_eq(participants(), 1);
}

Test(huddles, vanish_when_the_last_two_leave_at_once)
{
    begin_one();
    cr_expect_eq(while_leaves(alice, leave_late), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.huddles"), 0);
}

Test(huddles, take_no_comment_of_who_has_left_meanwhile)
{
    expect_too_late(comment_late);
}

Test(huddles, take_nobody_from_who_has_left_meanwhile)
{
    expect_too_late(add_late);
}

static void come_and_go(mc_session *own, int number, void *data)
{
    const int64_t *profiles = data;

    for (int i = 0; i < 5; i++) {
        cr_assert_eq(mc_session_act_as(own, alice), 0);
        cr_assert_eq(add_one(own, huddle, profiles[number]), 0);
        cr_assert_eq(mc_session_act_as(own, profiles[number]), 0);
        if (i < 4 || number % 2)
            cr_assert_eq(mc_huddle_leave(own, huddle), 0, "%s", mc_session_error(own)->message);
    }
}

Test(huddles, count_right_after_sixteen_came_and_went_at_once)
{
    int64_t profiles[16];
    char name[20];

    begin_one();
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "sailor%d", i);
        profiles[i] = act_as(name);
    }
    at_once(16, "sailor%d", come_and_go, profiles);
    cr_expect_eq(participants(), 2 + 8);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.watchers WHERE item_type = 5"), 10);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 5 AND"
                              " action = 'update'"),
                 16 * 5 + 16 * 4 + 8);
}

Test(huddles, vanish_with_the_last_one)
{
    int64_t comment;

    begin_one();
    must(say(&comment, "Bye"));
    must(mc_huddle_leave(session, huddle));
    act_as("bob");
    must(mc_huddle_leave(session, huddle));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.huddles"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.comments"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 5 AND"
                              " action = 'delete' AND item_id = %lld",
                              ID(huddle)),
                 1);
    expect_shut(huddle);
    act_as("alice");
    expect_shut(huddle);
}
