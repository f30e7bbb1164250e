/*
 * One request and its reply on their way through the daemon, and what all of them share. Handlers
 * get nothing else.
 */
#ifndef MICROCOSMD_EXCHANGE_H
#define MICROCOSMD_EXCHANGE_H

#include "body.h"
#include "config.h"
#include "metrics.h"
#include "reply.h"

#define EXCHANGE_IDS_MAX 3

/* What all threads share. */
typedef struct service {
    mc_app *app;
    const config *config;
    const logger *log;
    metrics metrics;
    atomic_bool schema_ready;             /* the schema was brought up to date */
    atomic_int_fast64_t last_unavailable; /* second in which a 503 was last logged */
    atomic_bool draining;                 /* no connection outlives its reply any more */
} service;

typedef struct exchange {
    service *service;
    mc_session *session;
    const request *request;
    reply *reply;
    const struct route *route;     /* NULL: none matched */
    int64_t ids[EXCHANGE_IDS_MAX]; /* those in the path */
    bool ids_sound;                /* each is positive and fits 64 bits */
    const wire *wire;
    mc_buffer *body;
    bool body_taken; /* nothing of the body is left on the connection */
} exchange;

/* Find the route, enter the site, check credentials and method, and let the handler reply. */
void exchange_run(exchange *x);

/* ---- for handlers ---- */

/* Reply with the session's error if rc is one; true if it is not. */
bool exchange_succeeded(exchange *x, int rc);

/* Read the body, which must be of a known type. False when it was refused, with a reply made. */
bool exchange_body(exchange *x, mc_format *format);

#endif
