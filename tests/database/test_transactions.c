/* Transactions of a session. */
#include "domain/base/handles.h"
#include "forum.h"
#include "host.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

TestSuite(transactions, .init = host_open, .fini = host_close, .timeout = 300);

Test(transactions, of_a_session_commit_or_roll_back_all_of_it)
{
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    must_fail(mc_session_begin(session), MC_ESTATE);
    make_comment(id, "one");
    make_comment(id, "two");
    cr_expect_eq(count_comments(), 0, "nobody sees it yet");
    must(mc_session_rollback(session));
    cr_expect_eq(count_comments(), 0);
    must(mc_session_begin(session));
    make_comment(id, "one");
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 1);
    must_fail(mc_session_commit(session), MC_ESTATE);
}

/* Waiting for a connection. */

enum { IN_LINE = 5 };

typedef struct customer {
    pthread_t thread;
    mc_session *session;
    int place; /* in the order in which they were served */
} customer;

static atomic_int served;

static void *take_a_turn(void *data)
{
    customer *c = data;

    cr_expect_eq(mc_session_begin(c->session), 0);
    c->place = atomic_fetch_add(&served, 1);
    cr_expect_eq(mc_session_rollback(c->session), 0);
    return NULL;
}

static int64_t waits_of(mc_app *app)
{
    mc_app_stats *stats = NULL;
    int64_t waits;

    cr_assert_eq(mc_app_stats_get(&stats, app), 0);
    waits = stats->pool_waits;
    mc_record_free(stats);
    return waits;
}

static mc_app *app_with_one_connection(int64_t wait_ms)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;

    options.database = forum_database;
    options.connections = 1;
    options.wait_ms = wait_ms;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    return app;
}

Test(transactions, get_a_connection_in_the_order_in_which_they_ask)
{
    mc_app *app = app_with_one_connection(200000);
    customer customers[IN_LINE] = {0};
    mc_session *holder = NULL;

    cr_assert_eq(mc_session_new(&holder, app), 0);
    cr_assert_eq(mc_session_begin(holder), 0);
    for (int i = 0; i < IN_LINE; i++) {
        int64_t waits = waits_of(app);

        cr_assert_eq(mc_session_new(&customers[i].session, app), 0);
        pthread_create(&customers[i].thread, NULL, take_a_turn, &customers[i]);
        while (waits_of(app) == waits)
            usleep(1000);
    }
    /* a thread that returns a connection and asks again at once is the last in the queue */
    cr_expect_eq(mc_session_rollback(holder), 0);
    cr_expect_eq(mc_session_begin(holder), 0);
    cr_expect_eq(atomic_load(&served), IN_LINE);
    for (int i = 0; i < IN_LINE; i++) {
        pthread_join(customers[i].thread, NULL);
        cr_expect_eq(customers[i].place, i);
        mc_session_free(customers[i].session);
    }
    mc_session_free(holder);
    mc_app_free(app);
}

Test(transactions, give_up_when_they_have_waited_too_long)
{
    mc_app *app = app_with_one_connection(50);
    mc_session *holder = NULL, *other = NULL;

    cr_assert_eq(mc_session_new(&holder, app), 0);
    cr_assert_eq(mc_session_new(&other, app), 0);
    cr_assert_eq(mc_session_begin(holder), 0);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(mc_session_begin(other), MC_EBUSY);
    cr_expect_eq(mc_session_rollback(holder), 0);
    cr_expect_eq(mc_session_begin(other), 0, "nothing was left behind in the line");
    mc_session_free(other);
    mc_session_free(holder);
    mc_app_free(app);
}

Test(transactions, survive_a_refused_write_inside)
{
    mc_comment_edit blank = {
        .size = sizeof(blank), .item_type = "conversation", .item_id = 999999, .markdown = "x"};
    int64_t id, comment;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "one");
    must_fail(mc_comment_create(&comment, session, &blank), MC_ENOTFOUND);
    make_comment(id, "two");
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 2);
}

Test(transactions, survive_a_statement_that_fails_inside)
{
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    fail_in_sql();
    must(mc_session_begin(session));
    fail_in_sql();
    make_comment(id, "one");
    fail_in_sql();
    make_comment(id, "two");
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items"), 1);
}

static void enter(mc_session *visitor, const char *key)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = key;
    cr_assert_eq(mc_session_enter(visitor, &visit), 0, "%s: %s", key,
                 mc_session_error(visitor)->message);
}

static int64_t conversations_seen(mc_session *visitor)
{
    mc_collection *list = NULL;
    int64_t total;

    cr_assert_eq(mc_conversations_list(&list, visitor, NULL, NULL), 0, "%s",
                 mc_session_error(visitor)->message);
    total = list->conversations->total;
    cr_assert_eq((int64_t)list->conversations->items.count, total);
    mc_record_free(list);
    return total;
}

/* A rollback takes back which site the connection is on. */
Test(transactions, leave_the_pool_a_connection_that_knows_its_site)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    mc_app *app = app_with_one_connection(5000);
    mc_session *test = NULL, *quay = NULL;
    int64_t id;

    act_as("owner");
    make_conversation(root_microcosm(), "Boats");
    must(mc_site_create(&id, session, &edit, "owner@example.org"));
    cr_assert_eq(mc_session_new(&test, app), 0);
    cr_assert_eq(mc_session_new(&quay, app), 0);
    enter(test, "test");
    enter(quay, "quay");
    for (int round = 0; round < 2; round++) {
        cr_expect_eq(conversations_seen(test), 1, "the connection is on site test now");
        cr_expect_eq(mc_session_begin(quay), 0);
        cr_expect_eq(conversations_seen(quay), 0, "and on site quay, in a transaction");
        cr_expect_eq(round ? mc_session_rollback(quay) : mc_session_commit(quay), 0);
        cr_expect_eq(mc_session_act_as_email(quay, "owner@example.org"), 0, "%s",
                     mc_session_error(quay)->message);
        cr_expect_eq(conversations_seen(quay), 0);
        cr_expect_eq(conversations_seen(test), 1);
    }
    mc_session_free(quay);
    mc_session_free(test);
    mc_app_free(app);
}

/* Whatever it takes long with: here it waits for nobody, and would end after a minute. */
Test(transactions, end_statements_that_take_too_long)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_conversation_edit edit = {.size = sizeof(edit), .title = "Boats"};
    mc_visit visit = MC_VISIT_INIT;
    mc_app *app = NULL;
    mc_session *quick = NULL;
    int64_t id = 77;
    int rc, tries = 0;

    act_as("alice");
    edit.microcosm_id = root_microcosm();
    options.database = forum_database;
    options.statement_ms = 500;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&quick, app), 0);
    visit.site_key = "test";
    do
        rc = mc_session_enter(quick, &visit);
    while (was_too_slow(rc, &tries));
    cr_assert_eq(rc, 0);
    do
        rc = mc_session_act_as_email(quick, "alice@example.org");
    while (was_too_slow(rc, &tries));
    cr_assert_eq(rc, 0);
    PQclear(test_sql(host, "CREATE FUNCTION public.rest() RETURNS trigger LANGUAGE plpgsql AS"
                           " 'BEGIN PERFORM pg_catalog.pg_sleep(60); RETURN new; END'"));
    PQclear(test_sql(host, "CREATE TRIGGER rest BEFORE INSERT ON microcosm.items"
                           " FOR EACH ROW EXECUTE FUNCTION public.rest()"));
    cr_expect_eq(mc_conversation_create(&id, quick, &edit), MC_EBUSY, "%s",
                 mc_session_error(quick)->message);
    cr_expect_eq(id, 77);
    PQclear(test_sql(host, "DROP TRIGGER rest ON microcosm.items"));
    do
        rc = mc_conversation_create(&id, quick, &edit);
    while (was_too_slow(rc, &tries));
    cr_expect_eq(rc, 0);
    cr_expect_eq(conversations_seen(session), 1);
    mc_session_free(quick);
    mc_app_free(app);
}

static int64_t connections_of_pool(void)
{
    return forum_number("SELECT count(*) FROM pg_stat_activity WHERE"
                        " application_name = 'microcosm' AND datname = current_database()");
}

/* The server ends what is idle: a restart, a firewall. Writing isn't tried twice, so this must be
 * seen before. */
Test(transactions, are_never_tried_on_a_connection_that_has_ended)
{
    PGconn *superuser = test_server_connect();
    char sql[300];
    int64_t id;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    cr_assert_gt(connections_of_pool(), 0);
    snprintf(sql, sizeof(sql),
             "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE"
             " application_name = 'microcosm' AND datname = '%s'",
             PQdb(host));
    PQclear(test_sql(superuser, sql));
    cr_assert_eq(connections_of_pool(), 0);
    make_comment(id, "Still here");
    PQclear(test_sql(superuser, sql));
    must(mc_session_begin(session));
    make_comment(id, "And here");
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 2);
    PQfinish(superuser);
}

Test(transactions, survive_a_read_that_fails_inside)
{
    mc_poll *poll = NULL;
    int64_t id, sides;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    sides = make_poll();
    must(mc_session_begin(session));
    make_comment(id, "one");
    PQclear(PQexec(mc__conn_pg(session->db.held), "SET lock_timeout = 50"));
    PQclear(test_sql(host, "BEGIN; LOCK TABLE microcosm.poll_choices"));
    must_fail(mc_poll_get(&poll, session, sides, NULL), MC_EBUSY);
    PQclear(test_sql(host, "ROLLBACK"));
    must(mc_poll_get(&poll, session, sides, NULL));
    mc_record_free(poll);
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 1);
}

Test(transactions, that_have_failed_are_not_called_committed)
{
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "lost");
    PQclear(PQexec(mc__conn_pg(session->db.held), "SELECT 1/0"));
    must_fail(mc_session_commit(session), MC_EDATABASE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P02");
    must_fail(mc_session_rollback(session), MC_ESTATE);
    cr_expect_eq(count_comments(), 0);
    make_comment(id, "the session is fine after it");
    cr_expect_eq(count_comments(), 1);
}

/* Without a transaction of the session's each write is one. */
Test(transactions, of_one_write_tell_what_failed_at_their_commit)
{
    mc_conversation_edit edit = MC_CONVERSATION_EDIT_INIT;
    int64_t id = 0;

    act_as("owner");
    edit.microcosm_id = root_microcosm();
    edit.title = "Boats";
    forum_sql("CREATE SEQUENCE public.collisions");
    forum_sql(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " IF NEW.title = 'Boats' THEN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END IF;"
        " IF nextval('public.collisions') = 1 THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001';"
        " END IF; RETURN NULL; END$$");
    forum_sql("CREATE CONSTRAINT TRIGGER late AFTER INSERT ON microcosm.items DEFERRABLE INITIALLY"
              " DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse()");
    cr_expect_eq(mc_conversation_create(&id, session, &edit), MC_EINVAL);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "23514");
    edit.title = "Sails";
    must(mc_conversation_create(&id, session, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE title = 'Sails'"), 1);
    cr_expect_eq(forum_number("SELECT last_value FROM public.collisions"), 2, "tried again");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE title = 'Boats'"), 0);
}

static int count(const char *text, const char *piece)
{
    int found = 0;

    while ((text = strstr(text, piece))) {
        found++;
        text += strlen(piece);
    }
    return found;
}

/* From what libpq has sent: each Sync or simple Query is a wait for the server's answer. */
Test(transactions, put_their_savepoints_into_the_trip_that_needs_them)
{
    mc_conversation *record = NULL;
    char *trace = NULL;
    size_t length;
    FILE *file = open_memstream(&trace, &length);
    PGconn *pg;
    int64_t id;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    make_comment(id, "one");
    pg = mc__conn_pg(session->db.held);
    PQtrace(pg, file);
    PQsetTraceFlags(pg, PQTRACE_SUPPRESS_TIMESTAMPS);
    must(mc_conversation_get(&record, session, id, NULL));
    make_comment(id, "two");
    PQuntrace(pg);
    fclose(file);
    mc_record_free(record);
    must(mc_session_rollback(session));
    cr_expect_gt(count(trace, "Sync\n"), 1);
    cr_expect_eq(count(trace, "Sync\n"), count(trace, "\"SAVEPOINT microcosm\""));
    cr_expect_eq(count(trace, "Sync\n"), count(trace, "\"RELEASE SAVEPOINT microcosm\""));
    cr_expect_eq(count(trace, "\tQuery\t"), 0);
    free(trace);
}

/* Many comments in one transaction. */

/* Each further version of a row makes each look-up of it slower, and none goes before the commit.
 */
Test(transactions, write_many_comments_without_making_many_versions_of_a_row)
{
    int64_t id, before;

    act_as("alice");
    id = make_conversation(root_microcosm(), "Boats");
    make_comment(id, "before");
    must(mc_session_begin(session));
    make_comment(id, "first");
    before = updated_rows(mc__conn_pg(session->db.held));
    comment_often(id, 40, "many");
    cr_expect_eq(updated_rows(mc__conn_pg(session->db.held)), before);
    must(mc_session_commit(session));
    cr_expect_eq(count_comments(), 42);
    expect_settled(id);
    make_comment(id, "after");
    expect_settled(id);
}

/* Each write looks at as many rows, however many the transaction has written: of each kind twenty
 * are measured, when there are sixty of the author's already and when there are 260. */

static void make_one_conversation(int64_t id, int number)
{
    char title[40];

    (void)id;
    snprintf(title, sizeof(title), "Boat %d", number);
    make_conversation(root_microcosm(), title);
}

static void make_one_event(int64_t id, int number)
{
    mc_event_edit edit = MC_EVENT_EDIT_INIT;
    char title[40];

    (void)id;
    snprintf(title, sizeof(title), "Regatta %d", number);
    edit.microcosm_id = root_microcosm();
    edit.title = title;
    must(mc_event_create(&id, session, &edit));
}

static void make_one_poll(int64_t id, int number)
{
    char text[200];

    snprintf(text, sizeof(text),
             "{\"microcosmId\":%lld,\"title\":\"Poll %d\",\"question\":\"Which?\","
             "\"choices\":[{\"choice\":\"a\"},{\"choice\":\"b\"}]}",
             (long long)root_microcosm(), number);
    must(mc_poll_create_body(&id, session, MC_FORMAT_JSON, text, strlen(text)));
}

static void greet_once(int64_t id, int number)
{
    mc_comment_edit edit = MC_COMMENT_EDIT_INIT;
    char text[40];

    snprintf(text, sizeof(text), "m %d", number);
    edit.item_type = "profile";
    edit.item_id = id ? id : mc_session_profile(session);
    edit.markdown = text;
    must(mc_comment_create(&id, session, &edit));
}

static void say_one(int64_t id, int number)
{
    mc_comment_edit edit = MC_COMMENT_EDIT_INIT;
    char text[40];

    snprintf(text, sizeof(text), "m %d", number);
    edit.item_type = "huddle";
    edit.item_id = id;
    edit.markdown = text;
    must(mc_comment_create(&id, session, &edit));
}

static void comment_once(int64_t id, int number)
{
    char text[40];

    snprintf(text, sizeof(text), "m %d", number);
    make_comment(id, text);
}

static void comment_and_take_back(int64_t id, int number)
{
    char text[40];

    snprintf(text, sizeof(text), "m %d", number);
    must(mc_comment_delete(session, make_comment(id, text)));
}

/* What a host does between two comments, without asking for a counter. */
static void comment_among_other_work(int64_t id, int number)
{
    mc_permission_query rights = MC_PERMISSION_QUERY_INIT;
    mc_permissions *permissions = NULL;
    mc_position *position = NULL;
    mc_comment *comment = NULL;
    int64_t comment_id;
    char text[40];

    snprintf(text, sizeof(text), "m %d", number);
    comment_id = make_comment(id, text);
    must(mc_comment_get(&comment, session, comment_id, 0, 0));
    cr_expect_str_eq(comment->markdown, text);
    must(mc_comment_position(&position, session, comment_id, 0));
    rights.item_type = MC_ITEM_COMMENT;
    rights.item_id = comment_id;
    must(mc_permissions_get(&permissions, NULL, session, &rights));
    must(mc_watcher_remove(session, MC_ITEM_CONVERSATION, id));
    make_conversation(root_microcosm(), text);
    mc_record_free(permissions);
    mc_record_free(position);
    mc_record_free(comment);
}

static void vote_otherwise(int64_t id, int number)
{
    char text[100];

    snprintf(text, sizeof(text), "[%lld]",
             (long long)forum_number("SELECT choice_id FROM microcosm.poll_choices WHERE item_id ="
                                     " %lld ORDER BY choice_id OFFSET %d LIMIT 1",
                                     (long long)id, number % 2));
    must(mc_poll_vote_body(session, id, MC_FORMAT_JSON, text, strlen(text)));
}

static void answer_otherwise(int64_t id, int number)
{
    mc_attendee_edit edit = MC_ATTENDEE_EDIT_INIT;

    edit.profile_id = mc_session_profile(session);
    edit.rsvp = number % 2 ? "maybe" : "yes";
    must(mc_event_attendee_set(session, id, &edit));
}

static int64_t a_conversation(void)
{
    return make_conversation(root_microcosm(), "Talk");
}

static int64_t a_poll(void)
{
    make_one_poll(0, 1000);
    return forum_number("SELECT max(item_id) FROM microcosm.polls");
}

static int64_t an_event(void)
{
    make_one_event(0, 1000);
    return forum_number("SELECT max(item_id) FROM microcosm.events");
}

static int64_t huddle_with_bob(void)
{
    mc_huddle_participant_edit with = {.size = sizeof(with), .id = act_as("bob")};
    const void *people[] = {&with};
    mc_huddle_edit edit = MC_HUDDLE_EDIT_INIT;
    int64_t id = 0;

    act_as("alice");
    edit.title = "Boats";
    edit.participants = (mc_list){people, 1};
    must(mc_huddle_create(&id, session, &edit));
    return id;
}

static int64_t touched_rows(void)
{
    PGresult *rows = test_sql(mc__conn_pg(session->db.held),
                              "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins +"
                              " n_tup_upd + n_tup_del) FROM pg_catalog.pg_stat_xact_user_tables"
                              " WHERE schemaname = 'microcosm'");
    int64_t touched = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);

    PQclear(rows);
    return touched;
}

static int64_t work_for_twenty(void (*write)(int64_t, int), int64_t id, int *number, int before)
{
    int64_t touched;

    while (before-- > 0)
        write(id, (*number)++);
    touched = touched_rows();
    for (int i = 0; i < 20; i++)
        write(id, (*number)++);
    return touched_rows() - touched;
}

Test(transactions, take_no_longer_for_the_last_of_many_writes)
{
    static const struct {
        const char *what;
        void (*write)(int64_t, int);
        int64_t (*make)(void); /* what it is written to */
        const char *writer;
    } kinds[] = {
        {"conversations", make_one_conversation, NULL, "alice"},
        {"events", make_one_event, NULL, "alice"},
        {"huddle messages", say_one, huddle_with_bob, "alice"},
        {"comments", comment_once, a_conversation, "alice"},
        {"comments among other work", comment_among_other_work, a_conversation, "alice"},
        {"polls", make_one_poll, NULL, "alice"},
        {"comments on a profile", greet_once, NULL, "alice"},
        {"comments that are deleted", comment_and_take_back, a_conversation, "owner"},
        {"votes", vote_otherwise, a_poll, "alice"},
        {"answers", answer_otherwise, an_event, "alice"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        int64_t id, early, late, updated;
        int number = 0;

        act_as(kinds[i].writer);
        id = kinds[i].make ? kinds[i].make() : 0;
        must(mc_session_begin(session));
        early = work_for_twenty(kinds[i].write, id, &number, 60);
        updated = updated_rows(mc__conn_pg(session->db.held));
        late = work_for_twenty(kinds[i].write, id, &number, 180);
        cr_expect_lt(10 * late, 11 * early, "twenty %s touch %lld rows, then %lld", kinds[i].what,
                     (long long)early, (long long)late);
        cr_expect_eq(updated_rows(mc__conn_pg(session->db.held)), updated, "%s make versions",
                     kinds[i].what);
        must(mc_session_commit(session));
    }
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE title LIKE 'Boat %%'"),
                 280);
}

static void make_one_microcosm(int64_t id, int number)
{
    mc_microcosm_edit edit = MC_MICROCOSM_EDIT_INIT;
    char title[40];

    snprintf(title, sizeof(title), "Harbour %d", number);
    edit.title = title;
    edit.description = "Boats";
    edit.parent_id = (mc_maybe_int64){true, root_microcosm()};
    must(mc_microcosm_create(&id, session, &edit));
}

static void make_one_role(int64_t id, int number)
{
    mc_role_edit edit = MC_ROLE_EDIT_INIT;
    char title[40];

    (void)id;
    snprintf(title, sizeof(title), "Role %d", number);
    edit.title = title;
    must(mc_role_create(&id, session, root_microcosm(), &edit));
}

/* All that belongs to a site refers to its row. */
Test(transactions, write_many_microcosms_and_roles_without_making_many_versions_of_the_site)
{
    static void (*const writes[])(int64_t, int) = {make_one_microcosm, make_one_role};

    act_as("owner");
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        int64_t updated, version = forum_number("SELECT facts_version FROM microcosm.sites WHERE "
                                                "site_id = %lld",
                                                (long long)mc_session_site(session));

        must(mc_session_begin(session));
        writes[i](0, 0);
        updated = updated_rows(mc__conn_pg(session->db.held));
        for (int number = 1; number < 20; number++)
            writes[i](0, number);
        cr_expect_eq(updated_rows(mc__conn_pg(session->db.held)), updated);
        must(mc_session_commit(session));
        cr_expect_eq(forum_number("SELECT facts_version FROM microcosm.sites WHERE site_id = %lld",
                                  (long long)mc_session_site(session)),
                     version + 1);
    }
}

static int64_t touched_by(const char *tables)
{
    PGresult *rows;
    int64_t touched;
    char query[300];

    snprintf(query, sizeof(query),
             "SELECT sum(seq_scan + coalesce(idx_scan, 0)) FROM pg_catalog.pg_stat_xact_user_tables"
             " WHERE schemaname = 'microcosm' AND relname LIKE '%s'",
             tables);
    rows = test_sql(mc__conn_pg(session->db.held), query);
    touched = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return touched;
}

/* Each noted row has its trigger, and all but the first have nothing to do. */
Test(transactions, settle_once_what_was_noted_often)
{
    int64_t id, scans;

    act_as("owner");
    id = a_conversation();
    must(mc_session_begin(session));
    for (int i = 0; i < 20; i++)
        comment_and_take_back(id, i);
    scans = touched_by("unsettled_%");
    PQclear(test_sql(mc__conn_pg(session->db.held), "SET CONSTRAINTS ALL IMMEDIATE"));
    cr_expect_leq(touched_by("unsettled_%") - scans, 4);
    make_comment(id, "stays");
    must(mc_session_commit(session));
    expect_settled(id);
}

/* What others have read of the site serves as long as the transaction changes no facts. */
Test(transactions, read_the_tree_only_if_they_have_changed_it)
{
    int64_t scans;

    act_as("owner");
    make_conversation(root_microcosm(), "Boats");
    must(mc_session_begin(session));
    scans = touched_by("roles");
    for (int i = 0; i < 5; i++)
        make_one_conversation(0, i);
    cr_expect_eq(touched_by("roles"), scans);
    make_one_microcosm(0, 0);
    make_one_conversation(0, 5);
    cr_expect_gt(touched_by("roles"), scans);
    must(mc_session_rollback(session));
}

/* An import makes members, who write at once. */
Test(transactions, count_at_the_end_what_new_members_have_written)
{
    int64_t id, updated = 0;

    act_as("owner");
    id = a_conversation();
    must(mc_session_begin(session));
    for (int i = 0; i < 30; i++) {
        char address[40];

        snprintf(address, sizeof(address), "sailor%d@example.org", i);
        must(mc_session_act_as_email(session, address));
        comment_once(id, i);
        if (i == 10)
            updated = updated_rows(mc__conn_pg(session->db.held));
    }
    cr_expect_eq(updated_rows(mc__conn_pg(session->db.held)), updated);
    must(mc_session_commit(session));
    expect_settled(id);
}

/* A plan from when a table was empty takes any index of it, such as one that has the site only. */
Test(transactions, plan_anew_as_tables_grow)
{
    int64_t owner = act_as("owner"), touched;
    mc_profile *profile = NULL;

    must(mc_session_begin(session));
    for (int i = 0; i < 2; i++) {
        must(mc_profile_get(&profile, session, owner));
        mc_record_free(profile);
    }
    PQclear(test_sql(
        mc__conn_pg(session->db.held),
        "WITH u AS (INSERT INTO microcosm.users (email, canonical_email) SELECT n, n FROM"
        " (SELECT 'many' || i || '@example.org' AS n FROM generate_series(1, 3000) i) m RETURNING"
        " user_id) INSERT INTO microcosm.profiles (site_id, user_id, profile_name) SELECT"
        " current_setting('microcosm.site_id')::bigint, user_id, 'many' || user_id FROM u"));
    for (int i = 0; i < 130; i++) {
        must(mc_profile_get(&profile, session, owner));
        mc_record_free(profile);
    }
    touched = touched_rows();
    must(mc_profile_get(&profile, session, owner));
    mc_record_free(profile);
    touched = touched_rows() - touched;
    cr_expect_lt(touched, 100, "%lld rows of 3,000", (long long)touched);
    must(mc_session_rollback(session));
}

/* PostgreSQL has room for some thousand locks. */
Test(transactions, hold_one_lock_for_all_new_things_of_a_kind)
{
    int number = 0;
    PGresult *rows;

    act_as("alice");
    must(mc_session_begin(session));
    work_for_twenty(make_one_conversation, 0, &number, 0);
    rows = test_sql(mc__conn_pg(session->db.held),
                    "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"
                    " AND locktype = 'advisory'");
    cr_expect_str_eq(PQgetvalue(rows, 0, 0), "1");
    PQclear(rows);
    must(mc_session_rollback(session));
}

/* The counters of huddles follow at the end of a transaction, or when they are read in it. */
Test(transactions, of_huddles_show_their_own_messages_and_count_them)
{
    int64_t id = huddle_with_bob();
    mc_huddle *huddle = NULL;
    mc_collection *list = NULL;

    say_one(id, 0);
    act_as("bob");
    must(mc_session_begin(session));
    say_one(id, 1);
    say_one(id, 2);
    act_as("alice");
    say_one(id, 3);
    must(mc_huddle_get(&huddle, session, id, NULL));
    cr_expect_eq(huddle->comments->total, 4);
    mc_record_free(huddle);
    act_as("bob");
    say_one(id, 4);
    must(mc_session_commit(session));
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.huddles h WHERE h.huddle_id = %lld AND"
                     " h.comment_count = 5 AND h.next_position = 5 AND h.last_comment_id ="
                     " (SELECT max(comment_id) FROM microcosm.comments WHERE huddle_id ="
                     " h.huddle_id) AND (SELECT bool_and(p.last_activity ="
                     " h.last_activity) FROM microcosm.huddle_participants p"
                     " WHERE p.huddle_id = h.huddle_id)",
                     (long long)id),
        1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.unsettled_huddles"), 0);
    must(mc_huddles_list(&list, session, NULL, NULL));
    cr_expect_eq(((const mc_huddle *)list->huddles->items.items[0])->meta->flags->unread, MC_YES,
                 "bob had not read what was there before");
    mc_record_free(list);
    act_as("alice");
    must(mc_huddles_list(&list, session, NULL, NULL));
    cr_expect_eq(((const mc_huddle *)list->huddles->items.items[0])->meta->flags->unread, MC_YES,
                 "bob has written last");
    mc_record_free(list);
    must(mc_session_begin(session));
    must(mc_profile_mark_read(session, MC_ITEM_HUDDLE, id));
    say_one(id, 5);
    must(mc_session_commit(session));
    must(mc_huddles_list(&list, session, NULL, NULL));
    cr_expect_neq(((const mc_huddle *)list->huddles->items.items[0])->meta->flags->unread, MC_YES,
                  "alice has read all, and her own");
    mc_record_free(list);
}

/* Votes and answers are counted at the end, or when something in the transaction asks for the
 * counts. */
Test(transactions, count_their_own_votes_and_answers)
{
    int64_t poll, event;
    mc_collection *list = NULL;
    mc_poll *record = NULL;

    act_as("alice");
    poll = a_poll();
    event = an_event();
    must(mc_session_begin(session));
    vote_otherwise(poll, 0);
    answer_otherwise(event, 0);
    act_as("bob");
    vote_otherwise(poll, 1);
    answer_otherwise(event, 0);
    vote_otherwise(poll, 0);
    must(mc_poll_get(&record, session, poll, NULL));
    cr_expect_eq(record->voter_count, 2);
    cr_expect_eq(((const mc_poll_choice *)record->choices.items[0])->votes, 2);
    cr_expect_eq(((const mc_poll_choice *)record->choices.items[1])->votes, 0);
    mc_record_free(record);
    must(mc_event_attendees(&list, session, event, true, NULL));
    cr_expect_eq(list->attendees->total, 2);
    mc_record_free(list);
    answer_otherwise(event, 1);
    must(mc_poll_vote_delete(session, poll));
    must(mc_session_commit(session));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls p, microcosm.events e"
                              " WHERE p.item_id = %lld AND p.voter_count = 1 AND e.item_id = %lld"
                              " AND e.rsvp_attending = 1 AND e.attendee_count = 2",
                              (long long)poll, (long long)event),
                 1);
    cr_expect_eq(forum_number("SELECT sum(votes) FROM microcosm.poll_choices WHERE item_id = %lld",
                              (long long)poll),
                 1);
}

/* What was noted, but not counted, takes places too. */
Test(transactions, give_no_place_of_an_event_twice)
{
    int64_t id;

    act_as("alice");
    id = an_event();
    forum_sql("UPDATE microcosm.events SET rsvp_limit = 1");
    must(mc_session_begin(session));
    answer_otherwise(id, 0);
    act_as("bob");
    cr_expect_eq(
        mc_event_attendee_set(session, id,
                              &(mc_attendee_edit){.size = sizeof(mc_attendee_edit),
                                                  .profile_id = mc_session_profile(session),
                                                  .rsvp = "yes"}),
        MC_EINVAL);
    must(mc_event_attendee_set(session, id,
                               &(mc_attendee_edit){.size = sizeof(mc_attendee_edit),
                                                   .profile_id = mc_session_profile(session),
                                                   .rsvp = "waiting"}));
    act_as("alice");
    must(mc_event_attendee_delete(session, id, mc_session_profile(session)));
    must(mc_session_commit(session));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.attendees a JOIN microcosm.events e"
                              " USING (site_id, item_id) WHERE a.rsvp = 'yes' AND"
                              " e.rsvp_attending = 1 AND e.attendee_count = 1"),
                 1);
}

Test(transactions, show_their_own_comments_and_count_them)
{
    mc_comment_edit twice = {.size = sizeof(twice), .item_type = "conversation", .markdown = "x 1"};
    int64_t id, other, found, last;

    act_as("owner");
    id = make_conversation(root_microcosm(), "Boats");
    other = make_conversation(root_microcosm(), "Sails");
    make_comment(id, "before");
    must(mc_session_begin(session));
    comment_often(id, 3, "x");
    comment_often(other, 2, "y");
    twice.item_id = id;
    must(mc_comment_create(&found, session, &twice));
    expect_shown(id, 4);
    expect_shown(other, 2);
    last = make_comment(id, "hidden");
    must(mc_comment_delete(session, last));
    expect_shown(id, 4);
    comment_often(id, 2, "z");
    expect_shown(id, 6);
    fail_in_sql();
    make_comment(id, "last");
    must(mc_session_commit(session));
    expect_shown(id, 7);
    expect_settled(id);
    expect_settled(other);
}

Test(transactions, need_a_session)
{
    cr_expect_lt(mc_session_begin(NULL), 0);
    cr_expect_lt(mc_session_commit(NULL), 0);
    cr_expect_lt(mc_session_rollback(NULL), 0);
}
