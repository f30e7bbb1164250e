/* Reads a request's body, limited in bytes, and by the connection in time. */
#ifndef MICROCOSMD_BODY_H
#define MICROCOSMD_BODY_H

#include "request.h"

#include <microcosm.h>

/* The functions of a connection that this module needs. */
typedef struct wire {
    void *connection;
    int (*read)(void *connection, void *out, size_t length); /* 0 at the end, < 0 on failure */
    int (*write)(void *connection, const void *bytes, size_t length); /* bytes written */
    bool (*late)(void); /* whether the deadline caused a failure */
} wire;

/*
 * Reads the whole body of r into out, which is empty. Returns 0, or the status to refuse the
 * request with: 413 beyond max bytes, 408 if it came too slowly, 400 if it is incomplete or
 * malformed.
 */
int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w);

#endif
