/* Reads a request's body, limited in bytes, and by the connection in time. */
#ifndef MICROCOSMD_BODY_H
#define MICROCOSMD_BODY_H

#include "chunks.h"
#include "request.h"

#include <microcosm.h>

/* The functions of a connection that this module needs. */
typedef struct wire {
    void *connection;
    int (*read)(void *connection, void *out, size_t length); /* 0 at the end, < 0 on failure */
    int (*write)(void *connection, const void *bytes, size_t length); /* bytes written */
    bool (*late)(void);        /* whether the deadline caused a failure */
    void (*allow)(int64_t ms); /* sets the deadline; for handlers whose bodies may take longer */
} wire;

/* Bytes per read. */
#define BODY_PIECE 16384

/* A body that is read in pieces. */
typedef struct body_reader {
    const wire *wire;
    int64_t left; /* bytes of an announced body that are still to come; -1: it is in chunks */
    int64_t room; /* how many more it may have */
    chunks chunks;
    char piece[BODY_PIECE]; /* bytes of chunks that were read: from at to end they are still to be
                               taken */
    size_t at, end;
    int status; /* why it failed */
} body_reader;

/* Begins, and asks the client for the body if it waits for that. Returns 0, or the status to refuse
 * the request with: 413 if more than max bytes are announced, 408. */
int body_begin(body_reader *b, const request *r, int64_t max, const wire *w);
/* Reads some bytes, at most INT_MAX; 0 at the end. -1: it failed, and status says why: 413 beyond
 * max bytes, 408 if it came too slowly, 400 if it is incomplete or malformed. */
int body_some(body_reader *b, void *out, size_t size);

/*
 * Reads the whole body of r into out, which is empty. Returns 0, or the status to refuse the
 * request with.
 */
int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w);

#endif
