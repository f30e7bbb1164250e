/*
 * civetweb, used for what it is good at: start, callbacks, read, write, stop. What its Debian
 * build gets wrong (TLS, forms, WebSockets, endless bodies, a stop that cuts replies off) is
 * either not used or done by request.c, body.c, watch.c and listener.c. What a request means is
 * for the responder, of which the server knows only the functions below.
 */
#ifndef MICROCOSMD_SERVER_H
#define MICROCOSMD_SERVER_H

#include "body.h"
#include "ops/config.h"
#include "ops/metrics.h"
#include "reply.h"

/* One request on its way to its reply. */
typedef struct server_call {
    const request *request;
    reply *reply;
    const wire *wire;
    mc_buffer *body; /* empty; for body_read() */

    /* what the responder tells the server, for the connection, the counters and the log */
    bool body_taken; /* nothing of the body is left on the connection */
    size_t route;    /* counter in metrics; METRICS_ROUTES for none */
    int64_t site, profile;
} server_call;

/* Who makes the replies. Each thread that serves connections has a worker of its own. */
typedef struct responder {
    void *data;
    void *(*worker_new)(void *data); /* NULL when out of memory */
    void (*worker_free)(void *worker);
    void (*respond)(void *worker, server_call *call);
    void (*sent)(void *worker); /* the reply has left: give back what only it needed */
} responder;

/* What a server works with. All of it belongs to the caller and outlives the server. */
typedef struct server_setup {
    const config *config;
    const logger *log;
    metrics *metrics;
    const responder *responder;
} server_setup;

typedef struct server server;

/* Serve on a listening socket, which the server takes over. NULL with a message on failure. */
server *server_start(const server_setup *setup, int listening, char *problem, size_t size);

/*
 * Stop accepting and let each connection end with its reply. server_is_drained() tells when none
 * is left.
 */
void server_drain(server *s);
bool server_is_drained(const server *s);

/* Cut what is left and end all threads. Frees the server. */
void server_stop(server *s);

#endif
