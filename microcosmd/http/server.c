#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sem_clockwait() */
#endif
#include "server.h"
#include "connection.h"
#include "limits.h"
#include "listener.h"
#include "transfer.h"

#include <civetweb.h>
#include <errno.h>
#include <malloc.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* While all workers are busy, a connection is closed after this many replies, for those that wait.
 */
#define FAIR_SHARE 50
/* How long a refused client may go on sending, so that it still reads the reply. */
#define LINGER_MS 2000

/* How much of an unread body is read and discarded, for the same reason: closing while more of it
 * arrives would reset the connection, and the client might lose the reply. */
#define LINGER_BYTES ((size_t)8 << 20)

/* Least time for a new connection to begin its request: resending a lost packet takes a second. */
#define FIRST_BYTE_MS 1500

/* How long all threads may take to start. */
#define START_SECONDS 10

/* civetweb's own timeouts only have to be longer than those of connection.c. */
#define SPARE_MS 5000

/* A body's buffer larger than this is freed once the request was answered. */
#define BODY_KEEP ((size_t)64 << 10)

/* After so many bytes of a reply were taken, the rest gets more time. */
#define PIECE ((size_t)64 << 10)

struct server {
    server_setup setup;
    struct mg_context *context;
    int listener; /* civetweb's descriptor, which refers to our socket */
    int event;    /* the eventfd that replaces it when stopping */
    int port;
    bool starting;
    atomic_bool draining;  /* each connection ends with its current reply */
    mc_budget *replies;    /* memory of all replies together */
    atomic_bool has_freed; /* large buffers, whose memory may still be the process's */
    sem_t started;         /* posted by each thread of civetweb's that can work */
    atomic_bool accepts;   /* the one among them that accepts connections has started */
};

/* The state that a thread reuses for each request. */
typedef struct worker {
    void *responder; /* the responder's worker */
    mc_buffer *body;
    head head;
    request request;
    reply reply;
} worker;

static int64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static server *server_of(const struct mg_connection *connection)
{
    return mg_get_user_context_data(connection);
}

static void worker_free(const responder *r, worker *w)
{
    if (w->responder)
        r->worker_free(w->responder);
    mc_buffer_free(w->body);
    reply_release(&w->reply);
    free(w);
}

static void *on_thread_start(const struct mg_context *context, int type)
{
    server *s = mg_get_user_data(context);
    const server_setup *setup = &s->setup;
    worker *w;

    if (type != 1) { /* only these serve connections; the other one accepts them */
        atomic_store(&s->accepts, true);
        sem_post(&s->started);
        return NULL;
    }
    w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    if (reply_init(&w->reply, s->replies) &&
        mc_buffer_new(&w->body, (size_t)setup->config->max_body) == 0 &&
        (w->responder = setup->responder->worker_new(setup->responder->data))) {
        sem_post(&s->started);
        return w;
    }
    log_line(setup->log, MC_LOG_ERROR, "no memory for a worker");
    worker_free(setup->responder, w);
    return NULL;
}

static void on_thread_end(const struct mg_context *context, int type, void *thread_data)
{
    const server *s = mg_get_user_data(context);

    (void)type;
    if (thread_data)
        worker_free(s->setup.responder, thread_data);
}

/* A new connection may be idle as long as one between two requests. */
static int64_t first_byte_ms(const config *c)
{
    int64_t ms = c->keep_alive_timeout < FIRST_BYTE_MS ? FIRST_BYTE_MS : c->keep_alive_timeout;

    return ms < c->request_timeout * 1000 ? ms : c->request_timeout * 1000;
}

/* The connection's own data is the number of its replies so far. */
static int on_connection(const struct mg_connection *connection, void **data)
{
    const config *c = server_of(connection)->setup.config;
    metrics *m = server_of(connection)->setup.metrics;

    atomic_fetch_add_explicit(&m->connections, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->connections_total, 1, memory_order_relaxed);
    connection_begin(first_byte_ms(c), c->request_timeout * 1000);
    *data = NULL;
    return 0;
}

static void on_connection_end(const struct mg_connection *connection)
{
    connection_end();
    atomic_fetch_sub_explicit(&server_of(connection)->setup.metrics->connections, 1,
                              memory_order_relaxed);
}

/* Counts a reply; true if the connection must end for those that wait. */
static bool has_had_its_share(const server_setup *setup, struct mg_connection *connection)
{
    uintptr_t replies = (uintptr_t)mg_get_user_connection_data(connection) + 1;

    mg_set_user_connection_data(connection, (void *)replies);
    return replies >= FAIR_SHARE &&
           atomic_load_explicit(&setup->metrics->connections, memory_order_relaxed) >=
               setup->config->threads;
}

static int read_wire(void *connection, void *out, size_t length)
{
    (void)connection; /* this thread's */
    return connection_read(out, length);
}

static int write_wire(void *connection, const void *bytes, size_t length)
{
    return mg_write(connection, bytes, length);
}

/* A reply on its way. */
typedef struct sending {
    struct mg_connection *connection;
    transfer transfer;
} sending;

static bool write_some(void *to, const void *bytes, size_t length)
{
    sending *s = to;

    for (size_t done = 0, piece; done < length; done += piece) {
        piece = length - done < PIECE ? length - done : PIECE;
        connection_set_deadline(transfer_left_ms(&s->transfer));
        if (mg_write(s->connection, (const char *)bytes + done, piece) != (int)piece)
            return false;
        s->transfer.bytes += (int64_t)piece;
    }
    return true;
}

/* The head of a reply whose body comes from a sender: it leaves with the first piece of that, so
 * that a sender that fails at once can still be answered with an error. */
typedef struct leaving {
    sending *to;
    const char *first; /* NULL: it has left */
    size_t length;
} leaving;

static bool write_behind_head(void *data, const void *bytes, size_t length)
{
    leaving *l = data;
    const char *first = l->first;

    l->first = NULL;
    return (!first || write_some(l->to, first, l->length)) && write_some(l->to, bytes, length);
}

static bool send_from(sending *to, reply *r, const char *first, size_t length)
{
    char instead[REPLY_BARE_SIZE];
    leaving l = {to, first, length};
    bool sent = r->sender(r->sender_data, write_behind_head, &l);

    if (!sent && l.first) {
        r->status = 503;
        write_some(to, instead,
                   reply_bare(instead, 503, "the file cannot be read now: try again later", true));
    }
    return sent;
}

/* Sends the reply; the caller counts and logs it. */
static void send_reply(const server *s, struct mg_connection *connection, reply *r)
{
    sending to = {connection, transfer_begin(s->setup.config)};
    size_t length;
    const char *bytes;

    if (atomic_load_explicit(&s->draining, memory_order_relaxed))
        r->close = true;
    bytes = reply_finish(r, &length);
    if (r->sender && !r->broken && r->request->method != METHOD_HEAD
            ? !send_from(&to, r, bytes, length)
            : !write_some(&to, bytes, length))
        r->close = true;
}

/* After the reply: the next request, or the end. */
static void go_on(const server *s, struct mg_connection *connection, const reply *r,
                  bool has_unread_bytes)
{
    if (!r->close) {
        connection_next(s->setup.config->keep_alive_timeout);
        return;
    }
    if (has_unread_bytes)
        connection_linger(LINGER_MS, LINGER_BYTES);
    mg_disable_connection_keep_alive(connection);
}

static void log_reply(const server_setup *setup, const server_call *call, int64_t us)
{
    const request *r = call->request;
    char path[LOG_PATH_SIZE];

    if (!setup->config->log_requests)
        return;
    request_log_path(path, r->raw_path);
    log_line(setup->log, MC_LOG_INFO, "%d %s %s %s site=%lld profile=%lld from=%s us=%lld",
             call->reply->status, method_name(r->method), r->host, path, (long long)call->site,
             (long long)call->profile, address_tail(r->address), (long long)us);
}

/* Closes the connection too, since the end of a malformed request is unknown. */
static void refuse(const server_call *call, int status)
{
    char clean[HEAD_MAX + 1]; /* no longer than the path */

    call->reply->close = true;
    if (status != 301) {
        reply_refuse(call->reply, status, REASON_NONE, call->request->problem);
    } else {
        request_clean_path(clean, call->request->raw_path);
        reply_moved(call->reply, clean, call->request->query);
    }
}

/* Returns 0, or the status to refuse the request with. */
static int read_request(const server_setup *setup, worker *w, const char *peer)
{
    int status = connection_head(&w->head);

    if (status == 0)
        return request_read(&w->request, &w->head, peer, &setup->config->trusted_proxies);
    request_refuse(&w->request, &w->head);
    return status;
}

/* A worker must not hold the memory of one huge request or reply for ever. */
static void rest(server *s, worker *w)
{
    bool freed = reply_rest(&w->reply);

    if (mc_buffer_shrink(w->body, BODY_KEEP) || freed)
        atomic_store_explicit(&s->has_freed, true, memory_order_relaxed);
}

static void reply_to(server *s, worker *w, struct mg_connection *connection)
{
    const server_setup *setup = &s->setup;
    const wire line = {connection, read_wire, write_wire, connection_is_late,
                       connection_set_deadline};
    server_call call = {
        .request = &w->request,
        .reply = &w->reply,
        .wire = &line,
        .body = w->body,
        .route = METRICS_ROUTES,
    };
    int64_t started = monotonic_us();
    int64_t us;
    int status;

    connection_set_deadline(setup->config->request_timeout * 1000);
    status = read_request(setup, w, mg_get_request_info(connection)->remote_addr);
    reply_start(&w->reply, &w->request);
    mc_buffer_clear(w->body);
    if (status == 0)
        setup->responder->respond(w->responder, &call);
    else
        refuse(&call, status);
    if (!w->request.keep_alive || (w->request.content_length != 0 && !call.body_taken) ||
        has_had_its_share(setup, connection))
        w->reply.close = true;
    send_reply(s, connection, &w->reply);
    us = monotonic_us() - started;
    metrics_count(setup->metrics, call.route, w->reply.status, us);
    log_reply(setup, &call, us);
    setup->responder->sent(w->responder);
    rest(s, w);
    go_on(s, connection, &w->reply,
          status != 0 || (w->request.content_length != 0 && !call.body_taken));
}

static int on_request(struct mg_connection *connection)
{
    worker *w = mg_get_thread_pointer(connection);
    char bare[REPLY_BARE_SIZE];

    if (w) {
        reply_to(server_of(connection), w, connection);
        return 200; /* that it is done; civetweb closes after some other statuses */
    }
    mg_write(connection, bare,
             reply_bare(bare, 503, "the server is out of memory: try again", true));
    mg_disable_connection_keep_alive(connection);
    return 503;
}

/* At the start, messages have the cause of a failure; later they concern clients that disconnect.
 */
static int on_message(const struct mg_connection *connection, const char *message)
{
    server *s = connection ? server_of(connection) : NULL;

    if (s)
        log_line(s->setup.log, s->starting ? MC_LOG_ERROR : MC_LOG_DEBUG, "civetweb: %s", message);
    return 1;
}

static struct mg_context *start_civetweb(server *s)
{
    const config *c = s->setup.config;
    const struct mg_callbacks callbacks = {
        .begin_request = on_request,
        .log_message = on_message,
        .init_thread = on_thread_start,
        .exit_thread = on_thread_end,
        .init_connection = on_connection,
        .connection_close = on_connection_end,
    };
    char threads[24], timeout[24];
    const char *options[] = {
        "listening_ports",
        "127.0.0.1:0", /* replaced at once */
        "num_threads",
        threads,
        "enable_keep_alive",
        "yes",
        "keep_alive_timeout_ms",
        timeout,
        "request_timeout_ms",
        timeout,
        "tcp_nodelay",
        "1",
        "connection_queue",
        "256",
        "enable_auth_domain_check",
        "no",
        "access_control_allow_methods",
        "", /* the API answers no CORS preflight */
        NULL,
    };

    snprintf(threads, sizeof(threads), "%lld", (long long)c->threads);
    snprintf(timeout, sizeof(timeout), "%lld",
             (long long)c->request_timeout * 1000 + c->keep_alive_timeout + SPARE_MS);
    return mg_start(&callbacks, s, options);
}

/* Replaces civetweb's socket by ours. */
static bool take_over(server *s, int listening)
{
    struct mg_server_port port;

    s->port = listener_port(listening);
    if (mg_get_server_ports(s->context, 1, &port) != 1)
        return false;
    s->listener = listener_replace(port.port, listening);
    return s->listener >= 0;
}

static void server_free(server *s)
{
    if (!s)
        return;
    mc_budget_free(s->replies);
    sem_destroy(&s->started);
    free(s);
}

/* civetweb goes on with fewer threads than it should have, and without the one that accepts. */
static bool all_have_started(server *s)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += START_SECONDS;
    for (int64_t i = 0; i < s->setup.config->threads + 1; i++)
        while (sem_clockwait(&s->started, CLOCK_MONOTONIC, &until) != 0)
            if (errno != EINTR)
                return false;
    return true;
}

/* Without its accepting thread, mg_stop() would wait for ever; the process ends anyway. */
static void give_up(server *s)
{
    if (s && s->context && !atomic_load(&s->accepts))
        return;
    if (s && s->context)
        mg_stop(s->context);
    server_free(s);
    mg_exit_library();
}

server *server_start(const server_setup *setup, int listening, char *problem, size_t size)
{
    server *s;

    if (!limits_have_threads(setup->config->threads + 2, problem, size))
        return NULL;
    s = calloc(1, sizeof(*s));
    mg_init_library(0);
    if (s)
        sem_init(&s->started, 0, 0);
    if (s && mc_budget_new(&s->replies, (size_t)setup->config->max_replies) == 0) {
        s->setup = *setup;
        s->event = -1;
        s->starting = true;
        s->context = start_civetweb(s);
    }
    if (s && s->context && all_have_started(s) && take_over(s, listening)) {
        s->starting = false;
        return s;
    }
    snprintf(problem, size, "the HTTP server did not start with all of its threads");
    give_up(s);
    return NULL;
}

void server_drain(server *s)
{
    atomic_store(&s->draining, true);
    if (listener_stop(s->listener, &s->event) < 0)
        log_line(s->setup.log, MC_LOG_WARNING, "cannot stop accepting connections");
}

void server_give_back(server *s)
{
    if (atomic_exchange_explicit(&s->has_freed, false, memory_order_relaxed))
        malloc_trim(0);
}

bool server_is_drained(const server *s)
{
    return listener_connections(s->port) == 0;
}

void server_stop(server *s)
{
    static const uint64_t one = 1;

    if (s->event >= 0)
        (void)!write(s->event, &one, sizeof(one)); /* wakes the thread that accepts connections */
    mg_stop(s->context);
    if (s->event >= 0)
        close(s->event);
    mg_exit_library();
    server_free(s);
}
