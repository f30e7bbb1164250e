/*
 * A connection outside of the pool, for following the writes of other processes. One descriptor
 * becomes readable for their notifications (NOTIFY on channel "microcosm") and for wake-ups by
 * threads of this process. Only one thread at a time may use it, except for mc__listen_wake().
 */
#ifndef MC_LISTEN_H
#define MC_LISTEN_H

#include "db.h"

typedef struct mc__listen mc__listen;

/* Does not connect yet. */
int mc__listen_new(mc__listen **out, mc__pool *pool);
void mc__listen_free(mc__listen *listen); /* NULL is allowed */

/* Readable when a notification has arrived or mc__listen_wake() was called. The same descriptor
 * until it is freed. */
int mc__listen_fd(const mc__listen *listen);
/* From any thread. */
void mc__listen_wake(mc__listen *listen);

/* Connects unless it is connected. Listens if hears is set and the pool prepares statements:
 * pgbouncer in transaction mode doesn't forward notifications. */
int mc__listen_open(mc__listen *listen, mc__problem *problem, bool hears);
bool mc__listen_is_open(const mc__listen *listen);
bool mc__listen_hears(const mc__listen *listen);
void mc__listen_close(mc__listen *listen);

/* What has arrived since the last call; doesn't wait. */
typedef enum mc__heard {
    MC_HEARD_NOTHING,
    MC_HEARD_NEWS,      /* another process has written */
    MC_HEARD_EVERYTHING /* somebody says 'all': anything may have changed */
} mc__heard;
/* Closes the connection if it was lost. */
mc__heard mc__listen_hear(mc__listen *listen);

/* Runs a batch for all sites on this connection; closes the connection if it was lost. */
int mc__listen_run(mc__listen *listen, mc__problem *problem, mc__batch *batch);

#endif
