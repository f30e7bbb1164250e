/* Counters of what the daemon does, and their text for Prometheus. Any thread may count. */
#ifndef MICROCOSMD_METRICS_H
#define MICROCOSMD_METRICS_H

#include <microcosm.h>
#include <stdatomic.h>

/* Most routes that are counted apart; what matches none is counted after the last. */
#define METRICS_ROUTES 192
#define METRICS_CLASSES 5 /* 1xx to 5xx */
#define METRICS_BUCKETS 13

typedef struct metrics {
    atomic_uint_fast64_t requests[METRICS_ROUTES + 1][METRICS_CLASSES];
    atomic_uint_fast64_t durations[METRICS_BUCKETS + 1]; /* by bucket, not yet summed up */
    atomic_uint_fast64_t duration_us;                    /* of all */
    atomic_uint_fast64_t connections_total;
    atomic_int_fast64_t connections; /* served now */
    int64_t started;                 /* seconds since 1970 */
    int64_t workers;
} metrics;

void metrics_count(metrics *m, size_t route, int status, int64_t us);

/* Append all figures; name_of gives the pattern of a route, or NULL past the last. */
int metrics_write(mc_buffer *out, metrics *m, const char *(*name_of)(size_t route));

/* Append the library's own figures. */
int metrics_write_library(mc_buffer *out, const mc_app_stats *stats);

#endif
