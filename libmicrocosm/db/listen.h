/*
 * A connection outside of the pool, for whoever follows what other processes do: it hears their
 * wake-ups (NOTIFY on channel "microcosm") and can be waited for together with those that threads
 * of this process send. It is one thread's at a time, but for mc__listen_wake().
 */
#ifndef MC_LISTEN_H
#define MC_LISTEN_H

#include "db.h"

typedef struct mc__listen mc__listen;

/* Does not connect yet. */
int mc__listen_new(mc__listen **out, mc__pool *pool);
void mc__listen_free(mc__listen *listen); /* NULL is allowed */

/* Readable when there is something to hear, or somebody has woken it. Stays the same. */
int mc__listen_fd(const mc__listen *listen);
/* From any thread. */
void mc__listen_wake(mc__listen *listen);

/* Connects unless it is connected, and listens if hears is set and the pool's connections may keep
 * anything: pgbouncer in transaction mode can't pass on what a server says. */
int mc__listen_open(mc__listen *listen, mc__problem *problem, bool hears);
bool mc__listen_is_open(const mc__listen *listen);
bool mc__listen_hears(const mc__listen *listen);
void mc__listen_close(mc__listen *listen);

/* What came since the last time, without waiting. */
typedef enum mc__heard {
    MC_HEARD_NOTHING,
    MC_HEARD_NEWS,      /* another process has written */
    MC_HEARD_EVERYTHING /* somebody says 'all': anything may have changed */
} mc__heard;
/* Closes it if the connection was lost. */
mc__heard mc__listen_hear(mc__listen *listen);

/* Runs a batch for all sites on it; closes it if the connection was lost. */
int mc__listen_run(mc__listen *listen, mc__problem *problem, mc__batch *batch);

#endif
