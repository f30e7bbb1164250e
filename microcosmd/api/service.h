/* The state that the handlers of all threads share. */
#ifndef MICROCOSMD_SERVICE_H
#define MICROCOSMD_SERVICE_H

#include "http/server.h"

#include <stdatomic.h>

typedef struct service {
    mc_app *app;
    const config *config;
    const logger *log;
    metrics metrics;
    atomic_bool schema_ready; /* the schema was brought up to date */
    /* Key of the site that addresses without a site's name lead to while no other was ever
     * made; or NULL. */
    const char *lone_site;
    atomic_bool is_alone;                 /* there was no other when that was asked last */
    atomic_int_fast64_t alone_asked;      /* time of that, in seconds */
    atomic_int_fast64_t last_unavailable; /* time of the last logged 503, in seconds */
} service;

#endif
