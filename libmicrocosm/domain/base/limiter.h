/*
 * A limit on work that keeps a core busy: so many threads are at it at once. Others wait in line,
 * holding neither a lock nor a connection.
 */
#ifndef MC_BASE_LIMITER_H
#define MC_BASE_LIMITER_H

#include <microcosm.h>

typedef struct mc__gate mc__gate;

int mc__gate_new(mc__gate **out, int places, int64_t wait_ms);
void mc__gate_free(mc__gate *gate); /* NULL is allowed */
/* 0: to be left again; MC_EBUSY after wait_ms; MC_ESYSTEM. */
int mc__gate_enter(mc__gate *gate);
void mc__gate_leave(mc__gate *gate);

#endif
