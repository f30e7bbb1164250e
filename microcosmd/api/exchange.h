/* One request and its reply; the only argument of handlers. */
#ifndef MICROCOSMD_EXCHANGE_H
#define MICROCOSMD_EXCHANGE_H

#include "service.h"

#define EXCHANGE_IDS_MAX 3
#define EXCHANGE_PATH_SIZE 320

/* Each thread has one and reuses it for each request (dispatch.c). */
typedef struct exchange {
    service *service;
    mc_session *session;
    server_call *call;
    const request *request; /* like reply, owned by the caller of the responder */
    reply *reply;
    const struct route *route;     /* NULL: none matched */
    int64_t ids[EXCHANGE_IDS_MAX]; /* those in the path */
    bool ids_sound;                /* each is positive and fits 64 bits */
    char cookie[4400];             /* headers of the reply with cookies; "" at first */
    char header[340];              /* room for another header of the reply */
    bool by_cookie;                /* a cookie has shown who the caller is */
    const char *word;              /* the host or key that ends the path */
    mc_file *file;                 /* that is being sent, from file_offset on; freed after it */
    int64_t file_offset, file_length;
    char path[EXCHANGE_PATH_SIZE]; /* the route's path with these ids */
} exchange;

typedef void handler(exchange *x);

/* The status of a failure, and what to tell people of it, valid until the session's next call. Logs
 * it if the server is to blame. */
int exchange_judge(mc_failure *error, exchange *x, int rc);
/* True if rc is no error; else makes the reply for it. */
bool exchange_succeeded(exchange *x, int rc);

/* A request's body. */
typedef struct body {
    mc_format format;
    const char *bytes;
    size_t length;
} body;

/* Reads the body, which must be of a known type. False if it was refused and the reply is made. */
bool exchange_body(exchange *x, body *out);

/* The same for a body that may also be lines of CSV. The type is left to the library. */
bool exchange_lines(exchange *x, body *out);

/* The same for a PATCH, whose body is JSON. */
bool exchange_patch(exchange *x, body *out);

#endif
