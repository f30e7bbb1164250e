#include "forum.h"

#include "cache/cache.h"
#include "domain/base/handles.h"
#include "postgres.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

char *forum_database;
mc_app *forum_app;
char *forum_files;
mc_session *session;
static PGconn *owner;

void forum_open(void)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_site_edit site = {.size = sizeof(site), .title = "Test", .subdomain_key = "test"};
    mc_visit visit = MC_VISIT_INIT;
    mc_failure *error = NULL;
    int64_t site_id;

    forum_database = test_database_new();
    owner = test_database_connect(forum_database);
    PQclear(test_sql(owner, "SET microcosm.site_id = 0"));
    forum_files = test_folder_new("mcfiles.");
    cr_assert(forum_files);
    options.database = forum_database;
    options.files = forum_files;
    options.image_program = IMAGE_PROGRAM;
    cr_assert_eq(mc_app_new(&forum_app, &options, &error), 0, "%s", error ? error->message : "");
    /* Trusts the cache, since no other process writes; forum_sql() clears it. */
    if (getenv("MC_TEST_CACHE"))
        mc__cache_trust(forum_app->cache, INT64_MAX);
    cr_assert_eq(mc_session_new(&session, forum_app), 0);
    must(mc_site_create(&site_id, session, &site, "owner@example.org"));
    visit.site_key = "test";
    must(mc_session_enter(session, &visit));
}

void forum_close(void)
{
    mc_session_free(session);
    mc_app_free(forum_app);
    test_folder_remove(forum_files);
    PQfinish(owner);
    test_database_drop(forum_database);
}

int64_t act_as(const char *name)
{
    mc_profile *self = NULL;
    char email[100];
    int64_t id;

    if (!name) {
        must(mc_session_act_as(session, 0));
        return 0;
    }
    snprintf(email, sizeof(email), "%s@example.org", name);
    must(mc_session_act_as_email(session, email));
    id = mc_session_profile(session);
    must(mc_profile_self(&self, session));
    if (strcmp(self->profile_name, name) != 0) {
        mc_profile_edit edit = {.size = sizeof(edit), .profile_name = name};

        must(mc_profile_edit_save(session, id, &edit));
    }
    mc_record_free(self);
    return id;
}

int64_t root_microcosm(void)
{
    return forum_number(
        "SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = %lld AND parent_id IS NULL",
        (long long)mc_session_site(session));
}

int64_t make_microcosm(int64_t parent_id, const char *title)
{
    mc_microcosm_edit edit = {
        .size = sizeof(edit), .title = title, .description = title, .parent_id = {true, parent_id}};
    int64_t id = 0;

    must(mc_microcosm_create(&id, session, &edit));
    return id;
}

int64_t make_conversation(int64_t microcosm_id, const char *title)
{
    mc_conversation_edit edit = {
        .size = sizeof(edit), .microcosm_id = microcosm_id, .title = title};
    int64_t id = 0;

    must(mc_conversation_create(&id, session, &edit));
    return id;
}

int64_t make_comment(int64_t conversation_id, const char *markdown)
{
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation_id,
                            .markdown = markdown};
    int64_t id = 0;

    must(mc_comment_create(&id, session, &edit));
    return id;
}

void forum_sql(const char *format, ...)
{
    char sql[8000];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    PQclear(test_sql(owner, sql));
    mc__cache_clear(forum_app->cache);
}

int64_t forum_number(const char *format, ...)
{
    char sql[8000];
    va_list arguments;
    PGresult *rows;
    int64_t number;

    va_start(arguments, format);
    vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    rows = test_sql(owner, sql);
    cr_assert_eq(PQntuples(rows), 1, "%s gives %d rows", sql, PQntuples(rows));
    number = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return number;
}

typedef struct thread {
    pthread_t id;
    pthread_barrier_t *start;
    mc_session *own;
    int number;
    void (*run)(mc_session *, int, void *);
    void *data;
} thread;

static void *run_thread(void *given)
{
    thread *t = given;

    pthread_barrier_wait(t->start);
    t->run(t->own, t->number, t->data);
    return NULL;
}

void at_once(int count, const char *name, void (*run)(mc_session *own, int number, void *data),
             void *data)
{
    thread *threads = calloc((size_t)count, sizeof(*threads));
    mc_visit visit = MC_VISIT_INIT;
    pthread_barrier_t start;
    char email[100], number[12] = "";

    cr_assert(threads);
    pthread_barrier_init(&start, NULL, (unsigned)count);
    visit.site_key = "test";
    for (int i = 0; i < count; i++) {
        thread *t = &threads[i];

        *t = (thread){.start = &start, .number = i, .run = run, .data = data};
        if (strchr(name, '%'))
            snprintf(number, sizeof(number), "%d", i);
        snprintf(email, sizeof(email), "%.*s%s@example.org", (int)strcspn(name, "%"), name, number);
        must(mc_session_new(&t->own, forum_app));
        must(mc_session_enter(t->own, &visit));
        must(mc_session_act_as_email(t->own, email));
    }
    for (int i = 0; i < count; i++)
        cr_assert_eq(pthread_create(&threads[i].id, NULL, run_thread, &threads[i]), 0);
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i].id, NULL);
        mc_session_free(threads[i].own);
    }
    pthread_barrier_destroy(&start);
    free(threads);
}

void expect_faults(const char *fields)
{
    const mc_failure *error = mc_session_error(session);
    mc_scratch_text(found);

    cr_expect_eq(error->code, MC_EINVAL, "%d: %s", error->code, error->message);
    for (size_t i = 0; i < error->fault_count; i++)
        mc__text_format(&found, "%s ", error->faults[i].field);
    cr_expect_str_eq(mc__text_string(&found), fields);
}
