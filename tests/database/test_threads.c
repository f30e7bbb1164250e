/*
 * Two apps, like two processes, and many threads with a session each, which read and write at the
 * same time; further threads do the background work of each app and read statistics. For
 * ThreadSanitizer, under which Criterion crashes, so this is a plain program, whose exit status is
 * the result.
 *
 *     with_postgres test_threads
 */
#include <libpq-fe.h>
#include <microcosm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 25 };

static mc_app *app, *other;
static int64_t conversation;
static atomic_int failures;
static char database[1000], name[100];

static void expect(int condition, const char *what)
{
    if (!condition) {
        atomic_fetch_add(&failures, 1);
        fprintf(stderr, "failed: %s\n", what);
    }
}

static void expect_ok(mc_session *session, int rc)
{
    expect(rc == 0, rc < 0 ? mc_session_error(session)->message : "");
}

/* A database of its own. */

static int64_t number(const char *conninfo, const char *sql)
{
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *rows = PQexec(conn, sql);
    int64_t value = PQntuples(rows) ? strtoll(PQgetvalue(rows, 0, 0), NULL, 10) : -1;

    PQclear(rows);
    PQfinish(conn);
    return value;
}

static void run_on_server(const char *before, const char *after)
{
    char sql[300];

    snprintf(sql, sizeof(sql), "%s %s %s", before, name, after);
    number(getenv("MICROCOSM_TEST_DATABASE"), sql);
}

static void make_database(void)
{
    snprintf(name, sizeof(name), "threads_%d", (int)getpid());
    run_on_server("CREATE DATABASE", "TEMPLATE microcosm OWNER microcosm");
    /* the last value of a key counts */
    snprintf(database, sizeof(database), "%s dbname=%s user=microcosm",
             getenv("MICROCOSM_TEST_DATABASE"), name);
}

/* A site. */

static mc_session *enter(mc_app *at, const char *email)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;

    visit.site_key = "test";
    if (mc_session_new(&session, at) < 0)
        exit(1);
    expect_ok(session, mc_session_enter(session, &visit));
    if (email)
        expect_ok(session, mc_session_act_as_email(session, email));
    return session;
}

static void make_site(void)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_site_edit site = {.size = sizeof(site), .title = "Test", .subdomain_key = "test"};
    mc_conversation_edit edit = {.size = sizeof(edit), .title = "Everybody at once"};
    mc_microcosm *root = NULL;
    mc_session *session;
    int64_t site_id;

    options.database = database;
    if (mc_app_new(&app, &options, NULL) < 0 || mc_app_new(&other, &options, NULL) < 0 ||
        mc_session_new(&session, app) < 0)
        exit(1);
    expect_ok(session, mc_site_create(&site_id, session, &site, "owner@example.org"));
    mc_session_free(session);
    session = enter(app, "owner@example.org");
    expect_ok(session, mc_microcosm_get(&root, session, 0, NULL, NULL));
    edit.microcosm_id = root ? root->id : 0;
    mc_record_free(root);
    expect_ok(session, mc_conversation_create(&conversation, session, &edit));
    mc_session_free(session);
}

/* The host's users. */

static atomic_int asked;

/* A token is an address. The library may cache each answer as long as possible. */
static int identify(void *data, const mc_credentials *credentials, mc_identity *identity)
{
    atomic_fetch_add((atomic_int *)data, 1);
    return mc_identity_accept(identity, credentials->token, NULL, 60);
}

/* Adds a provider while other threads enter. */
static void add_provider(void)
{
    const mc_auth_provider provider = {
        .size = sizeof(provider), .name = "threads", .identify = identify, .data = &asked};

    expect(mc_app_add_auth_provider(app, &provider, NULL) == 0, "a provider more");
    expect(mc_app_add_auth_provider(other, &provider, NULL) == 0, "a provider more");
}

static void visit_again(mc_session *session, const char *email)
{
    int64_t profile_id = mc_session_profile(session);
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.token = email;
    expect_ok(session, mc_session_enter(session, &visit));
    expect(mc_session_profile(session) == profile_id, "each is who the host says");
}

/* Threads. */

static void *work(void *data)
{
    int own = *(int *)data;
    char email[50], markdown[100];
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation,
                            .markdown = markdown};
    mc_session *session;

    snprintf(email, sizeof(email), "thread%d@example.org", own);
    session = enter(own % 2 ? app : other, email);
    for (int round = 0; round < ROUNDS; round++) {
        mc_conversation *page = NULL;
        mc_microcosm *root = NULL;
        int64_t id;

        if (round == own)
            mc_app_forget_identities(app);
        visit_again(session, email);
        snprintf(markdown, sizeof(markdown), "thread %d, round %d, with @thread%d", own, round,
                 (own + 1) % THREADS);
        expect_ok(session, mc_comment_create(&id, session, &edit));
        expect_ok(session, mc_conversation_get(&page, session, conversation, NULL));
        expect_ok(session, mc_microcosm_get(&root, session, 0, NULL, NULL));
        mc_record_free(page);
        mc_record_free(root);
    }
    mc_session_free(session);
    return NULL;
}

static void *run_background(void *data)
{
    mc_app_run(data);
    return NULL;
}

static atomic_bool ended;

static void *ask_for_figures(void *unused)
{
    (void)unused;
    while (!ended) {
        mc_app_stats *stats = NULL;

        expect(mc_app_stats_get(&stats, other) == 0, "figures");
        mc_record_free(stats);
        usleep(1000);
    }
    return NULL;
}

static int64_t told(mc_app *of)
{
    mc_app_stats *stats = NULL;
    int64_t number = 0;

    expect(mc_app_stats_get(&stats, of) == 0, "figures");
    if (stats)
        number = stats->feed_changes;
    mc_record_free(stats);
    return number;
}

/* Each app applies the changes of the other one, at the latest when it polls. */
static void expect_followed(mc_app *of)
{
    for (int i = 0; i < 12000 && told(of) == 0; i++)
        usleep(10000);
    expect(told(of) > 0, "it applies the other's writes");
}

static void run_threads(void)
{
    pthread_t threads[THREADS], background[2], asking;
    int numbers[THREADS];

    pthread_create(&background[0], NULL, run_background, app);
    pthread_create(&background[1], NULL, run_background, other);
    pthread_create(&asking, NULL, ask_for_figures, NULL);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    add_provider();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_followed(app);
    expect_followed(other);
    ended = true;
    pthread_join(asking, NULL);
    mc_app_stop(app);
    mc_app_stop(other);
    pthread_join(background[0], NULL);
    pthread_join(background[1], NULL);
}

#define AS_PLATFORM "SET microcosm.site_id = 0; "

int main(void)
{
    make_database();
    make_site();
    add_provider();
    run_threads();
    expect(asked >= THREADS && asked <= THREADS * ROUNDS, "no question more than visits");
    mc_app_free(app);
    mc_app_free(other);
    expect(number(database, AS_PLATFORM "SELECT comment_count FROM microcosm.items") ==
               THREADS * ROUNDS,
           "the item's counter");
    expect(number(database, AS_PLATFORM
                  "SELECT count(DISTINCT position) FROM microcosm.comments") == THREADS * ROUNDS,
           "a place for each");
    expect(number(database, AS_PLATFORM "SELECT comment_count FROM microcosm.microcosm_stats") ==
               THREADS * ROUNDS,
           "the microcosm's counter");
    expect(number(database,
                  AS_PLATFORM "SELECT min(n) FROM (SELECT sum(comment_count) AS n FROM"
                              " (SELECT * FROM microcosm.profile_counters UNION ALL"
                              " SELECT * FROM microcosm.profile_deltas) c GROUP BY profile_id) p"
                              " WHERE n > 0") == ROUNDS,
           "the authors' counters");
    run_on_server("DROP DATABASE", "WITH (FORCE)");
    printf("%s\n", failures ? "threads: failed" : "threads: passed");
    return failures ? 1 : 0;
}
