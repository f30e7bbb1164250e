/*
 * The HTTP server, on civetweb: start, callbacks, read, write, stop. What Debian's build of it
 * lacks or does wrong (TLS, forms, WebSockets, endless bodies, cutting replies off when stopping)
 * is not used or done by request.c, body.c, connection.c and listener.c. The responder handles
 * requests.
 */
#ifndef MICROCOSMD_SERVER_H
#define MICROCOSMD_SERVER_H

#include "body.h"
#include "ops/config.h"
#include "ops/metrics.h"
#include "reply.h"

/* One request and its reply. */
typedef struct server_call {
    const request *request;
    reply *reply;
    const wire *wire;
    mc_buffer *body; /* empty; for body_read() */

    /* set by the responder, for the connection, the counters and the log */
    bool body_taken; /* the whole body has been read from the connection */
    size_t route;    /* counter in metrics; METRICS_ROUTES for none */
    int64_t site, profile;
} server_call;

/* Makes the replies. Each thread that serves connections has a worker of its own. */
typedef struct responder {
    void *data;
    void *(*worker_new)(void *data); /* NULL when out of memory */
    void (*worker_free)(void *worker);
    void (*respond)(void *worker, server_call *call);
    void (*sent)(void *worker); /* called after the reply was sent, to free what it needed */
} responder;

/* The parts of a server. All of them belong to the caller and must outlive the server. */
typedef struct server_setup {
    const config *config;
    const logger *log;
    metrics *metrics;
    const responder *responder;
} server_setup;

typedef struct server server;

/* Serves on a listening socket, which the server then owns. NULL with a message on failure. */
server *server_start(const server_setup *setup, int listening, char *problem, size_t size);

/* Gives memory of large buffers that were freed since the last call back to the system. */
void server_give_back(server *s);

/*
 * Stops accepting and ends each connection with its current reply. server_is_drained() returns true
 * once none is left.
 */
void server_drain(server *s);
bool server_is_drained(const server *s);

/* Cuts off the remaining connections, ends all threads and frees the server. */
void server_stop(server *s);

#endif
