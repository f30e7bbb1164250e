/*
 * The connection that a thread serves: its deadlines, and its bytes as they come in. civetweb
 * accepts connections and gives each to a thread, but reads HTTP loosely (bare line feeds, odd
 * chunk sizes, folded lines), so none of a client's bytes reach it. This module defines poll(),
 * recv(), send() and accept() for the whole process, which civetweb calls: for a thread's
 * connection they collect a whole head, checked by head.c, and then show civetweb a constant
 * request instead. The handler takes head and body from here. On other descriptors they do what
 * they always do.
 */
#ifndef MICROCOSMD_CONNECTION_H
#define MICROCOSMD_CONNECTION_H

#include "head.h"

#include <stdint.h>

/*
 * A new connection begins on this thread: the next socket that is polled. It may be idle for
 * idle_ms, and each head may then take head_ms from its first byte.
 */
void connection_begin(int64_t idle_ms, int64_t head_ms);

/* From now on, reading and writing fail after ms; 0: never. */
void connection_set_deadline(int64_t ms);
bool connection_is_late(void);

/*
 * The head of the current request. Returns 0, or the status to refuse it with and the reason in
 * out->problem. Valid until connection_next().
 */
int connection_head(head *out);

/* Reads from the bytes behind the head. 0 at the end, < 0 on failure. */
int connection_read(void *out, size_t size);

/* The reply was sent: the next request, which may have arrived already, has idle_ms to begin. */
void connection_next(int64_t idle_ms);

/*
 * Ends the connection after the reply was sent: says so to the client and reads on, up to so many
 * bytes. Closing at once would reset the connection if bytes are unread, and the client might lose
 * the reply.
 */
void connection_linger(int64_t ms, size_t bytes);

/* civetweb is about to close it. */
void connection_end(void);

#endif
