/* Work that follows writes: each change once for each kind, done at least once whoever dies. */
#include "domain/base/handles.h"
#include "domain/work/queue.h"
#include "domain/work/update_making.h"
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <microcosm/queue.h>
#include <pthread.h>
#include <string.h>

TestSuite(queue, .init = forum_open, .fini = forum_close, .timeout = 300);

static int64_t rows(const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.queue WHERE %s", condition);
}

/* What the functions below were given. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t calls, given, most;
static int64_t kept[16];

static int take_all(mc__queue_part *part)
{
    pthread_mutex_lock(&lock);
    calls++;
    given += part->count;
    most = part->count > most ? part->count : most;
    pthread_mutex_unlock(&lock);
    return 0;
}

/* Refuses rows about microcosm 13, so all that come with one. */
static int dislike_13(mc__queue_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->rows[i].item_id == 13)
            return mc__fail(part->problem, MC_EUNAVAILABLE, "no %d", 13);
    return take_all(part);
}

static int keep(mc__queue_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        kept[given + i] = part->rows[i].queue_id;
    part->is_kept = true;
    return take_all(part);
}

static const mc__queue_kind comments = {.name = "comments",
                                        .item_types = MC_QUEUE_OF(MC_ITEM_COMMENT),
                                        .actions = MC_QUEUE_CREATE | MC_QUEUE_DELETE,
                                        .at_once = 100,
                                        .lease_s = 60,
                                        .tries = 3,
                                        .work = take_all};
static const mc__queue_kind put_by_hand = {
    .name = "by_hand", .at_once = 10, .lease_s = 60, .tries = 3, .work = dislike_13};
static const mc__queue_kind patient = {
    .name = "by_hand", .at_once = 10, .lease_s = 60, .tries = 20, .work = take_all};
static const mc__queue_kind slow = {
    .name = "by_hand", .at_once = 10, .lease_s = 600, .tries = 3, .work = keep};

static mc_app *another_app(void)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;

    options.database = forum_database;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    return app;
}

static void step(mc_app *app, const mc__queue_kind *kinds)
{
    mc__queue_set_due(app, kinds, 1);
    mc_app_step(app);
}

static void step_until_gone(const mc__queue_kind *kinds, const char *condition)
{
    for (int waited = 0; rows(condition) > 0 && wait_a_moment(&waited);)
        step(forum_app, kinds);
    cr_assert_eq(rows(condition), 0);
}

static void put(int from, int to)
{
    forum_sql("INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)"
              " SELECT 1, 'by_hand', 2, n FROM generate_series(%d, %d) n",
              from, to);
}

static void put_changes(int count, const char *item_type, const char *action)
{
    forum_sql("INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
              " SELECT 1, %s, n, '%s' FROM generate_series(1, %d) n",
              item_type, action, count);
}

static void come_due(void)
{
    forum_sql("UPDATE microcosm.queue SET due = now() WHERE due IS NOT NULL");
}

static bool has_position_moved(void)
{
    return forum_number("SELECT count(*) FROM microcosm.queue_position p WHERE until IS NULL AND"
                        " NOT EXISTS (SELECT FROM microcosm.changes c WHERE NOT"
                        " pg_visible_in_snapshot(c.transaction, p.since))") == 1;
}

static void step_to_the_end(const mc__queue_kind *kinds)
{
    for (int waited = 0;
         (!has_position_moved() || rows("due IS NOT NULL") > 0) && wait_a_moment(&waited);)
        step(forum_app, kinds);
    cr_assert(has_position_moved());
}

Test(queue, gets_each_change_that_a_kind_follows_once)
{
    step_to_the_end(&comments);
    calls = given = most = 0;
    put_changes(1234, "4", "create");
    put_changes(7, "4", "update");
    put_changes(7, "6", "create");
    put_changes(1, "4", "delete");
    step_to_the_end(&comments);
    cr_expect_eq(given, 1235);
    cr_expect_leq(most, 100);
    step(forum_app, &comments);
    cr_expect_eq(given, 1235);
}

Test(queue, gets_changes_that_were_committed_late_once)
{
    PGconn *late = PQconnectdb(forum_database);
    const char *insert = "INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
                         " VALUES (1, 4, 1, 'create')";

    step_to_the_end(&comments);
    given = 0;
    PQclear(PQexec(late, "SET microcosm.site_id = 0"));
    PQclear(PQexec(late, "BEGIN"));
    PQclear(PQexec(late, insert));
    put_changes(3, "4", "create");
    for (int waited = 0; given < 3 && wait_a_moment(&waited);)
        step(forum_app, &comments);
    cr_expect_eq(given, 3, "an open transaction holds up nobody");
    PQclear(PQexec(late, "COMMIT"));
    PQfinish(late);
    put_changes(1, "4", "create");
    for (int waited = 0; given < 5 && wait_a_moment(&waited);)
        step(forum_app, &comments);
    step_to_the_end(&comments);
    cr_expect_eq(given, 5);
}

static void run_steps(mc_session *own, int number, void *data)
{
    (void)own;
    (void)number;
    (void)data;
    for (int i = 0; i < 40; i++)
        step(forum_app, &comments);
}

Test(queue, is_shared_by_all_who_step)
{
    mc_app *other = another_app();

    step_to_the_end(&comments);
    given = 0;
    put_changes(3000, "4", "create");
    at_once(4, "alice", run_steps, NULL);
    for (int waited = 0; given < 3000 && wait_a_moment(&waited);) {
        step(other, &comments);
        step(forum_app, &comments);
    }
    step_to_the_end(&comments);
    cr_expect_eq(given, 3000);
    mc_app_free(other);
}

Test(queue, writes_nothing_while_nothing_is_new)
{
    int64_t version;

    step_to_the_end(&comments);
    version = forum_number("SELECT version FROM microcosm.queue_position");
    for (int i = 0; i < 3; i++)
        step(forum_app, &comments);
    cr_expect_eq(forum_number("SELECT version FROM microcosm.queue_position"), version);
}

Test(queue, begins_anew_on_another_server)
{
    step_to_the_end(&comments);
    given = 0;
    forum_sql("UPDATE microcosm.queue_position SET since = '1000000000:1000000000:'");
    step(forum_app, &comments);
    put_changes(2, "4", "create");
    for (int waited = 0; given < 2 && wait_a_moment(&waited);)
        step(forum_app, &comments);
    cr_expect_eq(given, 2);
}

Test(queue, tries_again_what_has_failed_and_gives_up_the_one_that_is_to_blame)
{
    step_to_the_end(&put_by_hand);
    given = calls = most = 0;
    put(11, 15);
    step(forum_app, &put_by_hand);
    cr_expect_eq(given, 0);
    cr_expect_eq(
        rows("due > created + interval '5 seconds' AND attempts = 1 AND problem = 'no 13'"), 5);
    come_due();
    for (int waited = 0; given < 4 && wait_a_moment(&waited);)
        step(forum_app, &put_by_hand);
    cr_expect_eq(given, 4);
    cr_expect_eq(most, 1, "one at a time");
    for (int waited = 0; rows("due IS NULL") < 1 && wait_a_moment(&waited);) {
        come_due();
        step(forum_app, &put_by_hand);
    }
    cr_expect_eq(rows("item_id = 13 AND attempts = 3 AND due IS NULL"), 1);
    cr_expect_eq(rows("true"), 1);
}

Test(queue, is_shown_to_the_operator_who_has_the_dead_tried_again)
{
    mc_queue_list *list = NULL;
    const mc_queue_kind *kind;
    int64_t again = -1;

    mc__queue_set_due(forum_app, &put_by_hand, 1);
    put(13, 13);
    forum_sql("UPDATE microcosm.queue SET due = NULL, problem = 'no <13>', attempts = 3");
    must(mc_queue_list_get(&list, session));
    cr_assert_eq(list->kinds.count, 1);
    kind = list->kinds.items[0];
    cr_expect_str_eq(kind->name, "by_hand");
    cr_expect_eq(kind->dead, 1);
    cr_expect_eq(kind->waiting, 0);
    cr_expect_eq(kind->oldest.us, MC_TIME_NONE);
    cr_expect_str_eq(kind->last_problem, "no <13>");
    mc_record_free(list);

    must_fail(mc_queue_retry(&again, session, NULL), MC_EINVAL);
    must_fail(mc_queue_retry(&again, session, "tea"), MC_ENOTFOUND);
    must_fail(mc_queue_list_get(NULL, session), MC_EINVAL);
    must(mc_queue_retry(&again, session, "by_hand"));
    cr_expect_eq(again, 1);
    must(mc_queue_list_get(&list, session));
    kind = list->kinds.items[0];
    cr_expect_eq(kind->dead, 0);
    cr_expect_eq(kind->waiting, 1);
    cr_expect_eq(kind->retried, 1);
    mc_record_free(list);
}

Test(queue, gives_what_a_process_has_left_to_others)
{
    mc_app *first = another_app();

    step_to_the_end(&slow);
    given = 0;
    put(1, 3);
    step(first, &slow); /* and ends with all of them in hand */
    mc_app_free(first);
    cr_expect_eq(rows("due > created + interval '600 seconds' AND attempts = 1"), 3);
    step(forum_app, &slow);
    cr_expect_eq(given, 3, "it isn't known yet that they are lost");
    come_due();
    step_until_gone(&put_by_hand, "true");
}

Test(queue, keeps_what_its_function_says_later)
{
    mc__problem problem = {0};

    step_to_the_end(&slow);
    given = 0;
    put(1, 3);
    for (int waited = 0; given < 3 && wait_a_moment(&waited);)
        step(forum_app, &slow);
    cr_assert_eq(rows("true"), 3);
    cr_expect_eq(mc__queue_done(forum_app, &problem, (mc_int64s){kept, 2}), 0);
    cr_expect_eq(mc__queue_failed(forum_app, &problem, &slow, (mc_int64s){kept + 2, 1}, "later"),
                 0);
    cr_expect_eq(rows("item_id = 3 AND problem = 'later' AND due > now()"), 1);
    cr_expect_eq(rows("true"), 1);

    /* After each time twice as long, up to an hour. */
    forum_sql("UPDATE microcosm.queue SET attempts = 9");
    cr_expect_eq(mc__queue_failed(forum_app, &problem, &patient, (mc_int64s){kept + 2, 1}, "later"),
                 0);
    cr_expect_eq(
        rows("due > now() + interval '20 minutes' AND due < now() + interval '23 minutes'"), 1);
    forum_sql("UPDATE microcosm.queue SET attempts = 19");
    cr_expect_eq(mc__queue_failed(forum_app, &problem, &patient, (mc_int64s){kept + 2, 1}, "later"),
                 0);
    cr_expect_eq(
        rows("due > now() + interval '50 minutes' AND due < now() + interval '61 minutes'"), 1);
    mc__problem_release(&problem);
}

/* Many followers of one thing are told in parts. */
enum { FOLLOWERS = 1050, PART = 100, AT_ONCE = 150 };

static int tell_in_parts(mc__queue_part *part)
{
    return mc__updates_make_some(part, AT_ONCE, PART);
}

static const mc__queue_kind telling = {.name = "updates",
                                       .item_types = MC_QUEUE_OF(MC_ITEM_COMMENT),
                                       .actions = MC_QUEUE_CREATE,
                                       .at_once = 100,
                                       .lease_s = 60,
                                       .tries = 3,
                                       .work = tell_in_parts};

/* Half of them follow its microcosm instead, and some both. */
static void add_followers(int64_t item_id)
{
    forum_sql("INSERT INTO microcosm.users (email, canonical_email) SELECT m, m"
              " FROM generate_series(1, %d) n, concat('f', n, '@many.example') m",
              FOLLOWERS);
    forum_sql("INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, avatar)"
              " SELECT i.site_id, u.user_id, 'many' || u.user_id, 'rnany' || u.user_id, '/a'"
              " FROM microcosm.users u JOIN microcosm.items i ON i.item_id = %lld"
              " WHERE u.email LIKE '%%@many.example'",
              (long long)item_id);
    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)"
              " SELECT p.site_id, p.profile_id, w.item_type, w.item_id FROM microcosm.profiles p"
              " JOIN microcosm.items i ON i.site_id = p.site_id AND i.item_id = %lld,"
              " LATERAL (VALUES (i.item_type::int, i.item_id, p.profile_id %% 2 = 0),"
              " (2, i.microcosm_id, p.profile_id %% 2 = 1 OR p.profile_id %% 10 = 0)) w (item_type,"
              " item_id, is_there) WHERE p.profile_name LIKE 'many%%' AND w.is_there",
              (long long)item_id);
}

static int64_t told(int64_t comment_id)
{
    return forum_number("SELECT count(*) FROM microcosm.updates u JOIN microcosm.profiles p"
                        " USING (site_id, profile_id) WHERE u.item_id = %lld"
                        " AND p.profile_name LIKE 'many%%'",
                        (long long)comment_id);
}

Test(queue, tells_many_followers_in_parts_whoever_dies_in_between)
{
    mc_app *first = another_app();
    int64_t followed, other, long_one, short_one;
    int parts = 0;

    act_as("alice");
    followed = make_conversation(root_microcosm(), "Which knot?");
    act_as("owner");
    other = make_microcosm(root_microcosm(), "Quiet");
    act_as("bob"); /* who follows what he makes */
    other = make_conversation(other, "Tea?");
    add_followers(followed);
    step_to_the_end(&telling);

    act_as("alice");
    long_one = make_comment(followed, "Bowline");
    for (int waited = 0; told(long_one) == 0 && wait_a_moment(&waited);)
        step(first, &telling);
    mc_app_free(first);
    cr_expect_leq(told(long_one), PART);
    cr_expect_eq(rows("progress > 0 AND attempts = 0 AND due <= clock_timestamp()"), 1);

    /* It fails once, and is then at it again; what is short doesn't wait until it is done. */
    forum_sql("UPDATE microcosm.queue SET attempts = 2, problem = 'no'");
    short_one = make_comment(other, "Milk first");
    for (int waited = 0; forum_number("SELECT count(*) FROM microcosm.updates WHERE item_id = %lld",
                                      (long long)short_one) == 0 &&
                         wait_a_moment(&waited);)
        step(forum_app, &telling);
    cr_expect_lt(told(long_one), FOLLOWERS);

    for (int64_t before; (before = told(long_one)) < FOLLOWERS; parts++) {
        step(forum_app, &telling);
        cr_assert_leq(told(long_one) - before, PART);
        cr_assert_leq(rows("true"), 1);
        cr_assert_leq(rows("problem IS NOT NULL OR attempts > 0 OR due > clock_timestamp()"), 0);
        cr_assert_lt(parts, 1000);
    }
    cr_expect_geq(parts, (FOLLOWERS - 3 * PART) / PART);
    step_to_the_end(&telling);
    cr_expect_eq(told(long_one), FOLLOWERS);
}
