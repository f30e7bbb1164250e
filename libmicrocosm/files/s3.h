/*
 * What the files of the S3 store share: the store, and one request to S3. Objects are named
 * PREFIX/ab/abcdef…, as on the local disk.
 */
#ifndef MC_FILES_S3_H
#define MC_FILES_S3_H

#include "remote/aws.h"
#include "remote/fetch.h"
#include "store.h"

typedef struct mc__s3 {
    mc__file_store base;
    char *bucket, *prefix; /* "" or "PREFIX/" */
    char *scheme, *host;   /* "https://"; the host that is asked, with its port */
    bool path_style;       /* the bucket is in the path, and not in front of the host */
    char *access_key, *secret_key, *region;
    int64_t timeout_ms;
    mc__connections *connections;
} mc__s3;

typedef struct mc__s3_call {
    const char *method;
    const char *name; /* of a file; NULL: the bucket itself is meant, or key says which object */
    const char *key;
    const mc__pair *query;
    size_t query_count;
    mc__pair header; /* name NULL: none */
    const char *body;
    const char *body_hash; /* SHA-256 in hexadecimal digits; NULL: of body */
    mc__fetch_source *source;
    void *source_data;
    int64_t body_length;
    mc__fetch_sink *sink;
    void *sink_data;
    int64_t most_bytes; /* of the reply; 0: what S3 has to say */
} mc__s3_call;

/* Tries of one call: which were, and whether the last may be followed by another. */
typedef struct mc__s3_tries {
    int count;
    int64_t began_ms;
    bool may_repeat;
} mc__s3_tries;

/* Sends a request once: 0 if the reply is 2xx; MC_ENOTFOUND if it is 404 or 416; MC_EREMOTE,
 * MC_ENOMEM, or what source or sink has returned. */
int mc__s3_try(mc__reply *reply, mc__s3 *s3, mc__problem *problem, const mc__s3_call *call,
               mc__s3_tries *tries);
/* Whether to try again after a failure; waits before. */
bool mc__s3_again(mc__s3 *s3, mc__s3_tries *tries);
/* Tries as often as it makes sense. */
int mc__s3_send(mc__reply *reply, mc__s3 *s3, mc__problem *problem, const mc__s3_call *call);
/* The text of the first element of a name in the XML of a reply, from *at, which then is behind it.
 * NULL: there is none. at: may be NULL. */
const char *mc__s3_element(mc__arena *arena, const char *xml, const char *name, const char **at);
int mc__s3_fail(mc__problem *problem, const char *what);

/* s3_put.c */
int mc__s3_put(mc__file_store *store, mc__problem *problem, mc__spool *spool);
/* Ends uploads in parts that processes have left. */
int mc__s3_sweep(mc__file_store *store, mc__problem *problem);
/* Whether a call that lists uploads has failed because there is no such list. */
bool mc__s3_has_no_list(int rc, int status);
/* s3_get.c */
int mc__s3_get(mc__file_store *store, mc__problem *problem, const char *name, int64_t offset,
               int64_t length, mc__sink *sink, void *data);

#endif
