/* Follows what other processes write, so that what is kept in memory stays true. */
#ifndef MC_FEED_FOLLOW_H
#define MC_FEED_FOLLOW_H

#include "db/db.h"

#include <microcosm.h>

struct mc__cache;

typedef struct mc__follow mc__follow;

int mc__follow_new(mc__follow **out);
/* Once, before it is used. */
int mc__follow_connect(mc__follow *follow, mc__pool *pool, struct mc__cache *cache);
void mc__follow_finish(mc__follow *follow); /* sends the wake-up that is still due */
void mc__follow_free(mc__follow *follow);   /* NULL is allowed */
/* Of the pool: mc__pool_options.wrote. */
void mc__follow_wrote(void *follow, mc__outcome outcome, uint64_t transaction);
/* Does what is due; milliseconds until there is more. At most one thread is at it. */
int64_t mc__follow_step(mc_app *app);
/* Readable when a step is due at once; and makes it so, from any thread. */
int mc__follow_fd(const mc__follow *follow);
void mc__follow_wake(mc__follow *follow);

typedef struct mc__follow_stats {
    int64_t passes, told;
    int64_t woken;    /* how often a write has asked for a pass, mostly another process's */
    int64_t position; /* all transactions below are told of */
    int64_t age_ms;   /* of the last pass; -1: none yet */
} mc__follow_stats;
void mc__follow_count(const mc_app *app, mc__follow_stats *out);

#endif
