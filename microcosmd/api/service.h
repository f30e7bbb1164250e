/* The forum as the handlers of all threads share it. */
#ifndef MICROCOSMD_SERVICE_H
#define MICROCOSMD_SERVICE_H

#include "http/server.h"

#include <stdatomic.h>

typedef struct service {
    mc_app *app;
    const config *config;
    const logger *log;
    metrics metrics;
    atomic_bool schema_ready;             /* the schema was brought up to date */
    atomic_int_fast64_t last_unavailable; /* second in which a 503 was last logged */
} service;

#endif
