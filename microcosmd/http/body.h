/* Reading a request's body: bounded in bytes, and by the wire in time. */
#ifndef MICROCOSMD_BODY_H
#define MICROCOSMD_BODY_H

#include "request.h"

#include <microcosm.h>

/* A connection as this module sees it. */
typedef struct wire {
    void *connection;
    int (*read)(void *connection, void *out, size_t length); /* 0 at the end, < 0 on failure */
    int (*write)(void *connection, const void *bytes, size_t length); /* bytes written */
    bool (*late)(void); /* a failure came from the deadline */
} wire;

/*
 * Read the whole body of r into out, which is empty. Returns 0, or the status to refuse the
 * request with: 413 beyond max bytes, 408 when it came too slowly, 400 when it is cut or malformed.
 */
int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w);

#endif
