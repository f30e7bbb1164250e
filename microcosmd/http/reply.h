/*
 * One reply: the envelope, the switches and the headers of docs/http/conventions.md. It is built in
 * one buffer, with room in front for the headers, so that a single write sends it; several would
 * cost many times as much.
 */
#ifndef MICROCOSMD_REPLY_H
#define MICROCOSMD_REPLY_H

#include "request.h"

#include <microcosm.h>
#include <time.h>

typedef struct reply {
    const request *request;
    mc_buffer *bytes; /* room for headers, then the body */
    size_t headroom;
    mc_buffer *location;              /* of a redirect */
    int status;                       /* the real one; always200 changes what is sent */
    const char *content_type, *allow; /* NULL: no such header */
    bool is_api;                      /* carries the API's headers */
    bool is_guest;                    /* the caller is one, so a shared cache may keep the reply */
    bool retry_later;                 /* the fault is ours and will pass */
    bool close;                       /* no further request on this connection */
    bool broken;                      /* memory ran out, or the body grew past its maximum */
    time_t dated;                     /* second that date is of */
    char date[32];
} reply;

/* Make the buffers. False when out of memory. */
bool reply_init(reply *r);
void reply_release(reply *r);
/* Begin with a new request; nothing is left of the reply before. */
void reply_start(reply *r, const request *q);

/* Enveloped data: append JSON to what this returns, then call reply_end(). */
mc_buffer *reply_begin(reply *r, int status);
void reply_end(reply *r);
/* Enveloped, without data. */
void reply_nothing(reply *r, int status);
/* Enveloped error; message NULL leaves error null too. */
void reply_refuse(reply *r, int status, const char *message);
/* Enveloped error of the library. site and profile are those of the session, 0 if none. */
void reply_failure(reply *r, int status, const mc_error *error, int64_t site, int64_t profile);
/* Enveloped redirect to a path. */
void reply_redirect(reply *r, int status, const char *location);
/* 301 to a path and query as the client sent them, with a little HTML. */
void reply_moved(reply *r, const char *path, const char *query);
/* 200 with Allow and no body. */
void reply_options(reply *r, const char *allow);
/* 405. */
void reply_not_allowed(reply *r, const char *allow);
/* Text without the envelope; append it to what the first returns. */
mc_buffer *reply_begin_text(reply *r, int status, const char *content_type);
void reply_text(reply *r, int status, const char *text);
void reply_not_found(reply *r); /* what an unmatched path gets */

/* All bytes to send. Valid until the reply changes. */
const char *reply_finish(reply *r, size_t *length);

/* HTTP status of an error code of the library; 0 for a code that the table lacks. */
int reply_status_of(int code);

/* Append as a JSON string, with the escapes that docs/http/conventions.md lists under JSON. */
int json_string(mc_buffer *out, const char *text);

#endif
