/*
 * Where the bytes of files are. A store has four functions; each name is the SHA-256 of the bytes
 * behind it, in hexadecimal digits, so whatever is put twice is the same. All may be called by
 * several threads at once.
 */
#ifndef MC_FILES_STORE_H
#define MC_FILES_STORE_H

#include "spool.h"

typedef struct mc__file_store mc__file_store;

/* Takes bytes of a file; an error ends the reading and is returned. */
typedef int mc__sink(void *data, const void *bytes, size_t length);

typedef struct mc__store_kind {
    /* Once this has returned 0 the bytes survive a power failure. */
    int (*put)(mc__file_store *store, mc__problem *problem, mc__spool *spool);
    /* length < 0: to the end. MC_ENOTFOUND if there is no such file, or it is too short. */
    int (*get)(mc__file_store *store, mc__problem *problem, const char *name, int64_t offset,
               int64_t length, mc__sink *sink, void *data);
    int (*stat)(mc__file_store *store, mc__problem *problem, const char *name, int64_t *size);
    /* 0 also if there is none. */
    int (*remove)(mc__file_store *store, mc__problem *problem, const char *name);
    void (*free)(mc__file_store *store);
} mc__store_kind;

/* The first member of each store. */
struct mc__file_store {
    const mc__store_kind *kind;
    char *spool_folder; /* for what is on its way in */
};

/* The local disk: below a folder, which is made when the first file comes. */
int mc__local_store_new(mc__file_store **out, const char *folder);
void mc__file_store_free(mc__file_store *store); /* NULL is allowed */

/* Whether a text can be the name of a file in a store. */
bool mc__is_store_name(const char *name);

#endif
