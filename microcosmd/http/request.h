/*
 * One request, checked and taken apart. civetweb is lenient where two servers in a row may
 * understand a request differently, and decodes paths in place; so both is done here, from what
 * civetweb left undecoded, before anything else looks at the request. No I/O.
 */
#ifndef MICROCOSMD_REQUEST_H
#define MICROCOSMD_REQUEST_H

#include "base/address.h"

#include <civetweb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a request line and headers; civetweb refuses longer ones. */
#define REQUEST_HEAD_MAX 16384
#define REQUEST_PARAMS_MAX 64

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
    const char *host; /* "" when HTTP/1.0 sends none */
    char address[ADDRESS_SIZE];
    const char *token;          /* NULL for a guest */
    bool token_malformed;       /* there are credentials, but not of the right form */
    bool query_token_malformed; /* the same, of those in the query alone */
    const char *content_type;
    int64_t content_length; /* 0 without a body, -1 when chunked */
    bool is_http_1_0, expects_continue, keep_alive;
    bool disable_boiler, always_200;
    const char *callback, *context; /* "" without */
    bool callback_unsafe;
    const char *problem; /* why it was refused */

    char text[2 * REQUEST_HEAD_MAX + REQUEST_PARAMS_MAX]; /* holds what was decoded */
    size_t text_used;
} request;

/* Make a request as if nothing had been received yet. */
void request_clear(request *r);

/*
 * Whether civetweb has shown all of the request's head. It silently stops at a folded line or one
 * that begins with a non-ASCII byte, and what follows (a Content-Length, say) counts for others but
 * not for it; and it drops blanks in front of a colon, for which others drop the header. Looks at
 * the bytes around the headers in civetweb's own buffer, so info must be from civetweb.
 */
bool request_head_is_whole(const struct mg_request_info *info);

/*
 * Take a request apart; out points into info. Returns 0, or the status to refuse it with, and then
 * problem says why; 301 when the path has empty or dot segments (request_clean_path()).
 */
int request_read(request *out, const struct mg_request_info *info, const networks *trusted);

/* The first parameter of that key, or NULL. */
const char *request_param(const request *r, const char *key);

/* The path without empty and dot segments; out holds as many bytes as the path and its NUL. */
void request_clean_path(char *out, const char *raw_path);

/* What a body's Content-Type says it is. */
typedef enum body_format { BODY_UNKNOWN = 0, BODY_JSON, BODY_FORM } body_format;
body_format request_body_format(const request *r);

const char *method_name(method m);

#endif
