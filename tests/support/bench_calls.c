/*
 * Measures a cached page in C, as a reference for the bindings.
 *
 *     bench_calls CONNINFO SITE CONVERSATION CALLS
 *
 * As a guest, in one session: first mc_conversation_get() and mc_record_free(), then
 * mc_conversation_json() into a buffer that is used again. Prints microseconds of
 * processor time per call of both.
 */
#include <microcosm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Processor time of this process: a binding adds no waiting. */
static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int read_records(mc_session *session, int64_t conversation, long calls)
{
    for (long i = 0; i < calls; i++) {
        mc_conversation *page = NULL;
        int rc = mc_conversation_get(&page, session, conversation, NULL);

        if (rc < 0)
            return rc;
        mc_record_free(page);
    }
    return 0;
}

static int read_json(mc_session *session, mc_buffer *buffer, int64_t conversation, long calls)
{
    for (long i = 0; i < calls; i++) {
        int rc = mc_conversation_json(buffer, session, conversation, NULL);

        if (rc < 0)
            return rc;
        mc_buffer_clear(buffer);
    }
    return 0;
}

static int measure(mc_session *session, mc_buffer *buffer, int64_t conversation, long calls)
{
    double start;
    int rc = read_json(session, buffer, conversation, calls / 10 + 1); /* warm */

    start = now_us();
    if (rc == 0)
        rc = read_records(session, conversation, calls);
    if (rc == 0)
        printf("get %.3f\n", (now_us() - start) / (double)calls);
    start = now_us();
    if (rc == 0)
        rc = read_json(session, buffer, conversation, calls);
    if (rc == 0)
        printf("json %.3f\n", (now_us() - start) / (double)calls);
    return rc;
}

static void *follow(void *app)
{
    mc_app_run(app);
    return NULL;
}

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;
    mc_buffer *buffer = NULL;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    pthread_t thread;
    int rc;

    if (argc != 5) {
        fprintf(stderr, "usage: bench_calls CONNINFO SITE CONVERSATION CALLS\n");
        return 2;
    }
    options.database = argv[1];
    visit.site_key = argv[2];
    rc = mc_app_new(&app, &options, &error);
    if (rc < 0) {
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
        mc_failure_free(error);
        return 1;
    }
    if (pthread_create(&thread, NULL, follow, app) != 0) {
        mc_app_free(app);
        return 1;
    }
    rc = mc_buffer_new(&buffer, 0);
    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc == 0)
        rc = mc_session_enter(session, &visit);
    if (rc == 0)
        rc = measure(session, buffer, strtoll(argv[3], NULL, 10), strtol(argv[4], NULL, 10));
    if (rc < 0)
        fprintf(stderr, "%s\n", mc_session_error(session)->message);
    mc_app_stop(app);
    pthread_join(thread, NULL);
    mc_session_free(session);
    mc_buffer_free(buffer);
    mc_app_free(app);
    return rc < 0 ? 1 : 0;
}
