/*
 * A file on its way in: its bytes in a temporary file, with their digests. A process holds a lock
 * on each of its own, so whoever finds one without a lock knows that its process has died.
 */
#ifndef MC_FILES_SPOOL_H
#define MC_FILES_SPOOL_H

#include "../core/core.h"

#define MC_SPOOL_HEAD 65536 /* bytes from its begin, for telling its type */
#define MC_SHA1_TEXT_SIZE (2 * MC_SHA1_SIZE + 1)
#define MC_SHA256_TEXT_SIZE (2 * MC_SHA256_SIZE + 1)

typedef struct mc__spool {
    int fd;       /* -1: none; for reading too */
    char *folder; /* where it is */
    char *path;   /* NULL: it was moved to its place */
    int64_t size;
    mc__hasher *hasher;
    /* after mc__spool_end() */
    uint8_t sha256[MC_SHA256_SIZE];
    char name[MC_SHA256_TEXT_SIZE]; /* the same as text */
    char sha1[MC_SHA1_TEXT_SIZE];
} mc__spool;

#define MC_SPOOL_INIT                                                                              \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* Makes an empty one in a folder, which is made if it isn't there. */
int mc__spool_begin(mc__spool *out, mc__problem *problem, const char *folder);
int mc__spool_add(mc__spool *spool, mc__problem *problem, const void *bytes, size_t length);
/* No more comes. */
void mc__spool_end(mc__spool *spool);
/* Reads at an offset; bytes read, fewer than size only at the end, or an error. */
int64_t mc__spool_read(const mc__spool *spool, mc__problem *problem, void *out, size_t size,
                       int64_t offset);
/* Removes the file unless it was moved. */
void mc__spool_release(mc__spool *spool);
#define mc_spool(name) mc__spool name __attribute__((cleanup(mc__spool_release))) = MC_SPOOL_INIT

/* Removes those in a folder that processes have left when they died. Returns how many. */
int mc__spool_sweep(const char *folder);

/* MC_ERESOURCES if errno says that the disk is full, else MC_ESYSTEM; of a folder or file. */
int mc__files_fail(mc__problem *problem, const char *what);
/* Makes a folder and those above it. */
int mc__folder_make(mc__problem *problem, const char *folder);
/* Whether files can be stored in a folder: made there, or the folder itself where it isn't yet.
 * Leaves nothing behind. MC_ESYSTEM, MC_ERESOURCES, with the folder and the reason. */
int mc__folder_check(mc__problem *problem, const char *folder);
/* Waits until the names in a folder are on the disk. */
int mc__folder_sync(mc__problem *problem, const char *folder);

#endif
