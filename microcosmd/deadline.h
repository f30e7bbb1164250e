/*
 * A time by which a connection must be done receiving or sending. civetweb has a limit for each
 * pause but none for the whole, so a client that sends or takes a byte now and then would hold a
 * worker for ever. libcivetweb calls recv() and send() through the linker's table; this module
 * defines both, and they fail once the deadline of the calling thread's connection has passed.
 * Other sockets (the database's) pass through untouched.
 */
#ifndef MICROCOSMD_DEADLINE_H
#define MICROCOSMD_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* The thread has a new connection: the socket it receives from next. No deadline yet. */
void deadline_new_connection(void);
/* Deadline of the thread's connection, in milliseconds from now; 0 for none. */
void deadline_set(int64_t ms);
bool deadline_passed(void);

#endif
