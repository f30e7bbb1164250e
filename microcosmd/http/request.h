/*
 * What a head means: path, parameters, site, credentials, length of the body, switches. Refuses
 * what a proxy might understand differently. No I/O.
 */
#ifndef MICROCOSMD_REQUEST_H
#define MICROCOSMD_REQUEST_H

#include "base/address.h"
#include "head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_PARAMS_MAX 64
#define HOST_MAX 255

/* Names of the cookies with tokens. */
#define COOKIE "__Host-microcosm"
#define COOKIE_ON_LOOPBACK "microcosm"

typedef enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_CONNECT,
    METHOD_OTHER
} method;

/* One parameter of the query, decoded. */
typedef struct param {
    const char *key, *value;
} param;

typedef struct request {
    method method;        /* as overridden by the query or a header */
    const char *path;     /* decoded, UTF-8 */
    const char *raw_path; /* as sent */
    const char *query;    /* as sent, or NULL */
    param params[REQUEST_PARAMS_MAX];
    size_t param_count;
    const char *host; /* perhaps with a port; "" when HTTP/1.0 sends none */
    char address[ADDRESS_SIZE];
    const char *authorization;  /* the header as sent; NULL: none, or several */
    const char *token;          /* NULL for a guest, or with a cookie only */
    bool token_malformed;       /* there are malformed credentials */
    bool query_token_malformed; /* the same, for those in the query only */
    const char *cookie_token;   /* of a browser's session, where there are no other credentials */
    const char *csrf_token;     /* what stands beside it; NULL: nothing */
    bool is_from_elsewhere;     /* a page of another origin has sent it, as the browser says */
    bool is_loopback;           /* the host is the browser's own machine */
    const char *content_type;
    int64_t content_length; /* 0 without a body, -1 when chunked */
    bool is_http_1_0, expects_continue, keep_alive;
    bool disable_boiler, always_200;
    bool is_plain_get;   /* a real GET, and nothing changes the form of the reply */
    bool wants_html;     /* a browser: Accept names text/html */
    const char *cookies; /* as sent, or NULL */
    const char *range, *if_range, *if_none_match; /* as sent, or NULL */
    const char *callback, *context;               /* "" without */
    bool callback_unsafe;
    const char *problem; /* why it was refused */

    char text[2 * HEAD_MAX + REQUEST_PARAMS_MAX]; /* holds decoded texts */
    size_t text_used;
} request;

/* Resets a request to its state before anything is received. */
void request_clear(request *r);

/*
 * Parses a request; out points into the head, which it keeps nothing else of. peer is the address
 * of the other end of the connection. Returns 0, or the status to refuse it with and the reason in
 * problem; 301 if the path has empty or dot segments (request_clean_path()).
 */
int request_read(request *out, const head *h, const char *peer, const networks *trusted);

/* Makes a request of a head that was refused, for its reply. */
void request_refuse(request *out, const head *h);

/* The first parameter of that key, or NULL. */
const char *request_param(const request *r, const char *key);

/* The path for the log: the beginning, and no segment as long as an access token. */
#define LOG_PATH_SIZE 1001
void request_log_path(char out[LOG_PATH_SIZE], const char *raw_path);

/* The path without empty and dot segments; out holds as many bytes as the path and its NUL. */
void request_clean_path(char *out, const char *raw_path);

/* The format of a body according to its Content-Type. */
typedef enum body_format { BODY_UNKNOWN = 0, BODY_JSON, BODY_FORM, BODY_CSV } body_format;
body_format request_body_format(const request *r);

const char *method_name(method m);

#endif
