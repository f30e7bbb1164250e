/*
 * Watches over the connection that a thread serves. civetweb has a limit for each pause but none
 * for the whole, so a client that sends or takes a byte now and then would hold a worker for ever.
 * libcivetweb calls poll(), recv() and send() through the linker's table; this module defines all
 * three, and they fail once the deadline of the calling thread's connection has passed. Other
 * sockets (the database's) pass through untouched.
 */
#ifndef MICROCOSMD_WATCH_H
#define MICROCOSMD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The thread has a new connection: the socket that it polls or receives from next. Its first byte
 * must come within first_ms, and from then on it has head_ms.
 */
void watch_begin(int64_t first_ms, int64_t head_ms);

/* Deadline in milliseconds from now; 0 for none. */
void watch_set(int64_t ms);
bool watch_is_late(void);

/* What was received so far has got its reply. */
void watch_answered(void);

/*
 * The connection is about to close. If something was received that got no reply, send one as far
 * as that is possible without waiting.
 */
void watch_last_word(const char *bytes, size_t length);

#endif
