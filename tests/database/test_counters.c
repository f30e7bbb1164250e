/* Appended counters: always exact, folded in the background, without lock waits. */
#include "forum.h"

#include "domain/base/counters.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(counters, .init = forum_open, .fini = forum_close, .timeout = 300);

static int64_t deltas(void)
{
    return forum_number("SELECT (SELECT count(*) FROM microcosm.microcosm_deltas)"
                        " + (SELECT count(*) FROM microcosm.site_deltas)"
                        " + (SELECT count(*) FROM microcosm.profile_deltas)");
}

static int64_t counted(const char *relation, const char *column, int64_t microcosm_id)
{
    return forum_number("SELECT %s FROM microcosm.%s WHERE microcosm_id = %lld", column, relation,
                        (long long)microcosm_id);
}

/* Background work that isn't waited for. */
static void step_now(void)
{
    mc__counters_set_due(forum_app, 0);
    mc_app_step(forum_app);
}

/* Calls mc_app_step() again and again. */
static void step_until_folded(void)
{
    for (int waited = 0; deltas() > 0 && wait_a_moment(&waited);)
        step_now();
}

Test(counters, are_exact_before_and_after_folding)
{
    int64_t microcosm, conversation;

    act_as("owner");
    microcosm = make_microcosm(root_microcosm(), "Knots");
    conversation = make_conversation(microcosm, "Which knot?");
    make_comment(conversation, "one");
    make_comment(conversation, "two");

    cr_expect_gt(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "comment_count", microcosm), 0);
    cr_expect_eq(counted("microcosm_stats", "conversation_count", microcosm), 1);
    cr_expect_eq(counted("microcosm_stats", "comment_count", microcosm), 2);
    step_until_folded();
    cr_expect_eq(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "conversation_count", microcosm), 1);
    cr_expect_eq(counted("microcosm_counters", "comment_count", microcosm), 2);
    cr_expect_eq(counted("microcosm_stats", "comment_count", microcosm), 2);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosm_counters c JOIN microcosm.items i"
                     " USING (site_id, microcosm_id)"
                     " WHERE i.item_id = %lld AND c.last_activity = i.last_activity",
                     (long long)conversation),
        1);
}

Test(counters, follow_hiding_and_moving)
{
    int64_t from, to, conversation, comment;
    mc_conversation_edit edit = {.size = sizeof(edit)};

    act_as("owner");
    from = make_microcosm(root_microcosm(), "Knots");
    to = make_microcosm(root_microcosm(), "Splices");
    conversation = make_conversation(from, "Which knot?");
    comment = make_comment(conversation, "one");
    make_comment(conversation, "two");
    step_until_folded();
    must(mc_comment_delete(session, comment));
    edit.microcosm_id = to;
    edit.edit_reason = "belongs there";
    must(mc_conversation_edit_save(session, conversation, &edit));

    for (int folded = 0; folded < 2; folded++) {
        cr_expect_eq(counted("microcosm_stats", "conversation_count", from), 0);
        cr_expect_eq(counted("microcosm_stats", "comment_count", from), 0);
        cr_expect_eq(counted("microcosm_stats", "conversation_count", to), 1);
        cr_expect_eq(counted("microcosm_stats", "comment_count", to), 1);
        step_until_folded();
    }
    must(mc_conversation_delete(session, conversation));
    cr_expect_eq(counted("microcosm_stats", "conversation_count", to), 0);
    cr_expect_eq(counted("microcosm_stats", "comment_count", to), 0);
}

/* While one writer's transaction is open, the next must not wait for a counter's row. */
Test(counters, do_not_serialise_writers_of_one_microcosm)
{
    PGconn *host = test_database_connect(forum_database);
    mc_session *other = NULL;
    mc_visit visit = MC_VISIT_INIT;
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .markdown = "from the host"};
    int64_t first, second, comment;

    act_as("alice");
    first = make_conversation(root_microcosm(), "First");
    second = make_conversation(root_microcosm(), "Second");
    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(other, "bob@example.org"), 0);
    PQclear(test_sql(host, "BEGIN"));
    cr_assert_eq(mc_session_use_connection(other, host), 0);
    edit.item_id = first;
    cr_assert_eq(mc_comment_create(&comment, other, &edit), 0, "%s",
                 mc_session_error(other)->message);

    make_comment(second, "meanwhile"); /* if it waited: MC_EBUSY after statement_ms */
    mc_app_step(forum_app);            /* the fold doesn't wait either */
    cr_expect_eq(counted("microcosm_stats", "comment_count", root_microcosm()), 1);
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(counted("microcosm_stats", "comment_count", root_microcosm()), 2);
    step_until_folded();
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 2);
    mc_session_free(other);
    PQfinish(host);
}

Test(counters, are_folded_by_one_process_at_a_time)
{
    PGconn *first = test_database_connect(forum_database);

    act_as("alice");
    make_comment(make_conversation(root_microcosm(), "First"), "one");
    PQclear(test_sql(first, "SET microcosm.site_id = 0"));
    PQclear(test_sql(first, "BEGIN"));
    PQclear(
        test_sql(first, "SELECT pg_advisory_xact_lock(hashtextextended('microcosm counters', 0))"));
    for (int i = 0; i < 3; i++)
        step_now();
    cr_expect_gt(deltas(), 0, "somebody else is at it");
    PQclear(test_sql(first, "COMMIT"));
    step_until_folded();
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 1);
    PQfinish(first);
}

/* A host that never calls mc_app_step(). */
Test(counters, are_folded_by_writers_without_mc_app_step)
{
    int64_t conversation;

    act_as("alice");
    conversation = make_conversation(root_microcosm(), "First");
    make_comment(conversation, "one");
    cr_expect_gt(deltas(), 0);
    mc__counters_set_due(forum_app, -6000);
    must(mc_session_begin(session)); /* has the connection that folding might need */
    make_comment(conversation, "two");
    cr_expect_gt(deltas(), 0);
    must(mc_session_commit(session));
    make_comment(conversation, "three");
    cr_expect_eq(deltas(), 0);
    cr_expect_eq(counted("microcosm_counters", "comment_count", root_microcosm()), 3);
}

Test(counters, count_profiles)
{
    const long long site = (long long)mc_session_site(session);

    act_as("alice");
    act_as("bob");
    for (int folded = 0; folded < 2; folded++) {
        cr_expect_eq(
            forum_number("SELECT s.total_profiles + (SELECT coalesce(sum(d.total_profiles), 0)"
                         " FROM microcosm.site_deltas d WHERE d.site_id = s.site_id)"
                         " FROM microcosm.site_stats s WHERE s.site_id = %lld",
                         site),
            3);
        step_until_folded();
    }
    forum_sql("DELETE FROM microcosm.profiles WHERE site_id = %lld AND profile_name = 'bob'", site);
    act_as("alice");
    make_conversation(root_microcosm(), "Where is bob?"); /* any write wakes the background work */
    step_until_folded();
    cr_expect_eq(
        forum_number("SELECT total_profiles FROM microcosm.site_stats WHERE site_id = %lld", site),
        2);
}

/*
 * One definition: a thing counts if neither it nor what it is in, up to the root, is hidden. A
 * microcosm's own counters leave the microcosms out, whose totals nobody sees while they are
 * hidden.
 */

static const char *const shown_microcosms =
    "WITH shown AS (SELECT m.site_id, m.microcosm_id FROM microcosm.microcosms m"
    " WHERE NOT EXISTS (SELECT FROM microcosm.microcosms h WHERE h.site_id = m.site_id"
    " AND h.microcosm_id = ANY (m.path) AND NOT h.is_visible)),"
    " written AS (SELECT p.profile_id, coalesce(sum(n.item_count), 0) AS items,"
    " coalesce(sum(n.comment_count), 0) AS comments FROM microcosm.profiles p"
    " LEFT JOIN ((SELECT * FROM microcosm.profile_counters UNION ALL"
    " SELECT * FROM microcosm.profile_deltas) a JOIN shown USING (site_id, microcosm_id)) n"
    " USING (profile_id) WHERE p.site_id > 1 GROUP BY p.profile_id) ";

/* Each counts rows whose counter differs from what is there. */
static const struct {
    const char *what, *sql;
} recounts[] = {
    {"comments of items",
     "SELECT count(*) FROM microcosm.items i WHERE i.comment_count <> (SELECT count(*)"
     " FROM microcosm.comments c WHERE c.item_id = i.item_id AND c.is_visible)"},
    {"items of microcosms",
     "SELECT count(*) FROM microcosm.microcosm_stats s WHERE (s.conversation_count, s.event_count,"
     " s.poll_count) <> (SELECT count(*) FILTER (WHERE i.item_type = 6),"
     " count(*) FILTER (WHERE i.item_type = 9), count(*) FILTER (WHERE i.item_type = 7)"
     " FROM microcosm.items i WHERE i.microcosm_id = s.microcosm_id AND i.is_visible)"},
    {"comments of microcosms",
     "SELECT count(*) FROM microcosm.microcosm_stats s WHERE s.comment_count <> (SELECT count(*)"
     " FROM microcosm.items i JOIN microcosm.comments c USING (item_id)"
     " WHERE i.microcosm_id = s.microcosm_id AND i.is_visible AND c.is_visible)"},
    {"items of people",
     "SELECT count(*) FROM written w WHERE w.items <> (SELECT count(*) FROM microcosm.items i"
     " JOIN shown USING (microcosm_id)"
     " WHERE i.created_by = w.profile_id AND i.is_visible AND i.item_type <> 7)"},
    {"comments of people",
     "SELECT count(*) FROM written w WHERE w.comments <> (SELECT count(*) FROM microcosm.comments c"
     " JOIN microcosm.items i USING (item_id) JOIN shown USING (microcosm_id)"
     " WHERE c.created_by = w.profile_id AND c.is_visible AND i.is_visible)"},
    {"sums of people for which nothing waits",
     "SELECT count(*) FROM written w JOIN microcosm.profiles p USING (profile_id)"
     " WHERE (p.item_count, p.comment_count) <> (w.items, w.comments) AND NOT EXISTS (SELECT"
     " FROM microcosm.profile_deltas d WHERE d.profile_id IN (0, p.profile_id))"},
    {"what a profile shows",
     "SELECT count(*) FROM microcosm.profiles p WHERE p.item_count < 0 OR p.comment_count < 0"},
};

static void recount(unsigned seed, int step, const char *after)
{
    for (size_t i = 0; i < sizeof(recounts) / sizeof(recounts[0]); i++)
        cr_assert_eq(forum_number("%s%s", shown_microcosms, recounts[i].sql), 0,
                     "%s are wrong after %s, step %d of seed %u", recounts[i].what, after, step,
                     seed);
}

static _Thread_local unsigned random_state;

static int64_t random_below(int64_t limit)
{
    random_state = random_state * 1103515245u + 12345u;
    return (int64_t)(random_state >> 16) % limit;
}

/* A random row's id, whatever its flags are. */
static int64_t any(const char *table, const char *column, const char *condition)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* forum_number() has one connection */
    int64_t count, id = 0;

    pthread_mutex_lock(&lock);
    count = forum_number("SELECT count(*) FROM microcosm.%s WHERE %s", table, condition);
    if (count)
        id = forum_number("SELECT %s FROM microcosm.%s WHERE %s ORDER BY 1 OFFSET %lld LIMIT 1",
                          column, table, condition, (long long)random_below(count));
    pthread_mutex_unlock(&lock);
    return id;
}

static const char *json(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *json(const char *format, ...)
{
    static _Thread_local char text[300];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    return text;
}

static const char *random_flag(void)
{
    return json("[{\"op\":\"replace\",\"path\":\"/meta/flags/%s\",\"value\":%s}]",
                random_below(2) ? "deleted" : "moderated", random_below(3) ? "false" : "true");
}

typedef int (*create_call)(int64_t *, mc_session *, mc_format, const char *, size_t);
typedef int (*edit_call)(mc_session *, int64_t, mc_format, const char *, size_t);
typedef int (*patch_call)(mc_session *, int64_t, const char *, size_t);
typedef int (*delete_call)(mc_session *, int64_t);

static const struct {
    const char *name, *condition;
    create_call create;
    edit_call edit;
    patch_call patch;
    delete_call delete;
} kinds[] = {
    {"conversation", "item_type = 6", mc_conversation_create_body, mc_conversation_edit_body,
     mc_conversation_patch_body, mc_conversation_delete},
    {"event", "item_type = 9", mc_event_create_body, mc_event_edit_body, mc_event_patch_body,
     mc_event_delete},
    {"poll", "item_type = 7", mc_poll_create_body, mc_poll_edit_body, mc_poll_patch_body,
     mc_poll_delete},
};

/* Each may be refused, such as a comment on what is hidden: then nothing must change. */

static const char *create_item(mc_session *own)
{
    size_t kind = (size_t)random_below(3);
    const char *body =
        json("{\"microcosmId\":%lld,\"title\":\"t%lld\",\"question\":\"q\",\"choices\":"
             "[{\"choice\":\"a\"},{\"choice\":\"b\"}]}",
             (long long)any("microcosms", "microcosm_id", "true"), (long long)random_below(30000));
    int64_t id;

    kinds[kind].create(&id, own, MC_FORMAT_JSON, body, strlen(body));
    return "making an item";
}

static const char *comment(mc_session *own)
{
    size_t kind = (size_t)random_below(3);
    const char *body = json(
        "{\"itemType\":\"%s\",\"itemId\":%lld,\"markdown\":\"m%lld\"}", kinds[kind].name,
        (long long)any("items", "item_id", kinds[kind].condition), (long long)random_below(30000));
    int64_t id;

    mc_comment_create_body(&id, own, MC_FORMAT_JSON, body, strlen(body));
    return "a comment";
}

static const char *flag_comment(mc_session *own)
{
    int64_t id = any("comments", "comment_id", "true");
    const char *body = random_flag();

    if (random_below(3))
        mc_comment_patch_body(own, id, body, strlen(body));
    else
        mc_comment_delete(own, id);
    return "a comment's flag";
}

static const char *flag_item(mc_session *own)
{
    size_t kind = (size_t)random_below(3);
    int64_t id = any("items", "item_id", kinds[kind].condition);
    const char *body = random_flag();

    if (random_below(3))
        kinds[kind].patch(own, id, body, strlen(body));
    else
        kinds[kind].delete(own, id);
    return "an item's flag";
}

static const char *move_item(mc_session *own)
{
    size_t kind = (size_t)random_below(3);
    int64_t id = any("items", "item_id", kinds[kind].condition);
    const char *body = json("{\"microcosmId\":%lld,\"meta\":{\"editReason\":\"x\"}}",
                            (long long)any("microcosms", "microcosm_id", "true"));

    kinds[kind].edit(own, id, MC_FORMAT_JSON, body, strlen(body));
    return "moving an item";
}

static const char *flag_microcosm(mc_session *own)
{
    int64_t id = any("microcosms", "microcosm_id", "parent_id IS NOT NULL");
    const char *body = random_flag();

    if (random_below(3))
        mc_microcosm_patch_body(own, id, body, strlen(body));
    else
        mc_microcosm_delete(own, id);
    return "a microcosm's flag";
}

static const char *move_microcosm(mc_session *own)
{
    int64_t id = any("microcosms", "microcosm_id", "parent_id IS NOT NULL");
    const char *body = json("{\"parentId\":%lld,\"meta\":{\"editReason\":\"x\"}}",
                            (long long)any("microcosms", "microcosm_id", "true"));

    mc_microcosm_edit_body(own, id, MC_FORMAT_JSON, body, strlen(body));
    return "moving a microcosm";
}

static const char *fold(mc_session *own)
{
    (void)own;
    mc_app_step(forum_app);
    return "a fold";
}

static const char *(*const writes[])(mc_session *own) = {
    comment,   comment,   comment,        create_item,    flag_comment,
    flag_item, move_item, flag_microcosm, move_microcosm, fold,
};

static void check_shown_counts(void)
{
    static const char *const names[] = {"owner", "alice", "bob"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int64_t id = act_as(names[i]);
        mc_profile *profile = NULL;

        must(mc_profile_get(&profile, session, id));
        cr_expect_eq(profile->comment_count,
                     forum_number("%s SELECT count(*) FROM microcosm.comments c"
                                  " JOIN microcosm.items i USING (item_id) JOIN shown"
                                  " USING (microcosm_id) WHERE c.created_by = %lld"
                                  " AND c.is_visible AND i.is_visible",
                                  shown_microcosms, (long long)id));
        cr_expect_eq(profile->item_count,
                     forum_number("%s SELECT count(*) FROM microcosm.items i JOIN shown"
                                  " USING (microcosm_id) WHERE i.created_by = %lld"
                                  " AND i.is_visible AND i.item_type <> 7",
                                  shown_microcosms, (long long)id));
        mc_record_free(profile);
    }
}

Test(counters, agree_with_the_rows_after_random_writes)
{
    static const char *const names[] = {"owner", "owner", "alice", "bob"};

    act_as("owner");
    for (int i = 0; i < 5; i++)
        make_microcosm(i < 2 ? root_microcosm() : any("microcosms", "microcosm_id", "true"),
                       json("Microcosm %d", i));
    for (unsigned seed = 1; seed <= 2; seed++) {
        random_state = seed;
        for (int step = 0; step < 150; step++) {
            const char *what;

            act_as(names[random_below(4)]);
            what = writes[random_below(sizeof(writes) / sizeof(writes[0]))](session);
            if (step % 5 == 0 || strstr(what, "microcosm"))
                recount(seed, step, what);
        }
        check_shown_counts();
    }
    cr_expect_gt(forum_number("SELECT count(*) FROM microcosm.comments WHERE is_visible"), 20);
    cr_expect_gt(forum_number("SELECT count(*) FROM microcosm.items WHERE NOT is_visible"), 5);
    step_until_folded();
    recount(0, 0, "all folds");
    forum_sql("UPDATE microcosm.profiles SET item_count = 100, comment_count = 300"
              " WHERE profile_name <> 'bob' AND site_id > 1");
    make_conversation(root_microcosm(), "One more");
    step_until_folded();
    must(mc_job_run(session, "recount-people"));
    recount(0, 0, "a recount");
    cr_expect_eq(deltas(), 2, "only of those whose counters were wrong");
    step_until_folded();
    recount(0, 0, "its fold");
    forum_sql("UPDATE microcosm.profile_counters SET item_count = 7, comment_count = 9");
    make_conversation(root_microcosm(), "And one more");
    must(mc_job_run(session, "recount-people"));
    recount(0, 0, "a recount by microcosm");
    step_until_folded();
    recount(0, 0, "the fold of that");
}

/*
 * Whoever moves or hides what others have written meets those who write, and those who hide and
 * move microcosms: two transactions, neither of which sees the other.
 */

static const char *(*const meetings[][2])(mc_session *own) = {
    {move_item, flag_microcosm},    {move_item, move_microcosm},   {flag_item, flag_microcosm},
    {flag_item, move_microcosm},    {comment, flag_microcosm},     {comment, move_microcosm},
    {flag_comment, flag_microcosm}, {create_item, flag_microcosm},
};

static void commit(mc_session *own)
{
    cr_assert_eq(mc_session_commit(own), 0, "%s", mc_session_error(own)->message);
}

Test(counters, agree_after_two_transactions_that_do_not_see_each_other)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *other = NULL;

    visit.site_key = "test";
    act_as("owner");
    for (int i = 0; i < 6; i++)
        make_microcosm(i < 3 ? root_microcosm() : any("microcosms", "microcosm_id", "true"),
                       json("Microcosm %d", i));
    must(mc_session_new(&other, forum_app));
    must(mc_session_enter(other, &visit));
    must(mc_session_act_as_email(other, "owner@example.org"));
    random_state = 7;
    for (int step = 0; step < 12; step++) {
        create_item(session);
        comment(session);
    }
    for (int step = 0; step < 160; step++) {
        const char *(*const *pair)(mc_session *) =
            meetings[random_below(sizeof(meetings) / sizeof(meetings[0]))];
        bool first = random_below(2);
        const char *what;

        must(mc_session_begin(session));
        must(mc_session_begin(other));
        what = pair[0](first ? session : other);
        pair[1](first ? other : session);
        commit(random_below(2) ? session : other);
        if (mc_session_commit(session) < 0)
            commit(other);
        recount(7, step, what);
        if (step % 7 == 0)
            step_until_folded();
        recount(7, step, "a fold");
    }
    mc_session_free(other);
}

static atomic_int writers_done;

static void write_at_random(mc_session *own, int number, void *data)
{
    (void)data;
    random_state = (unsigned)number + 11;
    for (int step = 0; step < 60; step++)
        writes[random_below(sizeof(writes) / sizeof(writes[0]))](own);
    writers_done++;
}

Test(counters, agree_after_many_writers_at_once)
{
    act_as("owner");
    for (int i = 0; i < 5; i++)
        make_microcosm(i < 2 ? root_microcosm() : any("microcosms", "microcosm_id", "true"),
                       json("Microcosm %d", i));
    for (int i = 0; i < 6; i++)
        make_comment(make_conversation(any("microcosms", "microcosm_id", "true"), "A talk"), "one");
    at_once(6, "owner", write_at_random, NULL);
    recount(11, writers_done, "writers at once");
    check_shown_counts();
    step_until_folded();
    recount(11, writers_done, "the folds");
    cr_expect_gt(forum_number("SELECT count(*) FROM microcosm.comments"), 6);
}

/* What is counted decides who is in a role. */
Test(counters, decide_about_roles_as_what_is_written_can_be_seen)
{
    static const char *const counts[] = {"commentCount", "itemCount"};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const mc_patch_op hidden = {"/meta/flags/moderated", true};
        mc_microcosm *record = NULL;
        int64_t club, pub;

        act_as("owner");
        club = make_microcosm(root_microcosm(), "Club");
        pub = make_microcosm(make_microcosm(root_microcosm(), "Street"), "Pub");
        forum_sql("WITH made AS (INSERT INTO microcosm.roles (site_id, microcosm_id, title,"
                  " include_users, can_read) SELECT site_id, microcosm_id, 'x', false, true FROM"
                  " microcosm.microcosms WHERE microcosm_id = %lld RETURNING site_id, role_id)"
                  " INSERT INTO microcosm.role_criteria (site_id, role_id, profile_column,"
                  " predicate, value_number) SELECT site_id, role_id, '%s', 'ge', 2 FROM made",
                  (long long)club, counts[i]);
        act_as("alice");
        must_fail(mc_microcosm_get(&record, session, club, NULL, NULL), MC_EFORBIDDEN);
        make_comment(make_conversation(pub, "First"), "one");
        make_comment(make_conversation(pub, "Second"), "two");
        must(mc_microcosm_get(&record, session, club, NULL, NULL));
        mc_record_free(record);
        act_as("owner");
        must(mc_microcosm_patch(session,
                                forum_number("SELECT microcosm_id FROM"
                                             " microcosm.microcosms WHERE title ="
                                             " 'Street' AND is_visible"),
                                &hidden, 1));
        act_as("alice");
        must_fail(mc_microcosm_get(&record, session, club, NULL, NULL), MC_EFORBIDDEN);
        step_until_folded();
        must_fail(mc_microcosm_get(&record, session, club, NULL, NULL), MC_EFORBIDDEN);
    }
}

/* Writers that wait for a lock while what they write to is closed, hidden or moved. */

static int64_t place, elsewhere, den, yard, talk, said, regatta, ballot, choice;
static PGconn *holder; /* has the locks */

static int comment_on_talk(mc_session *own)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .item_id = talk, .markdown = "late"};
    int64_t id;

    return mc_comment_create(&id, own, &edit);
}

static int rename_talk(mc_session *own)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .title = "Late", .edit_reason = "late"};

    return mc_conversation_edit_save(own, talk, &edit);
}

static int move_talk(mc_session *own)
{
    mc_conversation_edit edit = {
        .size = sizeof(edit), .microcosm_id = elsewhere, .edit_reason = "late"};

    return mc_conversation_edit_save(own, talk, &edit);
}

static int come_late(mc_session *own)
{
    mc_attendee_edit edit = {
        .size = sizeof(edit), .profile_id = mc_session_profile(own), .rsvp = "yes"};

    return mc_event_attendee_set(own, regatta, &edit);
}

static int vote_late(mc_session *own)
{
    char body[40];

    snprintf(body, sizeof(body), "[%lld]", (long long)choice);
    return mc_poll_vote_body(own, ballot, MC_FORMAT_JSON, body, strlen(body));
}

static int rewrite_late(mc_session *own)
{
    mc_comment_edit edit = {.size = sizeof(edit), .markdown = "late"};

    return mc_comment_edit_save(own, said, &edit);
}

static int close_late(mc_session *own)
{
    return mc_conversation_patch(own, talk, &(mc_patch_op){"/meta/flags/open", false}, 1);
}

static int tag_talk(mc_session *own)
{
    mc_attribute_edit edit = {.size = sizeof(edit), .key = "k", .value_text = "late"};

    return mc_attribute_set(own, MC_ITEM_CONVERSATION, talk, &edit);
}

static int tag_comment(mc_session *own)
{
    mc_attribute_edit edit = {.size = sizeof(edit), .key = "k", .value_text = "late"};

    return mc_attribute_set(own, MC_ITEM_COMMENT, said, &edit);
}

static int tag_yard(mc_session *own)
{
    mc_attribute_edit edit = {.size = sizeof(edit), .key = "k", .value_text = "late"};

    return mc_attribute_set(own, MC_ITEM_MICROCOSM, yard, &edit);
}

static int rename_yard(mc_session *own)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Late", .edit_reason = "late"};

    return mc_microcosm_edit_save(own, yard, &edit);
}

/* What happens meanwhile: a change in the transaction that has the locks, or a flag of a microcosm.
 */
typedef struct late {
    const char *what;
    int (*write)(mc_session *own);
    const char *sql, *flag;
    bool by_another; /* not the author of what is written to */
    int64_t *flagged;
    int expected;
    atomic_bool done;
} late;

static bool somebody_waits(void)
{
    return forum_number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'") > 0;
}

static void set_microcosm(mc_session *own, int64_t id, const char *flag, bool value)
{
    must(mc_session_act_as_email(own, "owner@example.org"));
    cr_expect_eq(mc_microcosm_patch(own, id, &(mc_patch_op){flag, value}, 1), 0, "%s",
                 mc_session_error(own)->message);
}

static void meet(mc_session *own, int number, void *data)
{
    late *l = data;
    int rc;

    if (number == 0) {
        if (l->by_another)
            cr_assert_eq(mc_session_act_as_email(own, "guest7@example.org"), 0);
        rc = l->write(own);
        l->done = true;
        cr_expect_eq(rc, l->expected, "%s: %d, %s", l->what, rc, mc_session_error(own)->message);
        cr_expect(rc != MC_ECLOSED || mc_session_error(own)->reason == 17, "%s", l->what);
        return;
    }
    for (int waited = 0; !l->done && !somebody_waits() && wait_a_moment(&waited);)
        ;
    cr_expect(!l->done, "%s waits", l->what);
    if (l->sql)
        PQclear(test_sql(holder, l->sql));
    else
        set_microcosm(own, *l->flagged, l->flag, strcmp(l->flag, "/meta/flags/open") != 0);
    PQclear(test_sql(holder, "COMMIT"));
}

static void make_places(void)
{
    const char *body;

    act_as("owner");
    place = make_microcosm(root_microcosm(), "Knots");
    elsewhere = make_microcosm(root_microcosm(), "Splices");
    den = make_microcosm(root_microcosm(), "Staff");
    yard = make_microcosm(root_microcosm(), "Yard");
    forum_sql("INSERT INTO microcosm.roles (site_id, microcosm_id, title, include_users, can_read,"
              " can_update) SELECT site_id, microcosm_id, 'x', title = 'Yard', true, true"
              " FROM microcosm.microcosms WHERE microcosm_id IN (%lld, %lld)",
              (long long)den, (long long)yard);
    act_as("guest0");
    talk = make_conversation(place, "Which knot?");
    said = make_comment(talk, "A bowline");
    body = json("{\"microcosmId\":%lld,\"title\":\"Regatta\"}", (long long)place);
    must(mc_event_create_body(&regatta, session, MC_FORMAT_JSON, body, strlen(body)));
    body = json("{\"microcosmId\":%lld,\"title\":\"Colours\",\"question\":\"Which?\","
                "\"choices\":[{\"choice\":\"a\"},{\"choice\":\"b\"}]}",
                (long long)place);
    must(mc_poll_create_body(&ballot, session, MC_FORMAT_JSON, body, strlen(body)));
    choice = forum_number("SELECT min(choice_id) FROM microcosm.poll_choices");
    holder = test_database_connect(forum_database);
    PQclear(test_sql(holder, "SET microcosm.site_id = 0"));
}

#define CLOSE "UPDATE microcosm.items SET is_open = false"
#define HIDE "UPDATE microcosm.items SET is_moderated = true"
#define PLACE(title) "(SELECT microcosm_id FROM microcosm.microcosms WHERE title = '" title "')"
#define MOVE "UPDATE microcosm.items SET microcosm_id = " PLACE("Splices")
#define TAKE_AWAY "UPDATE microcosm.items SET microcosm_id = " PLACE("Staff")
#define HIDE_COMMENT "UPDATE microcosm.comments SET is_moderated = true"
#define OF_YARD " WHERE title = 'Yard'"
#define CLOSE_YARD "UPDATE microcosm.microcosms SET is_open = false" OF_YARD
#define HIDE_YARD "UPDATE microcosm.microcosms SET is_moderated = true" OF_YARD
#define DELETE_YARD "UPDATE microcosm.microcosms SET is_deleted = true" OF_YARD
#define MOVE_YARD                                                                                  \
    "UPDATE microcosm.microcosms SET parent_id = " PLACE(                                          \
        "Splices") ", path = (SELECT path FROM "                                                   \
                   "microcosm.microcosms WHERE title = 'Splices') || microcosm_id" OF_YARD

Test(counters, and_rights_are_those_of_after_the_wait)
{
    late all[] = {
        {"a comment, closed", comment_on_talk, .sql = CLOSE, .expected = MC_ECLOSED},
        {"a title, closed", rename_talk, .sql = CLOSE, .expected = MC_ECLOSED},
        {"a move, closed", move_talk, .sql = CLOSE, .expected = MC_ECLOSED},
        {"an answer, closed", come_late, .sql = CLOSE, .expected = MC_ECLOSED},
        {"a vote_late, closed", vote_late, .sql = CLOSE, .expected = MC_ECLOSED},
        {"a comment, hidden", comment_on_talk, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"a title, hidden", rename_talk, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"an answer, hidden", come_late, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"a vote_late, hidden", vote_late, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"a comment, in hidden", comment_on_talk, .flag = "/meta/flags/moderated",
         .flagged = &place, .expected = MC_ENOTFOUND},
        {"a title, in hidden", rename_talk, .flag = "/meta/flags/moderated", .flagged = &place,
         .expected = MC_ENOTFOUND},
        {"a move to hidden", move_talk, .flag = "/meta/flags/moderated", .flagged = &elsewhere,
         .expected = MC_ENOTFOUND},
        {"a comment, in closed", comment_on_talk, .flag = "/meta/flags/open", .flagged = &place,
         .expected = MC_ECLOSED},
        {"an answer, in closed", come_late, .flag = "/meta/flags/open", .flagged = &place,
         .expected = MC_ECLOSED},
        {"a vote_late, in closed", vote_late, .flag = "/meta/flags/open", .flagged = &place,
         .expected = MC_ECLOSED},
        {"a move to closed", move_talk, .flag = "/meta/flags/open", .flagged = &elsewhere,
         .expected = MC_ECLOSED},
        {"a title, moved", rename_talk, .sql = MOVE, .expected = 0},
        {"a text, closed", rewrite_late, .sql = CLOSE, .expected = MC_ECLOSED},
        {"a text, in closed", rewrite_late, .flag = "/meta/flags/open", .flagged = &place,
         .expected = MC_ECLOSED},
        {"a text, of a hidden item", rewrite_late, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"a text, hidden", rewrite_late, .sql = HIDE_COMMENT, .expected = MC_ENOTFOUND},
        {"a text, in hidden", rewrite_late, .flag = "/meta/flags/moderated", .flagged = &place,
         .expected = MC_ENOTFOUND},
        {"an attribute, closed", tag_talk, .sql = CLOSE, .expected = MC_ECLOSED},
        {"an attribute, hidden", tag_talk, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"an attribute, moved", tag_talk, .sql = MOVE, .expected = 0},
        {"an attribute of a comment, closed", tag_comment, .sql = CLOSE, .expected = MC_ECLOSED},
        {"an attribute of a comment, hidden", tag_comment, .sql = HIDE_COMMENT,
         .expected = MC_ENOTFOUND},
        {"an attribute of a microcosm, closed", tag_yard, .sql = CLOSE_YARD,
         .expected = MC_ECLOSED},
        {"a microcosm's title, closed", rename_yard, .sql = CLOSE_YARD, .expected = MC_ECLOSED},
        {"a microcosm's title, hidden", rename_yard, .sql = HIDE_YARD, .expected = MC_ENOTFOUND},
        {"a microcosm's title, deleted", rename_yard, .sql = DELETE_YARD, .expected = MC_ENOTFOUND},
        {"a microcosm's title, moved", rename_yard, .sql = MOVE_YARD, .expected = 0},
        {"a flag, hidden", close_late, .sql = HIDE, .expected = MC_ENOTFOUND},
        {"a flag, moved", close_late, .sql = MOVE, .expected = 0},
        {"a comment, moved", comment_on_talk, .sql = MOVE, .expected = 0},
        {"a comment, moved away", comment_on_talk, .sql = TAKE_AWAY, .by_another = true,
         .expected = MC_EFORBIDDEN},
        {"an answer, moved", come_late, .sql = MOVE, .expected = 0},
        {"an answer, moved away", come_late, .sql = TAKE_AWAY, .by_another = true,
         .expected = MC_EFORBIDDEN},
        {"a vote, moved", vote_late, .sql = MOVE, .expected = 0},
        {"a vote, moved away", vote_late, .sql = TAKE_AWAY, .by_another = true,
         .expected = MC_EFORBIDDEN},
        {"a text, moved", rewrite_late, .sql = MOVE, .expected = 0},
    };

    make_places();
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        PQclear(test_sql(holder, "BEGIN"));
        PQclear(test_sql(holder, "SELECT FROM microcosm.items FOR NO KEY UPDATE"));
        PQclear(test_sql(holder, "SELECT FROM microcosm.events FOR NO KEY UPDATE"));
        PQclear(test_sql(holder, "SELECT FROM microcosm.polls FOR NO KEY UPDATE"));
        if (!all[i].flagged)
            PQclear(test_sql(holder, "SELECT FROM microcosm.microcosms WHERE parent_id IS NULL"
                                     " FOR NO KEY UPDATE"));
        at_once(2, "guest%d", meet, &all[i]);
        if (all[i].flagged)
            set_microcosm(session, *all[i].flagged, all[i].flag,
                          strcmp(all[i].flag, "/meta/flags/open") == 0);
        forum_sql("UPDATE microcosm.items SET is_open = true, is_moderated = false,"
                  " is_deleted = false, closed_by_moderator = false, microcosm_id = %lld",
                  (long long)place);
        forum_sql("UPDATE microcosm.comments SET is_moderated = false, is_deleted = false");
        forum_sql(
            "UPDATE microcosm.microcosms SET is_open = true, is_moderated = false,"
            " is_deleted = false, parent_id = %lld, path = ARRAY[%lld, microcosm_id] " OF_YARD,
            (long long)root_microcosm(), (long long)root_microcosm());
        if (all[i].flagged || all[i].expected == MC_ECLOSED)
            recount(0, (int)i, all[i].what);
    }
    PQfinish(holder);
}
