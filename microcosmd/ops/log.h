/* Log lines on standard error: one line each, one write each, so that threads never mix. */
#ifndef MICROCOSMD_LOG_H
#define MICROCOSMD_LOG_H

#include <microcosm.h>

typedef struct logger {
    mc_log_level level; /* the least weighty level that is written */
} logger;

void log_line(const logger *log, mc_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same as an mc_log_fn: data is the logger. */
void log_from_library(void *data, mc_log_level level, const char *message);

/* Level of that name (error, warning, info, debug). False for other names. */
bool log_level_find(mc_log_level *out, const char *name);

#endif
