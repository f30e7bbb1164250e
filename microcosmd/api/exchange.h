/* One request and its reply on their way through the API. Handlers get nothing else. */
#ifndef MICROCOSMD_EXCHANGE_H
#define MICROCOSMD_EXCHANGE_H

#include "service.h"

#define EXCHANGE_IDS_MAX 3

/* Each thread has one and uses it for one request after another (dispatch.c). */
typedef struct exchange {
    service *service;
    mc_session *session;
    server_call *call;
    const request *request; /* of the call, as is the reply */
    reply *reply;
    const struct route *route;     /* NULL: none matched */
    int64_t ids[EXCHANGE_IDS_MAX]; /* those in the path */
    bool ids_sound;                /* each is positive and fits 64 bits */
} exchange;

typedef void handler(exchange *x);

/* Reply with the session's error if rc is one; true if it is not. */
bool exchange_succeeded(exchange *x, int rc);

/* What a request's body holds. */
typedef struct body {
    mc_format format;
    const char *bytes;
    size_t length;
} body;

/* Read the body, which must be of a known type. False when it was refused, with a reply made. */
bool exchange_body(exchange *x, body *out);

#endif
