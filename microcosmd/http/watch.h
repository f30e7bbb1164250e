/*
 * Deadlines for the connection that a thread serves. civetweb limits each pause but not the whole
 * request, so a client that sends or reads a byte now and then could occupy a worker for ever.
 * libcivetweb calls poll(), recv() and send() through the linker's table; this module defines all
 * three, and they fail once the deadline of the calling thread's connection has passed. They don't
 * affect other sockets, such as the database's.
 */
#ifndef MICROCOSMD_WATCH_H
#define MICROCOSMD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Begins a new connection of the thread: the socket that it polls or reads next. The first byte
 * must come within first_ms, and the head within head_ms after that.
 */
void watch_begin(int64_t first_ms, int64_t head_ms);

/* Deadline in milliseconds from now; 0 for none. */
void watch_set(int64_t ms);
bool watch_is_late(void);

/* Call after a reply to the bytes received so far. */
void watch_answered(void);

/*
 * Call before the connection closes. If received bytes had no reply, sends one as far as possible
 * without waiting.
 */
void watch_last_word(const char *bytes, size_t length);

#endif
