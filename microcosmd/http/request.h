/*
 * Checks and parses one request. civetweb accepts requests that a proxy and a server may interpret
 * differently, and decodes paths in place; so this checks and decodes the undecoded form before any
 * other code uses the request. No I/O.
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
    bool token_malformed;       /* there are malformed credentials */
    bool query_token_malformed; /* the same, for those in the query only */
    const char *content_type;
    int64_t content_length; /* 0 without a body, -1 when chunked */
    bool is_http_1_0, expects_continue, keep_alive;
    bool disable_boiler, always_200;
    const char *callback, *context; /* "" without */
    bool callback_unsafe;
    const char *problem; /* why it was refused */

    char text[2 * REQUEST_HEAD_MAX + REQUEST_PARAMS_MAX]; /* holds decoded texts */
    size_t text_used;
} request;

/* Resets a request to its state before anything is received. */
void request_clear(request *r);

/*
 * Whether civetweb has parsed the whole head of the request. It silently stops at a folded line or
 * a line that begins with a non-ASCII byte, and ignores what follows (such as a Content-Length),
 * which other servers don't; and it drops blanks before a colon, where others drop the header.
 * Reads the bytes around the headers in civetweb's buffer, so info must be from civetweb.
 */
bool request_head_is_whole(const struct mg_request_info *info);

/*
 * Parses a request; out points into info. Returns 0, or the status to refuse it with and the reason
 * in problem; 301 if the path has empty or dot segments (request_clean_path()).
 */
int request_read(request *out, const struct mg_request_info *info, const networks *trusted);

/* The first parameter of that key, or NULL. */
const char *request_param(const request *r, const char *key);

/* The path without empty and dot segments; out holds as many bytes as the path and its NUL. */
void request_clean_path(char *out, const char *raw_path);

/* The format of a body according to its Content-Type. */
typedef enum body_format { BODY_UNKNOWN = 0, BODY_JSON, BODY_FORM } body_format;
body_format request_body_format(const request *r);

const char *method_name(method m);

#endif
