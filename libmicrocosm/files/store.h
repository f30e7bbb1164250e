/*
 * Where the bytes of files are: on the local disk, or in S3. Each name is the SHA-256 of the bytes
 * behind it, in hexadecimal digits, so whatever is put twice is the same. All may be called by
 * several threads at once.
 */
#ifndef MC_FILES_STORE_H
#define MC_FILES_STORE_H

#include "spool.h"

typedef struct mc__file_store mc__file_store;

/* Takes bytes of a file; an error ends the reading and is returned. */
typedef int mc__sink(void *data, const void *bytes, size_t length);

/* An address at which a file can be fetched for a while past the forum. */
typedef struct mc__store_link {
    int64_t seconds;          /* until it expires, 1 to 604800 */
    const char *content_type; /* that the store is to answer with */
    bool is_download;
} mc__store_link;

typedef struct mc__store_kind {
    /* Once this has returned 0 the bytes survive a power failure. */
    int (*put)(mc__file_store *store, mc__problem *problem, mc__spool *spool);
    /* length < 0: to the end. MC_ENOTFOUND if there is no such file, or it is too short. */
    int (*get)(mc__file_store *store, mc__problem *problem, const char *name, int64_t offset,
               int64_t length, mc__sink *sink, void *data);
    int (*stat)(mc__file_store *store, mc__problem *problem, const char *name, int64_t *size);
    /* 0 also if there is none. */
    int (*remove)(mc__file_store *store, mc__problem *problem, const char *name);
    /* Appends an address; NULL if the store makes none. */
    int (*link)(mc__file_store *store, mc__problem *problem, mc__text *out, const char *name,
                const mc__store_link *link);
    /* Removes what processes that have died have left of files on their way in, beside spools. */
    int (*sweep)(mc__file_store *store, mc__problem *problem);
    /* Whether files can be stored, as far as can be told without storing one. MC_EINVAL: where or
     * how isn't right; MC_EREMOTE: it can't be asked now. */
    int (*check)(mc__file_store *store, mc__problem *problem);
    void (*free)(mc__file_store *store);
} mc__store_kind;

/* The first member of each store. */
struct mc__file_store {
    const mc__store_kind *kind;
    char *spool_folder; /* for what is on its way in */
};

/* The local disk: below a folder, which is made when the first file comes. */
int mc__local_store_new(mc__file_store **out, const char *folder);

/* S3: "s3://BUCKET/PREFIX". */
#define MC_S3_REGION "us-east-1"
typedef struct mc__s3_options {
    const char *address, *endpoint, *region; /* NULL: Amazon's of the region; MC_S3_REGION */
    const char *access_key, *secret_key;
    const char *spool_folder;
    bool path_style;    /* ENDPOINT/BUCKET, and not BUCKET.ENDPOINT */
    int64_t timeout_ms; /* without an answer, until a request is tried again */
} mc__s3_options;

bool mc__is_s3_address(const char *files);
int mc__s3_store_new(mc__file_store **out, mc__problem *problem, const mc__s3_options *options);
void mc__file_store_free(mc__file_store *store); /* NULL is allowed */

/* Whether a text can be the name of a file in a store. */
bool mc__is_store_name(const char *name);

#endif
