/*
 * A limit on work that keeps a core busy: so many threads are at it at once. Others wait in line,
 * holding neither a lock nor a connection.
 */
#ifndef MC_BASE_LIMITER_H
#define MC_BASE_LIMITER_H

#include <microcosm.h>

typedef struct mc__limiter mc__limiter;

int mc__limiter_new(mc__limiter **out, int places, int64_t wait_ms);
void mc__limiter_free(mc__limiter *limiter); /* NULL is allowed */
/* 0: to be left again; MC_EBUSY after wait_ms; MC_ESYSTEM. */
int mc__limiter_enter(mc__limiter *limiter);
void mc__limiter_leave(mc__limiter *limiter);

#endif
