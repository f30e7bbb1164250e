/* The daemon's counters and their text for Prometheus. Any thread may count. */
#ifndef MICROCOSMD_METRICS_H
#define MICROCOSMD_METRICS_H

#include <microcosm.h>
#include <stdatomic.h>

/* Upper limit of routes; unmatched paths are counted after the last. */
#define METRICS_ROUTES 192
#define METRICS_CLASSES 5 /* 1xx to 5xx */
#define METRICS_BUCKETS 13

typedef struct metrics {
    atomic_uint_fast64_t requests[METRICS_ROUTES + 1][METRICS_CLASSES];
    atomic_uint_fast64_t durations[METRICS_BUCKETS + 1]; /* by bucket, not cumulative */
    atomic_uint_fast64_t duration_us;                    /* of all */
    atomic_uint_fast64_t connections_total;
    atomic_int_fast64_t connections; /* served now */
    int64_t started;                 /* seconds since 1970 */
    int64_t workers;
} metrics;

void metrics_count(metrics *m, size_t route, int status, int64_t us);

/* Appends all figures; name_of returns the pattern of a route, or NULL past the last. */
int metrics_write(mc_buffer *out, metrics *m, const char *(*name_of)(size_t route));

/* Appends the library's figures. */
int metrics_write_library(mc_buffer *out, const mc_app_stats *stats);

#endif
