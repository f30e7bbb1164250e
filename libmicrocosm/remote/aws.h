/*
 * Requests to Amazon's S3, and to what speaks the same, signed with AWS Signature Version 4.
 * libcurl signs too, but no addresses (for redirects), and in 7.88 not whatever is in a query.
 */
#ifndef MC_REMOTE_AWS_H
#define MC_REMOTE_AWS_H

#include "core/core.h"

#define MC_AWS_UNSIGNED "UNSIGNED-PAYLOAD"

typedef struct mc__aws_keys {
    const char *access, *secret, *region;
} mc__aws_keys;

typedef struct mc__pair {
    const char *name, *value;
} mc__pair;

typedef struct mc__aws_request {
    const char *method, *host; /* the host with its port, unless that is the scheme's own */
    const char *path;          /* not encoded; begins with a slash */
    const mc__pair *query;     /* neither encoded nor sorted */
    size_t query_count;
    const mc__pair *headers; /* that are signed too: names in lower case */
    size_t header_count;
    const char *payload; /* SHA-256 of the body in hexadecimal digits, or MC_AWS_UNSIGNED */
    int64_t at;          /* seconds since 1970 */
} mc__aws_request;

/* Path and query of the request, encoded. All are of the arena, which may have failed. */
const char *mc__aws_target(mc__arena *arena, const mc__aws_request *request);
/* The headers to send, "Name: value", NULL at the end: those given, and the signature. */
const char *const *mc__aws_sign(mc__arena *arena, const mc__aws_keys *keys,
                                const mc__aws_request *request);
/* Path and query with a signature inside, for whoever has the address, for some seconds. */
const char *mc__aws_presign(mc__arena *arena, const mc__aws_keys *keys,
                            const mc__aws_request *request, int64_t seconds);

#endif
