/*
 * Limits how many threads do CPU-bound work at the same time. Others wait in a queue; they must
 * hold neither a lock nor a connection. Who asks for much at once waits behind the others: one
 * owner has one slot at a time, and of those that wait the least work comes first.
 */
#ifndef MC_BASE_LIMITER_H
#define MC_BASE_LIMITER_H

#include <microcosm.h>
#include <pthread.h>

typedef struct mc__limiter mc__limiter;

/* Of one thread, inside or in the queue; on its stack, and private to limiter.c. */
typedef struct mc__place {
    struct mc__place *next;
    int64_t owner;
    size_t work;
    pthread_cond_t called;
    bool is_inside;
} mc__place;

int mc__limiter_new(mc__limiter **out, int slots, int64_t wait_ms);
void mc__limiter_free(mc__limiter *limiter); /* NULL is allowed */
/* owner: whose work it is; work: how much, in any unit. 0: the caller must call
 * mc__limiter_leave(); MC_EBUSY after wait_ms; MC_ESYSTEM. */
int mc__limiter_enter(mc__limiter *limiter, mc__place *place, int64_t owner, size_t work);
void mc__limiter_leave(mc__limiter *limiter, mc__place *place);

#endif
