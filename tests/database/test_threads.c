/*
 * One app, many threads: each with a session of its own, reading and writing at once, with the
 * background work on a thread beside them. For ThreadSanitizer, under which Criterion itself
 * crashes: so this is a plain program, whose exit status is the result.
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

static mc_app *app;
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

/* ---- a database of its own ---------------------------------------------------------------------
 */

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
    /* the last value of a key wins */
    snprintf(database, sizeof(database), "%s dbname=%s user=microcosm",
             getenv("MICROCOSM_TEST_DATABASE"), name);
}

/* ---- a site
 * ------------------------------------------------------------------------------------------ */

static mc_session *enter(const char *email)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;

    visit.site_key = "test";
    if (mc_session_new(&session, app) < 0)
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
    if (mc_app_new(&app, &options, NULL) < 0 || mc_session_new(&session, app) < 0)
        exit(1);
    expect_ok(session, mc_site_create(&site_id, session, &site, "owner@example.org"));
    mc_session_free(session);
    session = enter("owner@example.org");
    expect_ok(session, mc_microcosm_get(&root, session, 0, NULL));
    edit.microcosm_id = root ? root->id : 0;
    mc_record_free(root);
    expect_ok(session, mc_conversation_create(&conversation, session, &edit));
    mc_session_free(session);
}

/* ---- the host's users
 * ------------------------------------------------------------------------------- */

static atomic_int asked;

/* A token is an address. The library may keep each answer for as long as it likes to. */
static int identify(void *data, const mc_credentials *credentials, mc_identity *identity)
{
    atomic_fetch_add((atomic_int *)data, 1);
    return mc_identity_accept(identity, credentials->token, NULL, 60);
}

/* While others are entering. */
static void add_provider(void)
{
    const mc_auth_provider provider = {
        .size = sizeof(provider), .name = "threads", .identify = identify, .data = &asked};

    expect(mc_app_add_auth_provider(app, &provider, NULL) == 0, "a provider more");
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

/* ---- threads
 * ------------------------------------------------------------------------------------------- */

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
    session = enter(email);
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
        expect_ok(session, mc_microcosm_get(&root, session, 0, NULL));
        mc_record_free(page);
        mc_record_free(root);
    }
    mc_session_free(session);
    return NULL;
}

static void *run_background(void *unused)
{
    (void)unused;
    mc_app_run(app);
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[THREADS], background;
    int numbers[THREADS];

    pthread_create(&background, NULL, run_background, NULL);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    add_provider();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    mc_app_stop(app);
    pthread_join(background, NULL);
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
    expect(number(database, AS_PLATFORM "SELECT comment_count FROM microcosm.items") ==
               THREADS * ROUNDS,
           "the item's counter");
    expect(number(database, AS_PLATFORM
                  "SELECT count(DISTINCT position) FROM microcosm.comments") == THREADS * ROUNDS,
           "a place for each");
    expect(number(database, AS_PLATFORM "SELECT comment_count FROM microcosm.microcosm_stats") ==
               THREADS * ROUNDS,
           "the microcosm's counter");
    expect(number(database, AS_PLATFORM
                  "SELECT min(comment_count) FROM microcosm.profiles WHERE comment_count > 0") ==
               ROUNDS,
           "the authors' counters");
    run_on_server("DROP DATABASE", "WITH (FORCE)");
    printf("%s\n", failures ? "threads: failed" : "threads: passed");
    return failures ? 1 : 0;
}
