#include "metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Upper bounds of the buckets, in microseconds and in Prometheus' notation. */
static const struct {
    int64_t us;
    const char *seconds;
} buckets[METRICS_BUCKETS] = {
    {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"},
    {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"}, {100000, "0.1"},  {250000, "0.25"},
    {500000, "0.5"},  {1000000, "1"},   {5000000, "5"},
};

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void metrics_count(metrics *m, size_t route, int status, int64_t us)
{
    size_t bucket = 0;

    while (bucket < METRICS_BUCKETS && us > buckets[bucket].us)
        bucket++;
    add(&m->durations[bucket], 1);
    add(&m->duration_us, (uint64_t)us);
    if (status >= 100 && status < 600)
        add(&m->requests[route < METRICS_ROUTES ? route : METRICS_ROUTES][status / 100 - 1], 1);
}

/* Appends lines and stores the first failure. */
typedef struct sheet {
    mc_buffer *out;
    int rc;
} sheet;

static void line(sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(sheet *s, const char *format, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (s->rc == 0 && n > 0 && (size_t)n < sizeof(text))
        s->rc = mc_buffer_append(s->out, text, (size_t)n);
}

static void write_route(sheet *s, metrics *m, size_t route, const char *name)
{
    for (int class = 0; class < METRICS_CLASSES; class ++) {
        uint64_t n = atomic_load_explicit(&m->requests[route][class], memory_order_relaxed);

        if (n > 0)
            line(s, "microcosmd_requests_total{route=\"%s\",status=\"%dxx\"} %" PRIu64 "\n", name,
                 class + 1, n);
    }
}

static void write_requests(sheet *s, metrics *m, const char *(*name_of)(size_t route))
{
    const char *name;

    line(s, "# HELP microcosmd_requests_total Replies, by route and class of status.\n"
            "# TYPE microcosmd_requests_total counter\n");
    for (size_t route = 0; route < METRICS_ROUTES && (name = name_of(route)); route++)
        write_route(s, m, route, name);
    write_route(s, m, METRICS_ROUTES, "none");
}

static void write_durations(sheet *s, metrics *m)
{
    uint64_t sum = 0;

    line(s, "# HELP microcosmd_request_duration_seconds From the first look at a request to its "
            "reply.\n"
            "# TYPE microcosmd_request_duration_seconds histogram\n");
    for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
        sum += atomic_load_explicit(&m->durations[i], memory_order_relaxed);
        line(s, "microcosmd_request_duration_seconds_bucket{le=\"%s\"} %" PRIu64 "\n",
             i < METRICS_BUCKETS ? buckets[i].seconds : "+Inf", sum);
    }
    line(s, "microcosmd_request_duration_seconds_sum %.6f\n",
         (double)atomic_load_explicit(&m->duration_us, memory_order_relaxed) / 1e6);
    line(s, "microcosmd_request_duration_seconds_count %" PRIu64 "\n", sum);
}

static void write_figure(sheet *s, const char *name, const char *type, const char *help,
                         int64_t value)
{
    line(s, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", name, help, name, type, name, value);
}

int metrics_write(mc_buffer *out, metrics *m, const char *(*name_of)(size_t route))
{
    sheet s = {out, 0};

    line(&s,
         "# HELP microcosmd_build_info Version of the library.\n"
         "# TYPE microcosmd_build_info gauge\n"
         "microcosmd_build_info{version=\"%s\"} 1\n",
         mc_version());
    write_figure(&s, "process_start_time_seconds", "gauge", "When the process started.",
                 m->started);
    write_figure(&s, "microcosmd_workers", "gauge", "Connections that can be served at once.",
                 m->workers);
    write_figure(&s, "microcosmd_connections", "gauge", "Connections served now.",
                 (int64_t)atomic_load_explicit(&m->connections, memory_order_relaxed));
    write_figure(&s, "microcosmd_connections_total", "counter", "Connections served.",
                 (int64_t)atomic_load_explicit(&m->connections_total, memory_order_relaxed));
    write_requests(&s, m, name_of);
    write_durations(&s, m);
    return s.rc;
}

static double seconds_of(mc_time time)
{
    return (double)time.us / 1e6;
}

static void write_jobs(sheet *s, const mc_list *jobs)
{
    if (jobs->count > 0)
        line(s, "# HELP microcosm_job_started_seconds When the latest run of a job began.\n"
                "# TYPE microcosm_job_started_seconds gauge\n"
                "# HELP microcosm_job_duration_seconds How long the latest run took.\n"
                "# TYPE microcosm_job_duration_seconds gauge\n"
                "# HELP microcosm_job_failed Whether the latest run failed.\n"
                "# TYPE microcosm_job_failed gauge\n");
    for (size_t i = 0; i < jobs->count; i++) {
        const mc_job *job = jobs->items[i];

        if (job->last_started.us == MC_TIME_NONE)
            continue;
        line(s, "microcosm_job_started_seconds{job=\"%s\"} %.3f\n", job->name,
             seconds_of(job->last_started));
        if (job->last_finished.us == MC_TIME_NONE)
            continue;
        line(s,
             "microcosm_job_duration_seconds{job=\"%s\"} %.3f\n"
             "microcosm_job_failed{job=\"%s\"} %d\n",
             job->name, seconds_of(job->last_finished) - seconds_of(job->last_started), job->name,
             *job->last_problem != '\0');
    }
}

static void write_queue(sheet *s, const mc_list *kinds)
{
    if (kinds->count > 0)
        line(s, "# HELP microcosm_queue_waiting Rows of the queue that are to be done.\n"
                "# TYPE microcosm_queue_waiting gauge\n"
                "# HELP microcosm_queue_retried Of these, rows that have failed before.\n"
                "# TYPE microcosm_queue_retried gauge\n"
                "# HELP microcosm_queue_dead Rows that have failed too often.\n"
                "# TYPE microcosm_queue_dead gauge\n"
                "# HELP microcosm_queue_oldest_seconds When the oldest row was put.\n"
                "# TYPE microcosm_queue_oldest_seconds gauge\n");
    for (size_t i = 0; i < kinds->count; i++) {
        const mc_queue_kind *kind = kinds->items[i];

        line(s,
             "microcosm_queue_waiting{kind=\"%s\"} %lld\n"
             "microcosm_queue_retried{kind=\"%s\"} %lld\n"
             "microcosm_queue_dead{kind=\"%s\"} %lld\n",
             kind->name, (long long)kind->waiting, kind->name, (long long)kind->retried, kind->name,
             (long long)kind->dead);
        if (kind->oldest.us != MC_TIME_NONE)
            line(s, "microcosm_queue_oldest_seconds{kind=\"%s\"} %.3f\n", kind->name,
                 seconds_of(kind->oldest));
    }
}

int metrics_write_library(mc_buffer *out, const mc_app_stats *stats)
{
    const struct {
        const char *name, *type, *help;
        int64_t value;
    } figures[] = {
        {"microcosm_cache_hits_total", "counter", "Entries found.", stats->cache_hits},
        {"microcosm_cache_misses_total", "counter", "Entries not found, or out of date.",
         stats->cache_misses},
        {"microcosm_cache_evictions_total", "counter", "Entries that made room for others.",
         stats->cache_evictions},
        {"microcosm_cache_clears_total", "counter", "Times that all entries were dropped.",
         stats->cache_clears},
        {"microcosm_cache_entries", "gauge", "Entries held.", stats->cache_entries},
        {"microcosm_cache_bytes", "gauge", "Size of the entries held.", stats->cache_bytes},
        {"microcosm_cache_max_bytes", "gauge", "Most that they may have; 0: the cache is off.",
         stats->cache_most_bytes},
        {"microcosm_cache_trusted", "gauge",
         "Whether the cache is used: changes by other processes are being heard of.",
         stats->cache_trusted},
        {"microcosm_pool_connections", "gauge", "Most connections to the database.",
         stats->pool_size},
        {"microcosm_pool_lent", "gauge", "Connections in use.", stats->pool_lent},
        {"microcosm_pool_waits_total", "counter", "Times that a thread had to wait for one.",
         stats->pool_waits},
        {"microcosm_feed_passes_total", "counter", "Times that the change feed was looked at.",
         stats->feed_passes},
        {"microcosm_feed_wakeups_total", "counter",
         "Times that a write had asked for a look, mostly another process's.", stats->feed_wakeups},
        {"microcosm_feed_told_total", "counter", "Changes by other processes found there.",
         stats->feed_changes},
        {"microcosm_feed_position", "gauge",
         "Changes of all transactions below this number are known.", stats->feed_position},
    };
    sheet s = {out, 0};

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        write_figure(&s, figures[i].name, figures[i].type, figures[i].help, figures[i].value);
    if (stats->feed_age_ms >= 0)
        line(&s,
             "# HELP microcosm_feed_age_seconds Since the change feed was last looked at.\n"
             "# TYPE microcosm_feed_age_seconds gauge\n"
             "microcosm_feed_age_seconds %.3f\n",
             (double)stats->feed_age_ms / 1e3);
    write_jobs(&s, &stats->jobs);
    write_queue(&s, &stats->queue);
    return s.rc;
}
