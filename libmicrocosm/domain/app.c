/* mc_app: made once and shared by all threads. mc_app_step() does its background work. */
#include "types.h"
#ifdef MC_CHECK_CACHE
#include "check_cache.h"
#endif
#include "access/providers.h"
#include "access/spam.h"
#include "access/tree.h"
#include "base/counters.h"
#include "base/error.h"
#include "base/handles.h"
#include "base/limiter.h"
#include "base/read_marks.h"
#include "cache/cache.h"
#include "content/geocode.h"
#include "content/zones.h"
#include "content/render_again.h"
#include "db/cluster.h"
#include "db/migrate.h"
#include "feed/follow.h"
#include "files/image.h"
#include "files/store.h"
#include "files/type.h"
#include "find/search_index.h"
#include "people/name_keys.h"
#include "remote/guard.h"
#include "sites/legal.h"
#include "work/jobs.h"
#include "work/queue.h"
#include "work/mail.h"
#include "work/mail_queue.h"

#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <unistd.h>

/* How often the private PostgreSQL is checked. */
#define CLUSTER_EVERY_MS 1000
/* Requests that try what a site's owner has set. */
#define PROBES_AT_ONCE 4
/* Requests to providers of sign-ins, and how long others wait for them: each holds a thread. */
#define SIGN_INS_AT_ONCE 12
#define SIGN_INS_WAIT_MS 2000
#define PASSWORD_ENTRY 16384
/* How long a picture waits for those before it. */
#define PICTURES_WAIT_MS 30000
/* With less, a process that was suspended for a moment could miss changes. */
#define KEEP_LEAST_S 60
#define KEEP_MOST_S ((int64_t)10 * 366 * 86400)

static const mc__field app_stats_fields[] = {
    MC_FIELD(mc_app_stats, cache_hits, "cacheHits"),
    MC_FIELD(mc_app_stats, cache_misses, "cacheMisses"),
    MC_FIELD(mc_app_stats, cache_entries, "cacheEntries"),
    MC_FIELD(mc_app_stats, cache_bytes, "cacheBytes"),
    MC_FIELD(mc_app_stats, cache_most_bytes, "cacheMostBytes"),
    MC_FIELD(mc_app_stats, cache_evictions, "cacheEvictions"),
    MC_FIELD(mc_app_stats, cache_clears, "cacheClears"),
    MC_FIELD(mc_app_stats, cache_trusted, "cacheTrusted"),
    MC_FIELD(mc_app_stats, pool_size, "poolSize"),
    MC_FIELD(mc_app_stats, pool_lent, "poolLent"),
    MC_FIELD(mc_app_stats, pool_waits, "poolWaits"),
    MC_FIELD(mc_app_stats, feed_passes, "feedPasses"),
    MC_FIELD(mc_app_stats, feed_changes, "feedChanges"),
    MC_FIELD(mc_app_stats, feed_position, "feedPosition"),
    MC_FIELD(mc_app_stats, feed_age_ms, "feedAgeMs"),
    MC_FIELD(mc_app_stats, jobs, "jobs", .type = &mc__job_type),
    MC_FIELD(mc_app_stats, queue, "queue", .type = &mc__queue_kind_type),
    MC_FIELD(mc_app_stats, feed_wakeups, "feedWakeups"),
};
const mc_type mc__app_stats_type = MC_TYPE(mc_app_stats, "app_stats", app_stats_fields);

void mc_app_options_init(mc_app_options *options, size_t size)
{
    mc_app_options defaults = MC_APP_OPTIONS_INIT;

    if (!options)
        return;
    memset(options, 0, size);
    memcpy(options, &defaults, size < sizeof(defaults) ? size : sizeof(defaults));
    options->size = size;
}

/* The numbers among the options. */
static const struct {
    const char *name;
    size_t offset;
    int64_t least, most;
} limits[] = {
    {"connections", offsetof(mc_app_options, connections), 0, 1000},
    {"wait_ms", offsetof(mc_app_options, wait_ms), 1, INT32_MAX},
    {"statement_ms", offsetof(mc_app_options, statement_ms), 1, INT32_MAX}, /* PostgreSQL's limit */
    {"cache_size", offsetof(mc_app_options, cache_size), 0, (int64_t)(SIZE_MAX / 4)},
    {"changes_keep_s", offsetof(mc_app_options, changes_keep_s), KEEP_LEAST_S, KEEP_MOST_S},
    {"file_size", offsetof(mc_app_options, file_size), 1, INT64_MAX},
    {"profile_files", offsetof(mc_app_options, profile_files), 0, INT64_MAX},
    {"smtp_wait_ms", offsetof(mc_app_options, smtp_wait_ms), 100, 3600000},
    {"s3_timeout_ms", offsetof(mc_app_options, s3_timeout_ms), 1000, 600000},
    {"password_memory", offsetof(mc_app_options, password_memory), 7 << 20, 1 << 30},
    {"password_passes", offsetof(mc_app_options, password_passes), 1, 100},
};

static int read_options(mc_app_options *out, mc__problem *problem, const mc_app_options *given)
{
    int rc = 0;

    mc_app_options_init(out, sizeof(*out));
    if (given)
        rc = mc__struct_take(problem, out, sizeof(*out), given, "app_options");
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < MC_COUNT(limits); i++) {
        int64_t number = *(const int64_t *)((const char *)out + limits[i].offset);

        if (number < limits[i].least || number > limits[i].most)
            return mc__fail(problem, MC_EINVAL, "%s must be %lld to %lld", limits[i].name,
                            (long long)limits[i].least, (long long)limits[i].most);
    }
    if (!out->base_domain || !*out->base_domain)
        return mc__fail(problem, MC_EINVAL, "base_domain must not be empty");
    return 0;
}

static int64_t default_connections(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? 8 * cores : 16;
}

static int half_of_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 3 ? (int)(cores / 2) : 1;
}

/* Whether this is root with the home that only root may enter, whereas PostgreSQL runs as another
 * account. */
static bool is_home_of_root(const char *home)
{
    char buffer[PASSWORD_ENTRY];
    struct passwd entry, *found = NULL;

    if (geteuid() != 0)
        return false;
    return !home || !*home || getpwuid_r(0, &entry, buffer, sizeof(buffer), &found) != 0 ||
           !found || strcmp(home, found->pw_dir) == 0;
}

/* ~/.local/share/microcosm, or XDG_DATA_HOME's (XDG Base Directory Specification 0.8); for root the
 * folder of system services (Filesystem Hierarchy Standard). */
static const char *default_data(mc__arena *arena)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data && *data == '/')
        return mc__arena_format(arena, "%s/microcosm", data);
    if (is_home_of_root(home))
        return "/var/lib/microcosm";
    return mc__arena_format(arena, "%s/.local/share/microcosm", home && *home ? home : "");
}

/* Without this check, a malformed connection string would look like an unavailable database. */
static int check_conninfo(mc__problem *problem, const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(conninfo, &message);
    int rc = 0;

    if (!parsed)
        rc = mc__fail(problem, MC_EINVAL, "the connection string is not valid: %.*s",
                      message ? (int)strcspn(message, "\n") : 0, message ? message : "");
    PQconninfoFree(parsed);
    PQfreemem(message);
    return rc;
}

static int start_database(mc_app *app, mc__problem *problem, const mc_app_options *options)
{
    mc_scratch_arena(scratch);
    mc__pool_options pool = {
        .conninfo = options->database,
        .size = (int)(options->connections ? options->connections : default_connections()),
        .wait_ms = options->wait_ms,
        .statement_ms = options->statement_ms,
        .prepare = options->prepare != MC_NO,
        .wrote = mc__follow_wrote,
        .wrote_data = app->follow,
        .log = app->log};
    int rc = 0;

    if (!options->database) {
        mc__cluster_options cluster = {.folder =
                                           options->data ? options->data : default_data(&scratch),
                                       .log = app->log,
                                       .must_exist = options->create == MC_NO,
                                       .give_up = options->give_up,
                                       .give_up_data = options->give_up_data};

        rc = scratch.failed ? mc__fail(problem, MC_ENOMEM, "out of memory")
                            : mc__cluster_start(&app->cluster, problem, &cluster);
        if (rc < 0)
            return rc;
        pool.conninfo = mc__cluster_conninfo(app->cluster);
    }
    rc = check_conninfo(problem, pool.conninfo);
    if (rc < 0)
        return rc;
    rc = mc__pool_new(&app->pool, &pool);
    if (rc == 0)
        rc = mc__follow_connect(app->follow, app->pool, app->cache);
    return rc < 0 ? mc__fail(problem, rc, "the connection pool could not be made") : 0;
}

static int start_s3(mc_app *app, mc__problem *problem, const mc_app_options *options,
                    const char *spool_folder)
{
    const mc__s3_options s3 = {.address = options->files,
                               .endpoint = options->s3_endpoint,
                               .region = options->s3_region,
                               .access_key = options->s3_access_key,
                               .secret_key = options->s3_secret_key,
                               .spool_folder = options->s3_spool ? options->s3_spool : spool_folder,
                               .path_style = options->s3_path_style != MC_NO,
                               .timeout_ms = options->s3_timeout_ms};

    return mc__s3_store_new(&app->files, problem, &s3);
}

static int start_files(mc_app *app, mc__problem *problem, const mc_app_options *options)
{
    mc_scratch_arena(scratch);
    const char *data = options->data ? options->data : default_data(&scratch);
    bool is_s3 = mc__is_s3_address(options->files);
    const char *own = mc__arena_format(&scratch, is_s3 ? "%s/files/tmp" : "%s/files", data);
    int rc;

    app->file_size = options->file_size;
    app->profile_files = options->profile_files;
    if (scratch.failed || mc__magic_new(&app->magic) < 0 ||
        mc__image_program_new(&app->images, options->image_program) < 0 ||
        mc__limiter_new(&app->picturing, half_of_cores(), PICTURES_WAIT_MS) < 0)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (is_s3)
        return start_s3(app, problem, options, own);
    rc = mc__local_store_new(&app->files, options->files ? options->files : own);
    return rc < 0 ? mc__fail(problem, rc, "out of memory") : 0;
}

void mc_app_free(mc_app *app)
{
    if (!app)
        return;
    bool is_ours = app->owner == getpid();

    if (is_ours && app->is_made) {
        mc__read_marks_flush(app);
        mc__follow_finish(app->follow);
    }
    mc__follow_free(app->follow);
    mc__jobs_free(app->jobs);
    mc__queue_free(app->queue);
    mc__outbox_free(app->outbox);
    mc__mail_free(app->mail);
    mc__pool_free(app->pool);
    if (is_ours)
        mc__cluster_stop(app->cluster);
    else
        mc__cluster_release(app->cluster);
    mc__read_marks_free(app->read_marks);
    mc__counters_free(app->counters);
    mc__limiter_free(app->rendering);
    mc__limiter_free(app->hashing);
    mc__limiter_free(app->posting);
    mc__limiter_free(app->signing);
    mc__limiter_free(app->probing);
    mc__trees_free(app->trees);
    mc__auth_providers_free(app->auth);
    mc__zones_free(app->zones);
    mc__geocoder_free(app->geocoder);
    mc__guard_free(app->guard);
    mc__spam_free(app->spam);
    mc__legal_free(app->legal);
    mc__cache_free(app->cache);
    mc__file_store_free(app->files);
    mc__magic_free(app->magic);
    mc__image_program_free(app->images);
    mc__limiter_free(app->picturing);
    mc__free(app->base_domain);
    mc__free(app->default_site);
    mc__free(app);
}

MC_DEFINE_AUTO(mc_app *, mc_app_free)

/* What only memory can be missing for. */
static int make_parts(mc_app *app, const mc_app_options *options)
{
    app->owner = getpid();
    app->changes_keep_s = options->changes_keep_s;
    app->gravatar = options->gravatar == MC_YES;
    app->password_costs = (mc__password_costs){(unsigned)(options->password_memory >> 10),
                                               (unsigned)options->password_passes};
    app->log = (mc__log){options->log, options->log_data, options->log_level};
    atomic_init(&app->sends_mail, options->smtp != NULL);
    app->base_domain = mc__strdup(options->base_domain);
    app->default_site = mc__strdup(options->default_site ? options->default_site : "");
    if (!app->base_domain || !app->default_site || mc__read_marks_new(&app->read_marks) < 0 ||
        mc__trees_new(&app->trees) < 0 || mc__counters_new(&app->counters) < 0 ||
        mc__limiter_new(&app->rendering, half_of_cores(), options->wait_ms) < 0 ||
        mc__limiter_new(&app->hashing, half_of_cores(), options->wait_ms) < 0 ||
        mc__limiter_new(&app->posting, INT_MAX, options->wait_ms) < 0 ||
        mc__limiter_new(&app->signing, SIGN_INS_AT_ONCE, SIGN_INS_WAIT_MS) < 0 ||
        mc__limiter_new(&app->probing, PROBES_AT_ONCE, options->wait_ms) < 0 ||
        mc__follow_new(&app->follow) < 0 || mc__outbox_new(&app->outbox) < 0 ||
        mc__auth_providers_new(&app->auth) < 0 || mc__zones_new(&app->zones) < 0 ||
        mc__queue_new(&app->queue, mc__queue_kinds, mc__queue_kind_count) < 0 ||
        mc__cache_new(&app->cache, (size_t)options->cache_size) < 0)
        return MC_ENOMEM;
#ifdef MC_CHECK_CACHE
    mc__check_cache(app->cache);
#endif
    return 0;
}

/* What options can be wrong for, and last the database. */
static int start_parts(mc_app *app, mc__problem *problem, const mc_app_options *options)
{
    int rc = mc__digest_start();

    if (rc == 0)
        rc = start_files(app, problem, options);
    if (rc == 0)
        rc = mc__legal_new(&app->legal, problem, options);
    if (rc == 0)
        rc = mc__jobs_new(&app->jobs, problem, options->jobs);
    if (rc == 0)
        rc = mc__mail_new(&app->mail, problem, options);
    if (rc == 0)
        rc = mc__geocoder_new(&app->geocoder, problem, options->geocoder, options->wait_ms);
    if (rc == 0)
        rc = mc__guard_new(&app->guard, problem, options->outgoing_allow);
    if (rc == 0)
        rc = mc__spam_new(&app->spam, problem, options->spam_check,
                          options->spam_check_closed == MC_YES);
    return rc < 0 ? rc : start_database(app, problem, options);
}

int mc_app_new(mc_app **out, const mc_app_options *given, mc_failure **error)
{
    mc_auto(mc_app_free) mc_app *app = NULL;
    mc__problem problem = {0};
    mc_app_options options;
    mc_app *made;
    int rc;

    if (!out)
        return mc__hand_out(error, &problem, mc__fail(&problem, MC_EINVAL, MC_NO_OUT));
    rc = read_options(&options, &problem, given);
    if (rc < 0)
        return mc__hand_out(error, &problem, rc);
    made = mc__calloc(1, sizeof(*made));
    if (!made)
        return mc__hand_out(error, &problem, MC_ENOMEM);
    app = made;
    rc = make_parts(app, &options);
    if (rc == 0)
        rc = start_parts(app, &problem, &options);
    if (rc == 0) {
        app->is_made = true;
        *out = MC_TAKE(app);
    }
    return mc__hand_out(error, &problem, rc);
}

static int with_connection(mc_app *app, mc_failure **error,
                           int (*use)(mc_app *, PGconn *, mc__problem *))
{
    mc__problem problem = {0};
    mc__conn *conn = NULL;
    int rc;

    if (!app)
        return mc__hand_out(error, &problem, mc__fail(&problem, MC_ESTATE, MC_NO_APP));
    rc = mc__pool_borrow(&conn, app->pool, &problem, false, 0);
    if (rc == 0) {
        rc = mc__conn_ping(&problem, conn);
        if (rc == 0)
            rc = use(app, mc__conn_pg(conn), &problem);
        mc__pool_return(app->pool, conn);
    }
    return mc__hand_out(error, &problem, rc);
}

static int migrate(mc_app *app, PGconn *pg, mc__problem *problem)
{
    return mc__migrate(pg, problem, &app->log);
}

static int with_problem(mc_app *app, mc_failure **error, int (*use)(mc_app *, mc__problem *))
{
    mc__problem problem = {0};
    int rc = app && mc__pool_is_ours(app->pool) ? use(app, &problem)
                                                : mc__fail(&problem, MC_ESTATE, MC_NO_APP);

    return mc__hand_out(error, &problem, rc);
}

static int check(mc_app *app, PGconn *pg, mc__problem *problem)
{
    if (mc__pool_is_short(app->pool))
        return mc__fail(problem, MC_ERESOURCES, "%s", mc_error_find(MC_ERESOURCES)->text);
    return mc__schema_check(pg, problem);
}

int mc_app_migrate(mc_app *app, mc_failure **error)
{
    int rc = with_connection(app, error, migrate);

    if (rc == 0)
        rc = with_problem(app, error, mc__name_keys_fill);
    return rc < 0 ? rc : with_problem(app, error, mc__jobs_check);
}

int mc_app_check(mc_app *app, mc_failure **error)
{
    int rc = with_connection(app, error, check);

    return rc < 0 ? rc : with_problem(app, error, mc__jobs_check);
}

static int check_images(mc_app *app, mc__problem *problem)
{
    return mc__image_check(app->images, problem);
}

static int check_files(mc_app *app, mc__problem *problem)
{
    return app->files->kind->check(app->files, problem);
}

int mc_app_check_images(mc_app *app, mc_failure **error)
{
    return with_problem(app, error, check_images);
}

int mc_app_check_files(mc_app *app, mc_failure **error)
{
    return with_problem(app, error, check_files);
}

const char *mc_app_database(const mc_app *app)
{
    return app ? mc__pool_conninfo(app->pool) : "";
}

/* A step calls a list of functions. Each does its work if that is due, and returns the milliseconds
 * until it is due again. */
static int64_t watch_cluster(mc_app *app)
{
    mc__problem problem = {0};
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->cluster_due);

    if (!app->cluster || now < due)
        return app->cluster ? due - now : CLUSTER_EVERY_MS;
    atomic_store(&app->cluster_due, now + CLUSTER_EVERY_MS);
    if (mc__cluster_ensure(app->cluster, &problem) < 0)
        mc__log_write(&app->log, MC_LOG_ERROR, "the private PostgreSQL does not start: %s",
                      problem.shown.message);
    mc__problem_release(&problem);
    return CLUSTER_EVERY_MS;
}

int64_t mc_app_step(mc_app *app)
{
    static int64_t (*const work[])(mc_app *) = {
        watch_cluster, mc__follow_step,    mc__read_marks_step,   mc__counters_step, mc__queue_step,
        mc__jobs_step, mc__name_keys_step, mc__render_again_step, mc__search_step};
    int64_t wait = 1000;

    if (!app || !mc__pool_is_ours(app->pool))
        return wait;
    for (size_t i = 0; i < MC_COUNT(work); i++) {
        int64_t until = work[i](app);

        if (until < wait)
            wait = until;
    }
    return wait;
}

int mc_app_poll_fd(const mc_app *app)
{
    return app ? mc__follow_fd(app->follow) : -1;
}

int mc_app_run(mc_app *app)
{
    if (!app || !mc__pool_is_ours(app->pool))
        return MC_ESTATE;
    while (!atomic_load(&app->stopping)) {
        struct pollfd called = {.fd = mc_app_poll_fd(app), .events = POLLIN};
        int64_t wait = mc_app_step(app);

        if (!atomic_load(
                &app->stopping)) /* the step may have consumed the wake-up of mc_app_stop() */
            poll(&called, 1, (int)wait);
    }
    atomic_store(&app->stopping, false); /* mc_app_run() may be called again */
    return 0;
}

void mc_app_stop(mc_app *app)
{
    if (!app)
        return;
    atomic_store(&app->stopping, true);
    mc_app_stop_mail(app);
    mc__follow_wake(app->follow);
}

int mc_app_stats_get(mc_app_stats **out, mc_app *app)
{
    mc__cache_stats cache;
    mc__pool_stats pool;
    mc__follow_stats follow;
    mc_app_stats *stats;

    if (!out)
        return MC_EINVAL;
    if (!app || !mc__pool_is_ours(app->pool))
        return MC_ESTATE;
    stats = mc__record_new(&mc__app_stats_type);
    if (!stats)
        return MC_ENOMEM;
    mc__cache_count(app->cache, &cache);
    mc__pool_count(app->pool, &pool);
    mc__follow_count(app, &follow);
    stats->cache_hits = (int64_t)cache.hits;
    stats->cache_misses = (int64_t)cache.misses;
    stats->cache_entries = (int64_t)cache.entries;
    stats->cache_bytes = (int64_t)cache.bytes;
    stats->cache_most_bytes = (int64_t)cache.most_bytes;
    stats->cache_evictions = (int64_t)cache.evictions;
    stats->cache_clears = (int64_t)cache.clears;
    stats->cache_trusted = mc__cache_is_trusted(app->cache);
    stats->pool_size = pool.size;
    stats->pool_lent = pool.lent;
    stats->pool_waits = pool.waits;
    stats->feed_passes = follow.passes;
    stats->feed_wakeups = follow.woken;
    stats->feed_changes = follow.told;
    stats->feed_position = follow.position;
    stats->feed_age_ms = follow.age_ms;
    if (mc__jobs_fill(&stats->jobs, mc__record_arena(stats), app) < 0 ||
        mc__queue_fill(&stats->queue, mc__record_arena(stats), app) < 0) {
        mc_record_free(stats);
        return MC_ENOMEM;
    }
    *out = stats;
    return 0;
}
