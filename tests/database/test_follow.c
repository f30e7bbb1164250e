/*
 * Following the change feed: writes of one process invalidate the cache of another, whatever
 * happens to wake-ups, connections and transactions. Two apps on one database stand for two
 * processes; the tests put entries into their caches directly, one for each subject.
 */
#include "fail_alloc.h"
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include "cache/cache.h"
#include "domain/base/handles.h"
#include "domain/base/invalidation.h"
#include "domain/feed/changes.h"
#include "domain/feed/follow.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static mc_app *other; /* the other process; forum_app writes */
static pthread_t runner[2];
static PGconn *by_hand, *bell;
static int64_t site, conversation, alice, token_id;

/* The two processes. */

static void *run(void *app)
{
    mc_app_run(app);
    return NULL;
}

static mc_app *open_app(const char *database)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;

    options.database = database;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    return app;
}

static bool wait_for(bool (*is_so)(const void *), const void *data)
{
    int waited = 0;

    while (!is_so(data))
        if (!wait_a_moment(&waited))
            return false;
    return true;
}

static bool is_trusted(const void *app)
{
    return mc__cache_is_trusted(((const mc_app *)app)->cache);
}

static void begin_still(void)
{
    char token[MC_TOKEN_SIZE];

    forum_open();
    site = mc_session_site(session);
    by_hand = test_database_connect(forum_database);
    bell = test_database_connect(forum_database);
    alice = act_as("alice");
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    must(mc_token_create(token, session, "alice@example.org", 1));
    token_id = forum_number("SELECT max(token_id) FROM microcosm.access_tokens");
    other = open_app(forum_database);
}

static void end_still(void)
{
    PQfinish(by_hand);
    PQfinish(bell);
    mc_app_free(other);
    forum_close();
}

static void begin(void)
{
    begin_still();
    pthread_create(&runner[0], NULL, run, forum_app);
    pthread_create(&runner[1], NULL, run, other);
    cr_assert(wait_for(is_trusted, other) && wait_for(is_trusted, forum_app));
}

static void stop(mc_app *app, pthread_t thread)
{
    mc_app_stop(app);
    pthread_join(thread, NULL);
}

static void end(void)
{
    stop(forum_app, runner[0]);
    stop(other, runner[1]);
    end_still();
}

TestSuite(follow, .init = begin, .fini = end, .timeout = 300);
TestSuite(follow_by_steps, .init = begin_still, .fini = end_still, .timeout = 300);

/* Entries in the cache of a process. */

static const mc__cache_key key = {.kind = 1000};

static void put_entry(mc_app *app, mc__subject subject)
{
    void *entry = mc__entry_new(sizeof(mc__entry), mc__cache_moment(app->cache));

    mc__entry_depends_on(entry, subject);
    mc__cache_put(app->cache, &key, entry);
    mc__entry_release(entry);
}

static bool has_entry(mc_app *app)
{
    mc_auto_entry mc__entry *entry = mc__cache_find(app->cache, &key);

    return entry != NULL;
}

/* To wait for: while the cache isn't trusted, as after a pass that took long, nothing is found. */
static bool keeps(const void *app)
{
    return has_entry((mc_app *)app);
}

static bool has_forgotten(const void *app)
{
    return is_trusted(app) && !has_entry((mc_app *)app);
}

/* Puts an entry for the subject into the cache, and waits until the cache is trusted. */
static void cache_reliably(mc_app *app, mc__subject subject)
{
    for (int waited = 0; !has_entry(app) && wait_a_moment(&waited);) {
        cr_assert(wait_for(is_trusted, app));
        put_entry(app, subject);
    }
    cr_assert(has_entry(app));
}

static mc__subject the_item(void)
{
    return (mc__subject){MC_SUBJECT_ITEM, site, conversation};
}

static int64_t clears(mc_app *app)
{
    mc__cache_stats stats;

    mc__cache_count(app->cache, &stats);
    return (int64_t)stats.clears;
}

static mc__follow_stats follow_stats(mc_app *app)
{
    mc__follow_stats stats;

    mc__follow_count(app, &stats);
    return stats;
}

/* Waits until a pass that began later than now has ended and its changes are applied. Without a
 * wake-up this takes up to the polling interval of a second. */
static void wait_for_passes(mc_app *app)
{
    int64_t passes = follow_stats(app).passes;

    for (int waited = 0; follow_stats(app).passes < passes + 2 && wait_a_moment(&waited);)
        PQclear(test_sql(bell, "NOTIFY microcosm"));
    cr_assert_geq(follow_stats(app).passes, passes + 2);
}

static void step_until_trusted(mc_app *app)
{
    for (int waited = 0; !is_trusted(app) && wait_a_moment(&waited);)
        mc_app_step(app);
    cr_assert(is_trusted(app));
}

static void sql(const char *text)
{
    PQclear(test_sql(by_hand, text));
}

/* In ordinary running. */

Test(follow, reaches_the_other_process_before_it_polls)
{
    int64_t woken = follow_stats(other).woken;

    for (int i = 0; i < 20; i++) {
        char text[30];

        cache_reliably(other, the_item());
        snprintf(text, sizeof(text), "Knot %d", i);
        make_comment(conversation, text);
        cr_assert(wait_for(has_forgotten, other));
    }
    cr_expect_geq(follow_stats(other).woken - woken, 5, "wake-ups may come together");
}

Test(follow, keeps_what_has_not_changed)
{
    cache_reliably(other, (mc__subject){MC_SUBJECT_ITEM, site, conversation + 1});
    make_comment(conversation, "Bowline");
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other));
}

Test(follow, skips_its_own_writes)
{
    int64_t told;

    wait_for_passes(forum_app);
    told = follow_stats(forum_app).told;
    make_comment(conversation, "Bowline");
    wait_for_passes(forum_app);
    wait_for_passes(other);
    cr_expect_eq(follow_stats(forum_app).told, told);
    cr_expect_gt(follow_stats(other).told, 0);
}

Test(follow, does_not_skip_its_own_writes_of_a_lost_connection)
{
    int64_t told = follow_stats(forum_app).told;

    mc__follow_wrote(forum_app->follow, MC_UNSURE, 0);
    wait_for_passes(forum_app); /* one may have begun before */
    make_comment(conversation, "Bowline");
    wait_for_passes(forum_app);
    cr_expect_gt(follow_stats(forum_app).told, told);
}

/* A pass between the commit and the loss of the connection may have skipped the change as the
 * process's own. */
Test(follow_by_steps, clears_the_cache_when_a_connection_was_lost)
{
    step_until_trusted(forum_app);
    put_entry(forum_app, the_item());
    cr_assert(has_entry(forum_app));
    mc__follow_wrote(forum_app->follow, MC_UNSURE, 0);
    cr_expect_not(has_entry(forum_app));
    step_until_trusted(forum_app);
    cr_expect_not(has_entry(forum_app));
}

Test(follow, is_not_delayed_by_an_open_transaction)
{
    char text[200];

    snprintf(text, sizeof(text),
             "BEGIN; SET LOCAL microcosm.site_id = 0; INSERT INTO microcosm.changes"
             " (site_id, item_type, item_id, action) VALUES (%lld, 6, %lld, 'update')",
             (long long)site, (long long)conversation + 1);
    sql(text);
    cache_reliably(other, the_item());
    make_comment(conversation, "Bowline");
    cr_expect(wait_for(has_forgotten, other));

    cache_reliably(other, (mc__subject){MC_SUBJECT_ITEM, site, conversation + 1});
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other));
    make_comment(conversation, "Sheet bend");
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other));
    sql("COMMIT");
    cr_expect(wait_for(has_forgotten, other), "it is told when it ends, whatever was told before");
}

Test(follow, clears_the_cache_after_too_many_changes)
{
    int64_t before;

    cache_reliably(other, the_item());
    before = clears(other);
    forum_sql("INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
              " SELECT %lld, 6, 100000 + i, 'create' FROM generate_series(1, 3000) i",
              (long long)site);
    cr_expect(wait_for(has_forgotten, other));
    cr_expect_gt(clears(other), before);
}

Test(follow, clears_the_cache_on_request_of_an_operator)
{
    int64_t before;

    cache_reliably(other, (mc__subject){MC_SUBJECT_ITEM, site, 999});
    before = clears(other);
    sql("NOTIFY microcosm, 'all'");
    cr_expect(wait_for(has_forgotten, other));
    cr_expect_eq(clears(other), before + 1);
}

/* Trouble. */

static void end_connections(void)
{
    PGconn *server = test_server_connect();
    char text[300];

    snprintf(text, sizeof(text),
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
             "'microcosm' AND datname = '%s'",
             PQdb(by_hand));
    PQclear(test_sql(server, text));
    PQfinish(server);
}

Test(follow, goes_on_after_its_connection_was_lost)
{
    cache_reliably(other, the_item());
    for (int i = 0; i < 3; i++) {
        end_connections();
        forum_sql("INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
                  " VALUES (%lld, 6, %lld, 'update')",
                  (long long)site, (long long)conversation);
        cr_expect(wait_for(has_forgotten, other));
        cache_reliably(other, the_item());
    }
}

Test(follow, distrusts_the_cache_while_the_database_is_away)
{
    PGconn *server = test_server_connect();
    char text[200];

    cache_reliably(other, the_item());
    snprintf(text, sizeof(text), "ALTER DATABASE %s ALLOW_CONNECTIONS false", PQdb(by_hand));
    PQclear(test_sql(server, text));
    end_connections();
    for (int waited = 0; is_trusted(other) && wait_a_moment(&waited);)
        ;
    cr_expect_not(is_trusted(other));
    cr_expect_not(has_entry(other));
    snprintf(text, sizeof(text), "ALTER DATABASE %s ALLOW_CONNECTIONS true", PQdb(by_hand));
    PQclear(test_sql(server, text));
    PQfinish(server);
    cr_expect(wait_for(is_trusted, other));
}

/* Changes made by hand. */

typedef struct by_hand_case {
    const char *statement; /* @site, @alice, her @user, her @token */
    mc__subject subject;   /* site -1: that one; id -1 alice, -2 her user, -3 her token */
} by_hand_case;

static const by_hand_case cases[] = {
    {"INSERT INTO microcosm.roles (site_id, microcosm_id, title) SELECT @site, microcosm_id, 'x'"
     " FROM microcosm.microcosms WHERE site_id = @site",
     {MC_SUBJECT_SITE, -1, 0}},
    {"UPDATE microcosm.roles SET can_read = false WHERE site_id = @site", {MC_SUBJECT_SITE, -1, 0}},
    {"INSERT INTO microcosm.role_criteria (site_id, role_id, profile_column, predicate, "
     "value_number)"
     " SELECT site_id, role_id, 'id', 'gt', 1 FROM microcosm.roles WHERE site_id = @site",
     {MC_SUBJECT_SITE, -1, 0}},
    {"UPDATE microcosm.role_criteria SET value_number = 2 WHERE site_id = @site",
     {MC_SUBJECT_SITE, -1, 0}},
    {"INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)"
     " SELECT site_id, role_id, @alice FROM microcosm.roles WHERE site_id = @site",
     {MC_SUBJECT_ACTOR, -1, -1}},
    {"DELETE FROM microcosm.role_profiles WHERE site_id = @site", {MC_SUBJECT_ACTOR, -1, -1}},
    {"DELETE FROM microcosm.role_criteria WHERE site_id = @site", {MC_SUBJECT_SITE, -1, 0}},
    {"DELETE FROM microcosm.roles WHERE site_id = @site AND title = 'x'", {MC_SUBJECT_SITE, -1, 0}},
    {"INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
     " VALUES (@site, @alice, 3, 5)",
     {MC_SUBJECT_ACTOR, -1, -1}},
    {"DELETE FROM microcosm.ignores WHERE site_id = @site", {MC_SUBJECT_ACTOR, -1, -1}},
    {"INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)"
     " VALUES (@site, 3, @alice, 'is_member', true)",
     {MC_SUBJECT_ACTOR, -1, -1}},
    {"UPDATE microcosm.attributes SET value_boolean = false WHERE site_id = @site",
     {MC_SUBJECT_ACTOR, -1, -1}},
    {"INSERT INTO microcosm.site_bans (site_id, user_id) VALUES (@site, @user)",
     {MC_SUBJECT_USER, 0, -2}},
    {"UPDATE microcosm.site_bans SET expires = now() WHERE site_id = @site",
     {MC_SUBJECT_USER, 0, -2}},
    {"DELETE FROM microcosm.site_bans WHERE site_id = @site", {MC_SUBJECT_USER, 0, -2}},
    {"UPDATE microcosm.users SET email = 'new@b' WHERE user_id = @user", {MC_SUBJECT_USER, 0, -2}},
    {"UPDATE microcosm.access_tokens SET expires = now() WHERE token_id = @token",
     {MC_SUBJECT_TOKEN, 0, -3}},
    {"UPDATE microcosm.sites SET title = 'Other' WHERE site_id = @site", {MC_SUBJECT_SITE, -1, 0}},
    {"INSERT INTO microcosm.menu_links (site_id, position, href, text)"
     " VALUES (@site, 0, '/', 'Home')",
     {MC_SUBJECT_SITE, -1, 0}},
    {"UPDATE microcosm.microcosms SET is_moderated = true WHERE site_id = @site",
     {MC_SUBJECT_CONTENT, -1, 0}},
    {"UPDATE microcosm.profiles SET profile_name = 'Alice' WHERE profile_id = @alice",
     {MC_SUBJECT_PROFILE, -1, -1}},
    {"UPDATE microcosm.profiles SET avatar = '/x.png' WHERE profile_id = @alice",
     {MC_SUBJECT_PROFILE, -1, -1}},
    {"UPDATE microcosm.profiles SET gender = 'other' WHERE profile_id = @alice",
     {MC_SUBJECT_ACTOR, -1, -1}},
    {"UPDATE microcosm.profiles SET all_read_at = now() WHERE profile_id = @alice",
     {MC_SUBJECT_OWN, -1, -1}},
    {"UPDATE microcosm.profiles SET huddles_read_at = now() WHERE profile_id = @alice",
     {MC_SUBJECT_OWN, -1, -1}},
};

/* The statement with its numbers in place. */
static const char *fill_in(const char *statement)
{
    static char text[1000];
    int64_t user = forum_number("SELECT user_id FROM microcosm.profiles WHERE profile_id = %lld",
                                (long long)alice);
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"@site", site}, {"@alice", alice}, {"@user", user}, {"@token", token_id}};
    size_t length = 0;

    while (*statement) {
        size_t i = 0;

        while (i < 4 && strncmp(statement, numbers[i].name, strlen(numbers[i].name)) != 0)
            i++;
        if (i == 4) {
            text[length++] = *statement++;
        } else {
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%lld",
                                       (long long)numbers[i].value);
            statement += strlen(numbers[i].name);
        }
    }
    text[length] = '\0';
    return text;
}

static mc__subject subject_of(mc__subject subject)
{
    if (subject.site_id == -1)
        subject.site_id = site;
    if (subject.id == -1)
        subject.id = alice;
    if (subject.id == -2)
        subject.id = forum_number("SELECT user_id FROM microcosm.profiles WHERE profile_id = %lld",
                                  (long long)alice);
    if (subject.id == -3)
        subject.id = token_id;
    return subject;
}

/* Whether a backend sends a notification to a listening connection. */
static bool is_woken(PGconn *ear, int64_t backend)
{
    for (int waited = 0; wait_a_moment(&waited);) {
        PGnotify *note;

        PQconsumeInput(ear);
        while ((note = PQnotifies(ear))) {
            bool is_its = note->be_pid == backend;

            PQfreemem(note);
            if (is_its)
                return true;
        }
    }
    return false;
}

Test(follow, sees_rights_changed_by_hand)
{
    PGconn *ear = test_database_connect(forum_database);
    int64_t hand = forum_number("SELECT pg_backend_pid()");

    PQclear(test_sql(ear, "LISTEN microcosm"));
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        cache_reliably(other, subject_of(cases[i].subject));
        forum_sql("%s", fill_in(cases[i].statement));
        cr_expect(is_woken(ear, hand), "wakes nobody: %s", cases[i].statement);
        cr_assert(wait_for(has_forgotten, other), "%s", cases[i].statement);
    }
    PQfinish(ear);
}

Test(follow, applies_the_changes_of_its_own_triggers)
{
    act_as("alice");
    cache_reliably(forum_app, (mc__subject){MC_SUBJECT_ACTOR, site, alice});
    forum_sql("INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
              " VALUES (%lld, %lld, 3, 5)",
              (long long)site, (long long)alice);
    cr_expect(wait_for(has_forgotten, forum_app));
    must(mc_ignore_set(session, MC_ITEM_CONVERSATION, conversation, true));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes"
                              " WHERE item_type = 14 AND origin IS NULL"),
                 1, "what the library writes it puts into the feed itself");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 14"), 2);
}

Test(follow, works_without_a_site_for_tokens)
{
    PGconn *plain = test_database_connect(forum_database);

    cache_reliably(other, (mc__subject){MC_SUBJECT_TOKEN, 0, token_id});
    PQclear(test_sql(plain, "DELETE FROM microcosm.access_tokens"));
    cr_expect(wait_for(has_forgotten, other));
    PQfinish(plain);
}

Test(follow, ignores_counters)
{
    int64_t newest = forum_number("SELECT max(change_id) FROM microcosm.changes");

    forum_sql(
        "UPDATE microcosm.profiles SET comment_count = 7, last_active = now(), item_count = 3");
    forum_sql("UPDATE microcosm.profiles SET profile_name = profile_name, avatar = avatar");
    forum_sql("UPDATE microcosm.access_tokens SET created = now()");
    cr_expect_eq(forum_number("SELECT max(change_id) FROM microcosm.changes"), newest);
}

Test(follow, sees_a_sessions_transaction_when_it_commits)
{
    cache_reliably(other, the_item());
    must(mc_session_begin(session));
    make_comment(conversation, "Bowline");
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other));
    must(mc_session_commit(session));
    cr_expect(wait_for(has_forgotten, other));
}

/* The host's connection. */

Test(follow, sees_a_hosts_transaction_when_it_commits)
{
    must(mc_session_use_connection(session, by_hand));
    sql("BEGIN");
    cache_reliably(other, the_item());
    make_comment(conversation, "Bowline");
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other), "it may yet be rolled back");
    sql("COMMIT");
    cr_expect(wait_for(has_forgotten, other));
    cr_expect(wait_for(has_forgotten, forum_app));
}

Test(follow, sees_its_own_hosts_commit_at_once)
{
    must(mc_session_use_connection(session, by_hand));
    for (int i = 0; i < 20; i++) {
        char text[30];

        cache_reliably(forum_app, the_item());
        snprintf(text, sizeof(text), "Knot %d", i);
        sql("BEGIN");
        make_comment(conversation, text);
        cr_expect_not(has_entry(forum_app), "it may be committed any moment");
        if (i % 3 == 0)
            wait_for_passes(forum_app);
        cr_expect_not(has_entry(forum_app), "not even a pass helps meanwhile");
        sql("COMMIT");
        cr_expect_not(has_entry(forum_app));
    }
    cr_expect(wait_for(has_forgotten, forum_app), "it is trusted again");
}

/* A transaction that a host has begun to write in. */
static PGconn *open_transaction(void)
{
    PGconn *host = test_database_connect(forum_database);
    PGresult *rows;

    PQclear(test_sql(host, "BEGIN"));
    rows = test_sql(host, "SELECT pg_current_xact_id()");
    mc__follow_wrote(forum_app->follow, MC_LEFT_TO_HOST,
                     strtoull(PQgetvalue(rows, 0, 0), NULL, 10));
    PQclear(rows);
    return host;
}

Test(follow, suspends_the_cache_while_any_hosts_transaction_is_open)
{
    PGconn *first = open_transaction(), *second = open_transaction();

    wait_for_passes(forum_app);
    cr_expect_not(is_trusted(forum_app));
    PQclear(test_sql(first, "ROLLBACK"));
    wait_for_passes(forum_app);
    cr_expect_not(is_trusted(forum_app), "the second goes on");
    PQfinish(second); /* implies a rollback */
    cr_expect(wait_for(is_trusted, forum_app));
    PQfinish(first);
}

Test(follow, suspends_the_cache_for_more_transactions_than_it_counts)
{
    PGconn *last;

    for (uint64_t ended = 3; ended < 103; ended++)
        mc__follow_wrote(forum_app->follow, MC_LEFT_TO_HOST, ended);
    last = open_transaction();
    wait_for_passes(forum_app);
    cr_expect_not(is_trusted(forum_app));
    PQclear(test_sql(last, "COMMIT"));
    cr_expect(wait_for(is_trusted, forum_app));
    PQfinish(last);
}

Test(follow, ignores_a_hosts_transaction_that_is_rolled_back)
{
    must(mc_session_use_connection(session, by_hand));
    cache_reliably(other, the_item());
    sql("BEGIN");
    make_comment(conversation, "Bowline");
    sql("ROLLBACK");
    wait_for_passes(other);
    cr_expect(wait_for(keeps, other));
}

Test(follow, sees_a_write_on_a_hosts_connection_outside_of_a_transaction)
{
    must(mc_session_use_connection(session, by_hand));
    cache_reliably(other, the_item());
    make_comment(conversation, "Bowline");
    cr_expect(wait_for(has_forgotten, other));
}

/* By a host's own loop. */

Test(follow_by_steps, has_a_descriptor_that_is_readable_when_due)
{
    struct pollfd called = {.fd = mc_app_poll_fd(other), .events = POLLIN};
    int64_t wait = 0;

    step_until_trusted(other);
    step_until_trusted(forum_app);
    while (poll(&called, 1, 0) > 0)
        wait = mc_app_step(other);
    put_entry(other, the_item());
    make_comment(conversation, "Bowline");
    cr_expect_eq(poll(&(struct pollfd){.fd = mc_app_poll_fd(forum_app), .events = POLLIN}, 1, 0), 1,
                 "there is a wake-up to send");
    mc_app_step(forum_app);
    cr_expect_eq(poll(&called, 1, WAIT_MOST_MS), 1);
    for (int waited = 0; has_entry(other) && wait_a_moment(&waited);) {
        wait = mc_app_step(other);
        usleep((useconds_t)wait * 1000);
    }
    cr_expect_not(has_entry(other), "it says when to call again");
    cr_expect_eq(poll(&called, 1, 0), 0, "all was heard");
    cr_expect_eq(mc_app_poll_fd(NULL), -1);
}

static void step_until_passes(mc_app *app, int64_t more)
{
    int64_t passes = follow_stats(app).passes;

    for (int waited = 0; follow_stats(app).passes < passes + more && wait_a_moment(&waited);)
        mc_app_step(app);
    cr_assert_geq(follow_stats(app).passes, passes + more);
}

static void step_until_forgotten(mc_app *app)
{
    for (int waited = 0; has_entry(app) && wait_a_moment(&waited);)
        mc_app_step(app);
    cr_expect_not(has_entry(app));
}

static bool is_called(mc_app *app, int wait_ms)
{
    return poll(&(struct pollfd){.fd = mc_app_poll_fd(app), .events = POLLIN}, 1, wait_ms) == 1;
}

static void step_until_quiet(mc_app *app)
{
    while (is_called(app, 0))
        mc_app_step(app);
}

Test(follow_by_steps, sends_no_wake_up_without_peers)
{
    step_until_trusted(forum_app);
    step_until_passes(forum_app, 1);
    make_comment(conversation, "To nobody");
    cr_expect_not(is_called(forum_app, 0));

    step_until_trusted(other);
    put_entry(other, the_item());
    make_comment(conversation, "To somebody of whom it hasn't heard");
    step_until_quiet(other);
    cr_expect(is_called(forum_app, WAIT_MOST_MS), "it is told that somebody is there");
    mc_app_step(forum_app);
    cr_expect(is_called(other, WAIT_MOST_MS), "what was written meanwhile is told");
    step_until_forgotten(other);

    make_comment(conversation, "To somebody");
    cr_expect(is_called(forum_app, 0));
}

Test(follow_by_steps, sends_the_last_wake_up_when_the_app_ends)
{
    struct pollfd called = {.fd = mc_app_poll_fd(other), .events = POLLIN};
    mc_app *third = open_app(forum_database);
    mc_visit visit = MC_VISIT_INIT;
    mc_session *brief = NULL;
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation,
                            .markdown = "Just this"};
    int64_t id;

    step_until_trusted(other);
    while (poll(&called, 1, 0) > 0)
        mc_app_step(other);
    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&brief, third), 0);
    cr_assert_eq(mc_session_enter(brief, &visit), 0);
    cr_assert_eq(mc_session_act_as(brief, alice), 0);
    cr_assert_eq(mc_comment_create(&id, brief, &edit), 0);
    mc_session_free(brief);
    mc_app_free(third);
    cr_expect_eq(poll(&called, 1, WAIT_MOST_MS), 1);
}

Test(follow_by_steps, polls_often_without_notifications)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation,
                            .markdown = "From behind pgbouncer"};
    mc_session *behind = NULL;
    mc_app *deaf = NULL;
    int64_t id, told;

    options.database = forum_database;
    options.prepare = MC_NO;
    visit.site_key = "test";
    cr_assert_eq(mc_app_new(&deaf, &options, NULL), 0);
    step_until_trusted(deaf);
    cr_expect_leq(mc_app_step(deaf), 50);
    put_entry(deaf, the_item());
    make_comment(conversation, "Bowline");
    step_until_forgotten(deaf);

    told = follow_stats(deaf).told;
    cr_assert_eq(mc_session_new(&behind, deaf), 0);
    cr_assert_eq(mc_session_enter(behind, &visit), 0);
    cr_assert_eq(mc_session_act_as(behind, alice), 0);
    cr_assert_eq(mc_comment_create(&id, behind, &edit), 0);
    mc_session_free(behind);
    step_until_passes(deaf, 2);
    cr_expect_eq(follow_stats(deaf).told, told, "its own rows bear its mark there too");
    mc_app_free(deaf);
}

Test(follow_by_steps, can_be_stopped_before_it_runs)
{
    mc_app_stop(other);
    cr_expect_eq(mc_app_run(other), 0);
}

Test(follow_by_steps, logs_nothing_without_a_schema)
{
    char *empty = test_database_new_empty();
    mc_app *early = open_app(empty);

    for (int i = 0; i < 5; i++) {
        cr_expect_geq(mc_app_step(early), 0);
        usleep(20000);
    }
    cr_expect_not(is_trusted(early));
    cr_assert_eq(mc_app_migrate(early, NULL), 0);
    step_until_trusted(early);
    mc_app_free(early);
    test_database_drop(empty);
}

Test(follow_by_steps, applies_all_changes_whatever_allocation_fails)
{
    bool failed = true;

    for (size_t n = 1; failed; n++) {
        mc_app *app = open_app(forum_database);

        cr_assert_lt(n, 500);
        step_until_trusted(app);
        put_entry(app, the_item());
        forum_sql("INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
                  " VALUES (%lld, 6, %lld, 'update')",
                  (long long)site, (long long)conversation);
        usleep(6000); /* wake-ups are combined for this time */
        fail_alloc_at(n);
        mc_app_step(app);
        failed = fail_alloc_stop();
        for (int waited = 0; !has_forgotten(app) && wait_a_moment(&waited);)
            mc_app_step(app);
        cr_expect(has_forgotten(app), "allocation %zu", n);
        mc_app_free(app);
    }
}

/* Figures. */

static int get_stats(void)
{
    mc_app_stats *stats = NULL;
    int rc = mc_app_stats_get(&stats, other);

    cr_assert_eq(rc == 0, stats != NULL);
    mc_record_free(stats);
    return rc;
}

Test(follow_by_steps, has_figures)
{
    mc_app_stats *stats = NULL;

    cr_assert_eq(mc_app_stats_get(&stats, other), 0);
    cr_expect_eq(stats->feed_age_ms, -1);
    cr_expect_not(stats->cache_trusted);
    mc_record_free(stats);
    step_until_trusted(other);
    mc__cache_trust(other->cache, INT64_MAX); /* however long the rest takes */
    put_entry(other, the_item());
    has_entry(other);
    cr_assert_eq(mc_app_stats_get(&stats, other), 0);
    cr_expect(stats->cache_trusted);
    cr_expect_eq(stats->cache_entries, 1);
    cr_expect_eq(stats->cache_hits, 1);
    cr_expect_gt(stats->cache_bytes, 0);
    cr_expect_gt(stats->cache_most_bytes, stats->cache_bytes);
    cr_expect_geq(stats->feed_passes, 1);
    cr_expect_eq(stats->feed_passes, follow_stats(other).passes);
    cr_expect_eq(stats->feed_wakeups, follow_stats(other).woken);
    cr_expect_gt(stats->feed_position, 0);
    cr_expect_geq(stats->feed_age_ms, 0);
    cr_expect_gt(stats->pool_size, 0);
    cr_expect_eq(stats->pool_lent, 0);
    mc_record_free(stats);
    cr_expect_eq(mc_app_stats_get(&stats, NULL), MC_ESTATE);
    cr_expect_geq(fail_each(get_stats), 1);
}

/* Trimming. */

static void age_feed(void)
{
    forum_sql("UPDATE microcosm.changes SET created = created - interval '4 days'");
}

static int64_t rows_kept(void)
{
    return forum_number("SELECT count(*) FROM microcosm.changes");
}

/* Open transactions of other tests on the same server delay trimming. */
static void trim(void)
{
    for (int waited = 0; rows_kept() > 0 && wait_a_moment(&waited);)
        must(mc_job_run(session, "trim-feed"));
}

static char *cursor_now(void)
{
    static char cursor[2000]; /* names each transaction that is open on the server */
    mc_change_list *list = NULL;

    must(mc_changes_next(&list, session, "now", 0));
    snprintf(cursor, sizeof(cursor), "%s", list->cursor);
    mc_record_free(list);
    return cursor;
}

/* Actions and kinds of the changes since a cursor; may wait for them. */
static const char *next(const char *cursor)
{
    static char text[500];

    text[0] = '\0';
    for (int waited = 0; !text[0] && wait_a_moment(&waited);) {
        mc_change_list *list = NULL;

        must(mc_changes_next(&list, session, cursor, 0));
        for (size_t i = 0; i < list->changes.count; i++) {
            const mc_change *change = list->changes.items[i];

            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %s", i ? ", " : "",
                     change->action, change->item_type);
        }
        mc_record_free(list);
    }
    return text;
}

static bool reaches(const char *cursor)
{
    return atoll(strchr(cursor, '.') + 1) ==
           forum_number("SELECT max(change_id) FROM microcosm.changes");
}

static char *newest_cursor(void)
{
    char *cursor = cursor_now();

    for (int waited = 0; !reaches(cursor) && wait_a_moment(&waited);)
        cursor = cursor_now();
    return cursor;
}

Test(follow_by_steps, keeps_young_changes)
{
    int64_t before = rows_kept();

    must(mc_job_run(session, "trim-feed"));
    cr_expect_eq(rows_kept(), before);
}

Test(follow_by_steps, trims_old_changes_and_reports_it)
{
    mc_change_list *list = NULL;
    char old[2000], end[2000];

    snprintf(old, sizeof(old), "%s", newest_cursor());
    make_comment(conversation, "Bowline");
    snprintf(end, sizeof(end), "%s", newest_cursor());
    age_feed();
    trim();
    cr_assert_eq(rows_kept(), 0);
    must_fail(mc_changes_next(&list, session, old, 0), MC_EGONE);
    must_fail(mc_changes_next(&list, session, "0.0", 0), MC_EGONE);
    cr_expect_null(list);
    cr_expect_eq(strncmp(cursor_now(), end, strcspn(end, "@")), 0, "the same place");
    make_comment(conversation, "Sheet bend");
    cr_expect_str_eq(next(end), "create comment", "nothing was lost behind this one");
    cr_expect_str_eq(next(NULL), "create comment", "what is left");
}

Test(follow_by_steps, notices_that_it_missed_trimmed_changes)
{
    int64_t before;

    step_until_trusted(other);
    put_entry(other, (mc__subject){MC_SUBJECT_ITEM, site, 999});
    make_comment(conversation, "Bowline");
    age_feed();
    trim();
    before = clears(other);
    for (int waited = 0; clears(other) == before && wait_a_moment(&waited);)
        mc_app_step(other);
    cr_expect_gt(clears(other), before);
    cr_expect_not(has_entry(other));
}

/* Rights. */

Test(follow_by_steps, shows_no_changes_of_rights_and_others_once)
{
    char cursor[2000];
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Boats", .edit_reason = "shorter"};
    mc_profile_edit name = {.size = sizeof(name), .profile_name = "skipper"};

    snprintf(cursor, sizeof(cursor), "%s", newest_cursor());
    for (size_t i = 0; i < MC_COUNT(cases); i++)
        if (cases[i].subject.kind == MC_SUBJECT_ACTOR && !strstr(cases[i].statement, "gender"))
            forum_sql("%s", fill_in(cases[i].statement));
    forum_sql("DELETE FROM microcosm.access_tokens");
    must(mc_microcosm_edit_save(session, root_microcosm(), &edit));
    must(mc_profile_edit_save(session, mc_session_profile(session), &name));
    forum_sql("UPDATE microcosm.microcosms SET title = 'Ships' WHERE site_id = %lld",
              (long long)site);
    newest_cursor();
    cr_expect_str_eq(next(cursor), "replace microcosm, replace profile, update microcosm");
}
