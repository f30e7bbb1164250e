#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_clockjoin_np(), sem_clockwait() */
#endif
#include "serve.h"
#include "api/dispatch.h"
#include "demo/demo.h"
#include "http/limits.h"
#include "http/listener.h"
#include "ops/library.h"
#include "ops/stopping.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long the start waits for the database before it begins to serve. */
#define SETTLE_MS 10000
/* Pause between attempts to reach the database. */
#define RETRY_MS 1000
#define TICK_MS 20
/* How often memory that is free is given back to the system. */
#define GIVE_BACK_MS 10000
/* Descriptors beside those of the threads: waiting connections, the database, files. */
#define OTHER_DESCRIPTORS 300

/* Mails that are sent at a time. */
#define MAIL_THREADS 4

/* The thread that brings the schema up to date and then does the library's background work. */
typedef struct background {
    pthread_t thread;
    service *service;
    bool demo;
    atomic_bool settled; /* the first attempt has ended */
    atomic_bool stopping;
    sem_t wake;
    pthread_t mail[MAIL_THREADS];
    int mail_threads;
} background;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Logs an error once as long as it stays the same. */
static void log_trouble(const background *b, const mc_failure *error, int *last)
{
    int code = error ? error->code : 0;

    if (code != *last)
        log_line(b->service->log, MC_LOG_ERROR, "database: %s",
                 error ? error->message : "unknown failure");
    *last = code;
}

/* Returns false if it was stopped before it succeeded. */
static bool bring_up_to_date(background *b)
{
    int last = 0;

    while (!atomic_load(&b->stopping)) {
        mc_failure *error = NULL;
        struct timespec until;

        if (mc_app_migrate(b->service->app, &error) == 0) {
            if (last != 0)
                log_line(b->service->log, MC_LOG_INFO, "database: reached");
            return true;
        }
        log_trouble(b, error, &last);
        mc_failure_free(error);
        atomic_store(&b->settled, true);
        until = in_ms(RETRY_MS);
        sem_clockwait(&b->wake, CLOCK_MONOTONIC, &until);
    }
    return false;
}

static void make_demo(const background *b)
{
    int rc = demo_make(b->service->app, b->service->log);

    if (rc < 0)
        log_line(b->service->log, MC_LOG_ERROR, "the site demo could not be made: %s",
                 mc_error_find(rc) ? mc_error_find(rc)->text : "unknown failure");
}

static void *send_mail(void *app)
{
    mc_app_run_mail(app);
    return NULL;
}

/* With fewer threads mail is slower, and without one it waits. */
static void start_mail(background *b)
{
    while (b->service->config->smtp && b->mail_threads < MAIL_THREADS &&
           pthread_create(&b->mail[b->mail_threads], NULL, send_mail, b->service->app) == 0)
        b->mail_threads++;
}

/* Repeats the request, since a thread may be about to call mc_app_run_mail(). */
static void join_mail(background *b)
{
    while (b->mail_threads > 0) {
        struct timespec until = in_ms(50);

        mc_app_stop_mail(b->service->app);
        if (pthread_clockjoin_np(b->mail[b->mail_threads - 1], NULL, CLOCK_MONOTONIC, &until) !=
            ETIMEDOUT)
            b->mail_threads--;
    }
}

static void *work(void *data)
{
    background *b = data;

    if (!bring_up_to_date(b))
        return NULL;
    if (b->demo)
        make_demo(b);
    atomic_store_explicit(&b->service->schema_ready, true, memory_order_release);
    atomic_store(&b->settled, true);
    start_mail(b);
    if (!atomic_load(&b->stopping))
        mc_app_run(b->service->app);
    join_mail(b);
    return NULL;
}

static bool background_start(background *b, service *s, bool demo)
{
    b->service = s;
    b->demo = demo;
    sem_init(&b->wake, 0, 0);
    if (pthread_create(&b->thread, NULL, work, b) == 0)
        return true;
    sem_destroy(&b->wake);
    return false;
}

/* Repeats the request, since the thread may be about to call mc_app_run(). */
static void background_stop(background *b)
{
    struct timespec until;

    atomic_store(&b->stopping, true);
    sem_post(&b->wake);
    do {
        mc_app_stop(b->service->app);
        until = in_ms(50);
    } while (pthread_clockjoin_np(b->thread, NULL, CLOCK_MONOTONIC, &until) == ETIMEDOUT);
    sem_destroy(&b->wake);
}

/* Blocks the signals before the first thread starts, so that only wait_for_signal() gets them. */
static void hold_signals(sigset_t *stop)
{
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    sigaddset(stop, SIGHUP);
    pthread_sigmask(SIG_BLOCK, stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Whether a signal arrived within some milliseconds. */
static bool wait_for_signal(const sigset_t *stop, int64_t ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    return sigtimedwait(stop, NULL, &pause) > 0;
}

/* Lets running requests finish until a second signal or the deadline. */
static void drain(server *http, const config *c, const sigset_t *stop)
{
    int64_t deadline = now_ms() + c->drain_timeout * 1000;

    server_drain(http);
    while (!server_is_drained(http) && now_ms() < deadline)
        if (wait_for_signal(stop, TICK_MS))
            break;
}

/* For somebody who tries the program: an address that works, and what to do there. */
static void say_welcome(const service *s, const char *address)
{
    const config *c = s->config;
    const char *any = "0.0.0.0:";
    bool is_any = strncmp(address, any, strlen(any)) == 0;
    const char *host = is_any ? "127.0.0.1" : "", *at = is_any ? strrchr(address, ':') : address;
    const char *where = c->database ? " --database ..." : c->data ? " --data " : "";

    printf("\n"
           "The forum is at  http://%s%s/  (for a browser: what there is to try)\n"
           "\n"
           "Read it:\n"
           "  curl http://%s%s/api/v1/microcosms\n"
           "\n"
           "Make a token to sign in with, in another terminal:\n"
           "  %s token create --site " DEMO_SITE_KEY " --email you@example.org%s%s\n"
           "\n"
           "Ctrl-C stops it. What was written stays.\n"
           "\n",
           host, at, host, at, program_invocation_name, where, c->data ? c->data : "");
    fflush(stdout);
}

static void run(service *s, background *b, int listening, const sigset_t *stop, int *status)
{
    const responder replies = dispatch_responder(s);
    const server_setup setup = {s->config, s->log, &s->metrics, &replies};
    char address[LISTENER_ADDRESS_SIZE], problem[256];
    int64_t patience = now_ms() + SETTLE_MS;
    server *http;

    listener_address(address, listening);
    while (!atomic_load(&b->settled) && now_ms() < patience)
        if (wait_for_signal(stop, TICK_MS))
            return;
    http = server_start(&setup, listening, problem, sizeof(problem));
    if (!http) {
        log_line(s->log, MC_LOG_ERROR, "%s", problem);
        *status = 1;
        return;
    }
    log_line(s->log, MC_LOG_INFO, "listening on %s", address);
    if (s->lone_site && atomic_load(&s->schema_ready))
        say_welcome(s, address);
    while (!wait_for_signal(stop, GIVE_BACK_MS))
        server_give_back(http);
    log_line(s->log, MC_LOG_INFO, "stopping");
    drain(http, s->config, stop);
    server_stop(http);
}

/* S3 that isn't there now may be there again, as the database may: only what is uploaded or asked
 * for meanwhile fails. What somebody has to put right is refused. */
static int check_files(mc_app *app, const logger *log, mc_failure **error)
{
    int rc = mc_app_check_files(app, error);

    if (rc != MC_EREMOTE)
        return rc;
    log_line(log, MC_LOG_ERROR, "%s", *error ? (*error)->message : "the files can't be reached");
    mc_failure_free(*error);
    *error = NULL;
    return 0;
}

static mc_app *open_app(const config *c, const logger *log, int *status)
{
    mc_failure *error = NULL;
    mc_app *app = NULL;
    int rc = library_open(&app, c, log, true, &error);

    if (rc == 0)
        rc = mc_app_check_images(app, &error);
    if (rc == 0)
        rc = check_files(app, log, &error);
    if (rc == 0)
        return app;
    mc_app_free(app);
    if (stopping_is_wanted())
        *status = 0;
    else {
        log_line(log, MC_LOG_ERROR, "%s", error ? error->message : "the library did not start");
        *status = rc == MC_EINVAL ? 2 : 1;
    }
    mc_failure_free(error);
    return NULL;
}

static int serve_on(int listening, const config *c, const logger *log)
{
    service *s = calloc(1, sizeof(*s));
    background b = {.demo = false};
    int status = 0;
    sigset_t stop;

    if (!s)
        return 1;
    s->config = c;
    s->log = log;
    s->metrics.started = time(NULL);
    s->metrics.workers = c->threads;
    s->lone_site = c->demo && !c->default_site ? DEMO_SITE_KEY : NULL;
    s->app = open_app(c, log, &status);
    hold_signals(&stop);
    if (s->app && stopping_is_wanted()) {
        status = 0;
    } else if (s->app && background_start(&b, s, c->demo)) {
        run(s, &b, listening, &stop, &status);
        background_stop(&b);
    } else if (s->app) {
        log_line(log, MC_LOG_ERROR, "the thread for background work did not start");
        status = 1;
    }
    mc_app_free(s->app);
    free(s);
    return status;
}

/* Large blocks, which only large requests and replies need, are given back when they are freed;
 * and threads share a few arenas, of which each would otherwise keep what it once needed. */
static void limit_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_ARENA_MAX, 4);
}

int serve(const config *c, const logger *log)
{
    char problem[256];
    int listening, status;

    limit_memory();
    errno = 0;
    if (!limits_have_descriptors(c->threads + c->connections + OTHER_DESCRIPTORS, problem,
                                 sizeof(problem))) {
        log_line(log, MC_LOG_ERROR, "%s", problem);
        return 1;
    }
    listening = listener_open(c->listen, problem, sizeof(problem));
    if (listening < 0) {
        log_line(log, MC_LOG_ERROR, "%s%s", problem,
                 errno == EADDRINUSE ? "; choose another port, such as --listen 127.0.0.1:8081"
                                     : "");
        return 1;
    }
    status = serve_on(listening, c, log);
    log_line(log, MC_LOG_INFO, "stopped");
    return status;
}
