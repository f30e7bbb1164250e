/* Counters that writers append to are folded in the background. */
#ifndef MC_BASE_COUNTERS_H
#define MC_BASE_COUNTERS_H

#include <microcosm.h>

typedef struct mc__counters mc__counters;

int mc__counters_new(mc__counters **out);
void mc__counters_free(mc__counters *counters); /* NULL is allowed */
/* Milliseconds until something is due again. */
int64_t mc__counters_step(mc_app *app);
/* After a write that may have appended to counters. */
void mc__counters_written(mc_session *session);

#endif
